//! Answers that Consul 1.8 and BIND 9.18 give, right and wrong, and what they mean.

mod comparing;
mod judging;
mod many;
mod properties;
mod wire;

use std::net::IpAddr;
use std::time::Duration;

use common::dns::{Address, Answer, Flags, Name, Outcome, Rcode, Reply, Server, Soa, Srv, Transport, parse_name};

use super::*;

/// An instance: its number is its node, its address and its place in the output.
pub(crate) fn known(number: u8, standing: Condition) -> Known {
    Known {
        name: format!("db{number} (10.0.0.{number}:3306)"),
        ip: Some(IpAddr::from([10, 0, 0, number])),
        port: Some(3306),
        node: format!("db{number}"),
        standing,
    }
}

pub(crate) fn expected(standings: &[Condition]) -> Expected {
    let instances = (1..).zip(standings).map(|(number, standing)| known(number, *standing)).collect();
    Expected { instances, changed: Vec::new(), unseen: false, whole: true, only_passing: None }
}

pub(crate) fn server(text: &str, role: Role) -> NameServer {
    NameServer { server: Server::new(&text.parse().unwrap(), 53).unwrap(), role }
}

pub(crate) fn reply(transport: Transport, outcome: Outcome) -> Reply {
    let rtt = matches!(outcome, Outcome::Answer(_)).then(|| Duration::from_millis(2));
    Reply { outcome, transport, sent: 1, lost: 0, rtt }
}

/// An outcome over both transports.
pub(crate) fn both(outcome: &Outcome) -> Both {
    split(outcome, outcome)
}

pub(crate) fn split(udp: &Outcome, tcp: &Outcome) -> Both {
    Both { udp: reply(Transport::Udp, udp.clone()), tcp: reply(Transport::Tcp, tcp.clone()) }
}

pub(crate) fn answer(rcode: Rcode) -> Answer {
    let flags = Flags { aa: true, tc: false, rd: true, ra: false, ad: false, cd: false };
    let (cnames, extended_errors) = (Vec::new(), Vec::new());
    let (addresses, srv, others) = (Vec::new(), Vec::new(), Vec::new());
    Answer { rcode, flags, cnames, addresses, srv, others, min_ttl: None, soa: None, extended_errors }
}

pub(crate) fn code(rcode: Rcode) -> Outcome {
    Outcome::Answer(answer(rcode))
}

pub(crate) fn negative(rcode: Rcode, zone: &str, ttl: u32) -> Outcome {
    let owner = if zone == "." { Name::root() } else { parse_name(zone).unwrap() };
    Outcome::Answer(Answer { soa: Some(Soa { owner, ttl, minimum: 60 }), ..answer(rcode) })
}

pub(crate) fn no_data() -> Outcome {
    negative(Rcode::NOERROR, "consul", 0)
}

pub(crate) fn nx_domain() -> Outcome {
    negative(Rcode::NXDOMAIN, "consul", 0)
}

pub(crate) fn addresses(ips: &[&str], ttl: u32) -> Outcome {
    let addresses = ips.iter().map(|ip| Address { ip: ip.parse().unwrap(), ttl }).collect();
    Outcome::Answer(Answer { addresses, min_ttl: Some(ttl), ..answer(Rcode::NOERROR) })
}

pub(crate) fn services(targets: &[(&str, u16)], ttl: u32) -> Outcome {
    let srv = |(target, port): &(&str, u16)| {
        let target = parse_name(target).unwrap();
        Srv { priority: 1, weight: 1, port: *port, target, ttl }
    };
    Outcome::Answer(Answer { srv: targets.iter().map(srv).collect(), min_ttl: Some(ttl), ..answer(Rcode::NOERROR) })
}

/// What names these instances, with this TTL, when all else is as Consul has it.
pub(crate) fn names_for(numbers: &[u8], ttl: u32) -> [Both; 3] {
    if numbers.is_empty() {
        return [both(&nx_domain()), both(&nx_domain()), both(&nx_domain())];
    }
    let ips: Vec<_> = numbers.iter().map(|number| format!("10.0.0.{number}")).collect();
    let ips: Vec<_> = ips.iter().map(String::as_str).collect();
    let targets: Vec<_> = numbers.iter().map(|number| format!("0a0000{number:02x}.addr.dc1.consul")).collect();
    let targets: Vec<_> = targets.iter().map(|target| (target.as_str(), 3306)).collect();
    [both(&addresses(&ips, ttl)), both(&no_data()), both(&services(&targets, ttl))]
}

pub(crate) fn names(numbers: &[u8]) -> [Both; 3] {
    names_for(numbers, 0)
}

pub(crate) fn all(outcome: &Outcome) -> [Both; 3] {
    [both(outcome), both(outcome), both(outcome)]
}

pub(crate) fn told(server: NameServer, [a, aaaa, srv]: [Both; 3]) -> ServerAnswers {
    ServerAnswers { server, patience: Duration::from_secs(4), a, aaaa, srv }
}

/// Consul's own server on 10.0.0.1 said this.
pub(crate) fn own(said: [Both; 3]) -> ServerAnswers {
    told(server("10.0.0.1:8600", Role::Consul), said)
}

/// The forwarder with this number said this.
pub(crate) fn forwarder(number: u8, said: [Both; 3]) -> ServerAnswers {
    told(server(&format!("10.0.0.{number}"), Role::Forwarder), said)
}

#[test]
fn a_name_is_printed_as_it_is_asked() {
    assert_eq!(Questions::new("bücher.service.consul.").unwrap().name, "xn--bcher-kva.service.consul");
    assert!(Questions::new("a..consul").unwrap_err().contains("one dot too many"));
}
