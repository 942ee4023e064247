//! What holds for all answers.

use std::collections::BTreeSet;

use common::CheckError;
use common::dns::{Outcome, Rcode};
use proptest::prelude::*;
use proptest::sample::select;

use super::super::Condition::{Critical, Maintenance, Passing, Warning};
use super::judging::Scene;
use super::*;

/// Instances are numbered from 1 on; addresses beyond are nobody's.
const MOST: u8 = 5;

fn standings() -> impl Strategy<Value = Vec<Condition>> {
    prop::collection::vec(select(vec![Passing, Warning, Critical, Maintenance]), 0..=usize::from(MOST))
}

fn numbers() -> impl Strategy<Value = BTreeSet<u8>> {
    prop::collection::btree_set(1..=MOST + 1, 0..=6)
}

fn named(numbers: &BTreeSet<u8>, ttl: u32) -> [Both; 3] {
    names_for(&numbers.iter().copied().collect::<Vec<_>>(), ttl)
}

/// Whatever one question may come to.
fn outcome() -> impl Strategy<Value = Outcome> {
    let found = (numbers(), select(vec![0, 24])).prop_map(|(numbers, ttl)| named(&numbers, ttl)[0].tcp.outcome.clone());
    let ours = Outcome::OwnSide(CheckError::local("no socket", "raise the limit"));
    let failed =
        select(vec![Outcome::Silent, Outcome::PortClosed, code(Rcode::SERVFAIL), nx_domain(), no_data(), ours]);
    prop_oneof![3 => found, 2 => failed]
}

fn said() -> impl Strategy<Value = [Both; 3]> {
    let pair = || (outcome(), outcome()).prop_map(|(udp, tcp)| split(&udp, &tcp));
    let whole = (numbers(), select(vec![0, 24])).prop_map(|(numbers, ttl)| named(&numbers, ttl));
    prop_oneof![whole, (pair(), pair(), pair()).prop_map(<[Both; 3]>::from)]
}

fn server_said() -> impl Strategy<Value = (Role, [Both; 3])> {
    (select(vec![Role::Consul, Role::Forwarder]), said())
}

fn servers(said: Vec<(Role, [Both; 3])>) -> Vec<ServerAnswers> {
    (1_u8..).zip(said).map(|(number, (role, said))| told(server(&format!("10.1.0.{number}"), role), said)).collect()
}

proptest! {
    #[test]
    fn a_server_is_right_exactly_within_the_band(standings in standings(), numbers in numbers()) {
        let of = |is: fn(Condition) -> bool| -> BTreeSet<u8> {
            (1..).zip(&standings).filter(|(_, standing)| is(**standing)).map(|(number, _)| number).collect()
        };
        let (passing, usable) = (of(|standing| standing == Passing), of(Condition::is_usable));
        let in_band = passing.is_subset(&numbers) && numbers.is_subset(&usable);
        let comparison = compare(&own(named(&numbers, 0)), &expected(&standings));
        prop_assert_eq!(comparison.agrees(), in_band);
        let state = Scene::new(&standings, vec![own(named(&numbers, 0))]).report().0.state();
        prop_assert_eq!(state == common::ServiceState::Ok, in_band);
    }

    #[test]
    fn one_more_server_makes_nothing_better(
        standings in standings(),
        said in prop::collection::vec(server_said(), 1..4),
    ) {
        let all = servers(said);
        let fewer = Scene::new(&standings, all[..all.len() - 1].to_vec());
        // Only that nobody names the service ends when somebody does.
        if all.len() > 1 && !fewer.ids().contains(&"dns-nothing") {
            prop_assert!(Scene::new(&standings, all).report().0.state() >= fewer.report().0.state());
        }
    }

    #[test]
    fn the_order_of_servers_changes_no_verdict(
        standings in standings(),
        said in prop::collection::vec(server_said(), 0..4),
    ) {
        let servers = servers(said);
        let reversed = Scene::new(&standings, servers.iter().rev().cloned().collect());
        let scene = Scene::new(&standings, servers);
        prop_assert_eq!(scene.ids(), reversed.ids());
        prop_assert_eq!(scene.report().0.state(), reversed.report().0.state());
        prop_assert_eq!(scene.report().1, reversed.report().1);
    }

    #[test]
    fn the_order_of_records_and_instances_changes_no_word(
        standings in standings(),
        said in prop::collection::vec(server_said(), 0..3),
    ) {
        let scene = Scene::new(&standings, servers(said));
        let mut shuffled = Scene::new(&standings, scene.said.iter().map(reversed).collect());
        shuffled.expected.instances.reverse();
        prop_assert_eq!(scene.text(&[]), shuffled.text(&[]));
    }

    #[test]
    fn what_is_wrong_with_a_server_is_always_found(standings in standings(), (role, said) in server_said()) {
        let told = servers(vec![(role, said)]);
        let comparison = compare(&told[0], &expected(&standings));
        let state = Scene::new(&standings, told).report().0.state();
        prop_assert_eq!(comparison.agrees(), state == common::ServiceState::Ok);
        prop_assert!(!comparison.is_wrong() || state >= common::ServiceState::Warning);
    }
}

/// The same answers with their records in another order.
fn reversed(told: &ServerAnswers) -> ServerAnswers {
    let mut told = told.clone();
    for reply in
        [&mut told.a, &mut told.aaaa, &mut told.srv].into_iter().flat_map(|both| [&mut both.udp, &mut both.tcp])
    {
        if let Outcome::Answer(answer) = &mut reply.outcome {
            answer.addresses.reverse();
            answer.srv.reverse();
        }
    }
    told
}
