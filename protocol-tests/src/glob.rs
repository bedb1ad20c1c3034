//! `upgrade/*`: what the command line selects by.

/// Tells whether a text has the shape; `*` stands for any characters.
pub fn matches(shape: &str, text: &str) -> bool {
    match shape.split_once('*') {
        None => shape == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|tail| {
            let ends = tail.char_indices().map(|(i, _)| i).chain([tail.len()]);
            ends.into_iter().any(|i| matches(rest, &tail[i..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_anything() {
        for (shape, text, fits) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/*", "a/bc[polling]", true),
            ("*[polling]", "a/bc[polling]", true),
            ("*b*d", "abcd", true),
            ("*b*d", "abce", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(shape, text), fits, "{shape} {text}");
        }
    }
}
