//! From a request's path to the name of a file, if it can be one.
//!
//! ```text
//! /a%20b/c.js          /a b/c.js
//! /../etc/passwd       none: no file is called `..`
//! /%2e%2e/etc/passwd   none: the same, said otherwise
//! /a%2fb               none: this slash would be a part of a name
//! ```
//!
//! What has no name here is not looked for, on no disk and in no table.

use crate::planted::planted;

/// Decodes a path; none if no file can have it.
///
/// RFC 3986 §3.3 has parts and slashes between them, and §2.1 the escapes within a part. Only the last part may be empty.
pub(super) fn decoded(path: &str) -> Option<String> {
    let mut decoded = String::with_capacity(path.len());
    let mut parts = path.strip_prefix('/')?.split('/').peekable();
    while let Some(part) = parts.next() {
        let name = unescape(part)?;
        if planted("dots-climb") && name == ".." {
            decoded.truncate(decoded.rfind('/').unwrap_or(0));
            continue;
        }
        let is_last = parts.peek().is_none();
        if (name.is_empty() && !is_last) || name == "." || name == ".." || name.contains(['/', '\\', '\0']) {
            return None;
        }
        decoded.push('/');
        decoded.push_str(&name);
    }
    Some(decoded)
}

/// Says whether a decoded path may be a place inside the front end: its last part has no dot, and nothing is hidden on the
/// way there.
pub(super) fn is_place(decoded: &str) -> bool {
    let last = decoded.rsplit('/').next().unwrap_or_default();
    !last.contains('.') && !decoded.contains("/.")
}

fn unescape(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let [high, low, behind @ ..] = rest else { return None };
        bytes.push(digit(*high)? << 4 | digit(*low)?);
        rest = behind;
    }
    String::from_utf8(bytes).ok()
}

fn digit(character: u8) -> Option<u8> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        for (path, expected) in [
            ("/", "/"),
            ("/a/b.js", "/a/b.js"),
            ("/docs/", "/docs/"),
            ("/a%20b/%C3%A9.js", "/a b/é.js"),
            ("/%252e%252e/x", "/%2e%2e/x"),
            ("/a+b", "/a+b"),
            ("/...", "/..."),
            ("/%61", "/a"),
        ] {
            assert_eq!(decoded(path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_no_file_can_be_called_is_no_path() {
        for path in [
            "",
            "*",
            "host:443",
            "x/y",
            "//",
            "//evil.example/x",
            "/a//b",
            "/..",
            "/../x",
            "/a/../x",
            "/a/./x",
            "/a/..",
            "/%2e%2e/x",
            "/.%2E/x",
            "/..%2fx",
            "/..%5cx",
            "/..\\x",
            "/a%2Fb",
            "/a%00.js",
            "/%",
            "/%4",
            "/%zz",
            "/%+1",
            "/%ff",
            "/%c0%ae%c0%ae/x",
            "/%ed%a0%80",
        ] {
            assert_eq!(decoded(path), None, "{path}");
        }
    }

    #[test]
    fn a_place_has_no_dot_at_its_end_and_nothing_hidden() {
        for path in ["/", "/chat", "/chat/room-1/", "/v1.2/chat"] {
            assert!(is_place(path), "{path}");
        }
        for path in ["/favicon.ico", "/chat/a.b", "/.git/config", "/.env", "/.well-known/acme-challenge/x"] {
            assert!(!is_place(path), "{path}");
        }
    }
}
