//! Agents that want to do harm, or fail in a way that does.

use std::io::{self, Write};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use test_support::oracle::State;
use test_support::plugin::{Output, assert_says};
use test_support::server::{self, HttpReply, Tcp};

use crate::consul::{
    Ask, Consul, Script, Then, Wire, With, addresses, failing, health, healthy, instance, itself, local, maintained,
    reply,
};
use crate::{ask, check, value};

/// The most memory of a check, in bytes: two lists of up to 10 MiB from each of three agents, and 8 MiB for the process, in a
/// debug build.
const MEMORY: u64 = (3 * 2 * 10 + 8) << 20;

/// Whatever was sent: a state in time, a line that Icinga reads as it was meant, and no more memory than is due.
#[track_caller]
pub(crate) fn assert_sane(output: &Output) {
    output.state();
    output.perfdata();
    assert_eq!(output.stdout.matches('|').count(), 1, "{output:?}");
    assert!(!output.stdout.chars().any(|c| c.is_control() && c != '\n'), "{output:?}");
    assert!(!output.stdout.contains("<b") && !output.stdout.contains('\u{202e}'), "{output:?}");
    assert_eq!(output.stderr, "");
    assert!(output.peak_rss_bytes.is_none_or(|bytes| bytes < MEMORY), "{:?}", output.peak_rss_bytes);
}

/// Both reads of the service's health say this, and it is why no agent is of use.
#[track_caller]
fn assert_refused(then: impl Into<Then>, said: &str) {
    let consul = Script::healthy().health(then).start();
    let output = ask(consul.addr(), &["-t", "25"]);
    assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: agent {}: ", consul.addr()));
    assert_says(&output, State::Critical, said);
    assert_sane(&output);
}

/// The head of an answer of Consul's with this field more, and then what `body` writes.
fn pours(field: &'static str, body: impl Fn(&mut dyn Wire) -> io::Result<()> + Send + Sync + 'static) -> Then {
    Then::write(move |_, wire| {
        write!(
            wire,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Consul-Knownleader: true\r\n{field}\r\n\r\n"
        )?;
        body(wire)
    })
}

fn for_ever(piece: impl Into<Vec<u8>>) -> impl Fn(&mut dyn Wire) -> io::Result<()> {
    let piece = piece.into();
    move |wire| {
        loop {
            wire.write_all(&piece)?;
        }
    }
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

#[test]
fn an_answer_of_100_mb_is_refused() {
    let blanks = || for_ever(vec![b' '; 0x10000]);
    assert_refused(pours("Content-Length: 104857600", blanks()), "answer is larger than 64 MiB");
    let elements = format!("[{}", format!("{},", instance("a")).repeat(50));
    for then in [
        pours("Connection: close", blanks()),
        pours("Transfer-Encoding: chunked", for_ever(chunk(&" ".repeat(0x10000)))),
    ] {
        assert_refused(then, "answer is larger than 64 MiB");
    }
    assert_refused(pours("Connection: close", for_ever(elements)), "bad JSON (");
}

#[test]
fn a_list_without_end_is_refused_when_too_much_of_it_is_kept() {
    let chunks = chunk(&format!("{},", instance("a")).repeat(50));
    let endless = move |wire: &mut dyn Wire| {
        wire.write_all(chunk("[").as_bytes())?;
        for_ever(chunks.clone())(wire)
    };
    assert_refused(pours("Transfer-Encoding: chunked", endless), "answer is too large: more than 10 MiB to keep");
    let tiny = r#"{"Node":{"Node":""},"Service":{"ID":"","Service":""},"Checks":null},"#.repeat(1000);
    let endless = move |wire: &mut dyn Wire| {
        wire.write_all(b"[")?;
        for_ever(tiny.clone())(wire)
    };
    assert_refused(pours("Connection: close", endless), "answer is too large: more than 10 MiB to keep");
}

#[test]
fn an_element_of_more_than_1_mib_is_refused() {
    for part in ["x".repeat(2 << 20), "\\u0041".repeat(1 << 19)] {
        let body = healthy_body().replacen("HTTP 200 OK", &part, 1);
        assert_refused(HttpReply { body: body.into(), ..healthy() }, "an element of the answer is larger than 1 MiB");
    }
}

fn healthy_body() -> String {
    String::from_utf8(healthy().body).unwrap()
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for (start, end) in [("", ""), ("[", "]"), ("[{\"Node\":", "}]")] {
            let body = format!("{start}{}1{}{end}", open.repeat(100_000), close.repeat(100_000));
            assert_refused(HttpReply { body: body.into(), ..healthy() }, "bad JSON (");
        }
    }
}

