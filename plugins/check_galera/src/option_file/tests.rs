use std::os::unix::fs::{PermissionsExt, symlink};
use std::{env, fs};

use test_support::scratch;

use super::*;

fn parse(content: &str) -> Result<Options, CheckError> {
    Reader::options(content, Path::new("my.cnf"))
}

/// The options of these lines in the group of a client.
fn client(lines: &str) -> Options {
    parse(&format!("[client]\n{lines}")).unwrap()
}

/// A directory of one test, gone with it.
struct Scratch(scratch::Scratch);

impl Scratch {
    fn new() -> Self {
        Self(scratch::Scratch::new())
    }

    /// Writes a file; `@` in it is this directory.
    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content.replace('@', self.0.to_str().unwrap())).unwrap();
        path
    }

    fn read(&self, content: &str) -> Result<Options, CheckError> {
        Ok(OptionFile::read(&self.write("my.cnf", content), &[])?.options)
    }
}

#[test]
fn reads_the_groups_of_a_client() {
    let options = parse(
        "# comment\n[mysqld]\nport=1\n[client]\nuser = icinga\nhost=db1 # the first\n\
         [Client-MariaDB]\npassword=\"a#b\\s'c\"\nport=3307\nssl\n[check_galera]\nloose_user=monitor\n",
    )
    .unwrap();
    assert_eq!(options.user.as_deref(), Some("monitor"));
    assert_eq!(options.password.as_ref().map(Secret::expose), Some("a#b 'c"));
    assert_eq!((options.host.as_deref(), options.port), (Some("db1"), Some(3307)));
}

#[test]
fn other_groups_are_read_besides_when_they_are_named() {
    let scratch = Scratch::new();
    let file =
        scratch.write("my.cnf", "[client]\nuser=a\nhost=h\n[east]\nuser=b\n[client_west]\nuser=c\n[west]\nuser=d\n");
    let user = |groups: &[&str]| {
        let groups: Vec<_> = groups.iter().map(|&group| group.to_owned()).collect();
        let options = OptionFile::read(&file, &groups).unwrap().options;
        assert_eq!(options.host.as_deref(), Some("h"));
        options.user.unwrap()
    };
    assert_eq!(user(&[]), "a");
    assert_eq!(user(&["east"]), "b");
    assert_eq!(user(&["west", "east"]), "d");
    assert_eq!(user(&["_west"]), "a");
}

#[test]
fn a_comment_ends_a_value_but_not_a_quoted_one() {
    for (line, password) in [
        ("password=\"secret\" # the \"x\" account", "secret"),
        ("password=se#cret", "se"),
        ("password='se#cret'", "se#cret"),
        ("password=\"a\\\"#b\"", "a\\\"#b"),
    ] {
        assert_eq!(client(line).password.as_ref().map(Secret::expose), Some(password), "{line}");
    }
    assert_eq!(client("skip-ssl # not here").tls.enabled, Some(false));
}

#[test]
fn an_empty_value_takes_back_what_was_given() {
    for line in ["password=", "password", "password=\"\"", "password= # none"] {
        assert_eq!(client(&format!("password=secret\n{line}")), Options::default(), "{line}");
    }
    assert_eq!(client("user=u\nuser=\nhost=h\nhost=\nsocket=s\nsocket="), Options::default());
    assert_eq!(client("ssl-ca=a\nssl-ca=\nskip-ssl").tls, TlsOptions { enabled: Some(false), ..TlsOptions::default() });
}

#[test]
fn names_the_malformed_line() {
    for line in ["port=many", "port=", "port", "[client", "ssl=yes", "ssl=", "skip-ssl=2", "ssl-mode", "ssl-mode=ON"] {
        let error = parse(&format!("[client]\n{line}\n")).unwrap_err();
        assert_eq!(error.parts(), ("my.cnf line 2 is malformed", "fix it"), "{line}");
    }
    for line in ["!include", "!includedir ", "! include\t"] {
        assert!(parse(line).is_err(), "{line}");
    }
    assert_eq!(client("!other\n!includes x\n"), Options::default());
}

