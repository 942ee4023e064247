//! A node whose answers are changed on the way: every output is one that Icinga reads, and every run ends in time.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use contract::assert_plugin_output;
use lab::Lab;
use live::mutation::{Mutation, Proxy};
use test_support::plugin::{Plugin, binary};

/// Two cores wait for several slow runs at once.
const AT_ONCE: usize = 4;

/// The time limit of a run, and when a run that outlives it is killed.
const TIMEOUT: &str = "2";
const KILLED: Duration = Duration::from_secs(20);

/// Runs the check once for each number below `count`.
#[expect(clippy::print_stdout, reason = "a test that fails shows which change it was")]
fn mutated(count: u64) {
    let lab = Lab::shared();
    // A socket of the file system is the same for those outside of the lab's network.
    let socket = PathBuf::from(format!("/proc/{}/root/run/lab/db1/mysqld.sock", lab.pid()));
    let (plugin, next) = (binary("check_galera"), AtomicU64::new(0));
    let one = |seed: u64| {
        let mutation = Mutation::new(seed);
        let proxy = Proxy::start(socket.clone(), mutation).unwrap();
        // Every third is encrypted: then the bytes of TLS are changed.
        let mode = if seed.is_multiple_of(3) { "preferred" } else { "disabled" };
        let arguments = ["-u", "icinga", "-t", TIMEOUT, "--history-dir", "/dev/null", "--ssl-mode", mode, "-H"];
        let plugin = Plugin::new(&plugin).args(arguments).arg(proxy.to_string()).env("CHECK_GALERA_PASSWORD", "lab");
        let output = plugin.limit(KILLED).run();
        println!("{seed}: {mutation:?}: {}", output.first_line());
        assert_plugin_output("GALERA", &output);
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < count) {
                    one(seed);
                }
            });
        }
    });
}

#[test]
fn changed_answers() {
    mutated(200);
}

#[test]
#[ignore = "some minutes: run by hand after changes of the driver or of what is read"]
fn thousands_of_changed_answers() {
    mutated(5000);
}
