//! Reports: what became of the runs, for people, for machines, and many targets side by side.
//!
//! ```text
//! Judged (run, played) ──> Results ──┬─> text        for the terminal
//!                             │      ├─> junit       for a CI server
//!                             │      ├─> json  ───┐  for programs
//!                             │      └─> html     │  one page, nothing else needed
//!                             └──────> Matrix <───┘  many targets: the same page, a table in Markdown
//! ```
//!
//! What a server said is the word of a stranger: no format lets it escape from its place.
//!
//! ```
//! use protocol_tests::report::{self, Format, Results};
//! use protocol_tests::setting::Setting;
//! use protocol_tests::suite::Suite;
//!
//! let results = Results::new(&Suite::default(), "ours", "http://127.0.0.1:3030", &Setting::default(), &[]);
//! let mut out = Vec::new();
//! report::write(Format::Json, &results, &mut out)?;
//! assert!(String::from_utf8(out).unwrap().contains("\"name\": \"ours\""));
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod mark;
pub mod matrix;

mod junit;
mod markdown;
mod notes;
mod outcome;
mod page;
mod results;
#[cfg(test)]
mod tests;
mod text;
mod visible;

use std::io;

use self::matrix::Matrix;
pub use self::notes::Notes;
pub use self::outcome::{Outcome, Place, Told, Wired};
pub use self::results::{Results, Subject, Times};
use crate::player::Played;
use crate::suite::Run;

/// A run and what it came to.
pub type Judged<'a> = (Run<'a>, Played);

/// The shape of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What a reader must act on, then one line of counts.
    Text,
    /// JUnit's XML, one suite for each chapter.
    Junit,
    /// Everything, in the shape that [`Results`] describes.
    Json,
    /// One page that needs nothing else.
    Html,
}

impl Format {
    /// All formats with their names.
    pub const NAMES: [(&'static str, Format); 4] =
        [("text", Format::Text), ("junit", Format::Junit), ("json", Format::Json), ("html", Format::Html)];

    /// Reads a name.
    pub fn named(name: &str) -> Option<Format> {
        Format::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }

    /// The name of its file in a directory of reports.
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Text => "report.txt",
            Format::Junit => "report.xml",
            Format::Json => "report.json",
            Format::Html => "report.html",
        }
    }
}

/// Writes the report on one target; the text shows [`TRACE`] lines of the wire for a failure.
pub fn write(format: Format, results: &Results, out: &mut impl io::Write) -> io::Result<()> {
    let text = match format {
        Format::Text => text_of(results, TRACE),
        Format::Junit => junit::write(results),
        Format::Json => results.to_json(),
        Format::Html => page::write(&Matrix::new(vec![(results.clone(), Notes::default())])),
    };
    out.write_all(text.as_bytes())
}

/// Describes for people what became of one target's runs, with so many lines of the wire for each failure.
pub fn text_of(results: &Results, trace: usize) -> String {
    text::write(&results.runs, &results.suite, results.trouble.as_deref(), trace)
}

/// Describes for people what became of runs.
pub fn text(judged: &[Judged<'_>], trace: usize) -> String {
    let outcomes: Vec<Outcome> = judged.iter().map(|(run, played)| Outcome::new(run, played)).collect();
    text::write(&outcomes, env!("CARGO_PKG_VERSION"), None, trace)
}

/// Tells whether this is a failure that is known to be a matter of opinion.
pub fn is_disputed((run, played): &Judged<'_>) -> bool {
    played.verdict.is_bad() && run.case.header.disputed.is_some()
}

/// So many last lines of the wire mostly show what went wrong.
pub const TRACE: usize = 12;
