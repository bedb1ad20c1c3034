//! Sessions: they hide transport and heartbeat, so that one case runs over all transports.
//!
//! ```text
//! alice opens polling     GET -> 0{"sid":...}
//! alice joins             POST 40, GET -> 40{"sid":...} 42["auth",{}]
//! (over upgrade)          WebSocket, 2probe -> 3probe, 5
//! ```

use std::time::Duration;

use super::actor::{Actor, Carrier, Pending, Poller, Reply};
use super::flow::{self, Look, Take};
use super::{Player, Trouble};
use crate::case::Profile;
use crate::json::Json;
use crate::notation::{Headers, StepKind, Transport};
use crate::packet::{self, Content};
use crate::pattern::{PacketPattern, Pattern};
use crate::target::{Act, Opening, Outgoing};
use crate::text::Text;

impl Player<'_> {
    pub(super) fn open_session(
        &mut self,
        name: &str,
        over: Transport,
        query: &str,
        headers: &Headers,
        by_hand: bool,
    ) -> Result<(), Trouble> {
        let more =
            if query.is_empty() || query.starts_with('&') { query.to_owned() } else { format!("&{query}") };
        let headers = self.headers(headers)?;
        if over == Transport::WebSocket {
            let target = format!("{}?EIO=4&transport=websocket{more}", self.setting.path);
            let link = self.wire.open(name, &Opening { target, headers });
            self.actors.insert(name.to_owned(), Actor::new(Carrier::WebSocket(link), by_hand));
            let until = self.deadline();
            let open =
                self.wait(until, &[], |player| player.look_for_text(name, "0")).map_err(Trouble::new)?;
            return self.opened(name, &open);
        }
        let target = format!("{}?EIO=4&transport=polling{more}", self.setting.path);
        let mut request = flow::get(&target);
        request.headers = headers;
        let mut actor = Actor::new(Carrier::Polling(Poller::default()), by_hand);
        let link = self.wire.request(name, &request);
        self.requests.insert(OPENING.to_owned(), Pending { link, request, reply: None });
        let (at, reply) = self.reply(OPENING)?;
        match &reply {
            Reply::Response(response) if response.status == 200 => {
                let contents = packet::payload(&response.text())
                    .map_err(|class| Trouble::new(format!("{class}: {reply}")))?;
                contents.into_iter().for_each(|content| {
                    actor.deliver(at, content, true);
                });
            }
            _ => return Err(Trouble::new(format!("expected 200 and an open packet, got {reply}"))),
        }
        self.actors.insert(name.to_owned(), actor);
        match self.look_for_text(name, "0") {
            Look::Fits(open) => self.opened(name, &open),
            _ => Err(Trouble::new(format!("expected an open packet, got {reply}"))),
        }
    }

    /// Takes the open packet out of the inbox and keeps what it tells.
    fn opened(&mut self, name: &str, open: &Take) -> Result<(), Trouble> {
        let actor = self.actors.get_mut(name).expect("a session that opens is an actor");
        let position = open.mail.0[open.mail.1 - 1];
        let text = actor.inbox[position].content.as_text().unwrap_or("").to_owned();
        actor.take(&open.mail.0, open.mail.1);
        let bad = |what: &str| Trouble::new(format!("the open packet has no {what}: {text}"));
        let handshake = Json::read(&text[1..]).map_err(|unread| bad(&unread.expected))?;
        let sid = handshake.member("sid").and_then(Json::as_text).ok_or_else(|| bad("sid"))?;
        actor.sid = sid.to_owned();
        let number = |key: &str| handshake.member(key).and_then(Json::as_u64).ok_or_else(|| bad(key));
        self.intervals.ping_interval = Duration::from_millis(number("pingInterval")?);
        self.intervals.ping_timeout = Duration::from_millis(number("pingTimeout")?);
        if let Ok(limit) = number("maxPayload") {
            self.scope.max_payload = usize::try_from(limit).unwrap_or(usize::MAX);
        }
        self.scope.bind_text(&format!("{name}.sid"), sid);
        self.bind_intervals();
        Ok(())
    }

    pub(super) fn join(&mut self, name: &str, step: &StepKind) -> Result<(), Trouble> {
        let StepKind::Join { namespace, auth, quietly, .. } = step else { return Ok(()) };
        let mut upgrades = false;
        if !self.actors.contains_key(name) {
            upgrades = self.over == Transport::Upgrade;
            let first = if upgrades { Transport::Polling } else { self.over };
            self.open_session(name, first, "", &Headers::new(), false)?;
        }
        let render =
            |text: &Option<Text>| text.as_ref().map_or(Ok(String::new()), |text| text.render(&self.scope));
        let namespace = render(namespace).map_err(Trouble::new)?;
        let auth = render(auth).map_err(Trouble::new)?;
        let front =
            if namespace.is_empty() || namespace == "/" { String::new() } else { format!("{namespace},") };
        self.send_packets(name, &[Content::Text(format!("40{front}{auth}"))], false)?;
        let header = &self.case.header;
        let pid =
            if header.recovers() { format!("\"pid\":{{{name}.pid:=string 1..}},") } else { String::new() };
        let data = format!("{{\"sid\":{{{name}.id:=string 1..}},{pid}...}}");
        self.receive(name, &expected(&format!("40{front}"), &data)?)?;
        if !quietly && header.profile.greets(&namespace) {
            let auth = match header.profile {
                Profile::Recovery => format!("[\"auth\",{{any}},{{{name}.offset:=string}}]"),
                _ => r#"["auth",{any}]"#.to_owned(),
            };
            self.receive(name, &expected(&format!("42{front}"), &auth)?)?;
        }
        if upgrades { self.upgrade(name) } else { Ok(()) }
    }

    /// Moves a polling session to a WebSocket, as the stock client does.
    pub(super) fn upgrade(&mut self, name: &str) -> Result<(), Trouble> {
        let sid = self.actors.get(name).map(|actor| actor.sid.clone()).unwrap_or_default();
        let target = format!("{}?EIO=4&transport=websocket&sid={sid}", self.setting.path);
        let link = self.wire.open(name, &Opening { target, headers: Vec::new() });
        let probing = format!("{name}^");
        self.actors.insert(probing.clone(), Actor::new(Carrier::WebSocket(link), false));
        let until = self.deadline();
        let mut sent = false;
        self.wait(until, &[], |player| {
            let open = player.actors.get(&probing).is_some_and(|actor| actor.reply.is_some());
            if open && !sent {
                sent = true;
                player.wire.send(link, Outgoing::Messages(&[Content::Text("2probe".to_owned())]));
            }
            player.look_for_text(&probing, "3probe")
        })
        .map_err(|why| Trouble::new(format!("the upgrade: {why}")))?;
        // A pong still under way must not be overtaken by the switch.
        self.post_is_free(name)?;
        self.wire.send(link, Outgoing::Messages(&[Content::Text("5".to_owned())]));
        self.actors.remove(&probing);
        if let Some(actor) = self.actors.get_mut(name) {
            actor.carrier = Carrier::WebSocket(link);
        }
        Ok(())
    }

    /// Leaves exactly one GET pending, whatever must be fetched first.
    pub(super) fn park(&mut self, name: &str, request_name: &str) -> Result<(), Trouble> {
        for _ in 0..PARK_BUDGET {
            // Opens the GET, or finds it open, and sees whether it stays so.
            self.absorb(&[name]).map_err(Trouble::new)?;
            self.pass(self.settling())?;
            let path = self.actors.get(name).map(|actor| self.polling_path(&actor.sid)).unwrap_or_default();
            let Some(actor) = self.actors.get_mut(name) else { break };
            if let Some((_, closing)) = &actor.closed {
                return Err(Trouble::new(format!("there is no GET to park: {}", closing.how)));
            }
            let Some(poller) = actor.poller() else { break };
            let Some(link) = poller.get.take() else { continue };
            poller.parked = Some(request_name.to_owned());
            let request = flow::get(&path);
            self.requests.insert(request_name.to_owned(), Pending { link, request, reply: None });
            return Ok(());
        }
        Err(Trouble::new("no GET stays pending"))
    }

    pub(super) fn leave(&mut self, name: &str) -> Result<(), Trouble> {
        let Some(actor) = self.actors.get(name) else { return Err(self.nobody(name)) };
        match actor.link() {
            Some(link) => {
                self.wire.act(link, Act::Close(Some(1000)));
                self.pass(self.settling())?;
                self.wire.forget(link);
            }
            None => {
                self.send_packets(name, &[Content::Text("1".to_owned())], true)?;
                self.pass(self.settling())?;
            }
        }
        if let Some(actor) = self.actors.get_mut(name) {
            let how = "she has left".to_owned();
            actor.close(self.wire.now(), crate::target::Closing { code: None, how });
        }
        Ok(())
    }

    /// Sends packets as one burst: one POST, or frames in one write. A lenient sender takes any answer to the POST.
    pub(super) fn send_packets(
        &mut self,
        name: &str,
        packets: &[Content],
        lenient: bool,
    ) -> Result<(), Trouble> {
        let Some(actor) = self.actors.get(name) else { return Err(self.nobody(name)) };
        match actor.link() {
            Some(link) if matches!(actor.carrier, Carrier::Tcp(_)) => {
                let bytes: Vec<u8> = packets.iter().flat_map(raw).copied().collect();
                self.wire.send(link, Outgoing::Bytes(&bytes));
                return Ok(());
            }
            Some(link) => {
                self.wire.send(link, Outgoing::Messages(packets));
                return Ok(());
            }
            None => {}
        }
        self.post_is_free(name)?;
        let path = self.actors.get(name).map(|actor| self.polling_path(&actor.sid)).unwrap_or_default();
        let request = flow::post(&path, packet::body(packets).into_bytes());
        let link = self.wire.request(name, &request);
        self.requests.insert(SENDING.to_owned(), Pending { link, request, reply: None });
        self.poller_of(name, |poller| poller.sends = true);
        let reply = self.reply(SENDING);
        self.poller_of(name, |poller| poller.sends = false);
        match reply? {
            (_, Reply::Response(response)) if response.status / 100 == 2 => Ok(()),
            _ if lenient => Ok(()),
            (_, reply) => Err(Trouble::new(format!("the POST was answered with {reply}"))),
        }
    }

    fn poller_of(&mut self, name: &str, change: impl FnOnce(&mut Poller)) {
        if let Some(poller) = self.actors.get_mut(name).and_then(Actor::poller) {
            change(poller);
        }
    }

    /// Waits for the answer to a session's own POST: two at once would be an error of hers.
    fn post_is_free(&mut self, name: &str) -> Result<(), Trouble> {
        let until = self.deadline();
        self.wait(until, &[], |player| match player.actors.get_mut(name).and_then(Actor::poller) {
            Some(poller) if poller.post.is_some() => {
                Look::Waiting("the POST of a pong was not answered".to_owned())
            }
            _ => Look::Fits(Take::default()),
        })
        .map(|_| ())
        .map_err(Trouble::new)
    }

    /// Waits for the answer to a request, and takes it.
    pub(super) fn reply(&mut self, name: &str) -> Result<(Duration, Reply), Trouble> {
        let until = self.deadline();
        let answered = self.wait(until, &[], |player| match player.requests.get(name) {
            Some(pending) if pending.reply.is_none() => Look::Waiting("no answer came".to_owned()),
            _ => Look::Fits(Take::default()),
        });
        let pending = self.requests.remove(name);
        match (answered, pending.and_then(|pending| pending.reply)) {
            (Ok(_), Some(reply)) => Ok(reply),
            (Ok(_), None) => Err(self.nobody(name)),
            (Err(why), _) => Err(Trouble::new(why)),
        }
    }

    /// Waits for a packet that the session itself needs.
    fn receive(&mut self, name: &str, pattern: &PacketPattern) -> Result<(), Trouble> {
        let until = self.deadline();
        let take =
            self.wait(until, &[name], |player| player.look_at_packet(name, pattern)).map_err(Trouble::new)?;
        self.accept(name, take);
        Ok(())
    }

    /// Looks for a text that starts so, at the front of the inbox.
    pub(super) fn look_for_text(&self, name: &str, start: &str) -> Look {
        let Some(actor) = self.actors.get(name) else { return self.unknown(name) };
        match (actor.inbox.front(), &actor.closed) {
            (Some(mail), _) => match mail.content.as_text() {
                Some(text) if text.starts_with(start) => {
                    Look::Fits(Take { at: mail.at, mail: (vec![0], 1), ..Take::default() })
                }
                _ => {
                    Look::Differs(format!("expected a packet that starts with {start}, got {}", mail.content))
                }
            },
            (None, Some((_, closing))) => {
                Look::Differs(format!("expected {start}, got the end: {}", closing.how))
            }
            (None, None) => Look::Waiting(format!("expected {start}, nothing came")),
        }
    }

    pub(super) fn deadline(&self) -> Duration {
        self.wire.now() + self.intervals.patience
    }
}

fn raw(content: &Content) -> &[u8] {
    match content {
        Content::Text(text) => text.as_bytes(),
        Content::Binary(bytes) => bytes,
    }
}

fn expected(prefix: &str, json: &str) -> Result<PacketPattern, Trouble> {
    let source = json.to_owned();
    let json = Some(Pattern::read(json).map_err(|unread| Trouble::new(unread.expected))?);
    // The namespace is text that has been filled in already: nothing in it is a place.
    let prefix = Text::of_pieces(vec![crate::text::Piece::Literal(prefix.to_owned())]);
    Ok(PacketPattern::Structure { prefix, json, source })
}

/// Names of requests that no fixture can use.
const OPENING: &str = "(opening)";
const SENDING: &str = "(sending)";

/// How many answers may be fetched before a GET stays pending.
const PARK_BUDGET: usize = 50;
