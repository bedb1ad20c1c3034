//! What the tests of several formats share: results made by hand, hostile words, a reader of XML.

use super::outcome::{Outcome, Place, Told, Wired};
use super::results::{Results, Subject, Times};

/// Results of a target: ids, verdicts, reasons.
pub(super) fn results(name: &str, runs: &[(&str, &str, &str)]) -> Results {
    let outcome = |(id, verdict, reason): &(&str, &str, &str)| {
        let (case, over) = id.split_once('[').unwrap_or((id, ""));
        Outcome {
            id: (*id).to_owned(),
            case: case.to_owned(),
            over: over.strip_suffix(']').map(str::to_owned),
            rev: 1,
            level: "MUST".to_owned(),
            profile: "core".to_owned(),
            file: "a.md".to_owned(),
            sentence: "It holds".to_owned(),
            conversation: vec![Told { line: 7, step: Some(7), text: "alice < 4".to_owned() }],
            verdict: (*verdict).to_owned(),
            reason: (!reason.is_empty()).then(|| (*reason).to_owned()),
            step: (*verdict == "FAIL").then(|| Place { line: 7, source: "alice < 4".to_owned() }),
            wire: vec![Wired {
                step: Some(7),
                direction: "<".to_owned(),
                what: (*reason).to_owned(),
                ..Wired::default()
            }],
            ..Outcome::default()
        }
    };
    let target = Subject { name: name.to_owned(), ..Subject::default() };
    let (suite, intervals) = ("1".to_owned(), Times::default());
    Results { format: 1, suite, target, intervals, trouble: None, runs: runs.iter().map(outcome).collect() }
}

/// What a server might answer that wants to be more than text.
pub(super) fn hostile() -> String {
    "</script><script>alert(1)</script><!-- \"'><img src=x onerror=alert(1)></title></pre>]]>&amp;\u{1b}[2J\u{2028}\u{202e}\0\u{ffff}`|"
        .to_owned()
}

/// Reads XML as far as these reports use it; the names of its elements, or what is wrong.
pub(super) fn well_formed(xml: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut rest = xml.split_once("?>").ok_or("no declaration")?.1;
    while let Some((text, tail)) = rest.split_once('<') {
        plain(text)?;
        let (tag, tail) = tail.split_once('>').ok_or("an open tag")?;
        rest = tail;
        if let Some(name) = tag.strip_prefix('/') {
            let expected = open.pop().ok_or("an end too many")?;
            if expected != name {
                return Err(format!("</{name}> ends <{expected}>"));
            }
            continue;
        }
        let inner = tag.strip_suffix('/').unwrap_or(tag);
        let (name, attributes) = inner.split_once(' ').unwrap_or((inner, ""));
        let values: Vec<&str> = attributes.split('"').collect();
        if values.len().is_multiple_of(2) {
            return Err(format!("quotes in {tag}"));
        }
        values.iter().try_for_each(|value| plain(value))?;
        names.push(name.to_owned());
        if inner == tag {
            open.push(name.to_owned());
        }
    }
    if open.is_empty() { Ok(names) } else { Err(format!("{open:?} is open")) }
}

/// Character data: no control characters, `&` only in the entities that XML knows.
fn plain(text: &str) -> Result<(), String> {
    if let Some(c) =
        text.chars().find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{fffe}' | '\u{ffff}'))
    {
        return Err(format!("{c:?}"));
    }
    for (i, _) in text.match_indices('&') {
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#10;"];
        if !entities.iter().any(|entity| text[i..].starts_with(entity)) {
            return Err(format!("& in {text}"));
        }
    }
    Ok(())
}

#[test]
fn a_reader_that_would_accept_anything_proves_nothing() {
    for xml in ["<?xml?><a><b></a>", "<?xml?><a b=\"&x;\"/>", "<?xml?><a>\u{1b}</a>", "<?xml?><a b=\"\"\"/>"]
    {
        assert!(well_formed(xml).is_err(), "{xml}");
    }
    assert_eq!(well_formed("<?xml?><a b=\"c\"><d/>&lt;</a>").unwrap(), ["a", "d"]);
}
