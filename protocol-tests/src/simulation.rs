//! The whole core of our server in a world that a seed decides: clients that live, a network that fails, a clock that jumps, a disk
//! that forgets, and a server that ends and begins again.
//!
//! ```text
//! seed ──> Dice ──> terms: limits, times, rooms, a store or none, recovery or none
//!                   clients: come, join, speak, ask, leave, misbehave, come back ── Up ──┐
//!                   network: delays, cuts, resets, readers that stop                     v
//!          calendar <── answers, frames, deadlines, bells ─────────────────── Server: wire42's core
//!                   disk: stalls, fails, and when the power does, loses                  │ Queue
//!                         what was not synced  <── wire42's store, in SQLite ────────────┘
//! ```
//!
//! After every step the invariants must hold: one order for all, no gap and no repetition in what a client hears, be it on one
//! connection or on many, acknowledgements behind what they acknowledge, queues within their bounds, deadlines kept, and every
//! session gone that should be. Nobody hears of a message that is not stored, what anybody heard is there after every end of
//! the server, once and in its order, and what was refused never is. A socket comes back exactly when it may, and is on one
//! connection. At the end all falls silent: whoever is there must have heard everything. Then every connection is cut, and
//! after the last deadline no session, no seat and no timer may be left.
//!
//! Two worlds in three have a past of that kind. Without the cargo feature `sqlite` a list stands in for the store and its disk.
//!
//! ```
//! use protocol_tests::simulation::{Plan, simulate};
//!
//! let plan = Plan { clients: 8, steps: 60 };
//! assert_eq!(simulate(1, &plan).expect("it holds").events, simulate(1, &plan).expect("it holds").events);
//! ```

mod broken;
mod calendar;
mod client;
mod deeds;
#[cfg(feature = "sqlite")]
mod disk;
mod ears;
mod ending;
mod judgement;
mod link;
mod misdeeds;
mod notes;
mod order;
mod reading;
mod recovery;
mod requests;
mod room;
mod server;
mod session;
mod sockets;
mod storage;
mod sweep;
mod terms;
mod wire;
mod world;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use broken::Broken;
pub use sweep::{Sweep, sweep};
use world::World;

/// How large a world is, and how long it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Clients.
    pub clients: usize,
    /// What clients do of their own accord; what that causes comes on top.
    pub steps: usize,
}

/// What happened in a world that held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Arrivals, deadlines, bells.
    pub events: u64,
    /// Sessions that there were.
    pub sessions: u64,
    /// Messages that clients said.
    pub messages: u64,
    /// How long it took on the world's own clock.
    pub time: Duration,
}

/// What did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The world.
    pub seed: u64,
    /// Its size.
    pub plan: Plan,
    /// The step.
    pub step: usize,
    /// One sentence.
    pub sentence: String,
    /// The last lines that matter, in the fixtures' notation.
    pub transcript: String,
}

/// Lives through one world.
///
/// # Errors
///
/// The first invariant that did not hold.
pub fn simulate(seed: u64, plan: &Plan) -> Result<Tally, Box<Failure>> {
    let mut world = World::new(seed, plan, false);
    match live(&mut world) {
        Ok(()) => Ok(world.tally()),
        // The same once more, and this time it is written down.
        Err(_) => {
            let mut world = World::new(seed, plan, true);
            let broken = live(&mut world).expect_err("a seed decides everything");
            Err(Box::new(world.failure(seed, plan, &broken)))
        }
    }
}

/// Writes down all that is said in one world, in the fixtures' notation.
pub fn transcript(seed: u64, plan: &Plan) -> String {
    let mut world = World::new(seed, plan, true);
    let end = live(&mut world).map_or_else(|broken| broken.sentence, |()| "it holds".to_owned());
    world.notes.tail(None, None, usize::MAX) + "# " + &end + "\n"
}

fn live(world: &mut World) -> Result<(), Broken> {
    let lived = catch_unwind(AssertUnwindSafe(|| world.run()));
    lived.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        Err(Broken::new(format!("it panics: {words}")))
    })
}

impl World {
    fn tally(&self) -> Tally {
        let (sessions, messages) = (self.server.sessions.len() as u64, u64::from(self.tokens));
        Tally { events: self.events, sessions, messages, time: self.now }
    }

    fn failure(&self, seed: u64, plan: &Plan, broken: &Broken) -> Failure {
        let client = broken.client.or_else(|| Some(self.links[broken.link?].client));
        let transcript = self.notes.tail(client, broken.namespace.as_deref(), LINES);
        let who = client.map_or_else(String::new, |client| format!("c{client}: "));
        Failure { seed, plan: *plan, step: self.turns, sentence: who + &broken.sentence, transcript }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { seed, plan: Plan { clients, steps }, step, sentence, transcript } = self;
        writeln!(f, "seed {seed}, step {step}: {sentence}")?;
        writeln!(
            f,
            "again: protocol-tests simulate --from {seed} --seeds 1 --clients {clients} --steps {steps}\n"
        )?;
        f.write_str(transcript)
    }
}

/// As much as one reads.
const LINES: usize = 60;
