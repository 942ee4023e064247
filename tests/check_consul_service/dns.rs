//! Whether DNS tells the truth: fake agents beside fake name servers.

mod asked;
mod hostile;
mod names;
mod still;

use std::io::{self, Read};

use serde_json::Value;
use test_support::message::{A, AAAA, Message, SRV};
use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::scratch::Scratch;
use test_support::server::{self, Transport};

use crate::consul::{Ask, Consul, With, check, failing, health, instance, maintained};
use crate::history::age;
use crate::{ask, assert_shows, remembering, value};
use names::{NXDOMAIN, Names, Query, REFUSED, SERVFAIL, code, compare, denial, named};

const ALL: &[&str] = &["a", "b", "c"];

/// What an instance that is not well is, is judged elsewhere.
const ONLY_DNS: &[&str] = &[
    "--severity",
    "instance-critical=ok",
    "--severity",
    "instance-maintenance=ok",
    "--severity",
    "instance-warning=ok",
];

/// An agent that says this of c, and that a and b are well.
fn with_c(c: Value) -> Consul {
    Consul::saying(health(&[instance("a"), instance("b"), c]))
}

/// Everything that can be wrong with c and keeps it out of DNS, and how that is said.
fn dead() -> [(Value, &'static str); 3] {
    let node = check("c", "_node_maintenance", "").with("/Status", "critical");
    [
        (failing("c", "critical", "gone"), "critical"),
        (maintained("c", "upgrade"), "in maintenance"),
        (instance("c").with("/Checks/2", node), "in maintenance"),
    ]
}

/// A finding, whatever else there is.
#[track_caller]
fn assert_finds(output: &Output, state: State, said: &str) {
    let marked = format!("[{}] {said}", format!("{state:?}").to_uppercase());
    assert!(output.text().lines().any(|line| line.starts_with(&marked)), "{marked:?} not in {output:?}");
    assert_eq!(output.state(), state, "{output:?}");
}

/// Nothing is wrong with DNS.
#[track_caller]
fn assert_right(output: &Output, servers: &str) {
    assert_says(output, State::Ok, &format!("; DNS agrees on {servers}"));
    assert!(!output.text().contains("name server "), "{output:?}");
}

#[test]
fn servers_that_name_every_instance_are_right() {
    let (consul, one, other) = (Consul::healthy(), Names::of(ALL, 0), Names::of(ALL, 5));
    let output = compare(&consul, &[&one, &other], &[]);
    assert_says(&output, State::Ok, "CONSUL is OK: web: 3/3 passing; DNS agrees on 2 servers; leader 192.0.2.12");
    assert_shows(&output, "[OK] a (192.0.2.97:80) passing; in DNS on all 2 servers");
    assert_shows(&output, &format!("[OK] DNS {}: names 192.0.2.97, 192.0.2.98 and 192.0.2.99 (TTL 5, ", other.addr()));
    assert_eq!((value(&output, "dns_servers"), value(&output, "dns_servers_right")), (Some(2.0), Some(2.0)));
    for (what, number) in [("addresses", 3.0), ("missing", 0.0), ("unexpected", 0.0), ("ttl", 5.0)] {
        assert_eq!(value(&output, &other.label(what)), Some(number), "{what} {output:?}");
    }
    let slowest = value(&output, "dns_time").unwrap();
    assert!(slowest > 0.0 && value(&output, &other.label("time")).unwrap() <= slowest, "{output:?}");
    // The API is read before and after.
    assert_eq!((one.looks(), other.looks(), consul.asked(Ask::Consistent)), (1, 1, 2));
}

#[test]
fn without_the_option_no_server_is_asked() {
    let output = crate::ask(Consul::healthy().addr(), &[]);
    assert!(!output.stdout.to_lowercase().contains("dns"), "{output:?}");
}

#[test]
fn what_is_dead_may_not_be_handed_out_at_all_without_a_ttl() {
    for (c, condition) in dead() {
        let (consul, names) = (with_c(c), Names::of(ALL, 0));
        let output = compare(&consul, &[&names], &[]);
        let said = format!("name server {} hands out c (192.0.2.99:80), which is {condition}", names.addr());
        assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: {said}"));
        assert_shows(&output, &format!("c (192.0.2.99:80) {condition}; in DNS on {}\n", names.addr()));
        assert_shows(&output, "rndc flushtree consul there");
        assert_eq!((value(&output, "dns_servers_right"), names.looks()), (Some(0.0), 2));
        let right = Names::of(&["a", "b"], 0);
        assert_right(&compare(&consul, &[&right], ONLY_DNS), "1 server");
        assert_eq!(right.looks(), 1);
    }
}

#[test]
fn what_is_dead_may_be_handed_out_for_its_ttl() {
    for (c, condition) in dead() {
        let (consul, names, right) = (with_c(c), Names::of(ALL, 30), Names::of(&["a", "b"], 30));
        let output = compare(&consul, &[&names, &right], ONLY_DNS);
        let said = format!(
            "name server {} still hands out c (192.0.2.99:80), which is {condition}, for 30 s more",
            names.addr()
        );
        assert_finds(&output, State::Warning, &said);
        assert_shows(&output, &format!("c (192.0.2.99:80) {condition}; in DNS on 1 of 2 servers: {}\n", names.addr()));
        assert_shows(&output, "; DNS agrees on 1 of 2 servers");
    }
}

/// A forwarder that asks somebody who does not know gets the whole TTL again and again.
#[test]
fn what_is_dead_may_not_be_handed_out_for_ever() {
    let state = Scratch::new();
    let (consul, names) = (with_c(failing("c", "critical", "gone")), Names::of(ALL, 30));
    let run = || {
        let args = ["-H", &consul.address(), "--recheck", "0.1", "--dns", &names.addr().to_string()];
        remembering(&state).args(args).args(ONLY_DNS).run()
    };
    let is_grace = |path: &str| path.starts_with(" grace ") && path.ends_with(" > 192.0.2.99");
    let still = format!("name server {} still hands out c (192.0.2.99:80)", names.addr());
    assert_finds(&run(), State::Warning, &still);
    age(&state, 20.0, is_grace);
    let output = run();
    assert_finds(&output, State::Warning, &still);
    assert!((7..=10).any(|left| output.text().contains(&format!(", for {left} s more"))), "{output:?}");
    age(&state, 11.0, is_grace);
    for _ in 0..2 {
        let said = format!("name server {} hands out c (192.0.2.99:80), which is critical", names.addr());
        assert_finds(&run(), State::Critical, &said);
    }
}

/// What a moment did is over a moment later.
#[test]
fn what_is_wrong_once_is_not_wrong() {
    for first in [&["a", "b"][..], &[], &["a", "b", "c", "x"]] {
        let names = Names::saying(move |query| Some(named(query, if query.turn == 0 { first } else { ALL }, 0)));
        let consul = Consul::healthy();
        assert_right(&compare(&consul, &[&names], &[]), "1 server");
        assert_eq!((names.looks(), consul.asked(Ask::Consistent)), (2, 4), "{first:?}");
    }
    let names = Names::saying(|query| Some(named(query, if query.turn == 0 { ALL } else { &["a", "b"] }, 0)));
    assert_right(&compare(&with_c(failing("c", "critical", "gone")), &[&names], ONLY_DNS), "1 server");
    assert_eq!(names.looks(), 2);
}

#[test]
fn a_passing_instance_may_not_be_missing() {
    let (names, right) = (Names::of(&["a", "b"], 0), Names::of(ALL, 0));
    let output = compare(&Consul::healthy(), &[&right, &names], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} does not name c (192.0.2.99:80)", names.addr()));
    assert_shows(&output, &format!("c (192.0.2.99:80) passing; in DNS on 1 of 2 servers: {}\n", right.addr()));
    assert_eq!(
        (value(&output, &names.label("missing")), value(&output, &right.label("missing"))),
        (Some(1.0), Some(0.0))
    );
    assert_eq!((names.looks(), right.looks()), (2, 2));
    let output = compare(&Consul::healthy(), &[&names], &[]);
    assert_shows(&output, "c (192.0.2.99:80) passing; not in DNS\n");
}

#[test]
fn each_server_has_perfdata_only_on_request() {
    let (consul, names) = (Consul::healthy(), Names::of(ALL, 0));
    let args = ["--dns", &names.addr().to_string()];
    let numbers = |args: &[&str]| value(&ask(consul.address(), args), &names.label("addresses"));
    assert_eq!(numbers(&args), None);
    assert_eq!(numbers(&[&args[..], &["--perfdata-per-server"]].concat()), Some(3.0));
    assert_shows(&ask(consul.address(), &["--perfdata-per-server"]), "--dns");
}

#[test]
fn an_address_that_no_instance_has_is_foreign() {
    let names = Names::of(&["a", "b", "c", "x"], 0);
    let output = compare(&Consul::healthy(), &[&names], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} hands out 192.0.2.120", names.addr()));
    assert_shows(&output, "which no instance has");
    let unexpected = value(&output, &names.label("unexpected")).unwrap();
    assert!(unexpected >= 1.0, "{output:?}");
    // Only such.
    let names = Names::saying(|query| {
        let addresses = vec!["203.0.113.9".parse().unwrap()];
        Some(if query.rtype == A { Message { addresses, ..Message::default() } } else { denial(0) })
    });
    let output = compare(&Consul::healthy(), &[&names], &[]);
    let said = format!(
        "no name server names a usable instance of web.service.consul: {} named only what no instance has",
        names.addr()
    );
    assert_says(&output, State::Critical, &said);
    assert_shows(
        &output,
        &format!("[WARNING] name server {} hands out 203.0.113.9, which no instance has", names.addr()),
    );
}

/// A server of no use, and the words for it.
type Useless = (fn() -> Names, &'static str);

const USELESS: [Useless; 7] = [
    (|| Names::always(denial(NXDOMAIN)), "NXDOMAIN"),
    (|| Names::always(denial(0)), "NODATA"),
    (|| Names::always(code(SERVFAIL)), "SERVFAIL"),
    (|| Names::always(code(REFUSED)), "REFUSED"),
    (|| Names::always(code(4)), "NOTIMP"),
    (|| Names::saying(|_| None), "no answer within 2.0 s"),
    (|| Names::writing(|_, _| vec![b"hello".to_vec()]), "no valid answer (a malformed message: "),
];

#[test]
fn servers_that_name_nothing_are_critical() {
    let running = USELESS.map(|(names, words)| {
        let (consul, names) = (Consul::healthy(), names());
        (names::compared(&consul, &[&names], &[]).spawn(), consul, names, words)
    });
    for (run, _consul, names, words) in running {
        let output = run.wait();
        let said = format!("no name server names a usable instance of web.service.consul: {} {words}", names.addr());
        assert_says(&output, State::Critical, &said);
        assert_finds(&output, State::Critical, "no name server names a usable instance of web.service.consul -> ");
        assert_shows(&output, "; DNS agrees on 0 of 1 server");
        assert_eq!((value(&output, "dns_servers_right"), value(&output, "instances_passing")), (Some(0.0), Some(3.0)));
    }
}

#[test]
fn one_server_that_names_nothing_is_a_warning() {
    let running = USELESS.map(|(names, words)| {
        let (consul, names, right) = (Consul::healthy(), names(), Names::of(ALL, 0));
        (names::compared(&consul, &[&names, &right], &[]).spawn(), consul, names, right, words)
    });
    for (run, _consul, names, right, words) in running {
        let output = run.wait();
        assert_finds(&output, State::Warning, &format!("name server {}: {words}", names.addr()));
        assert_shows(&output, "; DNS agrees on 1 of 2 servers");
        assert_shows(&output, &format!("a (192.0.2.97:80) passing; in DNS on 1 of 2 servers: {}\n", right.addr()));
        assert!(!output.text().contains("does not name"), "what a server fails to say is said once: {output:?}");
    }
}

#[test]
fn both_servers_with_one_fault_are_one_finding() {
    let (one, other) = (Names::always(code(SERVFAIL)), Names::always(code(SERVFAIL)));
    let right = Names::of(ALL, 0);
    let output = compare(&Consul::healthy(), &[&one, &other, &right], &[]);
    assert_finds(&output, State::Warning, &format!("name servers {} and {}: SERVFAIL", one.addr(), other.addr()));
}

/// A forwarder without the zone asks the root, which knows none and is believed for an hour or a day.
#[test]
fn a_denial_by_the_root_is_a_question_that_was_not_forwarded() {
    let names = Names::always(Message { soa: Some((".", 10757)), ..code(NXDOMAIN) });
    let right = Names::of(ALL, 0);
    let output = compare(&Consul::healthy(), &[&names, &right], &[]);
    assert_finds(&output, State::Warning, &format!("name server {}: NXDOMAIN from the root", names.addr()));
    assert_shows(&output, "keeps the denial for 10757 s more: rndc flushtree consul");
}

#[test]
fn both_transports_must_answer() {
    let over = |deaf: Transport| Names::saying(move |query| (query.transport != deaf).then(|| named(query, ALL, 0)));
    let failing = |deaf: Transport| {
        Names::saying(move |query| Some(if query.transport == deaf { code(SERVFAIL) } else { named(query, ALL, 0) }))
    };
    let running = [
        (over(Transport::Udp), "no answer within 2.0 s over UDP"),
        (over(Transport::Tcp), "no answer within 2.0 s over TCP"),
        (failing(Transport::Udp), "SERVFAIL over UDP"),
        (failing(Transport::Tcp), "SERVFAIL over TCP"),
    ]
    .map(|(names, said)| {
        let consul = Consul::healthy();
        (names::compared(&consul, &[&names], &[]).spawn(), consul, names, said)
    });
    for (run, _consul, names, said) in running {
        let output = run.wait();
        let said = format!("name server {}: {said}, but not over both transports", names.addr());
        assert_finds(&output, State::Warning, &said);
        assert_shows(&output, &format!("compare dig @127.0.0.1 -p {0} web.service.consul", names.addr().port()));
        assert_eq!(value(&output, &names.label("addresses")), Some(3.0), "the other tells: {output:?}");
    }
}

/// What closes a connection that it accepts, as a server does whose clients are too many.
#[test]
fn a_connection_that_is_closed_is_no_answer() {
    let answer = |bytes: &[u8]| {
        let (name, rtype) = test_support::message::question(bytes);
        let query = Query { transport: Transport::Udp, name, rtype, turn: 0 };
        vec![named(&query, ALL, 0).to(bytes)]
    };
    let server = server::dns_pair(answer, |mut stream| -> io::Result<()> { stream.read_exact(&mut [0; 2]) });
    let args = ["--recheck", "0.1", "--dns", &server.addr().to_string()];
    let output = crate::ask(Consul::healthy().addr(), &args);
    let said = format!("name server {}: no valid answer (the connection was closed", server.addr());
    assert_finds(&output, State::Warning, &said);
    assert_shows(&output, "over TCP, but not over both transports");
}

/// Consul leaves out of a datagram what does not fit or is above its limit, and does not say so.
#[test]
fn a_datagram_may_hold_less() {
    let lacking = |which: Transport| {
        Names::saying(move |query| Some(named(query, if query.transport == which { &["b"] } else { ALL }, 0)))
    };
    assert_right(&compare(&Consul::healthy(), &[&lacking(Transport::Udp)], &[]), "1 server");
    let truncated = Names::saying(|query| {
        let cut = Message { truncated: true, ..Message::default() };
        Some(if query.transport == Transport::Udp { cut } else { named(query, ALL, 0) })
    });
    assert_right(&compare(&Consul::healthy(), &[&truncated], &[]), "1 server");
    let names = lacking(Transport::Tcp);
    let output = compare(&Consul::healthy(), &[&names], &[]);
    let said = format!("name server {} does not name a (192.0.2.97:80) and c (192.0.2.99:80)", names.addr());
    assert_finds(&output, State::Warning, &said);
    // What is dead is so over either.
    let names =
        Names::saying(|query| Some(named(query, if query.transport == Transport::Udp { ALL } else { &["a", "b"] }, 0)));
    let output = compare(&with_c(failing("c", "critical", "gone")), &[&names], ONLY_DNS);
    assert_finds(&output, State::Critical, &format!("name server {} hands out c (192.0.2.99:80)", names.addr()));
}

/// `dns_config.only_passing` decides, and may differ between agents.
#[test]
fn an_instance_in_warning_may_be_named_or_not() {
    for nodes in [ALL, &["a", "b"]] {
        let (consul, names) = (with_c(failing("c", "warning", "slow")), Names::of(nodes, 0));
        let output = compare(&consul, &[&names], &[&["-v"], ONLY_DNS].concat());
        assert_right(&output, "1 server");
        assert_eq!(names.looks(), 1);
        assert_shows(&output, "c (192.0.2.99:80) is in warning: DNS hands it out, since");
    }
    // Nothing else is there: it is usable, but need not be named.
    for nodes in [&["a"][..], &[]] {
        let consul = Consul::saying(health(&[failing("a", "warning", "slow")]));
        let output = compare(&consul, &[&Names::of(nodes, 0)], &[ONLY_DNS, &["-c", "instances_passing=0:"]].concat());
        assert_right(&output, "1 server");
    }
}

#[test]
fn where_nothing_passes_there_is_nothing_to_name() {
    for instances in [vec![failing("a", "critical", "gone"), maintained("b", "upgrade")], vec![]] {
        let consul = Consul::saying(health(&instances));
        let output = compare(&consul, &[&Names::always(denial(NXDOMAIN))], &[]);
        assert_says(&output, State::Critical, "; DNS agrees on 1 server");
        assert!(!output.text().contains("name server "), "{output:?}");
        assert_eq!(value(&output, "dns_servers_right"), Some(1.0));
        // A failure is none the less one.
        let names = Names::always(code(SERVFAIL));
        let output = compare(&consul, &[&names], &[]);
        assert_shows(&output, &format!("[WARNING] name server {}: SERVFAIL", names.addr()));
    }
}

fn at(node: &str, address: &str, port: u16) -> Value {
    instance(node).with("/Service/Address", address).with("/Service/Port", port)
}

#[test]
fn instances_with_ipv6_are_asked_for_as_such() {
    let six = |node: &str| format!("2001:db8::{node}");
    let consul = Consul::saying(health(&["a", "b", "c"].map(|node| at(node, &six(node), 80))));
    let serving = |named: &'static [&'static str]| {
        Names::saying(move |query| {
            let addresses = named.iter().map(|node| format!("2001:db8::{node}").parse().unwrap()).collect();
            let target = |node: &&str| (format!("20010db8000000000000000000000{node:0>3}.addr.dc1.consul"), 80);
            Some(match query.rtype {
                AAAA => Message { addresses, ..Message::default() },
                SRV => Message { services: named.iter().map(target).collect(), ..Message::default() },
                _ => denial(0),
            })
        })
    };
    let output = compare(&consul, &[&serving(ALL)], &[]);
    assert_right(&output, "1 server");
    assert_shows(&output, "a ([2001:db8::a]:80) passing; in DNS on 127.0.0.1:");
    let names = serving(&["a", "b"]);
    let output = compare(&consul, &[&names], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} does not name c ([2001:db8::c]:80)", names.addr()));
}

/// Which addresses a host name should have, nobody but its zone knows.
#[test]
fn an_instance_at_a_host_name_is_not_compared() {
    let consul = Consul::saying(health(&[at("a", "db.example.org", 80)]));
    let aliased = |addresses: &'static [&'static str]| {
        Names::saying(move |query| {
            let alias = Some("db.example.org".to_owned());
            let addresses = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
            Some(match query.rtype {
                A => Message { alias, addresses, ..Message::default() },
                SRV => Message { services: vec![("db.example.org".to_owned(), 80)], ..Message::default() },
                _ => Message { alias, ..Message::default() },
            })
        })
    };
    for addresses in [&[][..], &["198.51.100.7"]] {
        let output = compare(&consul, &[&aliased(addresses)], &[]);
        assert_right(&output, "1 server");
        assert_shows(&output, ": names db.example.org (TTL 0, ");
        assert_shows(&output, "a (db.example.org:80) passing\n");
    }
    // Nobody is known by a name here.
    let names = aliased(&["198.51.100.7"]);
    let output = compare(&Consul::healthy(), &[&names], &[]);
    assert_finds(&output, State::Critical, "no name server names a usable instance");
}

