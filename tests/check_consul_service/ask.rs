//! Whom to ask, with which rights, and for what.

use check_consul_service::CATALOGUE;
use test_support::oracle::State;
use test_support::plugin::{Plugin, assert_says};
use test_support::scratch::Scratch;
use test_support::server::{self, HttpReply};

use crate::consul::{Ask, Consul, Script, Then, Wire, With, error, field, health, instance};
use crate::{ask, assert_shows, check, named, value};

#[test]
fn three_healthy_instances_are_ok() {
    let consul = Consul::healthy();
    let output = ask(consul.addr(), &["--expect", "3"]);
    assert_says(&output, State::Ok, "CONSUL is OK: web: 3/3 passing; leader 192.0.2.12");
    let labels: Vec<_> = output.perfdata().into_iter().map(|value| value.label).collect();
    // Nothing is remembered here, and nobody asked for DNS.
    let of_memory = ["instances_vanished", "status_changes", "maintenance_age"];
    let measured = |id: &&str| !of_memory.contains(id) && !id.starts_with("dns_");
    let known = CATALOGUE.metrics.iter().map(|metric| metric.id).filter(measured);
    assert_eq!(labels, known.collect::<Vec<_>>());
}

#[test]
fn an_agent_is_asked_once_for_what_is_of_use() {
    let consul = Consul::healthy();
    ask(consul.addr(), &[]);
    let once = [Ask::Consistent, Ask::Stale, Ask::Leader, Ask::Peers, Ask::Autopilot, Ask::Itself, Ask::Local];
    for question in once {
        assert_eq!(consul.asked(question), 1, "{question:?}");
    }
    assert_eq!(consul.heads().len(), once.len(), "{:?}", consul.heads());
}

#[test]
fn the_paths_are_those_of_the_documentation() {
    let consul = Consul::saying(health(&[]));
    ask(consul.addr(), &[]);
    for (question, target) in [
        (Ask::Consistent, "/v1/health/service/web?consistent"),
        (Ask::Stale, "/v1/health/service/web?stale"),
        (Ask::Leader, "/v1/status/leader"),
        (Ask::Peers, "/v1/status/peers"),
        (Ask::Autopilot, "/v1/operator/autopilot/health"),
        (Ask::Itself, "/v1/agent/self"),
        (Ask::Local, "/v1/agent/health/service/name/web"),
        (Ask::Token, "/v1/acl/token/self"),
        (Ask::Nodes, "/v1/catalog/nodes?stale"),
        (Ask::Services, "/v1/catalog/services?stale"),
    ] {
        assert_eq!(consul.target(question), target);
    }
}

/// Servers on gossip's list are asked for where no autopilot tells.
#[test]
fn members_are_asked_for_without_an_autopilot_alone() {
    let denies = Script::healthy().on(Ask::Autopilot, error(403, "Permission denied")).start();
    assert_says(&ask(denies.addr(), &[]), State::Ok, "leader 192.0.2.12, may lose 1 server");
    assert_eq!(denies.asked(Ask::Members), 1);
    assert_eq!(denies.target(Ask::Members), "/v1/agent/members");
}

/// The addresses that `api.NewClient` of Consul takes, but sockets and TLS.
#[test]
fn the_environment_names_an_agent_unless_the_arguments_do() {
    let (consul, other) = (Consul::healthy(), server::refused());
    for address in [consul.address(), format!("http://{}", consul.addr()), format!("http://{}/", consul.addr())] {
        let output = check(&[]).env("CONSUL_HTTP_ADDR", &address).run();
        assert_says(&output, State::Ok, "3/3 passing");
        assert_says(&check(&["--http-addr", &address]).run(), State::Ok, "3/3 passing");
    }
    let url = format!("http://{}", consul.addr());
    for args in [["-H", &consul.address()], ["--http-addr", &url]] {
        let output = check(&args).env("CONSUL_HTTP_ADDR", other.addr().to_string()).run();
        assert_says(&output, State::Ok, "3/3 passing");
    }
    let output = check(&[]).env("CONSUL_HTTP_ADDR", other.addr().to_string()).run();
    assert_says(&output, State::Critical, "connection refused");
}

#[test]
fn the_port_is_that_of_the_agent_or_of_all() {
    let consul = Consul::healthy();
    let port = consul.addr().port().to_string();
    assert_says(&check(&["-H", "127.0.0.1", "-p", &port]).run(), State::Ok, "3/3 passing");
    assert_says(&check(&["-H", &consul.address(), "-p", "1"]).run(), State::Ok, "3/3 passing");
    assert_says(&check(&["-H", &format!("localhost:{port}")]).run(), State::Ok, "3/3 passing");
}

#[test]
fn an_api_may_be_below_a_path() {
    let consul = Consul::healthy();
    for slash in ["", "/"] {
        let url = format!("http://{}/consul/eu{slash}", consul.addr());
        assert_says(&check(&["--http-addr", &url]).run(), State::Ok, "3/3 passing");
        assert_eq!(consul.target(Ask::Leader), "/consul/eu/v1/status/leader");
    }
}

