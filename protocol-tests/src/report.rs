//! The text for people: each failure with its sentence, its step, what came, and the last lines of the wire.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::player::Played;
use crate::suite::Run;
use crate::verdict::Verdict;

/// A run and what it came to.
pub type Judged<'a> = (Run<'a>, Played);

/// Describes what a reader must act on or may want to know; `level` verdicts like OK take no line.
pub fn text(judged: &[Judged<'_>], trace: usize) -> String {
    let mut out = String::new();
    for (run, played) in judged {
        describe(&mut out, run, played, trace);
    }
    listed(&mut out, judged);
    out + &summary(judged)
}

fn describe(out: &mut String, run: &Run<'_>, played: &Played, trace: usize) {
    let case = run.case;
    let why = match &played.verdict {
        Verdict::Fail(why) | Verdict::Setup(why) | Verdict::Warn(why) => why,
        Verdict::Blocked(_) => return line(out, &format!("{}  {}", played.verdict, run.id())),
        Verdict::Lax(_) | Verdict::Info(_) => {
            return line(out, &format!("{:<5} {}", played.verdict.to_string(), run.id()));
        }
        _ => return,
    };
    let disputed = case.header.disputed.as_ref().map_or(String::new(), |why| format!("  (disputed: {why})"));
    line(out, &format!("\n{} {}{disputed}", played.verdict.word(), run.id()));
    line(out, &format!("    {}", case.sentence));
    if let Some(step) = &played.step {
        line(out, &format!("    {}:{}", case.file.display(), step.line));
        step.source.lines().for_each(|source| line(out, &format!("    | {source}")));
    }
    line(out, &format!("    {why}"));
    if played.verdict.is_bad() {
        played.transcript.tail(trace).iter().for_each(|wire| line(out, &format!("      {wire}")));
    }
}

/// Lists what was not played: never in silence.
fn listed(out: &mut String, judged: &[Judged<'_>]) {
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (run, played) in judged {
        if !played.verdict.was_played() && !matches!(played.verdict, Verdict::Blocked(_)) {
            let reason = match &played.verdict {
                Verdict::TooSlow(_) => "TOO SLOW".to_owned(),
                other => other.to_string(),
            };
            reasons.entry(reason).or_default().push(run.id());
        }
    }
    for (reason, ids) in reasons {
        line(out, &format!("\n{reason}: {}", ids.len()));
        line(out, &format!("    {}", ids.join(" ")));
    }
}

/// One line: how many of each verdict.
pub fn summary(judged: &[Judged<'_>]) -> String {
    let mut out = format!("\n{} runs:", judged.len());
    for word in Verdict::WORDS {
        let count = judged.iter().filter(|(_, played)| played.verdict.word() == word).count();
        if count > 0 {
            let _infallible = write!(out, " {count} {word}");
        }
    }
    let disputed = judged.iter().filter(|judged| is_disputed(judged)).count();
    if disputed > 0 {
        let _infallible = write!(out, " ({disputed} of the failures disputed)");
    }
    let _infallible = write!(out, "  [protocol-tests {}]", env!("CARGO_PKG_VERSION"));
    out + "\n"
}

/// Tells whether this is a failure that is known to be a matter of opinion.
pub fn is_disputed((run, played): &Judged<'_>) -> bool {
    played.verdict.is_bad() && run.case.header.disputed.is_some()
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
