//! The request line of a handshake in words.
//!
//! ```text
//! GET /socket.io/?EIO=4&transport=polling
//! │   │           │     └ parameter        how packets travel: by HTTP long-polling
//! │   │           └ parameter              the version of Engine.IO
//! │   └ path                               the endpoint
//! └ method
//! ```

use std::collections::HashMap;
use std::ops::Range;

use super::{Explained, Fault, Part};
use crate::engine_io::{Intent, Refusal, Transport, Transports, Want};

/// Says whether an input is a request line, or a URL.
pub(super) fn is_one(input: &str) -> bool {
    let first = input.split(' ').next().unwrap_or_default();
    let is_method =
        input.contains(' ') && first.len() > 1 && first.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_url =
        ["http://", "https://", "ws://", "wss://", "/", "?"].iter().any(|start| input.starts_with(start));
    is_method || is_url
}

/// Explains a request line.
pub(super) fn explained(input: &str) -> Explained {
    let line = Line::read(input);
    let query = line.text(&line.query);
    let asks_upgrade =
        line.is_websocket_url() || line.last("transport").is_some_and(|(_, value)| value == "websocket");
    let method = if line.method.is_empty() { "GET" } else { line.text(&line.method) };
    if method == "OPTIONS" {
        return preflight(&line);
    }
    let intent = Intent::parse(method, asks_upgrade, query, Transports::default());
    let refusal = match &intent {
        Err(refusal) | Ok(Intent::Resume { want: Want::Refused(refusal), .. }) => Some(*refusal),
        Ok(_) => None,
    };
    let fault = line.elsewhere().or_else(|| refusal.map(|refusal| line.fault(refusal)));
    let (name, does, answer, fixture) = match &fault {
        Some(_) => ("REQUEST", "Nothing: it is refused.", None, "engine.io/09-refusals"),
        None => meaning(&intent),
    };
    let brief = match &fault {
        Some(fault) => format!("{name}, refused: {}", fault.rule),
        None => name.to_owned(),
    };
    Explained {
        at: 0,
        text: input.to_owned(),
        name,
        brief,
        parts: line.parts(),
        does: does.to_owned(),
        answer: answer.map(str::to_owned),
        fixture,
        error: fault,
    }
}

/// Explains what a browser asks before it lets a page of another origin ask.
fn preflight(line: &Line<'_>) -> Explained {
    Explained {
        at: 0,
        text: line.input.to_owned(),
        name: "PREFLIGHT",
        brief: "PREFLIGHT".to_owned(),
        parts: line.parts(),
        does:
            "A browser asks whether a page of another origin may send what comes next. No session is touched."
                .to_owned(),
        answer: Some("204, and headers that say whose pages may".to_owned()),
        fixture: "robustness/origins",
        error: None,
    }
}

/// A request line, taken apart; ranges are bytes of it.
struct Line<'a> {
    input: &'a str,
    method: Range<usize>,
    origin: Range<usize>,
    path: Range<usize>,
    query: Range<usize>,
    version: Range<usize>,
}

impl<'a> Line<'a> {
    fn read(input: &'a str) -> Self {
        let is_url =
            input.starts_with(['/', '?']) || input.split(' ').next().is_some_and(|it| it.contains("://"));
        let method = 0..if is_url { 0 } else { input.find(' ').unwrap_or(input.len()) };
        let start =
            method.end + input[method.end..].len() - input[method.end..].trim_start_matches(' ').len();
        let end = input[start..].find(' ').map_or(input.len(), |length| start + length);
        let target = &input[start..end];
        // Nobody sends what stands behind #.
        let target_end = start + target.find('#').unwrap_or(target.len());
        let origin = match target.split_once("://") {
            Some((scheme, rest)) => scheme.len() + 3 + rest.find(['/', '?']).unwrap_or(rest.len()),
            None => 0,
        };
        let path = start + origin;
        let question = input[path..target_end].find('?').map_or(target_end, |length| path + length);
        let version = end + input[end..].len() - input[end..].trim_start_matches(' ').len();
        Self {
            input,
            method,
            origin: start..path,
            path: path..question,
            query: (question + 1).min(target_end)..target_end,
            version: version..input.len(),
        }
    }

