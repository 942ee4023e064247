//! Which servers are asked: those of the arguments, or those of the clients' `resolv.conf`.

use test_support::oracle::State::{self, Critical, Ok, Unknown, Warning};
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::scratch::Scratch;
use test_support::server;

use crate::names::{EXTERNAL, INTERNAL, Names, right};
use crate::{HASTY, ask, assert_finds, assert_hides, assert_shows, assert_worst, plugin, value};

/// Good servers at 127.0.0.1, 127.0.0.2 and so on, except the silent one with this index.
fn good(number: usize, silent: Option<usize>) -> Names {
    let hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"];
    Names::at(
        &hosts[..number],
        move |query, bytes| {
            if silent == Some(query.index) { vec![] } else { vec![right(query).to(bytes)] }
        },
    )
}

/// The check of the servers of a `resolv.conf` that says this, at the port of these.
fn configured(names: &Names, content: &str, args: &[&str]) -> (Output, String) {
    let scratch = Scratch::new();
    let file = scratch.file("resolv.conf", content);
    (at_file(names, &file, args).run(), file)
}

fn at_file(names: &Names, file: &str, args: &[&str]) -> Plugin {
    at_port(names, &["-i", INTERNAL, "-e", EXTERNAL, "--resolv-conf", file]).args(args)
}

fn at_port(names: &Names, args: &[&str]) -> Plugin {
    plugin(&["-p", &names.port()]).args(args)
}

/// How often each of the servers was asked.
fn asked(names: &Names) -> Vec<usize> {
    (0..4).map(|index| names.count(|query| query.index == index)).collect()
}

#[test]
fn the_servers_of_resolv_conf_are_asked_at_the_port() {
    let names = good(3, None);
    let content = "search consul\nnameserver 127.0.0.3\nnameserver\t127.0.0.1 # here\noptions edns0\n";
    let (output, _) = configured(&names, content, &["-v"]);
    assert_says(&output, Ok, "SPLIT_DNS is OK: 2/2 name servers: 1 internal and 1 external name right");
    assert_eq!(asked(&names), [10, 0, 10, 0]);
    let lines: Vec<_> =
        output.text().lines().filter(|line| line.starts_with("[OK] 127.")).map(|line| line[5..14].to_owned()).collect();
    assert_eq!(lines, ["127.0.0.3", "127.0.0.1"], "in the order of the file");
}

#[test]
fn a_fourth_server_is_not_asked() {
    let names = good(4, None);
    let lines = [1, 2, 3, 4].map(|host| format!("nameserver 127.0.0.{host}\n")).concat();
    let (output, file) = configured(&names, &lines, &[]);
    assert_worst(
        &output,
        Warning,
        &format!("{file}: line 4: nameserver \"127.0.0.4\" is past the third"),
        "remove it, or one before it",
    );
    assert_eq!(asked(&names), [10, 10, 10, 0]);
    assert_eq!(value(&output, "servers_ok"), Some(3.0));
}

#[test]
fn a_server_that_is_named_twice_is_no_redundancy() {
    let names = good(2, None);
    let (output, file) = configured(&names, "nameserver 127.0.0.1\nnameserver 127.0.0.1\n", &[]);
    assert_worst(
        &output,
        Warning,
        &format!("{file}: line 2: nameserver \"127.0.0.1\" is named twice"),
        "name another server",
    );
    assert_shows(&output, "1/1 name servers");
    assert_eq!(asked(&names), [10, 0, 0, 0]);
    let twice = format!("{0},ns1={0}", names.addr());
    let output = plugin(&["-i", INTERNAL, "-H", &twice]).run();
    assert_says(&output, Ok, "1/1 name servers");
}

#[test]
fn without_a_name_server_this_host_is_asked() {
    let names = good(2, None);
    let (output, _) = configured(&names, "options rotate\n", &[]);
    assert_says(&output, Ok, "1/1 name servers");
    assert_eq!(asked(&names), [10, 0, 0, 0]);
}

#[test]
fn how_long_clients_wait_is_what_the_file_says() {
    let three = "nameserver 127.0.0.1\nnameserver 127.0.0.2\nnameserver 127.0.0.3\n";
    let scratch = Scratch::new();
    let begin = |(options, silent, state, said): (&str, usize, State, &'static str)| {
        let names = good(3, Some(silent));
        let file = scratch.file(&names.port(), format!("{three}{options}\n"));
        (at_file(&names, &file, HASTY).spawn(), names, state, said)
    };
    let running = [
        ("", 0, Critical, "127.0.0.1:PORT (first name server): no answer within 1.0 s, so each lookup here waits 5 s"),
        ("options timeout:1", 0, Critical, "so each lookup here waits 1 s"),
        ("options edns0 timeout:9 attempts:1", 0, Critical, "so each lookup here waits 9 s"),
        ("options rotate timeout:2", 0, Warning, "so one lookup in 3 here waits 2 s"),
        ("options rotate timeout:2", 1, Warning, "so one lookup in 3 here waits 2 s"),
        ("", 1, Warning, "127.0.0.2:PORT: no answer within 1.0 s"),
    ]
    .map(begin);
    for (run, names, state, said) in running {
        assert_says(&run.wait(), state, &said.replace("PORT", &names.port()));
    }
}

