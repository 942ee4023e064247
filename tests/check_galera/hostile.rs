//! Servers that want to do harm, or fail in a way that does.

use std::io;

use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::server;

use crate::mariadb::{
    self, Answer, MariaDb, OK_AND_MORE, Then, Wire, addresses, column, columns, endless, result_set, send, string,
};
use crate::{ask, monitor};

#[test]
fn a_flood_is_refused() {
    for prefix in [&b""[..], b"\xff\xff\xff\x00"] {
        let flood = server::flood(prefix, 100 << 20);
        let output = ask(flood.addr());
        assert_says(&output, State::Critical, &flood.addr().to_string());
        assert!(output.peak_rss_bytes.is_some_and(|bytes| bytes < 64 << 20), "{output:?}");
    }
}

#[test]
fn rows_without_end_are_refused() {
    for then in [Then::Endless(Some(60_000)), Then::Endless(None)] {
        let output = ask(MariaDb::start(then).address());
        assert_says(&output, State::Critical, "endless answer");
        assert!(output.peak_rss_bytes.is_some_and(|bytes| bytes < 64 << 20), "{output:?}");
    }
    let output = ask(MariaDb::start(Then::Endless(Some(1 << 20))).address());
    assert_says(&output, State::Critical, "does not speak the MariaDB protocol");
}

#[test]
fn a_hostile_error_message_stays_in_its_line() {
    let node = mariadb::refuses(1040, "a|b=1\nGALERA is OK <b>");
    let output = ask(node.addr());
    assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
    assert_says(&output, State::Critical, "a b=1; GALERA is OK < b> (1040)");
}

/// Whatever was sent: a state, a line that Icinga reads as it was meant, and no more memory than is due.
#[track_caller]
fn assert_sane(output: &Output) {
    output.state();
    output.perfdata();
    assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
    assert!(!output.stdout.chars().any(|c| c.is_control() && c != '\n'), "{output:?}");
    assert!(!output.stdout.contains("<b"), "{output:?}");
    assert_eq!(output.stderr, "");
    assert!(output.peak_rss_bytes.is_some_and(|bytes| bytes < 64 << 20), "{:?}", output.peak_rss_bytes);
}

const NASTY: &[u8] = b"a|b=1;2\nGALERA is OK <b>\x1b[31m\0\xff\xfe 'x'=1";

#[test]
fn a_value_is_shown_as_text_wherever_it_is_shown() {
    let names = [
        "wsrep_node_name",
        "wsrep_local_state_comment",
        "wsrep_cluster_state_uuid",
        "wsrep_cluster_status",
        "wsrep_incoming_addresses",
        "wsrep_cluster_address",
        "wsrep_reject_queries",
        "wsrep_gcomm_uuid",
        "wsrep_provider_options",
        "wsrep_evs_evict_list",
        "wsrep_evs_state",
        "version",
        "wsrep_sst_method",
        "wsrep_cluster_name",
        "sql_mode",
    ];
    let mut all = Answer::healthy();
    for name in names {
        let node = MariaDb::saying(Answer::healthy().with(name, NASTY));
        assert_sane(&monitor(node.address(), &["-vvv", "--perfdata-per-node", "--recheck", "0.1s"]));
        all = all.with(name, NASTY);
    }
    let nodes = [MariaDb::saying(all), MariaDb::healthy()];
    assert_eq!(monitor(nodes[0].address(), &["--mode", "readiness"]).stdout.matches('|').count(), 1);
    for args in [&[][..], &["-v"], &["-vv"], &["-vvv"], &["--discover"]] {
        let args = [args, &["--perfdata-per-node", "--recheck", "0.1s", "-t", "5"]].concat();
        assert_sane(&monitor(addresses(&nodes), &args));
    }
}

#[test]
fn junk_beside_the_rows_changes_nothing() {
    let well = ask(MariaDb::healthy().address());
    let mut junk = Answer::healthy();
    for number in 0_u8..150 {
        junk = match number % 4 {
            0 => junk.and(format!("wsrep_junk_{number}"), Some(&[number; 200])),
            1 => junk.and([NASTY, &[number]].concat(), Some(NASTY)),
            2 => junk.and("wsrep_last_committed", None),
            _ => junk.and("", Some(b"")),
        };
    }
    let node = MariaDb::saying(junk);
    let output = ask(node.address());
    assert_says(&output, State::Ok, &well.first_line());
    let labels = |output: &Output| output.perfdata().into_iter().map(|value| value.label).collect::<Vec<_>>();
    assert_eq!(labels(&output), labels(&well));
    assert_sane(&monitor(node.address(), &["-vvv"]));
}

#[test]
fn a_value_that_is_null_is_missing() {
    let node = MariaDb::saying(Answer::healthy().without("wsrep_ready").and("wsrep_ready", None));
    let output = ask(node.address());
    assert_says(&output, State::Unknown, "does not say wsrep_ready");
    assert_sane(&output);
}

#[test]
fn one_of_several_rows_with_the_same_name_counts() {
    let node = MariaDb::saying(Answer::healthy().and("WSREP_CLUSTER_SIZE", Some(b"3")).and("wsrep_ready", Some(b"ON")));
    assert_says(&ask(node.address()), State::Ok, "node1 synced");
}

