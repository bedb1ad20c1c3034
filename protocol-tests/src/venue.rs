//! Where runs are played: it gives each a target of its own, and knows when the server behind them has died.
//!
//! ```text
//! Standing   somebody else's server: noticed when it is gone
//! Spawned    started here: noticed, buried, started again
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use crate::guise::{Guise, Guised};
use crate::live::{Live, Remote};
use crate::target::Target;

/// A server's place.
pub trait Venue: Sync {
    /// Makes a target; the error says why there is none any more.
    fn target(&self) -> Result<Box<dyn Target>, String>;

    /// How often the server is known to have died.
    fn deaths(&self) -> usize;

    /// How the server died, if it did after so many deaths; `suspect` tells that there is reason to look.
    fn death_after(&self, deaths: usize, suspect: bool) -> Option<String>;

    /// Tells whether a server that died comes back, so that the cases played meanwhile can be played again.
    fn revives(&self) -> bool;

    /// Gives the server a life without a past. Only asked of a venue that revives.
    fn renew(&self) -> Result<(), String>;
}

/// A server that somebody else has started.
pub struct Standing {
    remote: Arc<Remote>,
    guise: Guise,
    deaths: Mutex<Vec<String>>,
}

impl Standing {
    /// Takes a server as it stands.
    pub fn new(remote: Remote, guise: Guise) -> Standing {
        Standing { remote: Arc::new(remote), guise, deaths: Mutex::new(Vec::new()) }
    }
}

impl Venue for Standing {
    fn target(&self) -> Result<Box<dyn Target>, String> {
        // Somebody may have started it again.
        if self.deaths() > 0 && self.remote.is_gone() {
            return Err(GONE.to_owned());
        }
        live(&self.remote, &self.guise)
    }

    fn deaths(&self) -> usize {
        self.deaths.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn death_after(&self, deaths: usize, suspect: bool) -> Option<String> {
        let mut known = self.deaths.lock().unwrap_or_else(PoisonError::into_inner);
        if suspect && known.len() == deaths && self.remote.is_gone() {
            known.push(GONE.to_owned());
        }
        known.get(deaths).filter(|_| suspect).cloned()
    }

    fn revives(&self) -> bool {
        false
    }

    fn renew(&self) -> Result<(), String> {
        Err("this server was not started here".to_owned())
    }
}

/// Makes a live target, in a guise if there is one.
pub(crate) fn live(remote: &Arc<Remote>, guise: &Guise) -> Result<Box<dyn Target>, String> {
    let live = Live::to(remote).map_err(|error| error.to_string())?;
    Ok(if guise.is_plain() { Box::new(live) } else { Box::new(Guised::new(live, guise.clone())) })
}

const GONE: &str = "the server accepts no connections any more";
