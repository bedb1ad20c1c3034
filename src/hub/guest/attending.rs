//! What a client's packets cause in its rooms.
//!
//! ```text
//!                       ┌─ seat ──> room
//! 42 ──> within rate? ──┤
//!                       └─ still asking: held until it is let in, or turned away
//! ```

use super::super::NoEntry;
use super::super::asking::Sent;
use super::super::seat::Seat;
use super::super::throttle::Verdict;
use super::Guest;
use crate::engine_io::Reason;
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::{Happening, Namespace};

impl Guest {
    pub(super) fn attend(&mut self, happening: Happening, now: Now) {
        let verdict = self.judge(&happening, now);
        match happening {
            Happening::Joining { namespace, .. } if verdict != Verdict::Passed => {
                self.turn_away(&namespace, NoEntry::TooOften);
            }
            Happening::Joining { namespace, auth } => self.join(&namespace, auth, now),
            Happening::Event { namespace, id, args } => {
                let is_over_rate = verdict != Verdict::Passed;
                self.pass(&namespace, Sent { id, args, is_over_rate }, now);
            }
            Happening::Ack { namespace, id, args } => {
                if let Some(seat) = seat_in(&mut self.seats, &namespace) {
                    seat.answer(id, args, &mut self.client, now);
                }
            }
            Happening::Left { namespace, for_good } => self.leave(&namespace, for_good, now),
        }
        if verdict == Verdict::Flooding {
            self.client.close(Reason::Flooding);
        }
    }

    /// Passes an event on to where its client sits, or keeps it while the client still waits to be let in.
    pub(super) fn pass(&mut self, namespace: &Namespace, sent: Sent, now: Now) {
        if let Some(seat) = seat_in(&mut self.seats, namespace) {
            match sent.is_over_rate {
                true => seat.refuse(sent.id, &mut self.client),
                false => seat.event(sent.args, sent.id, &mut self.client, now),
            }
        } else if let Some(asking) = self.asking.iter_mut().find(|asking| asking.namespace() == namespace)
            && !asking.hold(sent)
        {
            self.client.close(Reason::Backlog);
        }
    }

    /// Finds out whether the client's rate still allows this.
    fn judge(&mut self, happening: &Happening, now: Now) -> Verdict {
        let is_message = match happening {
            Happening::Event { .. } => true,
            // It takes few bytes to join, and the answer is everything that was said.
            Happening::Joining { .. } => !planted("joining-is-free"),
            // Nobody else hears of these, and nobody can leave oftener than join.
            Happening::Ack { .. } | Happening::Left { .. } => false,
        };
        let Some(rate) = self.hub.rate().filter(|_| is_message) else { return Verdict::Passed };
        let verdict = self.throttle.judge(rate, now.mono);
        if verdict != Verdict::Passed {
            self.hub.count_throttled();
        }
        verdict
    }
}

/// Finds the seat in a room; one whose socket has come back elsewhere says nothing more in its name.
fn seat_in<'a>(seats: &'a mut [Seat], namespace: &Namespace) -> Option<&'a mut Seat> {
    seats.iter_mut().find(|seat| seat.namespace() == namespace && !seat.is_displaced())
}
