//! What became of every run on one target, as data: every report is written from it, and `matrix` reads it from files.
//!
//! ```text
//! { "format": 1,                        one more whenever a field changes its meaning; new fields may come without
//!   "suite": "0.1.0",                   the version of the cases
//!   "target": { "name": "ours", "url": "http://127.0.0.1:3030", "path": "/socket.io/", "max_payload": 1000000,
//!               "profiles": ["core", "echo"], "has": ["cors"] },
//!   "intervals": { "ping_interval_ms": 25000, "ping_timeout_ms": 20000, "connect_timeout_ms": 45000,
//!                  "upgrade_timeout_ms": 10000, "tolerance_ms": 250, "patience_ms": 3000 },
//!   "trouble": "…",                     only if nothing here can be trusted, and why
//!   "runs": [ { "id": "events/echo[polling]", "case": "events/echo", "over": "polling", "rev": 1,
//!               "level": "MUST", "profile": "echo", "sections": ["sio5#event"], "disputed": "why, if it is",
//!               "chapter": "Socket.IO 3: events", "file": "socket.io/03-events.md", "line": 12,
//!               "sentence": "An event is echoed", "why": "…",
//!               "conversation": [ { "line": 18, "step": 18, "text": "alice joins" } ],
//!               "verdict": "FAIL", "reason": "expected 4, got 5", "expected": "4", "got": "5",
//!               "step": { "line": 20, "source": "alice < 4" }, "ms": 1.25, "dropped": 0,
//!               "wire": [ { "ms": 0.4, "step": 18, "direction": ">", "who": "alice", "what": "40" } ] } ] }
//! ```
//!
//! Fields without a value are left out. A line of `wire` without a `step` is the runner's own cleaning up; `dropped` lines
//! came before the first.
//!
//! ```
//! use protocol_tests::report::Results;
//! let text = r#"{ "format": 1, "suite": "0.1.0", "target": { "name": "ours" }, "intervals": {}, "runs": [] }"#;
//! assert_eq!(Results::read(text).unwrap().target.name, "ours");
//! assert!(Results::read(r#"{ "format": 2 }"#).is_err());
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Judged;
use super::outcome::Outcome;
use crate::setting::Setting;
use crate::span::Intervals;
use crate::suite::Suite;

/// What became of every run on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The shape of this document.
    pub format: u32,
    /// The version of the cases.
    pub suite: String,
    /// Who was judged.
    pub target: Subject,
    /// The times it lives by.
    pub intervals: Times,
    /// Why nothing here can be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The runs, in the order of the chapters.
    pub runs: Vec<Outcome>,
}

/// Who was judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// The name in the reports.
    pub name: String,
    /// Where it was.
    pub url: String,
    /// Its path.
    pub path: String,
    /// Its advertised limit of a payload, in bytes.
    pub max_payload: usize,
    /// The contracts that its application keeps.
    pub profiles: Vec<String>,
    /// What it was said to have, in the words of `needs`.
    pub has: Vec<String>,
}

/// The times a target lives by, and those of the judge, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields of `Intervals`, where they are described")]
pub struct Times {
    pub ping_interval_ms: u64,
    pub ping_timeout_ms: u64,
    pub connect_timeout_ms: u64,
    pub upgrade_timeout_ms: u64,
    pub tolerance_ms: u64,
    pub patience_ms: u64,
}

impl Results {
    /// Puts together what a report tells.
    pub fn new(suite: &Suite, name: &str, url: &str, setting: &Setting, judged: &[Judged<'_>]) -> Results {
        let root = common_root(suite);
        let titles: BTreeMap<&Path, &str> =
            suite.chapters.iter().map(|chapter| (chapter.file.as_path(), chapter.title.as_str())).collect();
        let outcome = |(run, played): &Judged<'_>| {
            let file = run.case.file.strip_prefix(&root).unwrap_or(&run.case.file);
            let title = titles.get(run.case.file.as_path()).copied().unwrap_or_default();
            Outcome {
                chapter: title.to_owned(),
                file: file.display().to_string(),
                ..Outcome::new(run, played)
            }
        };
        Results {
            format: FORMAT,
            suite: suite.version(),
            target: Subject::new(name, url, setting),
            intervals: Times::new(&setting.intervals),
            trouble: None,
            runs: judged.iter().map(outcome).collect(),
        }
    }

    /// Reads the JSON report.
    pub fn read(text: &str) -> Result<Results, String> {
        #[derive(Deserialize)]
        struct Head {
            format: u32,
        }
        let head: Head = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if head.format != FORMAT {
            return Err(format!("the format is {}, not {FORMAT}", head.format));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Writes the JSON report.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings and numbers always serialize") + "\n"
    }
}

impl Subject {
    fn new(name: &str, url: &str, setting: &Setting) -> Subject {
        Subject {
            name: name.to_owned(),
            url: url.to_owned(),
            path: setting.path.clone(),
            max_payload: setting.max_payload,
            profiles: setting.profiles.iter().map(|profile| profile.name().to_owned()).collect(),
            has: setting.capabilities.iter().cloned().collect(),
        }
    }
}

impl Times {
    fn new(intervals: &Intervals) -> Times {
        let ms = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
        Times {
            ping_interval_ms: ms(intervals.ping_interval),
            ping_timeout_ms: ms(intervals.ping_timeout),
            connect_timeout_ms: ms(intervals.connect_timeout),
            upgrade_timeout_ms: ms(intervals.upgrade_timeout),
            tolerance_ms: ms(intervals.tolerance),
            patience_ms: ms(intervals.patience),
        }
    }
}

/// The directory of all chapters: reports name a chapter the same on every machine.
fn common_root(suite: &Suite) -> PathBuf {
    let mut directories = suite.chapters.iter().filter_map(|chapter| chapter.file.parent());
    let Some(first) = directories.next() else { return PathBuf::new() };
    directories.fold(first.to_path_buf(), |root, directory| {
        root.components().zip(directory.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
    })
}

/// One more whenever a field changes its meaning.
const FORMAT: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{hostile, results};

    #[test]
    fn json_parses_back() {
        let results = results("ours", &[("a/one", "FAIL", hostile().as_str()), ("a/two", "OK", "")]);
        assert_eq!(Results::read(&results.to_json()).unwrap(), results);
    }

    #[test]
    fn chapters_are_named_from_the_directory_that_holds_them_all() {
        let chapter =
            |file: &str| crate::chapter::Chapter { file: file.into(), ..crate::chapter::Chapter::default() };
        let suite = Suite {
            chapters: vec![chapter("/x/f/README.md"), chapter("/x/f/eio/1.md"), chapter("/x/f/sio/2.md")],
        };
        assert_eq!(common_root(&suite), PathBuf::from("/x/f"));
    }
}
