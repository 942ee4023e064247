//! Thousands of instances and records. Whoever holds each of the ones against each of the others takes minutes here.

use std::net::Ipv4Addr;

use common::dns::{Answer, Name, Outcome, Rcode, Srv};

use super::super::Condition::{Critical, Passing};
use super::*;

const MANY: u32 = 10_000;

/// So many records of the root fit into an answer over TCP.
const RECORDS: u16 = 3_300;

fn ip(number: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(0x0a00_0000 + number)
}

/// All on a node and an address of their own, and on one port.
fn many(standing: Condition) -> Expected {
    let numbered = |number| {
        let (name, node) = (format!("db{number}"), format!("db{number}"));
        Known { name, ip: Some(ip(number).into()), port: Some(3306), node, standing }
    };
    Expected { instances: (1..=MANY).map(numbered).collect(), ..expected(&[]) }
}

/// The answer with the addresses of all instances.
fn every_address() -> Outcome {
    let ips: Vec<_> = (1..=MANY).map(|number| ip(number).to_string()).collect();
    addresses(&ips.iter().map(String::as_str).collect::<Vec<_>>(), 0)
}

/// The answer with these targets, at the port of all instances.
fn targets(targets: impl Iterator<Item = String>) -> Outcome {
    let targets: Vec<_> = targets.collect();
    services(&targets.iter().map(|target| (target.as_str(), 3306)).collect::<Vec<_>>(), 0)
}

/// The answer with nothing but records of the smallest target, at the port of all instances.
fn root() -> Outcome {
    let record = Srv { priority: 1, weight: 1, port: 3306, target: Name::root(), ttl: 0 };
    Outcome::Answer(Answer { srv: vec![record; RECORDS.into()], min_ttl: Some(0), ..answer(Rcode::NOERROR) })
}

fn compared(a: &Outcome, srv: &Outcome, expected: &Expected) -> Vec<Comparison> {
    let said = [both(a), both(&no_data()), both(srv)];
    (1..=6).map(|number| compare(&forwarder(number, said.clone()), expected)).collect()
}

#[test]
fn ten_thousand_instances_are_compared_with_six_whole_answers() {
    let expected = many(Passing);
    let by_address = targets((1..=MANY).map(|number| format!("{:08x}.addr.dc1.consul", ip(number).to_bits())));
    let by_node = targets((1..=MANY).map(|number| format!("DB{number}.node.dc1.consul")));
    for srv in [by_address, by_node] {
        assert!(compared(&every_address(), &srv, &expected).iter().all(Comparison::agrees));
    }
}

#[test]
fn records_that_may_be_of_all_instances_take_no_longer() {
    let made_up = targets((0..RECORDS).map(|number| format!("x{number}.example")));
    let (passing, critical) = (many(Passing), many(Critical));
    for (srv, places) in [(root(), 1), (made_up, usize::from(RECORDS))] {
        assert!(compared(&every_address(), &srv, &passing).iter().all(Comparison::agrees));
        for comparison in compared(&nx_domain(), &srv, &critical) {
            assert_eq!(comparison.dead.len(), places);
            assert!(comparison.dead.iter().all(|one| one.instances.len() == critical.instances.len()));
        }
    }
}
