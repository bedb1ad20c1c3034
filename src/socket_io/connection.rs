//! Which namespaces one client has joined, and what each message from it means now.
//!
//! ```text
//!              40/chat,            accept
//!   outside ────────────> asking ──────────> joined ──> 42 event, 43 ack
//!      ^                    │ refuse            │
//!      └────────────────────┴────── 41 ─────────┘
//! ```
//!
//! While no namespace is joined, the connect timeout runs.
//!
//! ```
//! use std::time::Duration;
//! use wire42::frame::Frame;
//! use wire42::socket_io::{Connection, Happening, MAX_EVENT, Namespace};
//!
//! let mut connection = Connection::new(Duration::from_secs(45), MAX_EVENT);
//! let asked = connection.receive(Frame::Text("0".to_owned()))?;
//! assert_eq!(asked, Some(Happening::Joining { namespace: Namespace::main(), auth: None }));
//! # Ok::<(), wire42::socket_io::Violation>(())
//! ```

use std::fmt;
use std::time::Duration;

use super::args::Args;
use super::namespace::Namespace;
use super::packet::{Kind, Packet};
use super::reassembly::{Reassembly, ReassemblyError};
use crate::frame::Frame;
use crate::planted::planted;

/// The Socket.IO side of one client.
#[derive(Debug)]
pub struct Connection {
    joined: Vec<Namespace>,
    /// Where the client asked to be let in and was not answered yet.
    asking: Vec<Namespace>,
    reassembly: Reassembly,
    /// Without a namespace by this time, the client is let go.
    connect_by: Option<Duration>,
}

/// What a message from the client amounts to.
#[derive(Debug, PartialEq)]
pub enum Happening {
    /// The client wants to join; the answer is [`Connection::accept`] or [`Connection::refuse`].
    Joining {
        /// Where.
        namespace: Namespace,
        /// The CONNECT's payload, a JSON object.
        auth: Option<String>,
    },
    /// The client sent an event.
    Event {
        /// To whom.
        namespace: Namespace,
        /// The number an ack is to carry, if one is asked for.
        id: Option<u64>,
        /// The event's name and arguments.
        args: Args,
    },
    /// The client answered an event of the server's.
    Ack {
        /// In which namespace.
        namespace: Namespace,
        /// The event's number.
        id: u64,
        /// The answer.
        args: Args,
    },
    /// The client left the namespace.
    Left {
        /// Which.
        namespace: Namespace,
        /// It will not come back as the same socket.
        for_good: bool,
    },
}

impl Connection {
    /// Begins with no namespace, which must change by the given time since the server's start. A binary packet may hold so
    /// many bytes.
    pub fn new(connect_by: Duration, max_event: usize) -> Self {
        Self {
            joined: Vec::new(),
            asking: Vec::new(),
            reassembly: Reassembly::new(max_event),
            connect_by: Some(connect_by),
        }
    }

    /// Takes a message of the transport, without the Engine.IO type.
    ///
    /// # Errors
    ///
    /// When the protocol does not allow the message here. The client is to be let go.
    pub fn receive(&mut self, message: Frame) -> Result<Option<Happening>, Violation> {
        let packet = match message {
            Frame::Text(text) => self.reassembly.accept_text_among(text, &self.joined)?,
            Frame::Binary(bytes) => self.reassembly.accept_binary(bytes)?,
        };
        packet.map_or(Ok(None), |packet| self.interpret(packet))
    }

    /// Lets the client in where it asked to be.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::{frame::Frame, socket_io::{Connection, MAX_EVENT, Namespace}};
    /// # let text = |text: &str| Frame::Text(text.to_owned());
    /// # let mut connection = Connection::new(Duration::from_secs(45), MAX_EVENT);
    /// connection.receive(text("0"))?;
    /// assert_eq!(connection.poll_timeout(), Some(Duration::from_secs(45)));
    /// connection.accept(&Namespace::main());
    /// assert_eq!(connection.joined(), [Namespace::main()]);
    /// assert_eq!(connection.poll_timeout(), None);
    /// # Ok::<(), wire42::socket_io::Violation>(())
    /// ```
    pub fn accept(&mut self, namespace: &Namespace) {
        self.asking.retain(|asked| asked != namespace);
        self.joined.push(namespace.clone());
        self.connect_by = None;
    }

