//! What a file is, by its name.
//!
//! ```text
//! /assets/index.js    text/javascript; charset=utf-8   text: compressed
//! /logo.png           image/png                        compressed already
//! /LICENSE            application/octet-stream         nobody knows
//! ```

/// Gives the media type of a path.
///
/// A browser is told not to guess, so a type that is missing here is a file that it offers to save.
pub(super) fn media_type(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let known = |known: &&(&str, &str)| extension.as_deref() == Some(known.0);
    TYPES.iter().find(known).map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// Says whether it pays to compress what has this type.
pub(super) fn is_text(media_type: &str) -> bool {
    let others = ["application/json", "application/manifest+json", "application/wasm", "application/xml"];
    media_type.starts_with("text/") || media_type == "image/svg+xml" || others.contains(&media_type)
}

/// RFC 9239 for JavaScript; the others as IANA lists them, and as browsers ask for them.
const TYPES: [(&str, &str); 38] = [
    ("html", "text/html; charset=utf-8"),
    ("htm", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("wasm", "application/wasm"),
    ("txt", "text/plain; charset=utf-8"),
    ("md", "text/markdown; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("vtt", "text/vtt; charset=utf-8"),
    ("xml", "application/xml"),
    ("pdf", "application/pdf"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("apng", "image/apng"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("ico", "image/x-icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("ogg", "audio/ogg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_counts_in_any_case() {
        for (path, expected) in [
            ("/assets/index.min.JS", "text/javascript; charset=utf-8"),
            ("/main.css.map", "application/json"),
            ("/a.js/b", "application/octet-stream"),
            ("/html", "application/octet-stream"),
            ("/.well-known/security.txt", "text/plain; charset=utf-8"),
            ("/", "application/octet-stream"),
        ] {
            assert_eq!(media_type(path), expected, "{path}");
        }
    }

    #[test]
    fn pictures_are_not_compressed_again() {
        for (extension, media_type) in TYPES {
            let is_binary = ["audio/", "video/", "font/"].iter().any(|kind| media_type.starts_with(kind));
            assert!(!(is_binary && is_text(media_type)), "{extension}");
        }
        assert!(is_text("image/svg+xml") && !is_text("image/png") && !is_text("application/zip"));
    }
}