/// What `mariadb --help` of MariaDB 10.11 says about `ssl` and `ssl-verify-server-cert` with these lines.
#[test]
fn tls_is_switched_as_by_the_client() {
    for (lines, enabled) in [
        ("user=a", None),
        ("ssl", Some(true)),
        ("ssl=1", Some(true)),
        ("ssl=ON", Some(true)),
        ("ssl = \"true\"", Some(true)),
        ("ssl=0", Some(false)),
        ("SSL=Off", Some(false)),
        ("ssl=FALSE", Some(false)),
        ("skip-ssl", Some(false)),
        ("skip_ssl", Some(false)),
        ("loose-skip-ssl", Some(false)),
        ("disable-ssl", Some(false)),
        ("skip-ssl=1", Some(false)),
        ("skip-ssl=0", Some(true)),
        ("enable-ssl", Some(true)),
        ("ssl\nskip-ssl", Some(false)),
        ("skip-ssl\nssl", Some(true)),
        ("skip-ssl\nssl-ca=/ca", Some(true)),
        ("skip-ssl\nssl-key=/key", Some(true)),
        ("ssl-cert=/cert\nskip-ssl", Some(false)),
    ] {
        assert_eq!(client(lines).tls.enabled, enabled, "{lines}");
    }
    for (line, verify) in [
        ("ssl-verify-server-cert", true),
        ("ssl_verify_server_cert=on", true),
        ("ssl-verify-server-cert=0", false),
        ("skip-ssl-verify-server-cert", false),
        ("disable-ssl-verify-server-cert", false),
    ] {
        let expected = TlsOptions { verify: Some(verify), ..TlsOptions::default() };
        assert_eq!(client(line).tls, expected, "{line}");
    }
}

#[test]
fn files_and_mode_of_tls() {
    let tls = client("ssl-ca=/etc/ca.pem\nssl_cert = 'c.pem'\nssl-key=k.pem # mine\nssl-mode=required").tls;
    let expected = TlsOptions {
        mode: Some(SslMode::Required),
        enabled: Some(true),
        verify: None,
        ca: Some("/etc/ca.pem".into()),
        cert: Some("c.pem".into()),
        key: Some("k.pem".into()),
    };
    assert_eq!(tls, expected);
    for (value, mode) in [
        ("DISABLED", SslMode::Disabled),
        ("Preferred", SslMode::Preferred),
        ("VERIFY_CA", SslMode::VerifyCa),
        ("verify-ca", SslMode::VerifyCa),
        ("VERIFY_IDENTITY", SslMode::VerifyIdentity),
        ("Verify-Identity", SslMode::VerifyIdentity),
    ] {
        assert_eq!(client(&format!("ssl-mode={value}")).tls.mode, Some(mode), "{value}");
    }
}

/// Orders and omissions are those of `my_print_defaults` of MariaDB 10.11.
#[test]
fn included_files_are_read_in_their_place() {
    let scratch = Scratch::new();
    scratch.write("sub.cnf", "[client]\nuser=sub\nport=2\n[mysqld]\nport=3\n");
    let options =
        scratch.read("[client]\nuser=a\nport=1\n[mysqld]\n!include   @/sub.cnf  \n[client]\nhost=h\n").unwrap();
    assert_eq!((options.user.as_deref(), options.port), (Some("sub"), Some(2)));
    // The group goes on behind the include.
    let options = scratch.read("[client]\n! include @/sub.cnf\nuser=a\n").unwrap();
    assert_eq!((options.user.as_deref(), options.port), (Some("a"), Some(2)));
    // Neither quotes nor comments.
    assert_eq!(scratch.read("!include \"@/sub.cnf\"\n!include @/sub.cnf # x\n").unwrap(), Options::default());
}

#[test]
fn included_directories_are_read_in_the_order_of_their_names() {
    let scratch = Scratch::new();
    scratch.write("d/b.cnf", "[client]\nuser=b\nport=2\n");
    scratch.write("d/a.cnf", "[client]\nuser=a\nhost=a\n");
    scratch.write("d/.cnf", "[client]\nhost=hidden\nsocket=hidden\n");
    scratch.write("d/c.cnf.bak", "[client]\nuser=c\n");
    scratch.write("d/d.CNF", "[client]\nuser=d\n");
    scratch.write("d/dir.cnf/e.cnf", "[client]\nuser=e\n");
    symlink("nowhere", scratch.0.join("d/z.cnf")).unwrap();
    let options = scratch.read("!includedir @/d\n").unwrap();
    let expected = Options {
        user: Some("b".into()),
        host: Some("a".into()),
        port: Some(2),
        socket: Some("hidden".into()),
        ..Options::default()
    };
    assert_eq!(options, expected);
    assert_eq!(scratch.read("!includedir @/d/\n").unwrap(), expected);
}

