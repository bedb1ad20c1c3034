//! The few lines that the server has tasks for: from a request to its session, and from a session to its links.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use wire42::app::SocketId;
use wire42::engine_io::{Input, Intent, Refusal, Session, Transport, Want};
use wire42::frame::Frame;
use wire42::hub::{Guest, Hub, Keeping, Output, Token};
use wire42::net::http::{Request, Response, Upgrade};
use wire42::net::{Admission, Config, EXPLAIN_LIMIT, Full, Route, explained};
use wire42::now::Now;

use super::exchange::{read_answer, read_body};
use crate::packet::Content;
use crate::target::{Closing, Happening, Link};

/// A server without sockets.
pub(super) struct Server {
    config: Config,
    hub: Arc<Hub>,
    admission: Admission,
    born: usize,
    sessions: BTreeMap<String, Seen>,
    /// WebSockets, and whose they are.
    websockets: BTreeMap<Link, String>,
    said: Vec<(Link, Happening)>,
}

/// A session and its links.
struct Seen {
    guest: Guest,
    held: Option<(Link, Request)>,
    websocket: Option<Link>,
}

impl Server {
    pub(super) fn new(config: Config) -> Server {
        let mut count = 0;
        let ids = Box::new(move || {
            count += 1;
            SocketId::from(format!("socket-number-{count:06}").as_str())
        });
        let hub = config.app.hub_with(Keeping { recovery: config.recovery, ..Keeping::default() }, ids);
        Server {
            admission: Admission::new(config.limits),
            config,
            hub,
            born: 0,
            sessions: BTreeMap::new(),
            websockets: BTreeMap::new(),
            said: Vec::new(),
        }
    }

    /// Takes what was said since the last time.
    pub(super) fn said(&mut self) -> Vec<(Link, Happening)> {
        mem::take(&mut self.said)
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.sessions.values().filter_map(|seen| seen.guest.poll_timeout()).min()
    }

    pub(super) fn pass_time(&mut self, now: Duration) {
        for seen in
            self.sessions.values_mut().filter(|seen| seen.guest.poll_timeout().is_some_and(|due| due <= now))
        {
            seen.guest.handle_timeout(at(now));
        }
        self.carry_out(now);
    }

    /// Reads a request and walks it to its session.
    pub(super) fn request(&mut self, link: Link, bytes: &[u8], now: Duration) {
        let (request, head) = match Request::parse(bytes) {
            Ok(Some(parsed)) => parsed,
            Ok(None) => return self.answer(link, None, &Response::text(400, "the head does not end")),
            Err(error) => return self.answer(link, None, &error.response()),
        };
        let intent = match self.config.site.route(&request) {
            Route::Answer(response) => return self.answer(link, Some(&request), &response),
            Route::Explain => return self.explain(link, &request, &bytes[head..]),
            Route::Refused(refusal) => return self.refuse(link, &request, refusal),
            Route::Engine(intent) => intent,
        };
        match intent {
            Intent::Open(Transport::Polling) => match self.admit(now) {
                Ok(()) => {
                    let sid = self.open(Session::polling, self.config.site.token_to_show(&request), now);
                    self.poll(link, request, &sid, now);
                }
                Err(full) => self.turn_away(link, &request, full),
            },
            Intent::Open(Transport::WebSocket) => self.upgrade(link, &request, None, now),
            Intent::Resume { sid, .. } if !self.sessions.contains_key(&sid) => {
                self.refuse(link, &request, Refusal::UnknownSession);
            }
            Intent::Resume { sid, want: Want::Poll } => self.poll(link, request, &sid, now),
            Intent::Resume { sid, want: Want::Post } => self.post(link, &request, &bytes[head..], &sid, now),
            Intent::Resume { sid, want: Want::Upgrade } => self.upgrade(link, &request, Some(sid), now),
            Intent::Resume { want: Want::Refused(refusal), .. } => self.refuse(link, &request, refusal),
        }
        self.carry_out(now);
    }

    pub(super) fn text(&mut self, link: Link, text: &str, now: Duration) {
        self.message(link, Input::Text(text), text.len(), now);
    }

    pub(super) fn binary(&mut self, link: Link, bytes: &[u8], now: Duration) {
        self.message(link, Input::Binary(bytes), bytes.len(), now);
    }

