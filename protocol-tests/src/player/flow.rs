//! Lets things happen: takes in what has come for everybody, answers pings, keeps GETs open, and waits.

use std::time::Duration;

use super::actor::{Actor, Carrier, Pending, Reply};
use super::{Player, Trouble};
use crate::packet::{self, Content};
use crate::pattern::Bindings;
use crate::target::{Body, Closing, Event, Happening, Link, Outgoing, Request};

/// What a look at the present state of things says about an expectation.
#[derive(Debug)]
pub(super) enum Look {
    /// It is met.
    Fits(Take),
    /// Not yet.
    Waiting(String),
    /// It cannot be met any more.
    Differs(String),
}

/// What meeting an expectation takes and gives.
#[derive(Debug, Default)]
pub(super) struct Take {
    /// When that came which meets it.
    pub(super) at: Duration,
    pub(super) bound: Bindings,
    /// The positions looked at, and how many of them are taken out of the inbox.
    pub(super) mail: (Vec<usize>, usize),
    /// The position of a control frame that is taken.
    pub(super) control: Option<usize>,
    /// Bytes taken from a TCP connection.
    pub(super) bytes: usize,
    pub(super) lax: Option<String>,
    pub(super) warnings: Vec<String>,
}

impl Player<'_> {
    /// Waits until `look` is met or the moment has come; the sessions in `wanted` have a GET open meanwhile.
    pub(super) fn wait(
        &mut self,
        until: Duration,
        wanted: &[&str],
        mut look: impl FnMut(&mut Self) -> Look,
    ) -> Result<Take, String> {
        self.polls = 0;
        loop {
            self.absorb(&[])?;
            let missing = match look(self) {
                Look::Fits(take) => return Ok(take),
                Look::Differs(why) => return Err(why),
                Look::Waiting(missing) => missing,
            };
            if self.wire.now() >= until {
                return Err(missing);
            }
            // Only now: a GET that nobody needs would take what a later step wants to see in an answer.
            self.absorb(wanted)?;
            self.wire.pump(until);
        }
    }

    /// Lets a span of time pass.
    pub(super) fn pass(&mut self, span: Duration) -> Result<(), Trouble> {
        let until = self.wire.now() + span;
        let passed = self.wait(until, &[], |player| match player.wire.now() >= until {
            true => Look::Fits(Take::default()),
            false => Look::Waiting(String::new()),
        });
        passed.map(|_| ()).map_err(Trouble::new)
    }

    /// Takes in what has come.
    pub(super) fn absorb(&mut self, wanted: &[&str]) -> Result<(), String> {
        for name in self.requests.keys().cloned().collect::<Vec<_>>() {
            self.absorb_reply(&name);
        }
        for name in self.actors.keys().cloned().collect::<Vec<_>>() {
            let Some(mut actor) = self.actors.remove(&name) else { continue };
            match actor.link() {
                Some(link) => self.absorb_link(&mut actor, link),
                None => self.absorb_polling(&name, &mut actor, wanted),
            }
            self.actors.insert(name, actor);
        }
        if self.polls > POLL_BUDGET {
            return Err(format!("more than {POLL_BUDGET} polls were answered while one step waited"));
        }
        Ok(())
    }

    fn absorb_link(&mut self, actor: &mut Actor, link: Link) {
        while let Some(Event { at, what }) = self.wire.event(link) {
            match what {
                Happening::Message(content) => {
                    if actor.deliver(at, content, false) {
                        self.wire.send(link, Outgoing::Messages(&[Content::Text("3".to_owned())]));
                    }
                }
                Happening::Control(opcode, payload) => {
                    let content = Content::Binary(payload);
                    let control = Some(opcode);
                    actor.inbox.push_back(super::actor::Mail {
                        at,
                        content,
                        control,
                        answered: false,
                        polled: false,
                    });
                }
                Happening::Bytes(bytes) => actor.bytes.extend(bytes),
                Happening::Opened(response) => actor.reply = Some((at, Reply::Response(response))),
                Happening::Answer(response) => {
                    let how = format!("the handshake was answered with {}", response.status);
                    actor.reply = Some((at, Reply::Response(response)));
                    actor.close(at, Closing { code: None, how });
                }
                Happening::Closed(closing) => {
                    actor.reply.get_or_insert((at, Reply::Dropped(closing.how.clone())));
                    actor.close(at, closing);
                }
            }
        }
    }

    fn absorb_polling(&mut self, name: &str, actor: &mut Actor, wanted: &[&str]) {
        let Carrier::Polling(poller) = &mut actor.carrier else { return };
        if let Some(Event { .. }) = poller.post.and_then(|link| self.wire.event(link)) {
            poller.post = None;
        }
        let wants = wanted.contains(&name);
        // A parked GET is hers; a step that waits for her packets waits for its answer.
        if let Some(parked) = poller.parked.take_if(|_| wants)
            && let Some(Pending { link, reply, .. }) = self.requests.remove(&parked)
        {
            match reply {
                Some((at, reply)) => return self.polled(actor, at, reply),
                None => poller.get = Some(link),
            }
        }
        if let Some(event) = poller.get.and_then(|link| self.wire.event(link)) {
            poller.get = None;
            if let Some(reply) = reply(event.what) {
                self.polled(actor, event.at, reply);
            }
        }
        let path = self.polling_path(&actor.sid);
        let closed = actor.closed.is_some();
        let Carrier::Polling(poller) = &mut actor.carrier else { return };
        if poller.post.is_none() && !poller.sends && poller.pongs_due > 0 && !closed {
            poller.pongs_due -= 1;
            poller.post = Some(self.wire.request(name, &post(&path, b"3".to_vec())));
        }
        if poller.get.is_none() && poller.parked.is_none() && !closed && (poller.keeps || wants) {
            self.polls += 1;
            poller.get = Some(self.wire.request(name, &get(&path)));
        }
    }

    /// Takes in the answer to a session's GET.
    fn polled(&mut self, actor: &mut Actor, at: Duration, reply: Reply) {
        let response = match reply {
            Reply::Response(response) if response.status == 200 => response,
            Reply::Response(response) => {
                let how = format!("a GET was answered with {}", response.status);
                return actor.close(at, Closing { code: None, how });
            }
            Reply::Dropped(how) => return actor.close(at, Closing { code: None, how }),
        };
        match packet::payload(&response.text()) {
            Ok(contents) => {
                for content in contents {
                    if content.is("1") {
                        return actor.close(at, Closing { code: None, how: "a packet 1".to_owned() });
                    }
                    if actor.deliver(at, content, true)
                        && let Some(poller) = actor.poller()
                    {
                        poller.pongs_due += 1;
                    }
                }
            }
            Err(class) => {
                actor
                    .close(at, Closing { code: None, how: format!("a payload that is no payload: {class}") });
            }
        }
    }

    /// Takes in the answer to a request of a step. A ping in it is the business of the session, not of the step.
    fn absorb_reply(&mut self, name: &str) {
        let Some(pending) = self.requests.get_mut(name).filter(|pending| pending.reply.is_none()) else {
            return;
        };
        let Some(event) = self.wire.event(pending.link) else { return };
        let Some(mut reply) = reply(event.what) else { return };
        let target = &pending.request.target;
        let owner = self.actors.values_mut().find(|actor| {
            !actor.by_hand && !actor.sid.is_empty() && target.contains(&format!("sid={}", actor.sid))
        });
        if let (Some(owner), Reply::Response(response), "GET") =
            (owner, &mut reply, pending.request.method.as_str())
        {
            let text = response.text();
            let rest: Vec<&str> = text.split('\u{1e}').filter(|part| *part != "2").collect();
            if response.status == 200 && rest.len() < text.split('\u{1e}').count() {
                if let Some(poller) = owner.poller() {
                    poller.pongs_due += 1;
                }
                if rest.is_empty() {
                    self.polls += 1;
                    pending.link = self.wire.request(name, &pending.request);
                    return;
                }
                response.body = rest.join("\u{1e}").into_bytes();
            }
        }
        pending.reply = Some((event.at, reply));
    }

    pub(super) fn polling_path(&self, sid: &str) -> String {
        format!("{}?EIO=4&transport=polling&sid={sid}", self.setting.path)
    }
}

pub(super) fn reply(what: Happening) -> Option<Reply> {
    match what {
        Happening::Answer(response) | Happening::Opened(response) => Some(Reply::Response(response)),
        Happening::Closed(closing) => Some(Reply::Dropped(closing.how)),
        Happening::Message(_) | Happening::Control(..) | Happening::Bytes(_) => None,
    }
}

pub(super) fn get(target: &str) -> Request {
    Request { method: "GET".to_owned(), target: target.to_owned(), headers: Vec::new(), body: Body::None }
}

pub(super) fn post(target: &str, body: Vec<u8>) -> Request {
    let headers = vec![("Content-Type".to_owned(), TEXT.to_owned())];
    Request { method: "POST".to_owned(), target: target.to_owned(), headers, body: Body::Whole(body) }
}

/// What the stock client says of its payloads.
pub(super) const TEXT: &str = "text/plain;charset=UTF-8";

/// A server that answers every poll at once would freeze a virtual clock; no step needs nearly so many.
const POLL_BUDGET: usize = 1000;
