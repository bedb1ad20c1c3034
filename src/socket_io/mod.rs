//! Socket.IO protocol 5: events, acknowledgements and namespaces, on any transport that carries messages.
//!
//! ```text
//! 2  /team-a,  12  ["message",{"name":"John","input":"Hello"}]
//! │  │         │   └ the arguments, a JSON array; an event's first is its name
//! │  │         └ the number that an acknowledgement is to carry
//! │  └ the namespace; none is "/"
//! └ the type: 0 CONNECT, 1 DISCONNECT, 2 EVENT, 3 ACK, 4 CONNECT_ERROR, 5 and 6 EVENT and ACK with attachments
//! ```
//!
//! ```
//! use wire42::socket_io::{Decoded, Kind, Packet};
//!
//! let Decoded::Whole(packet) = Packet::decode(r#"2["message",1]"#.to_owned())? else { panic!("nothing is missing") };
//! let Kind::Event { args, .. } = packet.kind else { panic!("type 2 is an event") };
//! assert!(args.is_event("message"));
//! # Ok::<(), wire42::socket_io::DecodeError>(())
//! ```
//!
//! In this order: [`packet`], what is said; [`namespace`] and [`args`], its parts; [`header`] and [`decoder`], how it is read;
//! [`reassembly`], how bytes get into it; [`connection`], who may say it when. [`anatomy`] shows people what a text holds. Then the
//! two protocols, one on the other: [`client`](crate::client).

pub mod anatomy;
pub mod args;
pub mod connection;
pub mod decoder;
pub mod header;
pub mod namespace;
pub mod packet;
mod placeholders;
#[cfg(test)]
mod properties;
pub mod reassembly;

pub use anatomy::{Anatomy, Flaw, Part};
pub use args::{Args, Elements, NotAnArray};
pub use connection::{Connection, Happening, Violation};
pub use decoder::{DecodeError, Decoded};
pub use header::{MAX_ATTACHMENTS, Type};
pub use namespace::Namespace;
pub use packet::{Kind, Packet};
pub use reassembly::{MAX_EVENT, Reassembly, ReassemblyError};
