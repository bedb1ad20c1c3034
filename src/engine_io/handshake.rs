//! What an HTTP request wants of Engine.IO, read from its method and its query.
//!
//! ```text
//! GET /socket.io/?EIO=4&transport=polling                    a new session: answered by the open packet
//! GET /socket.io/?EIO=4&transport=polling&sid=Kx…            a poll: held until there is something to say
//! POST /socket.io/?EIO=4&transport=polling&sid=Kx…           packets from the client
//! GET /socket.io/?EIO=4&transport=websocket[&sid=Kx…]        Upgrade: a new session, or the one that polls moves
//! ```
//!
//! ```
//! use wire42::engine_io::{Intent, Transport, Transports};
//!
//! let intent = Intent::parse("GET", false, "EIO=4&transport=polling", Transports::default());
//! assert_eq!(intent, Ok(Intent::Open(Transport::Polling)));
//! ```

use std::borrow::Cow;
use std::fmt;

use super::session::Reason;
use crate::planted::planted;

/// How packets travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// HTTP long-polling.
    Polling,
    /// WebSocket.
    WebSocket,
}

/// Which transports a server offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transports {
    /// HTTP long-polling is offered.
    pub polling: bool,
    /// WebSocket is offered, and a polling session is told that it may move to it.
    pub websocket: bool,
}

impl Default for Transports {
    fn default() -> Self {
        Self { polling: true, websocket: true }
    }
}

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// A new session.
    Open(Transport),
    /// Something of a session that exists, or should.
    Resume {
        /// The session's id, as the client gave it.
        sid: String,
        /// What of it.
        want: Want,
    },
}

/// What a request wants of its session.
///
/// ```
/// use wire42::engine_io::{Intent, Transports, Want};
///
/// let want = |method| match Intent::parse(method, false, "EIO=4&transport=polling&sid=Kx", Transports::default()) {
///     Ok(Intent::Resume { want, .. }) => want,
///     other => panic!("it names a session: {other:?}"),
/// };
/// assert_eq!([want("GET"), want("POST")], [Want::Poll, Want::Post]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// GET: the packets that wait, or the next one that comes.
    Poll,
    /// POST: deliver packets.
    Post,
    /// Upgrade: carry the session on a WebSocket from now on.
    Upgrade,
    /// Nothing that can be had. Whether the session exists is told first, as the reference does.
    Refused(Refusal),
}

impl Intent {
    /// Reads the intent from the method, whether the request asks to become a WebSocket, and the raw query.
    ///
    /// # Errors
    ///
    /// The [`Refusal`] that the request is to be answered with.
    pub fn parse(
        method: &str,
        asks_upgrade: bool,
        query: &str,
        offered: Transports,
    ) -> Result<Self, Refusal> {
        let query = Query::parse(query);
        let transport = match query.transport.as_deref() {
            Some("polling") if offered.polling => Transport::Polling,
            Some("websocket") if offered.websocket => Transport::WebSocket,
            _ if planted("accept-any-transport") && asks_upgrade => Transport::WebSocket,
            _ if planted("accept-any-transport") => Transport::Polling,
            _ => return Err(Refusal::UnknownTransport),
        };
        let version = match query.version.as_deref() {
            Some("4") => Ok(()),
            _ if planted("accept-any-eio") => Ok(()),
            _ => Err(Refusal::UnsupportedVersion),
        };
        match query.sid {
            Some(sid) => {
                // Reference: an existing session keeps its version, so another one is a bad request, not code 5.
                let want = version
                    .map_err(|_| Refusal::BadRequest)
                    .and_then(|()| resume(method, asks_upgrade, transport));
                Ok(Intent::Resume { sid, want: want.unwrap_or_else(Want::Refused) })
            }
            None if method != "GET" && !planted("handshake-any-method") => Err(Refusal::BadHandshakeMethod),
            None if planted("upgrade-request-may-poll") => version.map(|()| Intent::Open(transport)),
            None if asks_upgrade != (transport == Transport::WebSocket) => Err(Refusal::BadRequest),
            // Ours: before the 101. The reference upgrades first and then writes an HTTP error into the WebSocket.
            None => version.map(|()| Intent::Open(transport)),
        }
    }
}

/// Why a request is not served (Engine.IO reference, error codes; the document only asks for a 4xx).
///
/// ```
/// use wire42::engine_io::Refusal;
///
/// let refusal = Refusal::UnsupportedVersion;
/// assert_eq!((refusal.code(), refusal.message()), (5, "Unsupported protocol version"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No `transport`, or one that is not offered.
    UnknownTransport,
    /// No session has this `sid`, or not any more.
    UnknownSession,
    /// The session has just been ended because of a limit of ours, which the client could not know.
    SessionClosed(Reason),
    /// A session begins with GET.
    BadHandshakeMethod,
    /// The request does not fit the session's state, or its body holds no packets.
    BadRequest,
    /// Pages of this origin are not served: HTTP status 403.
    Forbidden,
    /// `EIO` is missing, or not 4.
    UnsupportedVersion,
}

impl Refusal {
    /// Gives what a request is told whose session ended for this reason.
    ///
    /// ```
    /// use wire42::engine_io::{Reason, Refusal};
    ///
    /// assert_eq!(Refusal::after(Reason::PingTimeout), Refusal::UnknownSession);
    /// assert_eq!(Refusal::after(Reason::Backlog), Refusal::SessionClosed(Reason::Backlog));
    /// ```
    pub fn after(reason: Reason) -> Self {
        if reason.is_a_limit() { Refusal::SessionClosed(reason) } else { Refusal::UnknownSession }
    }

