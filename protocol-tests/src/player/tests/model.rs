//! A model of a server in virtual time, with switches for what servers get wrong.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::packet::{self, Content};
use crate::target::{Act, Closing, Event, Happening, Link, Opening, Outgoing, Request, Response, Target};

/// What the model does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bug {
    None,
    Mute,
    RefusesAll,
    NeverCloses,
    ClosesAtOnce,
    NoopStorm,
    NoPing,
    PingsEarly,
    Shuffles,
    SwapsAttachments,
    SaysGoodbye,
    OnlySaysGoodbye,
    NoopOnSocket,
}

pub(super) struct Model {
    bug: Bug,
    now: Duration,
    links: usize,
    due: Vec<(Duration, Link, Happening)>,
    come: BTreeMap<Link, VecDeque<Event>>,
    held: Option<Link>,
    queue: Vec<Content>,
    socket: Option<Link>,
    ping_at: Option<Duration>,
    pong_by: Option<Duration>,
    attachments: Vec<Content>,
    pub(super) gets: usize,
    pub(super) pongs: usize,
}

impl Model {
    pub(super) fn new(bug: Bug) -> Model {
        Model {
            bug,
            now: Duration::ZERO,
            links: 0,
            due: Vec::new(),
            come: BTreeMap::new(),
            held: None,
            queue: Vec::new(),
            socket: None,
            ping_at: None,
            pong_by: None,
            attachments: Vec::new(),
            gets: 0,
            pongs: 0,
        }
    }

    fn link(&mut self) -> Link {
        self.links += 1;
        Link(self.links)
    }

    fn tell(&mut self, link: Link, what: Happening) {
        self.due.push((self.now + LATENCY, link, what));
    }

    fn answer(&mut self, link: Link, status: u16, body: &str) {
        let response =
            Response { status, headers: vec![("X-Model".into(), "yes".into())], body: body.into() };
        self.tell(link, Happening::Answer(response));
    }

    fn open_packet(&mut self) -> String {
        let interval = if self.bug == Bug::PingsEarly { PING_INTERVAL / 2 } else { PING_INTERVAL };
        self.ping_at = (self.bug != Bug::NoPing).then_some(self.now + interval);
        r#"0{"sid":"S1","upgrades":[],"pingInterval":1000,"pingTimeout":500,"maxPayload":100}"#.to_owned()
    }

    fn emit(&mut self, content: Content) {
        if self.bug == Bug::Shuffles { self.queue.insert(0, content) } else { self.queue.push(content) }
    }

    fn flush(&mut self) {
        if let Some(socket) = self.socket {
            for content in std::mem::take(&mut self.queue) {
                self.tell(socket, Happening::Message(content));
            }
        } else if let (Some(get), false) = (self.held, self.queue.is_empty()) {
            self.held = None;
            let body = packet::body(&std::mem::take(&mut self.queue));
            self.answer(get, 200, &body);
        }
    }

    fn end(&mut self) {
        (self.ping_at, self.pong_by) = (None, None);
        if let Some(socket) = self.socket.take() {
            if matches!(self.bug, Bug::SaysGoodbye | Bug::OnlySaysGoodbye) {
                self.tell(socket, Happening::Message(Content::Text("1".into())));
            }
            if self.bug == Bug::OnlySaysGoodbye {
                return;
            }
            self.tell(socket, Happening::Closed(Closing { code: Some(1005), how: "closed".into() }));
        }
        if let Some(get) = self.held.take() {
            self.answer(get, 200, "1");
        }
        self.queue.push(Content::Text("1".into()));
    }

