//! The echo application for those who test connection state recovery, and what makes others miss something.
//!
//! ```text
//! 40                          ->  40{"sid":…,"pid":…}  42["auth",{},"1"]         unless it is recovered
//! 42["broadcast",1]           ->  everyone else: 42["broadcast-back",1,"2"]
//! 42["volatile",1]            ->  everyone else: 42["volatile-back",1]           lost on whoever is away
//! 42["ask",1]                 ->  420["question",1]
//! 420["join","tea"]           ->  430[]
//! 42["to","tea",1]            ->  everyone else who joined: 42["to-back",1,"4"]
//! ```
//!
//! The contract is written down in `protocol-tests/targets/CONTRACTS.md`.
//!
//! ```
//! use wire42::app::{App, Effect, Recovery, SocketId};
//! use wire42::now::Now;
//! use wire42::socket_io::Args;
//!
//! let (mut app, john, mary) = (Recovery::default(), SocketId::from("John"), SocketId::from("Mary"));
//! app.event(&mary, Args::event("join", &[r#""tea""#]), None, Now::default());
//! let effects = app.event(&john, Args::event("to", &[r#""tea""#, "1"]), None, Now::default());
//! assert_eq!(effects, [Effect::Send { to: vec![mary], args: Args::event("to-back", &["1"]) }]);
//! ```

use std::time::Duration;

use super::{Ack, App, Effect, Note, Rejection, SocketId};
use crate::now::Now;
use crate::socket_io::Args;

/// One namespace of the application.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Rooms, by their names as they were written, and who has joined them. A socket that is recovered is in its rooms, as it never
    /// left.
    joined: Vec<(Box<str>, SocketId)>,
}

impl Recovery {
    fn join(&mut self, room: &str, socket: &SocketId) {
        let is_in = self.joined.iter().any(|(joined, member)| **joined == *room && member == socket);
        if !is_in && self.joined.len() < MAX_JOINED {
            self.joined.push((room.into(), socket.clone()));
        }
    }

    fn others(&self, room: &str, socket: &SocketId) -> Vec<SocketId> {
        let others = self.joined.iter().filter(|(joined, member)| **joined == *room && member != socket);
        others.map(|(_, member)| member.clone()).collect()
    }
}

impl App for Recovery {
    fn join(&mut self, _: &SocketId, auth: Option<&str>) -> Result<Vec<Effect>, Rejection> {
        Ok(vec![Effect::Emit(Args::event("auth", &[auth.unwrap_or("{}")]))])
    }

    fn event(&mut self, from: &SocketId, args: Args, ack: Option<Ack>, _: Now) -> Vec<Effect> {
        let is = |name| args.is_event(name);
        if is("message-with-ack") {
            return ack.map(|ack| Effect::Ack(ack, args.without_name())).into_iter().collect();
        }
        let room = args.elements().nth(1).unwrap_or_default().to_owned();
        let effect = match () {
            () if is("message") => Some(Effect::Emit(args.renamed("message-back"))),
            () if is("broadcast") => Some(Effect::Broadcast(args.renamed("broadcast-back"))),
            () if is("volatile") => Some(Effect::BroadcastVolatile(args.renamed("volatile-back"))),
            () if is("ask") => {
                let event = args.clone().renamed("question");
                Some(Effect::EmitWithAck { event, timeout: PATIENCE, note: Note { args, ack: None } })
            }
            () if is("to") => {
                let to = self.others(&room, from);
                let args = args.without_name().renamed("to-back");
                (!to.is_empty()).then_some(Effect::Send { to, args })
            }
            () if is("join") => {
                self.join(&room, from);
                None
            }
            () if is("disconnect-me") => return vec![Effect::Disconnect { transport: false }],
            () => return Vec::new(),
        };
        let answer = ack.map(|ack| Effect::Ack(ack, Args::written("[]".to_owned())));
        effect.into_iter().chain(answer).collect()
    }

    fn leave(&mut self, socket: &SocketId) {
        self.joined.retain(|(_, member)| member != socket);
    }

    /// Its events do not stand for one another.
    fn snapshot(&self) -> Option<Args> {
        None
    }

    fn refused(&self) -> u64 {
        0
    }
}

/// For the answer to a question. Nothing comes of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Memberships of one namespace.
const MAX_JOINED: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_left_for_good_is_in_no_room() {
        let (mut app, john, mary) = (Recovery::default(), SocketId::from("John"), SocketId::from("Mary"));
        app.event(&john, Args::event("join", &[r#""tea""#]), None, Now::default());
        app.leave(&john);
        assert!(app.joined.is_empty());
        let args = Args::event("to", &[r#""tea""#, "1"]);
        let effects = app.event(&mary, args, Some(Ack { id: 7 }), Now::default());
        assert_eq!(effects, [Effect::Ack(Ack { id: 7 }, Args::written("[]".to_owned()))]);
    }

    #[test]
    fn nobody_is_told_what_it_said_to_its_room() {
        let (mut app, john) = (Recovery::default(), SocketId::from("John"));
        app.event(&john, Args::event("join", &["7"]), None, Now::default());
        assert_eq!(app.event(&john, Args::event("to", &["7"]), None, Now::default()), []);
    }
}
