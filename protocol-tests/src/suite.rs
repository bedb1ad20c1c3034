//! All chapters of a directory, and the runs that they make.

use std::fs;
use std::path::{Path, PathBuf};

use crate::case::Case;
use crate::chapter::Chapter;
use crate::fault::{Fault, Unread};
use crate::notation::Transport;
use crate::player::{Played, play};
use crate::setting::Setting;
use crate::target::Target;
use crate::transcript::Transcript;
use crate::vector::Vector;

/// The chapters, in reading order.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    /// What was read.
    pub chapters: Vec<Chapter>,
}

/// A case over one transport.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The case.
    pub case: &'a Case,
    /// The transport; none when the case names its own.
    pub over: Option<Transport>,
}

impl Suite {
    /// Reads every `.md` file below a directory; what could not be read is told, the rest can be played.
    pub fn load(directory: &Path) -> (Suite, Vec<Fault>) {
        let mut files = Vec::new();
        let mut faults = Vec::new();
        if let Err(error) = markdown(directory, &mut files) {
            faults.push(Unread::new(error.to_string(), "a directory of chapters").at(directory, 0));
        }
        let mut chapters = Vec::new();
        for file in files {
            match fs::read_to_string(&file) {
                Ok(text) => {
                    let (chapter, mut found) = Chapter::read(&file, &text);
                    faults.append(&mut found);
                    chapters.push(chapter);
                }
                Err(error) => faults.push(Unread::new(error.to_string(), "a text in UTF-8").at(&file, 0)),
            }
        }
        (Suite::in_reading_order(chapters), faults)
    }

    /// Reads the chapters that were compiled into this program.
    pub fn embedded() -> (Suite, Vec<Fault>) {
        let read = |(name, text): &(&str, &str)| Chapter::read(Path::new(name), text);
        let (chapters, faults): (Vec<_>, Vec<_>) = CHAPTERS.iter().map(read).unzip();
        (Suite::in_reading_order(chapters), faults.concat())
    }

    /// Puts a protocol before what stands on it: no alphabet knows that.
    fn in_reading_order(mut chapters: Vec<Chapter>) -> Suite {
        let rank = |chapter: &Chapter| {
            let part = chapter.file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy());
            let known = PARTS.iter().position(|known| part.as_deref() == Some(*known));
            // What lies above the parts leads to them.
            known.map_or(0, |known| known + 1)
        };
        chapters.sort_by_key(rank);
        Suite { chapters }
    }

    /// Names what was judged by: the version of the kit, and a fingerprint of the chapters' texts.
    pub fn version(&self) -> String {
        // FNV-1a: equal texts must give equal names on every machine, and nobody attacks them.
        let texts = self.chapters.iter().flat_map(|chapter| chapter.text.bytes());
        let hash =
            texts.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        format!("{}+{hash:08x}", env!("CARGO_PKG_VERSION"))
    }

    /// All cases.
    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.chapters.iter().flat_map(|chapter| &chapter.cases)
    }

    /// All vectors.
    pub fn vectors(&self) -> impl Iterator<Item = &Vector> {
        self.chapters.iter().flat_map(|chapter| &chapter.vectors)
    }

    /// Every case over every transport that it asks for.
    pub fn runs(&self) -> Vec<Run<'_>> {
        self.cases()
            .flat_map(|case| match &case.header.over[..] {
                [] => vec![Run { case, over: None }],
                over => over.iter().map(|over| Run { case, over: Some(*over) }).collect(),
            })
            .collect()
    }
}

impl Run<'_> {
    /// `group/slug`, or `group/slug[polling]`.
    pub fn id(&self) -> String {
        let id = &self.case.header.id;
        self.over.map_or_else(|| id.clone(), |over| format!("{id}[{}]", over.name()))
    }

    /// All names of the run: those of its case, and each with the transport.
    pub fn ids(&self) -> Vec<String> {
        let ids = self.case.header.ids();
        let over = self.over.map(|over| format!("[{}]", over.name()));
        ids.flat_map(|id| [Some(id.to_owned()), over.as_ref().map(|over| format!("{id}{over}"))])
            .flatten()
            .collect()
    }

    /// Plays the run on a target of its own, unless something hinders it.
    pub fn play(&self, target: &mut dyn Target, setting: &Setting) -> Played {
        match setting.hinders(self.case, self.over, target.is_live()) {
            Some(verdict) => Played {
                verdict,
                step: None,
                transcript: Transcript::default(),
                took: std::time::Duration::ZERO,
            },
            None => play(self.case, self.over, target, setting),
        }
    }
}

/// Collects the chapters below a directory in the order of their names.
fn markdown(directory: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(directory)?.filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            markdown(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    Ok(())
}

/// The parts of the course, in its order.
const PARTS: [&str; 4] = ["engine.io", "socket.io", "chat", "robustness"];

// CHAPTERS: the name and the text of each chapter, written by build.rs.
include!(concat!(env!("OUT_DIR"), "/chapters.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::lint;
    use crate::vector::read_strictly;

    fn fixtures() -> Suite {
        let (suite, faults) = Suite::load(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures")));
        assert_eq!(faults, []);
        suite
    }

    #[test]
    fn the_fixtures_are_sound() {
        assert_eq!(lint(&fixtures()), []);
    }

    #[test]
    fn the_judge_reads_every_vector_as_it_asks_others_to() {
        let suite = fixtures();
        let bad = suite.vectors().map(|vector| (&vector.id, vector.judge(&read_strictly)));
        let bad: Vec<_> =
            bad.filter(|(_, verdict)| verdict.word() != "OK" && verdict.word() != "INFO").collect();
        assert!(bad.is_empty(), "{bad:#?}");
    }

    #[test]
    fn what_is_compiled_in_is_what_lies_in_the_directory() {
        let ((embedded, faults), loaded) = (Suite::embedded(), fixtures());
        assert_eq!(faults, []);
        assert_eq!(embedded.version(), loaded.version());
        assert_eq!(embedded.runs().len(), loaded.runs().len());
        assert!(embedded.chapters[0].file.starts_with("fixtures"), "{:?}", embedded.chapters[0].file);
        let mut changed = loaded;
        changed.chapters[0].text.push('.');
        assert_ne!(embedded.version(), changed.version());
    }

    #[test]
    fn the_course_begins_with_engine_io_and_ends_with_what_stands_on_it() {
        let mut parts: Vec<_> = fixtures()
            .chapters
            .into_iter()
            .filter_map(|chapter| chapter.file.parent()?.file_name().map(ToOwned::to_owned))
            .collect();
        parts.dedup();
        assert_eq!(parts[1..], PARTS, "above them the README");
    }

    #[test]
    fn a_run_is_named_after_its_transport() {
        let runs: Vec<String> = fixtures().runs().iter().map(Run::id).collect();
        assert!(runs.contains(&"namespaces/connect-main[polling]".to_owned()), "{runs:?}");
        assert!(runs.contains(&"upgrade/probe-answered".to_owned()));
    }
}
