//! Many targets side by side: a row for each case, a column for each target.
//!
//! ```text
//!                                          ours   node   other
//! Engine.IO 6: upgrade
//!   A probe is answered                     ✓      ✓      ✗
//!   A packet queued on polling moves        ✓✓     ✓✗     –
//! ```
//!
//! ```
//! use protocol_tests::report::{Notes, Results};
//! use protocol_tests::report::matrix::Matrix;
//!
//! let run = |word: &str| format!(r#"{{ "id": "a/b", "case": "a/b", "level": "MUST", "verdict": "{word}" }}"#);
//! let target = |name: &str, word: &str| {
//!     let target = format!(r#""target": {{ "name": "{name}" }}, "intervals": {{}}, "runs": [{}]"#, run(word));
//!     (Results::read(&format!(r#"{{ "format": 1, "suite": "1", {target} }}"#)).unwrap(), Notes::default())
//! };
//! let matrix = Matrix::new(vec![target("ours", "OK"), target("other", "FAIL")]);
//! assert!(matrix.rows[0].differs);
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::mark::{Class, Mark};
use super::notes::Notes;
use super::outcome::{Outcome, Told, Wired};
use super::results::{Results, Subject, Times};
use super::{markdown, page};

/// Many targets side by side.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// The columns.
    pub columns: Vec<Column>,
    /// The chapters, in reading order.
    pub chapters: Vec<Heading>,
    /// The cases, chapter by chapter.
    pub rows: Vec<Row>,
}

/// A target.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    /// Who it is.
    pub target: Subject,
    /// The times it lives by.
    pub intervals: Times,
    /// The version of the cases that it was judged by.
    pub suite: String,
    /// Why nothing in this column can be trusted.
    pub trouble: Option<String>,
    /// What is believed of its failures.
    pub notes: Vec<(String, String)>,
}

/// A chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Heading {
    /// Its title.
    pub title: String,
    /// Its file.
    pub file: String,
}

/// A case.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs, reason = "the fields of `Outcome`, where they are described")]
pub struct Row {
    pub id: String,
    /// The place of its chapter in the matrix.
    pub chapter: usize,
    pub level: String,
    pub profile: String,
    pub sections: Vec<String>,
    pub disputed: Option<String>,
    pub rev: u32,
    pub line: usize,
    pub sentence: String,
    pub why: String,
    pub conversation: Vec<Told>,
    /// The transports that it ran over; an empty name: as written.
    pub overs: Vec<String>,
    /// What became of it: for each column, over each transport.
    pub cells: Vec<Vec<Option<Cell>>>,
    /// Whether targets that were judged by it came to different verdicts.
    pub differs: bool,
}

/// What became of a run on one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the fields of `Outcome`, where they are described")]
pub struct Cell {
    /// The word to show.
    pub word: String,
    pub reason: Option<String>,
    /// The line of the step that failed.
    pub step: Option<usize>,
    pub ms: f64,
    /// Time, step, direction, participant, words.
    pub wire: Vec<(f64, Option<usize>, String, String, String)>,
    pub dropped: usize,
    /// What is believed of it.
    pub note: Option<String>,
    /// The revision of the case that was played.
    pub rev: u32,
}

impl Matrix {
    /// Puts targets side by side, in this order; results of the same name are one server's, started with one contract after
    /// the other, and make one column.
    pub fn new(targets: Vec<(Results, Notes)>) -> Matrix {
        let mut matrix = Matrix { columns: Vec::new(), chapters: Vec::new(), rows: Vec::new() };
        let mut places = BTreeMap::new();
        for (results, notes) in targets {
            let Results { suite, target, intervals, trouble, runs, .. } = results;
            let column = matrix.column(Column { target, intervals, suite, trouble, notes: Vec::new() });
            for outcome in runs {
                let chapter = matrix.chapter(&outcome);
                let place = *places.entry(outcome.case.clone()).or_insert_with(|| {
                    matrix.rows.push(Row::new(&outcome, chapter));
                    matrix.rows.len() - 1
                });
                let note = notes.of(&outcome.id).map(str::to_owned);
                matrix.rows[place].add(column, outcome, note);
            }
            let known = &mut matrix.columns[column].notes;
            let new = notes.iter().map(|(id, words)| (id.to_owned(), words.to_owned()));
            known.extend(new.filter(|note| !known.contains(note)).collect::<Vec<_>>());
        }
        matrix.rows.iter_mut().for_each(|row| row.fill(matrix.columns.len()));
        // A case that only a later target was judged by goes to the end of its chapter.
        matrix.rows.sort_by_key(|row| row.chapter);
        matrix.rows.iter_mut().for_each(Row::compare);
        matrix
    }

