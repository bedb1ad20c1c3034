//! The session on HTTP long-polling: one GET that waits, one POST that delivers.
//!
//! ```text
//! GET   ── held ─────────────────────> what waits, as one body; or `6`, while a WebSocket is tried
//!            └─ a second GET          400, and the session is over
//! POST  ── head ── body ── judged whole ── packet by packet ──> Message
//!            └─ a second POST         400, and the session is over
//! ```

use std::mem;

use super::super::handshake::Refusal;
use super::super::packet::Packet;
use super::super::payload::{self, SEPARATOR};
use super::{Carrier, Inbox, Output, Reason, Session};
use crate::frame::Frame;
use crate::planted::planted;

impl Session {
    /// Engine.IO v4, HTTP long-polling: "it MUST NOT send two GETs"; whoever does loses the session.
    pub(super) fn hold_get(&mut self) -> Result<(), Refusal> {
        if matches!(self.carrier, Carrier::WebSocket) && !planted("poll-after-upgrade-ok") {
            return Err(Refusal::BadRequest);
        }
        if self.holds_get && !planted("overlap-200") {
            if !planted("overlap-keeps-session") {
                self.fail(Reason::TransportError);
            }
            return Err(Refusal::BadRequest);
        }
        self.holds_get = true;
        Ok(())
    }

    /// Reference: a client that hangs up on a GET is gone. (What was on its way to it could not be told from lost.)
    pub(super) fn abort_get(&mut self) {
        if mem::take(&mut self.holds_get) && !planted("abort-keeps-session") {
            self.fail(Reason::TransportError);
        }
    }

    /// The same rule for POST, so that packets keep their order.
    pub(super) fn start_post(&mut self, content_type: Option<&str>) -> Result<(), Refusal> {
        if matches!(self.carrier, Carrier::WebSocket) {
            return Err(Refusal::BadRequest);
        }
        // Reference: version 4 has no binary bodies any more; a client that sends one speaks another version.
        let overlaps = self.reads_post && !planted("two-posts-at-once");
        if overlaps || content_type == Some("application/octet-stream") && !planted("binary-post-ok") {
            self.fail(Reason::TransportError);
            return Err(Refusal::BadRequest);
        }
        if content_type.is_none() && planted("content-type-demanded") {
            return Err(Refusal::BadRequest);
        }
        self.reads_post = true;
        Ok(())
    }

    /// Ours: a body is judged whole before any of it is processed, and a broken one is told so with 400. The reference
    /// answers `ok` and replaces what is not UTF-8.
    ///
    /// Ours: a body that was begun before `5` is processed, though it ends behind it. The reference drops it.
    pub(super) fn finish_post(&mut self, body: Vec<u8>) -> Result<(), Refusal> {
        if !mem::take(&mut self.reads_post) {
            return Err(Refusal::BadRequest);
        }
        if matches!(self.carrier, Carrier::WebSocket) && planted("post-behind-upgrade-dropped") {
            return Ok(());
        }
        let body = match planted("post-in-any-encoding") {
            true => String::from_utf8_lossy(&body).into_owned().into_bytes(),
            false => body,
        };
        match String::from_utf8(body) {
            Ok(text) if payload::decode(&text).all(|packet| packet.is_ok()) => {
                let text = if planted("payload-reverse") { reversed(&text) } else { text };
                self.inbox = Inbox::Body { text, at: 0 };
                Ok(())
            }
            Ok(text) if planted("post-partly-processed") => {
                self.inbox = valid_part(&text);
                Ok(())
            }
            _ => {
                self.fail(Reason::ParseError);
                Err(Refusal::BadRequest)
            }
        }
    }

    pub(super) fn abort_post(&mut self) {
        let is_hung_up = mem::take(&mut self.reads_post) && !planted("aborted-post-keeps-session");
        if is_hung_up && !matches!(self.carrier, Carrier::WebSocket) {
            self.fail(Reason::TransportError);
        }
    }

    /// Reads on until a message comes up.
    pub(super) fn read_message(&mut self) -> Option<Frame> {
        loop {
            match mem::replace(&mut self.inbox, Inbox::Empty) {
                Inbox::Empty => return None,
                Inbox::Message(frame) => return Some(frame),
                Inbox::Body { text, at } => {
                    let message = self.read_packet(text, at);
                    if message.is_some() {
                        return message;
                    }
                }
            }
        }
    }

    fn read_packet(&mut self, text: String, at: usize) -> Option<Frame> {
        let rest = &text[at..];
        let end = rest.find(SEPARATOR);
        let packet = Packet::decode(&rest[..end.unwrap_or(rest.len())]).expect("the body was judged whole");
        let message = self.receive(packet);
        // A packet that ended the session is the last that counts.
        if let (Some(end), true) = (end, self.is_open() && !planted("payload-first-only")) {
            self.inbox = Inbox::Body { at: at + end + SEPARATOR.len_utf8(), text };
        }
        message
    }

    /// Answers the GET that is held, once all that came was processed, so that one body takes all it caused.
    pub(super) fn answer_get(&mut self) -> Option<Output> {
        if !self.holds_get {
            return None;
        }
        let is_kept = planted("hold-during-probe") && matches!(self.carrier, Carrier::Probing { .. });
        let body = if self.outbox.is_empty() || is_kept {
            self.release()?
        } else {
            self.outbox.pop_body(0, self.config.max_payload)
        };
        self.holds_get = false;
        Some(Output::Answer(body))
    }

    /// Engine.IO v4, Upgrade: the server lets the pending GET go, so that the client may stop polling.
    ///
    /// Ours: the first at once, so that an upgrade costs one round trip; the reference lets go on a timer of 100 ms. From
    /// then on no faster than that timer, or a client that polls on would spin.
    fn release(&mut self) -> Option<String> {
        let Carrier::Probing { noop_at: Some(at), .. } = &mut self.carrier else { return None };
        if self.now < *at {
            return None;
        }
        *at = self.now + NOOP_INTERVAL;
        Some("6".to_owned())
    }
}

/// What a bug makes of a body.
fn reversed(body: &str) -> String {
    body.rsplit(SEPARATOR).collect::<Vec<_>>().join("\u{1e}")
}

/// The packets of a body up to the first that is none.
fn valid_part(body: &str) -> Inbox {
    let valid = body.split(SEPARATOR).take_while(|packet| Packet::decode(packet).is_ok());
    match valid.collect::<Vec<_>>().join("\u{1e}") {
        text if text.is_empty() => Inbox::Empty,
        text => Inbox::Body { text, at: 0 },
    }
}

/// Between two noops to a client that polls on while its WebSocket probes.
pub(super) const NOOP_INTERVAL: std::time::Duration = std::time::Duration::from_millis(100);
