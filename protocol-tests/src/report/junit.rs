//! JUnit's XML, as CI servers read it: a suite for each chapter, a test for each run.
//!
//! ```text
//! FAIL, SETUP, FLAKY, UNEXPECTED    <failure>     the server was found wanting
//! CRASH, INCONCLUSIVE, BAD FIXTURE  <error>       nobody can tell
//! DISPUTED, KNOWN, not played       <skipped>     each with its reason
//! WARN, LAX, INFO                   passed        the reason is in <system-out>; so is SETUP where nothing binds
//! ```

use std::fmt::Write;

use super::mark::Class;
use super::outcome::Outcome;
use super::results::Results;
use super::text;
use super::visible::visible;

/// Writes the report.
pub(super) fn write(results: &Results) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = format!("{} (protocol-tests {})", results.target.name, results.suite);
    line(
        &mut out,
        &format!("<testsuites name={}{}>", quoted(&name), counts(&results.runs, results.trouble.is_some())),
    );
    for chapter in results.runs.chunk_by(|one, next| one.file == next.file) {
        let name = quoted(&chapter[0].file);
        line(&mut out, &format!("  <testsuite name={name}{}>", counts(chapter, false)));
        chapter.iter().for_each(|outcome| case(&mut out, outcome));
        line(&mut out, "  </testsuite>");
    }
    if let Some(trouble) = &results.trouble {
        line(
            &mut out,
            "  <testsuite name=\"control\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">",
        );
        line(&mut out, "    <testcase classname=\"control\" name=\"control\" time=\"0\">");
        line(&mut out, &format!("      <error message={}/>", quoted(trouble)));
        line(&mut out, "    </testcase>\n  </testsuite>");
    }
    line(&mut out, "</testsuites>");
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failed,
    Erred,
    Skipped,
}

impl End {
    fn of(outcome: &Outcome) -> End {
        match (outcome.word(), outcome.mark().class) {
            ("CRASH" | "INCONCLUSIVE" | "BAD FIXTURE", _) => End::Erred,
            ("SETUP", _) if matches!(outcome.level.as_str(), "SHOULD" | "INFO") => End::Passed,
            (_, Class::Bad | Class::Shaky) => End::Failed,
            (_, Class::Known | Class::Aside) => End::Skipped,
            (_, Class::Good | Class::Lax | Class::Warn | Class::Info) => End::Passed,
        }
    }
}

/// The attributes that count; a failed control is one more error.
fn counts(outcomes: &[Outcome], is_in_trouble: bool) -> String {
    let count = |end| outcomes.iter().filter(|outcome| End::of(outcome) == end).count();
    let seconds: f64 = outcomes.iter().map(|outcome| outcome.ms / 1e3).sum();
    format!(
        " tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\"",
        outcomes.len() + usize::from(is_in_trouble),
        count(End::Failed),
        count(End::Erred) + usize::from(is_in_trouble),
        count(End::Skipped)
    )
}

fn case(out: &mut String, outcome: &Outcome) {
    let (group, slug) = outcome.id.split_once('/').unwrap_or(("", &outcome.id));
    let mut open = format!("    <testcase classname={} name={}", quoted(group), quoted(slug));
    let _infallible = write!(open, " file={} line=\"{}\"", quoted(&outcome.file), outcome.line);
    let _infallible = write!(open, " time=\"{:.3}\"", outcome.ms / 1e3);
    if outcome.verdict == "OK" {
        return line(out, &format!("{open}/>"));
    }
    let reason = &outcome.told_reason().unwrap_or_default();
    line(out, &format!("{open}>"));
    let body = match End::of(outcome) {
        End::Passed => {
            format!("<system-out>{}</system-out>", escaped(&format!("{}: {reason}", outcome.verdict)))
        }
        End::Skipped => {
            let disputed =
                outcome.disputed.as_ref().map(|why| format!("; disputed: {why}")).unwrap_or_default();
            format!("<skipped message={}/>", quoted(&format!("{}: {reason}{disputed}", outcome.word())))
        }
        End::Failed => told("failure", outcome, reason),
        End::Erred => told("error", outcome, reason),
    };
    line(out, &format!("      {body}"));
    line(out, "    </testcase>");
}

fn told(element: &str, outcome: &Outcome, reason: &str) -> String {
    let mut body = outcome.sentence.clone();
    if let Some(step) = &outcome.step {
        let _infallible = write!(body, "\n{}:{}\n{}", outcome.file, step.line, step.source);
    }
    let _infallible = write!(body, "\n{reason}");
    for wire in text::tail(outcome, super::TRACE) {
        let _infallible = write!(body, "\n{wire}");
    }
    let (kind, message) = (quoted(&outcome.verdict), quoted(reason));
    format!("<{element} type={kind} message={message}>{}</{element}>", escaped(&body))
}

/// Writes an attribute's value; a line's end in it would be read as a blank.
fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text).replace('\n', "&#10;"))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{hostile, results, well_formed};

    #[test]
    fn hostile_answers_stay_text() {
        let hostile = hostile();
        let xml = write(&results(
            "\"ours\"<&>",
            &[("a/one[polling]", "FAIL", &hostile), ("a/two", "INFO", &hostile)],
        ));
        let elements = well_formed(&xml).unwrap();
        assert_eq!(elements.iter().filter(|name| *name == "testcase").count(), 2);
        assert!(!elements.iter().any(|name| name == "script"), "{elements:?}");
        assert!(xml.contains("&lt;script&gt;") && xml.contains("\\u{1b}"), "{xml}");
    }

    #[test]
    fn every_end_is_counted_once() {
        let runs = [
            ("a/a", "OK", ""),
            ("a/b", "WARN", "w"),
            ("a/c", "FAIL", "f"),
            ("a/d", "CRASH", "c"),
            ("a/e", "N/A", "n"),
        ];
        let xml = write(&results("x", &runs));
        assert!(xml.contains("tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\""), "{xml}");
        for element in [
            "<failure type=\"FAIL\"",
            "<error type=\"CRASH\"",
            "<skipped message=\"N/A: n\"/>",
            "<system-out>WARN: w<",
        ] {
            assert!(xml.contains(element), "{element}: {xml}");
        }
    }

    #[test]
    fn a_disputed_failure_is_skipped_with_its_reason() {
        let mut results = results("x", &[("a/a", "FAIL", "f")]);
        results.runs[0].disputed = Some("opinion".to_owned());
        results.trouble = Some("it <died>".to_owned());
        let xml = write(&results);
        assert!(xml.contains("message=\"DISPUTED: f; disputed: opinion\""), "{xml}");
        assert!(xml.contains("<error message=\"it &lt;died&gt;\"/>") && well_formed(&xml).is_ok(), "{xml}");
    }
}
