//! How many crashes the cluster survives, with arbitrators and uneven votes.

use lab::{Fault, Lab, Node};
use test_support::oracle::State;

use super::CLUSTER;
use super::compared::assert_row;

#[test]
fn an_arbitrator_votes_and_holds_no_data() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraGarbd).unwrap();
    let announced = ["--arbitrators", "1"];
    let said = ["lab: 3/3 members, 1 arbitrator, 3 synced; survives 1 crash", "'arbitrators'=1;", "'weight'=4;"];
    CLUSTER.assert(&lab, &announced, State::Ok, &said);
    CLUSTER.assert(&lab, &["-v"], State::Ok, &["[OK] 1 arbitrator, 0 announced"]);

    // The group counts three again, but one of them holds no data.
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    let said =
        ["lab: 2/3 members: 127.0.0.13 connection refused", "survives 1 more crash", "'arbitrators'=1;", "'weight'=3;"];
    CLUSTER.assert(&lab, &announced, State::Warning, &said);
    assert_row(&lab, "garbd is there, and one node killed");
    lab.mend().unwrap();
    CLUSTER.assert(&lab, &announced, State::Warning, &["0 of 1 arbitrators in the group"]);
}

#[test]
fn uneven_votes_are_told_and_the_survivors_counted() {
    let lab = Lab::shared();
    lab.break_(Fault::GaleraWeights).unwrap();
    let said = [
        "cannot survive a crash",
        "[OK] db1 has no vote: pc.weight is 0",
        "db3 holds 3 of 4 votes: if it crashes, the others stop",
        "[OK] the sum of votes is even (4)",
        "weight 3, not safe to crash, safe to stop",
        "'weight'=4;",
    ];
    CLUSTER.assert(&lab, &["-v"], State::Warning, &said);
    assert_row(&lab, "pc.weight 0, 1 and 3");

    // It comes true: without the heavy one, the two others stop.
    lab.break_(Fault::GaleraKill(Node::Db3)).unwrap();
    CLUSTER.assert(&lab, &[], State::Critical, &["no node asked is in a Primary component"]);
}

#[test]
fn what_lies_in_wait_for_the_next_restart() {
    let lab = Lab::shared();
    lab.sql(Node::Db2, "SET GLOBAL wsrep_provider_options='pc.ignore_sb=true'").unwrap();
    let said = ["db2: pc.ignore_sb is on", "pc.ignore_sb differs: off on db1 and db3; on on db2"];
    CLUSTER.assert(&lab, &[], State::Warning, &said);

    lab.sql(Node::Db3, "SET GLOBAL max_allowed_packet=33554432").unwrap();
    let said = ["max_allowed_packet differs: 16777216 on db1 and db2; 33554432 on db3"];
    CLUSTER.assert(&lab, &[], State::Warning, &said);

    lab.sql(Node::Db1, "SET GLOBAL wsrep_sst_method=rsync").unwrap();
    let said = ["wsrep_sst_method is rsync on 1 node: a full state transfer blocks the donor too"];
    CLUSTER.assert(&lab, &["-v"], State::Warning, &said);

    lab.mend().unwrap();
    CLUSTER.assert(&lab, &[], State::Ok, &["survives 1 crash"]);
}
