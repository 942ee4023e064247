//! The memory that all answers together may take.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What the answers that are being read may hold together, in bytes: the process stays below 64 MiB.
const WHOLE: usize = 40 << 20;

/// What each answer may hold without drawing on the whole, so that a flood from one agent starves no other.
const FREE: usize = 256 << 10;

static LEFT: AtomicUsize = AtomicUsize::new(WHOLE);

/// An answer's part of the whole; given back when it is dropped.
#[derive(Default)]
pub(super) struct Share(usize);

impl Share {
    /// Makes room for an answer of `length` bytes; false when there is none.
    pub(super) fn grow_to(&mut self, length: usize) -> bool {
        let more = length.saturating_sub(FREE).saturating_sub(self.0);
        let take = |left: usize| left.checked_sub(more);
        let taken = LEFT.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok();
        if taken {
            self.0 += more;
        }
        taken
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        LEFT.fetch_add(self.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_shared_and_given_back() {
        let (mut one, mut two, mut small) = (Share::default(), Share::default(), Share::default());
        assert!(one.grow_to(30 << 20));
        assert!(!two.grow_to(30 << 20));
        assert!(two.grow_to(10 << 20));
        assert!(!two.grow_to(11 << 20));
        assert!(small.grow_to(FREE), "a small answer always fits");
        drop(one);
        assert!(two.grow_to(30 << 20));
    }
}