    /// Keeps the client out; it may ask elsewhere while the connect timeout runs.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::{frame::Frame, socket_io::{Connection, MAX_EVENT, Namespace, Violation}};
    /// # let text = |text: &str| Frame::Text(text.to_owned());
    /// # let mut connection = Connection::new(Duration::from_secs(45), MAX_EVENT);
    /// connection.receive(text("0"))?;
    /// connection.refuse(&Namespace::main());
    /// assert_eq!(connection.receive(text(r#"2["hello"]"#)), Err(Violation::OutOfPlace));
    /// # Ok::<(), wire42::socket_io::Violation>(())
    /// ```
    pub fn refuse(&mut self, namespace: &Namespace) {
        self.asking.retain(|asked| asked != namespace);
    }

    /// Takes the client out of a namespace; without any, it has until the given time to join another.
    ///
    /// Ours: the reference arms the connect timeout once, and a client that left may idle for ever.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::{frame::Frame, socket_io::{Connection, Happening, MAX_EVENT, Namespace}};
    /// # let text = |text: &str| Frame::Text(text.to_owned());
    /// # let mut connection = Connection::new(Duration::from_secs(45), MAX_EVENT);
    /// # connection.receive(text("0"))?;
    /// connection.accept(&Namespace::main());
    /// let left = connection.receive(text("1"))?;
    /// assert_eq!(left, Some(Happening::Left { namespace: Namespace::main(), for_good: true }));
    /// connection.leave(&Namespace::main(), Duration::from_secs(90));
    /// assert_eq!(connection.poll_timeout(), Some(Duration::from_secs(90)));
    /// # Ok::<(), wire42::socket_io::Violation>(())
    /// ```
    pub fn leave(&mut self, namespace: &Namespace, connect_by: Duration) {
        self.joined.retain(|joined| joined != namespace);
        if self.joined.is_empty() && !planted("who-left-may-idle") {
            self.connect_by.get_or_insert(connect_by);
        }
    }

    /// Takes the client out of all its namespaces, in the order in which it joined them.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::{socket_io::{Connection, MAX_EVENT, Namespace}};
    /// # let mut connection = Connection::new(Duration::from_secs(45), MAX_EVENT);
    /// connection.accept(&Namespace::main());
    /// assert_eq!(connection.leave_all(), [Namespace::main()]);
    /// assert!(connection.joined().is_empty());
    /// ```
    pub fn leave_all(&mut self) -> Vec<Namespace> {
        self.connect_by = None;
        std::mem::take(&mut self.joined)
    }

    /// Says which namespaces the client has joined, the oldest first.
    pub fn joined(&self) -> &[Namespace] {
        &self.joined
    }

    /// Counts the bytes of a packet that is not complete.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::{frame::Frame, socket_io::{Connection, MAX_EVENT, Namespace}};
    /// # let text = |text: &str| Frame::Text(text.to_owned());
    /// # let mut connection = Connection::new(Duration::from_secs(45), MAX_EVENT);
    /// # connection.receive(text("0"))?;
    /// # connection.accept(&Namespace::main());
    /// connection.receive(text(r#"51-["photo",{"_placeholder":true,"num":0}]"#))?;
    /// assert!(connection.incomplete() > 0);
    /// connection.receive(Frame::Binary(vec![0x89, 0x50]))?;
    /// assert_eq!(connection.incomplete(), 0);
    /// # Ok::<(), wire42::socket_io::Violation>(())
    /// ```
    pub fn incomplete(&self) -> usize {
        self.reassembly.held()
    }

