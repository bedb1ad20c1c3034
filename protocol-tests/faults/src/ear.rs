//! The numbered messages that one client has heard, each of which must be the next.
//!
//! ```text
//! 42["message",[ … ,{"clientId":"…","name":"bench","message":"xxxx#00000007#","timeStamp":"19:03"}]]     7
//! 42["message",[ … ,{"clientId":"…","name":"fault","message":"x","timeStamp":"19:03"}]]                  none
//! ```
//!
//! What others say in between carries no number. A number counts only at the end of a packet: the middle of a long one
//! is not kept, and a snapshot repeats what was said before.

use std::cmp::Ordering;

use wire42_bench::message::number_in;

/// What it has heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ear {
    /// What was said up to this is history, which a newcomer is told.
    before: u32,
    newest: u32,
}

impl Ear {
    /// Begins behind a message that is history.
    pub fn behind(newest: u32) -> Self {
        Self { before: newest, newest }
    }

    /// Takes a packet; says whether the next message was in it.
    ///
    /// # Errors
    ///
    /// One is missing, or this one came before; a sentence.
    pub fn hear(&mut self, packet: &[u8]) -> Result<bool, String> {
        let Some(number) = last_number(packet) else { return Ok(false) };
        match number.cmp(&(self.newest + 1)) {
            Ordering::Equal => self.newest = number,
            Ordering::Less if number <= self.before => return Ok(false),
            Ordering::Less | Ordering::Greater => return Err(format!("after {} came {number}", self.newest)),
        }
        Ok(true)
    }

    /// Gives the number of the newest.
    pub fn newest(self) -> u32 {
        self.newest
    }
}

/// Finds the number of the last message in a packet, if it has one.
pub fn last_number(packet: &[u8]) -> Option<u32> {
    let tail = packet.len().checked_sub(TAIL.len()).map(|at| &packet[at..])?;
    let is_last = tail.starts_with(b"#\"") && tail.ends_with(b"\"}]]");
    number_in(packet).filter(|_| is_last)
}

/// What stands behind the digits.
const TAIL: &str = r##"#","timeStamp":"19:03"}]]"##;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_must_be_the_next() {
        let mut ear = Ear::default();

        assert_eq!(ear.hear(&numbered(1)), Ok(true));
        assert_eq!(ear.hear(&numbered(2)), Ok(true));
        assert!(ear.hear(&numbered(2)).is_err());
        assert!(ear.hear(&numbered(4)).is_err());
        assert!(ear.hear(&numbered(1)).is_err());
        assert_eq!(ear.newest(), 2);
    }

    #[test]
    fn history_may_be_told_again() {
        let mut ear = Ear::behind(7);

        assert_eq!(ear.hear(&numbered(7)), Ok(false));
        assert_eq!(ear.hear(&numbered(8)), Ok(true));
        assert_eq!(ear.newest(), 8);
    }

    #[test]
    fn what_others_say_carries_no_number() {
        let mut ear = Ear::default();
        let other = br##"42["message",[{"message":"#00000009#","timeStamp":"19:03"},{"message":"x","timeStamp":"19:03"}]]"##;

        assert_eq!(ear.hear(other), Ok(false));
        assert_eq!(ear.hear(b"42[\"message\",[]]"), Ok(false));
    }

    fn numbered(number: u32) -> Vec<u8> {
        format!(r##"42["message",[{{"message":"xx#{number:08}#","timeStamp":"19:03"}}]]"##).into()
    }
}
