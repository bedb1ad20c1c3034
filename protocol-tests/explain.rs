//! What `wire42 explain` prints, held against `protocol-tests/explain/`, chapters with commands and what they answer, and
//! against the README.
//!
//! `UPDATE_EXPLAIN=1 cargo test --test explain` writes the answers anew; then read what changed.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn every_command_answers_as_its_chapter_says() {
    let mut commands = 0;
    for file in chapters().into_iter().chain([root().join("README.md")]) {
        let chapter = fs::read_to_string(&file).unwrap();
        let played = play(&chapter, &mut commands);
        if std::env::var_os("UPDATE_EXPLAIN").is_some() {
            fs::write(&file, played).unwrap();
        } else {
            assert_eq!(played, chapter, "{}", file.display());
        }
    }
    assert!(commands > 0, "there are chapters, with commands");
}

/// Everything that is said of packets somewhere is said in a chapter, too.
#[test]
fn every_sentence_is_shown_in_a_chapter() {
    let shown: String = chapters().iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let shown = words(&shown);
    for text in sentences() {
        assert!(shown.contains(&words(&text)), "no chapter shows: {text}");
    }
}

/// Writes a chapter anew, with what its commands answer now.
fn play(chapter: &str, commands: &mut usize) -> String {
    let mut played = String::new();
    let mut lines = chapter.lines().peekable();
    let mut is_console = false;
    while let Some(line) = lines.next() {
        writeln!(played, "{line}").unwrap();
        is_console = if line.starts_with("```") { line == "```console" } else { is_console };
        let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) else { continue };
        *commands += 1;
        played.push_str(&answer(command));
        let is_next = |line: &&str| line.starts_with("$ ") || *line == "```";
        while lines.next_if(|line| !is_next(line)).is_some() {}
        if lines.peek().is_some_and(|line| line.starts_with("$ ")) {
            played.push('\n');
        }
    }
    played
}

/// Runs a command as a shell does; a status that is not 0 is the last line.
fn answer(command: &str) -> String {
    let directory = Path::new(env!("CARGO_BIN_EXE_wire42")).parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [directory.to_owned()].into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(path).unwrap();
    let output = Command::new("bash").args(["-c", command]).env("PATH", path).output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8(output.stderr).unwrap());
    match output.status.code() {
        Some(0) => {}
        Some(status) => writeln!(text, "[status {status}]").unwrap(),
        None => panic!("{command}: {}", output.status),
    }
    text
}

/// The sentences of the source, as far as they are written there in one piece.
fn sentences() -> Vec<String> {
    let source = root().join("src");
    let files = [
        "explain/engine.rs",
        "explain/message.rs",
        "explain/request.rs",
        "explain/packet.rs",
        "socket_io/anatomy.rs",
        "socket_io/reassembly.rs",
        "engine_io/packet.rs",
    ];
    let mut found = Vec::new();
    for file in files {
        let text = fs::read_to_string(source.join(file)).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let is_said =
            |line: &&str| ["//", "unreachable!", ".expect("].iter().all(|word| !line.contains(word));
        let code: String = code.lines().filter(is_said).flat_map(|line| [line, "\n"]).collect();
        found.extend(literals(&code).iter().flat_map(|literal| pieces(literal)));
    }
    assert!(found.len() > 50, "the source holds sentences");
    found
}

/// The string literals of Rust code, with their escapes undone.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = code.chars().peekable();
    while let Some(char) = chars.next() {
        // A quote as a character, not as the beginning of a text.
        if char == '\'' && chars.peek() == Some(&'"') {
            chars.next();
        }
        if char != '"' {
            continue;
        }
        let mut literal = String::new();
        while let Some(char) = chars.next() {
            match char {
                '"' => break,
                '\\' => match chars.next() {
                    Some('\n') => while chars.next_if(|char| char.is_whitespace()).is_some() {},
                    Some(escaped) => literal.push(escaped),
                    None => break,
                },
                char => literal.push(char),
            }
        }
        found.push(literal);
    }
    found
}

/// What stands between the values that are put into a text, where it is long enough to be a sentence.
fn pieces(literal: &str) -> Vec<String> {
    let plain = literal.replace("{{", "\u{1}").replace("}}", "\u{2}");
    let pieces =
        plain.split(['{', '}']).step_by(2).map(|piece| piece.replace('\u{1}', "{").replace('\u{2}', "}"));
    pieces.filter(|piece| piece.split_whitespace().count() >= 4).collect()
}

/// Words alone: how lines are broken does not count, nor what is drawn beside them.
fn words(text: &str) -> String {
    text.split(|char: char| char.is_whitespace() || char == '│')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn chapters() -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(root().join("protocol-tests/explain"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
