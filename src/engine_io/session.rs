//! One client's Engine.IO life, from the handshake to the end.
//!
//! Two small machines run beside each other and hardly touch: what *carries* the packets, and the
//! [heartbeat](super::Heartbeat).
//!
//! ```text
//!  born by GET                                                             born by Upgrade
//!      │         a WebSocket comes                5                               │
//!      v        ──────────────────>           ────────>                           v
//!   Polling                         Probing                          WebSocket  <─┘
//!               <──────────────────
//!                closed, silent too long, or anything else but 2probe
//! ```
//!
//! The caller feeds inputs, each with its time, and after each takes outputs until there are none. Messages are read
//! only as they are taken, so whoever answers one is heard before the next is looked at.
//!
//! ```
//! use wire42::engine_io::{Config, Input, Output, Session};
//! use wire42::now::Now;
//!
//! let mut session = Session::polling("Kx", Config::default(), Now::default());
//! session.handle_input(Input::Get, Now::default())?;
//! let Some(Output::Answer(body)) = session.poll_output() else { panic!("the open packet waits from birth") };
//! assert!(body.starts_with(r#"0{"sid":"Kx","upgrades":["websocket"]"#));
//! # Ok::<(), wire42::engine_io::Refusal>(())
//! ```

mod parting;
mod polling;
pub mod ports;
#[cfg(test)]
mod tests;
mod websocket;

use std::collections::VecDeque;
use std::time::Duration;

use super::handshake::{Refusal, Transport};
use super::heartbeat::{Beat, Heartbeat};
use super::outbox::{Outbox, Owed, Slip, Unsent};
use super::packet::Packet;
use crate::frame::{Frame, Parcel};
use crate::now::Now;
use crate::planted::planted;
use parting::Last;
use ports::open_packet;
pub use ports::{Config, Input, Output, Reason, Tally};

/// The state of one client's transport.
///
/// The upgrade, from the session's side:
///
/// ```
/// use wire42::engine_io::{Config, Input, Output, Session, Transport};
/// use wire42::now::Now;
///
/// let now = Now::default();
/// let mut session = Session::polling("Kx", Config::default(), now);
/// session.handle_input(Input::Get, now)?;
/// assert!(matches!(session.poll_output(), Some(Output::Answer(_))));
///
/// session.handle_input(Input::WebSocketOpened, now)?;
/// session.handle_input(Input::Text("2probe"), now)?;
/// assert_eq!(session.poll_transmit().expect("it is answered").frame().bytes(), b"3probe");
/// session.handle_input(Input::Text("5"), now)?;
/// assert_eq!(session.transport(), Transport::WebSocket);
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
#[derive(Debug)]
pub struct Session {
    config: Config,
    life: Life,
    carrier: Carrier,
    heartbeat: Heartbeat,
    /// A GET is held: the client waits for the next packet.
    holds_get: bool,
    /// The head of a POST was read, its body was not yet.
    reads_post: bool,
    inbox: Inbox,
    outbox: Outbox,
    /// `2probe` that are still to be answered.
    owed_probes: u8,
    decided: VecDeque<Output>,
    /// Until then nothing goes out over the WebSocket.
    pauses_until: Duration,
    /// The time of the latest call that brought one.
    now: Duration,
    tally: Tally,
}

#[derive(Debug)]
enum Life {
    Open,
    /// Over for the layer above; whoever polls in time still gets what is left, and `last` behind it.
    Parting {
        until: Duration,
        last: Last,
        reason: Reason,
    },
    Gone,
}

#[derive(Debug)]
enum Carrier {
    Polling,
    /// A WebSocket is being tried while polling goes on.
    Probing {
        by: Duration,
        /// `2probe` was seen: from now on a GET is let go, with a noop not before this.
        noop_at: Option<Duration>,
    },
    WebSocket,
}

/// What came and was not looked at yet.
#[derive(Debug)]
enum Inbox {
    Empty,
    Message(Frame),
    /// A polling body, valid as a whole, read up to `at`.
    Body {
        text: String,
        at: usize,
    },
}

impl Session {
    /// Begins a session on polling. The open packet waits for the first [`Input::Get`], the handshake's own.
    pub fn polling(sid: &str, config: Config, now: Now) -> Self {
        let upgrades: &[&str] =
            if config.upgrades && !planted("no-upgrades-advertised") { &["websocket"] } else { &[] };
        Self::born(sid, upgrades, Carrier::Polling, config, now)
    }

    /// Begins a session on a WebSocket.
    pub fn websocket(sid: &str, config: Config, now: Now) -> Self {
        let upgrades: &[&str] = if planted("ws-advertises-upgrade") { &["websocket"] } else { &[] };
        Self::born(sid, upgrades, Carrier::WebSocket, config, now)
    }

