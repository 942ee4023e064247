//! The lab that stays up between commands, and the record that finds it again.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use crate::paths;
use crate::sandbox::Sandbox;

/// A process, told apart from a later one that got the same number.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    pid: i32,
    /// In clock ticks since the machine started (proc(5), starttime).
    started: u64,
}

/// Nothing, unless such a lab runs.
///
/// # Errors
/// One does.
pub fn refuse_second() -> Result<()> {
    match read() {
        Some(_) => bail!("a lab is up already; `cargo lab down` ends it"),
        None => Ok(()),
    }
}

pub(crate) fn attach() -> Result<Sandbox> {
    match read() {
        Some(record) => Ok(Sandbox::attach(record.pid)),
        None => bail!("no lab is up; `cargo lab up` starts one"),
    }
}

pub(crate) fn keep(sandbox: Sandbox) -> Result<()> {
    refuse_second()?;
    let pid = sandbox.pid();
    let record = Record { pid, started: started(pid).context("the sandbox is gone")? };
    fs::create_dir_all(paths::state())?;
    fs::write(file(), serde_json::to_string(&record)?)?;
    sandbox.keep()
}

/// Ends the lab that is up.
///
/// # Errors
/// There is none, or it does not end.
pub fn down() -> Result<()> {
    attach()?.end()?;
    fs::remove_file(file()).context("cannot remove the lab's record")
}

fn file() -> PathBuf {
    paths::state().join("up.json")
}

/// The record, if the process that it names is still the same.
fn read() -> Option<Record> {
    let record: Record = serde_json::from_str(&fs::read_to_string(file()).ok()?).ok()?;
    (started(record.pid)? == record.started).then_some(record)
}

fn started(pid: i32) -> Option<u64> {
    start_time(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The 22nd field; the second, in brackets, may contain anything.
fn start_time(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_in_the_name_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4711 9 10";
        assert_eq!(start_time(stat), Some(4711));
    }

    #[test]
    fn this_process_has_a_start_time() {
        assert!(started(std::process::id().try_into().unwrap()).is_some());
    }
}
