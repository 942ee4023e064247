//! What the runtime makes of a check that fails in the worst ways.

use contract::assert_plugin_output;
use test_support::oracle::State;
use test_support::plugin::{Output, Plugin};

fn misbehave(how: &str) -> Output {
    let output = Plugin::new(env!("CARGO_BIN_EXE_check_misbehaving")).args(["-t", "0.5", "--how", how]).run();
    assert_plugin_output("MISBEHAVING", &output);
    output
}

#[test]
fn a_panic_is_unknown_and_says_where_but_not_what() {
    for how in ["panic", "panic-elsewhere"] {
        let output = misbehave(how);
        assert_eq!(output.state(), State::Unknown);
        assert!(
            output.first_line().contains("internal error at ") && output.first_line().contains(".rs:"),
            "{output:?}"
        );
        assert!(!output.stdout.contains("hunter2"), "{output:?}");
    }
}

#[test]
fn a_check_that_blocks_its_thread_is_ended_at_the_time_limit() {
    let output = misbehave("block");
    assert_eq!(output.state(), State::Unknown);
    assert_eq!(output.stdout, "MISBEHAVING is UNKNOWN: time limit passed while misbehaving\n");
}

#[test]
fn a_report_without_findings_is_unknown() {
    let output = misbehave("find-nothing");
    assert_eq!(output.stdout, "MISBEHAVING is UNKNOWN: nothing could be judged\n");
    assert_eq!(output.state(), State::Unknown);
}

#[test]
fn a_well_behaved_check_is_ok() {
    assert_eq!(misbehave("fine").state(), State::Ok);
}