#[test]
fn what_consul_does_not_say_is_told() {
    let typed = |kind: &str, body: &str| HttpReply::new(200, body).header("Content-Type", kind);
    let page = "<html>Welcome to nginx!";
    for (answer, said) in [
        (typed("text/html; charset=utf-8", page), "content type is text/html; charset=utf-8, not JSON"),
        (typed("text/plain", &healthy_body()), "content type is text/plain, not JSON"),
        (HttpReply::new(200, healthy_body()), "content type is missing, not JSON"),
        (typed("application/json", "[{\"Node\":"), "bad JSON (the list has no end)"),
        (typed("application/json", ""), "bad JSON (the list has no end)"),
        (typed("application/json", "{}"), "bad JSON (no list)"),
        (typed("application/json", "null"), "bad JSON (no list)"),
        (typed("application/json", "[1]"), "bad JSON (invalid type"),
        (typed("application/json", "[{}]"), "bad JSON (missing field"),
        (typed("application/json", "[\"\u{0}\"]"), "bad JSON ("),
        (typed("application/json", "[]"), "no header X-Consul-Knownleader: not Consul"),
        (healthy().header("Content-Encoding", "gzip"), "answer is compressed (gzip), for which nobody asked"),
        (HttpReply::new(404, "404 page not found"), "404 \"404 page not found\""),
        (HttpReply::new(404, page), "404 \"< html>Welcome to nginx!\""),
        (HttpReply::new(204, ""), "204 \"\""),
        (HttpReply::new(502, "<b>a|b=1\nc"), "502 \"< b>a b=1; c\""),
    ] {
        assert_refused(answer, said);
    }
}

