//! What became of one run, with everything that a reader needs to understand it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::mark::{DISPUTED, Mark};
use crate::case::Case;
use crate::notation::{Step, StepKind};
use crate::player::Played;
use crate::suite::Run;
use crate::transcript::Line;
use crate::verdict::Verdict;

/// What became of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcome {
    /// `group/slug`, or `group/slug[polling]`.
    pub id: String,
    /// `group/slug`.
    pub case: String,
    /// The transport, of a case that runs over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// One more whenever the case's expectation changed.
    pub rev: u32,
    /// MUST, SHOULD, INFO, ours or reference.
    pub level: String,
    /// The contract that the case needs.
    pub profile: String,
    /// Where the protocol says so.
    pub sections: Vec<String>,
    /// Why the reference server fails it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disputed: Option<String>,
    /// The title of its chapter.
    pub chapter: String,
    /// The file of its chapter, below the directory of all.
    pub file: String,
    /// The line of its heading.
    pub line: usize,
    /// What must hold.
    pub sentence: String,
    /// Why.
    pub why: String,
    /// Its steps, as they stand in the chapter.
    pub conversation: Vec<Told>,
    /// The word of the verdict.
    pub verdict: String,
    /// Why it is not OK.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What should have come, where the reason says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// The step that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Place>,
    /// How long it took, in milliseconds.
    pub ms: f64,
    /// What went over the wire.
    pub wire: Vec<Wired>,
    /// How many lines came before these and were not kept.
    pub dropped: usize,
}

/// A line of a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Told {
    /// Its line in the chapter.
    pub line: usize,
    /// The line of the step that it belongs to; none: a comment, or structure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The line as it stands there.
    pub text: String,
}

/// A step of a chapter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Its line in the chapter.
    pub line: usize,
    /// Its text.
    pub source: String,
}

/// Something that went over the wire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wired {
    /// When, in milliseconds since the target was made.
    pub ms: f64,
    /// The line of the step that was played then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// `>` is what the client did, `<` what came.
    pub direction: String,
    /// The participant, as the case names it.
    pub who: String,
    /// The words.
    pub what: String,
}

impl Outcome {
    /// Takes everything over from a run; the chapter is known by its file alone.
    pub fn new(run: &Run<'_>, played: &Played) -> Outcome {
        let Case { file, line, sentence, why, header, .. } = run.case;
        let reason = reason(&played.verdict);
        let (expected, got) = reason.as_deref().and_then(expected_and_got).unzip();
        Outcome {
            id: run.id(),
            case: header.id.clone(),
            over: run.over.map(|over| over.name().to_owned()),
            rev: header.revision,
            level: header.level.name().to_owned(),
            profile: header.profile.name().to_owned(),
            sections: header.sections.clone(),
            disputed: header.disputed.clone(),
            chapter: String::new(),
            file: file.display().to_string(),
            line: *line,
            sentence: sentence.clone(),
            why: why.clone(),
            conversation: told(run.case),
            verdict: played.verdict.word().to_owned(),
            reason,
            expected,
            got,
            step: played.step.as_ref().map(|step| Place { line: step.line, source: step.source.clone() }),
            ms: milliseconds(played.took),
            wire: played.transcript.lines().map(Wired::new).collect(),
            dropped: played.transcript.dropped(),
        }
    }

    /// The word to show: a failure of a disputed case is no plain failure.
    pub fn word(&self) -> &str {
        let failed = matches!(self.verdict.as_str(), "FAIL" | "SETUP");
        if failed && self.disputed.is_some() { DISPUTED } else { &self.verdict }
    }

    /// The reason to show; with the verdict's own word where another one is shown.
    pub fn told_reason(&self) -> Option<String> {
        let is_renamed = self.word() != self.verdict && self.verdict != "FAIL";
        let reason = self.reason.clone()?;
        Some(if is_renamed { format!("{}: {reason}", self.verdict) } else { reason })
    }

    /// How its verdict looks.
    pub fn mark(&self) -> Mark {
        Mark::of(self.word())
    }

    /// The part of the id before the slash.
    pub fn group(&self) -> &str {
        self.case.split('/').next().unwrap_or_default()
    }
}

