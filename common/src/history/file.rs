//! The file with the history of one check.

use nix::unistd::geteuid;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use super::directory::Directory;
use super::{LONGEST, Obstacle, SHORTEST, is_too_soon};

/// The version of the envelope. A newer one is refused.
const VERSION: u64 = 1;

/// A history file that only its user can read, write or put there.
#[derive(Debug)]
pub(super) struct HistoryFile {
    directory: Directory,
    /// The file name without `.json`.
    name: String,
    key: String,
    /// The time of writing of the content that was read, in seconds since 1970.
    pub(super) at: Option<f64>,
    /// The content that was read; empty if there was none.
    text: Vec<u8>,
}

/// The content of the file of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stored<T> {
    /// There is no file yet.
    First,
    /// The data that the last run wrote.
    Known(T),
    /// There is a file, but it cannot be used.
    Refused(Obstacle),
}

/// The outcome of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The file was written, and the next run reads it.
    Yes,
    /// The file is less than [`SHORTEST`] older than this run, or a later run has written it meanwhile. It stays.
    TooSoon,
    /// Another run is writing, and its data are just as good.
    Busy,
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Deserialize, Serialize)]
struct Envelope<Key, Data> {
    version: u64,
    key: Key,
    /// The time of writing, in seconds since 1970.
    at: f64,
    data: Data,
}

impl HistoryFile {
    pub(super) fn new(directory: Directory, plugin: &str, key: &str) -> Self {
        // A trial run as another user must not take the file away from the monitoring user.
        let hash = fnv1a(&format!("{} {key}", geteuid()));
        Self { directory, name: format!("{plugin}-{hash:016x}"), key: key.to_owned(), at: None, text: Vec::new() }
    }

    pub(super) fn read<T: DeserializeOwned>(&mut self) -> Stored<T> {
        let name = format!("{}.json", self.name);
        let text = match self.directory.read(&name) {
            Ok(Some(text)) => text,
            Ok(None) => return Stored::First,
            Err(obstacle) => return Stored::Refused(obstacle),
        };
        let stored = match unpack(&text, &self.key) {
            Ok((at, data)) => {
                self.at = Some(at);
                Stored::Known(data)
            }
            Err(what) => Stored::Refused(self.directory.of_file(&name, what)),
        };
        self.text = text;
        stored
    }

    /// Replaces the file with `data`, completely or not at all. Waits at most 0.1 s for another run.
    pub(super) fn write<T: Serialize>(&self, data: &T, now: f64) -> Result<Written, Obstacle> {
        if is_too_soon(self.at, now) {
            return Ok(Written::TooSoon);
        }
        let name = format!("{}.json", self.name);
        let envelope = Envelope { version: VERSION, key: &self.key, at: now, data };
        let text = serde_json::to_vec(&envelope)
            .map_err(|error| self.directory.of_file(&name, &format!("cannot be written: {error}")))?;
        if text.len() as u64 > LONGEST {
            let remedy = "check fewer targets in one service";
            return Err(Obstacle { remedy: remedy.to_owned(), ..self.directory.of_file(&name, "would exceed 1 MiB") });
        }
        let Some(_lock) = self.directory.lock(&format!("{}.lock", self.name))? else { return Ok(Written::Busy) };
        if self.is_overtaken(&name, now) {
            return Ok(Written::TooSoon);
        }
        self.directory.replace(&name, &format!("{}.tmp", self.name), &text).map(|()| Written::Yes)
    }

    /// Whether another run has replaced the content that was read, with an observation that is newer than `now` or less
    /// than [`SHORTEST`] older. Content that was read may itself lie in the future: the clock was set back, and it is
    /// replaced.
    fn is_overtaken(&self, name: &str, now: f64) -> bool {
        // Usually the content is unchanged, and comparing costs less than parsing.
        let text = self.directory.read(name).ok().flatten().filter(|text| *text != self.text);
        let at = text.and_then(|text| unpack::<IgnoredAny>(&text, &self.key).ok()).map(|(at, _)| at);
        at != self.at && at.is_some_and(|at| now - at < SHORTEST)
    }

    #[cfg(test)]
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

fn unpack<T: DeserializeOwned>(text: &[u8], key: &str) -> Result<(f64, T), &'static str> {
    const CORRUPT: &str = "is corrupt";
    let Version { version } = serde_json::from_slice(text).map_err(|_| CORRUPT)?;
    if version > VERSION {
        return Err("was written by a newer version");
    }
    let found = serde_json::from_slice::<Envelope<String, serde_json::Value>>(text).map_err(|_| CORRUPT)?;
    if found.key != key {
        return Err("belongs to another check");
    }
    serde_json::from_value(found.data).map(|data| (found.at, data)).map_err(|_| CORRUPT)
}

/// The 64-bit FNV-1a hash. It is the same in every build. The key in the file exposes a collision.
pub(super) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
