//! The target, with everything that goes to it and comes from it written down.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::hex;
use crate::packet::Content;
use crate::pattern::shorten;
use crate::target::{Act, Body, Event, Happening, Link, Opening, Outgoing, Request, Target};
use crate::transcript::Transcript;

pub(super) struct Wire<'a> {
    target: &'a mut dyn Target,
    names: BTreeMap<Link, String>,
    pub(super) transcript: Transcript,
}

impl<'a> Wire<'a> {
    pub(super) fn new(target: &'a mut dyn Target) -> Wire<'a> {
        Wire { target, names: BTreeMap::new(), transcript: Transcript::default() }
    }

    pub(super) fn request(&mut self, who: &str, request: &Request) -> Link {
        let body = match &request.body {
            Body::None => String::new(),
            Body::Whole(body) => format!("  {}", shorten(&String::from_utf8_lossy(body))),
            Body::Chunks(chunks) => format!("  {} chunks", chunks.len()),
        };
        self.note('>', who, format!("{} {}{body}", request.method, shorten(&request.target)));
        let link = self.target.request(request);
        self.names.insert(link, who.to_owned());
        link
    }

    pub(super) fn open(&mut self, who: &str, opening: &Opening) -> Link {
        self.note('>', who, format!("opens a WebSocket at {}", shorten(&opening.target)));
        let link = self.target.open(opening);
        self.names.insert(link, who.to_owned());
        link
    }

    pub(super) fn connect(&mut self, who: &str) -> Link {
        self.note('>', who, "connects".to_owned());
        let link = self.target.connect();
        self.names.insert(link, who.to_owned());
        link
    }

    pub(super) fn send(&mut self, link: Link, what: Outgoing<'_>) {
        let who = self.name(link);
        match what {
            Outgoing::Messages(messages) => messages.iter().for_each(|m| self.note('>', &who, m.to_string())),
            Outgoing::Frames(frames) => {
                for frame in frames {
                    let opcode = frame.opcode.map_or("raw".to_owned(), |opcode| format!("frame {opcode}"));
                    let flags = format!("fin={} rsv={} mask={}", frame.fin, frame.rsv, frame.masked);
                    self.note('>', &who, format!("{opcode} {flags} {}", hex::write(&frame.payload)));
                }
            }
            Outgoing::Bytes(bytes) => self.note('>', &who, shorten(&String::from_utf8_lossy(bytes))),
        }
        self.target.send(link, what);
    }

    pub(super) fn act(&mut self, link: Link, act: Act) {
        let who = self.name(link);
        self.note('>', &who, format!("{act:?}").to_lowercase());
        self.target.act(link, act);
    }

    /// Drops a link at the end of a run; that is no step and not worth a line.
    pub(super) fn forget(&mut self, link: Link) {
        self.target.act(link, Act::Drop);
    }

    pub(super) fn event(&mut self, link: Link) -> Option<Event> {
        let event = self.target.event(link)?;
        let who = self.name(link);
        let what = match &event.what {
            Happening::Answer(response) => format!("{} {}", response.status, shorten(&response.text())),
            Happening::Opened(response) => format!("{} (WebSocket open)", response.status),
            Happening::Message(Content::Text(text)) => shorten(text),
            Happening::Message(content @ Content::Binary(_)) => content.to_string(),
            Happening::Control(opcode, payload) => format!("control frame {opcode} {}", hex::write(payload)),
            Happening::Bytes(bytes) => shorten(&String::from_utf8_lossy(bytes)),
            Happening::Closed(closing) => match closing.code {
                Some(code) => format!("closed, code {code}: {}", closing.how),
                None => format!("closed: {}", closing.how),
            },
        };
        self.transcript.note(event.at, '<', &who, what);
        Some(event)
    }

    pub(super) fn pump(&mut self, until: Duration) -> bool {
        self.target.pump(until)
    }

    pub(super) fn now(&self) -> Duration {
        self.target.now()
    }

    fn note(&mut self, direction: char, who: &str, what: String) {
        let now = self.target.now();
        self.transcript.note(now, direction, who, what);
    }

    fn name(&self, link: Link) -> String {
        self.names.get(&link).cloned().unwrap_or_default()
    }
}
