//! What was said, in the notation of the fixtures.
//!
//! ```text
//! c7 > 42["message",{"name":"c7","input":"m12"}]
//! http GET {path}?EIO=4&transport=polling&sid=s3 as g40  pending
//! wait 0.013s
//! g40 -> 200
//! c7 < 42["message",[{"clientId":"x4",…}]]
//! ```

use std::fmt::Write as _;
use std::time::Duration;

use super::link::{LinkId, Use};

/// The lines, if they are kept: a world that holds needs none, and one that does not is made again.
#[derive(Debug)]
pub(super) struct Notes {
    lines: Option<Vec<Line>>,
}

#[derive(Debug)]
struct Line {
    at: Duration,
    client: usize,
    text: String,
}

impl Notes {
    pub(super) fn new(keeps: bool) -> Notes {
        Notes { lines: keeps.then(Vec::new) }
    }

    /// A packet that a client sent or received.
    pub(super) fn packet(&mut self, at: Duration, client: usize, direction: char, text: &str) {
        if self.lines.is_some() {
            self.line(at, client, format!("c{client} {direction} {text}"));
        }
    }

    /// A request.
    #[expect(clippy::too_many_arguments, reason = "it is what a request has")]
    pub(super) fn request(
        &mut self,
        at: Duration,
        client: usize,
        link: LinkId,
        method: &str,
        query: &str,
        body: Option<&str>,
        use_: Use,
    ) {
        if self.lines.is_none() {
            return;
        }
        match (use_, body) {
            (Use::Socket, _) => self.line(at, client, format!("w{link} opens {query}")),
            (_, None) => self.line(at, client, format!("http {method} {{path}}{query} as g{link}  pending")),
            (_, Some(body)) => {
                let body = body.replace('\u{1e}', "␞");
                let line = format!("http {method} {{path}}{query} as g{link}  pending\n    body {body}");
                self.line(at, client, line);
            }
        }
    }

    /// An answer.
    pub(super) fn answer(&mut self, at: Duration, client: usize, link: LinkId, status: u16) {
        if self.lines.is_some() {
            let name = if status == 101 { 'w' } else { 'g' };
            self.line(at, client, format!("{name}{link} -> {status}"));
        }
    }

    /// Any line.
    pub(super) fn line(&mut self, at: Duration, client: usize, text: String) {
        if let Some(lines) = &mut self.lines {
            lines.push(Line { at, client, text });
        }
    }

    /// The last lines that matter: those of one client, and what others said in a namespace; all, if neither is known.
    pub(super) fn tail(&self, client: Option<usize>, namespace: Option<&str>, most: usize) -> String {
        let concerns = |line: &&Line| match (client, namespace) {
            (None, None) => true,
            (Some(client), _) if [client, SERVER].contains(&line.client) => true,
            (_, Some(namespace)) => speaks_in(&line.text, namespace),
            (Some(_), None) => false,
        };
        let lines: Vec<&Line> = self.lines.iter().flatten().filter(concerns).collect();
        let mut text = String::new();
        let mut before = None;
        for line in &lines[lines.len().saturating_sub(most)..] {
            let pause = line.at - before.unwrap_or(line.at);
            if !pause.is_zero() {
                let _ = writeln!(text, "wait {}s", pause.as_secs_f64());
            }
            before = Some(line.at);
            let _ = writeln!(text, "{}", line.text);
        }
        text
    }
}

/// Tells whether a line is an event that someone sends to a namespace.
fn speaks_in(line: &str, namespace: &str) -> bool {
    let Some((_, event)) = line.split_once(" > 4") else { return false };
    let rest = event.get(1..).unwrap_or_default();
    let is_main = namespace == "/" && !rest.starts_with('/');
    is_main || rest.strip_prefix(namespace).is_some_and(|rest| rest.is_empty() || rest.starts_with(','))
}

/// Whose lines concern everyone.
pub(super) const SERVER: usize = usize::MAX;
