//! Input that nobody would write: random, and the same on every machine.
//!
//! ```text
//! 42["message","x",{"a":[1,null]}]      a packet of the corpus
//! 42["message","{"a":[1,nu9999ll]}]     the same, changed in one to four places
//! ```
//!
//! ```
//! use protocol_tests::fuzz::Dice;
//! assert_eq!(Dice::new(7).event(), Dice::new(7).event());
//! ```

use crate::packet::Content;
use crate::target::Frame;

/// What is made at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Frames of RFC 6455, on WebSockets.
    Frames,
    /// Packets of Engine.IO, on WebSockets.
    Packets,
    /// Packets of Socket.IO, on sessions that have joined the main namespace.
    Events,
    /// Requests of HTTP/1.1, each on a TCP connection of its own.
    Requests,
}

impl Kind {
    /// Reads the name.
    pub fn named(name: &str) -> Option<Kind> {
        let kinds = [Kind::Frames, Kind::Packets, Kind::Events, Kind::Requests];
        kinds.into_iter().find(|kind| kind.name() == name)
    }

    /// The name in the fixtures.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Frames => "frames",
            Kind::Packets => "packets",
            Kind::Events => "events",
            Kind::Requests => "requests",
        }
    }
}

/// A stream of random numbers that a seed determines: SplitMix64.
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Starts the stream of this seed.
    pub fn new(seed: u64) -> Dice {
        Dice { state: seed }
    }

    /// Makes a frame: mostly of a known opcode, sometimes with flags or a length that nobody may write.
    pub fn frame(&mut self) -> Frame {
        if self.one_in(8) {
            return Frame { opcode: None, ..Frame::new(0, &self.bytes(40)) };
        }
        let opcode =
            if self.one_in(6) { self.below(16) as u8 } else { *self.one_of(&[0, 1, 1, 1, 2, 8, 9, 10]) };
        let payload = if self.one_in(3) { self.bytes(300) } else { self.packet().into_bytes() };
        Frame {
            fin: !self.one_in(6),
            rsv: if self.one_in(8) { self.below(8) as u8 } else { 0 },
            masked: !self.one_in(12),
            length_bits: if self.one_in(8) { Some(*self.one_of(&[16, 64])) } else { None },
            length: if self.one_in(16) { Some(self.number() >> self.below(64)) } else { None },
            ..Frame::new(opcode, &payload)
        }
    }

    /// Makes a text for the reader of Engine.IO packets.
    pub fn packet(&mut self) -> String {
        if self.one_in(4) {
            return self.text(30);
        }
        let packet = *self.one_of(&PACKETS);
        self.mutate(packet)
    }

    /// Makes a message for the reader of Socket.IO packets: a text that was one, or some bytes.
    pub fn event(&mut self) -> Content {
        if self.one_in(8) {
            return Content::Binary(self.bytes(20));
        }
        let event = *self.one_of(&EVENTS);
        Content::Text(format!("4{}", self.mutate(event)))
    }

    /// Makes a request for a server at this path, of a session with this id.
    pub fn request(&mut self, path: &str, sid: &str) -> Vec<u8> {
        let mut request = self.one_of(&REQUESTS).replace("{path}", path).replace("{sid}", sid).into_bytes();
        for _ in 0..=self.below(3) {
            let (from, to) = self.range(request.len(), 12);
            match self.below(4) {
                0 => drop(request.drain(from..to)),
                1 => drop(request.splice(from..from, self.bytes(8))),
                2 => drop(request.splice(from..from, self.one_of(&HTTP_WORDS).bytes())),
                _ => request.truncate(to),
            }
        }
        request
    }

    /// Changes a text in one to four places.
    fn mutate(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(4) {
            let (from, to) = self.range(letters.len(), 6);
            match self.below(5) {
                0 => drop(letters.drain(from..to)),
                1 => {
                    let piece = letters[from..to].to_vec();
                    letters.splice(from..from, piece);
                }
                2 => drop(letters.splice(from..to, self.text(4).chars())),
                3 => drop(letters.splice(from..from, self.one_of(&WORDS).chars())),
                _ => letters.truncate(to),
            }
        }
        letters.into_iter().collect()
    }

    /// A text of at most so many letters, half of them digits and signs of the protocols.
    fn text(&mut self, most: usize) -> String {
        let length = self.below(most + 1);
        (0..length).map(|_| if self.one_in(2) { *self.one_of(&LETTERS) } else { self.letter() }).collect()
    }

    pub(crate) fn letter(&mut self) -> char {
        // A surrogate is no letter.
        char::from_u32(self.below(0x11_0000) as u32).unwrap_or('\u{fffd}')
    }

    pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.below(256) as u8).collect()
    }

    /// A range within so many elements, of at most so many.
    pub(crate) fn range(&mut self, length: usize, most: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        (from, (from + self.below(most + 1)).min(length))
    }

    pub(crate) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A number below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.number() % bound as u64) as usize
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