impl Wired {
    fn new(line: &Line) -> Wired {
        Wired {
            ms: milliseconds(line.at),
            step: line.step,
            direction: line.direction.to_string(),
            who: line.who.clone(),
            what: line.what.clone(),
        }
    }
}

/// The words in the brackets behind the verdict's own.
fn reason(verdict: &Verdict) -> Option<String> {
    let text = verdict.to_string();
    let inner = text.strip_prefix(verdict.word())?.strip_prefix(" (")?.strip_suffix(')')?;
    Some(inner.to_owned())
}

/// Splits `expected 4, got 5`, unless several things were expected.
fn expected_and_got(reason: &str) -> Option<(String, String)> {
    let rest = reason.strip_prefix("expected ").filter(|rest| !rest.contains("; or: "))?;
    let split = |cut: &str, kept: &str| {
        let (expected, got) = rest.split_once(cut)?;
        Some((expected.to_owned(), format!("{kept}{got}")))
    };
    split(", got ", "")
        .or_else(|| split(", nothing came", "nothing came"))
        .or_else(|| split(", it is ", "it is "))
}

/// The lines of a conversation, each with the step that it belongs to.
fn told(case: &Case) -> Vec<Told> {
    let conversation = &case.conversation;
    let mut lengths = BTreeMap::new();
    for step in conversation.setup.iter().chain(&conversation.steps) {
        measure(step, &mut lengths);
    }
    let mut open = None;
    let belongs = |(line, text): &(usize, String)| {
        let is_silent = text.trim_start().is_empty() || text.trim_start().starts_with('#');
        if let Some(length) = lengths.get(line) {
            open = Some((*line, *length));
        }
        let step = open.map(|(step, _)| step).filter(|_| !is_silent);
        if !is_silent {
            open = open.and_then(|(step, left)| (left > 1).then(|| (step, left - 1)));
        }
        Told { line: *line, step, text: text.clone() }
    };
    conversation.source.iter().map(belongs).collect()
}

/// Takes down how many lines a step and the steps inside it have.
fn measure(step: &Step, lengths: &mut BTreeMap<usize, usize>) {
    lengths.insert(step.line, step.source.lines().count());
    match &step.kind {
        StepKind::Repeat { steps, .. } => steps.iter().for_each(|step| measure(step, lengths)),
        StepKind::Either(branches) => {
            branches.iter().flat_map(|branch| &branch.steps).for_each(|step| measure(step, lengths));
        }
        _ => {}
    }
}

/// Microseconds are enough, and short to read.
fn milliseconds(span: Duration) -> f64 {
    span.as_micros() as f64 / 1e3
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::chapter::Chapter;

    #[test]
    fn reasons_are_split_where_they_can_be() {
        let pair = |reason| expected_and_got(reason);
        assert_eq!(pair("expected 4, got 5 (after 1 ms)"), Some(("4".into(), "5 (after 1 ms)".into())));
        assert_eq!(pair("expected 4, nothing came").unwrap().1, "nothing came");
        assert_eq!(pair("expected 4, nothing came; or: expected the end, it is open"), None);
        assert_eq!(pair("no GET stays pending"), None);
    }

    #[test]
    fn every_line_of_a_conversation_knows_its_step() {
        let text = "## A\n\n`a/b` · MUST · core · [x]\n\nWhy.\n\n```conversation\nalice opens\n---\n# note\n\
                    repeat 2 as i\n  alice > 4\n        > 5\nend\n```\n";
        let (chapter, faults) = Chapter::read(Path::new("c.md"), text);
        assert_eq!(faults, []);
        let steps: Vec<_> = told(&chapter.cases[0]).iter().map(|told| told.step).collect();
        assert_eq!(steps, [Some(8), None, None, Some(11), Some(12), Some(12), None]);
    }

    #[test]
    fn a_reason_is_what_stands_in_brackets() {
        assert_eq!(reason(&Verdict::Ok), None);
        assert_eq!(reason(&Verdict::Fail("a (b)".into())).as_deref(), Some("a (b)"));
        assert_eq!(reason(&Verdict::TooSlow(Duration::from_secs(9))).as_deref(), Some("about 9 s"));
    }
}
