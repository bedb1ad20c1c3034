//! What a codec made of a wire, as one line that can be compared.
//!
//! ```text
//! event "/admin" id 12 ["photo",<89504e47>]      message "hi"; <0102>      ! invalid payload
//! ```

use std::fmt;

use super::javascript;
use super::value::Value;
use crate::packet::SocketType;

/// The packets that were read, or that they were refused.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    /// The packets, in the form of `adapters/README.md`; none while attachments are missing.
    Packets(String),
    /// The codec's own words, which nobody compares.
    Refused(String),
}

impl Reading {
    /// Takes a line of an adapter.
    pub(super) fn of_line(line: &str) -> Reading {
        match line.strip_prefix('!') {
            Some(why) => Reading::Refused(why.trim().to_owned()),
            None => Reading::Packets(line.to_owned()),
        }
    }

    /// Joins packets, unless one was refused.
    pub(super) fn of(packets: Result<Vec<String>, String>) -> Reading {
        match packets {
            Ok(packets) => Reading::Packets(packets.join("; ")),
            Err(why) => Reading::Refused(why),
        }
    }

    /// Says whether it was taken.
    pub(super) fn is_accepted(&self) -> bool {
        matches!(self, Reading::Packets(_))
    }
}

/// All refusals are one: the codecs word them differently.
impl PartialEq for Reading {
    fn eq(&self, other: &Reading) -> bool {
        match (self, other) {
            (Reading::Packets(one), Reading::Packets(other)) => one == other,
            (Reading::Refused(_), Reading::Refused(_)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reading::Packets(packets) if packets.is_empty() => f.write_str("nothing yet"),
            Reading::Packets(packets) => f.write_str(packets),
            Reading::Refused(why) => write!(f, "refused ({why})"),
        }
    }
}

/// Writes an Engine.IO packet that is text.
pub(super) fn engine(kind: &str, data: &str) -> String {
    let mut out = kind.to_owned();
    if !data.is_empty() {
        out.push(' ');
        javascript::write_string(&data.encode_utf16().collect::<Vec<_>>(), &mut out);
    }
    out
}

/// Writes a Socket.IO packet.
pub(super) fn socket(kind: SocketType, namespace: &str, id: Option<f64>, data: Option<&Value>) -> String {
    let mut out = format!("{} ", kind.name());
    javascript::write_string(&namespace.encode_utf16().collect::<Vec<_>>(), &mut out);
    if let Some(id) = id {
        out.push_str(" id ");
        javascript::write_number(id, &mut out);
    }
    if let Some(data) = data {
        out.push(' ');
        data.write(&mut out);
    }
    out
}