const PACKETS: [&str; 14] = [
    "2",
    "3",
    "2probe",
    "3probe",
    "5",
    "6",
    "1",
    "0{\"sid\":\"x\"}",
    "4",
    "40",
    "41",
    "42[\"message\",\"x\"]",
    "bAQIDBA==",
    "4a\u{1e}4b",
];

const EVENTS: [&str; 14] = [
    "0",
    "0{\"token\":\"x\"}",
    "0/custom,{}",
    "1",
    "1/custom,",
    "2[\"message\",\"x\",{\"a\":[1,null,-0.5e3]},\"\\u00e9\"]",
    "2/custom,[\"message\"]",
    "213[\"message-with-ack\",1]",
    "30[\"x\"]",
    "3/custom,1[]",
    "4{\"message\":\"x\"}",
    "51-[\"message\",{\"_placeholder\":true,\"num\":0}]",
    "52-/custom,7[\"message-with-ack\",{\"_placeholder\":true,\"num\":1},{\"_placeholder\":true,\"num\":0}]",
    "61-0[{\"_placeholder\":true,\"num\":0}]",
];

const REQUESTS: [&str; 6] = [
    "GET {path}?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nOrigin: http://a.example\r\n\r\n",
    "GET {path}?EIO=4&transport=polling&sid={sid}&t=x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "POST {path}?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n\
     Content-Length: 2\r\n\r\n40",
    "POST {path}?EIO=4&transport=polling&sid={sid} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
     2\r\n40\r\n0\r\n\r\n",
    "GET {path}?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    "OPTIONS {path} HTTP/1.1\r\nHost: x\r\nOrigin: http://a.example\r\nAccess-Control-Request-Method: POST\r\n\r\n",
];

const WORDS: [&str; 16] = [
    "[",
    "]",
    "{",
    "}",
    "\"",
    "\\",
    "\\u",
    "-",
    ",",
    "/",
    "9999999999",
    "-1",
    "1e400",
    "null",
    "__proto__",
    "{\"_placeholder\":true,\"num\":99}",
];

const HTTP_WORDS: [&str; 14] = [
    "\r\n",
    "\r",
    "\n",
    " ",
    ":",
    "%",
    "%00",
    "HTTP/1.1",
    "Content-Length: 99999999999999999999\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Content-Length: 1\r\n",
    "Expect: 100-continue\r\n",
    "ffffffffffffffff\r\n",
    "Upgrade: websocket\r\n",
];

const LETTERS: [char; 24] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'b', '-', ',', '/', '[', ']', '{', '}', '"', '\\',
    '\u{1e}', '\0', '\u{feff}', '😀',
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_seed_determines_everything() {
        let made = |seed| {
            let mut dice = Dice::new(seed);
            let frames: Vec<Frame> = (0..50).map(|_| dice.frame()).collect();
            let packets: Vec<String> = (0..50).map(|_| dice.packet()).collect();
            let requests: Vec<Vec<u8>> = (0..50).map(|_| dice.request("/socket.io/", "S1")).collect();
            (frames, packets, requests)
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
        // The first numbers of the published generator for the seed 0.
        let mut dice = Dice::new(0);
        assert_eq!((dice.number(), dice.number()), (0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4));
    }

    #[test]
    fn what_is_made_differs_and_is_not_all_broken() {
        let mut dice = Dice::new(3);
        let events: BTreeSet<String> = (0..1000).map(|_| dice.event().to_string()).collect();
        assert!(events.len() > 800, "{}", events.len());
        let frames: Vec<Frame> = (0..1000).map(|_| dice.frame()).collect();
        let sound = |frame: &Frame| frame.fin && frame.masked && frame.rsv == 0 && frame.length.is_none();
        let share = frames.iter().filter(|frame| sound(frame)).count();
        assert!((300..950).contains(&share), "{share}");
        let opcodes: BTreeSet<Option<u8>> = frames.iter().map(|frame| frame.opcode).collect();
        assert_eq!(opcodes.len(), 17);
    }

    #[test]
    fn empty_input_can_be_changed_too() {
        let mut dice = Dice::new(4);
        let all: Vec<String> = (0..200).map(|_| dice.mutate("")).collect();
        assert!(all.iter().any(|text| !text.is_empty()));
    }
}
