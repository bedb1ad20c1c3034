//! The loop: the clock jumps from one event to the next, and after each everything must hold.

use std::sync::Arc;
use std::time::Duration;

use super::Plan;
use super::broken::{Broken, Check};
use super::calendar::{Calendar, Event};
use super::client::{Carrier, Client, Online, Packet};
use super::link::{Down, Link, LinkId, Meaning, UP, Up, Use};
use super::notes::Notes;
use super::server::Server;
use super::terms::{PATH, Terms};
use crate::fuzz::Dice;
use crate::packet::{self, Content};

/// A server, its clients, and the network between them.
pub(super) struct World {
    pub(super) now: Duration,
    pub(super) dice: Dice,
    pub(super) terms: Arc<Terms>,
    pub(super) server: Server,
    pub(super) clients: Vec<Client>,
    pub(super) links: Vec<Link>,
    pub(super) calendar: Calendar,
    pub(super) notes: Notes,
    pub(super) stage: Stage,
    /// Since when every connection is cut.
    pub(super) silent_since: Duration,
    /// Deeds that were done.
    pub(super) turns: usize,
    pub(super) turns_wanted: usize,
    /// When the server ended last.
    pub(super) ended_at: Duration,
    /// The store was told to look.
    pub(super) is_store_awake: bool,
    /// Events that happened.
    pub(super) events: u64,
    /// Messages and requests have numbers.
    pub(super) tokens: u32,
}

/// How far the world has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Clients live.
    Life,
    /// They only listen, and the network is at its best.
    Calm,
    /// Every connection is cut.
    Silence,
}

impl World {
    pub(super) fn new(seed: u64, plan: &Plan, keeps_notes: bool) -> World {
        let mut dice = Dice::new(seed);
        let terms = Arc::new(Terms::draw(&mut dice));
        let clients = (0..plan.clients).map(|_| Client { latency: 1, ..Client::default() }).collect();
        World {
            now: Duration::ZERO,
            dice,
            server: Server::new(terms.clone(), None),
            terms,
            clients,
            links: Vec::new(),
            calendar: Calendar::default(),
            notes: Notes::new(keeps_notes),
            stage: Stage::Life,
            silent_since: Duration::ZERO,
            turns: 0,
            turns_wanted: plan.steps,
            ended_at: Duration::ZERO,
            is_store_awake: false,
            events: 0,
            tokens: 0,
        }
    }

    /// Lets everything happen.
    pub(super) fn run(&mut self) -> Check {
        self.begin_storing()?;
        self.calendar.add(Duration::ZERO, Event::Turn);
        while let Some((at, event)) = self.calendar.next() {
            (self.now, self.server.now) = (at, at);
            self.events += 1;
            if self.events > self.turns_wanted as u64 * EVENTS_A_TURN {
                return Err(Broken::new("the server wants to be woken again and again".to_owned()));
            }
            self.happen(event)?;
            self.grant();
        }
        self.check_silence()
    }

    fn happen(&mut self, event: Event) -> Check {
        match event {
            Event::Up(link, up) => self.reach_server(link, up),
            Event::Ear(room) => self.server.hear(room),
            Event::Timer(session, set_for) => {
                self.server.timer(session, set_for)?;
                if self.stage == Stage::Silence { self.server.take_stock() } else { Ok(()) }
            }
            Event::Rest(session) => self.server.rest(session),
            Event::Take(age) => self.take(age),
            Event::Stored(age) => self.stored(age),
            Event::Begin => self.begin(),
            Event::Resume(link) => {
                let client = self.links[link].client;
                self.notes.line(self.now, client, format!("c{client} resumes"));
                self.server.resume(link)
            }
            Event::Down(link, down) => self.reach_client(link, down),
            Event::Poll(client, life) => {
                self.poll(client, life);
                Ok(())
            }
            Event::Pong(client, life) => {
                if self.clients[client].life == life && self.clients[client].online.is_some() {
                    self.send(client, Packet::new("3", Meaning::Pong));
                }
                Ok(())
            }
            Event::Turn => self.turn(),
            Event::Judge => self.judge(),
        }
    }

