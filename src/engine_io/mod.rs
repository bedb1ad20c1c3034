//! Engine.IO protocol 4: how packets cross HTTP long-polling and WebSocket.
//!
//! ```text
//!            handshake                     2probe / 3probe / 5
//! client ──GET──────────> [ polling ] ──────────────────────────> [ WebSocket ]
//!        ──Upgrade──────────────────────────────────────────────>
//!                              │ 2 / 3: the heartbeat, on whichever carries
//!                              └ 1, silence, or a broken packet: closed
//! ```
//!
//! Nothing here reads a socket or a clock. [`Session`] is the state machine of one client; [`Intent`] says what an HTTP
//! request wants before there is one.
//!
//! ```
//! use wire42::engine_io::{Intent, Refusal, Transports};
//!
//! let refused = Intent::parse("GET", false, "EIO=3&transport=polling", Transports::default());
//! assert_eq!(refused, Err(Refusal::UnsupportedVersion));
//! ```
//!
//! In this order: [`packet`] and [`payload`], what travels; [`handshake`], what a request wants; [`session`], one client's life,
//! with its [`heartbeat`] and its [`outbox`]. Then what the messages mean: [`socket_io`](crate::socket_io).

pub mod handshake;
pub mod heartbeat;
pub mod outbox;
pub mod packet;
pub mod payload;
pub mod session;

pub use handshake::{Intent, Refusal, Transport, Transports, Want};
pub use heartbeat::Heartbeat;
pub use outbox::{OUTBOX_EVENTS, Slip, Unsent};
pub use packet::Packet;
pub use session::{Config, Input, Output, Reason, Session, Tally};