#[test]
fn long_values_are_cut() {
    let long = vec![b'x'; 60_000];
    let options = "gcs.fc_limit = 16; ".repeat(3300);
    let list = "10.0.0.1:3306,".repeat(4000);
    let answer = Answer::healthy()
        .with("wsrep_node_name", &long)
        .with("wsrep_local_state_comment", &long)
        .with("wsrep_provider_options", options)
        .with("wsrep_incoming_addresses", list);
    for args in [&[][..], &["-vvv"], &["--perfdata-per-node"]] {
        let output = monitor(MariaDb::saying(answer.clone()).address(), args);
        assert_sane(&output);
        assert!(output.stdout.len() < 1 << 20, "{}", output.stdout.len());
        assert!(!args.is_empty() || output.stdout.len() < 8192, "{}", output.stdout.len());
    }
    let mut junk = Answer::healthy();
    for number in 0..150 {
        junk = junk.and(format!("wsrep_junk_{number}"), Some(&long));
    }
    assert_sane(&monitor(MariaDb::saying(junk).address(), &["-t", "5"]));
}

#[test]
fn rows_that_were_not_asked_for_are_not_kept() {
    let (mut junk, long) = (Answer::healthy(), vec![b'x'; 60_000]);
    for number in 0..180 {
        let name = if number % 2 == 0 { "version".to_owned() } else { format!("wsrep_junk_{number}") };
        junk = junk.and(name, Some(&long));
    }
    let nodes = [(); 6].map(|()| MariaDb::saying(junk.clone()));
    assert_sane(&monitor(addresses(&nodes), &[]));
}

#[test]
fn numbers_out_of_range_are_unknown() {
    for value in ["18446744073709551615", "-1", "1e309", "nan", "inf", "99999999999999999999999999", "0x10", "4 ", ""] {
        let mut answer = Answer::healthy();
        for name in [
            "wsrep_local_index",
            "wsrep_cluster_conf_id",
            "wsrep_last_committed",
            "wsrep_local_recv_queue",
            "wsrep_cluster_weight",
            "Threads_connected",
            "max_connections",
            "wsrep_flow_control_paused_ns",
            "Uptime",
            "wsrep_local_cached_downto",
            "wsrep_replicated_bytes",
        ] {
            answer = answer.with(name, value);
        }
        let answer = answer.with("wsrep_evs_repl_latency", [value; 5].join("/"));
        let node = MariaDb::saying(
            answer
                .with("wsrep_provider_options", format!("gcs.fc_limit={value};pc.weight={value};gcache.size={value}G")),
        );
        for args in [&["--sample", "1s", "--perfdata-per-node"][..], &["--mode", "readiness"]] {
            let output = monitor(node.address(), args);
            assert_sane(&output);
            assert!(!output.stdout.contains("inf") && !output.stdout.contains("NaN"), "{output:?}");
        }
    }
}

/// The driver keeps the definition of every column; SHOW has two.
#[test]
fn memory_without_end_ends_the_run() {
    let node = MariaDb::start(Then::Write(|wire| {
        send(wire, 1, b"\xfc\xff\xff")?;
        let column = column(&"x".repeat(30_000));
        (0..u16::MAX).try_for_each(|number| send(wire, number.to_le_bytes()[0].wrapping_add(2), &column))
    }));
    let output = monitor(node.address(), &["-t", "20"]);
    let said = format!("needed over 256 MiB of memory while asking {}", node.address());
    assert_says(&output, State::Unknown, &said);
    assert!(output.peak_rss_bytes.is_some_and(|bytes| bytes < 512 << 20), "{output:?}");
}

/// Sends the first result set as it should be, and then.
fn first_set(wire: &mut dyn Wire) -> io::Result<u8> {
    let rows = Answer::healthy().status;
    result_set(wire, 1, &rows, true)
}

#[test]
fn half_an_answer_is_a_failure() {
    for (then, said) in [
        (Then::Write(|wire| first_set(wire).map(drop)), "logged in, but status was not answered"),
        (Then::Write(|wire| first_set(wire).and(Err(io::ErrorKind::Other.into()))), "connection closed"),
        (Then::Write(|wire| columns(wire, 1).and(Err(io::ErrorKind::Other.into()))), "connection closed"),
        (Then::Write(|wire| first_set(wire).and_then(|next| columns(wire, next)).map(drop)), "status was not answered"),
        (Then::Write(|wire| first_set(wire).and_then(|next| endless(wire, next, Some(100)))), "endless answer"),
        (Then::Close, "connection closed"),
    ] {
        let output = ask(MariaDb::start(then).address());
        assert_says(&output, State::Critical, said);
        assert_sane(&output);
    }
}

#[test]
fn answers_without_rows_without_end_are_cut_by_the_time_limit() {
    let node = MariaDb::start(Then::Write(|wire| {
        let mut sequence = 1_u8;
        loop {
            send(wire, sequence, &OK_AND_MORE)?;
            sequence = sequence.wrapping_add(1);
        }
    }));
    let output = monitor(node.address(), &["-t", "3"]);
    assert_says(&output, State::Critical, "status was not answered");
    assert_sane(&output);
}

#[test]
fn a_result_of_other_columns_is_unreadable() {
    // One column, and three.
    for count in [1_u8, 3] {
        let write: fn(&mut dyn Wire) -> io::Result<()> = match count {
            1 => |wire| table(wire, 1),
            _ => |wire| table(wire, 3),
        };
        let output = ask(MariaDb::start(Then::Write(write)).address());
        assert_sane(&output);
        assert_eq!(output.state(), State::Unknown, "{output:?}");
    }
}

/// One row of this many columns.
fn table(wire: &mut dyn Wire, count: u8) -> io::Result<()> {
    let mut packets = vec![vec![count]];
    packets.extend((0..count).map(|_| column("Value")));
    packets.push(vec![0xfe, 0, 0, 2, 0]);
    packets.push((0..count).flat_map(|_| string("wsrep_ready")).collect());
    packets.push(vec![0xfe, 0, 0, 2, 0]);
    (1..).zip(packets).try_for_each(|(sequence, packet)| send(wire, sequence, &packet))
}
