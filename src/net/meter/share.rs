//! What one session adds to the gauges of its thread, until it is dropped.
//!
//! ```text
//!                 new       update           update               drop
//! polling         +1                         -1, upgraded
//! websocket                                  +1                   -1
//! bytes queued              +300             -100                 -200     closed, by its reason
//! ```

use super::{Count, add, count, take_away};
use crate::engine_io::{Reason, Tally, Transport};

/// A session's share.
pub(in crate::net) struct Share {
    /// Bytes that waited when they were counted last.
    queued: usize,
    transport: Transport,
    closed: Option<Reason>,
}

impl Share {
    /// Counts a session that was born on a transport.
    pub(in crate::net) fn new(transport: Transport) -> Self {
        count(match transport {
            Transport::Polling => Count::PollingHandshake,
            Transport::WebSocket => Count::WebSocketHandshake,
        });
        count(gauge(transport));
        Self { queued: 0, transport, closed: None }
    }

    /// Counts the move to another transport; says whether there was one.
    pub(in crate::net) fn move_to(&mut self, transport: Transport) -> bool {
        if transport == self.transport {
            return false;
        }
        count(Count::Upgraded);
        take_away(gauge(self.transport), 1);
        count(gauge(transport));
        self.transport = transport;
        true
    }

    /// Counts what is different now.
    pub(in crate::net) fn update(&mut self, queued: usize, tally: Tally) {
        if queued != self.queued {
            add(Count::Queued, (queued as u64).wrapping_sub(self.queued as u64));
            self.queued = queued;
        }
        if tally.deliveries > 0 {
            add(Count::Delivered, tally.deliveries.into());
        }
        if let Some(took) = tally.round_trip {
            super::round_trip(took);
        }
    }

    /// Keeps why the session closed, for when it is dropped.
    pub(in crate::net) fn close(&mut self, reason: Reason) {
        self.closed = Some(reason);
    }

    pub(in crate::net) fn transport(&self) -> Transport {
        self.transport
    }

    /// Gives what the session's end is counted as.
    pub(in crate::net) fn end(&self) -> Count {
        // Who is dropped without a reason was given up: a bug, and counted as one.
        self.closed.map_or(Count::ClosedByPanic, Count::from)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        take_away(gauge(self.transport), 1);
        take_away(Count::Queued, self.queued as u64);
        count(self.end());
    }
}

fn gauge(transport: Transport) -> Count {
    match transport {
        Transport::Polling => Count::PollingSessions,
        Transport::WebSocket => Count::WebSocketSessions,
    }
}
