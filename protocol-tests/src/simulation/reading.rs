//! What a client makes of what comes: its own strict reader, and what it may and must hear in a room.

use wire42::frame::Frame;

use super::broken::{Broken, Check};
use super::calendar::Event;
use super::client::{Asking, Carrier, Joined, Online, Owed, Packet, Place};
use super::link::{Down, LinkId, Meaning, Use};
use super::recovery::read_offset;
use super::world::{Stage, World};

use crate::json::Json;
use crate::packet::{self, Content, EnginePacket, EngineType, SocketPacket, SocketType};

impl World {
    /// Something has come for a client.
    pub(super) fn receive(&mut self, client: usize, link: LinkId, down: Down) -> Check {
        let online = self.clients[client].online.as_ref().expect("the client has a session");
        let is_own = online.links().any(|own| own == link);
        match (down, self.links[link].use_) {
            (Down::Answer(status, body), use_) => {
                self.notes.answer(self.now, client, link, status);
                match use_ {
                    Use::Get if online.get == Some(link) => self.get_answered(client, status, &body),
                    Use::Post { is_fat } if is_own => self.post_answered(client, is_fat, status, &body),
                    Use::Socket if online.carrier == Carrier::Opening(link) => {
                        self.send_on(link, "2probe", Meaning::Nothing);
                        self.set_carrier(client, Carrier::Probing(link));
                        Ok(())
                    }
                    Use::Get | Use::Post { .. } | Use::Socket => Ok(()),
                }
            }
            (Down::Frame(_), _) if !is_own => Err(Broken::new("a second WebSocket is spoken to".to_owned())),
            (Down::Frame(slip), _) => {
                let Frame::Text(text) = slip.frame() else {
                    return Err(Broken::new("bytes come, and nobody sent any".to_owned()));
                };
                self.notes.packet(self.now, client, '<', text);
                match online.carrier {
                    Carrier::Socket(_) => self.hear(client, &Content::Text(text.clone())),
                    Carrier::Probing(_) => {
                        expect(text == "3probe", || format!("{text} comes on a WebSocket on trial"))?;
                        self.set_carrier(client, Carrier::Pausing(link));
                        self.finish_upgrade(client);
                        Ok(())
                    }
                    _ => Err(Broken::new(format!("{text} comes on a WebSocket on trial"))),
                }
            }
            (Down::Closed, _) => {
                self.notes.line(self.now, client, format!("c{client} closed"));
                match online.carrier {
                    Carrier::Opening(trial) | Carrier::Probing(trial) | Carrier::Pausing(trial)
                        if trial == link =>
                    {
                        self.set_carrier(client, Carrier::Polling);
                        self.post(client);
                        self.poll_soon(client);
                    }
                    _ if is_own => self.hang_up(client, true),
                    _ => {}
                }
                Ok(())
            }
        }
    }

    fn get_answered(&mut self, client: usize, status: u16, body: &str) -> Check {
        let online = self.clients[client].online.as_mut().expect("the client has a session");
        online.get = None;
        if status != 200 {
            return self.refused(client, status);
        }
        for content in packet::payload(body).map_err(|why| Broken::new(format!("a polling body is {why}")))? {
            if let Content::Text(text) = &content {
                self.notes.packet(self.now, client, '<', text);
            }
            self.hear(client, &content)?;
        }
        self.poll_soon(client);
        self.finish_upgrade(client);
        Ok(())
    }

    fn post_answered(&mut self, client: usize, is_fat: bool, status: u16, body: &str) -> Check {
        let online = self.clients[client].online.as_mut().expect("the client has a session");
        online.post = None;
        match (status, is_fat) {
            (200, false) => expect(body == "ok", || format!("a POST is answered by {body:?}"))?,
            // Refused for its size, and the session goes on.
            (413, true) => {}
            (200, true) => return Err(Broken::new("too large a body is taken".to_owned())),
            _ => return self.refused(client, status),
        }
        self.post(client);
        self.finish_upgrade(client);
        Ok(())
    }

    /// A request was refused: the session is over, and for a client that did no wrong it must be.
    fn refused(&mut self, client: usize, status: u16) -> Check {
        let online = self.clients[client].online.as_ref().expect("the client has a session");
        expect(status == 400, || format!("a request is answered {status}"))?;
        let lives = online.sid.as_ref().is_some_and(|sid| self.server.lives(sid));
        expect(!lives || online.is_lost, || "a request is refused, and the session lives".to_owned())?;
        self.hang_up(client, true);
        Ok(())
    }