    fn reach_server(&mut self, link: LinkId, up: Up) -> Check {
        if self.links[link].is_cut {
            return Ok(());
        }
        if self.server.is_down || self.links[link].age != self.server.age {
            if let Up::Request(..) = up {
                self.links[link].down(link, Down::Closed, self.now, &mut self.calendar);
            }
            return Ok(());
        }
        match up {
            Up::Request(bytes, means) => self.server.request(link, &bytes, means),
            Up::Body(bytes, means) => self.server.body(link, &bytes, means),
            Up::Text(text, meaning) => self.server.text(link, &text, meaning),
            Up::Gone => self.server.gone(link),
        }
    }

    /// Grants what the server wished for.
    pub(super) fn grant(&mut self) {
        let mut wishes = std::mem::take(&mut self.server.wishes);
        for (link, down) in wishes.said.drain(..) {
            self.links[link].down(link, down, self.now, &mut self.calendar);
        }
        for (session, due) in wishes.timers.drain(..) {
            let late = self.milliseconds(self.terms.lateness);
            self.calendar.add(due.max(self.now) + late, Event::Timer(session, due));
        }
        for room in wishes.rings.drain(..) {
            let deaf = if self.dice.one_in(8) { self.terms.deafness } else { self.terms.deafness.min(1) };
            let deaf = self.milliseconds(deaf);
            self.calendar.add(self.now + deaf, Event::Ear(room));
        }
        for session in wishes.rests.drain(..) {
            self.calendar.add(self.now, Event::Rest(session));
        }
        self.wake_store();
        // Their places are used again.
        self.server.wishes = wishes;
    }

    /// A connection of a client's, with the delays that he has now.
    pub(super) fn connect(&mut self, client: usize, use_: Use) -> LinkId {
        let latency = self.clients[client].latency;
        let delays = [self.milliseconds(latency), self.milliseconds(latency)];
        self.links.push(Link::new(client, self.clients[client].life, use_, delays, self.server.age));
        self.links.len() - 1
    }

    /// Sends a packet the way the client's packets travel now.
    pub(super) fn send(&mut self, client: usize, packet: Packet) {
        let Some(online) = &mut self.clients[client].online else { return };
        self.notes.packet(self.now, client, '>', &packet.text);
        match online.carrier {
            Carrier::Socket(link) => {
                let up = Up::Text(packet.text, packet.meaning);
                self.links[link].up(link, up, self.now, &mut self.calendar);
            }
            _ => {
                online.queue.push_back(packet);
                self.post(client);
            }
        }
    }

    /// Sends something on a WebSocket, whatever carries the packets.
    pub(super) fn send_on(&mut self, link: LinkId, text: &str, meaning: Meaning) {
        self.notes.packet(self.now, self.links[link].client, '>', text);
        self.links[link].up(link, Up::Text(text.to_owned(), meaning), self.now, &mut self.calendar);
    }

    /// Sends the next POST, if there is something to be sent and none is on its way.
    pub(super) fn post(&mut self, client: usize) {
        let Some(online) = &mut self.clients[client].online else { return };
        if !online.posts() || online.post.is_some() || online.half.is_some() || online.queue.is_empty() {
            return;
        }
        let batch = online.batch();
        let (body, means) = written(&batch);
        let link =
            self.request(client, "POST", Some((&body, means)), body.len(), Use::Post { is_fat: false });
        if let Some(online) = &mut self.clients[client].online {
            online.post = Some(link);
        }
    }

    /// Sends a GET, if the client is to have one and has none.
    pub(super) fn poll(&mut self, client: usize, life: u32) {
        let Some(online) = self.clients[client].online.as_ref() else { return };
        let is_polling =
            matches!(online.carrier, Carrier::Polling | Carrier::Opening(_) | Carrier::Probing(_));
        if self.clients[client].life != life || online.get.is_some() || !is_polling {
            return;
        }
        let link = self.request(client, "GET", None, 0, Use::Get);
        if let Some(online) = &mut self.clients[client].online {
            online.get = Some(link);
        }
    }

