//! What a packet is, as far as its first characters say it.
//!
//! ```text
//! 4  2  ["message",…]
//! │  └ Socket.IO: event
//! └ Engine.IO: message
//! ```

/// Which way a packet travels.
#[derive(Clone, Copy, Debug)]
pub(in crate::net) enum Direction {
    /// From a client.
    In,
    /// To a client.
    Out,
}

/// The protocols and types that are told apart; those of each protocol in the order of their digits.
pub(in crate::net) const PACKETS: [(&str, &str); 17] = [
    ("engine.io", "open"),
    ("engine.io", "close"),
    ("engine.io", "ping"),
    ("engine.io", "pong"),
    ("engine.io", "message"),
    ("engine.io", "upgrade"),
    ("engine.io", "noop"),
    ("engine.io", "binary"),
    ("engine.io", "invalid"),
    ("socket.io", "connect"),
    ("socket.io", "disconnect"),
    ("socket.io", "event"),
    ("socket.io", "ack"),
    ("socket.io", "connect_error"),
    ("socket.io", "binary_event"),
    ("socket.io", "binary_ack"),
    ("socket.io", "invalid"),
];

/// Finds the places of a packet in [`PACKETS`]: its own and, if it is a message, that of the packet in it.
pub(super) fn places(packet: &[u8]) -> (usize, Option<usize>) {
    match packet {
        [b'4', inner @ ..] => (MESSAGE, Some(CONNECT + digit(inner).unwrap_or(INVALID_MESSAGE))),
        // Engine.IO v4, HTTP long-polling: base64 behind a `b`.
        [b'b', ..] => (BINARY, None),
        _ => (digit(packet).unwrap_or(INVALID), None),
    }
}

/// Reads the digit that both protocols put first, 0 to 6.
fn digit(packet: &[u8]) -> Option<usize> {
    match packet.first() {
        Some(digit @ b'0'..=b'6') => Some(usize::from(digit - b'0')),
        _ => None,
    }
}

const MESSAGE: usize = 4;
pub(super) const BINARY: usize = 7;
const INVALID: usize = 8;
const CONNECT: usize = 9;
/// Counted from [`CONNECT`].
const INVALID_MESSAGE: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_characters_say_what_a_packet_is() {
        let named = |packet: &str| {
            let (outer, inner) = places(packet.as_bytes());
            (PACKETS[outer], inner.map(|inner| PACKETS[inner]))
        };
        let engine = |kind| (("engine.io", kind), None);
        let socket = |kind| (("engine.io", "message"), Some(("socket.io", kind)));
        assert_eq!(named("0{}"), engine("open"));
        assert_eq!(named("2probe"), engine("ping"));
        assert_eq!(named("6"), engine("noop"));
        assert_eq!(named("bAQID"), engine("binary"));
        assert_eq!(named(""), engine("invalid"));
        assert_eq!(named("7"), engine("invalid"));
        assert_eq!(named("40"), socket("connect"));
        assert_eq!(named("42/a,[\"x\"]"), socket("event"));
        assert_eq!(named("461-[]"), socket("binary_ack"));
        assert_eq!(named("4"), socket("invalid"));
        assert_eq!(named("4hello"), socket("invalid"));
    }
}
