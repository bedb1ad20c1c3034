//! A chat back end that speaks the Socket.IO wire protocol by hand: Engine.IO protocol 4, Socket.IO protocol 5.
//!
//! ```text
//!           GET, POST,  ┌────────────────────── client ─────────────────────┐
//!           frames in   │                      packets                      │
//!   net  ─────────────> │ engine_io::Session <──────> socket_io::Connection │ ──> hub ──> app
//!        <───────────── │                                                   │
//!           bodies and  └───────────────────────────────────────────────────┘     rooms  chat
//!           frames out
//! ```
//!
//! **The one rule.** The protocol is a function of inputs and time. It never reads a socket, a clock or a random number;
//! only [`net`] does. So every conversation of the conformance kit can be played on the core in microseconds, under a clock
//! that jumps.
//!
//! # In this order
//!
//! 1. [`frame`], [`now`] and [`bucket`]: what travels, when, and how often.
//! 2. [`engine_io`]: how packets cross HTTP and WebSocket. [`engine_io::Session`] is the heart of it.
//! 3. [`socket_io`]: events, acknowledgements and namespaces. [`socket_io::Packet`] reads and writes them.
//! 4. [`client`]: the two, one on the other.
//! 5. [`app`]: what the server does with what clients say.
//! 6. [`store`]: where what was said is kept; `sqlite`, with the feature of that name, keeps it in a file.
//! 7. [`hub`]: rooms, and one order for everyone in them.
//! 8. [`net`]: the sockets under all this.
//!
//! A module opens with a sentence and a picture of its bytes or its states; what is public in it stands in an example that runs.
//! Each layer ends with where to read on. Two modules stand beside the layers: [`explain`] says in words what a packet means, and
//! [`planted`] is where the conformance kit puts bugs, to see whether it finds them.
//!
//! What a client can see of all this is said, and proven, in `fixtures/`: chapters in Markdown whose conversations are played on
//! the core and over TCP. `fixtures/README.md` has their order, and their notation.
//!
//! These pages hold what is public. `cargo doc --document-private-items --open` has the rest, such as the tasks in [`net`] and how
//! a session parts.
//!
//! # One conversation, without a socket
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
//! let (room, rate) = (ChatConfig::default(), Rate::default());
//! let chat = AppConfig::Chat { room, doors: vec![], max_namespaces: 0, rate };
//! let session = Session::websocket("Kx", Config::default(), now);
//! let client = chat.client(session, Terms::default(), now);
//! let mut john = Guest::new(client, chat.hub(Box::new(|| "John".into())));
//!
//! let sent = |john: &mut Guest| -> Vec<String> {
//!     let slips = std::iter::from_fn(|| john.poll_transmit());
//!     slips.map(|slip| String::from_utf8_lossy(slip.frame().bytes()).into_owned()).collect()
//! };
//!
//! john.handle_input(Input::Text("40"), now)?;
//! let [open, connect] = &sent(&mut john)[..] else { panic!("the rest waits for 5 ms") };
//! assert!(open.starts_with(r#"0{"sid":"Kx","upgrades":[],"pingInterval":25000,"#));
//! assert_eq!(connect, r#"40{"sid":"John"}"#);
//!
//! let later = Now { mono: now.mono + std::time::Duration::from_millis(5), ..now };
//! john.handle_input(Input::Text(r#"42["message",{"name":"John","input":"Hello"}]"#), later)?;
//! let said = r#"{"clientId":"John","name":"John","message":"Hello","timeStamp":"05:30"}"#;
//! let [before, behind] = &sent(&mut john)[..] else { panic!("one snapshot for each") };
//! assert_eq!((&before[..], &behind[..]), (r#"42["message",[]]"#, &*format!(r#"42["message",[{said}]]"#)));
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
#[cfg(feature = "sqlite")]
pub mod sqlite;
pub mod store;
