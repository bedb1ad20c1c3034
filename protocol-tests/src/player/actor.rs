//! Who takes part in a conversation: a session, a bare WebSocket, a TCP connection; each with its own inbox.

use std::collections::VecDeque;
use std::time::Duration;

use crate::case::Profile;
use crate::packet::{self, Content};
use crate::pattern::PacketPattern;
use crate::target::{Closing, Link, Request, Response};

/// A participant, and what has come for it that no step has looked at yet.
#[derive(Debug)]
pub(super) struct Actor {
    pub(super) carrier: Carrier,
    pub(super) sid: String,
    pub(super) by_hand: bool,
    pub(super) inbox: VecDeque<Mail>,
    pub(super) bytes: Vec<u8>,
    /// The answer to a WebSocket handshake.
    pub(super) reply: Option<(Duration, Reply)>,
    pub(super) closed: Option<(Duration, Closing)>,
}

/// What an actor's packets travel on.
#[derive(Debug)]
pub(super) enum Carrier {
    WebSocket(Link),
    Polling(Poller),
    Tcp(Link),
}

/// The requests of a polling session.
#[derive(Debug, Default)]
pub(super) struct Poller {
    pub(super) get: Option<Link>,
    pub(super) post: Option<Link>,
    /// A POST of hers with packets of a step is on its way: a pong waits, as two at once would be an error of hers.
    pub(super) sends: bool,
    pub(super) pongs_due: usize,
    pub(super) keeps: bool,
    /// The name under which her GET is parked.
    pub(super) parked: Option<String>,
}

/// Something that came for an actor.
#[derive(Clone, Debug)]
pub(super) struct Mail {
    pub(super) at: Duration,
    pub(super) content: Content,
    /// The opcode, if it is a control frame.
    pub(super) control: Option<u8>,
    pub(super) answered: bool,
    pub(super) polled: bool,
}

/// The answer to a request, or that there is none.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Response(Response),
    Dropped(String),
}

/// A request that a step made.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) link: Link,
    pub(super) request: Request,
    pub(super) reply: Option<(Duration, Reply)>,
}

impl Actor {
    pub(super) fn new(carrier: Carrier, by_hand: bool) -> Actor {
        let (sid, inbox, bytes) = (String::new(), VecDeque::new(), Vec::new());
        Actor { carrier, sid, by_hand, inbox, bytes, reply: None, closed: None }
    }

    pub(super) fn link(&self) -> Option<Link> {
        match &self.carrier {
            Carrier::WebSocket(link) | Carrier::Tcp(link) => Some(*link),
            Carrier::Polling(_) => None,
        }
    }

    pub(super) fn poller(&mut self) -> Option<&mut Poller> {
        if let Carrier::Polling(poller) = &mut self.carrier { Some(poller) } else { None }
    }

    /// Puts a packet into the inbox, and tells whether it is a ping that is to be answered.
    pub(super) fn deliver(&mut self, at: Duration, content: Content, polled: bool) -> bool {
        let answered = !self.by_hand && content.is("2");
        self.inbox.push_back(Mail { at, content, control: None, answered, polled });
        answered
    }

    pub(super) fn close(&mut self, at: Duration, closing: Closing) {
        self.closed.get_or_insert((at, closing));
    }

    /// The positions in the inbox of what a step that expects `pattern` looks at.
    pub(super) fn of_interest(&self, pattern: Option<&PacketPattern>, profile: Profile) -> Vec<usize> {
        let expects = |wire: &str| pattern.is_some_and(|pattern| pattern.is(wire));
        let events = profile == Profile::Core && !pattern.is_some_and(|p| p.starts_with(&["42", "45"]));
        let mut attachments = 0;
        let mut kept = Vec::new();
        for (i, mail) in self.inbox.iter().enumerate() {
            let text = mail.content.as_text().unwrap_or("");
            let ping = text == "2" && (mail.answered || pattern.is_none()) && !expects("2");
            // The stock client ignores a noop wherever it comes; a bare WebSocket shows all that is on it.
            let noop = text == "6" && (mail.polled || !self.sid.is_empty()) && !expects("6");
            if mail.control.is_some() || ping || noop {
                continue;
            }
            if attachments > 0 && mail.content.as_bytes().is_some() {
                attachments -= 1;
                continue;
            }
            // The events of an application that a `core` case knows nothing about.
            if events && (text.starts_with("42") || text.starts_with("45")) {
                attachments = packet::announced(text);
                continue;
            }
            kept.push(i);
        }
        kept
    }

    /// The first thing that may not stand before the end: on a WebSocket a last packet `1` may.
    pub(super) fn unsaid(&self, profile: Profile) -> Option<&Content> {
        let kept = self.of_interest(None, profile);
        let mut contents = kept.iter().map(|i| &self.inbox[*i].content);
        let first = contents.next()?;
        let goodbye = matches!(self.carrier, Carrier::WebSocket(_)) && first.is("1");
        if goodbye { contents.next() } else { Some(first) }
    }

    /// Removes what a step took: `count` of what it looked at, and the noise before the last of them.
    pub(super) fn take(&mut self, kept: &[usize], count: usize) {
        let Some(last) = count.checked_sub(1).and_then(|i| kept.get(i)) else { return };
        let mut position = 0;
        let last = *last;
        self.inbox.retain(|mail| {
            let stays = position > last || mail.control.is_some();
            position += 1;
            stays
        });
    }
}
