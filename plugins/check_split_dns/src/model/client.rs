//! The clients' resolver and its servers (glibc 2.36, measured).

use std::time::Duration;

use common::dns::{Failure, FailureKind, Rcode, Reading};

use super::reading::{failure, is_answered, own_side};

/// A client's reaction to a server's answers for a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It takes the answer, right or wrong.
    Answered,
    /// It asks the next server at once.
    PassedOver,
    /// It waits, and then asks the next server.
    Waits,
    /// It waits for one family, and takes the answer for the other.
    AnsweredLate,
}

impl Fate {
    /// A client asks for both families at once, waits for both, and takes what it gets for either. `None` if the server
    /// was not asked.
    pub(crate) fn of<'a>(readings: impl IntoIterator<Item = &'a Reading<'a>>) -> Option<Self> {
        let readings: Vec<_> = readings.into_iter().collect();
        let has = |is_such: &dyn Fn(&Reading) -> bool| readings.iter().any(|reading| is_such(reading));
        if readings.is_empty() || has(&|reading| own_side(reading).is_some()) {
            None
        } else if has(&|reading| failure(reading).is_some_and(|failure| stalls(failure.kind))) {
            let is_found = has(&|reading| matches!(reading, Reading::Found(_)));
            Some(if is_found { Self::AnsweredLate } else { Self::Waits })
        } else if has(&|reading| is_answered(reading) || failure(reading).is_some_and(ends)) {
            Some(Self::Answered)
        } else {
            Some(Self::PassedOver)
        }
    }

    /// Whether a client gets an answer from the server, at once or late.
    pub(crate) fn is_answer(self) -> bool {
        matches!(self, Self::Answered | Self::AnsweredLate)
    }
}

/// Whether a client waits for its time limit: it ignores an answer that it does not understand.
pub(crate) fn stalls(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Silent | FailureKind::NotUnderstood)
}

fn ends(failure: &Failure) -> bool {
    end_of_search(failure.kind).is_some()
}

/// The response code that ends a client's search: any but SERVFAIL, NOTIMP and REFUSED.
pub(crate) fn end_of_search(kind: FailureKind) -> Option<Rcode> {
    match kind {
        FailureKind::Other(rcode) if rcode != Rcode::NOTIMP => Some(rcode),
        _ => None,
    }
}

/// How long glibc waits for the server at this position in its first round (`send_dg` in `resolv/res_send.c`: the time
/// limit doubles from server to server, and is shared among them from the second on).
pub(crate) fn wait(position: usize, servers: usize, timeout: Duration) -> Duration {
    let seconds = timeout.as_secs().saturating_mul(1 << position.min(8));
    let share = if position == 0 { 1 } else { u64::try_from(servers).unwrap_or(u64::MAX).max(1) };
    Duration::from_secs((seconds / share).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured: three servers that are silent, two rounds of 5 + 3 + 6 s, 28 s in all.
    #[test]
    fn the_wait_is_that_of_glibc() {
        let five = Duration::from_secs(5);
        assert_eq!([0, 1, 2].map(|position| wait(position, 3, five).as_secs()), [5, 3, 6]);
        assert_eq!([0, 1].map(|position| wait(position, 2, five).as_secs()), [5, 5]);
        assert_eq!([0, 1, 2].map(|position| wait(position, 3, Duration::from_secs(1)).as_secs()), [1, 1, 1]);
    }
}
