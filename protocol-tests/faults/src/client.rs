//! A well-behaved client, on whichever transport.
//!
//! ```text
//! Way::WebSocket   GET Upgrade | 0{…} | 40 | 40{…}
//! Way::Polling     GET | 0{…} | POST 40 | GET | 40{…}
//! Way::Upgrade     the same, then 2probe | 3probe | 5
//! ```

use std::io;
use std::time::Instant;

use crate::dice::Dice;
use crate::link::Link;
use crate::polling::Polling;
use crate::websocket::WebSocket;

/// A client that has joined `/`.
#[derive(Debug)]
pub enum Client {
    /// Its session is on a WebSocket.
    WebSocket(WebSocket),
    /// Its session is on polling.
    Polling(Polling),
}

/// How a client comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By a WebSocket at once.
    WebSocket,
    /// By polling, and it stays there.
    Polling,
    /// By polling, and it moves to a WebSocket.
    Upgrade,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::WebSocket, Self::Polling, Self::Upgrade];
}

impl Client {
    /// Comes in.
    ///
    /// # Errors
    ///
    /// The server does not let it.
    pub fn join(way: Way, port: u16) -> io::Result<Self> {
        match way {
            Way::WebSocket => WebSocket::join(Link::open(port)?, port).map(Self::WebSocket),
            Way::Polling | Way::Upgrade => {
                let mut polling = Polling::open(port)?;
                polling.join()?;
                if way == Way::Polling {
                    return Ok(Self::Polling(polling));
                }
                upgrade(&polling, port).map(Self::WebSocket)
            }
        }
    }

    /// Sends a packet.
    ///
    /// # Errors
    ///
    /// The server does not take it.
    pub fn say(&mut self, packet: &[u8]) -> io::Result<()> {
        match self {
            Self::WebSocket(websocket) => websocket.say(packet),
            Self::Polling(polling) => polling.say(packet),
        }
    }

    /// Gives the next packet; nothing when the time is up. Heartbeats are answered.
    ///
    /// # Errors
    ///
    /// The server ended it.
    pub fn hear(&mut self, by: Instant) -> io::Result<Option<Vec<u8>>> {
        match self {
            Self::WebSocket(websocket) => websocket.hear(by),
            Self::Polling(polling) => polling.hear(by),
        }
    }

    /// Leaves, in one of the ways in which clients do: with a word or without, by FIN or by reset.
    ///
    /// # Errors
    ///
    /// The connection has ended before.
    pub fn leave(mut self, dice: &mut Dice) -> io::Result<()> {
        match dice.below(4) {
            0 => self.say(b"41")?,
            1 => self.say(b"1")?,
            _ => {}
        }
        if dice.below(2) == 0 {
            return Ok(());
        }
        match self {
            Self::WebSocket(websocket) => websocket.link.reset(),
            Self::Polling(polling) => {
                let (polls, posts) = polling.into_parts();
                polls.link.reset()?;
                posts.link.reset()
            }
        }
    }
}

/// Moves a session that polls to a WebSocket; no GET may be on its way.
///
/// # Errors
///
/// The server does not let it.
pub fn upgrade(polling: &Polling, port: u16) -> io::Result<WebSocket> {
    upgrade_over(Link::open(port)?, polling, port)
}

/// The same, over a connection that is there.
///
/// # Errors
///
/// The server does not let it.
pub fn upgrade_over(link: Link, polling: &Polling, port: u16) -> io::Result<WebSocket> {
    let mut websocket = WebSocket::shake_hands(link, port, &polling.sid)?;
    websocket.say(b"2probe")?;
    websocket.hear_that("the answer to the probe", |packet| packet == b"3probe")?;
    websocket.say(b"5")?;
    Ok(websocket)
}

/// Writes a message of the chat.
pub fn chat(text: &str) -> Vec<u8> {
    format!(r#"42["message",{{"name":"fault","input":"{text}"}}]"#).into()
}
