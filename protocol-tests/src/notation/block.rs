//! The structure of a conversation: continued lines, `repeat` and `either`, and the line `---` under the set-up.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Branch, Conversation, Step, StepKind, frames, verbs};
use crate::fault::{Fault, Unread};

/// Reads the lines of a block, each with its number in the chapter.
pub fn read(file: &Path, lines: &[(usize, &str)]) -> Result<Conversation, Fault> {
    let source = lines.iter().map(|(number, line)| (*number, line.trim_end().to_owned())).collect();
    let kept = lines.iter().map(|(number, line)| (*number, line.trim_end()));
    let lines: Vec<(usize, &str)> = kept.filter(|(_, line)| !is_blank(line)).collect();
    let mut reader = Reader { file, lines: &lines, at: 0, tcp: BTreeSet::new() };
    let (mut conversation, mut in_setup) = (Conversation { source, ..Conversation::default() }, false);
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
        let source = line.to_owned();
        if let Some(name) =
            name.as_deref().filter(|name| self.body().iter().any(|(_, line)| numbers(line, name)))
        {
            let steps = self.numbered(times, name)?;
            self.end(number, line)?;
            return Ok(Step { line: number, source, kind: StepKind::Repeat { times: 1, name: None, steps } });
        }
        let steps = self.steps()?;
        self.end(number, line)?;
        Ok(Step { line: number, source, kind: StepKind::Repeat { times, name, steps } })
    }

    /// Reads the body of a `repeat` once for each number: `c{i}` is somebody else every time.
    fn numbered(&mut self, times: usize, name: &str) -> Result<Vec<Step>, Fault> {
        let body = self.body();
        self.at += body.len();
        let mut steps = Vec::new();
        for i in 1..=times {
            let number = |line: &str| line.replace(&format!("{{{name}}}"), &i.to_string());
            let lines: Vec<(usize, String)> = body.iter().map(|(at, line)| (*at, number(line))).collect();
            let lines: Vec<(usize, &str)> = lines.iter().map(|(at, line)| (*at, line.as_str())).collect();
            let tcp = std::mem::take(&mut self.tcp);
            let mut reader = Reader { file: self.file, lines: &lines, at: 0, tcp };
            steps.append(&mut reader.steps()?);
            if let Some((at, line)) = reader.peek() {
                return Err(Unread::new(line, "a step").at(self.file, at));
            }
            self.tcp = reader.tcp;
        }
        Ok(steps)
    }

    /// The lines from here to the `end` of the block that has just begun.
    fn body(&self) -> &'a [(usize, &'a str)] {
        let rest = &self.lines[self.at..];
        let mut open = 1;
        let end = rest.iter().position(|(_, line)| {
            match line.split_whitespace().next() {
                Some("repeat" | "either") => open += 1,
                Some("end") => open -= 1,
                _ => {}
            }
            open == 0
        });
        &rest[..end.unwrap_or(rest.len())]
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

/// Tells whether a line speaks of somebody who has this number: a word such as `c{i}`.
fn numbers(line: &str, name: &str) -> bool {
    let number = format!("{{{name}}}");
    line.split(' ').filter_map(|word| word.strip_suffix(number.as_str())).any(verbs::is_name)
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