    /// Reads the JSON reports of many targets, and what is noted on them: of `results/FILE.json` in `notes/NAME.md`, NAME being
    /// the target's, else in `notes/FILE.md`; without a directory of notes, in `results/FILE.notes.md`.
    pub fn read(files: &[PathBuf], notes: Option<&Path>) -> Result<Matrix, String> {
        let mut targets = Vec::new();
        for file in files {
            let told = |error: String| format!("{}: {error}", file.display());
            let text = fs::read_to_string(file).map_err(|error| told(error.to_string()))?;
            let mut results = Results::read(&text).map_err(told)?;
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            if results.target.name.is_empty() {
                results.target.name = stem.to_string();
            }
            let notes = match notes {
                Some(directory) => {
                    let names = [results.target.name.as_str(), stem.as_ref()];
                    names
                        .map(|name| directory.join(format!("{}.md", name.replace(['/', '\\'], "-"))))
                        .to_vec()
                }
                None => vec![file.with_file_name(format!("{stem}.notes.md"))],
            };
            targets.push((results, noted(&notes)?));
        }
        Ok(Matrix::new(targets))
    }

    /// The page: one file that needs nothing else.
    pub fn to_html(&self) -> String {
        page::write(self)
    }

    /// The table for a README: how many cases of each group hold on each target; then the notes.
    pub fn to_markdown(&self) -> String {
        markdown::write(self)
    }

    /// Finds the column of a target, or makes it.
    fn column(&mut self, new: Column) -> usize {
        let Some(i) = self.columns.iter().position(|column| column.target.name == new.target.name) else {
            self.columns.push(new);
            return self.columns.len() - 1;
        };
        let known = &mut self.columns[i];
        for profile in new.target.profiles {
            if !known.target.profiles.contains(&profile) {
                known.target.profiles.push(profile);
            }
        }
        if !known.suite.split(", ").any(|suite| suite == new.suite) {
            known.suite = format!("{}, {}", known.suite, new.suite);
        }
        known.trouble = known.trouble.take().or(new.trouble);
        i
    }

    fn chapter(&mut self, outcome: &Outcome) -> usize {
        let known = self.chapters.iter().position(|heading| heading.file == outcome.file);
        known.unwrap_or_else(|| {
            self.chapters.push(Heading { title: outcome.chapter.clone(), file: outcome.file.clone() });
            self.chapters.len() - 1
        })
    }
}

