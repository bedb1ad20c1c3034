//! What goes into a session and what comes out of it.
//!
//! ```text
//!                       Input               Output
//! GET, POST, hang-ups ────────> ┌─────────┐ ────────> Message, Ended           for the layer above
//! a WebSocket's messages ─────> │ Session │ ────────> Answer, CloseWebSocket   for the transport
//! the time ───────────────────> └─────────┘ ────────> Closed                   for whoever keeps it
//! ```
//!
//! ```
//! use wire42::engine_io::{Config, Input, Output, Reason, Session};
//! use wire42::frame::Frame;
//! use wire42::now::Now;
//!
//! let now = Now::default();
//! let mut session = Session::polling("Kx", Config::default(), now);
//! session.handle_input(Input::PostStarted { content_type: Some("text/plain;charset=UTF-8") }, now)?;
//! session.handle_input(Input::Post(b"4hi\x1e1".to_vec()), now)?;
//! assert_eq!(session.poll_output(), Some(Output::Message(Frame::Text("hi".to_owned()))));
//! assert_eq!(session.poll_output(), Some(Output::Ended(Reason::TransportClose)));
//! # Ok::<(), wire42::engine_io::Refusal>(())
//! ```

use std::time::Duration;

use crate::frame::Frame;
use crate::planted::planted;

/// What a session is told when it is born.
///
/// ```
/// use wire42::engine_io::{Config, Session};
/// use wire42::now::Now;
///
/// let config = Config { max_payload: 100, ..Config::default() };
/// let mut session = Session::websocket("Kx", config, Now::default());
/// let open = session.poll_transmit().expect("a session begins with it");
/// let told = r#"0{"sid":"Kx","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}"#;
/// assert_eq!(open.frame().bytes(), told.as_bytes());
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The session may move to a WebSocket, and says so in the open packet.
    pub upgrades: bool,
    /// Between two pings.
    pub ping_interval: Duration,
    /// For the answer to a ping.
    pub ping_timeout: Duration,
    /// From the opening of a WebSocket to `5`.
    pub upgrade_timeout: Duration,
    /// Bytes: what a POST body or a WebSocket message may hold, and what a polling body should.
    pub max_payload: usize,
    /// Bytes that may wait for this client: of what it asked for, and as many again of broadcasts.
    pub max_unsent: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            upgrades: true,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            upgrade_timeout: Duration::from_secs(10),
            max_payload: 1_000_000,
            max_unsent: 4 * 1024 * 1024,
        }
    }
}

/// What happens to a session.
#[derive(Debug)]
pub enum Input<'a> {
    /// A GET wants what waits, or the next packet.
    Get,
    /// The client hung up while its GET was held.
    GetAborted,
    /// The head of a POST was read; its body follows.
    PostStarted {
        /// The request's `Content-Type`.
        content_type: Option<&'a str>,
    },
    /// The body of the POST that was started.
    Post(Vec<u8>),
    /// The body was refused, for its size or its form; what it held is unknown.
    PostRefused,
    /// The client hung up, or stopped, amid the body.
    PostAborted,
    /// A WebSocket was opened for this session.
    WebSocketOpened,
    /// A text message on the session's WebSocket.
    Text(&'a str),
    /// A binary message on the session's WebSocket.
    Binary(&'a [u8]),
    /// The session's WebSocket is gone.
    WebSocketClosed,
}

/// What the caller is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A message for the layer above.
    Message(Frame),
    /// No message will follow.
    Ended(Reason),
    /// Answer the GET that is held with this body.
    Answer(String),
    /// Close the session's WebSocket, behind what [`poll_transmit`](super::Session::poll_transmit) still gives.
    CloseWebSocket,
    /// Forget the session; a GET that is still held is told that it is unknown. Always the last, always once.
    Closed,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The client closed: `1`, or the end of its WebSocket.
    TransportClose,
    /// The client broke the rules of its transport.
    TransportError,
    /// The client sent what is no Engine.IO packet.
    ParseError,
    /// No pong came in time.
    PingTimeout,
    /// The client broke the rules of the layer above, or never joined it.
    ForcedClose,
    /// The client said too much for too long.
    Flooding,
    /// The client asked for more than it reads.
    Backlog,
    /// The client cannot be brought up to date with what everyone else was told.
    Lagged,
    /// There was no room for what the client had sent of a packet.
    NoRoom,
    /// The application closed.
    Kicked,
    /// The server ends.
    Shutdown,
}

