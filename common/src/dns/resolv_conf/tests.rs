//! The expected values were measured with glibc 2.36: `res_ninit` in a mount namespace, and silent servers.

use super::*;

fn parse(text: &str) -> ResolvConf {
    ResolvConf::parse(text, 53).unwrap()
}

fn names(conf: &ResolvConf) -> Vec<&str> {
    conf.servers.iter().map(|server| server.name.as_str()).collect()
}

#[test]
fn servers_are_those_that_glibc_asks() {
    for (text, servers) in [
        ("nameserver 10.0.0.11\nnameserver 10.0.0.12\n", &["10.0.0.11", "10.0.0.12"][..]),
        ("nameserver\t10.0.0.11\t \nnameserver   ::1 # local", &["10.0.0.11", "::1"]),
        ("# nameserver 10.0.0.1\n;nameserver 10.0.0.2\nnameserver 10.0.0.3", &["10.0.0.3"]),
        ("search example.com\noptions rotate timeout:1\nnameserver 10.0.0.3", &["10.0.0.3"]),
        ("nameserver fe80::1%lo\nnameserver ::1%\n", &["fe80::1%lo", "::1"]),
        ("nameserver ::ffff:10.0.0.1", &["::ffff:10.0.0.1"]),
        ("nameserver 127.1\nnameserver 0x7f000002\nnameserver 010.0.0.1", &["127.0.0.1", "127.0.0.2", "8.0.0.1"]),
        ("nameserver 1.2.3\nnameserver 1.256\nnameserver 2130706433", &["1.2.0.3", "1.0.1.0", "127.0.0.1"]),
        ("nameserver 10.0.0.11 \r\n", &["10.0.0.11"]),
        ("", &["127.0.0.1"]),
        ("search example.com\nnameservers 10.0.0.1\n", &["127.0.0.1"]),
    ] {
        let conf = parse(text);
        assert_eq!((names(&conf), conf.unused.as_slice()), (servers.to_vec(), &[][..]), "{text:?}");
    }
}

#[test]
fn lines_that_add_no_server_are_reported() {
    for (text, kind, said) in [
        ("nameserver 10.0.0.11\r\n", UnusedReason::Skipped, "line 1: \"10.0.0.11\\r\" is no address"),
        ("nameserver fe80::1%lo\r\n", UnusedReason::Skipped, "line 1: \"fe80::1%lo\\r\" is no address"),
        ("search a\n nameserver 10.0.0.11", UnusedReason::Skipped, "line 2 is indented"),
        ("\x0bnameserver 10.0.0.11", UnusedReason::Skipped, "line 1 is indented"),
        ("nameserver ns1.example.com", UnusedReason::Skipped, "line 1: \"ns1.example.com\" is no address"),
        ("nameserver 10.0.0.11;local", UnusedReason::Skipped, "line 1: \"10.0.0.11;local\" is no address"),
        ("nameserver 10.0.0.11%lo", UnusedReason::Skipped, "line 1: \"10.0.0.11%lo\" is no address"),
        ("nameserver 256.0.0.1", UnusedReason::Skipped, "line 1: \"256.0.0.1\" is no address"),
        ("nameserver 4294967296", UnusedReason::Skipped, "line 1: \"4294967296\" is no address"),
        ("nameserver 1.2.3.256", UnusedReason::Skipped, "line 1: \"1.2.3.256\" is no address"),
        ("nameserver 1.2.65536", UnusedReason::Skipped, "line 1: \"1.2.65536\" is no address"),
        ("nameserver 08.0.0.1", UnusedReason::Skipped, "line 1: \"08.0.0.1\" is no address"),
        ("nameserver 1.2.3.4.5", UnusedReason::Skipped, "line 1: \"1.2.3.4.5\" is no address"),
        ("nameserver\n", UnusedReason::Skipped, "line 1: \"\" is no address"),
        ("nameserver ::1\nnameserver 0::1", UnusedReason::Twice, "line 2: nameserver \"0::1\" is named twice"),
    ] {
        let conf = parse(text);
        let [line] = conf.unused.as_slice() else { panic!("{text:?}: {conf:?}") };
        assert!(line.kind == kind && line.words.starts_with(said), "{text:?}: {line:?}");
        let error = conf.clone().unskipped(Path::new("/etc/resolv.conf")).map_err(|error| error.parts().0.to_owned());
        let expected = format!("/etc/resolv.conf: {}", line.words);
        assert_eq!(error, if kind == UnusedReason::Skipped { Err(expected) } else { Ok(conf) });
    }
}

