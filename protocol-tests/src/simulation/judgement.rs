//! What must hold when all is quiet, and when all are gone.

use super::broken::{Broken, Check};
use super::client::{Online, Place};
use super::world::{Stage, World};
use std::time::Duration;

impl World {
    /// Everyone who is there has heard everything, and is owed nothing.
    pub(super) fn judge(&mut self) -> Check {
        self.server.take_stock()?;
        for client in 0..self.clients.len() {
            if let Some(online) = self.clients[client].online.take() {
                let verdict = self.judge_client(&online);
                self.clients[client].online = Some(online);
                verdict.map_err(|broken| Broken { client: Some(client), ..broken })?;
            }
        }
        self.stage = Stage::Silence;
        self.links.iter_mut().for_each(|link| link.is_cut = true);
        for client in &mut self.clients {
            client.online = None;
            client.life += 1;
        }
        self.silent_since = self.now;
        Ok(())
    }

    /// Nobody is there: nothing may be left, and nothing may have come late.
    pub(super) fn check_silence(&self) -> Check {
        let left = self.server.leftovers();
        if left > 0 {
            return Err(Broken::new(format!(
                "{left} sessions, seats or connections are left when all is over"
            )));
        }
        self.server.take_stock()?;
        let longest = self.terms.patience().max(self.terms.config.terms.connect_timeout) + GRACE;
        match self.now > self.silent_since + longest {
            true => Err(Broken::new("a timer goes off long after the last client is gone".to_owned())),
            false => Ok(()),
        }
    }

    fn judge_client(&mut self, online: &Online) -> Check {
        let Some(sid) = online.sid.as_ref().filter(|_| !online.is_lost && !online.is_mute) else {
            return Ok(());
        };
        if !self.server.knows(sid) {
            return Err(Broken::new(format!("the session {sid} is gone, and its client was not told")));
        }
        if self.now > online.pinged_at + self.terms.patience() + GENEROUS {
            return Err(Broken::new("no ping has come for pingInterval and pingTimeout".to_owned()));
        }
        for (namespace, place) in &online.places {
            let verdict = self.judge_place(place);
            verdict.map_err(|why| Broken { namespace: Some(namespace.clone()), ..Broken::new(why) })?;
        }
        Ok(())
    }

    fn judge_place(&mut self, place: &Place) -> Result<(), String> {
        let joined = match place {
            Place::Out => return Ok(()),
            Place::Asking(_) => return Err("a CONNECT is not answered".to_owned()),
            Place::Joined(joined) => joined,
        };
        if let Some(owed) = joined.owed.front() {
            return Err(format!("{owed:?} is owed, and does not come"));
        }
        if let Some(asleep) = joined.asleep.first() {
            return Err(format!("the sleeper {asleep} does not wake"));
        }
        let order = self.server.rooms.order(joined.room);
        if !self.terms.is_chat {
            let heard = joined.heard.unwrap_or(joined.from);
            return order.pass_over(heard..order.len(), Some(&joined.socket));
        }
        let heard = joined.heard.ok_or("no history has come")?;
        order.pass_over(heard..order.len(), None)?;
        match joined.said.iter().find(|token| order.is_lost(**token) && !order.has_lost(**token)) {
            Some(token) => Err(format!("m{token} was said, and is lost")),
            None => Ok(()),
        }
    }
}

/// A session that the application ended waits for its client.
const GRACE: Duration = Duration::from_secs(31);

/// How late a ping may be told when all is quiet.
const GENEROUS: Duration = Duration::from_millis(500);
