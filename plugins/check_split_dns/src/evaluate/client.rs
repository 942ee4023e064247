//! How a client fares with a name at its servers (glibc 2.36, measured).

use std::time::Duration;

use common::dns::{Failure, FailureKind, Rcode, Reading};

use super::look;
use super::verdict::Judged;

/// What a client does with what a server says to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It takes the answer, right or wrong.
    Answered,
    /// It goes on to the next server at once.
    PassedOver,
    /// It waits, and then goes on.
    Waits,
    /// It waits for one family, and takes the answer for the other.
    AnsweredLate,
}

impl Fate {
    /// A client asks for both families at once, and takes what comes of either; it waits for both. None when we did not
    /// ask.
    pub(super) fn of(name: &Judged, patience: Duration) -> Option<Self> {
        let said: Vec<_> = name.said(patience).collect();
        if said.iter().any(|said| matches!(said, Reading::OwnSide(_))) || said.is_empty() {
            None
        } else if said.iter().filter_map(look::failure).any(|failure| stalls(failure.kind)) {
            let is_found = said.iter().any(|said| matches!(said, Reading::Found(_)));
            Some(if is_found { Self::AnsweredLate } else { Self::Waits })
        } else if said.iter().any(|said| look::has_answered(said) || look::failure(said).is_some_and(ends)) {
            Some(Self::Answered)
        } else {
            Some(Self::PassedOver)
        }
    }
}

/// Whether a client waits for its time limit: it passes over nonsense as if nothing had come.
pub(super) fn stalls(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Silent | FailureKind::NotUnderstood)
}

fn ends(failure: &Failure) -> bool {
    end_of_search(failure.kind).is_some()
}

/// The response code that a client takes for the end of the search: all but SERVFAIL, NOTIMP and REFUSED.
pub(super) fn end_of_search(kind: FailureKind) -> Option<Rcode> {
    match kind {
        FailureKind::Other(rcode) if rcode != Rcode::NOTIMP => Some(rcode),
        _ => None,
    }
}

/// How long glibc waits for the server at this place in its first round (`send_dg` in `resolv/res_send.c`: the time
/// limit doubles from server to server, and is shared among them from the second on).
pub(super) fn wait(place: usize, servers: usize, timeout: Duration) -> Duration {
    let seconds = timeout.as_secs().saturating_mul(1 << place.min(8));
    let share = if place == 0 { 1 } else { u64::try_from(servers).unwrap_or(u64::MAX).max(1) };
    Duration::from_secs((seconds / share).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured: three servers that are silent, two rounds of 5 + 3 + 6 s, 28 s in all.
    #[test]
    fn the_wait_is_that_of_glibc() {
        let five = Duration::from_secs(5);
        assert_eq!([0, 1, 2].map(|place| wait(place, 3, five).as_secs()), [5, 3, 6]);
        assert_eq!([0, 1].map(|place| wait(place, 2, five).as_secs()), [5, 5]);
        assert_eq!([0, 1, 2].map(|place| wait(place, 3, Duration::from_secs(1)).as_secs()), [1, 1, 1]);
    }
}
