//! A model of both readers: its habits decide which of the two it is.
//!
//! ```text
//! no habit        wire42
//! every habit     the reference
//! ```
//!
//! It shares nothing with wire42's decoders but the grammar, so that a bug there is a difference here.

mod engine;
mod placeholders;
mod socket;

use super::class::Habits;
use super::reading::Reading;
use crate::packet::Content;
use crate::vector::Kind;

/// Reads a wire of this kind.
pub(super) fn read(kind: Kind, wire: &[Content], habits: &Habits) -> Reading {
    match kind {
        Kind::EnginePacket => engine::packet(wire, habits),
        Kind::Payload => engine::payload(wire, habits),
        Kind::SocketPacket => socket::packets(wire, habits),
    }
}
