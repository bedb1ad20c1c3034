//! What clients do of their own accord: they come, join, speak, leave and go, as people do.

use std::time::Duration;

use super::broken::Check;
use super::calendar::Event;
use super::client::{Carrier, Online, Owed, Packet, Place, prefix};
use super::link::{Meaning, Use};
use super::world::{Stage, World};

impl World {
    /// One of the clients does something.
    pub(super) fn turn(&mut self) -> Check {
        self.server.take_stock()?;
        if self.turns == self.turns_wanted {
            return self.calm_down();
        }
        self.turns += 1;
        if self.terms.mortality.is_some_and(|mortality| !self.server.is_down && self.dice.one_in(mortality)) {
            self.end()?;
        }
        let client = self.dice.below(self.clients.len());
        match &self.clients[client].online {
            None => self.come(client),
            Some(online) if online.sid.is_none() => {}
            Some(_) if self.dice.one_in(self.terms.virtue) => self.misbehave(client)?,
            Some(online) if online.half.is_some() => self.finish_half(client),
            Some(online) => {
                let names: Vec<String> = online.joined().map(|(name, _)| name.clone()).collect();
                match names.is_empty() {
                    true => self.join_somewhere(client),
                    false => {
                        let namespace = self.dice.one_of(&names).clone();
                        self.behave(client, &namespace);
                    }
                }
            }
        }
        let gap =
            if self.dice.one_in(80) { self.terms.patience().as_millis() as u64 } else { 2 * self.terms.gap };
        let at = self.now + self.milliseconds(gap);
        self.calendar.add(at, Event::Turn);
        Ok(())
    }

    /// The client begins a session.
    fn come(&mut self, client: usize) {
        let is_slow = self.dice.one_in(4 * self.terms.virtue);
        self.clients[client].latency =
            if is_slow { self.terms.patience().as_millis() as u64 } else { self.terms.latency };
        let mut online = Online::new(Carrier::Polling, self.now);
        online.is_mute = self.dice.one_in(4 * self.terms.virtue);
        self.clients[client].online = Some(online);
        let opens_socket = self.dice.below(5) < 2;
        let use_ = if opens_socket { Use::Socket } else { Use::Get };
        let link = self.request(client, "GET", None, 0, use_);
        if let Some(online) = &mut self.clients[client].online {
            match opens_socket {
                true => online.carrier = Carrier::Socket(link),
                false => online.get = Some(link),
            }
        }
    }

    /// The session is open: most join a room, and some upgrade.
    pub(super) fn settle_in(&mut self, client: usize) {
        if !self.dice.one_in(20) {
            self.join_somewhere(client);
        }
        if self.dice.one_in(4) {
            self.upgrade(client);
        }
    }

    fn join_somewhere(&mut self, client: usize) {
        let namespace = self.dice.one_of(&self.terms.namespaces).clone();
        self.join(client, namespace);
    }

    fn behave(&mut self, client: usize, namespace: &str) {
        match self.dice.below(100) {
            0..45 => self.speak(client, namespace),
            45..52 => {
                for _ in 0..2 + self.dice.below(30) {
                    self.speak(client, namespace);
                }
            }
            52..64 if self.terms.is_chat => self.speak_badly(client, namespace),
            52..64 => self.ask(client, namespace),
            64..70 => self.join_somewhere(client),
            70..75 => self.leave(client, namespace),
            75..81 => self.upgrade(client),
            81..88 => self.stop_reading(client),
            88..94 => {
                let latency = if self.dice.one_in(6) { 8 } else { 1 } * self.terms.latency;
                self.slow_down(client, latency);
            }
            _ => self.speak(client, namespace),
        }
    }