/// Reads the first of these files that exists.
fn noted(files: &[PathBuf]) -> Result<Notes, String> {
    for file in files {
        match fs::read_to_string(file) {
            Ok(text) => return Ok(Notes::read(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{}: {error}", file.display())),
        }
    }
    Ok(Notes::default())
}

/// Reads the JSON reports of many targets and writes `index.html` and `matrix.md`; tells their paths.
pub fn write(files: &[PathBuf], notes: Option<&Path>, directory: &Path) -> Result<Vec<PathBuf>, String> {
    let matrix = Matrix::read(files, notes)?;
    fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut written = Vec::new();
    for (name, text) in [("index.html", matrix.to_html()), ("matrix.md", matrix.to_markdown())] {
        let path = directory.join(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        written.push(path);
    }
    Ok(written)
}

impl Row {
    fn new(outcome: &Outcome, chapter: usize) -> Row {
        let mut row = Row {
            id: outcome.case.clone(),
            chapter,
            level: String::new(),
            profile: String::new(),
            sections: Vec::new(),
            disputed: None,
            rev: 0,
            line: 0,
            sentence: String::new(),
            why: String::new(),
            conversation: Vec::new(),
            overs: Vec::new(),
            cells: Vec::new(),
            differs: false,
        };
        row.describe(outcome);
        row
    }

    /// Takes over what a run says of the case.
    fn describe(&mut self, outcome: &Outcome) {
        self.level.clone_from(&outcome.level);
        self.profile.clone_from(&outcome.profile);
        self.sections.clone_from(&outcome.sections);
        self.disputed.clone_from(&outcome.disputed);
        self.rev = outcome.rev;
        self.line = outcome.line;
        self.sentence.clone_from(&outcome.sentence);
        self.why.clone_from(&outcome.why);
        self.conversation.clone_from(&outcome.conversation);
    }

    fn add(&mut self, column: usize, outcome: Outcome, note: Option<String>) {
        if outcome.rev > self.rev {
            // The newest expectation is shown; cells judged by an older one say so.
            self.describe(&outcome);
        }
        let over = outcome.over.clone().unwrap_or_default();
        let known = self.overs.iter().position(|name| *name == over);
        let i = known.unwrap_or_else(|| {
            self.overs.push(over);
            self.overs.len() - 1
        });
        self.fill(column + 1);
        let is_noted = !matches!(outcome.mark().class, Class::Good | Class::Aside);
        let cell = Cell::new(outcome, note.filter(|_| is_noted));
        let place = &mut self.cells[column][i];
        // Whatever a server did wrong under one contract, it did.
        if place.as_ref().is_none_or(|known| cell.class().weight() > known.class().weight()) {
            *place = Some(cell);
        }
    }

    /// Makes room for so many columns.
    fn fill(&mut self, columns: usize) {
        self.cells.resize(columns.max(self.cells.len()), Vec::new());
        self.cells.iter_mut().for_each(|cells| cells.resize(self.overs.len(), None));
    }

    fn compare(&mut self) {
        self.differs = (0..self.overs.len()).any(|i| {
            let cells = self.cells.iter().filter_map(|cells| cells[i].as_ref());
            let played = cells.filter(|cell| cell.class().was_played());
            played.map(|cell| cell.word.as_str()).collect::<BTreeSet<_>>().len() > 1
        });
    }
}

impl Cell {
    fn new(outcome: Outcome, note: Option<String>) -> Cell {
        let wired = |wired: Wired| (wired.ms, wired.step, wired.direction, wired.who, wired.what);
        Cell {
            word: outcome.word().to_owned(),
            reason: outcome.told_reason(),
            step: outcome.step.map(|place| place.line),
            ms: outcome.ms,
            wire: outcome.wire.into_iter().map(wired).collect(),
            dropped: outcome.dropped,
            note,
            rev: outcome.rev,
        }
    }

    /// How the verdict is counted.
    pub fn class(&self) -> Class {
        Mark::of(&self.word).class
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::results;

    fn words(row: &Row) -> Vec<&str> {
        row.cells.iter().flatten().map(|cell| cell.as_ref().map_or("", |cell| &cell.word)).collect()
    }

    #[test]
    fn two_results_show_where_they_disagree() {
        let ours = results("ours", &[("a/same", "OK", ""), ("a/other", "OK", ""), ("a/aside", "N/A", "x")]);
        let other =
            results("other", &[("a/same", "OK", ""), ("a/other", "FAIL", "late"), ("a/aside", "OK", "")]);
        let notes = Notes::read("- `a/*`: answer at once");
        let matrix = Matrix::new(vec![(ours, Notes::default()), (other, notes)]);
        let differing: Vec<&Row> = matrix.rows.iter().filter(|row| row.differs).collect();
        assert_eq!(differing.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a/other"]);
        assert_eq!(words(differing[0]), ["OK", "FAIL"]);
        assert_eq!(differing[0].cells[1][0].as_ref().unwrap().note.as_deref(), Some("answer at once"));
        assert_eq!(matrix.rows[0].cells[1][0].as_ref().unwrap().note, None, "nothing to be mended there");
    }

    #[test]
    fn transports_of_a_case_share_its_row_and_missing_runs_leave_holes() {
        let ours = results("ours", &[("a/x[websocket]", "OK", ""), ("a/x[polling]", "FAIL", "p")]);
        let other = results("other", &[("a/x[polling]", "FAIL", "p"), ("a/new", "OK", "")]);
        let matrix = Matrix::new(vec![(ours, Notes::default()), (other, Notes::default())]);
        assert_eq!(matrix.rows[0].overs, ["websocket", "polling"]);
        assert_eq!(words(&matrix.rows[0]), ["OK", "FAIL", "", "FAIL"]);
        assert_eq!(words(&matrix.rows[1]), ["", "OK"]);
        assert!(matrix.rows.iter().all(|row| !row.differs));
    }

    #[test]
    fn results_of_one_name_are_one_column_and_the_worst_of_them_counts() {
        let echo = results("ours", &[("a/x", "OK", ""), ("a/y", "FAIL", "f"), ("chat/z", "N/A", "n")]);
        let chat = results("ours", &[("a/x", "N/A", "n"), ("a/y", "OK", ""), ("chat/z", "OK", "")]);
        let matrix = Matrix::new(vec![(echo, Notes::default()), (chat, Notes::default())]);
        assert_eq!(matrix.columns.len(), 1);
        assert_eq!(matrix.rows.iter().flat_map(words).collect::<Vec<_>>(), ["OK", "FAIL", "OK"]);
    }

    #[test]
    fn the_newest_revision_of_a_case_is_shown() {
        let ours = results("ours", &[("a/x", "OK", "")]);
        let mut other = results("other", &[("a/x", "FAIL", "f")]);
        (other.runs[0].rev, other.runs[0].sentence) = (2, "Newer".to_owned());
        let matrix = Matrix::new(vec![(ours, Notes::default()), (other, Notes::default())]);
        assert_eq!((matrix.rows[0].rev, matrix.rows[0].sentence.as_str()), (2, "Newer"));
        assert_eq!(matrix.rows[0].cells[0][0].as_ref().unwrap().rev, 1);
    }
}