    fn text(&self, range: &Range<usize>) -> &'a str {
        &self.input[range.clone()]
    }

    fn is_websocket_url(&self) -> bool {
        self.text(&self.origin).starts_with("ws")
    }

    /// The parameters, each with where it is, and its key and value as they are understood.
    fn parameters(&self) -> Vec<(Range<usize>, String, String)> {
        let mut at = self.query.start;
        let mut parameters = Vec::new();
        for text in self.text(&self.query).split('&') {
            if let Some((key, value)) = form_urlencoded::parse(text.as_bytes()).next() {
                parameters.push((at..at + text.len(), key.into_owned(), value.into_owned()));
            }
            at += text.len() + 1;
        }
        parameters
    }

    /// The parameter that counts: of a repeated key the last.
    fn last(&self, wanted: &str) -> Option<(Range<usize>, String)> {
        let found = self.parameters().into_iter().rfind(|(_, key, _)| key == wanted);
        found.map(|(range, _, value)| (range, value))
    }

    fn parts(&self) -> Vec<Part> {
        let whole = [
            (&self.method, "method", method_means(self.text(&self.method))),
            (&self.origin, "origin", "whom to ask, and how".to_owned()),
            (&self.path, "path", path_means(self.text(&self.path))),
        ];
        let whole = whole.into_iter().map(|(range, name, means)| (range.clone(), name, means));
        let parameters = self.parameters();
        let last: HashMap<&str, usize> =
            parameters.iter().enumerate().map(|(index, (_, key, _))| (key.as_str(), index)).collect();
        let query = parameters.iter().enumerate().map(|(index, (range, key, value))| {
            let means = match last[key.as_str()] == index {
                true => parameter_means(key, value),
                false => "does not count: the same key comes again".to_owned(),
            };
            (range.clone(), "parameter", means)
        });
        let version = (self.version.clone(), "version", "of HTTP".to_owned());
        let parts = whole.chain(query).chain([version]).filter(|(range, ..)| !range.is_empty());
        parts.map(|(range, name, means)| Part { at: range.start, length: range.len(), name, means }).collect()
    }

    /// The mistake that is made most often with the path.
    fn elsewhere(&self) -> Option<Fault> {
        let is_cut = ["/socket.io", "/engine.io"].contains(&self.text(&self.path));
        is_cut.then(|| Fault {
            at: self.path.start,
            length: self.path.len(),
            rule: "the path of the endpoint ends with a slash".to_owned(),
            then: "It is answered by 404.".to_owned(),
            fixture: "engine.io/02-handshake",
        })
    }

    fn fault(&self, refusal: Refusal) -> Fault {
        let end = self.query.end..self.query.end;
        let place = |key| self.last(key).map_or(end.clone(), |(range, _)| range);
        let (range, rule) = match refusal {
            Refusal::UnknownTransport => (place("transport"), "transport is polling or websocket"),
            Refusal::UnsupportedVersion => (place("EIO"), "EIO is 4, the version of Engine.IO"),
            Refusal::BadHandshakeMethod if self.last("sid").is_none_or(|(_, sid)| sid.is_empty()) => {
                (self.method.clone(), "a session begins with GET")
            }
            Refusal::BadHandshakeMethod => {
                (self.method.clone(), "a session is asked by GET, and told by POST")
            }
            Refusal::BadRequest if self.last("EIO").is_none_or(|(_, version)| version != "4") => {
                (place("EIO"), "EIO is 4, the version of Engine.IO")
            }
            Refusal::BadRequest => {
                (place("transport"), "a WebSocket is opened by GET with transport=websocket")
            }
            Refusal::UnknownSession | Refusal::SessionClosed(_) | Refusal::Forbidden => {
                (0..self.input.len(), refusal.message())
            }
        };
        let (code, message) = (refusal.code(), refusal.message());
        Fault {
            at: range.start,
            length: range.len(),
            rule: rule.to_owned(),
            then: format!("It is answered by 400 {{\"code\":{code},\"message\":\"{message}\"}}."),
            fixture: "engine.io/09-refusals",
        }
    }
}

