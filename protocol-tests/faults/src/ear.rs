//! The numbered messages that one client has heard, each of which must be the next.
//!
//! ```text
//! 42["message",[ … ,{"clientId":"…","name":"bench","message":"xxxx#00000007#","timeStamp":"19:03"}]]     7
//! 42["message",[ … ,{"clientId":"…","name":"fault","message":"x","timeStamp":"19:03"}]]                  none
//! ```
//!
//! What others say in between carries no number. A number counts only at the end of a packet: the middle of a long one
//! is not kept, and a snapshot repeats what was said before.

use wire42_bench::message::number_in;

/// What it has heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ear {
    newest: u32,
}

impl Ear {
    /// Takes a packet; says whether the next message was in it.
    ///
    /// # Errors
    ///
    /// One is missing, or this one is older than the last; a sentence.
    pub fn hear(&mut self, packet: &[u8]) -> Result<bool, String> {
        let Some(number) = last_number(packet) else { return Ok(false) };
        match number.cmp(&(self.newest + 1)) {
            std::cmp::Ordering::Equal => self.newest = number,
            std::cmp::Ordering::Less if number == self.newest => return Ok(false),
            std::cmp::Ordering::Less => return Err(format!("message {number} came after {}", self.newest)),
            std::cmp::Ordering::Greater => return Err(format!("after {} came {number}", self.newest)),
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
        assert_eq!(ear.hear(&numbered(2)), Ok(false));
        assert!(ear.hear(&numbered(4)).is_err());
        assert!(ear.hear(&numbered(1)).is_err());
        assert_eq!(ear.newest(), 2);
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
