//! Packets in words, one behind the other: what an attachment or a text means depends on what came before.
//!
//! ```text
//! 451-["photo",{"_placeholder":true,"num":0}] ␞ bAQID
//!                                          │     └ attachment 1 of 1: the packet is complete
//!                                          └ stands for attachment 0
//! ```

use super::{Explained, Explanation, Fault, Is, engine, message, request};
use crate::engine_io::Packet;
use crate::engine_io::payload::SEPARATOR;
use crate::socket_io::{self, Decoded, Reassembly, ReassemblyError};

/// Reads inputs of one side, one after the other.
///
/// An input may be the attachment of the one before it:
///
/// ```
/// use wire42::explain::Reader;
///
/// let mut reader = Reader::default();
/// reader.explain(r#"451-["photo",{"_placeholder":true,"num":0}]"#);
/// assert!(reader.explain("bAQID").packets[0].does.starts_with("Attachment 1 of 1"));
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    reassembly: Reassembly,
    expected: usize,
    came: usize,
    /// A message was read: an attachment that nobody announced cannot belong to what came before the input.
    knows: bool,
}

impl Reader {
    /// Explains an input: a packet, a polling body, or the request line of a handshake.
    pub fn explain(&mut self, input: &str) -> Explanation {
        if request::is_one(input) {
            let packets = vec![request::explained(input)];
            return Explanation { input: input.to_owned(), is: Is::Request, packets, omitted: 0 };
        }
        let separator = separator_of(input);
        let is = if input.contains(separator) { Is::Body } else { Is::Packet };
        let is_attachment = |text: &str| matches!(Packet::decode(text), Ok(Packet::Binary(_)));
        if input.split(separator).next().is_some_and(|first| !is_attachment(first)) {
            *self = Self::default();
        }
        let mut at = 0;
        let mut packets = Vec::new();
        let mut texts = input.split(separator);
        for text in texts.by_ref().take(MOST) {
            let mut explained = self.explain_packet(text);
            explained.at = at;
            at += text.len() + separator.len_utf8();
            packets.push(explained);
        }
        Explanation { input: input.to_owned(), is, packets, omitted: texts.count() }
    }

    /// Explains bytes, which may not even be text.
    ///
    /// ```
    /// use wire42::explain::Reader;
    ///
    /// let explanation = Reader::default().explain_bytes(b"4hi\xff");
    /// assert_eq!(explanation.packets[0].error.as_ref().map(|error| error.at), Some(3));
    /// ```
    pub fn explain_bytes(&mut self, input: &[u8]) -> Explanation {
        let error = match std::str::from_utf8(input) {
            Ok(text) => return self.explain(text),
            Err(error) => error,
        };
        let text = String::from_utf8_lossy(input).into_owned();
        let (at, length) =
            (error.valid_up_to(), error.error_len().unwrap_or(input.len() - error.valid_up_to()));
        let rule = "a body, and a text frame, is UTF-8".to_owned();
        let fault = Fault {
            at,
            length,
            rule,
            then: "The session ends: a POST is answered by 400, a WebSocket is closed with code 1007."
                .to_owned(),
            fixture: "socket.io/08-unicode",
        };
        let explained = Explained {
            at: 0,
            text: text.clone(),
            name: "BROKEN",
            brief: format!("BROKEN at byte {at}: {}", fault.rule),
            parts: Vec::new(),
            does: "Nothing: it is no text. (What is shown in its place is the replacement character.)"
                .to_owned(),
            answer: None,
            fixture: "socket.io/08-unicode",
            error: Some(fault),
        };
        Explanation { input: text, is: Is::Packet, packets: vec![explained], omitted: 0 }
    }

    /// Explains a packet by what came before it.
    fn explain_packet(&mut self, text: &str) -> Explained {
        let mut explained = explained(text);
        if explained.error.is_some() {
            return explained;
        }
        let result = match Packet::decode(text) {
            Ok(Packet::Message(message)) => self.accept_text(message),
            // What announced it may have come before the input.
            Ok(Packet::Binary(_)) if !self.knows => Ok(()),
            Ok(Packet::Binary(bytes)) => self.accept_binary(bytes, &mut explained),
            _ => Ok(()),
        };
        if let Err(error) = result {
            let rule = error.to_string();
            explained.brief = format!("{}, out of place: {rule}", explained.name);
            explained.does = "Nothing: it is out of place.".to_owned();
            explained.answer = None;
            explained.error = Some(Fault {
                at: 0,
                length: text.len(),
                rule,
                then: message::ENDS.to_owned(),
                fixture: "socket.io/05-binary",
            });
        }
        explained
    }

    fn accept_text(&mut self, message: &str) -> Result<(), ReassemblyError> {
        self.knows = true;
        self.reassembly.accept_text(message.to_owned())?;
        if let Ok(Decoded::Awaiting { attachments, .. }) = socket_io::Packet::decode(message.to_owned()) {
            (self.expected, self.came) = (attachments, 0);
        }
        Ok(())
    }

    fn accept_binary(&mut self, bytes: Vec<u8>, explained: &mut Explained) -> Result<(), ReassemblyError> {
        let is_complete = self.reassembly.accept_binary(bytes)?.is_some();
        self.came += 1;
        let behind = if is_complete { "with it the packet is complete" } else { "more must follow" };
        explained.does =
            format!("Attachment {} of {}: {behind}. {}", self.came, self.expected, explained.does);
        Ok(())
    }
}

/// Explains one packet by itself.
pub(super) fn explained(text: &str) -> Explained {
    match Packet::decode(text) {
        Ok(Packet::Message(message)) => message::explained(text, message),
        Ok(packet) => engine::explained(text, &packet),
        Err(error) => engine::broken(text, error),
    }
}

/// What separates the packets of an input. On paper, and in the fixtures, it is written ␞; within a packet that is a
/// character like any other.
fn separator_of(input: &str) -> char {
    if input.contains(SEPARATOR) || !input.contains(PICTURE) || explained(input).error.is_none() {
        SEPARATOR
    } else {
        PICTURE
    }
}

/// The picture of the separator, U+241E.
const PICTURE: char = '\u{241e}';

/// Packets of one input that are explained: a server sends sixteen in a body.
const MOST: usize = 1_000;