    /// Says something to all.
    pub(super) fn speak(&mut self, client: usize, namespace: &str) {
        self.tokens += 1;
        let token = self.tokens;
        let asks = self.dice.one_in(2);
        let padding = if self.dice.one_in(4) { self.dice.below(300) } else { 0 };
        let is_chat = self.terms.is_chat;
        let Some(id) = self.owe(client, namespace, |joined, id| {
            joined.said.push(token);
            if asks {
                joined.owed.push_back(Owed::Said { id, token });
            }
        }) else {
            return;
        };
        let id = if asks { id.to_string() } else { String::new() };
        let padding = "x".repeat(padding);
        let payload = match is_chat {
            true => format!(r#"["message",{{"name":"c{client}","input":"m{token} {padding}"}}]"#),
            false => format!(r#"["broadcast",{token},"{padding}"]"#),
        };
        let meaning = Meaning::Says { namespace: namespace.to_owned(), token };
        self.send(client, Packet::new(format!("42{}{id}{payload}", prefix(namespace)), meaning));
    }

    /// Says what the chat refuses.
    fn speak_badly(&mut self, client: usize, namespace: &str) {
        let data = r#"[{"error":"the input must be a string"}]"#;
        let owed = self.owe(client, namespace, |joined, id| joined.owed.push_back(Owed::Answer { id, data }));
        let Some(id) = owed else { return };
        let text = format!(r#"42{}{id}["message",{{"name":"c{client}","input":7}}]"#, prefix(namespace));
        self.send(client, Packet::new(text, Meaning::Own));
    }

    /// Asks the application for something that no one else hears.
    fn ask(&mut self, client: usize, namespace: &str) {
        self.tokens += 1;
        let (token, kind) = (self.tokens, self.dice.below(4));
        let (count, ms) = (1 + self.dice.below(8), self.dice.below(400));
        let owed = self.owe(client, namespace, |joined, id| match kind {
            0 => joined.owed.push_back(Owed::Event(format!(r#"["message-back",{token}]"#))),
            1 => joined.owed.push_back(Owed::Answer { id, data: r#"["x"]"# }),
            2 => joined.owed.extend((0..count).map(|n| Owed::Event(format!(r#"["burst-back",{n},"xxxx"]"#)))),
            _ => joined.asleep.push(token),
        });
        let Some(id) = owed else { return };
        let event = match kind {
            0 => format!(r#"["message",{token}]"#),
            1 => format!(r#"{id}["message-with-ack","x"]"#),
            2 => format!(r#"["burst",{count},4]"#),
            _ => format!(r#"["sleep",{ms},{token}]"#),
        };
        self.send(client, Packet::new(format!("42{}{event}", prefix(namespace)), Meaning::Own));
    }

    /// Takes down what the client will be owed, and gives the number of its event.
    fn owe(
        &mut self,
        client: usize,
        namespace: &str,
        what: impl FnOnce(&mut super::client::Joined, u64),
    ) -> Option<u64> {
        let online = self.clients[client].online.as_mut()?;
        let Some(Place::Joined(joined)) = online.places.get_mut(namespace) else { return None };
        let id = joined.next_id;
        joined.next_id += 1;
        what(joined, id);
        Some(id)
    }

    fn leave(&mut self, client: usize, namespace: &str) {
        self.lose_place(client, namespace);
        let meaning = Meaning::Leaves { namespace: namespace.to_owned() };
        self.send(client, Packet::new(format!("41{}", prefix(namespace)), meaning));
        if self.dice.one_in(2) {
            self.join_somewhere(client);
        }
    }

    fn upgrade(&mut self, client: usize) {
        let Some(online) = &self.clients[client].online else { return };
        if online.carrier == Carrier::Polling && online.half.is_none() {
            let link = self.request(client, "GET", None, 0, Use::Socket);
            if let Some(online) = &mut self.clients[client].online {
                online.carrier = Carrier::Opening(link);
            }
        }
    }

    fn stop_reading(&mut self, client: usize) {
        let Some(Carrier::Socket(link)) = self.clients[client].online.as_ref().map(|online| online.carrier)
        else {
            return;
        };
        self.notes.line(self.now, client, format!("c{client} pauses"));
        let window = self.dice.below(4_096);
        self.server.stall(link, window);
        let patience = self.terms.patience().as_millis() as u64;
        let until = self.now + self.milliseconds(patience + patience / 4);
        self.calendar.add(until, Event::Resume(link));
    }

    /// Nothing is done any more; what was said is to reach everyone who is there.
    fn calm_down(&mut self) -> Check {
        self.stage = Stage::Calm;
        for client in 0..self.clients.len() {
            self.finish_half(client);
            self.slow_down(client, 1);
            if let Some(Carrier::Socket(link)) =
                self.clients[client].online.as_ref().map(|online| online.carrier)
            {
                self.calendar.add(self.now, Event::Resume(link));
            }
        }
        let slowest = self.links.iter().map(super::link::Link::busy_until).max().unwrap_or_default();
        self.calendar
            .add(slowest.max(self.now) + self.terms.patience() + self.storing() + CALM, Event::Judge);
        Ok(())
    }
}

/// For what is on its way when everyone falls silent: many bodies to a client that polls, and a late ear.
const CALM: Duration = Duration::from_secs(2);
