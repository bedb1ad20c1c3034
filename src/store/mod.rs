//! Where the rooms' histories are kept: a log for each room, whose kinds stand behind one trait.
//!
//! ```text
//! Room ── Request ──> Log          memory: it answers at once
//!   ^                  │           a file: the request waits in a Queue until it is on the disk
//!   └──── Outcome <────┘           (a log that many nodes share would bring what the others appended, in everyone's order)
//! ```
//!
//! A log gives each of its messages a position, one above the last. What is appended comes back as an [`Outcome`], in the log's
//! order; only then is it in the history, and only then does anybody hear of it.
//!
//! ```
//! use wire42::socket_io::Namespace;
//! use wire42::store::{Log, Memory, Outcome, Record, Request, Store, Ticket};
//!
//! let mut log: Box<dyn Log> = Memory.log(&Namespace::main());
//! let message = r#"{"name":"John"}"#;
//! let outcome = log.submit(Request::Append { ticket: Ticket(7), json: message.into(), unix: 1_795_345_598 });
//! let record = Record { position: 1, unix: 1_795_345_598, json: message.into() };
//! assert_eq!(outcome, Some(Outcome::Appended { ticket: Some(Ticket(7)), record }));
//! ```
//!
//! In this order: [`memory`], the least that a log is; [`queue`], for those that take their time.

pub mod memory;
pub mod queue;

use std::fmt;
use std::sync::Arc;

pub use memory::Memory;
pub use queue::Queue;

use crate::app::SocketId;
use crate::socket_io::Namespace;

/// Opens the logs of rooms.
///
/// ```
/// use wire42::socket_io::Namespace;
/// use wire42::store::{Memory, Outcome, Request, Store, Tail};
///
/// let mut log = Memory.log(&Namespace::main());
/// let nothing = Outcome::Opened { position: 0, records: vec![], sockets: vec![] };
/// assert_eq!(log.submit(Request::Open(Tail { records: 500, bytes: 1_048_576 })), Some(nothing));
/// ```
pub trait Store: Send {
    /// Gives the log of a room.
    fn log(&self, room: &Namespace) -> Box<dyn Log>;
}

/// The log of one room, as the room has it.
///
/// ```
/// use wire42::store::{Log, Outcome, Request};
///
/// /// A log that never answers.
/// struct Stalled;
///
/// impl Log for Stalled {
///     fn submit(&mut self, _: Request) -> Option<Outcome> {
///         None
///     }
/// }
///
/// assert_eq!(Stalled.submit(Request::Forget { pid: "secret".into() }), None);
/// ```
pub trait Log: Send {
    /// Takes a request, without waiting. What is not answered here is answered later, by
    /// [`Hub::handle_outcomes`](crate::hub::Hub::handle_outcomes), in the log's order.
    fn submit(&mut self, request: Request) -> Option<Outcome>;
}

/// What a room asks of its log.
#[derive(Debug, PartialEq)]
pub enum Request {
    /// Give the end of the log, and who may come back; always the first.
    Open(Tail),
    /// Add a message.
    Append {
        /// What the outcome is to be known by.
        ticket: Ticket,
        /// The message, a JSON object's text.
        json: Box<str>,
        /// Seconds since 1970.
        unix: i64,
    },
    /// Remember that this socket may come back, or that it has.
    Enroll(Recoverable),
    /// The socket is gone since this second, and may come back. This is not answered.
    Part {
        /// Whose.
        pid: Pid,
        /// Seconds since 1970.
        unix: i64,
    },
    /// The socket will not come back. This is not answered.
    Forget {
        /// Whose.
        pid: Pid,
    },
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The end of the log.
    Opened {
        /// The position of the last message that ever was; 0 if there was none.
        position: Position,
        /// The messages that were asked for, the oldest first; the last one is at `position`.
        records: Vec<Record>,
        /// Who may come back, the one first that has been gone longest.
        sockets: Vec<Recoverable>,
    },
    /// The message is in the log for good.
    Appended {
        /// By which the room knows it again; none if it came from elsewhere.
        ticket: Option<Ticket>,
        /// The message.
        record: Record,
    },
    /// The socket may come back, whatever happens.
    Enrolled {
        /// Whose.
        pid: Pid,
    },
    /// It could not be done, and nothing of it was.
    Failed {
        /// What was asked.
        what: Asked,
        /// Why.
        fault: Fault,
    },
}

/// A request that is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To open the log.
    Open,
    /// To append what has this ticket.
    Append(Ticket),
    /// To enroll whoever has this pid.
    Enroll(Pid),
}

impl Request {
    /// Says what of this is to be answered.
    ///
    /// ```
    /// use wire42::store::{Asked, Request, Ticket};
    ///
    /// let request = Request::Append { ticket: Ticket(7), json: "{}".into(), unix: 0 };
    /// assert_eq!(request.asked(), Some(Asked::Append(Ticket(7))));
    /// assert_eq!(Request::Forget { pid: "secret".into() }.asked(), None);
    /// ```
    pub fn asked(&self) -> Option<Asked> {
        match self {
            Request::Open(_) => Some(Asked::Open),
            Request::Append { ticket, .. } => Some(Asked::Append(*ticket)),
            Request::Enroll(socket) => Some(Asked::Enroll(socket.pid.clone())),
            Request::Part { .. } | Request::Forget { .. } => None,
        }
    }
}

/// Why a request was not done.
///
/// ```
/// assert_eq!(wire42::store::Fault::Full.to_string(), "there is no space left for messages");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too much waits already.
    Busy,
    /// The disk is full.
    Full,
    /// The disk does not work.
    Broken,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Busy => "too many messages wait to be stored",
            Fault::Full => "there is no space left for messages",
            Fault::Broken => "messages cannot be stored now",
        })
    }
}

/// The place of a message in its log; the first has 1.
///
/// ```
/// use wire42::store::{Position, Record};
///
/// let first: Position = 1;
/// let record = Record { position: first, unix: 1_795_345_598, json: "{}".into() };
/// assert!(record.position > Position::default(), "0 stands for a log in which nothing is");
/// ```
pub type Position = u64;

/// How much of a log's end is wanted: the last messages that are at most so many, and together at most so large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// How many.
    pub records: usize,
    /// Bytes of their JSON, each with one byte for the comma behind it. The last one is given however large it is.
    pub bytes: usize,
}

/// A message in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place.
    pub position: Position,
    /// Seconds since 1970.
    pub unix: i64,
    /// A JSON object's text.
    pub json: Box<str>,
}

/// By which a room knows a message again that it gave away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// A socket that may come back.
///
/// ```
/// use wire42::store::{Asked, Recoverable, Request};
///
/// let john = Recoverable { pid: "secret".into(), socket: "John".into(), since: 3, gone_at: None };
/// assert_eq!(Request::Enroll(john).asked(), Some(Asked::Enroll("secret".into())));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recoverable {
    /// What it must show.
    pub pid: Pid,
    /// Its name, which stays.
    pub socket: SocketId,
    /// The position behind which it began to listen.
    pub since: Position,
    /// Since when it is gone, in seconds since 1970; none while it is there.
    pub gone_at: Option<i64>,
}

/// The secret by which a socket is known when it comes back (`pid` of the CONNECT answer).
///
/// ```
/// use wire42::store::Pid;
///
/// let pid = Pid::from("secret");
/// assert_eq!(pid.as_str(), "secret");
/// assert_eq!(format!("{pid:?}"), "Pid", "no log shows it");
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pid(Arc<str>);

impl Pid {
    /// Gives the secret.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Pid {
    fn from(pid: &str) -> Self {
        Self(pid.into())
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pid")
    }
}