    /// Gives the number that the reference puts in the answer's body.
    pub fn code(self) -> u8 {
        match self {
            Refusal::UnknownTransport => 0,
            Refusal::UnknownSession | Refusal::SessionClosed(_) => 1,
            Refusal::BadHandshakeMethod => 2,
            Refusal::BadRequest => 3,
            Refusal::Forbidden => 4,
            Refusal::UnsupportedVersion => 5,
        }
    }

    /// Gives the text that the reference puts in the answer's body.
    pub fn message(self) -> &'static str {
        match self {
            Refusal::UnknownTransport => "Transport unknown",
            Refusal::SessionClosed(Reason::Backlog) => {
                "Session closed: the client asked for more than it read"
            }
            Refusal::SessionClosed(Reason::Lagged) => "Session closed: the client fell too far behind",
            Refusal::SessionClosed(Reason::Flooding) => {
                "Session closed: the client said too much for too long"
            }
            Refusal::SessionClosed(Reason::NoRoom) => {
                "Session closed: there is no room for half a packet now"
            }
            Refusal::UnknownSession | Refusal::SessionClosed(_) => "Session ID unknown",
            Refusal::BadHandshakeMethod => "Bad handshake method",
            Refusal::BadRequest => "Bad request",
            Refusal::Forbidden => "Forbidden",
            Refusal::UnsupportedVersion => "Unsupported protocol version",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Refusal {}

/// The three keys that mean something; `t`, `b64`, `j` and whatever else a client adds do not.
#[derive(Default)]
struct Query {
    transport: Option<String>,
    sid: Option<String>,
    version: Option<String>,
}

impl Query {
    /// Reference: of a repeated key the last counts, and an empty `sid` is none.
    fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        let query = &if planted("query-not-decoded") {
            query.replace('%', "%25").into()
        } else {
            Cow::Borrowed(query)
        };
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match key.as_ref() {
                "transport" => parsed.transport = Some(value.into_owned()),
                "sid" => parsed.sid = Some(value.into_owned()).filter(|sid| !sid.is_empty()),
                "EIO" => parsed.version = Some(value.into_owned()),
                _ if planted("unknown-keys-refused") => return Self::default(),
                _ => {}
            }
        }
        parsed
    }
}

fn resume(method: &str, asks_upgrade: bool, transport: Transport) -> Result<Want, Refusal> {
    match (transport, method, asks_upgrade) {
        (Transport::Polling, "GET", false) => Ok(Want::Poll),
        (Transport::Polling, "POST", false) => Ok(Want::Post),
        (Transport::WebSocket, "GET", true) => Ok(Want::Upgrade),
        // Ours: the reference answers 500 without a word.
        (Transport::Polling, _, false) if planted("any-method-posts") => Ok(Want::Post),
        (Transport::Polling, _, false) => Err(Refusal::BadHandshakeMethod),
        (Transport::Polling, _, true) | (Transport::WebSocket, _, _) => Err(Refusal::BadRequest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(method: &str, asks_upgrade: bool, query: &str) -> Result<Intent, Refusal> {
        Intent::parse(method, asks_upgrade, query, Transports::default())
    }

    fn want(method: &str, asks_upgrade: bool, query: &str) -> Want {
        match parse(method, asks_upgrade, query) {
            Ok(Intent::Resume { want, .. }) => want,
            other => panic!("{query} names a session, but: {other:?}"),
        }
    }

    #[test]
    fn the_transport_is_judged_before_everything_else() {
        for query in ["", "EIO=4", "transport=Polling&EIO=4", "transport=__proto__&sid=x"] {
            assert_eq!(parse("PUT", false, query), Err(Refusal::UnknownTransport), "{query}");
        }
    }

    #[test]
    fn the_last_of_repeated_keys_counts() {
        assert!(parse("GET", false, "EIO=3&EIO=4&transport=%70olling&&x").is_ok());
        assert_eq!(parse("GET", false, "EIO=4&EIO=3&transport=polling"), Err(Refusal::UnsupportedVersion));
    }

    #[test]
    fn an_empty_sid_asks_for_a_new_session() {
        assert_eq!(parse("GET", false, "EIO=4&transport=polling&sid="), Ok(Intent::Open(Transport::Polling)));
    }

    #[test]
    fn a_transport_that_is_not_offered_is_unknown() {
        let offered = Transports { polling: true, websocket: false };
        let refused = Intent::parse("GET", true, "EIO=4&transport=websocket", offered);
        assert_eq!(refused, Err(Refusal::UnknownTransport));
    }

    #[test]
    fn a_session_is_asked_with_its_own_methods() {
        assert_eq!(want("GET", false, "EIO=4&transport=polling&sid=x"), Want::Poll);
        assert_eq!(want("POST", false, "EIO=4&transport=polling&sid=x"), Want::Post);
        assert_eq!(want("GET", true, "EIO=4&transport=websocket&sid=x"), Want::Upgrade);
        let refused = Want::Refused(Refusal::BadHandshakeMethod);
        assert_eq!(want("PUT", false, "EIO=4&transport=polling&sid=x"), refused);
        let refused = Want::Refused(Refusal::BadRequest);
        assert_eq!(want("GET", false, "EIO=4&transport=websocket&sid=x"), refused);
        assert_eq!(want("GET", false, "transport=polling&sid=x"), refused);
    }
}
