//! The sides of names, and what is expected of them.

use common::dns::{RecordType, parse_name};

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
    let internal = known(Probe::internal("db.consul"), Some("consul"));
    let kinds = [&internal, &absent, &random].map(|one| (one.is_known(Side::Internal), one.is_random()));
    assert_eq!(kinds, [(true, false), (false, false), (false, true)]);
    assert!(!internal.is_known(Side::External));
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

#[test]
fn a_random_name_is_printed_without_its_label() {
    let subject = Subject::random(Side::Internal, &name("Service.Consul"), None).unwrap();
    assert_eq!(subject.name.to_lowercase(), "(random).service.consul");
    assert_eq!(subject.questions.len(), 1);
    assert_eq!(subject.questions[0].rtype(), RecordType::A);
}
