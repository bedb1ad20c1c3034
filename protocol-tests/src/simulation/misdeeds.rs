//! What clients do that they should not, and what the network does to them.

use std::time::Duration;

use wire42::engine_io::Reason;

use super::broken::Check;
use super::calendar::Event;
use super::client::{Carrier, Packet};
use super::link::{Down, Meaning, Up, Use};
use super::world::{World, written};

impl World {
    /// A client, or its network, misbehaves in one of many ways.
    pub(super) fn misbehave(&mut self, client: usize) -> Check {
        let Some(online) = &self.clients[client].online else { return Ok(()) };
        let is_polling = online.posts();
        match self.dice.below(16) {
            // Silence both ways: the server is never told.
            0 | 1 => self.hang_up(client, false),
            // A reset that the client sees at once, and the server later.
            2 => {
                let late = self.milliseconds(2 * self.terms.patience().as_millis() as u64);
                self.leave_late(client, late);
            }
            3 => self.reset(client),
            // The client goes: by a goodbye, or by closing what it has open.
            4 | 5 => self.sin(client, "1", Meaning::Bye),
            6 => self.hang_up(client, true),
            7 => self.sin(client, "x", Meaning::Sin(Reason::ParseError)),
            8 => self.sin(client, "4x", Meaning::Sin(Reason::ForcedClose)),
            9 => self.sin(client, "42/elsewhere,[\"a\"]", Meaning::Sin(Reason::ForcedClose)),
            10 => self.sin(client, "2", Meaning::Sin(Reason::TransportError)),
            11 => self.mute(client),
            12 if is_polling => self.overlap(client),
            13 if is_polling => self.begin_half(client),
            14 if is_polling => self.send_too_much(client),
            15 if !self.terms.is_chat => self.ask_to_be_closed(client),
            _ => self.open_another(client),
        }
        Ok(())
    }

    /// The rest of a POST comes, or never.
    pub(super) fn finish_half(&mut self, client: usize) {
        let Some(online) = &mut self.clients[client].online else { return };
        let Some((link, batch)) = online.half.take() else { return };
        online.post = Some(link);
        let (body, means) = written(&batch);
        self.links[link].up(link, Up::Body(body.into_bytes(), means), self.now, &mut self.calendar);
    }

    /// A packet after which the session must end. The client waits for that.
    fn sin(&mut self, client: usize, text: &str, meaning: Meaning) {
        self.lose(client);
        self.send(client, Packet::new(text, meaning));
    }

    /// Nobody hears a sound from it any more, but it listens.
    fn mute(&mut self, client: usize) {
        if let Some(online) = &mut self.clients[client].online {
            online.is_mute = true;
        }
    }

    /// A reset that the server sees at once, and the client later.
    fn reset(&mut self, client: usize) {
        self.lose(client);
        let links: Vec<_> = self.clients[client]
            .online
            .iter()
            .flat_map(|online| online.links().collect::<Vec<_>>())
            .collect();
        for link in links {
            self.calendar.add(self.now, Event::Up(link, Up::Gone));
            self.links[link].down(link, Down::Closed, self.now, &mut self.calendar);
        }
    }

    /// A second GET. Whichever of the two is answered, the client will not put together what both bring.
    fn overlap(&mut self, client: usize) {
        if self.clients[client].online.as_ref().is_some_and(|online| online.get.is_some()) {
            self.request(client, "GET", None, 0, Use::Get);
            let late = self.milliseconds(self.terms.latency);
            self.leave_late(client, late);
        }
    }

    /// The client goes at once, and what it has open ends later.
    fn leave_late(&mut self, client: usize, late: Duration) {
        let links: Vec<_> = self.clients[client]
            .online
            .iter()
            .flat_map(|online| online.links().collect::<Vec<_>>())
            .collect();
        links.into_iter().for_each(|link| self.delay(link, late));
        self.hang_up(client, true);
    }

    /// The head of a POST, and nothing more for now.
    fn begin_half(&mut self, client: usize) {
        let Some(online) = &mut self.clients[client].online else { return };
        if online.post.is_some() || online.carrier != Carrier::Polling {
            return;
        }
        online.queue.push_back(Packet::new("3", Meaning::Pong));
        let batch = online.batch();
        let (body, _) = written(&batch);
        let link = self.request(client, "POST", None, body.len(), Use::Post { is_fat: false });
        if let Some(online) = &mut self.clients[client].online {
            online.half = Some((link, batch));
        }
    }

    /// A body that is larger than the server takes; its session goes on.
    fn send_too_much(&mut self, client: usize) {
        let Some(online) = &self.clients[client].online else { return };
        if online.post.is_some() || online.half.is_some() || online.max_payload > MODEST {
            return;
        }
        let body = format!("4{}", "x".repeat(online.max_payload));
        let link =
            self.request(client, "POST", Some((&body, Vec::new())), body.len(), Use::Post { is_fat: true });
        if let Some(online) = &mut self.clients[client].online {
            online.post = Some(link);
        }
    }

    /// Asks the application to end its session.
    fn ask_to_be_closed(&mut self, client: usize) {
        let joined = self.clients[client].online.as_ref().and_then(|online| online.joined().next());
        if let Some((namespace, _)) = joined {
            let text = format!(r#"42{}["disconnect-me",true]"#, super::client::prefix(namespace));
            self.lose(client);
            self.send(client, Packet::new(text, Meaning::Sin(Reason::Kicked)));
        }
    }

    /// A WebSocket beside the one that there is.
    fn open_another(&mut self, client: usize) {
        if self.clients[client].online.as_ref().is_some_and(|online| online.socket().is_some()) {
            self.request(client, "GET", None, 0, Use::Socket);
        }
    }

    pub(super) fn lose(&mut self, client: usize) {
        if let Some(online) = &mut self.clients[client].online {
            online.is_lost = true;
        }
    }
}

/// A limit that a client of the simulation goes beyond.
const MODEST: usize = 1_000;