    /// Ends a link without a word; tells whether it was an open WebSocket.
    pub(super) fn drop_link(&mut self, link: Link, now: Duration) -> bool {
        let held = |seen: &Seen| seen.held.as_ref().is_some_and(|(held, _)| *held == link);
        if let Some(seen) = self.sessions.values_mut().find(|seen| held(seen)) {
            seen.held = None;
            seen.guest.handle_input(Input::GetAborted, at(now)).unwrap_or_default();
        }
        let was_open = self.lose(link, now);
        self.carry_out(now);
        was_open
    }

    fn admit(&mut self, now: Duration) -> Result<(), Full> {
        self.admission.admit(self.sessions.len(), now)
    }

    fn open(
        &mut self,
        begin: fn(&str, wire42::engine_io::Config, Now) -> Session,
        token: Option<Token>,
        now: Duration,
    ) -> String {
        self.born += 1;
        let sid = format!("session-number-{:05}", self.born);
        let session = begin(&sid, self.config.session.clone(), at(now));
        let client = self.config.app.client(session, self.config.terms, at(now));
        let guest = Guest::new(client, self.hub.clone()).asked_for(token);
        self.sessions.insert(sid.clone(), Seen { guest, held: None, websocket: None });
        sid
    }

    fn poll(&mut self, link: Link, request: Request, sid: &str, now: Duration) {
        let seen = self.sessions.get_mut(sid).expect("the session was found");
        match seen.guest.handle_input(Input::Get, at(now)) {
            Ok(()) => seen.held = Some((link, request)),
            Err(refusal) => self.refuse(link, &request, refusal),
        }
    }

    fn post(&mut self, link: Link, request: &Request, body: &[u8], sid: &str, now: Duration) {
        let limit = self.config.session.max_payload;
        let guest = &mut self.sessions.get_mut(sid).expect("the session was found").guest;
        let content_type = request.header("content-type");
        if let Err(refusal) = guest.handle_input(Input::PostStarted { content_type }, at(now)) {
            return self.refuse(link, request, refusal);
        }
        match read_body(request, body, limit) {
            Ok(body) => match guest.handle_input(Input::Post(body), at(now)) {
                Ok(()) => {
                    let response = self.config.site.cors.apply(request, Response::ok());
                    self.answer(link, Some(request), &response);
                }
                Err(refusal) => self.refuse(link, request, refusal),
            },
            Err(error) => {
                guest.handle_input(Input::PostRefused, at(now)).unwrap_or_default();
                let response =
                    error.response().unwrap_or_else(|| Response::text(400, "the body does not end"));
                let response = self.config.site.cors.apply(request, response);
                self.answer(link, Some(request), &response);
            }
        }
    }

    fn explain(&mut self, link: Link, request: &Request, body: &[u8]) {
        let response = match read_body(request, body, EXPLAIN_LIMIT) {
            Ok(body) => explained(&body),
            Err(error) => error.response().unwrap_or_else(|| Response::text(400, "the body does not end")),
        };
        self.answer(link, Some(request), &response);
    }

    fn upgrade(&mut self, link: Link, request: &Request, sid: Option<String>, now: Duration) {
        let upgrade = match Upgrade::agreed(request) {
            Ok(upgrade) => upgrade,
            Err(error) => {
                let response = self.config.site.cors.apply(request, error.response());
                return self.answer(link, Some(request), &response);
            }
        };
        let token = self.config.site.token_to_show(request);
        if sid.is_none()
            && let Err(full) = self.admit(now)
        {
            return self.turn_away(link, request, full);
        }
        let response = self.config.site.cors.apply(request, upgrade.response());
        self.said.push((link, Happening::Opened(read_answer(&response.to_bytes(false, false, UNIX)))));
        let is_born = sid.is_none();
        let sid = sid.unwrap_or_else(|| self.open(Session::websocket, token, now));
        let seen = self.sessions.get_mut(&sid).expect("the session was found, or just opened");
        if is_born || seen.guest.handle_input(Input::WebSocketOpened, at(now)).is_ok() {
            seen.websocket = Some(link);
            self.websockets.insert(link, sid);
        } else {
            self.close(link);
        }
    }

