//! Replays every input of the corpus, and every one that once showed a bug.

use std::fs;
use std::path::{Path, PathBuf};

use wire42_fuzz::{TARGETS, Target};

#[test]
fn heads_hold() {
    replay(TARGETS[0]);
}

#[test]
fn payloads_hold() {
    replay(TARGETS[1]);
}

#[test]
fn packets_hold() {
    replay(TARGETS[2]);
}

#[test]
fn reassembly_holds() {
    replay(TARGETS[3]);
}

#[test]
fn sessions_hold() {
    replay(TARGETS[4]);
}

fn replay((name, target): Target) {
    let corpus = files("corpus", name);
    assert!(!corpus.is_empty(), "{name} has no corpus");
    for path in corpus.into_iter().chain(files("regressions", name)) {
        let played = Played(&path);
        target(&fs::read(played.0).expect("a file that was listed can be read"));
    }
}

fn files(kind: &str, name: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(kind).join(name);
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a directory can be read").path()).collect();
    files.sort();
    files
}

/// Names the input when it fails.
struct Played<'a>(&'a Path);

impl Drop for Played<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("it was {}", self.0.display());
        }
    }
}