/// glibc does not take 0 for its default.
#[test]
fn without_attempts_nobody_is_asked() {
    let names = good(1, None);
    let (output, file) = configured(
        &names,
        "nameserver 127.0.0.1
options attempts:0
",
        &[],
    );
    assert_worst(&output, Critical, &format!("{file} has attempts:0: no lookup asks any server"), "remove that option");
    let (output, _) = configured(
        &names,
        "nameserver 127.0.0.1
options attempts:1
",
        &[],
    );
    assert_eq!(output.state(), Ok, "{output:?}");
}

#[test]
fn a_file_that_cannot_be_read_is_unknown() {
    let output = plugin(&["-e", EXTERNAL, "--resolv-conf", "/nonexistent"]).run();
    assert_says(&output, Unknown, "cannot read /nonexistent: no such file");
    let scratch = Scratch::new();
    let file = scratch.file("resolv.conf", "nameserver fe80::1%no-such-if\n");
    let output = plugin(&["-e", EXTERNAL, "--resolv-conf", &file]).run();
    assert_says(&output, Unknown, "no interface \"no-such-if\"");
}

/// Named servers are asked whatever the clients of this host do.
#[test]
fn named_servers_need_no_file() {
    let server = Names::healthy();
    let output = ask(&[server.addr()], &["--resolv-conf", "/nonexistent"]);
    assert_eq!(output.state(), Ok, "{output:?}");
}

#[test]
fn a_local_stub_hides_the_real_servers() {
    for stub in ["127.0.0.53", "127.0.0.54"] {
        let names = Names::at(&[stub], |query, bytes| vec![right(query).to(bytes)]);
        let (output, file) = configured(&names, &format!("nameserver {stub}\n"), &[]);
        let said = format!("{file} names the stub {stub}:{}: the real servers behind it were not asked", names.port());
        assert_worst(&output, Warning, &said, "--resolv-conf /run/systemd/resolve/resolv.conf has them");
        let output = ask(&[names.addr()], &[]);
        assert_eq!(output.state(), Ok, "it was asked by intent: {output:?}");
    }
}

#[test]
fn there_are_as_many_servers_as_expected_and_those() {
    let names = good(2, None);
    let remedy = "write them into resolv.conf (DHCP, resolvconf or NetworkManager may have changed it)";
    let servers = "127.0.0.1,127.0.0.2";
    for (expected, said) in [
        ("2", ""),
        ("3", "2 name servers, 3 expected"),
        ("127.0.0.1,127.0.0.9", "name servers missing: 127.0.0.9; not expected: 127.0.0.2"),
    ] {
        let output = at_port(&names, &["-i", INTERNAL, "-H", servers, "--expect-servers", expected]).run();
        match said {
            "" => assert_says(&output, Ok, "2/2 name servers"),
            said => assert_worst(&output, Warning, said, remedy),
        }
        let (output, _) =
            configured(&names, "nameserver 127.0.0.1\nnameserver 127.0.0.2\n", &["--expect-servers", expected]);
        assert_eq!(output.state(), if said.is_empty() { Ok } else { Warning }, "{output:?}");
    }
}

#[test]
fn an_alias_names_its_server() {
    let closed = server::refused();
    let address = closed.addr();
    let output = plugin(&["-e", EXTERNAL, "-H", &format!("ns1={address}")]).run();
    assert_says(&output, Critical, "0 of 1 name servers right, at least 1 needed: ns1 connection refused");
    assert_finds(&output, Warning, &format!("ns1 ({address}): connection refused"), "dig @127.0.0.1 -p");
}

#[test]
fn servers_may_be_given_in_several_ways() {
    let names = good(3, None);
    let own_port = format!("ns3=127.0.0.3:{}", names.port());
    let output = at_port(&names, &["-i", INTERNAL, "-H", "127.0.0.1,127.0.0.2", "-H", &own_port]).run();
    assert_says(&output, Ok, "3/3 name servers");
    let output = plugin(&["-i", INTERNAL, "-p", "1", "-H", &own_port]).run();
    assert_says(&output, Ok, "1/1 name servers");
}

#[test]
fn servers_of_ipv6_are_asked_alike() {
    let names = Names::at(&["::1"], |query, bytes| vec![right(query).to(bytes)]);
    let bracketed = format!("[::1]:{}", names.port());
    let output = ask(&[names.addr()], &["-v"]);
    assert_says(&output, Ok, "1/1 name servers");
    assert_shows(&output, &format!("[OK] {bracketed}: {INTERNAL} 10.0.0.11"));
    assert_eq!(value(&output, "failed"), Some(0.0));
    let output = at_port(&names, &["-i", INTERNAL, "-H", "::1"]).run();
    assert_says(&output, Ok, "1/1 name servers");
    let (output, _) = configured(&names, "nameserver ::1\n", &[]);
    assert_says(&output, Ok, "1/1 name servers");
    assert_hides(&output, "silent");
}
