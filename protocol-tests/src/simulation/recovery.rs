//! How a client comes back: it shows the secret of the socket that it was, and the last offset that it was told.
//!
//! ```text
//! 40{"pid":"x2","offset":"17"} ──> 40{"sid":"x1","pid":"x2"}  42["message",[…],"21"]      it is in, and then what it missed
//!                                  40{"sid":"x1","pid":"x2"}   the same socket
//!                              ──> 40{"sid":"x7","pid":"x8"}   or another one
//! ```
//!
//! Stock clients do so by themselves. Some here show an old offset, a wrong one or none, or what another client was given.

use super::broken::{Broken, Check};
use super::client::{Asking, Joined, Kept, Owed, Packet, Place, prefix};
use super::link::Meaning;
use super::reading::expect;
use super::sockets::Claim;
use super::world::World;
use crate::json::Json;

impl World {
    /// Asks to be let in, if the client is not in already.
    pub(super) fn join(&mut self, client: usize, namespace: String) {
        let Some(online) = &self.clients[client].online else { return };
        let has_left = match online.places.get(&namespace) {
            None => false,
            Some(Place::Out) => true,
            Some(Place::Asking(_) | Place::Joined(_)) => return,
        };
        let mut asking = Asking { has_left, auth: "{}".to_owned(), ..Asking::default() };
        let mut meaning = Meaning::Own;
        if let Some(kept) = self.identity(client, &namespace) {
            let (claim, auth, kept) = self.claim(&namespace, kept);
            (asking.auth, asking.kept) = (auth, Some(kept));
            meaning = Meaning::Claims { namespace: namespace.clone(), claim };
        }
        let auth = if asking.kept.is_some() { asking.auth.as_str() } else { "" };
        let text = format!("40{}{auth}", prefix(&namespace));
        if let Some(online) = &mut self.clients[client].online {
            online.places.insert(namespace, Place::Asking(asking));
        }
        self.send(client, Packet::new(text, meaning));
    }

    /// Whom the client wants to be, if anybody.
    fn identity(&mut self, client: usize, namespace: &str) -> Option<Kept> {
        self.terms.recovery?;
        match self.dice.below(40) {
            // The page was loaded anew.
            0 | 1 => return None,
            // It was copied, with all that it knows.
            2 | 3 => {
                let other = self.dice.below(self.clients.len());
                let kept = self.clients[other].known(namespace)?;
                self.server.rooms.sockets.share(&kept.socket);
                return Some(kept);
            }
            _ => {}
        }
        self.clients[client].kept.remove(namespace)
    }

