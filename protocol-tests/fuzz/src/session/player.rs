//! A client of the core, and what a driver knows of it.

use std::time::Duration;

use wire42::engine_io::{Input, Reason, Refusal};
use wire42::hub::{Guest, Output, Seat};
use wire42::now::Now;

use super::ear::Ear;

/// A guest, and what must be true of it.
pub(super) struct Player {
    guest: Guest,
    ear: Ear,
    websocket: WebSocket,
    holds_get: bool,
    is_closed: bool,
    /// The bytes that may wait for it.
    bound: usize,
}

/// What there is to carry frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WebSocket {
    None,
    Open,
    /// The server closed it, behind all that waited.
    Closed,
    /// The client closed it; what waited is lost with it.
    Lost,
}

impl Player {
    pub(super) fn new(guest: Guest, ear: Ear, websocket: WebSocket, bound: usize) -> Self {
        Self { guest, ear, websocket, holds_get: false, is_closed: false, bound }
    }

    pub(super) fn input(&mut self, input: Input<'_>, now: Now) {
        let (was_closed, is_get, held) = (self.is_closed, matches!(input, Input::Get), self.holds_get);
        let opens = matches!(input, Input::WebSocketOpened);
        let hangs_up = matches!(input, Input::GetAborted);
        let loses = matches!(input, Input::WebSocketClosed);
        let result = self.guest.handle_input(input, now);
        assert!(!was_closed || result == Err(Refusal::UnknownSession), "{result:?} of a closed session");
        assert!(!(is_get && held && result.is_ok()), "two GETs cannot be held");
        self.holds_get |= is_get && result.is_ok();
        self.holds_get &= !hangs_up;
        if opens && result.is_ok() {
            self.websocket = WebSocket::Open;
        } else if loses {
            self.websocket = WebSocket::Lost;
        }
        self.carry_out(now);
    }

    pub(super) fn hear(&mut self, now: Now) {
        self.guest.handle_broadcasts(now);
        self.carry_out(now);
    }

    /// Does what is due; then nothing is.
    pub(super) fn wake(&mut self, now: Now) {
        // What is due may be read only now from a body, whose rest is read in turns.
        for _ in 0..2 {
            self.guest.handle_timeout(now);
            self.carry_out(now);
        }
        assert!(self.due().is_none_or(|due| due > now.mono), "{:?} is due at {:?}", self.due(), now.mono);
    }

    pub(super) fn take(&mut self, frames: usize, now: Now) {
        if self.websocket == WebSocket::Open {
            self.transmit(frames);
            self.carry_out(now);
        }
    }

    pub(super) fn close(&mut self, reason: Reason, now: Now) {
        self.guest.close(reason, now);
        self.carry_out(now);
    }

    pub(super) fn due(&self) -> Option<Duration> {
        self.guest.poll_timeout()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Says whether both are in the room that the other joined first.
    pub(super) fn shares_a_room(&self, other: &Player) -> bool {
        let first = other.guest.seats().first().map(Seat::room);
        first.is_some_and(|room| self.guest.seats().iter().any(|seat| seat.room() == room))
    }

    pub(super) fn ear(&self) -> &Ear {
        &self.ear
    }

    fn carry_out(&mut self, now: Now) {
        loop {
            while let Some(output) = self.guest.poll_output() {
                self.obey(output);
            }
            if !self.guest.is_busy() {
                break;
            }
            self.guest.handle_rest(now);
        }
        if self.is_closed {
            assert_eq!(self.due(), None, "nothing is due to who is gone");
        } else if self.websocket != WebSocket::Open {
            assert_eq!(self.guest.poll_transmit(), None, "there is no WebSocket to carry it");
        }
    }

    fn obey(&mut self, output: Output) {
        assert!(!self.is_closed, "behind Closed comes {output:?}");
        match output {
            Output::Answer(body) => {
                assert!(std::mem::take(&mut self.holds_get), "no GET is held for {body:?}");
                self.ear.body(&body);
            }
            Output::CloseWebSocket => {
                let waited = self.transmit(usize::MAX);
                assert!(waited <= self.bound, "{waited} bytes waited");
                self.websocket = WebSocket::Closed;
            }
            Output::Closed(_) => {
                self.is_closed = true;
                assert_ne!(self.websocket, WebSocket::Open, "it is left open");
                if self.websocket != WebSocket::Lost {
                    let frame = self.guest.poll_transmit();
                    assert_eq!(frame, None, "there is no WebSocket any more to carry it");
                }
            }
        }
    }

    /// Takes so many frames, and says what they cost.
    fn transmit(&mut self, frames: usize) -> usize {
        let mut cost = 0;
        for _ in 0..frames {
            let Some(slip) = self.guest.poll_transmit() else { break };
            self.ear.frame(slip.frame());
            cost += slip.frame().len() + FRAME_OVERHEAD;
        }
        cost
    }
}

/// As the outbox counts.
const FRAME_OVERHEAD: usize = 128;
