//! Reads `src/` and fails when a layer imports what it may not, or when a public item is shown at work nowhere.
//!
//! ```text
//! net ──> hub ──> store ──> app ──> socket_io ──> frame
//!  │       │      sqlite ──> store
//!  │       └───> client ──> socket_io, engine_io ──> frame
//! ```
//!
//! `planted`, where bugs are put in on purpose, stands beside them: everyone may ask it, and it asks nobody.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer, and what it may use of the crate.
const LAYERS: [(&str, &[&str]); 13] = [
    ("bucket", &[]),
    ("frame", &[]),
    ("now", &[]),
    ("planted", &[]),
    ("engine_io", &["frame", "now"]),
    ("socket_io", &["frame"]),
    ("app", &["socket_io", "now"]),
    ("client", &["engine_io", "socket_io", "frame", "now"]),
    ("explain", &["engine_io", "socket_io"]),
    ("store", &["app", "socket_io"]),
    ("sqlite", &["store", "app", "socket_io"]),
    ("hub", &["app", "client", "engine_io", "socket_io", "store", "bucket", "frame", "now"]),
    (
        "net",
        &[
            "hub",
            "app",
            "client",
            "explain",
            "engine_io",
            "socket_io",
            "sqlite",
            "store",
            "bucket",
            "frame",
            "now",
        ],
    ),
];

/// What only `net/` may touch: sockets, tasks, clocks, randomness. And `sqlite/`, which is nothing but a file and the thread that
/// has it: no protocol stands there, and the others know only the log that it is.
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
fn only_net_and_sqlite_touch_the_outside() {
    for (layer, file, line, text) in code() {
        if ["net", "sqlite"].contains(&layer.as_str()) {
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

/// What is public stands in an example of its own file: beside the item, its type or its module. Constants, fields and variants
/// may; rustdoc runs the examples, and here only their words are looked at.
#[test]
fn every_public_item_is_in_an_example() {
    let mut missing = Vec::new();
    for file in files(&source()).into_iter().filter(|file| layer_of(file).is_some()) {
        let text = read(&file);
        let examples = examples(&text);
        let items = text.lines().filter_map(|line| public_item(line.trim_start()));
        let unshown = items.filter(|name| !is_word_of(&examples, name));
        missing.extend(unshown.map(|name| format!("{}: {name}", file.display())));
    }
    assert!(missing.is_empty(), "no example in the same file shows\n{}", missing.join("\n"));
}

/// The code of all examples in a file's documentation; pictures are none.
fn examples(text: &str) -> String {
    let mut fence = None;
    let mut code = String::new();
    for line in text.lines().map(str::trim_start) {
        let Some(line) = line.strip_prefix("//!").or_else(|| line.strip_prefix("///")) else { continue };
        match (line.trim().strip_prefix("```"), fence) {
            (Some(kind), None) => fence = Some(kind),
            (Some(_), Some(_)) => fence = None,
            (None, Some("")) => code.extend([line, "\n"]),
            (None, _) => {}
        }
    }
    code
}

/// The name of the type, trait or function that a line makes public.
fn public_item(line: &str) -> Option<&str> {
    let mut words = line.strip_prefix("pub ")?.split(|character: char| !is_of_a_name(character));
    let kind = words.find(|word| !["async", "const"].contains(word))?;
    ["enum", "fn", "struct", "trait", "type"].contains(&kind).then(|| words.next()).flatten()
}

fn is_word_of(code: &str, name: &str) -> bool {
    code.split(|character: char| !is_of_a_name(character)).any(|word| word == name)
}

fn is_of_a_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
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
    let ends = |character: char| !is_of_a_name(character);
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
