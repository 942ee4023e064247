//! How what name servers say goes with what the agents say. What they say of each other is `dns::tests`' concern.

use common::ServiceState::{Critical, Ok, Unknown, Warning};
use common::dns::Outcome;
use common::{CheckError, HostPort};

use super::scene::{Scene, healthy, recorded};
use crate::dns::tests::{addresses, all, both, no_data, nx_domain, server, services, told};
use crate::dns::{Both, Role, ServerAnswers};
use crate::snapshot::{Scope, Status};

/// What names these of the instances on 127.0.0.11, 127.0.0.12 and 127.0.0.13, for so many seconds.
pub(super) fn names_for(numbers: &[u8], ttl: u32) -> [Both; 3] {
    if numbers.is_empty() {
        return all(&nx_domain());
    }
    let ips: Vec<_> = numbers.iter().map(|number| format!("127.0.0.1{number}")).collect();
    let targets: Vec<_> = numbers.iter().map(|number| format!("7f0000{:02x}.addr.dc1.consul", 10 + number)).collect();
    let ips: Vec<_> = ips.iter().map(String::as_str).collect();
    let targets: Vec<_> = targets.iter().map(|target| (target.as_str(), 3306)).collect();
    [both(&addresses(&ips, ttl)), both(&no_data()), both(&services(&targets, ttl))]
}

pub(super) fn names(numbers: &[u8]) -> [Both; 3] {
    names_for(numbers, 0)
}

/// Consul's own server said this.
pub(super) fn own(said: [Both; 3]) -> ServerAnswers {
    told(server("127.0.0.21:8600", Role::Consul), said)
}

/// The forwarder on 127.0.0.1NUMBER said this.
pub(super) fn forwarder(number: u8, said: [Both; 3]) -> ServerAnswers {
    told(server(&format!("127.0.0.1{number}"), Role::Forwarder), said)
}

/// The second instance is critical, and so is nothing else.
pub(super) fn lost() -> Scene {
    healthy().checks(1, &[("web", Scope::Service, Status::Critical)])
}

/// The example of the documentation.
fn upgrade() -> Scene {
    let maintained = &[
        ("web", Scope::Service, Status::Passing),
        ("_service_maintenance:galeradb", Scope::Service, Status::Critical),
    ];
    healthy().checks(1, maintained).instance(1, |instance| "upgrade".clone_into(&mut instance.checks[1].notes))
}

#[test]
fn the_first_line_says_instances_then_dns_then_the_leader() {
    let two = |said: [Both; 3]| vec![own(names(&[1, 2, 3])), forwarder(1, said)];
    healthy().told(two(names(&[1, 2, 3]))).assert_first(
        &[],
        "CONSUL is OK: galeradb: 3/3 passing; DNS agrees on 2 servers; leader 127.0.0.11, may lose 1 server",
    );
    healthy().told(two(names(&[1, 3]))).assert_first(
        &[],
        "CONSUL is WARNING: name server 127.0.0.11 does not name db2 (127.0.0.12:3306); galeradb: 3/3 passing; \
         DNS agrees on 1 of 2 servers; leader 127.0.0.11, may lose 1 server",
    );
    healthy().told(vec![own(names(&[1, 2, 3]))]).restless().assert_first(
        &[],
        "CONSUL is UNKNOWN: DNS was not judged: the instances kept changing while DNS was asked; \
         galeradb: 3/3 passing; DNS was asked on 1 server, but not judged; leader 127.0.0.11, may lose 1 server",
    );
    let right = names(&[1, 3]);
    let four = vec![own(right.clone()), forwarder(1, right.clone()), forwarder(2, right.clone()), forwarder(3, right)];
    let maintained = upgrade().told(four);
    maintained.assert_first(
        &["--expect", "3"],
        "CONSUL is WARNING: galeradb: 2/3 passing: db2 in maintenance \"upgrade\"; DNS agrees on 4 servers; \
         leader 127.0.0.11, may lose 1 server",
    );
    maintained.assert(
        &["--expect", "3"],
        Warning,
        &[
            "[WARNING] galeradb: 2/3 passing (below the limit 3:)\n\
             [WARNING] db2 in maintenance \"upgrade\" -> on db2, when it is over: consul maint -disable -service=galeradb\n\
             [OK] db1 (127.0.0.11:3306) passing; in DNS on all 4 servers\n\
             [WARNING] db2 (127.0.0.12:3306) in maintenance; not in DNS\n\
             [OK] db3 (127.0.0.13:3306) passing; in DNS on all 4 servers\n\
             [OK] agent 127.0.0.11:8500 ",
        ],
    );
}