    /// Sends `5` when no request is open any more.
    fn finish_upgrade(&mut self, client: usize) {
        let Some(online) = &mut self.clients[client].online else { return };
        let Carrier::Pausing(link) = online.carrier else { return };
        if online.get.is_some() || online.post.is_some() || online.half.is_some() {
            return;
        }
        online.carrier = Carrier::Socket(link);
        let queue = std::mem::take(&mut online.queue);
        self.send_on(link, "5", Meaning::Upgrade);
        for Packet { text, meaning } in queue {
            self.send_on(link, &text, meaning);
        }
    }

    fn set_carrier(&mut self, client: usize, carrier: Carrier) {
        if let Some(online) = &mut self.clients[client].online {
            online.carrier = carrier;
        }
    }

    fn poll_soon(&mut self, client: usize) {
        let think = if self.stage == Stage::Life && self.dice.one_in(10) { 200 } else { 1 };
        let at = self.now + self.milliseconds(think);
        self.calendar.add(at, Event::Poll(client, self.clients[client].life));
    }

    /// Reads a packet of Engine.IO.
    fn hear(&mut self, client: usize, content: &Content) -> Check {
        let Some(online) = &mut self.clients[client].online else { return Ok(()) };
        let is_socket = matches!(online.carrier, Carrier::Socket(_));
        let packet = EnginePacket::read(content).map_err(|why| Broken::new(format!("a packet is {why}")))?;
        let EnginePacket::Typed(kind, data) = packet else {
            return Err(Broken::new("bytes come, and nobody sent any".to_owned()));
        };
        match kind {
            EngineType::Open => self.open(client, &data),
            _ if online.sid.is_none() => {
                Err(Broken::new("something comes before the open packet".to_owned()))
            }
            EngineType::Ping => {
                expect(data.is_empty(), || format!("a ping says {data:?}"))?;
                online.pinged_at = self.now;
                if !online.is_mute {
                    let (life, at) = (self.clients[client].life, self.now + self.milliseconds(3));
                    self.calendar.add(at, Event::Pong(client, life));
                }
                Ok(())
            }
            EngineType::Close => {
                self.hang_up(client, true);
                Ok(())
            }
            EngineType::Noop => expect(!is_socket, || "a noop comes over a WebSocket".to_owned()),
            EngineType::Message => self.message(client, &data),
            EngineType::Pong | EngineType::Upgrade => {
                Err(Broken::new(format!("{content} comes out of place")))
            }
        }
    }

    fn open(&mut self, client: usize, data: &str) -> Check {
        let online = self.clients[client].online.as_mut().expect("the client has a session");
        let json = Json::read(data).map_err(|_| Broken::new("the open packet is no JSON".to_owned()))?;
        expect(online.sid.is_none(), || "a second open packet comes".to_owned())?;
        online.sid = json.member("sid").and_then(Json::as_text).map(str::to_owned);
        online.max_payload = json.member("maxPayload").and_then(Json::as_u64).unwrap_or_default() as usize;
        online.pinged_at = self.now;
        self.settle_in(client);
        Ok(())
    }

    /// Reads a message: a packet of Socket.IO.
    fn message(&mut self, client: usize, text: &str) -> Check {
        let namespace = match text.get(1..) {
            Some(rest) if rest.starts_with('/') => rest.split(',').next().unwrap_or(rest),
            _ => "/",
        };
        let result = match self.terms.is_chat && text.starts_with('2') {
            true => self.history(client, namespace, text),
            false => self.packet(client, namespace, text),
        };
        result.map_err(|broken| Broken { namespace: Some(namespace.to_owned()), ..broken })
    }

    pub(super) fn history(&mut self, client: usize, namespace: &str, text: &str) -> Check {
        if self.is_late(client, namespace) {
            return Ok(());
        }
        let (text, offset) = self.without_offset(text)?;
        let Some(joined) = self.joined(client, namespace)? else { return Ok(()) };
        let (room, from, heard, is_fresh) = (joined.room, joined.from, joined.heard, joined.is_fresh);
        let most = self.terms.history;
        let order = self.server.rooms.order(room);
        let places = order.hear_history(&text, read_history, most).map_err(Broken::new)?;
        if heard.is_some_and(|heard| places.end <= heard) {
            return Err(Broken::new("a history comes again, or an older one behind a newer".to_owned()));
        }
        if is_fresh && places.end < from {
            order.pass_over(places.end..from, None).map_err(Broken::new)?;
        }
        if let Some(offset) = offset {
            order.mark(offset, places.end).map_err(Broken::new)?;
        }
        if let Some(joined) = self.joined(client, namespace)? {
            (joined.heard, joined.is_fresh) = (Some(places.end), false);
            offset.map_or(Ok(()), |offset| joined.mark(offset, places.end)).map_err(Broken::new)?;
        }
        Ok(())
    }