    fn born(sid: &str, upgrades: &[&str], carrier: Carrier, config: Config, now: Now) -> Self {
        let mut outbox = Outbox::new(config.max_unsent);
        outbox.push(text(open_packet(sid, upgrades, &config)), Owed::Own);
        let first = config.ping_interval * if planted("no-ping") { 1_000 } else { 1 };
        let heartbeat = Heartbeat::Quiet { ping_at: now.mono + first };
        Self {
            config,
            life: Life::Open,
            carrier,
            heartbeat,
            holds_get: false,
            reads_post: false,
            inbox: Inbox::Empty,
            outbox,
            decided: VecDeque::new(),
            owed_probes: 0,
            pauses_until: Duration::ZERO,
            now: now.mono,
            tally: Tally::default(),
        }
    }

    /// Takes an input. Deadlines that have passed are handled first.
    ///
    /// # Errors
    ///
    /// What the HTTP request, or the WebSocket, that caused the input is to be told.
    pub fn handle_input(&mut self, input: Input<'_>, now: Now) -> Result<(), Refusal> {
        self.handle_timeout(now);
        match self.life {
            Life::Open => {}
            Life::Parting { .. } => return self.see_off(&input),
            Life::Gone => return Err(Refusal::UnknownSession),
        }
        match input {
            Input::Get => return self.hold_get(),
            Input::PostStarted { content_type } => return self.start_post(content_type),
            Input::Post(body) => return self.finish_post(body),
            Input::WebSocketOpened => return self.open_websocket(),
            Input::GetAborted => self.abort_get(),
            Input::PostRefused => self.reads_post = false,
            Input::PostAborted => self.abort_post(),
            Input::Text(text) => self.receive_text(text),
            Input::Binary(bytes) => self.receive_binary(bytes),
            Input::WebSocketClosed => self.lose_websocket(),
        }
        Ok(())
    }

    /// Does what is due.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::engine_io::{Config, Session};
    /// # use wire42::now::Now;
    /// let mut session = Session::websocket("Kx", Config::default(), Now::default());
    /// # session.poll_transmit();
    /// assert_eq!(session.poll_timeout(), Some(Duration::from_secs(25)));
    /// session.handle_timeout(Now { mono: Duration::from_secs(25), unix: 0 });
    /// assert_eq!(session.poll_transmit().expect("a ping").frame().bytes(), b"2");
    /// assert_eq!(session.poll_timeout(), Some(Duration::from_secs(25 + 20)));
    /// ```
    pub fn handle_timeout(&mut self, now: Now) {
        self.now = now.mono;
        match self.life {
            Life::Open => {}
            Life::Parting { until, .. } if until <= self.now => return self.forget(),
            Life::Parting { .. } | Life::Gone => return,
        }
        while self.heartbeat.deadline() <= self.now {
            match self.heartbeat.expire(self.now, self.config.ping_timeout) {
                Beat::Ping => self.outbox.push(text("2".to_owned()), Owed::Own),
                Beat::Forgive => {}
                Beat::Dead => return self.fail(Reason::PingTimeout),
            }
        }
        if matches!(self.carrier, Carrier::Probing { by, .. } if by <= self.now) {
            self.abandon_probe();
        }
    }

    /// Queues a parcel that this client is owed. Too many of them end the session.
    pub fn send(&mut self, parcel: Parcel) {
        self.push(parcel, Owed::Own);
    }

    /// Does the same, and on a WebSocket lets the client read it before anything else arrives.
    ///
    /// ```
    /// # use wire42::engine_io::{Config, Session};
    /// # use wire42::frame::{Frame, Parcel};
    /// # use wire42::now::Now;
    /// # let mut session = Session::websocket("Kx", Config::default(), Now::default());
    /// # session.poll_transmit();
    /// session.send_apart(Parcel::from(Frame::Text(r#"40{"sid":"John"}"#.to_owned())));
    /// session.send(Parcel::from(Frame::Text(r#"42["message",[]]"#.to_owned())));
    /// assert!(session.poll_transmit().is_some() && session.poll_transmit().is_none());
    ///
    /// let mono = session.poll_timeout().expect("the pause ends");
    /// session.handle_timeout(Now { mono, unix: 0 });
    /// assert!(session.poll_transmit().is_some());
    /// ```
    pub fn send_apart(&mut self, parcel: Parcel) {
        self.push(parcel, Owed::Apart);
    }

    /// Queues a parcel that everyone is told; to be called while there [is room](Self::has_room).
    ///
    /// ```
    /// # use wire42::engine_io::{Config, Session};
    /// # use wire42::frame::{Frame, Parcel};
    /// # use wire42::now::Now;
    /// # let mut session = Session::websocket("Kx", Config::default(), Now::default());
    /// let told = Parcel::from(Frame::Text(r#"42["message",[]]"#.to_owned()));
    /// assert!(session.has_room());
    /// session.send_broadcast(told.clone());
    /// assert_eq!(session.unsent().broadcast_bytes, told.cost());
    /// assert_eq!(session.take_tally().deliveries, 1);
    /// ```
    pub fn send_broadcast(&mut self, parcel: Parcel) {
        self.push(parcel, Owed::Broadcast);
    }

