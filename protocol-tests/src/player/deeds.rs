//! What steps do rather than expect: requests, WebSockets, TCP connections.

use super::actor::{Actor, Carrier, Pending, Poller, Reply};
use super::flow::{self, Look, Take};
use super::{Player, Trouble};
use crate::notation::{
    AnswerOption, Answers, Deed, FrameLine, Headers, RequestLine, Sending, SocketTarget, Status, Step,
    StepKind, Transport,
};
use crate::packet::Content;
use crate::target::{Act, Body, Closing, Opening, Outgoing, Request};
use crate::text::Text;

impl Player<'_> {
    /// Does what a step says; `next` is the step behind it.
    pub(super) fn act(&mut self, kind: &StepKind, next: Option<&Step>) -> Result<(), Trouble> {
        match kind {
            StepKind::Settle => self.pass(self.settling()),
            StepKind::Wait(span) => self.pass(span.resolve(&self.intervals)),
            StepKind::Fuzz { kind, times, seed } => self.storm(*kind, *times, *seed),
            StepKind::Open { actor, over, query, headers, by_hand } => {
                let query = query.as_ref().map_or(Ok(String::new()), |query| query.render(&self.scope));
                let over = over.unwrap_or(self.over);
                self.open_session(actor, over, &query.map_err(Trouble::new)?, headers, *by_hand)?;
                if over == Transport::Upgrade { self.upgrade(actor) } else { Ok(()) }
            }
            StepKind::Join { actor, .. } => self.join(actor, kind),
            StepKind::KeepPolling { actor, on } => {
                self.poller(actor)?.keeps = *on;
                self.absorb(&[]).map_err(Trouble::new)
            }
            StepKind::Park { actor, request } => self.park(actor, request),
            StepKind::Leave { actor } => self.leave(actor),
            StepKind::Send { actor, burst } => {
                let packets: Result<Vec<Content>, String> =
                    burst.iter().map(|part| self.content(part)).collect();
                self.send_packets(actor, &packets.map_err(Trouble::new)?, next.is_some_and(expects_an_end))
            }
            StepKind::Request { request, name, pending, answer } => {
                self.request(request, name.as_deref(), *pending, answer)
            }
            StepKind::Abort { request } => match self.requests.remove(request) {
                Some(pending) => {
                    self.wire.act(pending.link, Act::Drop);
                    self.unpark(request);
                    Ok(())
                }
                None => Err(self.nobody(request)),
            },
            StepKind::OpenSocket { actor, target, headers, by_hand, answer } => {
                self.open_socket(actor, target, headers, *by_hand, answer)
            }
            StepKind::Do { actor, deed } => self.deed(actor, *deed),
            StepKind::Frames { actor, frames } => self.frames(actor, frames),
            StepKind::Connect { actor } => {
                let link = self.wire.connect(actor);
                self.actors.insert(actor.clone(), Actor::new(Carrier::Tcp(link), true));
                Ok(())
            }
            other => Err(Trouble::new(self.scope.miss(format!("{other:?} is nothing to do")))),
        }
    }

    fn request(
        &mut self,
        line: &RequestLine,
        name: Option<&str>,
        pending: bool,
        answer: &Answers,
    ) -> Result<(), Trouble> {
        let request = self.render(line)?;
        let name = name.unwrap_or("http");
        let since = self.wire.now();
        let link = self.wire.request(name, &request);
        if let Some(before) = self.requests.insert(name.to_owned(), Pending { link, request, reply: None }) {
            self.wire.forget(before.link);
        }
        if pending {
            return Ok(());
        }
        let until = self.until(&answer.timing, since);
        let take = self.wait(until, &[], |player| player.look_at_answer(name, answer));
        self.conclude(name, &answer.timing, since, take)
    }

    fn render(&self, line: &RequestLine) -> Result<Request, Trouble> {
        let parts =
            |chunks: &[Sending]| chunks.iter().map(|chunk| self.bytes(chunk)).collect::<Result<Vec<_>, _>>();
        let body = match (&line.body, &line.chunks[..]) {
            (_, chunks @ [_, ..]) => Body::Chunks(parts(chunks).map_err(Trouble::new)?),
            (Some(body), []) => Body::Whole(self.bytes(body).map_err(Trouble::new)?),
            (None, []) if line.method == "POST" => Body::Whole(Vec::new()),
            (None, []) => Body::None,
        };
        let mut headers = self.headers(&line.headers)?;
        let typed = line.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if !matches!(body, Body::None) && !typed {
            headers.push(("Content-Type".to_owned(), flow::TEXT.to_owned()));
        }
        // `header NAME:` leaves a default out; the target adds no other that a fixture would want to be rid of.
        headers.retain(|(name, value)| !value.is_empty() || !name.eq_ignore_ascii_case("content-type"));
        let target = self.target(&line.target)?;
        Ok(Request { method: line.method.clone(), target, headers, body })
    }

    pub(super) fn headers(&self, headers: &Headers) -> Result<Vec<(String, String)>, Trouble> {
        let render = |(name, value): &(String, Text)| Ok((name.clone(), value.render(&self.scope)?));
        headers.iter().map(render).collect::<Result<_, String>>().map_err(Trouble::new)
    }

    /// A target that starts with `?` follows the path.
    fn target(&self, target: &Text) -> Result<String, Trouble> {
        let target = target.render(&self.scope).map_err(Trouble::new)?;
        Ok(if target.starts_with('?') { format!("{}{target}", self.setting.path) } else { target })
    }

    fn open_socket(
        &mut self,
        name: &str,
        target: &SocketTarget,
        headers: &Headers,
        by_hand: bool,
        answer: &Answers,
    ) -> Result<(), Trouble> {
        let target = match target {
            SocketTarget::At(target) => self.target(target)?,
            SocketTarget::Session(session) => {
                let sid = self.scope.text(&format!("{session}.sid")).map_err(Trouble::new)?;
                format!("{}?EIO=4&transport=websocket&sid={sid}", self.setting.path)
            }
        };
        let headers = self.headers(headers)?;
        let since = self.wire.now();
        let link = self.wire.open(name, &Opening { target, headers });
        self.actors.insert(name.to_owned(), Actor::new(Carrier::WebSocket(link), by_hand));
        let mut answer = answer.clone();
        if answer.options.is_empty() {
            let status = Status::Codes(vec![(101, 101)]);
            answer.options.push(AnswerOption { status, body: crate::notation::BodyPattern::Any, lax: None });
        }
        let refusable = answer.options.iter().any(|option| option.status == Status::Refused);
        let mut until = self.until(&answer.timing, since);
        if refusable && answer.timing.within.is_none() {
            // The next other cause of an end is the heartbeat.
            until = until.min(since + self.intervals.ping_interval.mul_f64(0.9));
        }
        let mut take = self.wait(until, &[], |player| player.look_at_opening(name, &answer));
        if refusable && take.is_err() {
            // Nothing refused it in time: the other options get their turn.
            answer.options.retain(|option| option.status != Status::Refused);
            if let (Look::Fits(fits), false) = (self.look_at_answer(name, &answer), answer.options.is_empty())
            {
                take = Ok(fits);
            }
        }
        self.conclude(name, &answer.timing, since, take)
    }

    fn look_at_opening(&self, name: &str, answer: &Answers) -> Look {
        let Some(actor) = self.actors.get(name) else { return self.unknown(name) };
        let Some((at, reply)) = &actor.reply else {
            return Look::Waiting("the handshake was not answered".to_owned());
        };
        if answer.options.iter().all(|option| option.status != Status::Refused) {
            return self.look_at_answer(name, answer);
        }
        let opened = matches!(reply, Reply::Response(response) if response.status == 101);
        let spoken = actor.inbox.iter().find(|mail| mail.control.is_none());
        match (opened, spoken, &actor.closed) {
            (true, Some(mail), _) => {
                Look::Differs(format!("expected a refusal, got 101 and {}", mail.content))
            }
            (true, None, None) => Look::Waiting("expected a refusal, got 101 and no close".to_owned()),
            (true, None, Some((at, _))) | (false, _, Some((at, _))) => {
                Look::Fits(Take { at: *at, ..Take::default() })
            }
            (false, ..) => Look::Fits(Take { at: *at, ..Take::default() }),
        }
    }

    fn deed(&mut self, name: &str, deed: Deed) -> Result<(), Trouble> {
        let now = self.wire.now();
        let Some(actor) = self.actors.get_mut(name) else { return Err(self.nobody(name)) };
        let Some(link) = actor.link() else {
            if deed == Deed::Drop {
                return self.cut(name);
            }
            let why = format!("{name} has no connection of her own over polling");
            return Err(Trouble::new(self.scope.miss(why)));
        };
        if deed == Deed::Drop {
            actor.close(now, Closing { code: None, how: "dropped by the client".to_owned() });
        }
        self.wire.act(
            link,
            match deed {
                Deed::Drop => Act::Drop,
                Deed::Close(code) => Act::Close(code),
                Deed::HalfClose => Act::HalfClose,
                Deed::Pause => Act::Pause,
                Deed::Resume => Act::Resume,
            },
        );
        Ok(())
    }

    /// Cuts off a session that polls: the connection is gone on which it waited for an answer.
    fn cut(&mut self, name: &str) -> Result<(), Trouble> {
        let parked = self.poller(name)?.parked.take();
        let request = match parked {
            Some(request) => request,
            None => {
                self.park(name, CUT)?;
                // One that the server has not read yet would be reset unseen.
                self.pass(self.settling())?;
                CUT.to_owned()
            }
        };
        if let Some(pending) = self.requests.remove(&request) {
            self.wire.act(pending.link, Act::Drop);
        }
        self.unpark(&request);
        let now = self.wire.now();
        if let Some(actor) = self.actors.get_mut(name) {
            actor.close(now, Closing { code: None, how: "dropped by the client".to_owned() });
        }
        Ok(())
    }

    fn frames(&mut self, name: &str, lines: &[FrameLine]) -> Result<(), Trouble> {
        let Some(link) = self.actors.get(name).and_then(Actor::link) else {
            return Err(self.nobody(name));
        };
        let frames: Result<Vec<_>, String> = lines.iter().map(|line| self.frame(line)).collect();
        self.wire.send(link, Outgoing::Frames(&frames.map_err(Trouble::new)?));
        Ok(())
    }

    fn content(&self, sending: &Sending) -> Result<Content, String> {
        match sending {
            Sending::Text(text) => text.render(&self.scope).map(Content::Text),
            Sending::Bytes(bytes) => Ok(Content::Binary(bytes.clone())),
        }
    }

    fn poller(&mut self, name: &str) -> Result<&mut Poller, Trouble> {
        let scope = &self.scope;
        let nobody = || Trouble::new(scope.miss(format!("{name} is nobody who polls")));
        self.actors.get_mut(name).and_then(Actor::poller).ok_or_else(nobody)
    }

    /// Forgets that a session's GET was parked under this name.
    pub(super) fn unpark(&mut self, request: &str) {
        for poller in self.actors.values_mut().filter_map(Actor::poller) {
            poller.parked.take_if(|name| name == request);
        }
    }
}

/// The name of a request that no fixture can use.
const CUT: &str = "(cut)";

/// Tells whether the session may be gone after the step before this one.
fn expects_an_end(step: &Step) -> bool {
    match &step.kind {
        StepKind::Closed { .. } | StepKind::Silent { or_closed: true, .. } => true,
        StepKind::Either(branches) => {
            branches.iter().any(|branch| branch.steps.first().is_some_and(expects_an_end))
        }
        _ => false,
    }
}
