//! The server's requests: from their bytes to a session, as its HTTP tasks walk them.

use wire42::engine_io::{Input, Intent, Reason, Refusal, Session as Engine, Transport, Want};
use wire42::hub::Guest;
use wire42::net::http::{BodyDecoder, Request, Response, Upgrade};
use wire42::net::{Route, explained};
use wire42::now::Now;

use super::broken::Check;
use super::link::{Down, LinkId, Meaning};
use super::server::{Role, Server, at};
use super::session::Session;
use super::wire::Wire;

impl Server {
    /// A request has come, with as much of its body as was sent with it.
    pub(super) fn request(&mut self, link: LinkId, bytes: &[u8], means: Vec<Meaning>) -> Check {
        let (request, head) = Request::parse(bytes).ok().flatten().expect("the clients write whole heads");
        let intent = match self.config().site.route(&request) {
            Route::Answer(response) => return self.answer(link, response),
            Route::Explain => return self.answer(link, explained(&bytes[head..])),
            Route::Refused(refusal) => return self.refuse(link, refusal),
            Route::Engine(intent) => intent,
        };
        match intent {
            Intent::Open(Transport::Polling) => {
                let session = self.open(Engine::polling);
                self.poll(link, session)
            }
            Intent::Open(Transport::WebSocket) => self.upgrade(link, &request, None),
            Intent::Resume { sid, want } => match (self.names.get(&sid).copied(), want) {
                (None, _) => self.refuse(link, Refusal::UnknownSession),
                (Some(session), Want::Poll) => self.poll(link, session),
                (Some(session), Want::Post) => self.post(link, session, request, &bytes[head..], means),
                (Some(session), Want::Upgrade) => self.upgrade(link, &request, Some(session)),
                (Some(_), Want::Refused(refusal)) => self.refuse(link, refusal),
            },
        }
    }

    /// The rest of a body has come.
    pub(super) fn body(&mut self, link: LinkId, bytes: &[u8], means: Vec<Meaning>) -> Check {
        let Some(Role::Posting(session, request)) = self.roles.remove(&link) else { return Ok(()) };
        self.finish_post(link, session, &request, bytes, means)
    }

    fn open(&mut self, begin: fn(&str, wire42::engine_io::Config, Now) -> Engine) -> usize {
        let index = self.sessions.len();
        let sid = format!("s{index}");
        let engine = begin(&sid, self.config().session.clone(), at(self.now));
        let client = self.config().app.client(engine, self.config().terms, at(self.now));
        self.sessions.push(Some(Session::new(Guest::new(client, self.hub.clone()), self.now)));
        self.alive.insert(index);
        self.names.insert(sid, index);
        index
    }

    fn poll(&mut self, link: LinkId, index: usize) -> Check {
        let mut refused = None;
        self.with(index, |session, now| {
            session.link.get_or_insert(link);
            if session.held.is_some() {
                session.sin(Reason::TransportError);
            }
            match session.guest.handle_input(Input::Get, at(now)) {
                Ok(()) => session.held = Some((link, now)),
                Err(refusal) => refused = Some(refusal),
            }
        })?;
        match refused {
            Some(refusal) => self.refuse(link, refusal),
            None => {
                // Unless it was answered at once.
                let is_held = self.sessions[index]
                    .as_ref()
                    .is_some_and(|s| s.held.is_some_and(|(held, _)| held == link));
                if is_held {
                    self.roles.insert(link, Role::Held(index));
                }
                Ok(())
            }
        }
    }

    fn post(
        &mut self,
        link: LinkId,
        index: usize,
        request: Request,
        body: &[u8],
        means: Vec<Meaning>,
    ) -> Check {
        let mut started = Ok(());
        self.with(index, |session, now| {
            if session.posting {
                session.sin(Reason::TransportError);
            }
            started = session.guest.handle_input(Input::PostStarted { content_type: None }, at(now));
            session.posting |= started.is_ok();
        })?;
        if let Err(refusal) = started {
            return self.refuse(link, refusal);
        }
        if body.is_empty() {
            self.roles.insert(link, Role::Posting(index, request));
            return Ok(());
        }
        self.finish_post(link, index, &request, body, means)
    }

    fn finish_post(
        &mut self,
        link: LinkId,
        index: usize,
        request: &Request,
        body: &[u8],
        means: Vec<Meaning>,
    ) -> Check {
        let limit = self.config().session.max_payload;
        let read = BodyDecoder::new(request.body, limit).and_then(|mut decoder| {
            decoder.feed(body)?;
            Ok(decoder.into_body())
        });
        if self.sessions[index].is_none() {
            return self.refuse(link, Refusal::UnknownSession);
        }
        let mut response = None;
        self.with(index, |session, now| {
            session.posting = false;
            response = Some(match read {
                Ok(body) => {
                    session.give(means, now);
                    session.guest.handle_input(Input::Post(body), at(now)).map(|()| Response::ok())
                }
                Err(error) => {
                    session.guest.handle_input(Input::PostRefused, at(now)).unwrap_or_default();
                    Ok(error.response().expect("a body that is too large is answered"))
                }
            });
        })?;
        match response.expect("the session was there") {
            Ok(response) => self.answer(link, response),
            Err(refusal) => self.refuse(link, refusal),
        }
    }

    fn upgrade(&mut self, link: LinkId, request: &Request, session: Option<usize>) -> Check {
        Upgrade::agreed(request).expect("the clients shake hands as they should");
        self.wishes.said.push((link, Down::Answer(101, String::new())));
        let is_born = session.is_none();
        let index = session.unwrap_or_else(|| self.open(Engine::websocket));
        if !is_born {
            // If the one before it is due to be given up, that one must be closed first.
            self.with(index, |session, now| session.guest.handle_timeout(at(now)))?;
            if self.sessions[index].is_none() {
                self.wishes.said.push((link, Down::Closed));
                return Ok(());
            }
        }
        let session = self.sessions[index].as_mut().expect("the session was found, or just opened");
        if is_born || session.guest.handle_input(Input::WebSocketOpened, at(self.now)).is_ok() {
            session.link.get_or_insert(link);
            session.websocket = Some((link, self.now));
            self.roles.insert(link, Role::Socket(index));
            self.wires.insert(link, Wire::new(self.terms.wire));
        } else {
            self.wishes.said.push((link, Down::Closed));
        }
        self.with(index, |_, _| ())
    }
}
