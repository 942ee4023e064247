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
