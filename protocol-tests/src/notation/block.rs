//! The structure of a conversation: continued lines, `repeat` and `either`, and the line `---` under the set-up.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Branch, Conversation, Step, StepKind, frames, verbs};
use crate::fault::{Fault, Unread};

/// Reads the lines of a block, each with its number in the chapter.
pub fn read(file: &Path, lines: &[(usize, &str)]) -> Result<Conversation, Fault> {
    let kept = lines.iter().map(|(number, line)| (*number, line.trim_end()));
    let lines: Vec<(usize, &str)> = kept.filter(|(_, line)| !is_blank(line)).collect();
    let mut reader = Reader { file, lines: &lines, at: 0, tcp: BTreeSet::new() };
    let (mut conversation, mut in_setup) = (Conversation::default(), false);
    loop {
        conversation.steps.append(&mut reader.steps()?);
        match reader.peek() {
            None => return Ok(conversation),
            Some((_, "---")) if !in_setup => {
                in_setup = true;
                conversation.setup = std::mem::take(&mut conversation.steps);
                reader.at += 1;
            }
            Some((number, line)) => {
                return Err(
                    Unread::new(line, "a step; nothing is open that this line could end").at(file, number)
                );
            }
        }
    }
}

struct Reader<'a> {
    file: &'a Path,
    lines: &'a [(usize, &'a str)],
    at: usize,
    tcp: BTreeSet<String>,
}

impl<'a> Reader<'a> {
    /// Reads steps up to the end, or to a line that closes or divides a block.
    fn steps(&mut self) -> Result<Vec<Step>, Fault> {
        let mut steps: Vec<Step> = Vec::new();
        while let Some((number, line)) = self.peek() {
            let trimmed = line.trim_start();
            let first = trimmed.split(' ').next().unwrap_or("");
            let under_frames = matches!(steps.last(), Some(Step { kind: StepKind::Frames { .. }, .. }));
            let indented = trimmed.len() < line.len();
            if indented && continues(trimmed, first, under_frames) {
                let Some(step) = steps.last_mut() else {
                    return Err(Unread::new(trimmed, "a step above this line").at(self.file, number));
                };
                verbs::continue_step(&mut step.kind, trimmed)
                    .map_err(|unread| unread.at(self.file, number))?;
                step.source = format!("{}\n{line}", step.source);
                self.at += 1;
                continue;
            }
            match first {
                "end" | "or" | "---" => return Ok(steps),
                "repeat" => steps.push(self.repeat(number, trimmed)?),
                "either" => steps.push(self.either(number, trimmed)?),
                _ => {
                    self.at += 1;
                    steps.push(self.step(number, trimmed)?);
                }
            }
        }
        Ok(steps)
    }

    fn step(&mut self, number: usize, line: &str) -> Result<Step, Fault> {
        let tcp = &self.tcp;
        let kind =
            verbs::step(line, &|name| tcp.contains(name)).map_err(|unread| unread.at(self.file, number))?;
        if let StepKind::Connect { actor } = &kind {
            self.tcp.insert(actor.clone());
        }
        Ok(Step { line: number, source: line.to_owned(), kind })
    }

    /// Reads `repeat N as i`, its steps and `end`.
    fn repeat(&mut self, number: usize, line: &str) -> Result<Step, Fault> {
        let fault = || Unread::new(line, "`repeat N` or `repeat N as NAME`").at(self.file, number);
        let head = line.split("  ").next().unwrap_or("");
        let words: Vec<&str> = head.split_whitespace().collect();
        let (times, name) = match words[..] {
            ["repeat", times] => (times, None),
            ["repeat", times, "as", name] if verbs::is_name(name) => (times, Some(name.to_owned())),
            _ => return Err(fault()),
        };
        let times = times.parse().map_err(|_| fault())?;
        self.at += 1;
        let steps = self.steps()?;
        self.end(number, line)?;
        Ok(Step { line: number, source: line.to_owned(), kind: StepKind::Repeat { times, name, steps } })
    }

    /// Reads `either`, its branches and `end`.
    fn either(&mut self, number: usize, line: &str) -> Result<Step, Fault> {
        self.at += 1;
        let mut branches = Vec::new();
        let mut lax = None;
        loop {
            branches.push(Branch { lax, steps: self.steps()? });
            match self.peek() {
                Some((or_number, or_line)) if or_line.trim_start().starts_with("or") => {
                    lax = branch_reason(or_line.trim()).map_err(|unread| unread.at(self.file, or_number))?;
                    self.at += 1;
                }
                _ => break,
            }
        }
        self.end(number, line)?;
        Ok(Step { line: number, source: line.to_owned(), kind: StepKind::Either(branches) })
    }

    fn end(&mut self, number: usize, line: &str) -> Result<(), Fault> {
        match self.peek() {
            Some((_, end)) if end.split_whitespace().next() == Some("end") => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Unread::new(line, "a line `end` further down").at(self.file, number)),
        }
    }

    fn peek(&self) -> Option<(usize, &'a str)> {
        self.lines.get(self.at).copied()
    }
}

fn is_blank(line: &str) -> bool {
    let trimmed = line.trim_start();
    trimmed.is_empty() || trimmed.starts_with('#')
}

/// Tells whether an indented line continues the step above it.
fn continues(line: &str, first: &str, under_frames: bool) -> bool {
    let answer = first == "or" && !line.starts_with("or (") && line != "or";
    answer || CONTINUATIONS.contains(&first) || (under_frames && frames::opcode(first).is_some())
}

/// Reads `or`, `or (lax: why)`.
fn branch_reason(line: &str) -> Result<Option<String>, Unread> {
    let line = line.split("  ").next().unwrap_or("").trim_end();
    if line == "or" {
        return Ok(None);
    }
    let inner = line.strip_prefix("or (lax:").and_then(|rest| rest.strip_suffix(')'));
    inner.map(|why| Some(why.trim().to_owned())).ok_or_else(|| Unread::new(line, "`or` or `or (lax: why)`"))
}

const CONTINUATIONS: [&str; 9] = [">", ">>", "<", "<<", "<=", "->", "header", "body", "chunk"];
