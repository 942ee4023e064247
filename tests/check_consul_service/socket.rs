//! Agents behind a socket of this machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};

use test_support::oracle::State;
use test_support::plugin::assert_says;
use test_support::scratch::Scratch;

use crate::consul::{Ask, Consul, Script, field};
use crate::{ask, assert_shows, check};

#[test]
fn an_agent_may_be_behind_a_socket() {
    let scratch = Scratch::new();
    let path = scratch.join("http sock%");
    let consul = Script::healthy().start_at(&path);
    let url = format!("unix://{}", path.display());
    let output = check(&["--http-addr", &url, "-v"]).run();
    assert_says(&output, State::Ok, "3/3 passing");
    assert_shows(&output, &format!("agent {} (mon1, Consul 1.8.7): leader 192.0.2.12", path.display()));
    assert_eq!(consul.target(Ask::Leader), "/v1/status/leader");
    // As curl and Consul's own client call it.
    assert_eq!(field(&consul.heads()[0], "Host"), Some("localhost"));
    assert_says(&check(&[]).env("CONSUL_HTTP_ADDR", &url).run(), State::Ok, "3/3 passing");
}

#[test]
fn a_socket_and_an_address_may_be_asked_together() {
    let scratch = Scratch::new();
    let (path, other) = (scratch.join("http.sock"), Consul::healthy());
    let consul = Script::healthy().start_at(&path);
    let output = ask(other.addr(), &["--http-addr", &format!("unix://{}", path.display())]);
    assert_says(&output, State::Ok, "3/3 passing");
    assert_eq!((consul.asked(Ask::Stale), other.asked(Ask::Stale)), (1, 1));
}

#[test]
fn a_socket_that_nobody_listens_on_is_an_agent_that_is_down() {
    let scratch = Scratch::new();
    let path = scratch.join("http.sock");
    let run = || check(&["--http-addr", &format!("unix://{}", path.display())]).run();
    assert_says(&run(), State::Critical, &format!("agent {}: no such file", path.display()));
    drop(UnixListener::bind(&path).unwrap());
    assert_says(&run(), State::Critical, &format!("agent {}: connection refused", path.display()));
    fs::remove_file(&path).unwrap();
    scratch.file("http.sock", "");
    assert_says(&run(), State::Critical, &format!("agent {}: connection refused", path.display()));
}

#[test]
fn a_socket_that_we_may_not_use_is_our_fault() {
    let scratch = Scratch::new();
    let path = scratch.join("http.sock");
    let _listener = UnixListener::bind(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o000)).unwrap();
    if UnixStream::connect(&path).is_ok() {
        println!("skipped: nothing is forbidden to root");
        return;
    }
    let output = check(&["--http-addr", &format!("unix://{}", path.display())]).run();
    assert_says(&output, State::Unknown, "permission denied");
}