    fn receive(&mut self, content: &Content) {
        if self.bug == Bug::Mute && !content.is("3") {
            return;
        }
        match content {
            Content::Text(text) if text == "3" => {
                self.pongs += 1;
                self.pong_by = None;
                self.ping_at = Some(self.now + PING_INTERVAL);
            }
            Content::Text(text) if text.starts_with("40") => {
                self.emit(Content::Text(r#"40{"sid":"I1"}"#.into()));
                if self.bug == Bug::ClosesAtOnce {
                    self.flush();
                    self.end();
                }
            }
            Content::Text(text) if text.starts_with("42[\"message\"") || text.starts_with("45") => {
                self.emit(Content::Text(text.replace("message", "message-back")));
            }
            Content::Text(text) if text.starts_with('4') && self.bug != Bug::NeverCloses => self.end(),
            Content::Text(_) => {}
            Content::Binary(_) => {
                self.attachments.push(content.clone());
                if self.attachments.len() == 2 {
                    let mut both = std::mem::take(&mut self.attachments);
                    if self.bug == Bug::SwapsAttachments {
                        both.reverse();
                    }
                    both.into_iter().for_each(|content| self.emit(content));
                }
            }
        }
    }

    /// Lets the heartbeat do what is due now.
    fn beat(&mut self) {
        if self.ping_at.is_some_and(|at| at <= self.now) {
            self.ping_at = None;
            self.pong_by = Some(self.now + PING_TIMEOUT);
            self.emit(Content::Text("2".into()));
            self.flush();
        }
        if self.pong_by.is_some_and(|by| by <= self.now) {
            self.end();
        }
    }
}

impl Target for Model {
    fn now(&self) -> Duration {
        self.now
    }

    fn pump(&mut self, until: Duration) -> bool {
        loop {
            self.beat();
            if let Some(i) = self.due.iter().position(|(at, ..)| *at <= self.now) {
                let (at, link, what) = self.due.remove(i);
                self.come.entry(link).or_default().push_back(Event { at, what });
                return true;
            }
            if self.now >= until {
                return false;
            }
            let moments = self.due.iter().map(|(at, ..)| *at).chain(self.ping_at).chain(self.pong_by);
            self.now = moments.min().unwrap_or(until).min(until).max(self.now);
        }
    }

    fn is_live(&self) -> bool {
        false
    }

    fn request(&mut self, request: &Request) -> Link {
        let link = self.link();
        if self.bug == Bug::RefusesAll {
            self.answer(link, 400, "no");
        } else if !request.target.contains("sid=") {
            let open = self.open_packet();
            self.answer(link, 200, &open);
        } else if request.method == "POST" {
            let crate::target::Body::Whole(body) = &request.body else { return link };
            let contents = packet::payload(&String::from_utf8_lossy(body)).unwrap();
            contents.iter().for_each(|content| self.receive(content));
            self.answer(link, 200, "ok");
            self.flush();
        } else {
            self.gets += 1;
            if self.bug == Bug::NoopStorm {
                self.answer(link, 200, "6");
            } else {
                self.held = Some(link);
                self.flush();
            }
        }
        link
    }

    fn open(&mut self, _: &Opening) -> Link {
        let link = self.link();
        if self.bug == Bug::RefusesAll {
            self.answer(link, 400, "no");
            return link;
        }
        self.tell(link, Happening::Opened(Response { status: 101, ..Response::default() }));
        self.socket = Some(link);
        let open = Content::Text(self.open_packet());
        self.tell(link, Happening::Message(open));
        if self.bug == Bug::NoopOnSocket {
            self.tell(link, Happening::Message(Content::Text("6".into())));
        }
        link
    }

    fn connect(&mut self) -> Link {
        self.link()
    }

    fn send(&mut self, _: Link, what: Outgoing<'_>) {
        if let Outgoing::Messages(messages) = what {
            messages.iter().for_each(|content| self.receive(content));
            self.flush();
        }
    }

    fn act(&mut self, link: Link, act: Act) {
        if act == Act::Drop && self.socket == Some(link) {
            self.socket = None;
        }
    }

    fn event(&mut self, link: Link) -> Option<Event> {
        self.come.get_mut(&link)?.pop_front()
    }
}

const LATENCY: Duration = Duration::from_millis(1);
const PING_INTERVAL: Duration = Duration::from_millis(1000);
const PING_TIMEOUT: Duration = Duration::from_millis(500);
