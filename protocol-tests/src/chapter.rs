//! A chapter: a Markdown file in which prose and cases take turns.
//!
//! ````text
//! ## What must hold
//!
//! `group/slug` · MUST · core · [section]
//!
//! Why.
//!
//! ```conversation
//! alice opens polling
//! ```
//! ````

use std::path::{Path, PathBuf};

use crate::case::{Case, Header};
use crate::fault::{Fault, Unread};
use crate::notation::{self, Conversation};
use crate::vector::{Kind, Vector};

/// What a Markdown file holds.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
    /// The file.
    pub file: PathBuf,
    /// What it says.
    pub text: String,
    /// Its first heading.
    pub title: String,
    /// Its conversations.
    pub cases: Vec<Case>,
    /// Its vectors.
    pub vectors: Vec<Vector>,
}

impl Chapter {
    /// Reads a chapter; every mistake in it is told, not only the first.
    pub fn read(file: &Path, text: &str) -> (Chapter, Vec<Fault>) {
        let mut reader =
            Reader { file, chapter: Chapter::default(), open: None, heading: None, faults: Vec::new() };
        reader.chapter.file = file.to_path_buf();
        text.clone_into(&mut reader.chapter.text);
        let mut fence: Option<Fence<'_>> = None;
        for (i, line) in text.lines().enumerate() {
            let number = i + 1;
            match &mut fence {
                Some(open) if open.ends(line) => {
                    let Fence { info, start, lines, .. } = fence.take().expect("a fence is open here");
                    reader.block(info, start, &lines);
                }
                Some(open) => open.lines.push((number, line)),
                None => match Fence::starts(line, number) {
                    Some(open) => fence = Some(open),
                    None => reader.prose(number, line),
                },
            }
        }
        if let Some(open) = fence {
            reader.fault(open.start, Unread::new(open.info, "an end of this block: ```"));
        }
        reader.finish_case();
        (reader.chapter, reader.faults)
    }
}

/// A fenced block that is open.
struct Fence<'a> {
    marks: usize,
    info: &'a str,
    start: usize,
    lines: Vec<(usize, &'a str)>,
}

impl<'a> Fence<'a> {
    fn starts(line: &'a str, number: usize) -> Option<Fence<'a>> {
        let marks = line.len() - line.trim_start_matches('`').len();
        (marks >= 3).then(|| Fence { marks, info: line[marks..].trim(), start: number, lines: Vec::new() })
    }

    fn ends(&self, line: &str) -> bool {
        let line = line.trim_end();
        line.len() >= self.marks && line.bytes().all(|b| b == b'`')
    }
}

/// A case whose conversation has not come yet, or may be followed by more prose.
struct Draft {
    line: usize,
    sentence: String,
    header: Header,
    why: String,
    conversation: Option<Conversation>,
}

struct Reader<'a> {
    file: &'a Path,
    chapter: Chapter,
    open: Option<Draft>,
    heading: Option<(usize, String)>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn prose(&mut self, number: usize, line: &str) {
        if line.starts_with('#') && line.trim_start_matches('#').starts_with(' ') {
            self.finish_case();
            let title = line.trim_start_matches('#').trim().to_owned();
            if self.chapter.title.is_empty() {
                self.chapter.title.clone_from(&title);
            }
            self.heading = Some((number, title));
            return;
        }
        if line.trim().is_empty() {
            return;
        }
        if let Some((heading_line, sentence)) = self.heading.take()
            && is_header(line)
        {
            match Header::read(line, self.file, number) {
                Ok(header) => {
                    let why = String::new();
                    self.open = Some(Draft { line: heading_line, sentence, header, why, conversation: None });
                }
                Err(fault) => self.faults.push(fault),
            }
            return;
        }
        if let Some(draft) = self.open.as_mut().filter(|draft| draft.conversation.is_none()) {
            draft.why.push_str(if draft.why.is_empty() { "" } else { " " });
            draft.why.push_str(line.trim());
        } else if is_header(line) {
            self.fault(number, Unread::new(line, "a heading above the header of a case"));
        }
    }

    fn block(&mut self, info: &str, start: usize, lines: &[(usize, &str)]) {
        if let Some(kind) = Kind::named(info) {
            for (number, line) in lines {
                match Vector::read(kind, line) {
                    Ok(Some(vector)) => {
                        self.chapter.vectors.push(Vector {
                            file: self.file.to_path_buf(),
                            line: *number,
                            ..vector
                        });
                    }
                    Ok(None) => {}
                    Err(unread) => self.fault(*number, unread),
                }
            }
            return;
        }
        if info != "conversation" {
            return;
        }
        match (self.open.as_mut(), notation::read(self.file, lines)) {
            (_, Err(fault)) => {
                // The case is not finished: its mistake has been told.
                self.open = None;
                self.faults.push(fault);
            }
            (Some(draft), Ok(conversation)) if draft.conversation.is_none() => {
                draft.conversation = Some(conversation);
            }
            (_, Ok(_)) => {
                self.fault(start, Unread::new(info, "a heading and a header line for each conversation"));
            }
        }
    }

    fn finish_case(&mut self) {
        let Some(Draft { line, sentence, header, why, conversation }) = self.open.take() else { return };
        match conversation {
            Some(conversation) => {
                let file = self.file.to_path_buf();
                self.chapter.cases.push(Case { file, line, sentence, why, header, conversation });
            }
            None => self.fault(line, Unread::new(header.id, "a block ```conversation below the header")),
        }
    }

    fn fault(&mut self, line: usize, unread: Unread) {
        self.faults.push(unread.at(self.file, line));
    }
}

fn is_header(line: &str) -> bool {
    line.starts_with('`') && line.contains("` · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: &str = "# Title\n\nProse.\n\n## It holds\n\n`g/one` · MUST · core · [eio4#x]\n\nBecause.\nReally.\n\n\
        ```conversation\nalice opens\n\nalice > 2\n```\n\nMore.\n\n```\nnot a case\n```\n\n```packets sio\na  2[\"hi\"]  = event [\"hi\"]\n```\n";

    fn read(text: &str) -> (Chapter, Vec<Fault>) {
        Chapter::read(Path::new("c.md"), text)
    }

    #[test]
    fn prose_cases_and_vectors_take_turns() {
        let (chapter, faults) = read(CHAPTER);
        assert_eq!(faults, []);
        assert_eq!((chapter.title.as_str(), chapter.cases.len(), chapter.vectors.len()), ("Title", 1, 1));
        let case = &chapter.cases[0];
        assert_eq!(
            (case.sentence.as_str(), case.why.as_str(), case.line),
            ("It holds", "Because. Really.", 5)
        );
        assert_eq!(case.conversation.steps[1].line, 15);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let broken = CHAPTER.replace("alice > 2", "alice >> xyz").replace("= event", "& event");
        let (_, faults) = read(&broken);
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [15, 25]);
        let (_, faults) = read("## A\n\n`g/one` · MUST · core\n\n## B\n");
        assert!(faults[0].expected.contains("conversation"), "{faults:?}");
        let (_, faults) = read("# A\n\n```conversation\nsettle\n```\n");
        assert!(faults[0].expected.contains("header"), "{faults:?}");
    }
}
