//! A history is a help and never a condition; where there is none, the output says so.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};

use contract::assert_plugin_output;
use test_support::oracle::State;
use test_support::plugin::Output;
use test_support::scratch::Scratch;

use crate::fake::{Fake, Fault};
use crate::subject::{GALERA, Subject};

const NOTHING: &str = "\nnothing is remembered between runs: ";

/// A user that no machine has.
const USER: u32 = 424_242;

/// Icinga's own unit sets no HOME; the user database knows it (getpwuid(3)).
pub(crate) fn a_home_is_found_without_home(subject: &Subject) {
    if subject.remembers.is_none() {
        return;
    }
    let scratch = Scratch::new();
    // The user must get to its home.
    fs::set_permissions(&*scratch, Permissions::from_mode(0o711)).unwrap();
    let home = scratch.directory("home");
    chown(&home, Some(USER), Some(USER)).unwrap_or_else(|error| panic!("only root can make this test: {error}"));
    let server = Fake::start(subject.transport, Fault::Refused);
    for (shown, is_there) in [(home.to_str().unwrap(), true), ("/nonexistent", false)] {
        let line = format!("icinga:x:{USER}:{USER}::{shown}:/bin/false\n");
        let passwd = scratch.file("passwd", line);
        let plugin = subject.asks_bare_from(&scratch, server.addr()).as_user_of(passwd.as_ref());
        let output = plugin.unwrap_or_else(|| panic!("no process can have an /etc/passwd of its own here")).run();
        assert_plugin_output(subject.service(), &output);
        assert_eq!(!output.text().contains(NOTHING), is_there, "{output:?}");
    }
    assert!(home.join(".local/state/monitoring-plugins-ha").is_dir());
}

/// A link, a file and a directory that everybody may write to are no places for a history.
pub(crate) fn a_refused_history_is_told(subject: &Subject) {
    if subject.remembers.is_none() {
        return;
    }
    let scratch = Scratch::new();
    let target = scratch.directory("target");
    let link = scratch.join("link");
    symlink(&target, &link).unwrap();
    let open = scratch.directory("open");
    fs::set_permissions(&open, Permissions::from_mode(0o777)).unwrap();
    let file = scratch.file("file", "");
    for (place, reason) in [
        (link.to_str().unwrap(), "is a symbolic link"),
        (open.to_str().unwrap(), "can be written by everybody"),
        (file.as_str(), "not a directory"),
    ] {
        let output = run(subject, &["--history-dir", place]);
        let text = output.text();
        let told = text.split_once(NOTHING).and_then(|(_, rest)| rest.lines().next());
        assert!(told.is_some_and(|told| told.contains(place) && told.contains(reason)), "{place}: {output:?}");
    }
    assert_eq!(fs::read_dir(&target).unwrap().count() + fs::read_dir(&open).unwrap().count(), 0);
}

/// A threshold is kept or refused, never passed over in silence; a history that is still empty will keep it, unless its
/// file cannot be written.
pub(crate) fn a_wish_without_history_is_refused(subject: &Subject) {
    let Some(metric) = subject.remembers else { return };
    let scratch = Scratch::new();
    let threshold = format!("{metric}=1");
    let refusal = format!("[UNKNOWN] {metric} cannot be measured: ");
    for (place, args, is_refused) in [
        ("/dev/null", &["-w", &threshold][..], true),
        ("/proc/none", &["-c", &threshold], true),
        ("/dev/null", &[], false),
        ("/dev/null", &["-w", &format!("{metric}=~:")], false),
        (scratch.to_str().unwrap(), &["-w", &threshold], false),
    ] {
        let output = run(subject, &[args, &["--history-dir", place]].concat());
        assert_eq!(output.text().contains(&refusal), is_refused, "{place} {args:?}: {output:?}");
    }
    // Only this plugin writes its history after a run in which no server answered.
    if subject.name == GALERA.name {
        let unwritten = scratch.directory("unwritten");
        let server = Fake::start(subject.transport, Fault::Refused);
        let plugin = subject.asks_bare(server.addr()).args(["-w", &threshold, "--history-dir"]).arg(&unwritten);
        let output = plugin.limit_fsize(0).run();
        assert_plugin_output(subject.service(), &output);
        assert!(output.text().contains(&refusal) && output.text().contains(NOTHING), "{output:?}");
    }
}

/// A run against a server that refuses every connection, which is CRITICAL whatever becomes of the history.
fn run(subject: &Subject, args: &[&str]) -> Output {
    let server = Fake::start(subject.transport, Fault::Refused);
    let output = subject.asks_bare(server.addr()).args(args).run();
    assert_plugin_output(subject.service(), &output);
    assert_eq!(output.state(), State::Critical, "{output:?}");
    output
}