    fn packet(&mut self, client: usize, namespace: &str, text: &str) -> Check {
        let packet = SocketPacket::read(text).map_err(|why| Broken::new(format!("{text} is {why}")))?;
        match packet.kind {
            SocketType::Connect => self.let_in(client, namespace, packet.data.as_ref()),
            SocketType::ConnectError => self.kept_out(client, namespace),
            SocketType::Disconnect => {
                let Some(joined) = self.joined(client, namespace)? else { return Ok(()) };
                let socket = joined.socket.clone();
                let is_elsewhere = self.server.rooms.sockets.is_shared(&socket);
                expect(!self.terms.is_chat || is_elsewhere, || "the chat ends a client's stay".to_owned())?;
                self.lose_place(client, namespace);
                Ok(())
            }
            SocketType::Event if self.is_late(client, namespace) => Ok(()),
            SocketType::Event => self.event(client, namespace, packet.data.as_ref()),
            SocketType::Ack => self.ack(client, namespace, &packet),
        }
    }

    fn kept_out(&mut self, client: usize, namespace: &str) -> Check {
        let is_kept = ["/", "/hall", "/custom"].contains(&namespace);
        expect(!is_kept, || "a client is refused where everyone may join".to_owned())?;
        let online = self.clients[client].online.as_mut().expect("the client has a session");
        match online.places.insert(namespace.to_owned(), Place::Out) {
            Some(Place::Asking(Asking { kept, .. })) => {
                if let Some(kept) = kept {
                    self.clients[client].kept.insert(namespace.to_owned(), kept);
                }
                Ok(())
            }
            _ => Err(Broken::new("a client is refused where it did not ask".to_owned())),
        }
    }

    pub(super) fn event(&mut self, client: usize, namespace: &str, data: Option<&Json>) -> Check {
        let Some(Json::Array(items)) = data else {
            return Err(Broken::new("an event has no arguments".to_owned()));
        };
        let (items, offset) = match self.terms.recovery {
            None => (&items[..], None),
            Some(_) => {
                let (last, items) = items.split_last().expect("an event has a name");
                let offset = last.as_text().and_then(read_offset);
                (items, Some(offset.ok_or_else(|| Broken::new("an event has no offset".to_owned()))?))
            }
        };
        let Some(joined) = self.joined(client, namespace)? else { return Ok(()) };
        let text = Json::Array(items.to_vec()).to_string();
        let token = items.get(1).and_then(Json::as_u64).map(|token| token as u32);
        match (items[0].as_text(), token) {
            (Some("broadcast-back"), Some(token)) => self.broadcast(client, namespace, token)?,
            (Some("sleep-back"), _) => {
                let token = items.get(2).and_then(Json::as_u64).unwrap_or_default() as u32;
                let all = [&mut joined.asleep, &mut joined.dreaming];
                let wakes = |asleep: &mut Vec<u32>| {
                    asleep.iter().position(|asleep| *asleep == token).map(|index| asleep.remove(index))
                };
                let woke = all.into_iter().filter_map(wakes).count() > 0;
                let socket = joined.socket.clone();
                let is_anothers = self.server.rooms.sockets.is_shared(&socket);
                expect(woke || is_anothers, || "a sleeper wakes twice".to_owned())?;
            }
            _ if joined.owed.front() == Some(&Owed::Event(text.clone())) => _ = joined.owed.pop_front(),
            _ => match joined.perhaps.iter().position(|perhaps| *perhaps == text) {
                Some(index) => _ = joined.perhaps.drain(..=index),
                None => {
                    let (owed, socket) = (joined.owed.front().cloned(), joined.socket.clone());
                    // Another tab was this socket, and asked for it.
                    let is_anothers = self.server.rooms.sockets.is_shared(&socket);
                    expect(is_anothers, || format!("{text} comes, and {owed:?} is owed"))?;
                }
            },
        }
        match (offset, self.joined(client, namespace)?) {
            (Some(offset), Some(joined)) => {
                joined.mark(offset, joined.heard.unwrap_or(joined.from)).map_err(Broken::new)
            }
            _ => Ok(()),
        }
    }

