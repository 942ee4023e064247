//! The sides and zones of names, and names that nobody has asked for before.

use common::dns::parse_name;

use super::*;

fn name(text: &str) -> Name {
    parse_name(text).unwrap()
}

fn known(probe: Result<Probe, String>, zone: Option<&str>) -> Subject {
    Subject::known(&probe.unwrap(), &"private".parse().unwrap(), zone.map(name))
}

#[test]
fn an_absent_name_is_of_the_side_of_its_zone() {
    let absent = |zone: Option<&str>| Subject::absent(&"old.consul".parse().unwrap(), zone.map(name)).side();
    assert_eq!((absent(Some("consul")), absent(None)), (Side::Internal, Side::External));
    assert_eq!(known(Probe::internal("db.consul"), Some("consul")).side(), Side::Internal);
    assert_eq!(known(Probe::external("www.example.com"), None).side(), Side::External);
}

#[test]
fn only_names_that_must_be_there_are_known() {
    let random = Subject::random(Side::Internal, &name("consul"), Some(name("consul"))).unwrap();
    let absent = Subject::absent(&"old.consul".parse().unwrap(), Some(name("consul")));
    let inside = known(Probe::internal("db.consul"), Some("consul"));
    let kinds = [&inside, &absent, &random].map(|one| (one.is_known(Side::Internal), one.is_random()));
    assert_eq!(kinds, [(true, false), (false, false), (false, true)]);
    assert!(!inside.is_known(Side::External));
}

#[test]
fn addresses_that_are_expected_need_no_class() {
    for (expect, has_class) in [
        ("", true),
        ("=min:2", true),
        ("=~10.*", true),
        ("=node.consul.", true),
        ("=10.0.0.1", false),
        ("=fd00::/8,min:1", false),
    ] {
        let subject = known(Probe::internal(&format!("db.consul{expect}")), Some("consul"));
        let Role::Known { nets, .. } = &subject.role else { panic!("{subject:?}") };
        assert_eq!(nets.is_some(), has_class, "{expect}");
    }
}

/// 64 random bits, as a cache must never have seen the name; nobody has a host of that name.
#[test]
fn a_random_name_is_another_one_each_time() {
    let asked = || random_question(&name("service.consul")).unwrap().name().to_ascii();
    let names: std::collections::BTreeSet<_> = (0..100).map(|_| asked()).collect();
    assert_eq!(names.len(), 100);
    for name in names {
        let label = name.strip_prefix("csd-").and_then(|rest| rest.strip_suffix(".service.consul."));
        let label = label.unwrap_or_else(|| panic!("{name}"));
        assert!(label.len() == 16 && label.chars().all(|c| c.is_ascii_hexdigit()), "{name}");
    }
}

#[test]
fn a_random_name_is_printed_without_its_label() {
    let subject = Subject::random(Side::Internal, &name("Service.Consul"), None).unwrap();
    assert_eq!(subject.name.to_lowercase(), "(random).service.consul");
    assert_eq!(subject.questions.len(), 1);
    assert_eq!(subject.questions[0].rtype(), RecordType::A);
}

/// RFC 1035, section 2.3.4: 255 octets with the lengths of the labels, the root's too.
#[test]
fn a_random_name_must_fit() {
    let parent = |length: usize| {
        let labels: Vec<_> = std::iter::repeat_n("a".repeat(49), 4).chain(["b".repeat(length)]).collect();
        labels.join(".")
    };
    // 4 * 50 + (1 + 32) + 1 octets, and 21 for the random label.
    assert!(random_question(&name(&parent(32))).is_ok());
    assert!(random_question(&name(&parent(33))).is_err());
}

#[test]
fn names_are_printed_without_the_dot_at_their_end() {
    assert_eq!((plain(&name("db.consul.")), plain(&Name::root())), ("db.consul".to_owned(), String::new()));
}