#[test]
fn who_does_not_speak_http_is_told() {
    for (server, said) in [
        (server::garbage(), "no HTTP answer ("),
        (server::closes_at_once(), "connection"),
        (server::flood("", 100 << 20), "no HTTP answer ("),
        (server::flood("HTTP/1.1 200 OK\r\nX: ", 100 << 20), "no HTTP answer ("),
    ] {
        let output = ask(server.addr(), &["-t", "25"]);
        assert_says(&output, State::Critical, &format!("CONSUL is CRITICAL: agent {}: ", server.addr()));
        assert_says(&output, State::Critical, said);
        assert_sane(&output);
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Consul::healthy();
    for status in [301, 302, 303, 307, 308] {
        let target = format!("http://{}/v1/health/service/web?stale", elsewhere.addr());
        let redirect = HttpReply::new(status, "").header("Location", &target);
        assert_refused(redirect, &format!("{status} redirects to {target}"));
    }
    assert_refused(HttpReply::new(307, "").header("Location", "file:///etc/<b>"), "307 redirects to file:///etc/< b>");
    assert_eq!(elsewhere.accepted(), 0);
}

#[test]
fn half_an_answer_is_none() {
    let body = healthy_body();
    let half = |bytes: usize| {
        let body = body[..bytes].to_owned();
        pours("Content-Length: 100000", move |wire| wire.write_all(body.as_bytes()))
    };
    for bytes in [0, 1, 1000, body.len()] {
        assert_refused(half(bytes), "");
    }
    let unended = chunk(&body);
    let unended = pours("Transfer-Encoding: chunked", move |wire| wire.write_all(unended.as_bytes()));
    assert_refused(unended, "");
    assert_refused(pours("Transfer-Encoding: chunked", |wire| wire.write_all(b"zz\r\n[]\r\n0\r\n\r\n")), "");
}

#[test]
fn an_answer_in_pieces_is_one() {
    let body = healthy_body();
    let pieces = pours("Connection: close", move |wire| {
        body.as_bytes().iter().try_for_each(|byte| wire.write_all(&[*byte]).and_then(|()| wire.flush()))
    });
    assert_says(&ask(Script::healthy().health(pieces).start().addr(), &[]), State::Ok, "3/3 passing");
}

#[track_caller]
pub(crate) fn assert_in_time(output: &Output, seconds: u64) {
    assert!(output.elapsed < Duration::from_secs(seconds), "{output:?}");
    assert_sane(output);
}

#[test]
fn silence_is_critical_and_not_our_time_limit() {
    let silent = server::silent();
    let output = ask(silent.addr(), &["-t", "2"]);
    assert_says(&output, State::Critical, &format!("agent {}: no complete answer within 1.", silent.addr()));
    assert_in_time(&output, 2);
    let slow: Tcp = server::replies(|mut stream| -> io::Result<()> {
        server::read_http_request(&mut stream)?;
        for byte in b"HTTP/1.1 200 OK\r\n".iter().cycle() {
            stream.write_all(&[*byte])?;
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    });
    let output = ask(slow.addr(), &["-t", "2"]);
    assert_says(&output, State::Critical, "no complete answer within 1.");
    assert_in_time(&output, 2);
}

/// What is known is judged; what is not asked for the verdict may stay unanswered.
#[test]
fn a_question_without_an_answer_costs_no_other() {
    let cases = [
        (Ask::Consistent, State::Critical, true),
        (Ask::Stale, State::Warning, true),
        (Ask::Leader, State::Warning, true),
        (Ask::Peers, State::Ok, true),
        (Ask::Autopilot, State::Ok, true),
        (Ask::Itself, State::Ok, true),
        (Ask::Local, State::Ok, true),
        (Ask::Token, State::Critical, false),
        (Ask::Nodes, State::Critical, false),
        (Ask::Services, State::Critical, false),
    ];
    // All at once, since each takes its whole time.
    let running = cases.map(|(question, state, seen)| {
        let script = if seen { Script::healthy() } else { Script::healthy().health(health(&[])) };
        let consul = script.on(question, Then::Hang).start();
        let run = check(&["-H", &consul.address(), "-t", "3"]).spawn();
        (question, state, seen, consul, run)
    });
    for (question, state, seen, consul, run) in running {
        let output = run.wait();
        let passing = if seen { 3.0 } else { 0.0 };
        let judged = (output.state(), value(&output, "instances_passing"));
        assert_eq!(judged, (state, Some(passing)), "{question:?} {output:?}");
        assert_in_time(&output, 3);
        assert_eq!(consul.asked(question), 1);
    }
}

#[test]
fn answers_that_nobody_needs_may_be_nonsense() {
    let nonsense = [HttpReply::new(500, "panic"), reply(&json!([[], {}, null])), reply(&json!({"Config": 3}))];
    for question in [Ask::Peers, Ask::Autopilot, Ask::Itself, Ask::Local] {
        for answer in &nonsense {
            let consul = Script::healthy().on(question, answer.clone()).start();
            let output = ask(consul.addr(), &["-vvv"]);
            assert_says(&output, State::Ok, "3/3 passing");
            assert_sane(&output);
        }
    }
}

pub(crate) const NASTY: &str = "a|b=1;2\nCONSUL is OK <b>\u{1b}[31m\0\u{202e} 'x'=1";

#[test]
fn text_of_an_agent_is_shown_as_text_wherever_it_is_shown() {
    let quiet = [ask(Consul::healthy().addr(), &[]), ask(Consul::saying(health(&[])).addr(), &[])];
    let labels = |output: &Output| output.perfdata().into_iter().map(|value| value.label).collect::<Vec<_>>();
    let health_with = |pointer: &str| {
        let one = failing("a", "critical", "gone").with("/Checks/1/Notes", "n").with(pointer, NASTY);
        Script::healthy().health(health(&[one, instance("b")]))
    };
    let server = json!({"Healthy": false, "FailureTolerance": 0, "Servers": [
        {"Name": NASTY, "Address": NASTY, "SerfStatus": NASTY, "Healthy": false, "Voter": true}]});
    let scripts = [
        health_with("/Node/Node"),
        health_with("/Node/Address"),
        health_with("/Node/PeerName"),
        health_with("/Service/ID"),
        health_with("/Service/Service"),
        health_with("/Service/Address"),
        health_with("/Service/Namespace"),
        health_with("/Service/Partition"),
        health_with("/Checks/1/Name"),
        health_with("/Checks/1/CheckID"),
        health_with("/Checks/1/Output"),
        health_with("/Checks/1/Notes"),
        Script::healthy().health(health(&[maintained("a", NASTY)])),
        Script::healthy().on(Ask::Leader, reply(&json!(NASTY))),
        Script::healthy().on(Ask::Peers, reply(&json!([NASTY]))),
        Script::healthy().on(Ask::Autopilot, reply(&server)),
        Script::healthy()
            .on(Ask::Itself, reply(&itself(NASTY).with("/Config/NodeName", NASTY).with("/Config/Version", NASTY))),
        Script::healthy().on(Ask::Local, local(NASTY, "critical")),
        Script::healthy().health(HttpReply::new(403, NASTY)),
        Script::healthy().health(HttpReply::new(500, format!("No cluster leader {NASTY}"))),
        Script::healthy().health(HttpReply::new(429, NASTY)),
        Script::healthy().health(health(&[])).on(Ask::Services, reply(&json!({NASTY: []}))),
    ];
    let other = Consul::healthy();
    for script in scripts {
        let consul = script.start();
        for args in [&[][..], &["-vvv", "--require-check", "nosuch"], &["--tag", "a|b=1\n<b>"]] {
            let output = ask(addresses([&consul, &other]), &[args, &["--recheck", "0.1s"]].concat());
            assert_sane(&output);
            let forged =
                labels(&output).into_iter().find(|label| !quiet.iter().any(|quiet| labels(quiet).contains(label)));
            assert!(forged.is_none_or(|label| label == "maintenance_age"), "{output:?}");
        }
    }
}

#[test]
fn the_output_of_a_check_cannot_forge_ours() {
    let forged = "DISK CRITICAL | /=99%;80;90\n<b>second</b> line\n\u{202e}| instances_passing=3\n".repeat(100);
    let consul = Consul::saying(health(&[failing("a|x=1\n", "critical", &forged)]));
    let output = ask(consul.addr(), &[]);
    assert_says(&output, State::Critical, "web: 0/1 passing");
    let text = output.text();
    assert!(
        text.contains("\"a x=1…") && text.contains("critical: service check service:web: \"DISK CRITICAL"),
        "{text}"
    );
    assert_eq!(value(&output, "instances_passing"), Some(0.0));
    assert!(output.stdout.len() < 4000, "{}", output.stdout.len());
    assert_sane(&output);
}

/// Three agents whose answers are each just not too large.
#[track_caller]
fn assert_bounded(script: &Script) {
    let agents = [(); 3].map(|()| script.clone().start());
    let output = ask(addresses(&agents), &["-t", "20", "--recheck", "0.1s"]);
    assert_sane(&output);
    assert!(output.peak_rss_bytes.is_some(), "{output:?}");
}

#[test]
fn answers_made_to_take_memory_do_not() {
    // What is smallest on the wire takes the most for its size.
    let tiny = json!({"Node": {"Node": ""}, "Service": {"ID": "", "Service": "web"}});
    assert_bounded(&Script::healthy().health(health(&vec![tiny.clone(); 30_000])));
    let checks = vec![json!({"CheckID": "", "Status": "passing", "ServiceID": "web"}); 15_000];
    let many = tiny.clone().with("/Checks", Value::Array(checks));
    assert_bounded(&Script::healthy().health(health(&[many.clone(), many.clone(), many])));
    let tags = tiny.with("/Service/Tags", Value::Array(vec![json!(""); 300_000]));
    assert_bounded(&Script::healthy().health(health(&vec![tags; 3])));
}

#[test]
fn what_an_agent_says_of_itself_takes_no_memory_either() {
    let script = Script::healthy;
    let long = json!([{"CheckID": "c", "Status": "critical", "Output": "x".repeat(900_000), "ServiceID": "web"}]);
    let entry = json!({"Service": {"ID": "web", "Service": "web"}, "Checks": long});
    let output = || reply(&Value::Array(vec![entry.clone(); 20]));
    assert_bounded(&script().on(Ask::Local, HttpReply { status: 503, ..output() }));
    let members = vec![json!({"Name": "", "Addr": "", "Status": 1, "Tags": {"role": "consul"}}); 60_000];
    let denied = || script().on(Ask::Autopilot, HttpReply::new(403, "Permission denied"));
    assert_bounded(&denied().on(Ask::Members, reply(&Value::Array(members))));
    assert_bounded(&script().on(Ask::Peers, reply(&Value::Array(vec![json!(""); 340_000]))));
    let services = Value::Object((0..70_000).map(|number| (number.to_string(), Value::Null)).collect());
    let nothing = || script().health(health(&[]));
    assert_bounded(&nothing().on(Ask::Services, reply(&services)));
    assert_bounded(&nothing().on(Ask::Nodes, reply(&Value::Array(vec![json!({}); 100_000]))));
}
