//! Applications: what the server does with what clients say.
//!
//! An application is the state of one room. It is told what happened and gives back a list of effects; who is connected
//! how, and where the bytes go, it never learns.
//!
//! ```text
//! hub ── event(from, args, ack, now) ──> App ──> [ Append ]
//! ```
//!
//! ```
//! use wire42::app::{App, Effect, Echo, SocketId};
//! use wire42::now::Now;
//! use wire42::socket_io::Args;
//!
//! let john = SocketId::from("John");
//! let effects = Echo::new(true).event(&john, Args::event("message", &["1"]), None, Now::default());
//! assert_eq!(effects, [Effect::Emit(Args::event("message-back", &["1"]))]);
//! ```
//!
//! In this order: [`echo`], the smallest; [`chat`], which the server is for; [`plus`], what only a server can begin;
//! [`recovery`], what others miss. Then who else hears it: [`hub`](crate::hub).

pub mod chat;
pub mod echo;
mod history;
pub(crate) mod json;
pub mod plus;
pub mod recovery;
mod snippet;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use chat::{Chat, ChatConfig};
pub use echo::Echo;
pub use plus::Plus;
pub use recovery::Recovery;

use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::Args;

/// One room of an application.
///
/// ```
/// use wire42::app::{Ack, App, Effect, Rejection, SocketId};
/// use wire42::now::Now;
/// use wire42::socket_io::Args;
///
/// /// What one says, all others hear.
/// struct Relay;
///
/// impl App for Relay {
///     fn join(&mut self, _: &SocketId, _: Option<&str>) -> Result<Vec<Effect>, Rejection> {
///         Ok(Vec::new())
///     }
///     fn event(&mut self, _: &SocketId, args: Args, _: Option<Ack>, _: Now) -> Vec<Effect> {
///         vec![Effect::Broadcast(args)]
///     }
///     fn snapshot(&self) -> Option<Args> {
///         None
///     }
///     fn refused(&self) -> u64 {
///         0
///     }
/// }
///
/// let said = Args::event("hello", &["1"]);
/// let effects = Relay.event(&SocketId::from("John"), said.clone(), None, Now::default());
/// assert_eq!(effects, [Effect::Broadcast(said)]);
/// ```
pub trait App: Send {
    /// A socket wants to join. `auth` is the JSON object that came with its CONNECT.
    ///
    /// # Errors
    ///
    /// Says why it may not.
    fn join(&mut self, socket: &SocketId, auth: Option<&str>) -> Result<Vec<Effect>, Rejection>;

    /// A socket sent an event; with `ack` it asked for an answer.
    fn event(&mut self, from: &SocketId, args: Args, ack: Option<Ack>, now: Now) -> Vec<Effect>;

    /// What was put off goes on: the client's answer has come, or, without one, the time is up.
    fn resume(&mut self, socket: &SocketId, note: Note, answer: Option<Args>) -> Vec<Effect> {
        let _ = (socket, note, answer);
        Vec::new()
    }

    /// A message is in the room's log: it was [appended](Effect::Append), or it was there when the room was opened.
    fn record(&mut self, json: Box<str>) {
        drop(json);
    }

    /// A socket is gone, and will not come back.
    fn leave(&mut self, socket: &SocketId) {
        let _ = socket;
    }

    /// Says how much of the log's end the application wants when the room is opened.
    fn wanted(&self) -> Kept {
        Kept::default()
    }

    /// Gives the one event that stands for all that was broadcast so far, if the application has such a thing. Who falls
    /// behind is brought up to date with it.
    fn snapshot(&self) -> Option<Args>;

    /// Counts the events that were not accepted.
    fn refused(&self) -> u64;

    /// Says how much is kept of what was said.
    fn kept(&self) -> Kept {
        Kept::default()
    }
}

/// What a room keeps of what was said.
///
/// ```
/// use wire42::app::{App, Chat, ChatConfig, Kept};
///
/// let mut chat = Chat::new(ChatConfig::default());
/// assert_eq!(chat.wanted(), Kept { messages: 500, bytes: 1_048_576 });
/// let entry = r#"{"clientId":"Kx","name":"John","message":"Hello","timeStamp":"05:30"}"#;
/// chat.record(entry.into());
/// assert_eq!(chat.kept(), Kept { messages: 1, bytes: entry.len() + ",".len() });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many messages.
    pub messages: usize,
    /// How many bytes they take.
    pub bytes: usize,
}