    fn message(&mut self, link: Link, input: Input<'_>, length: usize, now: Duration) {
        if let Some(sid) = self.websockets.get(&link) {
            if length > self.config.session.max_payload {
                self.said.push((
                    link,
                    Happening::Closed(Closing { code: Some(1009), how: "too large".to_owned() }),
                ));
                self.lose(link, now);
            } else if let Some(seen) = self.sessions.get_mut(sid) {
                seen.guest.handle_input(input, at(now)).unwrap_or_default();
            }
        }
        self.carry_out(now);
    }

    fn lose(&mut self, link: Link, now: Duration) -> bool {
        let Some(sid) = self.websockets.remove(&link) else { return false };
        if let Some(seen) = self.sessions.get_mut(&sid) {
            seen.websocket = None;
            seen.guest.handle_input(Input::WebSocketClosed, at(now)).unwrap_or_default();
        }
        true
    }

    /// Does what the guests decided, until none has anything to say: what one says may be heard by another.
    fn carry_out(&mut self, now: Duration) {
        let sids: Vec<String> = self.sessions.keys().cloned().collect();
        for sid in sids {
            let Some(mut seen) = self.sessions.remove(&sid) else { continue };
            seen.guest.handle_broadcasts(at(now));
            while seen.guest.is_busy() {
                seen.guest.handle_rest(at(now));
            }
            if self.say(&mut seen) {
                self.sessions.insert(sid, seen);
            }
        }
    }

    /// Says what one guest decided, and what that makes it decide; tells whether there is a session still.
    fn say(&mut self, seen: &mut Seen) -> bool {
        loop {
            while let Some(output) = seen.guest.poll_output() {
                match output {
                    Output::Answer(body) => self.answer_get(seen, body),
                    Output::CloseWebSocket => {
                        self.transmit(seen);
                        if let Some(link) = seen.websocket.take() {
                            self.websockets.remove(&link);
                            self.close(link);
                        }
                    }
                    Output::Closed(reason) => {
                        if let Some((link, request)) = seen.held.take() {
                            self.refuse(link, &request, Refusal::after(reason));
                        }
                        return false;
                    }
                }
            }
            if !self.transmit(seen) {
                return true;
            }
        }
    }

    fn answer_get(&mut self, seen: &mut Seen, body: String) {
        let (link, request) = seen.held.take().expect("only a GET that is held is answered");
        let response = self.config.site.cors.apply(&request, Response::payload(body));
        self.answer(link, Some(&request), &response);
    }

    /// Hands frames to the WebSocket; tells whether there were any.
    fn transmit(&mut self, seen: &mut Seen) -> bool {
        let Some(link) = seen.websocket else { return false };
        let before = self.said.len();
        while let Some(slip) = seen.guest.poll_transmit() {
            let content = match slip.frame() {
                Frame::Text(text) => Content::Text(text.clone()),
                Frame::Binary(bytes) => Content::Binary(bytes.clone()),
            };
            self.said.push((link, Happening::Message(content)));
        }
        self.said.len() > before
    }

    fn close(&mut self, link: Link) {
        self.said.push((link, Happening::Control(8, Vec::new())));
        self.said.push((link, Happening::Closed(Closing { code: None, how: "close frame".to_owned() })));
    }

    fn turn_away(&mut self, link: Link, request: &Request, full: Full) {
        let response = self.config.site.cors.apply(request, full.response());
        self.answer(link, Some(request), &response);
    }

    fn refuse(&mut self, link: Link, request: &Request, refusal: Refusal) {
        let response = self.config.site.refuse(request, refusal);
        self.answer(link, Some(request), &response);
    }

    fn answer(&mut self, link: Link, request: Option<&Request>, response: &Response) {
        let is_head = request.is_some_and(|request| request.method == wire42::net::http::Method::Head);
        let bytes = response.to_bytes(false, is_head, UNIX);
        self.said.push((link, Happening::Answer(read_answer(&bytes))));
    }
}

fn at(now: Duration) -> Now {
    let since = i64::try_from(now.as_secs()).expect("virtual time is short");
    Now { mono: now, unix: UNIX + since }
}

/// A Sunday in November 2026, 00:13 in India.
const UNIX: i64 = 1_795_286_598;
