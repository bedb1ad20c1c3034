//! A target's own list of known failures, kept beside its code, each with the reason.
//!
//! ```text
//! # What our server does not do yet            headings and prose are for people
//! - `upgrade/probe-answered` no upgrade yet    every transport
//! - `events/any[polling]`: see bug 12          one transport
//! binary/two-attachments  lost in the proxy    without a list, too, in a file that is no .md
//! ```
//!
//! ```
//! use protocol_tests::known::Known;
//! let known = Known::read("known.md", "- `a/b` not yet\n\nSome words.\n").unwrap();
//! assert_eq!(known.reason("a/b", "a/b[polling]"), Some("not yet"));
//! assert!(Known::read("known.md", "- `a/b`\n").is_err());
//! ```

use crate::report::Judged;
use crate::suite::Suite;
use crate::verdict::Verdict;

/// The list.
#[derive(Clone, Debug, Default)]
pub struct Known {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    place: String,
    /// `group/slug` or `group/slug[transport]`.
    id: String,
    reason: String,
}

impl Known {
    /// Reads a list; the error names the line.
    pub fn read(file: &str, text: &str) -> Result<Known, String> {
        let is_markdown = file.ends_with(".md");
        let mut entries = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let place = format!("{file}:{}", i + 1);
            let Some((id, reason)) = entry(line, is_markdown) else { continue };
            if reason.is_empty() {
                return Err(format!("{place}: {id} is known to fail for no reason"));
            }
            entries.push(Entry { place, id: id.to_owned(), reason: reason.to_owned() });
        }
        Ok(Known { entries })
    }

    /// Tells of the first entry that names no case of the suite: a mistyped one would do nothing, in silence.
    pub fn check(&self, suite: &Suite) -> Result<(), String> {
        let names = |entry: &Entry| suite.runs().iter().any(|run| entry.names(&run.ids()));
        match self.entries.iter().find(|entry| !names(entry)) {
            Some(entry) => Err(format!("{}: no case is called {}", entry.place, entry.id)),
            None => Ok(()),
        }
    }

    /// Why a case, or this run of it, is known to fail.
    pub fn reason(&self, id: &str, run: &str) -> Option<&str> {
        let ids = [id.to_owned(), run.to_owned()];
        self.entries.iter().find(|entry| entry.names(&ids)).map(|entry| entry.reason.as_str())
    }

    /// Turns the failures that are known into KNOWN, and what is known to fail and holds into UNEXPECTED.
    pub fn apply(&self, judged: &mut [Judged<'_>]) {
        for (run, played) in judged {
            let ids = run.ids();
            let Some(entry) = self.entries.iter().find(|entry| entry.names(&ids)) else { continue };
            let verdict = &played.verdict;
            if verdict.is_bad() || matches!(verdict, Verdict::Warn(_) | Verdict::Flaky { .. }) {
                played.verdict = Verdict::Known(format!("{}; now: {verdict}", entry.reason));
            } else if verdict.holds() {
                let why = format!("{} lists it: {}", entry.place, entry.reason);
                played.verdict = Verdict::Unexpected(why);
            }
        }
    }
}

impl Entry {
    fn names(&self, ids: &[String]) -> bool {
        ids.contains(&self.id)
    }
}

/// Finds the id and the reason in a line, if it is one of the list.
fn entry(line: &str, is_markdown: bool) -> Option<(&str, &str)> {
    let line = line.trim();
    let item = line.strip_prefix(['-', '*', '+', '|']).map(str::trim_start);
    let listed = item.or((!is_markdown && !line.starts_with('#')).then_some(line))?;
    let (id, reason) = match listed.strip_prefix('`') {
        Some(rest) => rest.split_once('`')?,
        None => listed.split_once(char::is_whitespace).unwrap_or((listed, "")),
    };
    let id = id.trim_end_matches(':');
    let reason = reason.trim_matches(|c: char| c.is_whitespace() || "|:".contains(c));
    let is_id = id.contains('/') && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_./[]".contains(c));
    is_id.then_some((id, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_tables_and_plain_lines_are_read() {
        let text = "# Known\n\nSee a/b for more.\n- `a/b`: one\n* a/c[polling]  two words\n| a/d | three |\n";
        let known = Known::read("k.md", text).unwrap();
        let reason = |id: &str, run: &str| known.reason(id, run).map(str::to_owned);
        assert_eq!(reason("a/b", "a/b[upgrade]").as_deref(), Some("one"));
        assert_eq!(reason("a/c", "a/c[polling]").as_deref(), Some("two words"));
        assert_eq!(reason("a/c", "a/c[websocket]"), None);
        assert_eq!(reason("a/d", "a/d").as_deref(), Some("three"));
        assert_eq!(known.entries.len(), 3);
        let plain = Known::read("k.txt", "# no\na/b  why\n").unwrap();
        assert_eq!(plain.reason("a/b", "a/b"), Some("why"));
    }

    #[test]
    fn an_entry_has_a_reason_and_names_a_case() {
        assert_eq!(
            Known::read("k.md", "\n- a/b\n").unwrap_err(),
            "k.md:2: a/b is known to fail for no reason"
        );
        let known = Known::read("k.md", "- a/b nothing is called so\n").unwrap();
        assert_eq!(known.check(&Suite::default()).unwrap_err(), "k.md:1: no case is called a/b");
        let known = Known::read("k.md", "- upgrade/probe-answered not yet\n").unwrap();
        known.check(&Suite::embedded().0).unwrap();
    }
}
