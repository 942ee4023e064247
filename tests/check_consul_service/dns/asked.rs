//! Which name is asked for, where, and for how long.

use std::collections::BTreeSet;

use test_support::oracle::State;
use test_support::plugin::assert_says;

use super::names::{Names, compare, compared};
use super::{ALL, assert_right};
use crate::consul::{Consul, With, health, instance};
use crate::hostile::assert_in_time;
use crate::{assert_shows, check, named, value};

/// The only name that was asked for.
#[track_caller]
fn name(names: &Names) -> String {
    let asked: BTreeSet<_> = names.heard().into_iter().map(|query| query.name).collect();
    let [name] = asked.into_iter().collect::<Vec<_>>().try_into().unwrap();
    name
}

/// <https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups>, "Standard lookup".
#[test]
fn the_name_is_that_of_the_documentation() {
    for (args, asked) in [
        (&[][..], "web.service.consul"),
        (&["--tag", "v1"], "v1.web.service.consul"),
        (&["--datacenter", "dc1"], "web.service.dc1.consul"),
        (&["--namespace", "n"], "web.service.n.ns.consul"),
        (&["--partition", "p"], "web.service.p.ap.consul"),
        (&["--namespace", "n", "--partition", "p"], "web.service.n.ns.p.ap.consul"),
        (&["--namespace", "n", "--datacenter", "dc1"], "web.service.n.ns.dc1.dc.consul"),
        (
            &["--tag", "v1", "--namespace", "n", "--partition", "p", "--datacenter", "dc1"],
            "v1.web.service.n.ns.p.ap.dc1.dc.consul",
        ),
        (&["--dns-name", "galera.example.org"], "galera.example.org"),
        (&["--dns-name", "galera.example.org.", "--datacenter", "dc1"], "galera.example.org"),
        // DNS knows one tag at a time, and no nodes.
        (&["--tag", "v1", "--tag", "V1"], "web.service.consul"),
    ] {
        let names = Names::of(ALL, 0);
        assert_right(&compare(&Consul::healthy(), &[&names], args), "1 server");
        assert_eq!(name(&names), asked, "{args:?}");
    }
    let of_east = ["a", "b", "c"].map(|node| instance(node).with("/Service/PeerName", "east"));
    for (args, asked) in [
        (&["--peer", "east"][..], "web.service.east.peer.consul"),
        (&["--namespace", "n", "--peer", "east"], "web.service.n.ns.east.peer.consul"),
    ] {
        let names = Names::of(ALL, 0);
        assert_right(&compare(&Consul::saying(health(&of_east)), &[&names], args), "1 server");
        assert_eq!(name(&names), asked, "{args:?}");
    }
}

/// A name of all instances names those too that are not asked about.
#[test]
fn what_the_name_has_is_compared() {
    for (args, nodes, asked) in [
        (&["--tag", "b"][..], &["b"][..], "b.web.service.consul"),
        (&["--node", "b"], ALL, "web.service.consul"),
        (&["--tag", "v1", "--tag", "b"], ALL, "web.service.consul"),
        (&["--tag", "b", "--node", "b"], ALL, "web.service.consul"),
        (&["--tag", "b", "--dns-name", "b.example.org"], &["b"], "b.example.org"),
    ] {
        let names = Names::of(nodes, 0);
        let output = compare(&Consul::healthy(), &[&names], args);
        assert_says(&output, State::Ok, "web: 1/1 passing; DNS agrees on 1 server");
        assert_eq!(name(&names), asked, "{args:?}");
    }
}

/// Consul's DNS makes no difference between upper and lower case, and neither does any other.
#[test]
fn upper_case_is_no_other_name() {
    let consul = Consul::saying(health(&[instance("a").with("/Service/Service", "WEB").with("/Service/ID", "WEB")]));
    let names = Names::of(&["a"], 0);
    let args = ["-H", &consul.address(), "--recheck", "0.1", "--dns", &names.addr().to_string()];
    assert_right(&named("WEB").args(args).run(), "1 server");
    assert_eq!(name(&names).to_lowercase(), "web.service.consul");
}

#[test]
fn what_cannot_be_asked_is_our_fault() {
    let (consul, names) = (Consul::healthy(), Names::of(ALL, 0));
    let server = names.addr().to_string();
    for service in ["a..b", &"x".repeat(64)] {
        let output = named(service).args(["-H", &consul.address(), "--dns", &server]).run();
        assert_says(&output, State::Unknown, "is no name for DNS: ");
        assert_shows(&output, "--dns-name");
    }
    let output = compare(&consul, &[&names], &["--dns-name", "galera..example.org"]);
    assert_says(&output, State::Unknown, "\"galera..example.org\" is no name for DNS: ");
    for (given, said) in [
        ("ns1.example.org", "\"ns1.example.org\" is no IP address"),
        ("ns1.example.org:53", "\"ns1.example.org\" is no IP address"),
        ("127.0.0.1:99999", "99999"),
        ("[::1", "no closing bracket"),
    ] {
        let output = check(&["-H", &consul.address(), "--dns", given]).run();
        assert_says(&output, State::Unknown, said);
        assert_shows(&output, "--dns");
    }
    assert_shows(&check(&["--dns-name", "galera.example.org"]).run(), "--dns");
    assert_eq!((consul.accepted(), names.heard().len()), (0, 0));
}

/// Without a service name that DNS knows, another name may be given.
#[test]
fn another_name_helps_where_there_is_none() {
    let odd = "a..b";
    let consul = Consul::saying(health(&[instance("a").with("/Service/Service", odd).with("/Service/ID", odd)]));
    let names = Names::of(&["a"], 0);
    let args = ["-H", &consul.address(), "--dns", &names.addr().to_string(), "--dns-name", "galera.example.org"];
    assert_right(&named(odd).args(args).run(), "1 server");
}

#[test]
fn a_server_that_is_given_twice_is_asked_once() {
    let (consul, names) = (Consul::healthy(), Names::of(ALL, 0));
    let output = compare(&consul, &[&names, &names], &[]);
    assert_right(&output, "1 server");
    assert_eq!((value(&output, "dns_servers"), names.looks()), (Some(1.0), 1));
}

/// Both looks at silent servers take longer than that.
#[test]
fn silent_servers_do_not_cost_our_time_limit() {
    let running = ["1", "3", "6"].map(|limit| {
        let (consul, one, other) = (Consul::healthy(), Names::saying(|_| None), Names::saying(|_| None));
        (compared(&consul, &[&one, &other], &["-t", limit]).spawn(), consul, one, other, limit)
    });
    for (run, _consul, one, other, limit) in running {
        let output = run.wait();
        let said = "no name server names a usable instance of web.service.consul: ";
        assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: {said}"));
        assert_shows(&output, &format!("{} and {} no answer within ", one.addr(), other.addr()));
        assert_eq!(value(&output, "instances_passing"), Some(3.0), "what is known is told: {output:?}");
        assert_in_time(&output, limit.parse().unwrap());
    }
}

/// All servers and all questions at once.
#[test]
fn a_silent_server_costs_no_other_its_answer() {
    let (consul, right) = (Consul::healthy(), Names::of(ALL, 0));
    let silent = [(); 4].map(|()| Names::saying(|_| None));
    let servers: Vec<_> = silent.iter().chain([&right]).collect();
    let output = compare(&consul, &servers, &["-t", "6"]);
    assert_shows(&output, "; DNS agrees on 1 of 5 servers");
    assert_eq!(output.state(), State::Warning);
    assert_in_time(&output, 6);
}
