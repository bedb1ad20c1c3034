//! Remarks on single cases of one target: which failures are believed to be bugs, and what would mend them.
//!
//! ```text
//! # Notes on example-server 1.2               anything but list items with an id is prose, for people
//!
//! - `upgrade/probe-answered`: the probe is answered before the session exists; look it up first.
//! - `events/echo[polling]` binary arguments lose their order.
//! ```
//!
//! ```
//! use protocol_tests::report::Notes;
//! let notes = Notes::read("- `events/echo`: `num` is off by one");
//! assert_eq!(notes.of("events/echo[polling]"), Some("`num` is off by one"));
//! ```

use crate::glob;

/// The remarks, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    notes: Vec<(String, String)>,
}

impl Notes {
    /// Reads the list items whose first words are an id in backticks; an indented line goes on with the item above.
    pub fn read(text: &str) -> Notes {
        let mut notes: Vec<(String, String)> = Vec::new();
        let mut is_open = false;
        for line in text.lines() {
            if let Some((id, words)) = item(line) {
                notes.push((id.to_owned(), words.to_owned()));
                is_open = true;
            } else if let (true, Some((_, words)), true) =
                (is_open, notes.last_mut(), line.starts_with(' ') && !line.trim().is_empty())
            {
                words.push_str(if words.is_empty() { "" } else { " " });
                words.push_str(line.trim());
            } else {
                is_open = false;
            }
        }
        Notes { notes }
    }

    /// Finds the first remark on a run, by its own id or by that of its case; `*` stands for anything.
    pub fn of(&self, run: &str) -> Option<&str> {
        let case = run.split('[').next().unwrap_or(run);
        let is_meant = |shape: &str| glob::matches(shape, run) || glob::matches(shape, case);
        self.notes.iter().find(|(shape, _)| is_meant(shape)).map(|(_, words)| words.as_str())
    }

    /// All remarks: the id or its shape, and the words.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.notes.iter().map(|(shape, words)| (shape.as_str(), words.as_str()))
    }
}

/// Reads ``- `id`: words``.
fn item(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?;
    let (id, words) = rest.trim_start().strip_prefix('`')?.split_once('`')?;
    let words = words.trim_start_matches([':', '·', '—', '–', '-', ' ']).trim_end();
    id.contains(['/', '*']).then_some((id, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_no_remark_and_remarks_may_go_on() {
        let notes = Notes::read(
            "# Title\n\nSee `a/b`.\n\n- `a/b`: one\n  two\n\n  not this\n- `c/*[polling]` three\n- plain\n",
        );
        assert_eq!(notes.iter().collect::<Vec<_>>(), [("a/b", "one two"), ("c/*[polling]", "three")]);
        assert_eq!(
            (notes.of("a/b"), notes.of("c/x[polling]"), notes.of("c/x[websocket]")),
            (Some("one two"), Some("three"), None)
        );
    }
}
