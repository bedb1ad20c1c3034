//! The header lines of a request, looked up without regard to case.
//!
//! ```text
//! Connection: keep-alive        values("connection")  "keep-alive"  "Upgrade , x"
//! Connection: Upgrade , x       list("connection")    "keep-alive"  "Upgrade"  "x"
//! ```
//!
//! A held poll keeps its request for half a minute, so all lines share one allocation.
//!
//! ```
//! use wire42::net::http::Headers;
//!
//! let headers = Headers::from_iter([("Connection", &b"keep-alive, Upgrade"[..])]);
//! assert_eq!(headers.first("connection"), Some("keep-alive, Upgrade"));
//! assert!(headers.lists("Connection", "upgrade"));
//!
//! let headers = Headers::from_iter([("Connection", &b"keep-alive"[..]), ("connection", b"Upgrade , x")]);
//! assert_eq!(headers.values("connection").collect::<Vec<_>>(), ["keep-alive", "Upgrade , x"]);
//! assert_eq!(headers.list("connection").collect::<Vec<_>>(), ["keep-alive", "Upgrade", "x"]);
//! ```

use std::ops::Range;

use crate::planted::planted;

/// The header lines of a request, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    text: String,
    lines: Vec<Line>,
}

impl Headers {
    /// Gives the value of the first line with this name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Gives the value of every line with this name.
    pub fn values<'a, 'name>(&'a self, name: &'name str) -> impl Iterator<Item = &'a str> + use<'a, 'name> {
        self.lines
            .iter()
            .filter(move |line| self.text[line.name.clone()].eq_ignore_ascii_case(name))
            .map(|line| &self.text[line.value.clone()])
    }

    /// Gives the elements of a comma-separated header, over all its lines, without the empty ones (RFC 9110
    /// §5.6.1).
    pub fn list<'a, 'name>(&'a self, name: &'name str) -> impl Iterator<Item = &'a str> + use<'a, 'name> {
        self.values(name)
            .flat_map(|value| value.split(if planted("header-lists-unread") { '\0' } else { ',' }))
            .map(|element| element.trim_matches([' ', '\t']))
            .filter(|element| !element.is_empty())
    }

    /// Says whether a comma-separated header has this element, in any case.
    pub fn lists(&self, name: &str, element: &str) -> bool {
        let is_it = |listed: &str| listed.eq_ignore_ascii_case(element);
        self.list(name)
            .any(|listed| if planted("header-case-counts") { listed == element } else { is_it(listed) })
    }
}

/// Bytes that are not UTF-8 become U+FFFD: RFC 9110 §5.5 calls them opaque, and none of them means anything
/// to us.
impl<'a> FromIterator<(&'a str, &'a [u8])> for Headers {
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a [u8])>>(lines: I) -> Self {
        let mut headers = Headers::default();
        for (name, value) in lines {
            let name = headers.append(name);
            let value = headers.append(&String::from_utf8_lossy(value));
            headers.lines.push(Line { name, value });
        }
        headers
    }
}

impl Headers {
    fn append(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }
}

/// Where in the shared text one line's name and value are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    name: Range<usize>,
    value: Range<usize>,
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn names_are_found_in_any_case() {
        let headers = Headers::from_iter([("hOsT", &b"a"[..]), ("Host2", b"b")]);

        assert_eq!(headers.first("Host"), Some("a"));
        assert_eq!(headers.first("hos"), None);
    }

    #[test]
    fn a_list_spans_its_lines_and_skips_empty_elements() {
        let headers =
            Headers::from_iter([("Connection", &b" keep-alive,,\tUpgrade "[..]), ("connection", b"x")]);

        assert_eq!(headers.list("connection").collect::<Vec<_>>(), ["keep-alive", "Upgrade", "x"]);
        assert!(headers.lists("connection", "UPGRADE"));
        assert!(!headers.lists("connection", "keep"));
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        let headers = Headers::from_iter([("X-Name", &b"Zo\xeb"[..]), ("X-Next", b"ok")]);

        assert_eq!(headers.first("x-name"), Some("Zo\u{fffd}"));
        assert_eq!(headers.first("x-next"), Some("ok"));
    }
}
