//! The text for people: each failure with its sentence, its step, what came, and the last lines of the wire.
//!
//! ```text
//! FAIL events/echo[polling]
//!     An event is echoed
//!     socket.io/03-events.md:20
//!     | alice < 42["message-back","hi"]
//!     expected 42["message-back","hi"], nothing came (after 3000 ms)
//!          0.001s > alice    42["message","hi"]
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use super::mark::{Class, DISPUTED, MARKS};
use super::outcome::{Outcome, Wired};
use super::visible::visible;

/// Describes what a reader must act on or may want to know; verdicts like OK take no line.
pub(super) fn write(outcomes: &[Outcome], suite: &str, trouble: Option<&str>, trace: usize) -> String {
    let mut out = String::new();
    for outcome in outcomes {
        describe(&mut out, outcome, trace);
    }
    listed(&mut out, outcomes);
    out += &summary(outcomes, suite);
    if let Some(trouble) = trouble {
        line(&mut out, &format!("\nNothing above can be trusted: {}", visible(trouble)));
    }
    out
}

fn describe(out: &mut String, outcome: &Outcome, trace: usize) {
    let Outcome { id, verdict, .. } = outcome;
    let why = visible(outcome.reason.as_deref().unwrap_or_default());
    match outcome.mark().class {
        Class::Good | Class::Aside => return,
        Class::Lax | Class::Info => return line(out, &format!("{verdict} ({why}) {id}")),
        Class::Warn | Class::Bad | Class::Known | Class::Shaky => {}
    }
    let disputed = outcome.disputed.as_ref().map_or(String::new(), |why| format!("  (disputed: {why})"));
    line(out, &format!("\n{verdict} {id}{disputed}"));
    line(out, &format!("    {}", outcome.sentence));
    if let Some(step) = &outcome.step {
        line(out, &format!("    {}:{}", outcome.file, step.line));
        step.source.lines().for_each(|source| line(out, &format!("    | {source}")));
    }
    line(out, &format!("    {why}"));
    if outcome.mark().class != Class::Warn {
        tail(outcome, trace).iter().for_each(|wire| line(out, &format!("      {wire}")));
    }
}

/// The last lines of the wire that belong to the case.
pub(super) fn tail(outcome: &Outcome, count: usize) -> Vec<String> {
    let kept: Vec<&Wired> = outcome.wire.iter().filter(|wired| wired.step.is_some()).collect();
    kept[kept.len().saturating_sub(count)..].iter().map(|wired| wire_line(wired)).collect()
}

fn wire_line(Wired { ms, direction, who, what, .. }: &Wired) -> String {
    visible(&format!("{:8.3}s {direction} {who:<8} {what}", ms / 1e3))
}

/// Lists what was not played: never in silence.
fn listed(out: &mut String, outcomes: &[Outcome]) {
    let mut reasons: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for outcome in outcomes {
        if outcome.mark().class == Class::Aside {
            let reason = match (outcome.verdict.as_str(), &outcome.reason) {
                // Each would have a duration of its own.
                ("TOO SLOW", _) | (_, None) => outcome.verdict.clone(),
                (word, Some(reason)) => format!("{word} ({})", visible(reason)),
            };
            reasons.entry(reason).or_default().push(&outcome.id);
        }
    }
    for (reason, ids) in reasons {
        line(out, &format!("\n{reason}: {}", ids.len()));
        line(out, &format!("    {}", ids.join(" ")));
    }
}

/// One line: how many of each verdict.
fn summary(outcomes: &[Outcome], suite: &str) -> String {
    let mut out = format!("\n{} runs:", outcomes.len());
    for mark in MARKS {
        let count = outcomes.iter().filter(|outcome| outcome.verdict == mark.word).count();
        if count > 0 {
            let _infallible = write!(out, " {count} {}", mark.word);
        }
    }
    let disputed = outcomes.iter().filter(|outcome| outcome.word() == DISPUTED).count();
    if disputed > 0 {
        let _infallible = write!(out, " ({disputed} of the failures disputed)");
    }
    out + &format!("  [protocol-tests {suite}]\n")
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