    /// Sends a request: with a body, with the head of a longer one, or with none.
    pub(super) fn request(
        &mut self,
        client: usize,
        method: &str,
        body: Option<(&str, Vec<Meaning>)>,
        length: usize,
        use_: Use,
    ) -> LinkId {
        let link = self.connect(client, use_);
        let online = self.clients[client].online.as_ref();
        let sid =
            online.and_then(|online| online.sid.as_ref()).map_or(String::new(), |sid| format!("&sid={sid}"));
        let transport = if use_ == Use::Socket { "websocket" } else { "polling" };
        let query = format!("?EIO=4&transport={transport}{sid}");
        self.notes.request(
            self.now,
            client,
            link,
            method,
            &query,
            body.as_ref().map(|(body, _)| *body),
            use_,
        );
        let mut bytes = format!("{method} {PATH}{query} HTTP/1.1\r\nHost: x\r\n").into_bytes();
        match use_ {
            Use::Get => {}
            Use::Post { .. } => bytes.extend(format!("Content-Length: {length}\r\n").bytes()),
            Use::Socket => bytes.extend(HANDSHAKE.bytes()),
        }
        bytes.extend(b"\r\n");
        let (text, means) = body.unwrap_or_default();
        bytes.extend(text.bytes());
        self.links[link].up(link, Up::Request(bytes, means), self.now, &mut self.calendar);
        link
    }

    /// The client is through with its session; what it still has open it closes, or not.
    pub(super) fn hang_up(&mut self, client: usize, tells: bool) {
        let Some(online) = self.clients[client].online.take() else { return };
        self.notes.line(self.now, client, format!("c{client} drops"));
        self.clients[client].life += 1;
        for link in online.links() {
            match tells {
                true => self.links[link].up(link, Up::Gone, self.now, &mut self.calendar),
                false => self.links[link].is_cut = true,
            }
        }
        for (namespace, place) in online.places {
            self.clients[client].leave(namespace, place);
        }
    }

    /// Up to so many milliseconds.
    pub(super) fn milliseconds(&mut self, most: u64) -> Duration {
        Duration::from_millis(self.dice.below(most as usize + 1) as u64)
    }

    /// The connection is as slow as this from now on.
    pub(super) fn slow_down(&mut self, client: usize, latency: u64) {
        self.clients[client].latency = latency;
        let delays = [self.milliseconds(latency), self.milliseconds(latency)];
        if let Some(link) = self.clients[client].online.as_ref().and_then(Online::socket) {
            self.links[link].delays = delays;
        }
    }

    /// The client of a connection, if that belongs to the session which he has.
    pub(super) fn owner(&self, link: LinkId) -> Option<usize> {
        let Link { client, life, is_cut, .. } = self.links[link];
        let is_his = self.clients[client].life == life && self.clients[client].online.is_some();
        (is_his && !is_cut).then_some(client)
    }

    fn reach_client(&mut self, link: LinkId, down: Down) -> Check {
        let Some(client) = self.owner(link) else { return Ok(()) };
        let result = self.receive(client, link, down);
        result.map_err(|broken| Broken { client: broken.client.or(Some(client)), ..broken })
    }

    /// The direction up is as slow for one message.
    pub(super) fn delay(&mut self, link: LinkId, extra: Duration) {
        let now = self.now;
        self.links[link].arrival(UP, now, extra);
    }
}

/// Joins packets into a body, and says what they mean.
pub(super) fn written(batch: &[Packet]) -> (String, Vec<Meaning>) {
    let contents: Vec<Content> = batch.iter().map(|packet| Content::Text(packet.text.clone())).collect();
    (packet::body(&contents), batch.iter().map(|packet| packet.meaning.clone()).collect())
}

/// More than any world needs: each deed may be heard by all.
const EVENTS_A_TURN: u64 = 20_000;

/// RFC 6455 §1.3, with the key of its example.
const HANDSHAKE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
