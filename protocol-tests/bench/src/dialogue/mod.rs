//! What a client and a server say to each other until the client has joined the namespace `/`.
//!
//! ```text
//! WebSocket   GET ?transport=websocket | 101, 0{…} | 40 | 40{…}
//! Polling     GET | 0{…} | POST 40 | ok | GET | 40{…}                        one connection
//! Upgrade     GET | 0{…} | POST 40, GET, GET ?transport=websocket&sid=… | …  three, as the stock client
//! ```

mod polling;
mod upgrade;
mod websocket;

pub use polling::{Polling, get, joined, post, sid};
pub use upgrade::Upgrade;
pub use websocket::{Joined, WebSocket, after_handshake, upgrade_request};

use std::io;

use mio::event::Event;
use mio::{Registry, Token};

use crate::line::{Line, Route};

/// One client's way in. It gives back nothing until it has arrived.
pub trait Dialogue: Sized {
    /// What is left of it when it has.
    type Arrived;

    /// Opens the first connection.
    ///
    /// # Errors
    ///
    /// No descriptor or no port is left.
    fn begin(desk: Desk<'_>) -> io::Result<Self>;

    /// Goes on after an event at connection `line`; true if the client has arrived.
    ///
    /// # Errors
    ///
    /// The server said something else than it should, or hung up.
    fn advance(&mut self, line: usize, event: &Event, desk: Desk<'_>, buffer: &mut [u8]) -> io::Result<bool>;

    /// Ends what is no longer needed.
    ///
    /// # Errors
    ///
    /// A connection was not in the loop.
    fn finish(self, registry: &Registry) -> io::Result<Self::Arrived>;
}

/// Where a client opens its connections.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// Of the loop that waits for them.
    pub registry: &'a Registry,
    /// Where they go.
    pub route: Route,
}

/// Connections that one client may have at once.
pub const LINES: usize = 4;

impl Desk<'_> {
    /// Opens connection `line` of this client.
    ///
    /// # Errors
    ///
    /// No descriptor or no port is left.
    pub fn open(&self, line: usize, greeting: Vec<u8>) -> io::Result<Line> {
        Line::open(self.registry, Token(self.route.client * LINES + line), self.route, greeting)
    }
}

/// An error that quotes what the server said instead.
fn unexpected(wanted: &str, said: &[u8]) -> io::Error {
    let said = String::from_utf8_lossy(&said[..said.len().min(200)]);
    io::Error::other(format!("wanted {wanted}, the server said {said:?}"))
}
