//! Reads `src/` and fails when a layer imports what it may not.
//!
//! ```text
//! net ──> hub ──> app ──> socket_io ──> frame
//!  │       └───> client ──> socket_io, engine_io ──> frame
//! ```
//!
//! `planted`, where bugs are put in on purpose, stands beside them: everyone may ask it, and it asks nobody.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer, and what it may use of the crate.
const LAYERS: [(&str, &[&str]); 11] = [
    ("bucket", &[]),
    ("frame", &[]),
    ("now", &[]),
    ("planted", &[]),
    ("engine_io", &["frame", "now"]),
    ("socket_io", &["frame"]),
    ("app", &["socket_io", "now"]),
    ("client", &["engine_io", "socket_io", "frame", "now"]),
    ("explain", &["engine_io", "socket_io"]),
    ("hub", &["app", "client", "engine_io", "socket_io", "bucket", "frame", "now"]),
    ("net", &["hub", "app", "client", "explain", "engine_io", "socket_io", "bucket", "frame", "now"]),
];

/// What only `net/` may touch: sockets, tasks, clocks, randomness.
const OUTSIDE: [&str; 9] = [
    "std::net",
    "std::thread",
    "Instant",
    "SystemTime",
    "getrandom",
    "tokio::net",
    "tokio::time",
    "tokio::spawn",
    "tokio_tungstenite",
];

#[test]
fn every_import_goes_the_one_way() {
    for (layer, file, line, text) in code() {
        let (_, allowed) = LAYERS.iter().find(|(name, _)| *name == layer).expect("the layer is listed");
        for used in crate_modules(&text) {
            let is_allowed = used == layer || used == "planted" || allowed.contains(&used);
            assert!(is_allowed, "{}:{line}: {layer} may not use {used}: {text}", file.display());
        }
    }
}

#[test]
fn only_net_touches_the_outside() {
    for (layer, file, line, text) in code() {
        if layer == "net" {
            continue;
        }
        for word in OUTSIDE {
            assert!(!text.contains(word), "{}:{line}: {layer} may not touch {word}: {text}", file.display());
        }
    }
}

#[test]
fn no_file_is_longer_than_four_hundred_lines() {
    for file in files(&source()) {
        let lines = read(&file).lines().count();
        assert!(lines <= 400, "{} has {lines} lines: is it about one thing?", file.display());
    }
}

#[test]
fn every_layer_is_listed() {
    let mut found: Vec<String> = files(&source()).iter().filter_map(|file| layer_of(file)).collect();
    found.sort();
    found.dedup();
    let mut listed = LAYERS.map(|(name, _)| name.to_owned());
    listed.sort();
    assert_eq!(found, listed);
}

/// Every line of code with its layer, comments and unit tests left out.
fn code() -> Vec<(String, PathBuf, usize, String)> {
    let mut lines = Vec::new();
    for file in files(&source()) {
        let Some(layer) = layer_of(&file) else { continue };
        if ["tests.rs", "properties.rs"].iter().any(|name| file.ends_with(name)) {
            continue;
        }
        let text = read(&file);
        let tested = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (index, text) in tested.lines().enumerate() {
            if !text.trim_start().starts_with("//") {
                lines.push((layer.clone(), file.clone(), index + 1, text.to_owned()));
            }
        }
    }
    assert!(lines.len() > 1_000, "the source was found");
    lines
}

/// The modules named behind `crate::`, also those of `crate::{a, b}`.
fn crate_modules(text: &str) -> Vec<&str> {
    let ends = |character: char| !(character.is_alphanumeric() || character == '_');
    text.split("crate::")
        .skip(1)
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').map(str::trim).collect(),
            None => vec![rest],
        })
        .map(|name| name.split(ends).next().unwrap_or_default())
        .filter(|name| name.starts_with(char::is_lowercase))
        .collect()
}

/// The layer of a file; the crate's root and the program around it have none.
fn layer_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(source()).ok()?;
    let first = inside.components().next()?.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
    (!["lib", "main", "cli", "descriptors", "lines", "log", "signals"].contains(&first.as_str()))
        .then_some(first)
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).expect("src/ can be listed");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).expect("a source file is UTF-8")
}
