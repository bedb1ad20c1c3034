//! What happens between the server, its store and its end.
//!
//! ```text
//! Turn ── the dice say so ──> every session is gone ── a little later ──> Begin, on the same disk
//! Take ── a commit's time ──> Stored ──> the hub is told
//! ```

use std::time::Duration;

use wire42::engine_io::Reason;

use super::broken::{Broken, Check};
use super::calendar::Event;
use super::link::Down;
use super::notes::SERVER;
use super::server::at;
use super::storage::Storage;
use super::world::{Stage, World};

impl World {
    /// A world that stores what is said has something to store it in.
    pub(super) fn begin_storing(&mut self) -> Check {
        if self.terms.is_durable {
            self.server.storage = Some(Storage::new(&mut self.dice).map_err(Broken::new)?);
            self.server.begin();
        }
        Ok(())
    }

    /// Has the store look, if there is something for it.
    pub(super) fn wake_store(&mut self) {
        let Some(storage) = &self.server.storage else { return };
        if self.is_store_awake || self.server.is_down {
            return;
        }
        let pause = match (storage.is_wanted(), storage.is_failing()) {
            (true, _) if self.dice.one_in(8) => self.milliseconds(20),
            (true, _) => self.milliseconds(1),
            (false, true) => Duration::from_millis(500),
            (false, false) => return,
        };
        self.is_store_awake = true;
        self.calendar.add(self.now + pause, Event::Take(self.server.age));
    }

    /// The store takes what waits.
    pub(super) fn take(&mut self, age: u32) -> Check {
        if age == self.server.age
            && let Some(storage) = &mut self.server.storage
        {
            storage.take();
            let stalls = self.stage == Stage::Life && self.dice.one_in(30);
            let most = self.terms.commit * if stalls { STALL } else { 1 };
            let at = self.now + self.milliseconds(most);
            self.calendar.add(at, Event::Stored(age));
        }
        Ok(())
    }

    /// The store has done what it took, or has not, and says so.
    pub(super) fn stored(&mut self, age: u32) -> Check {
        if age != self.server.age {
            return Ok(());
        }
        let decay = self.terms.decay.filter(|_| self.stage == Stage::Life);
        let fails = decay.is_some_and(|decay| self.dice.one_in(decay));
        let Some(storage) = &mut self.server.storage else { return Ok(()) };
        let (outcomes, fates) = storage.commit(fails.then_some(&mut self.dice)).map_err(Broken::new)?;
        self.is_store_awake = false;
        self.server.rooms.settle(fates)?;
        self.server.tell(outcomes);
        // What a failure leaves on the disk shows when the server ends before anything is written over it.
        match fails && self.terms.mortality.is_some() && self.dice.one_in(3) {
            true => self.end(),
            false => Ok(()),
        }
    }

    /// The server ends, in order or not, and begins again a little later.
    pub(super) fn end(&mut self) -> Check {
        let is_orderly = self.dice.one_in(4);
        self.notes.line(
            self.now,
            SERVER,
            format!("# the server ends{}", if is_orderly { " in order" } else { "" }),
        );
        if is_orderly {
            self.end_sessions()?;
        }
        if let Some(storage) = &mut self.server.storage {
            match is_orderly {
                true => self.server.rooms.settle(storage.end().map_err(Broken::new)?)?,
                false => storage.crash(&mut self.dice),
            }
        }
        self.ended_at = self.now;
        self.is_store_awake = false;
        self.server.vanish();
        self.break_connections();
        let down = self.milliseconds(1_000);
        self.calendar.add(self.now + down, Event::Begin);
        Ok(())
    }

    /// The server is there again, with what the store has.
    pub(super) fn begin(&mut self) -> Check {
        self.notes.line(self.now, SERVER, "# the server begins".to_owned());
        let (unix, window) = (at(self.now).unix, self.terms.recovery.unwrap_or_default());
        if let Some(storage) = &mut self.server.storage {
            let fates = storage.open(unix, window, &mut self.dice).map_err(Broken::new)?;
            self.server.rooms.settle(fates)?;
            self.server.rooms.forget_unstored();
        }
        self.server.rooms.sockets.restart(self.ended_at, self.now, &self.terms);
        self.server.begin();
        Ok(())
    }

    /// How long the store may take for what waits.
    pub(super) fn storing(&self) -> Duration {
        Duration::from_millis(self.terms.commit * STALL * 2)
    }

    fn end_sessions(&mut self) -> Check {
        for index in Vec::from_iter(self.server.alive.iter().copied()) {
            self.server.with(index, |session, now| {
                session.sin(Reason::Shutdown);
                session.guest.close(Reason::Shutdown, at(now));
            })?;
        }
        self.grant();
        Ok(())
    }

    /// Clients see at once that their connections are gone, or find it out.
    fn break_connections(&mut self) {
        for client in 0..self.clients.len() {
            let Some(online) = &self.clients[client].online else { continue };
            for link in Vec::from_iter(online.links()) {
                match self.dice.one_in(8) {
                    true => {
                        self.links[link].is_cut = true;
                        self.lose(client);
                    }
                    false => self.links[link].down(link, Down::Closed, self.now, &mut self.calendar),
                }
            }
        }
    }
}

/// A commit that takes so many times as long as others.
const STALL: u64 = 10;
