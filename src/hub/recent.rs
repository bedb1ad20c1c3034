//! The latest events of a room whose events do not stand for one another, for those who were away for a moment.
//!
//! ```text
//! lost      │ kept                                   John was last told 4, Mary 6
//!  1  2  3  │ 4:all  5:only Mary  6:all  7:but John
//!                                                    John: 6      Mary: 7
//! ```
//!
//! Bounds on their number and their bytes decide what is kept. A socket that was told of none of the lost ones misses none of
//! them, however long it was quiet. (Reference: there a position that is no longer kept is unknown, so a quiet socket cannot be
//! recovered once others have said enough, or some minutes have passed.)

use std::collections::{HashMap, VecDeque};

use super::delivery::{Audience, Delivery};
use crate::app::SocketId;
use crate::planted::planted;
use crate::store::Position;

/// What was said lately.
#[derive(Debug, Default)]
pub(super) struct Recent {
    deliveries: VecDeque<Delivery>,
    bytes: usize,
    lost: Lost,
}

/// Up to which positions events are no longer kept.
#[derive(Debug, Default)]
struct Lost {
    /// The last one that was for everyone, or for everyone but one.
    latest: Position,
    /// Whom that one was not for, and the last one before it that was for that socket, too.
    except: Option<(SocketId, Position)>,
    /// The last one that was for some, by socket.
    only: HashMap<SocketId, Position>,
}

impl Recent {
    /// Adds an event, and lets the oldest go while there are too many.
    pub(super) fn push(&mut self, delivery: Delivery) {
        self.bytes += delivery.parcel.cost();
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.deliveries.pop_front() else { break };
            self.bytes -= oldest.parcel.cost();
            self.lost.add(oldest);
        }
    }

    /// Forgets what it knows about a socket that does not come back.
    pub(super) fn forget(&mut self, socket: &SocketId) {
        self.lost.only.remove(socket);
    }

    /// Gives what this socket missed that was last told the event at this position; none if not all of it is kept.
    pub(super) fn since(&self, position: Position, socket: &SocketId) -> Option<Vec<Delivery>> {
        if self.lost.up_to(socket) > position && !planted("recovered-in-part") {
            return None;
        }
        let position = match position {
            position if planted("recovery-skips-one") => position + 1,
            position if planted("recovery-replays-again") => position.saturating_sub(1),
            position => position,
        };
        let is_for = |audience: &Audience| audience.includes(socket) || planted("replayed-to-everyone");
        let missed = self.deliveries.iter().filter(|delivery| delivery.position > position);
        Some(missed.filter(|delivery| is_for(&delivery.audience)).cloned().collect())
    }
}

impl Lost {
    fn add(&mut self, delivery: Delivery) {
        match delivery.audience {
            _ if planted("quiet-is-lost") => (self.latest, self.except) = (delivery.position, None),
            Audience::All => (self.latest, self.except) = (delivery.position, None),
            Audience::AllBut(one) => {
                let before = match &self.except {
                    Some((other, before)) if *other == one => *before,
                    _ => self.latest,
                };
                (self.latest, self.except) = (delivery.position, Some((one, before)));
            }
            Audience::Only(some) => {
                for socket in some.iter() {
                    self.only.insert(socket.clone(), delivery.position);
                }
            }
        }
    }

    fn up_to(&self, socket: &SocketId) -> Position {
        let of_all = match &self.except {
            Some((one, before)) if one == socket => *before,
            _ => self.latest,
        };
        of_all.max(self.only.get(socket).copied().unwrap_or_default())
    }
}

/// Events that a room keeps for those who are away: a minute of a hundred a second, and some.
const MAX_EVENTS: usize = 8_192;

/// Bytes of them: half of what may wait for one client by default, so that who comes back is not let go for it.
const MAX_BYTES: usize = 2 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frame::{Frame, Parcel};

    fn delivery(position: Position, audience: Audience, size: usize) -> Delivery {
        Delivery { position, parcel: Parcel::from(Frame::Text("x".repeat(size))), audience }
    }

    fn socket(number: u8) -> SocketId {
        SocketId::from(format!("socket{number}").as_str())
    }

    fn positions(recent: &Recent, since: Position, number: u8) -> Option<Vec<Position>> {
        let missed = recent.since(since, &socket(number))?;
        Some(missed.iter().map(|delivery| delivery.position).collect())
    }

    #[test]
    fn a_socket_gets_what_was_for_it() {
        let mut recent = Recent::default();
        recent.push(delivery(1, Audience::All, 1));
        recent.push(delivery(2, Audience::Only([socket(1)].into()), 1));
        recent.push(delivery(3, Audience::AllBut(socket(0)), 1));
        assert_eq!(positions(&recent, 0, 0), Some(vec![1]));
        assert_eq!(positions(&recent, 1, 1), Some(vec![2, 3]));
        assert_eq!(positions(&recent, 3, 1), Some(vec![]));
    }

    #[test]
    fn who_was_quiet_while_others_talked_misses_nothing() {
        let mut recent = Recent::default();
        for position in 1..=3 {
            recent.push(delivery(position, Audience::Only([socket(1)].into()), MAX_BYTES));
        }
        assert_eq!(positions(&recent, 0, 0), Some(vec![]));
        assert_eq!(positions(&recent, 0, 1), None);
    }

    fn audience() -> impl Strategy<Value = Audience> {
        prop_oneof![
            Just(Audience::All),
            (0u8..3).prop_map(|number| Audience::AllBut(socket(number))),
            (0u8..3).prop_map(|number| Audience::Only([socket(number)].into())),
        ]
    }

    proptest! {
        /// Against a list that forgets nothing.
        #[test]
        fn it_gives_all_that_was_missed_or_says_that_it_cannot(
            said in prop::collection::vec((audience(), 1..=MAX_BYTES / 3), 0..12),
            since in 0u64..12,
        ) {
            let mut recent = Recent::default();
            for (position, (audience, size)) in (1..).zip(&said) {
                recent.push(delivery(position, audience.clone(), *size));
            }
            let kept = recent.deliveries.front().map_or(u64::MAX, |delivery| delivery.position);
            for number in 0..3 {
                let missed: Vec<Position> = (1..)
                    .zip(&said)
                    .filter(|(position, (audience, _))| *position > since && audience.includes(&socket(number)))
                    .map(|(position, _)| position)
                    .collect();
                let is_whole = missed.first().is_none_or(|first| *first >= kept);
                prop_assert_eq!(positions(&recent, since, number), is_whole.then_some(missed));
            }
        }
    }
}