#[test]
fn clients_of_srv_are_sent_to_the_right_port() {
    let names = Names::saying(|query| {
        let services = ALL.iter().map(|node| (format!("{node}.node.dc1.consul"), if *node == "a" { 81 } else { 80 }));
        let wrong = Message { services: services.collect(), ..Message::default() };
        Some(if query.rtype == SRV { wrong } else { named(query, ALL, 0) })
    });
    let output = compare(&Consul::healthy(), &[&names], &[]);
    let foreign = format!("name server {} hands out port 81 of a by SRV", names.addr());
    assert_shows(&output, &format!("[WARNING] {foreign}, which no instance has"));
    let said = format!("name server {} does not name a (192.0.2.97:80) by SRV", names.addr());
    assert_finds(&output, State::Warning, &said);
    assert_shows(&output, "ms); not a (192.0.2.97:80) by SRV; no instance has port 81 of a by SRV");
}

/// Two instances on one host differ by their port, which addresses do not tell.
#[test]
fn of_instances_at_one_address_srv_tells_which() {
    let both = |one: Value, other: Value| {
        let second = other.with("/Service/ID", "web-2").with("/Service/Port", 81);
        Consul::saying(health(&[one, second]))
    };
    let serving = |ports: &'static [u16]| {
        Names::saying(move |query| {
            let services = ports.iter().map(|port| ("a.node.dc1.consul".to_owned(), *port)).collect();
            let message = Message { services, ..Message::default() };
            Some(if query.rtype == SRV { message } else { named(query, &["a"], 0) })
        })
    };
    let gone = || failing("a", "critical", "gone");
    let consul = both(instance("a"), gone());
    assert_right(&compare(&consul, &[&serving(&[80])], ONLY_DNS), "1 server");
    let names = serving(&[80, 81]);
    let output = compare(&consul, &[&names], ONLY_DNS);
    let said = format!("name server {} hands out a/web-2 (192.0.2.97:81) (port 81 of a by SRV)", names.addr());
    assert_finds(&output, State::Critical, &said);
    let names = serving(&[80, 81]);
    let output = compare(&both(gone(), gone()), &[&names], ONLY_DNS);
    let said = format!(
        "name server {} hands out a (192.0.2.97:80) and a/web-2 (192.0.2.97:81), which are critical",
        names.addr()
    );
    assert_shows(&output, &format!("[CRITICAL] {said}"));
    assert_right(&compare(&both(instance("a"), instance("a")), &[&serving(&[80, 81])], &[]), "1 server");
    let names = serving(&[80]);
    let output = compare(&both(instance("a"), instance("a")), &[&names], &[]);
    assert_finds(
        &output,
        State::Warning,
        &format!("name server {} does not name a/web-2 (192.0.2.97:81) by SRV", names.addr()),
    );
}

/// What a filter hides is in DNS all the same.
#[test]
fn what_a_filter_hides_is_not_foreign() {
    let consul = Consul::saying(health(&[instance("a")]));
    let names = Names::of(ALL, 0);
    assert_right(&compare(&consul, &[&names], &["--filter", "Node.Node == a"]), "1 server");
    let output = compare(&consul, &[&names], &[]);
    assert_finds(&output, State::Warning, &format!("name server {} hands out 192.0.2.98", names.addr()));
    let names = Names::of(&["b", "c"], 0);
    let output = compare(&consul, &[&names], &["--filter", "Node.Node == a"]);
    assert_finds(&output, State::Warning, &format!("name server {} does not name a (192.0.2.97:80)", names.addr()));
}
