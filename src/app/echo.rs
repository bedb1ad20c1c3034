//! What a protocol suite expects of a server: everything comes back.
//!
//! ```text
//! 40{"token":"1"}              ->  40{"sid":…}  42["auth",{"token":"1"}]
//! 42["message",1,"2"]          ->  42["message-back",1,"2"]
//! 427["message-with-ack",1]    ->  437[1]
//! ```
//!
//! ```
//! use wire42::app::{App, Echo, Effect, SocketId};
//! use wire42::socket_io::Args;
//!
//! let effects = Echo::new(true).join(&SocketId::from("John"), None);
//! assert_eq!(effects, Ok(vec![Effect::Emit(Args::event("auth", &["{}"]))]));
//! ```

use super::{Ack, App, Effect, Rejection, SocketId};
use crate::now::Now;
use crate::socket_io::Args;

/// One namespace of the echo application.
#[derive(Debug)]
pub struct Echo {
    answers: bool,
}

impl Echo {
    /// Begins. With `answers` events come back; without, only `auth` is emitted, as the suites want of `/custom`.
    pub fn new(answers: bool) -> Self {
        Self { answers }
    }
}

impl App for Echo {
    fn join(&mut self, _: &SocketId, auth: Option<&str>) -> Result<Vec<Effect>, Rejection> {
        Ok(vec![Effect::Emit(Args::event("auth", &[auth.unwrap_or("{}")]))])
    }

    fn event(&mut self, _: &SocketId, args: Args, ack: Option<Ack>, _: Now) -> Vec<Effect> {
        match ack {
            _ if !self.answers => Vec::new(),
            _ if args.is_event("message") => vec![Effect::Emit(args.renamed("message-back"))],
            Some(ack) if args.is_event("message-with-ack") => vec![Effect::Ack(ack, args.without_name())],
            _ => Vec::new(),
        }
    }

    /// What one client is told says nothing about what another missed.
    fn snapshot(&self) -> Option<Args> {
        None
    }

    fn refused(&self) -> u64 {
        0
    }
}
