use std::path::Path;

use clap::Parser;
use test_support::scratch::Scratch;

use super::*;

fn parse(args: &[&str]) -> Cli {
    Cli::try_parse_from([&["check_galera"], args].concat()).unwrap()
}

/// Where `mariadb` 10.11.19 connects to with the same lines in the group `[client]` and the same arguments, as its errors
/// tell.
#[test]
fn localhost_is_the_socket_as_for_the_client() {
    const USUAL: &str = "/run/mysqld/mysqld.sock";
    for (lines, args, address) in [
        ("", &[][..], USUAL),
        ("", &["-H", "localhost"], USUAL),
        ("", &["-H", "LOCALHOST"], "LOCALHOST:3306"),
        ("", &["-H", "127.0.0.1"], "127.0.0.1:3306"),
        ("", &["-H", "::1"], "[::1]:3306"),
        ("", &["-H", "localhost", "-P", "3999"], "localhost:3999"),
        ("", &["-P", "3999"], "localhost:3999"),
        ("", &["-S", "/tmp/other"], "/tmp/other"),
        ("port=3998", &[], USUAL),
        ("port=3998", &["-H", "localhost"], USUAL),
        ("host=localhost\nport=3998", &[], USUAL),
        ("host=127.0.0.1\nsocket=/tmp/s", &[], "127.0.0.1:3306"),
        ("host=localhost\nsocket=/tmp/s", &[], "/tmp/s"),
        ("socket=/tmp/s", &[], "/tmp/s"),
        ("socket=/tmp/s\nport=3998", &["-H", "localhost"], "/tmp/s"),
        ("protocol=tcp\nport=3998", &[], "localhost:3998"),
        ("protocol=TCP", &["-H", "localhost"], "localhost:3306"),
        ("protocol=tcp", &["-S", "/tmp/other"], "/tmp/other"),
        ("protocol=socket\nsocket=/tmp/s", &["-H", "127.0.0.1"], "127.0.0.1:3306"),
        ("protocol=socket\nhost=127.0.0.1", &[], "127.0.0.1:3306"),
        ("protocol=socket\nport=3998", &["-P", "3997"], "localhost:3997"),
        ("host=db.invalid", &["-H", "localhost"], USUAL),
        ("host=localhost", &["-P", "3997"], "localhost:3997"),
        ("socket=/tmp/s", &["-P", "3997"], "localhost:3997"),
    ] {
        let scratch = Scratch::new();
        let file = scratch.file("my.cnf", format!("[client]\n{lines}\n"));
        let options = OptionFile::read(Path::new(&file), &[]).unwrap().options;
        let nodes = nodes(&parse(args), &options);
        assert_eq!(nodes.iter().map(ToString::to_string).collect::<Vec<_>>(), [address], "{lines} {args:?}");
    }
    // The client cannot write a port behind the host.
    let own = nodes(&parse(&["-H", "localhost:3306,localhost"]), &Options::default());
    assert_eq!(own.iter().map(ToString::to_string).collect::<Vec<_>>(), ["localhost:3306", USUAL]);
}

/// Who wrote the arguments has to correct them; a file may be changed by anybody at any time.
#[test]
fn wrong_arguments_are_told_from_files_that_changed() {
    let scratch = Scratch::new();
    let malformed = scratch.file("malformed.cnf", "[client\n");
    let other = scratch.file("other.cnf", "[mysql]\n");
    let well = scratch.file("well.cnf", "[client]\nuser=monitor\n");
    for (args, is_usage) in [
        (&["-H", "db1,db2", "--mode", "readiness"][..], true),
        (&["-H", "db1", "--discover", "--mode", "readiness"], true),
        (&["--sample", "0.5"], true),
        (&["--sample", "10"], true),
        (&["--defaults-file", "/nonexistent"], false),
        (&["--defaults-file", &malformed], false),
        (&["--defaults-file", &other], false),
        (&["--defaults-file", &well, "--defaults-group", "east"], false),
        (&["--defaults-file", &well, "--password-file", "/nonexistent"], false),
        (&["--defaults-file", &well, "--ssl-ca", "/nonexistent"], false),
        (&["--defaults-file", &well, "--ssl-cert", "/nonexistent"], false),
    ] {
        let error = Target::new(&parse(args)).unwrap_err();
        assert_eq!(matches!(error, TargetError::Arguments(_)), is_usage, "{args:?} {error:?}");
    }
}

#[test]
fn the_fewest_members_are_those_that_keep_a_quorum() {
    for (whole, arbitrators, least) in
        [(1, 0, 1), (2, 0, 1), (2, 1, 1), (3, 0, 2), (3, 1, 2), (4, 0, 3), (4, 1, 2), (5, 0, 3), (5, 2, 2), (1, 2, 1)]
    {
        assert_eq!(fewest(whole, arbitrators), least, "{whole} {arbitrators}");
    }
}

#[test]
fn a_uuid_has_the_form_of_galeras() {
    let uuid =
        |text: &str| Cli::try_parse_from(["check_galera", "--uuid", text]).map(|cli| cli.expectation.uuid.unwrap());
    let expected = "3e44cb65-e64c-11f1-9af2-2ad78b91430d";
    for text in [expected, "3E44CB65-E64C-11f1-9af2-2ad78b91430D"] {
        assert_eq!(uuid(text).unwrap(), expected);
    }
    for text in [
        "abc",
        "",
        "3e44cb65e64c11f19af22ad78b91430d",
        "3e44cb65-e64c-11f1-9af2-2ad78b91430",
        "3e44cb65-e64c-11f1-9af2-2ad78b91430g",
        "3e44cb65-e64c-11f1-9af22-ad78b91430d",
        "3e44cb65-e64c-11f1-9af2-2ad78b91430d-",
    ] {
        assert!(uuid(text).unwrap_err().to_string().contains("8-4-4-4-12"), "{text}");
    }
}

/// Every option that may be repeated takes a list, and no list has an empty element.
#[test]
fn lists_have_commas() {
    let args = ["--defaults-group", "a,b", "--expect-down", "c,d", "--severity", "node-donor=ok,node-desynced=ok"];
    let cli = parse(&[&args[..], &["-H", "e,f", "-w", "synced=2:,recv_queue=10"]].concat());
    assert_eq!((cli.login.defaults_group.len(), cli.expectation.expect_down.len()), (2, 2));
    assert_eq!((cli.common.severity.len(), cli.hostname.len()), (2, 2));
    for option in ["--defaults-group", "--expect-down", "-H", "--severity", "-w"] {
        for list in ["a,,b", "a,", ",a", ""] {
            assert!(Cli::try_parse_from(["check_galera", option, list]).is_err(), "{option} {list:?}");
        }
    }
}