#[test]
fn an_empty_variable_is_none() {
    let consul = Consul::healthy();
    let names = [
        "HTTP_ADDR",
        "HTTP_SSL",
        "HTTP_SSL_VERIFY",
        "HTTP_AUTH",
        "HTTP_TOKEN",
        "HTTP_TOKEN_FILE",
        "CACERT",
        "CAPATH",
        "CLIENT_CERT",
        "CLIENT_KEY",
        "TLS_SERVER_NAME",
        "NAMESPACE",
        "PARTITION",
    ];
    let empty = |plugin: Plugin, name: &&str| plugin.env(format!("CONSUL_{name}"), "");
    let output = names.iter().fold(check(&["-H", &consul.address()]), empty).run();
    assert_says(&output, State::Ok, "3/3 passing");
    for head in consul.heads() {
        assert_eq!((field(&head, "X-Consul-Token"), field(&head, "Authorization")), (None, None), "{head}");
        assert!(!head.contains("ns=") && !head.contains("partition="), "{head}");
    }
}

/// Answers with all that it was sent, as a proxy's debug page does.
fn echo() -> Consul {
    let echo =
        |head: &str, mut wire: &mut dyn Wire| HttpReply::new(403, format!("ACL not found: {head}")).write_to(&mut wire);
    Script::healthy().all(Then::write(echo)).start()
}

#[test]
fn the_token_is_sent_and_never_shown() {
    let (consul, scratch) = (echo(), Scratch::new());
    let address = consul.address();
    let file = scratch.file("token", "hunter2-from-file\nmore\n");
    let other = scratch.file("other", "hunter2-from-other\n");
    let args = ["-H", &address, "-vvv", "--token-file", &file];
    for (plugin, token) in [
        (check(&args), "hunter2-from-file"),
        (check(&args).env("CONSUL_HTTP_TOKEN", "hunter2-from-env"), "hunter2-from-file"),
        (check(&args).env("CONSUL_HTTP_TOKEN_FILE", &other), "hunter2-from-file"),
        (check(&args[..3]).env("CONSUL_HTTP_TOKEN_FILE", &file), "hunter2-from-file"),
        (
            check(&args[..3]).env("CONSUL_HTTP_TOKEN_FILE", &file).env("CONSUL_HTTP_TOKEN", "hunter2-from-env"),
            "hunter2-from-file",
        ),
        (check(&args[..3]).env("CONSUL_HTTP_TOKEN", "hunter2-from-env"), "hunter2-from-env"),
    ] {
        let before = consul.heads().len();
        let output = plugin.run();
        assert_says(&output, State::Unknown, "ACL not found");
        assert!(!output.stdout.contains("hunter2"), "{output:?}");
        let heads = consul.heads().split_off(before);
        assert!(heads.len() > 1, "{heads:?}");
        for head in heads {
            assert_eq!(field(&head, "X-Consul-Token"), Some(token), "{head}");
            assert!(!head.lines().next().unwrap().contains("hunter2"), "{head}");
        }
    }
}

#[test]
fn a_token_that_cannot_be_sent_is_our_fault() {
    let (consul, scratch) = (Consul::healthy(), Scratch::new());
    let address = consul.address();
    let bad = check(&["-vvv", "-H", &address]).env("CONSUL_HTTP_TOKEN", "hunter2\n").run();
    assert_says(&bad, State::Unknown, "the token holds what no HTTP header can");
    assert!(!bad.stdout.contains("hunter2"), "{bad:?}");
    let (empty, directory) = (scratch.file("empty", "\n"), scratch.directory("directory"));
    for file in ["/nonexistent", &empty, directory.to_str().unwrap()] {
        assert_says(&check(&["-H", &address, "--token-file", file]).run(), State::Unknown, file);
        assert_says(&check(&["-H", &address]).env("CONSUL_HTTP_TOKEN_FILE", file).run(), State::Unknown, file);
    }
    assert_eq!(consul.accepted(), 0, "without the token the answer could be another");
}

/// RFC 7617: `user:password` in base64; the password may hold colons.
#[test]
fn a_login_is_sent_and_its_password_never_shown() {
    let consul = echo();
    for (login, header) in [("monitor:hunter2:x", "bW9uaXRvcjpodW50ZXIyOng="), ("monitor", "bW9uaXRvcjo=")] {
        let before = consul.heads().len();
        let output = check(&["-H", &consul.address(), "-vvv"]).env("CONSUL_HTTP_AUTH", login).run();
        assert_says(&output, State::Unknown, "ACL not found");
        for secret in ["hunter2", "bW9uaXRvcjpodW50ZXIyOng"] {
            assert!(!output.stdout.contains(secret), "{output:?}");
        }
        for head in consul.heads().split_off(before) {
            assert_eq!(field(&head, "Authorization"), Some(format!("Basic {header}").as_str()), "{head}");
        }
    }
}

