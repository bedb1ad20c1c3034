//! One page that needs nothing else: no network, no library, the data inside it.
//!
//! ```text
//! page.html     the frame; {{title}} {{css}} {{summary}} {{data}} {{table}} {{detail}} mark the places
//! page.css      light and dark
//! table.js      the overview: counts, filters, the matrix
//! detail.js     one case: its conversation, and what went over each server's wire
//! ```
//!
//! The data stands in a script element as JSON without `<`, `>` and `&`, and the scripts only ever make text nodes of it: what a
//! server answered cannot become markup. A content security policy forbids the page to load anything.

use serde::Serialize;

use super::mark::{MARKS, Mark};
use super::matrix::Matrix;
use super::visible::visible;

/// Writes the page.
pub(super) fn write(matrix: &Matrix) -> String {
    let names: Vec<&str> = matrix.columns.iter().map(|column| column.target.name.as_str()).collect();
    let title = format!("Socket.IO conformance: {}", names.join(", "));
    let data = Data { marks: &MARKS, matrix };
    let data = serde_json::to_string(&data).expect("strings and numbers always serialize");
    let parts = [
        ("{{title}}", escaped(&title)),
        ("{{css}}", include_str!("page/page.css").to_owned()),
        ("{{summary}}", escaped(&matrix.to_markdown())),
        ("{{data}}", inert(&data)),
        ("{{table}}", include_str!("page/table.js").to_owned()),
        ("{{detail}}", include_str!("page/detail.js").to_owned()),
    ];
    // Only the frame is searched for places: what was put in before is never looked at again.
    let mut rest = include_str!("page/page.html");
    let mut out = String::with_capacity(data.len() + 40_000);
    for (place, text) in parts {
        let (before, after) = rest.split_once(place).expect("page.html has every place, in this order");
        out += before;
        out += &text;
        rest = after;
    }
    out + rest
}

#[derive(Serialize)]
struct Data<'a> {
    marks: &'a [Mark],
    #[serde(flatten)]
    matrix: &'a Matrix,
}

/// Makes JSON that cannot end the script element it stands in; these characters stand only in its strings.
fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn escaped(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::notes::Notes;
    use crate::report::tests::{hostile, results};

    fn page(name: &str, reason: &str) -> String {
        let mut results = results(name, &[("a/x", "FAIL", reason)]);
        results.runs[0].wire[0].what = reason.to_owned();
        write(&Matrix::new(vec![(results, Notes::default())]))
    }

    #[test]
    fn hostile_answers_cannot_break_out() {
        let tame = page("ours", "reason");
        let wild = page(&hostile(), &hostile());
        for mark in ["<script", "</script", "<!--", "<img", "</title", "</pre"] {
            assert_eq!(wild.matches(mark).count(), tame.matches(mark).count(), "{mark}");
        }
        let (_, data) = wild.split_once("type=\"application/json\">").unwrap();
        let (data, _) = data.split_once("</script>").unwrap();
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!(data["rows"][0]["cells"][0][0]["wire"][0][4], hostile(), "nothing is lost either");
    }

    #[test]
    fn text_that_looks_like_a_place_stays_text() {
        assert!(page("ours", "{{detail}}").contains("{{detail}}"));
    }

    #[test]
    fn nothing_is_loaded_and_nothing_is_parsed_as_markup() {
        let page = page("ours", "reason");
        assert!(page.contains("default-src 'none'"));
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "fetch(",
            "src=",
            "@import",
            "url(",
        ] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
