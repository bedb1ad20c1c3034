//! How long a browser may keep a file without asking, by the file's name.
//!
//! ```text
//! /static/js/main.8f3a2b1c.js       a hash of its content, as Create React App writes it: a year
//! /assets/index-B4xk9ZqT.js         the same by Vite: a year
//! /index.html  /logo.png            the next build may change it: asks each time, and is told 304
//! ```
//!
//! A hash that is not seen as one costs a 304; a name that is mistaken for one shows an old file for a year. So where
//! there is doubt there is no hash: a date is none, a word is none, and of Vite's, which may look like a word, only those with
//! a digit, a capital and a small letter, in the directory where it puts them. That is two in three of them.

/// Gives the value of `Cache-Control`.
pub(super) fn cache_control(path: &str) -> &'static str {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    if has_hex_hash(name) || (directory.ends_with("/assets") && has_short_hash(name)) {
        return "public, max-age=31536000, immutable";
    }
    "no-cache"
}

/// `main.8f3a2b1c.chunk.js`: between two dots, or between a hyphen and a dot as older Vites have it.
fn has_hex_hash(name: &str) -> bool {
    let Some((_, behind)) = name.split_once(['.', '-']) else { return false };
    let Some((between, _)) = behind.rsplit_once('.') else { return false };
    between.split(['.', '-']).any(|part| {
        let is_hex = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_mixed =
            part.contains(|byte: char| byte.is_ascii_digit()) && part.contains(char::is_alphabetic);
        [8, 16, 20, 32].contains(&part.len()) && is_hex && is_mixed
    })
}

/// `index-B4xk9ZqT.js`: eight characters of base64url behind a hyphen.
fn has_short_hash(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let Some((before, hash)) = stem.len().checked_sub(8).and_then(|at| stem.split_at_checked(at)) else {
        return false;
    };
    let has = |kind: fn(&u8) -> bool| hash.as_bytes().iter().any(kind);
    let is_base64 = hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    before.len() > 1 && before.ends_with('-') && is_base64 && is_mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_both_builds_are_known() {
        for path in [
            "/static/js/main.8f3a2b1c.js",
            "/static/js/787.28cb0dcd.chunk.js",
            "/static/css/main.f855e6bc.css.map",
            "/static/media/logo.6ce24c58023cc2f8fd88fe9d219db6c6.svg",
            "/assets/index-B4xk9ZqT.js",
            "/chat/assets/index-4sK-9_aZ.css",
            "/assets/index-8f3a2b1c.js",
        ] {
            assert_eq!(cache_control(path), "public, max-age=31536000, immutable", "{path}");
        }
    }

    #[test]
    fn what_may_be_a_word_or_a_date_is_no_hash() {
        for path in [
            "/",
            "/index.html",
            "/8f3a2b1c.js",
            "/8f3a2b1c",
            "/photo-20240101.jpg",
            "/report.20240101.pdf",
            "/de.cafebabe.js",
            "/assets/icon-settings.svg",
            "/assets/icon-darkMode.svg",
            "/assets/logo-version2.png",
            "/assets/B4xk9ZqT.js",
            "/assets/index.B4xk9ZqT.js",
            "/index-B4xk9ZqT.js",
            "/main.8f3a2b1c",
            "/assets/ü-ééééé.js",
        ] {
            assert_eq!(cache_control(path), "no-cache", "{path}");
        }
    }
}