/// What an operator wants to know of a session, since it was [taken](super::Session::take_tally) last.
///
/// ```
/// use std::time::Duration;
/// use wire42::engine_io::{Config, Input, Session, Tally};
/// use wire42::now::Now;
///
/// let at = |ms| Now { mono: Duration::from_millis(ms), unix: 0 };
/// let mut session = Session::websocket("Kx", Config::default(), at(0));
/// session.handle_timeout(at(25_000));
/// session.handle_input(Input::Text("3"), at(25_040))?;
/// let round_trip = Some(Duration::from_millis(40));
/// assert_eq!(session.take_tally(), Tally { deliveries: 0, round_trip });
/// assert_eq!(session.take_tally(), Tally::default());
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Parcels that were queued for this client and that everyone is told.
    pub deliveries: u32,
    /// From when a ping was due to its pong.
    pub round_trip: Option<Duration>,
}

impl Reason {
    /// Says whether the client's sockets are gone for good; after anything else they may be recovered.
    ///
    /// Reference: `1` is an end like any other, by the name of "transport close". A stock client that polls sends it whenever a
    /// request has failed or a ping did not come, and then comes back; one that means to go sends `41` before.
    ///
    /// ```
    /// use wire42::engine_io::Reason;
    ///
    /// assert!(Reason::Flooding.is_for_good());
    /// assert!(!Reason::TransportClose.is_for_good());
    /// ```
    pub fn is_for_good(self) -> bool {
        match self {
            Reason::Flooding => !planted("flood-comes-back"),
            Reason::Kicked => true,
            Reason::PingTimeout => planted("silence-is-for-good"),
            Reason::ForcedClose => planted("violation-is-for-good"),
            Reason::TransportClose
            | Reason::TransportError
            | Reason::ParseError
            | Reason::Backlog
            | Reason::Lagged
            | Reason::NoRoom
            | Reason::Shutdown => false,
        }
    }

    /// Says whether a limit of ours was reached, which the client could not know: it is told.
    ///
    /// ```
    /// use wire42::engine_io::Reason;
    ///
    /// assert!(Reason::Backlog.is_a_limit());
    /// assert!(!Reason::PingTimeout.is_a_limit());
    /// ```
    pub fn is_a_limit(self) -> bool {
        match self {
            Reason::Backlog | Reason::Lagged | Reason::Flooding | Reason::NoRoom => true,
            Reason::TransportClose
            | Reason::TransportError
            | Reason::ParseError
            | Reason::PingTimeout
            | Reason::ForcedClose
            | Reason::Kicked
            | Reason::Shutdown => false,
        }
    }
}

/// Engine.IO v4, Handshake: the five keys, in the order of the reference.
pub(super) fn open_packet(sid: &str, upgrades: &[&str], config: &Config) -> String {
    let more = if planted("open-packet-says-more") { r#","cookie":null"# } else { "" };
    let unit = if planted("interval-in-seconds") { 1_000 } else { 1 };
    format!(
        r#"0{{"sid":"{sid}","upgrades":{upgrades:?},"pingInterval":{},"pingTimeout":{},"maxPayload":{}{more}}}"#,
        config.ping_interval.as_millis() / unit,
        config.ping_timeout.as_millis() / unit,
        if planted("limit-told-as-zero") { 0 } else { config.max_payload },
    )
}
