//! The output and the end of a plugin.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use crate::oracle::{PerfdataValue, State, parse_check_output, split_perfdata};

/// The output of a plugin that has ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code, unless a signal ended the plugin.
    pub code: Option<i32>,
    /// The signal that ended the plugin.
    pub signal: Option<i32>,
    /// Whether the kernel wrote its memory to a core dump.
    pub core_dumped: bool,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error, which Icinga would show before the standard output.
    pub stderr: String,
    /// Its running time.
    pub elapsed: Duration,
    /// The most resident memory, measured until some milliseconds before its end. `None` if it ended before the first
    /// measurement.
    pub peak_rss_bytes: Option<u64>,
}

impl Output {
    pub(super) fn new(
        status: ExitStatus,
        stdout: String,
        stderr: String,
        elapsed: Duration,
        peak_rss_bytes: Option<u64>,
    ) -> Self {
        let (code, signal, core_dumped) = (status.code(), status.signal(), status.core_dumped());
        Self { code, signal, core_dumped, stdout, stderr, elapsed, peak_rss_bytes }
    }

    /// The state. Panics if a signal ended the plugin, or if its exit code is not 0, 1, 2 or 3.
    #[track_caller]
    pub fn state(&self) -> State {
        self.code.and_then(State::from_code).unwrap_or_else(|| panic!("no state: {self:?}"))
    }

    /// The first line of the text, without the performance data and the blank before them.
    pub fn first_line(&self) -> String {
        self.text().lines().next().unwrap_or_default().trim_end().to_owned()
    }

    /// The text without the performance data, as Icinga splits it.
    pub fn text(&self) -> String {
        parse_check_output(&self.stdout).0
    }

    /// The performance data. Panics if Icinga would reject an item.
    #[track_caller]
    pub fn perfdata(&self) -> Vec<PerfdataValue> {
        let (_, perfdata) = parse_check_output(&self.stdout);
        let parse = |item: &String| PerfdataValue::parse(item).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        split_perfdata(&perfdata).iter().map(parse).collect()
    }
}

/// Asserts the state of an output, a part of its first line, and an empty standard error.
///
/// # Panics
/// One of them differs.
#[track_caller]
pub fn assert_says(output: &Output, state: State, said: &str) {
    assert!(output.first_line().contains(said), "{said:?} not in {output:?}");
    assert_eq!(output.state(), state, "{output:?}");
    assert_eq!(output.stderr, "");
}