#[test]
fn names_may_hold_anything() {
    let odd = |change: &str| format!("a b/c?d#e%{change}");
    let consul =
        Consul::saying(health(&[instance("a").with("/Service/Service", odd("")).with("/Service/ID", odd("-4"))]));
    let output = named(&odd("")).args(["-H", &consul.address(), "-v"]).run();
    assert_says(&output, State::Ok, "a b/c?d#e%: 1/1 passing");
    assert_eq!(consul.target(Ask::Stale), "/v1/health/service/a%20b%2Fc%3Fd%23e%25?stale");
    assert_eq!(consul.target(Ask::Local), "/v1/agent/health/service/name/a%20b%2Fc%3Fd%23e%25");
    for name in ["../../agent/self", "a/../b", "..%2f", "\u{e4}\u{202e}"] {
        let output = named(name).args(["-H", &consul.address()]).run();
        assert_eq!(output.state(), State::Critical, "{output:?}");
        let target = consul.target(Ask::Consistent);
        let path = target.strip_prefix("/v1/health/service/").unwrap();
        assert!(!path.contains('/') && target.ends_with("?consistent"), "{target}");
    }
    for name in ["", ".", ".."] {
        let output = named(name).run();
        assert_shows(&output, "no name of a service");
        assert_eq!(output.state(), State::Unknown);
    }
}

#[test]
fn a_refused_connection_is_critical_and_names_the_usual_cause() {
    let gone = server::refused();
    let output = ask(gone.addr(), &[]);
    assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: agent {}: connection refused", gone.addr()));
    assert_shows(&output, "agents listen on loopback by default");
}

#[test]
fn a_name_that_does_not_resolve_is_critical() {
    // Not even a legal name, so nobody is asked about it.
    assert_says(&ask("no..such..name", &[]), State::Critical, "agent no..such..name: cannot be resolved (");
}

#[test]
fn too_few_file_descriptors_are_our_fault() {
    let consul = Consul::healthy();
    // For the runtime, and for a connection.
    for descriptors in [5, 6] {
        let output = check(&["-H", &consul.address()]).limit_nofile(descriptors).run();
        assert_says(&output, State::Unknown, "the check is out of file descriptors");
    }
}

/// The other agent is asked all the same, and what it says is judged.
#[test]
fn an_agent_whose_name_cannot_be_looked_up_is_one_of_two() {
    let (consul, named) = (Consul::healthy(), server::refused());
    let name = format!("localhost:{}", named.addr().port());
    let Some(plugin) = check(&["-H", &consul.address(), "-H", &name]).limit_threads(2) else {
        println!("skipped: the plugin cannot be run as another user here");
        return;
    };
    let output = plugin.run();
    assert_says(&output, State::Unknown, &format!("agent {name} was not asked: this host lets the check start no"));
    assert_shows(&output, "3/3 passing");
    assert_shows(&output, "ulimit -u");
}

#[test]
fn an_agent_that_is_given_twice_is_asked_once() {
    let consul = Consul::healthy();
    let output = ask(format!("{0},{0}", consul.addr()), &["-H", &consul.address()]);
    assert_eq!((output.state(), value(&output, "agents_up")), (State::Ok, Some(1.0)), "{output:?}");
    assert_eq!(consul.asked(Ask::Consistent), 1);
}

#[test]
fn wrong_usage_is_unknown_and_says_what_was_meant() {
    for (args, said) in [
        (&["-H", "[::1"][..], "no closing bracket"),
        (&["--http-addr", "unix://consul.sock"], "a socket without a whole path"),
        (&["--http-addr", "ftp://127.0.0.1"], "begins with ftp://; give an agent as http://HOST:PORT"),
        (&["--expect", "0"], "--expect"),
        (&["--require-check", "("], "--require-check: unclosed group; give a regular expression"),
        (&["--ca-file", "/a", "--ca-path", "/b"], "--ca-path"),
        (&["--client-cert", "/a"], "--client-key"),
        (&["-w", "passing=3:"], "did you mean instances_passing or passing_percent?"),
        (&["--severity", "lost=ok"], "unknown finding \"lost\"; --help lists all findings"),
    ] {
        let output = check(args).run();
        // A remedy that is too long for the first line has its own.
        assert_shows(&output, said);
        assert_eq!(output.state(), State::Unknown, "{output:?}");
    }
}

/// `ParseBool` of Go. Consul's own client takes any other value of `CONSUL_HTTP_SSL_VERIFY` for false.
#[test]
fn a_variable_that_is_neither_true_nor_false_is_refused() {
    let consul = Consul::healthy();
    for name in ["CONSUL_HTTP_SSL", "CONSUL_HTTP_SSL_VERIFY"] {
        for text in ["yes", "TrUe", "2", " true"] {
            let output = check(&["-H", &consul.address()]).env(name, text).run();
            assert_says(&output, State::Unknown, &format!("${name} is neither true nor false"));
        }
    }
    assert_eq!(consul.accepted(), 0);
}

#[test]
fn proxies_of_the_environment_are_ignored() {
    let (consul, proxy) = (Consul::healthy(), server::closes_at_once());
    let proxy_url = format!("http://{}", proxy.addr());
    let plugin = ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"]
        .iter()
        .fold(check(&["-H", &consul.address()]), |plugin, name| plugin.env(name, &proxy_url));
    assert_says(&plugin.run(), State::Ok, "3/3 passing");
    assert_eq!(proxy.accepted(), 0);
}