/// A name server that hands out the dead is worse than the dead.
#[test]
fn the_worst_is_said_first_wherever_it_was_found() {
    let dead = lost().told(vec![own(names(&[1, 2, 3]))]);
    dead.assert_first(
        &[],
        "CONSUL is CRITICAL: name server 127.0.0.21:8600 hands out db2 (127.0.0.12:3306), which is critical; \
         db2 critical: service check web; galeradb: 2/3 passing; DNS agrees on 0 of 1 server",
    );
    dead.assert(&[], Critical, &["\ngaleradb: 2/3 passing; DNS agrees on 0 of 1 server; leader 127.0.0.11, may lose"]);
    let of_state = &["--severity", "dns-dead=warning", "--severity", "instance-critical=critical"];
    let text = dead.assert(of_state, Critical, &[]);
    assert!(text.starts_with("CONSUL is CRITICAL: db2 critical: service check web; name server 127.0.0.21:8600 hands out db2 (127.0.0.12:3306)"), "{text}");
}

/// Whom a client meets, whom it may ask why, and what it is told.
#[test]
fn lines_are_of_instances_then_of_agents_then_of_name_servers() {
    let scene = healthy().told(vec![own(names(&[1, 2, 3])), forwarder(1, names(&[1, 2, 3]))]);
    let text = scene.assert(&["-v"], Ok, &[]);
    let lines = [
        "[OK] db1 (127.0.0.11:3306) passing; ",
        "[OK] db2 ",
        "[OK] db3 ",
        "[OK] agent 127.0.0.11:8500 ",
        "[OK] agent 127.0.0.21:8500 ",
        "[OK] DNS 127.0.0.21:8600: names 127.0.0.11, 127.0.0.12 and 127.0.0.13 (TTL 0, 2.0 ms)",
        "[OK] DNS 127.0.0.11: names",
    ];
    let places: Vec<_> =
        lines.iter().map(|line| text.find(line).unwrap_or_else(|| panic!("{line} in {text}"))).collect();
    assert!(places.is_sorted(), "{places:?} in {text}");
    let traced = scene.verdict(&["-vv"]).1;
    assert!(traced.contains("127.0.0.21:8600 galeradb.service.consul A: NOERROR 127.0.0.11"), "{traced}");
}

#[test]
fn each_instance_says_where_it_is_in_dns() {
    let (both_, one, none) = (names(&[1, 2, 3]), names(&[1, 2]), names(&[]));
    for (told, said) in [
        (vec![own(both_.clone())], "; in DNS on 127.0.0.21:8600\n"),
        (vec![own(both_.clone()), forwarder(1, both_.clone())], "; in DNS on all 2 servers\n"),
        (vec![own(both_.clone()), forwarder(1, one.clone())], "; in DNS on 1 of 2 servers: 127.0.0.21:8600\n"),
        (
            vec![own(both_.clone()), forwarder(1, one.clone()), forwarder(2, both_.clone())],
            "; in DNS on 2 of 3 servers: 127.0.0.21:8600, 127.0.0.12\n",
        ),
        (vec![own(one.clone())], "; not in DNS\n"),
        (vec![own(none.clone()), forwarder(1, none)], "; not in DNS\n"),
        (vec![], "\n"),
    ] {
        let text = healthy().told(told).verdict(&["-v"]).1;
        let line = format!("[OK] db3 (127.0.0.13:3306) passing{said}");
        assert!(text.contains(&line), "{line:?} not in {text}");
    }
    // Where DNS leads to an alias nobody knows what it names.
    let alias = healthy().instance(2, |instance| {
        instance.address = HostPort { host: "db3.example".to_owned(), port: Some(3306) };
    });
    let text = alias.told(vec![own(names(&[1, 2]))]).verdict(&["-v"]).1;
    assert!(text.contains("[OK] db3 (db3.example:3306) passing\n"), "{text}");
}

