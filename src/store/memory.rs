//! The log that forgets all when the process ends: it keeps nothing itself, as the room has the history anyway.
//!
//! ```text
//! Append ──> position + 1 ──> Appended
//! ```
//!
//! ```
//! use wire42::socket_io::Namespace;
//! use wire42::store::{Memory, Outcome, Request, Store};
//!
//! let mut log = Memory.log(&Namespace::main());
//! assert_eq!(log.submit(Request::Part { pid: "secret".into(), unix: 0 }), None, "this is never answered");
//! ```

use super::{Log, Outcome, Position, Record, Request, Store};
use crate::socket_io::Namespace;

/// Keeps nothing but how much was said.
#[derive(Clone, Copy, Debug)]
pub struct Memory;

impl Store for Memory {
    fn log(&self, _: &Namespace) -> Box<dyn Log> {
        Box::new(Counter { position: 0 })
    }
}

struct Counter {
    position: Position,
}

impl Log for Counter {
    fn submit(&mut self, request: Request) -> Option<Outcome> {
        match request {
            Request::Open(_) => {
                Some(Outcome::Opened { position: self.position, records: vec![], sockets: vec![] })
            }
            Request::Append { ticket, json, unix } => {
                self.position += 1;
                let record = Record { position: self.position, unix, json };
                Some(Outcome::Appended { ticket: Some(ticket), record })
            }
            Request::Enroll(socket) => Some(Outcome::Enrolled { pid: socket.pid }),
            Request::Part { .. } | Request::Forget { .. } => None,
        }
    }
}
