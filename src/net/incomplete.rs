//! What all clients together have sent of what is not complete: bodies of POSTs, WebSocket messages, packets whose
//! attachments are still to come.
//!
//! ```text
//!            --max-incomplete
//! ├───────────────┬──────┬───┬────────────────────────────┤
//!  a body          a      a   room; who finds none is refused, and the others go on
//!                  message packet
//! ```
//!
//! Each of them is bounded by itself, and would be kept for as long as its deadline lets it; but the sum over thousands of
//! clients is what a process ends of.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::meter::{self, Count};
use crate::planted::planted;

/// The sum, and its bound.
pub(super) struct Incomplete {
    max: usize,
    held: AtomicUsize,
}

/// What one of them takes of it, until it is dropped.
pub(super) struct Portion {
    of: Arc<Incomplete>,
    bytes: usize,
}

impl Incomplete {
    pub(super) fn new(max: usize) -> Self {
        Self { max, held: AtomicUsize::new(0) }
    }

    /// Begins with nothing.
    pub(super) fn portion(self: &Arc<Self>) -> Portion {
        Portion { of: self.clone(), bytes: 0 }
    }
}

impl Portion {
    /// Takes so many bytes in place of what it took before; says whether there is room for them. A few are not counted.
    pub(super) fn hold(&mut self, bytes: usize) -> bool {
        let bytes = if bytes <= UNCOUNTED { 0 } else { bytes };
        if bytes <= self.bytes {
            self.give_back(self.bytes - bytes);
            return true;
        }
        let more = bytes - self.bytes;
        self.bytes = bytes;
        meter::add(Count::Incomplete, more as u64);
        let held = self.of.held.fetch_add(more, Ordering::Relaxed) + more;
        if held <= self.of.max || planted("incomplete-without-bound") {
            return true;
        }
        self.give_back(more);
        false
    }

    fn give_back(&mut self, bytes: usize) {
        // Nearly always it is nothing, and then no other core is disturbed.
        if bytes > 0 {
            meter::take_away(Count::Incomplete, bytes as u64);
            self.of.held.fetch_sub(bytes, Ordering::Relaxed);
            self.bytes -= bytes;
        }
    }
}

impl Drop for Portion {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

/// An ordinary message is never counted, and never refused. A client may have three such halves: a body, a message, a packet.
pub const UNCOUNTED: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_room_is_refused_and_the_others_keep_theirs() {
        let incomplete = Arc::new(Incomplete::new(100_000));
        let (mut first, mut second) = (incomplete.portion(), incomplete.portion());
        assert!(first.hold(60_000));
        assert!(second.hold(40_000));
        assert!(!second.hold(40_001));
        assert!(first.hold(20_000));
        assert!(second.hold(80_000));
        drop(second);
        assert!(first.hold(100_000));
    }

    #[test]
    fn a_few_bytes_are_free() {
        let incomplete = Arc::new(Incomplete::new(0));
        let mut portion = incomplete.portion();
        assert!(portion.hold(UNCOUNTED));
        assert!(!portion.hold(UNCOUNTED + 1));
        assert!(portion.hold(UNCOUNTED));
        assert_eq!(incomplete.held.load(Ordering::Relaxed), 0);
    }
}