/// As the client does it; a test cannot change the directory that all tests share.
#[test]
fn what_is_included_is_relative_to_the_working_directory() {
    let scratch = Scratch::new();
    scratch.write("sub.cnf", "[client]\nuser=sub\n");
    assert_eq!(scratch.read("!include sub.cnf\n").unwrap(), Options::default());
    let up = "../".repeat(env::current_dir().unwrap().components().count());
    let relative = format!("{up}.{}/sub.cnf", scratch.0.display());
    assert_eq!(scratch.read(&format!("!include {relative}\n")).unwrap().user.as_deref(), Some("sub"));
}

#[test]
fn what_is_included_and_wrong() {
    let scratch = Scratch::new();
    // A missing file is skipped, a missing directory is not.
    let options = scratch.read("[client]\n!include @/none.cnf\n!include /dev/zero\n!include @\nuser=a\n").unwrap();
    assert_eq!(options.user.as_deref(), Some("a"));
    let problem = scratch.read("\n!includedir @/none\n").unwrap_err().parts().0.to_owned();
    assert!(problem.contains("/my.cnf line 2 includes "), "{problem}");
    assert!(problem.ends_with("/none, which cannot be read: no such file"), "{problem}");
    scratch.write("sub.cnf", "[client]\nport=many\n");
    let problem = scratch.read("!include @/sub.cnf\n").unwrap_err().parts().0.to_owned();
    assert!(problem.ends_with("/sub.cnf line 2 is malformed"), "{problem}");
}

#[test]
fn a_loop_ends() {
    let scratch = Scratch::new();
    let options = scratch.read("[client]\nuser=a\n!include @/my.cnf\nhost=h\n").unwrap();
    assert_eq!((options.user.as_deref(), options.host.as_deref()), (Some("a"), Some("h")));
    for level in 1..=11 {
        let next = level + 1;
        scratch.write(&format!("{level}.cnf"), &format!("[client]\nport={level}\n!include @/{next}.cnf\n"));
    }
    assert_eq!(scratch.read("!include @/1.cnf\n").unwrap().port, Some(10));
    // Ten files that include all ten would be ten thousand million.
    for file in 0..10 {
        scratch.write(&format!("d/{file}.cnf"), "!includedir @/d\n");
    }
    let problem = scratch.read("!includedir @/d\n").unwrap_err().parts().0.to_owned();
    assert!(problem.ends_with("is included after 256 other files"), "{problem}");
}

/// MariaDB's client: "Found option without preceding group in config file: FILE at line: N".
#[test]
fn an_option_before_any_group_is_refused() {
    let before = "has an option before any group";
    let bom = "begins with a byte order mark (BOM), which hides the group behind it";
    for (content, line, says) in [
        ("user=a\n[client]\nuser=b\n", 1, before),
        ("\n# x\n; y\n  \nuser\n", 5, before),
        ("ab[client]\nuser=b\n", 1, before),
        ("!include /none\nuser=a\n", 2, before),
        ("\u{feff}[client]\nuser=a\n", 1, bom),
        ("\u{feff}# comment\n[client]\nuser=a\n", 1, bom),
        ("\u{feff}\n", 1, bom),
    ] {
        assert_eq!(parse(content).unwrap_err().parts().0, format!("my.cnf line {line} {says}"), "{content:?}");
    }
    assert!(parse("[mysqld]\n\u{feff}user=a\n").is_ok());
}

