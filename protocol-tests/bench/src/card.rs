//! What a client needs to come back as who it was (connection state recovery).
//!
//! ```text
//! 40{"sid":"Kx…","pid":"secret"}          the answer to its CONNECT
//! 42["message",[…],"17"]                  each event names its place, behind all that it says
//! 40{"pid":"secret","offset":"17"}        the CONNECT with which it comes back
//! ```
//!
//! ```
//! use wire42_bench::card::Card;
//!
//! let (card, _) = Card::after(br#"40{"sid":"Kx","pid":"secret"}"#, None);
//! let mut card = card.expect("the server would have it back");
//! card.stamp(br#"42["message",[],"17"]"#);
//! assert_eq!(card.connect(), br#"40{"pid":"secret","offset":"17"}"#);
//! ```

use memchr::{memmem, memrchr};

/// Who a client was, and how far it had heard. Ids and offsets need no escapes in JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    sid: Box<[u8]>,
    pid: Box<[u8]>,
    /// Of the last event; empty before the first.
    offset: Vec<u8>,
}

impl Card {
    /// Gives the card for the next time, by the answer to a CONNECT, and whether the one that was shown was good.
    pub fn after(answer: &[u8], shown: Option<Self>) -> (Option<Self>, bool) {
        let (Some(sid), Some(pid)) = (text(answer, br#""sid":""#), text(answer, br#""pid":""#)) else {
            return (None, false);
        };
        match shown {
            Some(shown) if *shown.sid == *sid => (Some(Self { pid: pid.into(), ..shown }), true),
            _ => (Some(Self { sid: sid.into(), pid: pid.into(), offset: Vec::new() }), false),
        }
    }

    /// Takes note of an event's place, if it names one.
    pub fn stamp(&mut self, event: &[u8]) {
        let Some(rest) = event.strip_suffix(br#""]"#) else { return };
        let Some(quote) = memrchr(b'"', rest) else { return };
        self.offset.clear();
        self.offset.extend_from_slice(&rest[quote + 1..]);
    }

    /// Writes the CONNECT with which the client comes back.
    pub fn connect(&self) -> Vec<u8> {
        let mut packet = [br#"40{"pid":""#, &*self.pid].concat();
        if !self.offset.is_empty() {
            packet.extend_from_slice(br#"","offset":""#);
            packet.extend_from_slice(&self.offset);
        }
        packet.extend_from_slice(br#""}"#);
        packet
    }
}

/// Finds what stands between the key and the next quote.
fn text<'a>(json: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let rest = &json[memmem::find(json, key)? + key.len()..];
    rest.split(|&byte| byte == b'"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_recovery_gives_none() {
        assert_eq!(Card::after(br#"40{"sid":"Kx"}"#, None), (None, false));
        assert_eq!(Card::after(br#"40{"sid":"Kx"}"#, Some(card("Kx", ""))), (None, false));
    }

    #[test]
    fn who_comes_back_is_recovered_only_by_its_name() {
        let shown = || Some(card("Kx", "17"));

        assert_eq!(Card::after(br#"40{"sid":"Kx","pid":"p"}"#, shown()), (shown(), true));
        assert_eq!(Card::after(br#"40{"sid":"Ky","pid":"p"}"#, shown()), (Some(card("Ky", "")), false));
    }

    #[test]
    fn an_event_without_a_place_changes_nothing() {
        let mut card = card("Kx", "17");

        card.stamp(br#"42["message",[{"message":"","timeStamp":"19:03"}]]"#);

        assert_eq!(card.offset, b"17");
    }

    #[test]
    fn before_the_first_event_there_is_no_place() {
        assert_eq!(card("Kx", "").connect(), br#"40{"pid":"p"}"#);
    }

    fn card(sid: &str, offset: &str) -> Card {
        Card { sid: sid.as_bytes().into(), pid: b"p".as_slice().into(), offset: offset.into() }
    }
}
