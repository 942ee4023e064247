//! The faults between BIND, Consul's DNS and the internet: each function makes one and waits until it is visible.

use anyhow::{Result, ensure};

use crate::bind::{Bind, at_once};
use crate::bind_zone::Zone;
use crate::consul::{Consul, DNS, LIMIT};
use crate::consul_agent::DnsSettings;
use crate::dns::{self, Answer, PORT};
use crate::internet::Internet;
use crate::node::{FOREIGN_ADDRESS, INVENTED_ADDRESS, Node, PRIVATE_ADDRESS, PUBLIC_NAME, SERVICE_NAME};
use crate::wait::wait_until;

/// The port on which an agent answers by DNS.
const CONSUL_PORT: u16 = 8600;

const INVENTED: &str = "no-such-name.com";

/// The answer of the internet's root about a zone that is not validated.
const BY_ROOT: &str = "NXDOMAIN SOA .";

/// The rules by which a port refuses, for each protocol.
const REFUSED: [(&str, &str); 2] =
    [("udp", "REJECT --reject-with icmp-port-unreachable"), ("tcp", "REJECT --reject-with tcp-reset")];

const DROPPED: [(&str, &str); 2] = [("udp", "DROP"), ("tcp", "DROP")];

/// Gives a resolver another configuration.
pub(crate) fn configure(bind: Bind, node: Node, zone: Zone) -> Result<()> {
    bind.reconfigure(node, zone)?;
    let (question, answer) = sign(zone);
    bind.wait_said(node, &question, Some(&answer))
}

/// A question and the answer by which a resolver shows its configuration.
fn sign(zone: Zone) -> (String, String) {
    let (question, answer) = match zone {
        Zone::Right | Zone::First | Zone::Stale => (SERVICE_NAME, "NOERROR".to_owned()),
        Zone::Leaked => (SERVICE_NAME, BY_ROOT.to_owned()),
        Zone::FirstValidated => (SERVICE_NAME, "NXDOMAIN AD SOA .".to_owned()),
        Zone::Validated | Zone::Filtered => (SERVICE_NAME, "SERVFAIL".to_owned()),
        Zone::Foreign => (SERVICE_NAME, format!("NOERROR {FOREIGN_ADDRESS}")),
        Zone::Narrow => return (format!("{SERVICE_NAME} AAAA"), "SERVFAIL".to_owned()),
        Zone::Restricted => (SERVICE_NAME, "REFUSED".to_owned()),
        Zone::Invented => (INVENTED, format!("NOERROR {INVENTED_ADDRESS}")),
        Zone::InventedInternal => (SERVICE_NAME, format!("NOERROR {INVENTED_ADDRESS}")),
        Zone::Rebound => (PUBLIC_NAME, format!("NOERROR {PRIVATE_ADDRESS}")),
    };
    (question.to_owned(), answer)
}

/// Consul's DNS refuses; the API of the agent lives on.
pub(crate) fn closed(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    close(consul, node)?;
    bind.wait_answer(node, Some("SERVFAIL"))?;
    // BIND repeats an answer for the rest of the second, even with a lifetime of 0.
    bind.wait_said(node, &format!("{SERVICE_NAME} AAAA"), Some("SERVFAIL"))
}

/// Packets to Consul's DNS are dropped; likewise.
pub(crate) fn dropped(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    for rule in rules(node, CONSUL_PORT, DROPPED) {
        consul.sandbox.filter(&rule)?;
    }
    bind.wait_answer(node, None)
}

/// Consul's DNS is back, but the resolver has cached the root's answer.
pub(crate) fn forward_first(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    configure(bind, node, Zone::First)?;
    close(consul, node)?;
    bind.wait_answer(node, Some(BY_ROOT))?;
    for rule in rules(node, CONSUL_PORT, REFUSED) {
        consul.sandbox.unfilter(&rule)?;
    }
    wait_consul(consul, node, "to be back", |answer| answer.addresses.len() == Node::ALL.len())?;
    bind.wait_answer(node, Some(BY_ROOT))
}

pub(crate) fn stale(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    let settings = DnsSettings { lifetime: 1, ..DnsSettings::default() };
    consul.tell(node, DNS, &settings.definition())?;
    wait_consul(consul, node, "to grant a lifetime", |answer| answer.lifetime == settings.lifetime)?;
    configure(bind, node, Zone::Stale)?;
    close(consul, node)?;
    wait_until(&format!("{node}'s BIND to give a stale answer"), LIMIT, || {
        let answer = bind.ask(node, SERVICE_NAME)?;
        ensure!(answer.extended == [3], "it answers {answer}");
        Ok(())
    })
}

/// The resolver has cached that there is no service while that was in maintenance, and the service is back.
pub(crate) fn negative(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    let settings = DnsSettings { negative_lifetime: 600, ..DnsSettings::default() };
    consul.tell(node, DNS, &settings.definition())?;
    Node::ALL.into_iter().try_for_each(|node| consul.maintain_service(node, true))?;
    wait_consul(consul, node, "to know no instance", |answer| {
        answer.code == "NXDOMAIN" && answer.lifetime == settings.negative_lifetime
    })?;
    bind.wait_answer(node, Some("NXDOMAIN SOA consul."))?;
    Node::ALL.into_iter().try_for_each(|node| consul.maintain_service(node, false))?;
    wait_consul(consul, node, "to know all instances", |answer| answer.addresses.len() == Node::ALL.len())?;
    bind.wait_answer(node, Some("NXDOMAIN SOA consul."))
}

pub(crate) fn tcp_closed(bind: Bind, node: Node) -> Result<()> {
    let [_, tcp] = rules(node, PORT, REFUSED);
    bind.sandbox.filter(&tcp)?;
    bind.wait_said(node, &format!("{PUBLIC_NAME} A +tcp"), None)
}

/// The internet's name server refuses, and the caches are empty.
pub(crate) fn external_down(bind: Bind) -> Result<()> {
    Internet::new(bind.sandbox).daemon().kill()?;
    external(bind, Some("SERVFAIL"))
}

/// The internet's name server hangs, likewise; BIND gives up after ten seconds.
pub(crate) fn external_silent(bind: Bind) -> Result<()> {
    Internet::new(bind.sandbox).daemon().freeze()?;
    external(bind, None)
}

fn external(bind: Bind, answer: Option<&str>) -> Result<()> {
    bind.forget()?;
    at_once(|node| bind.wait_said(node, PUBLIC_NAME, answer))
}

/// Closes Consul's DNS.
fn close(consul: Consul, node: Node) -> Result<()> {
    for rule in rules(node, CONSUL_PORT, REFUSED) {
        consul.sandbox.filter(&rule)?;
    }
    let answer = ask_consul(consul, node);
    ensure!(answer.is_err(), "{node}'s Consul answers {answer:?}");
    Ok(())
}

fn rules(node: Node, port: u16, fates: [(&str, &str); 2]) -> [String; 2] {
    fates.map(|(protocol, fate)| format!("-p {protocol} -d {} --dport {port} -j {fate}", node.address()))
}

fn ask_consul(consul: Consul, node: Node) -> Result<Answer> {
    dns::ask(consul.sandbox, node.address(), CONSUL_PORT, SERVICE_NAME)
}

fn wait_consul(consul: Consul, node: Node, what: &str, right: impl Fn(&Answer) -> bool) -> Result<()> {
    wait_until(&format!("{node}'s Consul {what}"), LIMIT, || {
        let answer = ask_consul(consul, node)?;
        ensure!(right(&answer), "it answers {answer}, for {} s", answer.lifetime);
        Ok(())
    })
    .map_err(|error| consul.server(node).explain(&error))
}