    /// Says by when the client must have joined a namespace.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.connect_by.filter(|_| !planted("no-connect-timeout"))
    }

    fn interpret(&mut self, packet: Packet) -> Result<Option<Happening>, Violation> {
        let Packet { namespace, kind } = packet;
        let is_joined = self.joined.contains(&namespace);
        match kind {
            // Reference: a second CONNECT is an error once the first was answered. Ours: before that too; it makes two
            // sockets there, of which one is never heard of again.
            Kind::Connect { .. } if is_joined && planted("second-connect-ignored") => Ok(None),
            Kind::Connect { .. } if is_joined || self.asking.contains(&namespace) => {
                Err(Violation::OutOfPlace)
            }
            Kind::Connect { data } => {
                self.asking.push(namespace.clone());
                Ok(Some(Happening::Joining { namespace, auth: data.filter(|_| !planted("auth-ignored")) }))
            }
            // Ours: an event right behind its CONNECT is one, though the answer is still to come. Reference: it ends the session.
            Kind::Event { id, args } if self.asking.contains(&namespace) => {
                Ok(Some(Happening::Event { namespace, id, args }))
            }
            // Socket.IO v5, Connection to a namespace: whoever sends anything else first is let go.
            _ if !is_joined => Err(Violation::OutOfPlace),
            Kind::Event { id, args } => Ok(Some(Happening::Event { namespace, id, args })),
            Kind::Ack { id: Some(id), args: Some(args) } => Ok(Some(Happening::Ack { namespace, id, args })),
            // Reference: an answer to nothing is no reason to close.
            Kind::Ack { .. } => Ok(None),
            Kind::Disconnect => Ok(Some(Happening::Left { namespace, for_good: true })),
            Kind::ConnectError { .. } => Err(Violation::OutOfPlace),
        }
    }
}

/// Why a client is let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A message that is no packet, or not now.
    Unreadable(ReassemblyError),
    /// A packet that the client's state does not allow.
    OutOfPlace,
}

impl From<ReassemblyError> for Violation {
    fn from(error: ReassemblyError) -> Self {
        Violation::Unreadable(error)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Violation::Unreadable(error) => error.fmt(f),
            Violation::OutOfPlace => {
                f.write_str("the packet does not fit the client's state in that namespace")
            }
        }
    }
}

impl std::error::Error for Violation {}

#[cfg(test)]
mod tests {
    use super::super::reassembly::MAX_EVENT;
    use super::*;

    const LATER: Duration = Duration::from_secs(90);

    fn connection() -> Connection {
        Connection::new(Duration::from_secs(45), MAX_EVENT)
    }

    fn receive(connection: &mut Connection, text: &str) -> Result<Option<Happening>, Violation> {
        connection.receive(Frame::Text(text.to_owned()))
    }

    fn joined() -> Connection {
        let mut connection = connection();
        receive(&mut connection, "0").unwrap();
        connection.accept(&Namespace::main());
        connection
    }

    #[test]
    fn who_has_not_joined_may_only_ask_to() {
        for text in [r#"2["a"]"#, "1", "30[]", r#"4"x""#, r#"2/custom,["a"]"#] {
            assert_eq!(receive(&mut connection(), text), Err(Violation::OutOfPlace), "{text}");
        }
    }

    #[test]
    fn two_connects_do_not_make_two_sockets() {
        let mut asking = connection();
        receive(&mut asking, "0").unwrap();
        assert_eq!(receive(&mut asking, "0"), Err(Violation::OutOfPlace));
        assert_eq!(receive(&mut joined(), "0"), Err(Violation::OutOfPlace));
    }

    #[test]
    fn a_refused_client_may_ask_elsewhere_while_the_time_runs() {
        let mut connection = connection();
        receive(&mut connection, "0/nowhere").unwrap();
        connection.refuse(&Namespace::parse("/nowhere").unwrap());
        assert!(receive(&mut connection, "0").unwrap().is_some());
        assert_eq!(connection.poll_timeout(), Some(Duration::from_secs(45)));
    }

    #[test]
    fn the_connect_timeout_runs_again_behind_the_last_leave() {
        let mut connection = joined();
        assert_eq!(connection.poll_timeout(), None);
        connection.leave(&Namespace::main(), LATER);
        assert_eq!(connection.poll_timeout(), Some(LATER));
    }

    #[test]
    fn an_ack_of_nothing_is_ignored() {
        for text in ["3", "3[]", "30"] {
            assert_eq!(receive(&mut joined(), text), Ok(None), "{text}");
        }
    }
}
