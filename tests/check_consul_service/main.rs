//! `check_consul_service` from its arguments to its output, against agents that do what real ones will not on command.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod consul;

use std::fmt::Display;
use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use consul::{agent, health, healthy, instance, leader_says, pours};
use serde_json::json;
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin, assert_says};
use test_support::server::{self, HttpReply};

fn check(args: &[&str]) -> Plugin {
    Plugin::new(env!("CARGO_BIN_EXE_check_consul_service")).args(["-s", "web"]).args(args)
}

fn ask(address: impl Display) -> Output {
    check(&["-t", "2", "-H", &address.to_string()]).run()
}

/// A file of this test run with this content.
fn file(name: &str, content: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn three_healthy_instances_are_ok() {
    let consul = leader_says(&healthy());
    let output = check(&["--expect", "3", "-H", &consul.addr().to_string()]).run();
    assert_says(&output, State::Ok, "CONSUL is OK: web: 3/3 passing; leader 192.0.2.12");
    let labels: Vec<_> = output.perfdata().into_iter().map(|value| value.label).collect();
    assert_eq!(
        labels,
        [
            "instances_passing",
            "instances_warning",
            "instances_critical",
            "instances_maintenance",
            "instances_registered",
            "agents_up",
            "leader_known",
            "api_time",
        ]
    );
    assert_eq!(consul.accepted(), 3);
}

#[test]
fn an_agent_may_be_given_as_a_url_or_by_the_environment() {
    let consul = leader_says(&healthy());
    let (url, address) = (format!("http://{}", consul.addr()), consul.addr().to_string());
    assert_says(&check(&["--http-addr", &url]).run(), State::Ok, "3/3 passing");
    for variable in [&url, &address] {
        assert_says(&check(&[]).env("CONSUL_HTTP_ADDR", variable).run(), State::Ok, "3/3 passing");
    }
}

#[test]
fn without_a_leader_the_last_known_health_is_shown() {
    let refusal = HttpReply::new(500, "No cluster leader").header("X-Consul-Knownleader", "false");
    let stale = health(false, &json!([instance("a", "passing", ""), instance("b", "critical", "gone")]));
    let consul = agent(refusal, stale, "");
    let output = ask(consul.addr());
    let said = format!("no leader, web as last known 0.0 s ago: {} says \"No cluster leader\"", consul.addr());
    assert_says(&output, State::Critical, &said);
    assert!(output.text().contains("b (192.0.2.1:80) critical: service check http: \"gone\""), "{output:?}");
}

#[test]
fn denied_access_is_unknown_and_names_the_policy() {
    let denial = HttpReply::new(403, "Permission denied: token lacks permission 'service:read'");
    let consul = agent(denial.clone(), denial, "192.0.2.12:8300");
    let output = ask(consul.addr());
    assert_says(&output, State::Unknown, "denies access: \"Permission denied");
    assert!(output.text().contains("service:read and node:read"), "{output:?}");
}

#[test]
fn no_instance_is_critical() {
    let consul = leader_says(&health(true, &json!([])));
    assert_says(&ask(consul.addr()), State::Critical, "web is not registered");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = leader_says(&healthy());
    let target = format!("http://{}/v1/", elsewhere.addr());
    let consul = server::http(301, &[("Location", &target)], "");
    assert_says(&ask(consul.addr()), State::Critical, &format!("301 redirects to {target}"));
    assert_eq!(elsewhere.accepted(), 0);
}

#[test]
fn what_consul_does_not_say_is_critical() {
    let json = [("Content-Type", "application/json")];
    let page = || server::http(200, &[("Content-Type", "text/html; charset=utf-8")], "<html>Welcome to nginx!");
    let brackets = "[".repeat(100_000);
    for (server, said) in [
        (page(), "content type is text/html; charset=utf-8, not JSON"),
        (server::http(200, &json, "[{\"Node\":"), "bad JSON (EOF while parsing a value at line 1 column 9)"),
        (server::http(200, &json, "{}"), "bad JSON (invalid type: map, expected a sequence"),
        (server::http(200, &json, brackets), "bad JSON ("),
        (server::http(200, &json, "[]"), "no header X-Consul-Knownleader: not Consul"),
        (server::http(404, &[], "404 page not found"), "404 \"404 page not found\""),
        (server::http(204, &[], ""), "204 \"\""),
        (server::garbage(), "no HTTP answer ("),
        (server::closes_at_once(), "connection"),
    ] {
        let output = ask(server.addr());
        assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: agent {}: ", server.addr()));
        assert_says(&output, State::Critical, said);
    }
}

#[test]
fn an_answer_of_100_mb_is_refused_before_it_is_read() {
    let hundred = pours("Content-Length: 104857600", |stream| {
        io::copy(&mut io::repeat(b' ').take(104_857_600), stream).map(drop)
    });
    let output = ask(hundred.addr());
    assert_says(&output, State::Critical, "answer is larger than 1 MiB");
    assert!(output.peak_rss_bytes.unwrap() < 64 << 20, "{output:?}");
}

#[test]
fn answers_made_to_take_memory_do_not() {
    let entry = r#"{"Node":{"Node":"a"},"Service":{"ID":"b","Service":"web"}}"#;
    let list = format!("[{}]", vec![entry; (1 << 20) / (entry.len() + 1)].join(","));
    let health = || HttpReply::new(200, list.clone()).header("Content-Type", "application/json");
    let agents: Vec<_> = (0..3).map(|_| leader_says(&health().header("X-Consul-Knownleader", "true"))).collect();
    let hosts: Vec<_> = agents.iter().map(|agent| agent.addr().to_string()).collect();
    let output = check(&["-H", &hosts.join(",")]).run();
    assert_says(&output, State::Ok, "web: 1/1 passing");
    assert!(output.peak_rss_bytes.unwrap() < 64 << 20, "{output:?}");
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let endless = pours("Transfer-Encoding: chunked", move |stream| {
        loop {
            stream.write_all(chunk.as_bytes())?;
        }
    });
    let output = check(&["-t", "20", "-H", &endless.addr().to_string()]).run();
    assert_says(&output, State::Critical, "answer is larger than 1 MiB");
    assert!(output.peak_rss_bytes.unwrap() < 64 << 20, "{output:?}");
}

#[test]
fn silence_is_critical_and_not_our_time_limit() {
    assert_says(&ask(server::silent().addr()), State::Critical, "no complete answer within 1.");
    let slow = server::replies(|mut stream| -> io::Result<()> {
        server::read_http_request(&mut stream)?;
        for byte in b"HTTP/1.1 200 OK\r\n".iter().cycle() {
            stream.write_all(&[*byte])?;
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    });
    assert_says(&ask(slow.addr()), State::Critical, "no complete answer within 1.");
}

#[test]
fn a_consistent_read_that_is_never_answered_leaves_the_stale_one() {
    let consul = server::replies(|mut stream| {
        let head = server::read_http_request(&mut stream)?;
        if head.contains("?stale") {
            return health(false, &json!([instance("a", "passing", "")])).write_to(&mut stream);
        }
        stream.read_to_end(&mut Vec::new()).map(drop)
    });
    let output = ask(consul.addr());
    assert_says(
        &output,
        State::Critical,
        &format!("no leader, web as last known 0.0 s ago: {} knows none", consul.addr()),
    );
}

#[test]
fn a_refused_connection_is_critical_and_names_the_usual_cause() {
    let gone = server::refused();
    let output = ask(gone.addr());
    assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: agent {}: connection refused", gone.addr()));
    assert!(output.text().contains("agents listen on loopback by default"), "{output:?}");
}

#[test]
fn a_name_that_does_not_resolve_is_critical() {
    // Not even a legal name, so nobody is asked about it.
    assert_says(&ask("no..such..name"), State::Critical, "agent no..such..name:8500: ");
}

#[test]
fn one_of_two_agents_down_is_a_warning() {
    let (consul, gone) = (leader_says(&healthy()), server::refused());
    let output = ask(format!("{},{}", gone.addr(), consul.addr()));
    assert_says(&output, State::Warning, &format!("agent {}: connection refused; web: 3/3 passing", gone.addr()));
    let up = output.perfdata().into_iter().find(|value| value.label == "agents_up").unwrap();
    assert_eq!((up.value, up.max), (1.0, Some(2.0)));
}

#[test]
fn the_token_is_sent_and_never_shown() {
    let (sender, heads) = mpsc::channel();
    let consul = server::replies(move |mut stream| {
        let head = server::read_http_request(&mut stream)?;
        // As a proxy's debug page does.
        let reply = HttpReply::new(403, format!("ACL not found: {head}"));
        sender.send(head).ok();
        reply.write_to(&mut stream)
    });
    let address = consul.addr().to_string();
    let path = file("token", "hunter2-from-file\n");
    let path = path.to_str().unwrap();
    let from_file = ["-H", &address, "-vvv", "--token-file", path];
    for (plugin, token) in [
        (check(&from_file), "hunter2-from-file"),
        (check(&from_file).env("CONSUL_HTTP_TOKEN", "hunter2-from-env"), "hunter2-from-file"),
        (check(&from_file[..3]).env("CONSUL_HTTP_TOKEN_FILE", path), "hunter2-from-file"),
        (check(&from_file[..3]).env("CONSUL_HTTP_TOKEN", "hunter2-from-env"), "hunter2-from-env"),
    ] {
        let output = plugin.run();
        assert_says(&output, State::Unknown, "ACL not found");
        assert!(!output.stdout.contains("hunter2"), "{output:?}");
        for head in heads.try_iter() {
            assert!(head.to_lowercase().contains(&format!("\r\nx-consul-token: {token}\r\n")), "{head}");
            assert!(!head.lines().next().unwrap().contains(token), "{head}");
        }
    }
}

#[test]
fn a_token_that_cannot_be_sent_is_our_fault() {
    let bad = check(&["-vvv"]).env("CONSUL_HTTP_TOKEN", "hunter2\n").run();
    assert_says(&bad, State::Unknown, "the token holds what no HTTP header can");
    assert!(!bad.stdout.contains("hunter2"), "{bad:?}");
    assert_says(&check(&["--token-file", "/nonexistent"]).run(), State::Unknown, "cannot read /nonexistent");
}

#[test]
fn proxies_of_the_environment_are_ignored() {
    let (consul, proxy) = (leader_says(&healthy()), server::closes_at_once());
    let proxy_url = format!("http://{}", proxy.addr());
    let plugin = ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"]
        .iter()
        .fold(check(&["-H", &consul.addr().to_string()]), |plugin, name| plugin.env(name, &proxy_url));
    assert_says(&plugin.run(), State::Ok, "3/3 passing");
    assert_eq!(proxy.accepted(), 0);
}

#[test]
fn the_output_of_a_check_cannot_forge_ours() {
    let output = "DISK CRITICAL | /=99%;80;90\n<b>second</b> line\n\u{202e}| instances_passing=3\n".repeat(100);
    let consul = leader_says(&health(true, &json!([instance("a|x=1\n", "critical", &output)])));
    let output = ask(consul.addr());
    assert_says(&output, State::Critical, "web: 0/1 passing");
    let text = output.text();
    assert!(text.contains("a x=1 (192.0.2.1:80) critical: service check http: \"DISK CRITICAL"), "{text}");
    assert!(!text.contains("<b>") && !text.contains('\u{202e}') && text.lines().count() == 3, "{text}");
    assert_eq!(output.perfdata().len(), 8, "{output:?}");
}

#[test]
fn tls_that_cannot_be_spoken_is_told_apart_from_tls_that_we_cannot_check() {
    let plain = server::replies(|mut stream| {
        stream.read_exact(&mut [0; 5])?;
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")?;
        stream.read_to_end(&mut Vec::new())
    });
    let url = format!("https://{}", plain.addr());
    let empty = file("ca.pem", "");
    for (args, state, said) in [
        (&["--http-addr", &url][..], State::Critical, "TLS fails ("),
        (&["--http-addr", &url, "--ca-file", "/nonexistent"], State::Unknown, "cannot read /nonexistent: no such file"),
        (&["--http-addr", &url, "--ca-file", empty.to_str().unwrap()], State::Unknown, "holds no certificate"),
    ] {
        assert_says(&check(args).run(), state, said);
    }
}

#[test]
fn too_few_file_descriptors_are_our_fault() {
    let consul = leader_says(&healthy());
    let output = check(&["-H", &consul.addr().to_string()]).limit_nofile(8).run();
    assert_says(&output, State::Unknown, "too many open files");
}

#[test]
fn wrong_usage_is_unknown_and_says_what_was_meant() {
    for (args, said) in [
        (&["-H", "[::1"][..], "no closing bracket"),
        (&["--http-addr", "unix:///run/consul.sock"], "begins with unix://; give an agent as http://HOST:PORT"),
        (&["--expect", "0"], "--expect"),
        (&["-w", "passing=3:"], "known are instances_passing"),
        (&["--severity", "lost=ok"], "known are not-registered"),
    ] {
        let output = check(args).run();
        // A remedy that is too long for the first line has its own.
        assert!(output.text().contains(said), "{said:?} not in {output:?}");
        assert_eq!(output.state(), State::Unknown, "{output:?}");
    }
}