/// The client says so and skips the rest of the file; a check that goes on without it would hide why.
#[test]
fn an_included_file_begins_without_a_group() {
    let scratch = Scratch::new();
    for (content, says) in [("user=a\n", "option before any group"), ("\u{feff}[client]\nuser=a\n", "byte order mark")]
    {
        scratch.write("sub.cnf", content);
        for include in ["[client]\nuser=b\n!include @/sub.cnf\n", "[client]\nuser=b\n!includedir @\n"] {
            // The directory holds the file itself, which the limit of depth ends.
            let problem = scratch.read(include).unwrap_err().parts().0.to_owned();
            assert!(problem.contains("/sub.cnf line 1 ") && problem.contains(says), "{problem}");
        }
    }
}

/// MariaDB's client: "Warning: World-writable config file 'FILE' is ignored".
#[test]
fn a_file_that_everybody_may_write_is_refused() {
    let scratch = Scratch::new();
    let sub = scratch.write("d/sub.cnf", "[client]\nuser=sub\n");
    let contents = ["[client]\nuser=a\n", "!include @/d/sub.cnf\n", "!includedir @/d\n"];
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for writable in [0o666, 0o602, 0o777] {
        mode(&sub, writable);
        for content in &contents[1..] {
            let error = scratch.read(content).unwrap_err();
            assert!(error.parts().0.ends_with("/d/sub.cnf is world-writable: anybody could send the login elsewhere"));
            assert!(error.parts().1.contains("chmod o-w"));
        }
        let main = scratch.write("my.cnf", contents[0]);
        mode(&main, writable);
        assert!(OptionFile::read(&main, &[]).unwrap_err().parts().0.contains("/my.cnf is world-writable"));
        mode(&main, 0o664);
        assert!(OptionFile::read(&main, &[]).is_ok());
    }
}

#[test]
fn why_there_is_no_account() {
    let scratch = Scratch::new();
    for (content, says) in [
        ("[client]\npassword=x\n[mysql]\nuser=a\n", "has no user= in [client]"),
        ("", "has no group [client], [client-server], [client-mariadb] or [check_galera]"),
        (
            "[mysql]\nuser=a\n[mysqld]\n[mysql]\n",
            "has no group [client], [client-server], [client-mariadb] or [check_galera], only [mysql] and [mysqld]",
        ),
        ("[client]\n!include @/none.cnf\n", "/none.cnf could not be read"),
    ] {
        let file = scratch.write("my.cnf", content);
        let why = OptionFile::read(&file, &[]).unwrap().without_account();
        assert!(why.starts_with(&format!("{} has no ", file.display())) && why.ends_with(says), "{why}");
    }
}

#[test]
fn a_file_or_group_that_was_named_is_of_use() {
    let scratch = Scratch::new();
    let read = |content: &str, groups: &[String]| OptionFile::read(&scratch.write("my.cnf", content), groups).unwrap();
    let mysql = read("[mysql]\nuser=a\n", &[]);
    assert!(mysql.must_be_of_use().unwrap_err().parts().0.ends_with(", only [mysql]"));
    assert!(mysql.must_have("east").unwrap_err().parts().0.ends_with("/my.cnf has no group [east], only [mysql]"));
    for content in ["", "# nothing\n", "[client]\n", "[Client-Server]\n[mysql]\n"] {
        assert!(read(content, &[]).must_be_of_use().is_ok(), "{content}");
    }
    let east = read("[East]\nuser=a\n", &["east".to_owned()]);
    assert!(east.must_be_of_use().is_ok() && east.must_have("east").is_ok());
}

/// `mariadb --help` of MariaDB 10.11 accepts these.
#[test]
fn the_protocol() {
    for (line, protocol) in [
        ("protocol=tcp", Some(Protocol::Tcp)),
        ("protocol = TCP", Some(Protocol::Tcp)),
        ("protocol=Socket", Some(Protocol::Socket)),
        ("protocol=tcp\nprotocol=", None),
    ] {
        assert_eq!(client(line).protocol, protocol, "{line}");
    }
    for line in ["protocol", "protocol=memory", "protocol=1", "protocol=xyz"] {
        assert!(parse(&format!("[client]\n{line}\n")).is_err(), "{line}");
    }
}

#[test]
fn a_directory_or_device_is_no_option_file() {
    for path in ["/proc", "/dev/zero", "/dev/null"] {
        assert!(OptionFile::read(Path::new(path), &[]).is_err(), "{path}");
    }
}
