use super::view::incoming;
use super::*;

fn facts(rows: &[(&str, &str)]) -> Facts {
    Facts::new(rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn sentinels_and_spellings_are_understood() {
    let facts = facts(&[
        ("WSREP_CLUSTER_STATUS", "non-primary"),
        ("wsrep_cluster_size", "18446744073709551615"),
        ("wsrep_cluster_conf_id", "18446744073709551615"),
        ("wsrep_local_index", "18446744073709551615"),
        ("wsrep_cluster_state_uuid", "00000000-0000-0000-0000-000000000000"),
        ("wsrep_ready", "true"),
        ("wsrep_last_committed", "-1"),
        ("wsrep_local_cached_downto", "18446744073709551615"),
    ]);
    assert_eq!(facts.view.component, Some(ComponentStatus::NonPrimary));
    assert_eq!((facts.view.size, facts.view.uuid, facts.ready), (None, None, Some(true)));
    assert_eq!((facts.view.number, facts.view.index), (None, None));
    assert_eq!((facts.counters.committed, facts.counters.cached_from), (None, None));
}

#[test]
fn an_empty_gcache_of_percona_is_no_seqno() {
    assert_eq!(facts(&[("wsrep_local_cached_downto", "0")]).counters.cached_from, None);
}

#[test]
fn arbitrators_are_the_empty_elements() {
    for (list, addresses, arbitrators) in [
        ("127.0.0.11:3306,127.0.0.12:3306,", &["127.0.0.11:3306", "127.0.0.12:3306"][..], 1),
        (",127.0.0.11:3306,", &["127.0.0.11:3306"], 2),
        ("AUTO,AUTO,AUTO", &["AUTO", "AUTO", "AUTO"], 0),
        ("", &[], 0),
    ] {
        assert_eq!(incoming(list), (addresses.iter().map(|a| (*a).to_owned()).collect(), arbitrators), "{list}");
    }
}

#[test]
fn latency_needs_enough_samples() {
    assert_eq!(latency("0.0002/0.02/0.5/0.09/24"), Some(Latency { average: 0.02, max: 0.5 }));
    for value in ["0/0/0/0/0", "0.0002/0.02/0.5/0.09/9", "1/2/3", "a/b/c/d/e"] {
        assert_eq!(latency(value), None, "{value}");
    }
}

#[test]
fn a_failed_state_transfer_is_a_comment() {
    for (comment, failed) in [
        ("Joining: State Transfer request failed", true),
        ("Joining: State Transfer failed", true),
        ("Joining: receiving State Transfer", false),
        ("Synced", false),
    ] {
        assert_eq!(facts(&[("wsrep_local_state_comment", comment)]).transfer_failed(), failed, "{comment}");
    }
}

#[test]
fn what_percona_calls_otherwise_is_found() {
    let facts = facts(&[("wsrep_applier_threads", "8"), ("pxc_maint_mode", "MAINTENANCE")]);
    assert_eq!(facts.load.configured_appliers, Some(8));
    assert_eq!(facts.maintenance.as_deref(), Some("MAINTENANCE"));
}
