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

/// Where an agent answers by DNS.
const CONSUL_PORT: u16 = 8600;

const INVENTED: &str = "no-such-name.com";

/// What the internet's root says of a zone that is excepted from validation.
const OUTSIDE: &str = "NXDOMAIN SOA .";

/// How a port refuses, by the protocol.
const REFUSED: [(&str, &str); 2] =
    [("udp", "REJECT --reject-with icmp-port-unreachable"), ("tcp", "REJECT --reject-with tcp-reset")];

const DROPPED: [(&str, &str); 2] = [("udp", "DROP"), ("tcp", "DROP")];

/// A resolver is told something else.
pub(crate) fn told(bind: Bind, node: Node, zone: Zone) -> Result<()> {
    bind.reconfigure(node, zone)?;
    let (question, answer) = sign(zone);
    bind.wait_said(node, &question, Some(&answer))
}

/// What a resolver is asked and answers, so that it shows what it has been told.
fn sign(zone: Zone) -> (String, String) {
    let (question, answer) = match zone {
        Zone::Right | Zone::First | Zone::Stale => (SERVICE_NAME, "NOERROR".to_owned()),
        Zone::Leaked => (SERVICE_NAME, OUTSIDE.to_owned()),
        Zone::FirstValidated => (SERVICE_NAME, "NXDOMAIN AD SOA .".to_owned()),
        Zone::Validated | Zone::Filtered => (SERVICE_NAME, "SERVFAIL".to_owned()),
        Zone::Foreign => (SERVICE_NAME, format!("NOERROR {FOREIGN_ADDRESS}")),
        Zone::Narrow => return (format!("{SERVICE_NAME} AAAA"), "SERVFAIL".to_owned()),
        Zone::Restricted => (SERVICE_NAME, "REFUSED".to_owned()),
        Zone::Invented => (INVENTED, format!("NOERROR {INVENTED_ADDRESS}")),
        Zone::InventedInside => (SERVICE_NAME, format!("NOERROR {INVENTED_ADDRESS}")),
        Zone::Rebound => (PUBLIC_NAME, format!("NOERROR {PRIVATE_ADDRESS}")),
    };
    (question.to_owned(), answer)
}

/// Consul's DNS refuses; the API of the agent lives on.
pub(crate) fn closed(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    close(consul, node)?;
    bind.wait_answer(node, Some("SERVFAIL"))?;
    // What Consul lets nobody keep, BIND still says for the rest of the second.
    bind.wait_said(node, &format!("{SERVICE_NAME} AAAA"), Some("SERVFAIL"))
}

/// Consul's DNS is asked in vain; likewise.
pub(crate) fn dropped(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    for rule in rules(node, CONSUL_PORT, DROPPED) {
        consul.sandbox.filter(&rule)?;
    }
    bind.wait_answer(node, None)
}

/// Consul's DNS is back, but the resolver keeps what the root has said meanwhile.
pub(crate) fn forward_first(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    told(bind, node, Zone::First)?;
    close(consul, node)?;
    bind.wait_answer(node, Some(OUTSIDE))?;
    for rule in rules(node, CONSUL_PORT, REFUSED) {
        consul.sandbox.unfilter(&rule)?;
    }
    wait_consul(consul, node, "to be back", |answer| answer.addresses.len() == Node::ALL.len())?;
    bind.wait_answer(node, Some(OUTSIDE))
}

pub(crate) fn stale(consul: Consul, bind: Bind, node: Node) -> Result<()> {
    let settings = DnsSettings { lifetime: 1, ..DnsSettings::default() };
    consul.tell(node, DNS, &settings.definition())?;
    wait_consul(consul, node, "to grant a lifetime", |answer| answer.lifetime == settings.lifetime)?;
    told(bind, node, Zone::Stale)?;
    close(consul, node)?;
    wait_until(&format!("{node}'s BIND to give a stale answer"), LIMIT, || {
        let answer = bind.ask(node, SERVICE_NAME)?;
        ensure!(answer.extended == [3], "it answers {answer}");
        Ok(())
    })
}

/// The service is asked for while it is in maintenance, and returns.
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

/// Nothing of the internet is left in the caches.
pub(crate) fn outside_down(bind: Bind) -> Result<()> {
    Internet::new(bind.sandbox).daemon().kill()?;
    outside(bind, Some("SERVFAIL"))
}

/// Likewise, but BIND gives up only after ten seconds.
pub(crate) fn outside_silent(bind: Bind) -> Result<()> {
    Internet::new(bind.sandbox).daemon().freeze()?;
    outside(bind, None)
}

fn outside(bind: Bind, answer: Option<&str>) -> Result<()> {
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