/// What is to be done, in this order, because something happened.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Send an event to the socket that caused this.
    Emit(Args),
    /// The same, and [resume](App::resume) with the note when the client has answered, or the time is up.
    EmitWithAck {
        /// The event.
        event: Args,
        /// How long to wait for the answer.
        timeout: Duration,
        /// What the application wants to be told then.
        note: Note,
    },
    /// [Resume](App::resume) with the note after this time.
    Wake {
        /// How long.
        after: Duration,
        /// What the application wants to be told then.
        note: Note,
    },
    /// Send an event to everyone in the room but the socket that caused this.
    Broadcast(Args),
    /// The same, but nobody who is away for a moment is told of it later (`volatile`).
    BroadcastVolatile(Args),
    /// Send an event to these sockets, as far as they are in the room.
    Send {
        /// To whom.
        to: Vec<SocketId>,
        /// The event.
        args: Args,
    },
    /// Send the snapshot to the socket that caused this.
    EmitSnapshot,
    /// Append a message to the room's log. When it is there, the application [records](App::record) it, everyone in the room
    /// is sent the new snapshot, and then comes the answer; when it cannot be had there, the answer says so.
    Append {
        /// The message, a JSON object's text.
        json: String,
        /// The answer to whoever sent it, if one is owed.
        answer: Option<(Ack, Args)>,
    },
    /// Answer.
    Ack(Ack, Args),
    /// Let the socket that caused this leave the room.
    Disconnect {
        /// End its whole session.
        transport: bool,
    },
}

/// What an application puts off: it comes back with [`App::resume`].
///
/// ```
/// use std::time::Duration;
/// use wire42::app::{App, Effect, Note, Plus, SocketId};
/// use wire42::now::Now;
/// use wire42::socket_io::Args;
///
/// let (john, mut plus) = (SocketId::from("John"), Plus::new("/"));
/// let args = Args::event("sleep", &["50"]);
/// let effects = plus.event(&john, args.clone(), None, Now::default());
/// let note = Note { args: args.clone(), ack: None };
/// assert_eq!(note.bytes(), r#"["sleep",50]"#.len());
/// assert_eq!(effects, [Effect::Wake { after: Duration::from_millis(50), note }]);
///
/// let effects = plus.resume(&john, Note { args, ack: None }, None);
/// assert_eq!(effects, [Effect::Emit(Args::event("sleep-back", &["50"]))]);
/// ```
#[derive(Debug, PartialEq)]
pub struct Note {
    /// The event it was about.
    pub args: Args,
    /// The answer that is still owed.
    pub ack: Option<Ack>,
}

impl Note {
    /// Counts the bytes that it keeps.
    pub fn bytes(&self) -> usize {
        self.args.json().len() + self.args.attachments().iter().map(Vec::len).sum::<usize>()
    }
}

/// Why a socket may not join.
///
/// ```
/// use wire42::app::{App, Plus, Rejection, SocketId};
///
/// let denied = Plus::new("/deny").join(&SocketId::from("John"), None);
/// assert_eq!(denied, Err(Rejection { message: "denied", data: Some(r#"{"code":7}"#) }));
/// assert_eq!(denied.unwrap_err().to_json(), r#"{"message":"denied","data":{"code":7}}"#);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// One sentence, without quotes.
    pub message: &'static str,
    /// More, as JSON text.
    pub data: Option<&'static str>,
}

impl Rejection {
    /// Writes the payload of a CONNECT_ERROR (Socket.IO v5, Connection to a namespace).
    pub fn to_json(&self) -> String {
        let data = self.data.filter(|_| !planted("connect-error-without-data"));
        let data = data.map_or_else(String::new, |data| format!(r#","data":{data}"#));
        format!(r#"{{"message":"{}"{data}}}"#, self.message)
    }
}

/// An answer that is owed. It is a value, so that it can be given later than the event.
///
/// ```
/// use wire42::app::{Ack, App, Echo, Effect, SocketId};
/// use wire42::now::Now;
/// use wire42::socket_io::Args;
///
/// let asked = Args::event("message-with-ack", &["1"]);
/// let effects = Echo::new(true).event(&SocketId::from("John"), asked, Some(Ack { id: 7 }), Now::default());
/// let [Effect::Ack(Ack { id: 7 }, args)] = &effects[..] else { panic!("it was asked for an answer") };
/// assert_eq!(args.json(), "[1]");
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Ack {
    /// The number that the client gave its event.
    pub id: u64,
}

/// The public name of one client in one namespace: the `sid` of its CONNECT answer.
///
/// ```
/// use wire42::app::SocketId;
///
/// assert_eq!(SocketId::from("John").as_str(), "John");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(Arc<str>);

impl SocketId {
    /// Gives the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for SocketId {
    fn from(id: &str) -> Self {
        Self(id.into())
    }
}

impl fmt::Display for SocketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
