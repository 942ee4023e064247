//! The line `options`.

use std::time::Duration;

use super::ResolvConf;

impl ResolvConf {
    /// Reads options as glibc does (`res_setoptions`): by their prefix, and the last one wins.
    pub(super) fn set(&mut self, options: &str) {
        let mut rest = options;
        while !rest.is_empty() {
            rest = rest.trim_start_matches([' ', '\t']);
            if let Some(seconds) = rest.strip_prefix("timeout:") {
                // glibc turns a smaller number into one second.
                self.timeout = Duration::from_secs(atoi(seconds).clamp(1, 30).into());
            } else if let Some(number) = rest.strip_prefix("attempts:") {
                self.attempts = atoi(number).min(5);
            } else if rest.starts_with("rotate") {
                self.rotate = true;
            }
            rest = rest.trim_start_matches(|c| c != ' ' && c != '\t');
        }
    }
}

/// The number at the start of a text, after any blanks. 0 when there is none or it is negative.
fn atoi(text: &str) -> u32 {
    let number = text.trim_ascii_start();
    let number = number.strip_prefix('+').unwrap_or(number);
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    let (digits, _) = number.split_at(end);
    if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u32::MAX) }
}