#[test]
fn glibc_asks_three_servers_and_skipped_lines_do_not_count() {
    let conf = parse("nameserver x\nnameserver 1.1\nnameserver 1.2\nnameserver 1.3\nnameserver 1.4\nnameserver x");
    assert_eq!(names(&conf), ["1.0.0.1", "1.0.0.2", "1.0.0.3"]);
    assert_eq!(
        conf.unused.iter().map(|line| line.kind).collect::<Vec<_>>(),
        [UnusedReason::Skipped, UnusedReason::PastThird, UnusedReason::PastThird]
    );
    assert_eq!(conf.unused[1].words, "line 5: nameserver \"1.4\" is past the third; glibc asks three");
}

#[test]
fn a_server_that_is_named_twice_counts_twice() {
    let conf = parse("nameserver 1.1\nnameserver 1.1\nnameserver 1.2\nnameserver 1.3");
    assert_eq!(names(&conf), ["1.0.0.1", "1.0.0.2"]);
    assert_eq!(
        conf.unused.iter().map(|line| line.kind).collect::<Vec<_>>(),
        [UnusedReason::Twice, UnusedReason::PastThird]
    );
}

#[test]
fn options_are_those_of_glibc() {
    for (text, rotate, timeout, attempts) in [
        ("", false, 5, 2),
        ("options timeout:3 attempts:4 rotate", true, 3, 4),
        ("options timeout:99 attempts:99", false, 30, 5),
        ("options timeout:99999999999 attempts:1", false, 30, 1),
        // Measured with silent servers: glibc waits for a second, and asks no server.
        ("options timeout:0 attempts:0", false, 1, 0),
        ("options timeout:-1", false, 1, 2),
        ("options timeout:x", false, 1, 2),
        ("options timeout: 3 attempts:\t 4", false, 3, 4),
        ("options timeout:+4x attempts:3,rotate", false, 4, 3),
        ("options rotated\r\n", true, 5, 2),
        ("options no-rotate ROTATE", false, 5, 2),
        ("options timeout:3\noptions attempts:5 rotate\noptions timeout:2", true, 2, 5),
        ("options\ttimeout:3\r\n", false, 3, 2),
        (" options timeout:3\n#options timeout:3\noptionstimeout:3\noptions\ntimeout:3", false, 5, 2),
        ("options ndots:2 debug rotate timeout:1 ", true, 1, 2),
    ] {
        let ResolvConf { rotate: rotates, timeout: waits, attempts: tries, .. } = parse(text);
        assert_eq!((rotates, waits.as_secs(), tries), (rotate, timeout, attempts), "{text:?}");
    }
}

/// glibc drops the scope of the address, and then cannot reach it.
#[test]
fn a_server_at_a_missing_interface_counts_but_is_not_asked() {
    let some = parse("nameserver fe80::1%no-such-if\nnameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3");
    assert_eq!(some.servers.len(), 2);
    let words: Vec<_> = some.unused.iter().map(|line| (line.kind, line.words.as_str())).collect();
    let no_interface = "line 1: nameserver \"fe80::1%no-such-if\": this host has no interface \"no-such-if\"";
    assert_eq!(words[0], (UnusedReason::NoInterface, no_interface));
    assert_eq!(words[1].0, UnusedReason::PastThird);
    let error = ResolvConf::parse("nameserver fe80::1%no-such-if", 53).unwrap_err();
    assert_eq!(error, no_interface, "no default server takes over");
}