    /// Ends the session because of what the layer above found.
    ///
    /// What was sent before is still delivered over a WebSocket, and in the body of a GET that is held; beyond that only
    /// if the application ended it ([`Reason::Kicked`]).
    ///
    /// ```
    /// # use wire42::{engine_io::{Config, Output, Reason, Session}, now::Now};
    /// let mut session = Session::websocket("Kx", Config::default(), Now::default());
    /// session.close(Reason::ForcedClose);
    /// let outputs: Vec<_> = std::iter::from_fn(|| session.poll_output()).collect();
    /// assert_eq!(outputs, [Output::CloseWebSocket, Output::Ended(Reason::ForcedClose), Output::Closed]);
    /// assert!(session.is_over());
    /// ```
    pub fn close(&mut self, reason: Reason) {
        match (&self.life, reason) {
            (Life::Open, Reason::Kicked) => self.dismiss(reason),
            (Life::Open, _) => self.fail(reason),
            (Life::Parting { .. }, Reason::Shutdown) => self.forget(),
            (Life::Parting { .. } | Life::Gone, _) => {}
        }
    }

    /// Gives the next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.decided.pop_front() {
            return Some(output);
        }
        if let Some(message) = self.read_message() {
            return Some(Output::Message(message));
        }
        self.decided.pop_front().or_else(|| self.answer_get())
    }

    /// Says when [`handle_timeout`](Self::handle_timeout) is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        match self.life {
            Life::Open => {}
            Life::Parting { until, .. } => return Some(until),
            Life::Gone => return None,
        }
        let mut due = self.heartbeat.deadline();
        if self.now < self.pauses_until && !self.outbox.is_empty() {
            due = due.min(self.pauses_until);
        }
        if let Carrier::Probing { by, noop_at, .. } = self.carrier {
            due = due.min(by);
            if let Some(at) = noop_at.filter(|_| self.holds_get) {
                due = due.min(at);
            }
        }
        Some(due)
    }

    /// Gives what was counted, and begins anew.
    pub fn take_tally(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }

    /// Says whether another broadcast fits.
    pub fn has_room(&self) -> bool {
        self.outbox.has_room()
    }

    /// Says whether it has ended; then it stays only for last words.
    pub fn is_over(&self) -> bool {
        !self.is_open()
    }

    /// Says what waits to be sent, behind what a WebSocket has taken already.
    pub fn unsent(&self) -> Unsent {
        self.outbox.unsent()
    }

    /// Says what carries the session's packets now.
    pub fn transport(&self) -> Transport {
        match self.carrier {
            Carrier::Polling | Carrier::Probing { .. } => Transport::Polling,
            Carrier::WebSocket => Transport::WebSocket,
        }
    }

    fn push(&mut self, parcel: Parcel, kind: Owed) {
        if !self.is_open() {
            return;
        }
        self.outbox.push(parcel, kind);
        self.tally.deliveries += u32::from(kind == Owed::Broadcast);
        if self.outbox.overflows() && !planted("outbox-of-any-size") {
            self.outbox.clear();
            self.fail(Reason::Backlog);
        }
    }

    /// Takes a packet that came on the session's own transport; a message is given up to the layer above.
    fn receive(&mut self, packet: Packet<'_>) -> Option<Frame> {
        if planted("anything-is-a-pong") {
            self.take_pong();
        }
        match packet {
            Packet::Message(data) => return Some(Frame::Text(data.to_owned())),
            Packet::Binary(bytes) => return Some(Frame::Binary(bytes)),
            Packet::Pong(_)
                if planted("unasked-pong-closes") && matches!(self.heartbeat, Heartbeat::Quiet { .. }) =>
            {
                self.fail(Reason::TransportError);
            }
            Packet::Pong(_) => self.take_pong(),
            Packet::Close
                if planted("one-on-websocket-ignored") && matches!(self.carrier, Carrier::WebSocket) => {}
            Packet::Close => self.leave(),
            // Engine.IO v4 turned the heartbeat round: a client does not ping.
            Packet::Ping(_) if planted("client-ping-answered") => {
                self.outbox.push(text("3".to_owned()), Owed::Own);
            }
            Packet::Ping(_) => self.fail(Reason::TransportError),
            // Reference: what only a server sends, or what is out of place, is ignored.
            Packet::Open(_) | Packet::Upgrade | Packet::Noop => {}
        }
        None
    }

    fn take_pong(&mut self) {
        let took = self.heartbeat.pong(self.now, self.config.ping_interval, self.config.ping_timeout);
        self.tally.round_trip = took.or(self.tally.round_trip);
    }
}

fn text(text: String) -> Parcel {
    Parcel::from(Frame::Text(text))
}