    /// What the client shows, and what it has heard if that is true.
    fn claim(&mut self, namespace: &str, mut kept: Kept) -> (Claim, String, Kept) {
        let mut pid = kept.pid.clone();
        let mut offset = kept.offsets.last().map(|(offset, _)| offset.to_string());
        let mut is_sound = true;
        match self.dice.below(24) {
            0 => {
                is_sound = false;
                offset =
                    Some((*self.dice.one_of(&["", "x", "-1", "1e1", "18446744073709551615"])).to_owned());
            }
            1 => {
                is_sound = false;
                let others = self.clients.iter().flat_map(|client| &client.kept);
                let other = others.filter(|(name, _)| *name != namespace).map(|(_, kept)| &kept.pid).next();
                pid = other.cloned().unwrap_or_else(|| "x".to_owned());
            }
            // What came last was never seen.
            2 | 3 if self.terms.is_chat && kept.offsets.len() > 1 => {
                let count = 1 + self.dice.below(kept.offsets.len() - 1);
                kept.offsets.truncate(count);
                kept.heard = kept.offsets.last().map(|(_, heard)| *heard);
                offset = kept.offsets.last().map(|(offset, _)| offset.to_string());
            }
            4 if self.terms.is_chat => {
                (kept.heard, kept.offsets) = (None, Vec::new());
                offset = None;
            }
            _ => {}
        }
        let offset = offset.map_or_else(String::new, |offset| format!(r#","offset":"{offset}""#));
        let auth = format!(r#"{{"pid":"{pid}"{offset}}}"#);
        (Claim { socket: kept.socket.clone(), is_sound }, auth, kept)
    }

    /// Says whether this was on its way when the client left, and comes where it asks again. Nothing else comes before it is let in.
    pub(super) fn is_late(&self, client: usize, namespace: &str) -> bool {
        let online = self.clients[client].online.as_ref();
        let place = online.and_then(|online| online.places.get(namespace));
        matches!(place, Some(Place::Asking(Asking { has_left: true, .. })))
    }

    /// The client is let in.
    pub(super) fn let_in(&mut self, client: usize, namespace: &str, data: Option<&Json>) -> Check {
        let online = self.clients[client].online.as_mut().expect("the client has a session");
        let Some(Place::Asking(asking)) = online.places.insert(namespace.to_owned(), Place::Out) else {
            return Err(Broken::new("a client is let in where it did not ask".to_owned()));
        };
        let (socket, pid) = self.names(data)?;
        let online = self.clients[client].online.as_mut().expect("the client has a session");
        let sid = online.sid.as_deref().unwrap_or_default();
        let session = sid.strip_prefix('s').and_then(|index| index.parse().ok());
        let seat = session.and_then(|session| self.server.rooms.sockets.of(&socket, session));
        let Some((room, from)) = seat else {
            // It came and went in one step, because its session ended.
            let lives = self.server.lives(sid);
            return expect(!lives, || format!("no socket {socket} has a seat"));
        };
        let Asking { kept, auth, .. } = asking;
        let greets = !self.terms.is_chat && ["/", "/custom"].contains(&namespace);
        let mut joined = Joined { socket, pid, room, from, is_fresh: true, ..Joined::default() };
        let kept = kept.filter(|kept| kept.socket == joined.socket);
        match kept {
            Some(kept) => {
                expect(joined.pid.as_ref() == Some(&kept.pid), || {
                    "who comes back gets another pid".to_owned()
                })?;
                if !self.terms.is_chat {
                    joined.from = kept.from;
                }
                let Kept { offsets, heard, perhaps, asleep: dreaming, .. } = kept;
                joined = Joined { offsets, heard, perhaps, dreaming, ..joined };
            }
            None => joined.owed.extend(greets.then(|| Owed::Event(format!(r#"["auth",{auth}]"#)))),
        }
        let online = self.clients[client].online.as_mut().expect("the client has a session");
        online.places.insert(namespace.to_owned(), Place::Joined(joined));
        Ok(())
    }

    /// The client's place in a room is lost; what it knows of it, it keeps.
    pub(super) fn lose_place(&mut self, client: usize, namespace: &str) {
        let Some(online) = &mut self.clients[client].online else { return };
        if let Some(place) = online.places.insert(namespace.to_owned(), Place::Out) {
            self.clients[client].leave(namespace.to_owned(), place);
        }
    }

    /// Takes the offset from behind a history.
    pub(super) fn without_offset(&self, text: &str) -> Result<(String, Option<u64>), Broken> {
        if self.terms.recovery.is_none() {
            return Ok((text.to_owned(), None));
        }
        let found = text.strip_suffix("\"]").and_then(|text| text.rsplit_once(",\""));
        let found = found.and_then(|(text, offset)| Some((format!("{text}]"), Some(read_offset(offset)?))));
        found.ok_or_else(|| Broken::new("an event has no offset".to_owned()))
    }

    /// Reads what a client is called that is let in, and by what it will be known again.
    fn names(&self, data: Option<&Json>) -> Result<(String, Option<String>), Broken> {
        let Some(Json::Object(members)) = data else {
            return Err(Broken::new("a client is let in without a name".to_owned()));
        };
        let texts: Vec<(&str, Option<&str>)> =
            members.iter().map(|(name, value)| (name.as_str(), value.as_text())).collect();
        match (&texts[..], self.terms.recovery) {
            ([("sid", Some(sid)), ("pid", Some(pid))], Some(_)) if sid != pid => {
                Ok(((*sid).to_owned(), Some((*pid).to_owned())))
            }
            // Who could not be written down cannot come back.
            ([("sid", Some(sid))], Some(_)) if self.terms.decay.is_some() => Ok(((*sid).to_owned(), None)),
            ([("sid", Some(sid))], None) => Ok(((*sid).to_owned(), None)),
            _ => Err(Broken::new(format!("a client is let in as {texts:?}"))),
        }
    }
}

/// Reads an offset as it is written: decimal, with no digit that could be missing.
pub(super) fn read_offset(text: &str) -> Option<u64> {
    text.parse().ok().filter(|offset: &u64| offset.to_string() == text)
}
