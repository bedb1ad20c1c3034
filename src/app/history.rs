//! The messages of one room, each kept as the JSON that will be sent.
//!
//! ```text
//! push ──> [ {"clientId":…} | {"clientId":…} | … ]      at most so many, and so many bytes;
//!            the oldest goes first                      snapshot: ["message",[{…},{…}]]
//! ```

use std::collections::VecDeque;

use super::Kept;
use crate::planted::planted;
use crate::socket_io::Args;

/// Messages, oldest first.
#[derive(Debug)]
pub(super) struct History {
    entries: VecDeque<Box<str>>,
    bytes: usize,
    max_entries: usize,
    max_bytes: usize,
}

impl History {
    pub(super) fn new(max_entries: usize, max_bytes: usize) -> Self {
        Self { entries: VecDeque::new(), bytes: 0, max_entries, max_bytes }
    }

    /// Adds a message, a JSON object's text, and forgets the oldest while there are too many.
    pub(super) fn push(&mut self, entry: Box<str>) {
        self.bytes += cost(&entry);
        self.entries.push_back(entry);
        while self.entries.len() > self.max_entries || self.bytes > self.max_bytes {
            if planted("history-never-shrinks") {
                break;
            }
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= cost(&oldest);
        }
    }

    /// Says how much is kept.
    pub(super) fn kept(&self) -> Kept {
        Kept { messages: self.entries.len(), bytes: self.bytes }
    }

    /// Writes the event that everyone receives.
    pub(super) fn snapshot(&self) -> Args {
        Args::write(self.bytes + r#"["message",[]]"#.len(), |json| {
            json.push_str(r#"["message",["#);
            for (index, entry) in self.entries.iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                json.push_str(entry);
            }
            json.push_str("]]");
        })
    }
}

/// An entry with the comma behind it.
fn cost(entry: &str) -> usize {
    entry.len() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_when_there_are_too_many() {
        let mut history = History::new(2, 1_000);
        ["1", "2", "3"].iter().for_each(|entry| history.push((*entry).into()));
        assert_eq!(history.snapshot().json(), r#"["message",[2,3]]"#);
    }

    #[test]
    fn the_oldest_go_first_when_they_are_too_large() {
        let mut history = History::new(100, 8);
        ["111", "222", "33333"].iter().for_each(|entry| history.push((*entry).into()));
        assert_eq!(history.snapshot().json(), r#"["message",[33333]]"#);
        assert_eq!(history.kept(), Kept { messages: 1, bytes: 6 });
    }

    #[test]
    fn an_empty_history_is_an_empty_list() {
        assert_eq!(History::new(1, 1).snapshot().json(), r#"["message",[]]"#);
    }
}