    fn broadcast(&mut self, client: usize, namespace: &str, token: u32) -> Check {
        let Some(joined) = self.joined(client, namespace)? else { return Ok(()) };
        let (room, socket) = (joined.room, joined.socket.clone());
        let heard = joined.heard.unwrap_or(joined.from);
        let order = self.server.rooms.order(room);
        let place = order.hear(token, None).map_err(Broken::new)?;
        expect(place >= heard, || format!("m{token} comes again, or behind one that was said after it"))?;
        order.pass_over(heard..place, Some(&socket)).map_err(Broken::new)?;
        expect(!order.is_by(place, &socket), || "a client hears itself".to_owned())?;
        if let Some(joined) = self.joined(client, namespace)? {
            joined.heard = Some(place + 1);
        }
        Ok(())
    }

    fn ack(&mut self, client: usize, namespace: &str, packet: &SocketPacket) -> Check {
        let (is_chat, is_durable) = (self.terms.is_chat, self.terms.is_durable);
        let Some(joined) = self.joined(client, namespace)? else { return Ok(()) };
        let data = packet.data.as_ref().map(Json::to_string).unwrap_or_default();
        // What is stored is answered when it is stored, and what is refused at once.
        let index = match is_durable {
            true => joined.owed.iter().position(|owed| owed.id() == packet.id).unwrap_or_default(),
            false => 0,
        };
        let owed = joined.owed.remove(index);
        match owed {
            Some(Owed::Said { id, token }) if packet.id == Some(id) => {
                let (room, socket, heard) =
                    (joined.room, joined.socket.clone(), joined.heard.unwrap_or_default());
                let order = self.server.rooms.order(room);
                if is_durable && FAULTS.contains(&data.as_str()) {
                    return expect(order.has_lost(token), || {
                        format!("m{token} is stored, and refused: {data}")
                    });
                }
                let good = if is_chat { r#"[{"ok":true}]"# } else { "[]" };
                expect(data == good, || format!("m{token} is answered by {data}"))?;
                let place = order.hear(token, Some(&socket)).map_err(Broken::new)?;
                expect(!is_chat || place < heard, || format!("m{token} is acknowledged before it is heard"))
            }
            Some(Owed::Answer { id, data: good }) if packet.id == Some(id) => {
                expect(data == good, || format!("{data} is the answer, and {good} is owed"))
            }
            owed => {
                Err(Broken::new(format!("the acknowledgement {:?} comes, and {owed:?} is owed", packet.id)))
            }
        }
    }

    /// The client's place in a room; none if it has left, or asked again.
    pub(super) fn joined(&mut self, client: usize, namespace: &str) -> Result<Option<&mut Joined>, Broken> {
        let online: &mut Online = self.clients[client].online.as_mut().expect("the client has a session");
        match online.places.get_mut(namespace) {
            Some(Place::Joined(joined)) => Ok(Some(joined)),
            Some(Place::Asking(_) | Place::Out) => Ok(None),
            None => Err(Broken::new("something comes from where the client never was".to_owned())),
        }
    }
}

/// Reads a history: the number of each message, and who said it.
fn read_history(text: &str) -> Result<Vec<(u32, String)>, String> {
    let packet = SocketPacket::read(text)?;
    let Some(Json::Array(items)) = &packet.data else { return Err("a history has no arguments".to_owned()) };
    let ([name, Json::Array(entries)], None) = (&items[..], packet.id) else {
        return Err(format!("{text} is no history"));
    };
    if name.as_text() != Some("message") {
        return Err(format!("{text} is no history"));
    }
    let entry = |entry: &Json| {
        let said = entry.member("message")?.as_text()?.split(' ').next()?.strip_prefix('m')?.parse().ok()?;
        Some((said, entry.member("clientId")?.as_text()?.to_owned()))
    };
    entries.iter().map(|json| entry(json).ok_or_else(|| format!("{json} is no message"))).collect()
}

pub(super) fn expect(holds: bool, sentence: impl FnOnce() -> String) -> Check {
    if holds { Ok(()) } else { Err(Broken::new(sentence())) }
}

/// What is answered to a message that could not be stored.
const FAULTS: [&str; 3] = [
    r#"[{"error":"too many messages wait to be stored"}]"#,
    r#"[{"error":"there is no space left for messages"}]"#,
    r#"[{"error":"messages cannot be stored now"}]"#,
];
