//! A chat back end that speaks the Socket.IO wire protocol by hand: Engine.IO protocol 4, Socket.IO protocol 5.
//!
//! ```text
//!          bytes                                                               who hears what
//!  net ──────────> client { engine_io::Session, socket_io::Connection } ──> hub ──> app
//!   │    sockets,        GET, POST, frames   │   packets, namespaces         rooms   the chat
//!   │    clocks,         in, bodies and      │
//!   │    tasks           frames out          frame: what travels
//! ```
//!
//! **The one rule.** The protocol is a function of inputs and time. It never reads a socket, a clock or a random number;
//! only [`net`] does. So every conversation of the conformance kit can be played on the core in microseconds, under a clock
//! that jumps.
//!
//! Read it in this order:
//!
//! 1. [`frame`], [`now`] and [`bucket`]: what travels, when, and how often.
//! 2. [`engine_io`]: how packets cross HTTP and WebSocket. [`engine_io::Session`] is the heart of it.
//! 3. [`socket_io`]: events, acknowledgements and namespaces. [`socket_io::Packet`] reads and writes them.
//! 4. [`client`]: the two, one on the other.
//! 5. [`app`]: what the server does with what clients say.
//! 6. [`hub`]: rooms, and one order for everyone in them.
//! 7. [`net`]: the sockets under all this.
//!
//! [`planted`] holds no server: it is where the conformance kit puts bugs, to see whether it finds them.
//!
//! One conversation, without a socket:
//!
//! ```
//! use wire42::app::ChatConfig;
//! use wire42::bucket::Rate;
//! use wire42::client::Terms;
//! use wire42::engine_io::{Config, Input, Session};
//! use wire42::hub::Guest;
//! use wire42::net::AppConfig;
//! use wire42::now::Now;
//!
//! let now = Now::default();
//! let chat = AppConfig::Chat { room: ChatConfig::default(), doors: vec![], max_namespaces: 0, rate: Rate::default() };
//! let session = Session::websocket("Kx", Config::default(), now);
//! let mut john = Guest::new(chat.client(session, Terms::default(), now), chat.hub(Box::new(|| "John".into())));
//!
//! john.handle_input(Input::Text("40"), now)?;
//! let later = Now { mono: now.mono + std::time::Duration::from_millis(5), ..now };
//! john.handle_input(Input::Text(r#"42["message",{"name":"John","input":"Hello"}]"#), later)?;
//!
//! let sent: Vec<_> = std::iter::from_fn(|| john.poll_transmit()).collect();
//! let sent: Vec<_> = sent.iter().map(|slip| String::from_utf8_lossy(slip.frame().bytes())).collect();
//! assert!(sent[0].starts_with(r#"0{"sid":"Kx""#));
//! assert_eq!(sent[1], r#"40{"sid":"John"}"#);
//! # Ok::<(), wire42::engine_io::Refusal>(())
//! ```

pub mod app;
pub mod bucket;
pub mod client;
pub mod engine_io;
pub mod explain;
pub mod frame;
pub mod hub;
pub mod net;
pub mod now;
pub mod planted;
pub mod socket_io;