/// What the API was not asked for, or does not show us, may be in DNS all the same.
#[test]
fn dns_is_compared_with_what_its_name_stands_for() {
    let foreign = |scene: Scene| scene.told(vec![own(names(&[1, 2, 3]))]).ids(&[]).contains("dns-foreign");
    // The name has one tag, so that these are all, and it has neither several nor a node.
    assert!(foreign(recorded!("two-agents", &["--tag", "db1"])));
    assert!(!foreign(recorded!("two-agents", &["--node", "db1"])));
    assert!(!foreign(recorded!("two-agents", &["--tag", "db1", "--tag", "db2"])));
    let less = |args: &[&str]| recorded!("two-agents", args).instances(|instances| instances.truncate(2));
    assert!(foreign(less(&[])));
    assert!(!foreign(less(&["--filter", "Node.Meta.zone == \"a\""])));
    assert!(!foreign(less(&[]).health(|health| health.filtered = true)));
}

/// What an agent says of its own configuration, where it says it.
#[test]
fn why_an_instance_in_warning_is_in_dns_or_not_is_said_where_it_is_known() {
    let warning = |only_passing| {
        let scene = healthy().checks(1, &[("web", Scope::Service, Status::Warning)]);
        let scene = scene.agents(|asked| asked.itself.result.as_mut().unwrap().only_passing = only_passing);
        scene.told(vec![own(names(&[1, 3]))])
    };
    for (only_passing, said) in [
        (Some(true), "DNS leaves it out, since dns_config.only_passing is set"),
        (Some(false), "DNS hands it out, since dns_config.only_passing is not set"),
        (None, "DNS hands it out unless dns_config.only_passing is set"),
    ] {
        let said = format!("db2 (127.0.0.12:3306) is in warning: {said}");
        warning(only_passing).assert(&["-v"], Warning, &[&said, "DNS agrees on 1 server"]);
    }
}

/// What DNS says is the past then, and there is nothing to compare it with.
#[test]
fn nothing_is_said_of_dns_where_nothing_is_known_of_the_service() {
    for scene in [recorded!("all-servers-down"), recorded!("no-known-servers")] {
        let text = scene.told(vec![own(names(&[1, 2, 3]))]).assert(&[], Critical, &["nothing is known of galeradb"]);
        assert!(!text.contains("DNS agrees") && !text.contains("[OK] DNS") && !text.contains("dns_"), "{text}");
    }
    // The last known health is something.
    recorded!("no-quorum").told(vec![own(names(&[1, 2, 3]))]).assert(
        &[],
        Critical,
        &["no leader, ", "DNS agrees on 1 server", "'dns_servers_right'=1;;;0;1"],
    );
}

/// Nothing is said of what it would have told, nor is an instance that is lost hidden by it.
#[test]
fn a_name_server_that_was_not_asked_names_nothing_and_leaves_nothing_out() {
    let ours = all(&Outcome::OwnSide(CheckError::local("too many open files", "raise the limit")));
    let text = healthy().told(vec![own(ours.clone())]).assert(
        &[],
        Unknown,
        &["CONSUL is UNKNOWN: name server 127.0.0.21:8600 was not asked: too many", "DNS was not asked; leader"],
    );
    assert!(text.contains("[OK] db1 (127.0.0.11:3306) passing\n") && !text.contains("in DNS"), "{text}");
    let one = healthy().told(vec![own(ours.clone()), forwarder(1, names(&[1, 2]))]);
    one.assert(
        &[],
        Warning,
        &["db1 (127.0.0.11:3306) passing; in DNS on 127.0.0.11\n", "db3 (127.0.0.13:3306) passing; not in DNS\n"],
    );
    // Who was asked and is silent does not name it.
    let silent = healthy().told(vec![own(all(&Outcome::Silent)), forwarder(1, names(&[1, 2, 3]))]);
    silent.assert(&[], Warning, &["db1 (127.0.0.11:3306) passing; in DNS on 1 of 2 servers: 127.0.0.11\n"]);
    lost().told(vec![own(ours)]).assert(
        &[],
        Warning,
        &["db2 critical: service check web; name server 127.0.0.21:8600 was not asked: too many open files; "],
    );
}
