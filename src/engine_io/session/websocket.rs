//! The session's WebSocket: on trial beside polling, then its only carrier.
//!
//! ```text
//! client    2probe            5
//!             │               │
//! server      3probe          │ a held GET gets `6`, what waited goes over the WebSocket
//!             a held GET gets `6`, so that the client may stop polling
//! ```

use std::time::Duration;

use super::super::handshake::Refusal;
use super::super::packet::Packet;
use super::polling::NOOP_INTERVAL;
use super::{Carrier, Inbox, Output, Owed, Reason, Session, Slip, text};
use crate::frame::Frame;
use crate::planted::planted;

impl Session {
    /// Gives the next frame for the WebSocket, when that has room for one.
    ///
    /// ```
    /// # use wire42::{engine_io::{Config, Session}, frame::{Frame, Parcel}, now::Now};
    /// # let mut session = Session::websocket("Kx", Config::default(), Now::default());
    /// # session.poll_transmit();
    /// let text = Frame::Text(r#"451-["photo",{"_placeholder":true,"num":0}]"#.to_owned());
    /// session.send(Parcel::from_iter([text, Frame::Binary(vec![0x89, 0x50])]));
    /// assert!(matches!(session.poll_transmit().expect("the text").frame(), Frame::Text(_)));
    /// assert_eq!(session.poll_transmit().expect("and its attachment").frame().bytes(), [0x89, 0x50]);
    /// ```
    pub fn poll_transmit(&mut self) -> Option<Slip> {
        let pauses = self.is_open() && self.now < self.pauses_until;
        match self.carrier {
            Carrier::Polling => None,
            Carrier::Probing { .. } | Carrier::WebSocket if self.owed_probes > 0 => {
                self.owed_probes -= 1;
                Some(Slip::from(text(if planted("probe-echo-plain") { "3" } else { "3probe" }.to_owned())))
            }
            Carrier::Probing { .. } => None,
            Carrier::WebSocket if pauses => None,
            Carrier::WebSocket => {
                let (slip, kind) = self.outbox.pop_frame()?;
                if kind == Owed::Apart {
                    self.pauses_until = self.now + PAUSE;
                }
                Some(slip)
            }
        }
    }

    /// Engine.IO v4, WebSocket: there is one for a session; a second is closed and the first unharmed.
    ///
    /// Ours: also when the session was born on a WebSocket. The reference lets the second take that one over.
    pub(super) fn open_websocket(&mut self) -> Result<(), Refusal> {
        match self.carrier {
            // The one before it was given up just now, and the caller does not know it yet.
            Carrier::Polling if self.decided.contains(&Output::CloseWebSocket) => Err(Refusal::BadRequest),
            Carrier::Polling => {
                let patience =
                    self.config.upgrade_timeout * if planted("no-upgrade-timeout") { 1_000 } else { 1 };
                let by = self.now + patience;
                self.carrier = Carrier::Probing { by, noop_at: None };
                Ok(())
            }
            Carrier::WebSocket if planted("second-ws-steals") => Ok(()),
            Carrier::Probing { .. } | Carrier::WebSocket => Err(Refusal::BadRequest),
        }
    }

    pub(super) fn receive_text(&mut self, text: &str) {
        match self.carrier {
            // Nothing can come from a WebSocket that was given up.
            Carrier::Polling => {}
            Carrier::Probing { .. } => match Packet::decode(text) {
                Ok(Packet::Ping("probe")) => self.answer_probe(),
                // Reference: also without a probe before it.
                Ok(Packet::Upgrade) => self.switch(),
                _ if planted("bad-probe-kept") => {}
                _ => self.abandon_probe(),
            },
            Carrier::WebSocket => match Packet::decode(text) {
                Ok(packet) => {
                    if let Some(message) = self.receive(packet) {
                        self.inbox = Inbox::Message(message);
                    }
                }
                Err(_) if planted("bad-packet-ignored") => {}
                Err(_) => self.fail(Reason::ParseError),
            },
        }
    }

    pub(super) fn receive_binary(&mut self, bytes: &[u8]) {
        match self.carrier {
            Carrier::Polling => {}
            Carrier::Probing { .. } => self.abandon_probe(),
            Carrier::WebSocket => self.inbox = Inbox::Message(Frame::Binary(bytes.to_vec())),
        }
    }

    pub(super) fn lose_websocket(&mut self) {
        match self.carrier {
            Carrier::Polling => {}
            Carrier::Probing { .. } if planted("timer-not-cancelled-on-close") => {}
            Carrier::Probing { .. } => {
                self.carrier = Carrier::Polling;
                self.owed_probes = 0;
            }
            Carrier::WebSocket => self.end(Reason::TransportClose),
        }
    }

    /// Closes the WebSocket on trial; polling goes on as if it had never been.
    pub(super) fn abandon_probe(&mut self) {
        self.carrier = Carrier::Polling;
        self.owed_probes = 0;
        self.decided.push_back(Output::CloseWebSocket);
    }

    fn answer_probe(&mut self) {
        let now = self.now;
        let Carrier::Probing { noop_at, .. } = &mut self.carrier else { return };
        if !planted("no-noop") {
            noop_at.get_or_insert(if planted("noop-after-100ms") { now + NOOP_INTERVAL } else { now });
        }
        match self.owed_probes.checked_add(1) {
            Some(sum) => self.owed_probes = sum,
            // It probes and probes and reads no answer.
            None => self.abandon_probe(),
        }
    }

    /// Engine.IO v4, Upgrade: from `5` on the WebSocket carries all, what waited for the next GET first.
    fn switch(&mut self) {
        self.carrier = Carrier::WebSocket;
        self.spoil_switch();
        if std::mem::take(&mut self.holds_get) {
            self.decided.push_back(Output::Answer("6".to_owned()));
        }
    }

    /// Bugs that an upgrade may have; none but those that are planted.
    fn spoil_switch(&mut self) {
        if planted("upgrade-drops-buffer") {
            self.outbox.clear();
        }
        if planted("noop-to-websocket") {
            self.outbox.push(text("6".to_owned()), Owed::Own);
        }
        if planted("ping-on-both-transports") {
            self.outbox.push(text("2".to_owned()), Owed::Own);
        }
        if planted("upgrade-ends-the-heartbeat") {
            let interval = self.config.ping_interval * 1_000;
            self.heartbeat.pong(self.now, interval, self.config.ping_timeout);
        }
    }
}

/// Ours: a client may begin to listen for the next message only when it has seen this one, as the public Socket.IO suite
/// does behind its CONNECT; what arrives in the same segment is lost to it. The reference never notices, because it writes
/// one message a turn of its event loop.
const PAUSE: Duration = Duration::from_millis(5);