fn meaning(
    intent: &Result<Intent, Refusal>,
) -> (&'static str, &'static str, Option<&'static str>, &'static str) {
    match intent {
        Ok(Intent::Open(Transport::Polling)) => (
            "HANDSHAKE",
            "A session begins on HTTP long-polling.",
            Some("200, and the open packet as the body: 0{\"sid\":\"…\",…}"),
            "engine.io/02-handshake",
        ),
        Ok(Intent::Open(Transport::WebSocket)) => (
            "HANDSHAKE",
            "A session begins on a WebSocket; the request has the headers of its handshake (RFC 6455).",
            Some("101, and the open packet as the first frame: 0{\"sid\":\"…\",…}"),
            "engine.io/04-websocket",
        ),
        Ok(Intent::Resume { want: Want::Poll, .. }) => (
            "POLL",
            "The client asks for packets. There may be one such request at a time.",
            Some("200, and packets as the body, as soon as there are any"),
            "engine.io/03-polling",
        ),
        Ok(Intent::Resume { want: Want::Post, .. }) => (
            "POST",
            "The client delivers packets in the body. There may be one such request at a time.",
            Some("200 and ok"),
            "engine.io/03-polling",
        ),
        Ok(Intent::Resume { want: Want::Upgrade, .. }) => (
            "UPGRADE REQUEST",
            "The client opens a WebSocket for a session that polls; the request has the headers of its handshake (RFC 6455). \
             Nothing has moved before the client says 5 on it.",
            Some("101; then the client says 2probe"),
            "engine.io/06-upgrade",
        ),
        Ok(Intent::Resume { want: Want::Refused(_), .. }) | Err(_) => {
            unreachable!("what is refused is explained by its fault")
        }
    }
}

fn method_means(method: &str) -> String {
    match method {
        "GET" => "begins a session, asks one for packets, or opens a WebSocket",
        "POST" => "delivers packets to a session",
        "OPTIONS" => "a browser asks whether a page of another origin may",
        _ => "not one of this protocol",
    }
    .to_owned()
}

fn path_means(path: &str) -> String {
    match path {
        "/socket.io/" => "the endpoint, by default",
        "/engine.io/" => "the endpoint where there is Engine.IO alone",
        _ => "the endpoint, if the server was told so; /socket.io/ by default",
    }
    .to_owned()
}

fn parameter_means(key: &str, value: &str) -> String {
    match (key, value) {
        ("EIO", "4") => "the version of Engine.IO".to_owned(),
        ("EIO", _) => "the version of Engine.IO, and another one".to_owned(),
        ("transport", "polling") => "packets travel by HTTP long-polling".to_owned(),
        ("transport", "websocket") => "packets travel by WebSocket".to_owned(),
        ("transport", _) => "how packets travel, and an unknown one".to_owned(),
        ("sid", "") => "no session: the same as without it".to_owned(),
        ("sid", _) => "the session; who knows it may speak as its client".to_owned(),
        ("t", _) => "different each time, so that nobody answers from a cache; otherwise ignored".to_owned(),
        ("b64", _) => "of an older protocol: ignored, bytes are base64 in a body anyway".to_owned(),
        ("j", _) => "JSONP, of an older protocol: ignored".to_owned(),
        ("token", _) => "what a server with --token asks for".to_owned(),
        _ => "ignored".to_owned(),
    }
}
