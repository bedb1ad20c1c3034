//! How a session ends, and what its client is still told.
//!
//! ```text
//! who ended it         a GET is held     no GET is held                      WebSocket
//! the client, by 1     what waits, or 6  one GET within 20 ms gets 6         what waits, a close frame
//! an error             what fits, and 1  nothing: the id is unknown          what waits, a close frame
//! a limit of ours      why               one GET within 30 s: why            what waits, a close frame
//! the application      what waits, 1     GETs within 30 s get the same       what waits, a close frame
//! the server's end     the id is unknown nothing: nobody listens             what waits, a close frame
//! ```

use std::mem;
use std::time::Duration;

use super::super::handshake::Refusal;
use super::{Carrier, Inbox, Input, Life, Output, Reason, Session};
use crate::engine_io::payload::SEPARATOR;
use crate::planted::planted;

/// What the last GET of a session that is over gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Last {
    /// What waits, and this behind it.
    Packet(&'static str),
    /// The reason.
    Refusal,
}

impl Session {
    /// The client said `1`.
    ///
    /// Reference: on a WebSocket it is ignored, and the ping timeout ends the session. Ours: it is heard.
    pub(super) fn leave(&mut self) {
        self.close_websocket();
        if self.holds_get && planted("close-leaves-poll-hanging") {
            return self.part(Reason::TransportClose, PARTING, Last::Packet("6"));
        }
        if mem::take(&mut self.holds_get) {
            let body = match self.outbox.pop_body(0, self.config.max_payload) {
                body if body.is_empty() => "6".to_owned(),
                body => body,
            };
            self.decided.push_back(Output::Answer(body));
            return self.end(Reason::TransportClose);
        }
        if matches!(self.carrier, Carrier::WebSocket) {
            return self.end(Reason::TransportClose);
        }
        // A client sends its last GET and then `1`, each on a connection of its own: the GET may come second.
        self.outbox.clear();
        self.part(Reason::TransportClose, LATE_GET, Last::Packet("6"));
    }

    /// Something is wrong: the session is gone at once.
    pub(super) fn fail(&mut self, reason: Reason) {
        self.close_websocket();
        let holds_get = mem::take(&mut self.holds_get);
        if reason.is_a_limit() && !planted("limits-say-nothing") {
            if holds_get || matches!(self.carrier, Carrier::WebSocket) {
                // The caller answers the GET that is held, and knows why it is over.
                return self.end(reason);
            }
            self.outbox.clear();
            return self.part(reason, PARTING, Last::Refusal);
        }
        // Ours: when the server ends, a GET that is held finds the session unknown. The reference answers `1`, which
        // python-engineio takes for a farewell: it would not come back to the next process.
        if holds_get && reason != Reason::Shutdown {
            let mut body = self.outbox.pop_body(1, self.config.max_payload);
            append(&mut body, "1");
            self.decided.push_back(Output::Answer(body));
        } else if planted("error-waits-for-a-get") && !matches!(self.carrier, Carrier::WebSocket) {
            return self.part(reason, PARTING, Last::Packet("1"));
        }
        self.end(reason);
    }

    /// The application ends the session: what it said before is still delivered.
    pub(super) fn dismiss(&mut self, reason: Reason) {
        if matches!(self.carrier, Carrier::WebSocket) {
            return self.fail(reason);
        }
        self.close_websocket();
        let holds_get = mem::take(&mut self.holds_get);
        self.part(reason, PARTING, Last::Packet("1"));
        if holds_get {
            self.say_last_words("1");
        }
    }

    /// A session that is over for the layer above answers the GETs that its end was kept for, and nothing else.
    pub(super) fn see_off(&mut self, input: &Input<'_>) -> Result<(), Refusal> {
        let Life::Parting { last, reason, .. } = self.life else { return Err(Refusal::UnknownSession) };
        match (input, reason) {
            (Input::Get, _) => match last {
                Last::Packet(last) => {
                    self.say_last_words(last);
                    Ok(())
                }
                Last::Refusal => {
                    self.forget();
                    Err(Refusal::after(reason))
                }
            },
            // Reference: a client that has not heard of it yet may post; an error here would make it come back.
            (Input::PostStarted { .. } | Input::Post(_), Reason::Kicked) => Ok(()),
            _ => Err(Refusal::after(reason)),
        }
    }

    pub(super) fn forget(&mut self) {
        self.life = Life::Gone;
        self.decided.push_back(Output::Closed);
    }

    /// Tells the layer above, and the caller, that it is over.
    pub(super) fn end(&mut self, reason: Reason) {
        self.inbox = Inbox::Empty;
        self.decided.push_back(Output::Ended(reason));
        if !planted("session-leak") {
            self.forget();
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.life, Life::Open)
    }

    fn part(&mut self, reason: Reason, wait: Duration, last: Last) {
        self.inbox = Inbox::Empty;
        self.life = Life::Parting { until: self.now + wait, last, reason };
        self.decided.push_back(Output::Ended(reason));
    }

    fn close_websocket(&mut self) {
        match self.carrier {
            Carrier::Polling => {}
            Carrier::Probing { .. } => self.abandon_probe(),
            Carrier::WebSocket if planted("close-leaves-ws-open") => {}
            Carrier::WebSocket => self.decided.push_back(Output::CloseWebSocket),
        }
    }

    /// Answers a GET with what waits and, if that is all, with the last packet; then there is nothing more to say.
    fn say_last_words(&mut self, last: &str) {
        let mut body = self.outbox.pop_body(1, self.config.max_payload);
        let is_all = self.outbox.is_empty();
        if is_all {
            append(&mut body, last);
        }
        self.decided.push_back(Output::Answer(body));
        if is_all {
            self.forget();
        }
    }
}

fn append(body: &mut String, packet: &str) {
    if !body.is_empty() {
        body.push(SEPARATOR);
    }
    body.push_str(packet);
}

/// For a GET that was sent before `1` and overtaken by it.
const LATE_GET: Duration = Duration::from_millis(20);

/// For a client to fetch the last words of a session that the application ended; as long as the reference gives.
const PARTING: Duration = Duration::from_secs(30);
