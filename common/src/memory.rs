//! The memory of this process.

use std::fs;

/// A run that needs more memory than this, in bytes, is ended: a server makes it grow.
pub(crate) const LIMIT: u64 = 256 << 20;

/// Whether this process has ever needed more memory than [`LIMIT`]; `false` where `/proc` is missing.
///
/// `getrusage` does not tell: its peak includes the process that started this one, which may be a large Icinga.
pub(crate) fn is_exceeded() -> bool {
    fs::read_to_string("/proc/self/status").ok().as_deref().and_then(peak).is_some_and(|peak| peak > LIMIT)
}

/// The peak of the resident memory, in bytes (`VmHWM` of proc(5), in KiB).
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_that_of_proc() {
        for (status, bytes) in [
            ("Name:\tcheck\nVmPeak:\t  9 kB\nVmHWM:\t   13668 kB\nVmRSS:\t 1 kB\n", Some(13_996_032)),
            ("VmHWM:\t18446744073709551615 kB\n", None),
            ("VmHWM:\t 13668\n", None),
            ("", None),
        ] {
            assert_eq!(peak(status), bytes, "{status}");
        }
        assert!(!is_exceeded());
    }
}
