//! One pass of `cargo lab soak`, beside the other tests and in a lab of its own.

use std::time::Duration;

use lab::Soak;
use lab::progress::Progress;

#[test]
fn a_healthy_cluster_at_work_raises_no_alarm() {
    let soak = Soak { time: Duration::ZERO, interval: Duration::from_secs(2) };
    let outcome = soak.run(&Progress::hidden()).unwrap();
    println!("{}", outcome.summary);
    assert!(outcome.wrong.is_empty(), "{outcome}");
}
