//! The fixtures as JSON, so that a runner in another language needs no reader of Markdown or of the notation.
//!
//! ```text
//! fixtures/*.md ──> Suite ──> {"suite":"protocol-tests","version":...,"chapters":[{"file":...,"cases":[...],"vectors":[...]}]}
//!                                one line of text for each case and each vector
//! ```
//!
//! Nothing in the document has to be taken apart: texts with places, patterns, times and packets are trees. The schema
//! that goes with it, `schema/fixtures.schema.json`, says what each part means.
//!
//! ```
//! use std::path::Path;
//! use protocol_tests::{chapter::Chapter, export, suite::Suite};
//!
//! let text = "# T\n\n## S\n\n`g/s` · MUST · core\n\nWhy.\n\n```conversation\nalice opens\nalice silent 0.9pi\n```\n";
//! let (chapter, _) = Chapter::read(Path::new("fixtures/t.md"), text);
//! let suite = Suite { chapters: vec![chapter], ..Suite::default() };
//! let document = export::document(&suite, Path::new("fixtures"));
//! assert!(document.contains(r#""do":"silent","actor":"alice","for":{"pi":0.9}"#), "{document}");
//! ```

mod step;
mod tree;
mod value;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::case::{Case, Need};
use crate::chapter::Chapter;
use crate::json::Json;
use crate::suite::Suite;
use crate::vector::{self, Judgement, Meaning, Vector};
use tree::{Object, list};

/// Writes all chapters as one document; `root` is the directory that the files' names are relative to.
pub fn document(suite: &Suite, root: &Path) -> String {
    let head = Object::new()
        .with("$schema", SCHEMA_FILE)
        .with("suite", env!("CARGO_PKG_NAME"))
        .with("version", suite.version());
    let chapters: Vec<String> = suite.chapters.iter().map(|chapter| chapter_text(chapter, root)).collect();
    open_ended(head) + &format!(",\"chapters\":{}}}\n", lines(&chapters))
}

/// Writes the document and the schemas into a directory, and lists the files.
pub fn write(suite: &Suite, root: &Path, directory: &Path) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(directory)?;
    let files = [
        (DOCUMENT_FILE, document(suite, root)),
        (SCHEMA_FILE, SCHEMA.to_owned()),
        (ADAPTER_SCHEMA_FILE, ADAPTER_SCHEMA.to_owned()),
    ];
    let write = |(name, text): &(&str, String)| {
        let path = directory.join(name);
        fs::write(&path, text).map(|()| path)
    };
    files.iter().map(write).collect()
}

fn chapter_text(chapter: &Chapter, root: &Path) -> String {
    let file = chapter.file.strip_prefix(root).unwrap_or(&chapter.file);
    let head = Object::new().with("file", file.display().to_string()).with("title", chapter.title.as_str());
    let cases: Vec<String> = chapter.cases.iter().map(|case| case_json(case).to_string()).collect();
    let vectors: Vec<String> = chapter.vectors.iter().map(|vector| vector_json(vector).to_string()).collect();
    open_ended(head) + &format!(",\"cases\":{},\"vectors\":{}}}", lines(&cases), lines(&vectors))
}

fn case_json(case: &Case) -> Json {
    let header = &case.header;
    Object::new()
        .with("id", header.id.as_str())
        .some("aliases", list(&header.aliases, |alias| alias.as_str().into()))
        .with("revision", header.revision as usize)
        .with("level", header.level.name())
        .with("profile", header.profile.name())
        .some("over", list(&header.over, |over| over.name().into()))
        .some("needs", list(&header.needs, need_json))
        .maybe("live", header.live.as_deref())
        .flag("slow", header.slow)
        .flag("alone", header.alone)
        .maybe("disputed", header.disputed.as_deref())
        .some("sections", list(&header.sections, |section| section.as_str().into()))
        .with("line", case.line)
        .with("sentence", case.sentence.as_str())
        .with("why", case.why.as_str())
        .some("setup", step::steps(&case.conversation.setup))
        .with("steps", step::steps(&case.conversation.steps))
        .done()
}

fn need_json(need: &Need) -> Json {
    let object = Object::new();
    match need {
        Need::Longer(more, less, _) => {
            object.with("longer", value::span(more)).with("than", value::span(less)).done()
        }
        Need::Case(id) => object.with("case", id.as_str()).done(),
        Need::Capability(word) => object.with("capability", word.as_str()).done(),
    }
}

fn vector_json(vector: &Vector) -> Json {
    let judgement = match vector.judgement {
        Judgement::Both => "both",
        Judgement::Read => "decode",
        Judgement::Refuse => "refuse",
        Judgement::Either => "either",
    };
    Object::new()
        .with("id", vector.id.as_str())
        .with("revision", vector.revision as usize)
        .with("level", vector.level.name())
        .maybe("disputed", vector.disputed.as_deref())
        .with("line", vector.line)
        .with("kind", vector.kind.group())
        .with("judgement", judgement)
        .with("wire", vector::contents_to_json(&vector.wire))
        .with("meanings", list(&vector.meanings, meaning_json))
        .done()
}

fn meaning_json(meaning: &Meaning) -> Json {
    match meaning {
        Meaning::Packets(packets) => Object::new().with("packets", vector::packets_to_json(packets)).done(),
        Meaning::Refused(class) => Object::new().with("error", class.as_str()).done(),
    }
}

/// Writes an object without its closing brace.
fn open_ended(object: Object) -> String {
    let mut text = object.done().to_string();
    text.pop();
    text
}

/// Writes an array with a line for each element, so that a changed case is a changed line.
fn lines(elements: &[String]) -> String {
    if elements.is_empty() { "[]".to_owned() } else { format!("[\n{}\n]", elements.join(",\n")) }
}

/// What the document obeys.
pub const SCHEMA: &str = include_str!("../schema/fixtures.schema.json");

/// What the lines between `codec` and an adapter obey.
pub const ADAPTER_SCHEMA: &str = include_str!("../schema/adapter.schema.json");

const DOCUMENT_FILE: &str = "fixtures.json";
const SCHEMA_FILE: &str = "fixtures.schema.json";
const ADAPTER_SCHEMA_FILE: &str = "adapter.schema.json";
