//! Servers that must not know the internal zones.

use common::ServiceState::{Critical, Ok, Unknown, Warning};
use common::dns::{Rcode, Reply};

use super::check::{
    Check, INTERNAL, Names, checked, closed, found, no_data, not_asked, nx_domain, prohibited, rcode, servfail, silent,
    with,
};
use crate::snapshot::ServerKind;

const STRANGER: [&str; 2] = ["--external-server", "192.0.2.53"];

fn stranger(reply: &Reply) -> Check {
    with(&STRANGER).external_server_answers(reply)
}

/// RFC 2308, section 3: who denies the name in the zone's own name has it from there.
#[test]
fn who_denies_in_the_name_of_the_zone_knows_it() {
    for (reply, state, id) in [
        (nx_domain(".", 3600), Ok, None),
        (nx_domain("com", 900), Ok, None),
        (rcode(Rcode::NXDOMAIN), Ok, None),
        (prohibited(), Ok, None),
        (nx_domain("consul", 0), Critical, Some("external-server-knows")),
        (nx_domain("service.consul", 0), Critical, Some("external-server-knows")),
        (no_data("consul"), Critical, Some("external-server-knows")),
        (found(&["10.0.0.11"]), Critical, Some("external-server-knows")),
        (servfail(), Warning, Some("external-server-fails")),
        (silent(), Warning, Some("external-server-fails")),
        (closed(), Warning, Some("external-server-fails")),
        (not_asked(), Unknown, Some("not-asked")),
    ] {
        let check = stranger(&reply);
        assert_eq!((check.state(), check.ids()), (state, id.into_iter().collect()), "{reply:?}");
    }
    let knows = stranger(&nx_domain("consul", 0)).finding("external-server-knows").0;
    assert_eq!(knows, "192.0.2.53 (external) knows zone consul, which must stay internal");
    let fails = stranger(&closed()).finding("external-server-fails").0;
    assert_eq!(fails, "192.0.2.53 (external): connection refused: does it know zone consul?");
    let own = stranger(&not_asked()).finding("not-asked").0;
    assert_eq!(own, "192.0.2.53 (external) was not asked: too many open files");
}

#[test]
fn a_zone_that_is_known_is_told_whatever_else_fails() {
    let mut check = checked(&["-i", INTERNAL, "-z", "lan", "-H", "10.0.0.11", "--external-server", "192.0.2.53"]);
    check = check.external_server_answers(&silent());
    check.snapshot.external[0].names[2][0].udp = nx_domain("lan", 0);
    assert_eq!(
        check.finding("external-server-knows").0,
        "192.0.2.53 (external) knows zone lan, which must stay internal"
    );
    assert_eq!(check.ids(), ["external-server-knows"]);
}

/// A real name would be leaked by asking for it.
#[test]
fn an_external_server_is_asked_for_random_names_only() {
    let check = with(&["-n", "old.consul", "--external-server", "192.0.2.53"]);
    let heard = check.target.subjects.iter().filter(|subject| ServerKind::External.is_asked_for(subject));
    assert_eq!(heard.map(|subject| subject.name.as_str()).collect::<Vec<_>>(), ["(random).service.consul"]);
}

/// External servers do not count among the servers that clients ask.
#[test]
fn an_external_server_counts_nowhere_else() {
    let check = stranger(&silent());
    for (label, value) in [("servers", "3"), ("servers_ok", "3"), ("loss", "0"), ("failed", "0"), ("queries", "30")] {
        assert_eq!(check.value(label).as_deref(), Some(value), "{label}");
    }
    let both = stranger(&nx_domain("consul", 0)).answers(0, Names::Internal, &nx_domain(".", 300));
    assert_eq!(both.value("leaks").as_deref(), Some("2"));
}
