//! One fault: a fresh server, sentinels, what is done to it, and what is looked at before and behind.
//!
//! ```text
//! start ── sentinels ── reading ── the fault ── descriptors, threads, sessions are back ── sentinels heard all ── memory
//! ```

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::gauge::Gauge;
use crate::target::Target;
use crate::watch::Watch;

/// Something that is done to a server.
#[derive(Debug)]
pub struct Fault {
    /// What it is called.
    pub name: &'static str,
    /// What must hold.
    pub promise: &'static str,
    /// How the server is started.
    pub flags: &'static [&'static str],
    /// For a message from one sentinel to all others, meanwhile.
    pub bound: Duration,
    /// From its end until nothing of it is left in the server.
    pub settles: Duration,
    /// What the server's memory may grow by at its worst, in MiB.
    pub memory: u64,
    /// Whether its wall clock is one that can be moved.
    pub wall_clock: WallClock,
    /// Does it, checks what is special to it, and gives its figures.
    pub run: fn(&mut Scene<'_>) -> io::Result<String>,
}

/// The wall clock that a server is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WallClock {
    /// The machine's.
    Real,
    /// One that the fault moves.
    Movable,
}

/// What a fault has at hand.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The server.
    pub target: Target,
    /// Well-behaved clients of it.
    pub watch: &'a Watch,
    /// Choices.
    pub dice: Dice,
    /// A directory for files.
    pub scratch: &'a Path,
}

impl Fault {
    /// Does it to a fresh server and says what was seen.
    ///
    /// # Errors
    ///
    /// What must hold did not; the sentence says what.
    pub fn strike(&self, binary: &Path, scratch: &Path, dice: Dice) -> io::Result<String> {
        let log = scratch.join(format!("{}.log", self.name));
        let variables = match self.wall_clock {
            WallClock::Real => Vec::new(),
            WallClock::Movable => crate::faults::clock::variables(scratch)?,
        };
        let (mut server, target) = Target::start(binary, self.flags, &variables, &log)?;
        let watch = Watch::post(target.port, self.bound, 0)?;
        std::thread::sleep(WARM_UP);
        let before = Gauge::read(target)?;
        let began = Instant::now();
        let done = (self.run)(&mut Scene { target, watch: &watch, dice, scratch });
        let took = began.elapsed();
        if server.has_ended() {
            return Err(io::Error::other(format!("the server has ended; see {}", log.display())));
        }
        let figures = done?;
        let after = Gauge::settle(target, before, self.settles)?;
        let seen = watch.relieve()?;
        let grown = after.peak.saturating_sub(before.resident) as f64 / 1024.0;
        if grown > self.memory as f64 {
            return Err(io::Error::other(format!(
                "memory grew by {grown:.1} MiB, allowed are {} MiB",
                self.memory
            )));
        }
        Ok(format!(
            "{figures}; {:.1} s; memory +{grown:.1} MiB at its peak; back to {after}; {} messages, the slowest {:.0} ms",
            took.as_secs_f64(),
            seen.messages,
            seen.slowest.as_secs_f64() * 1e3
        ))
    }
}

/// Short times, so that deadlines come soon.
pub const BRISK: &[&str] = &[
    "--ping-interval",
    "1s",
    "--ping-timeout",
    "2s",
    "--upgrade-timeout",
    "1s",
    "--connect-timeout",
    "3s",
    "--history",
    "16",
];

/// A session of [`BRISK`] that is silent is gone after this: interval, timeout, and what a busy machine adds.
pub const SILENCE: Duration = Duration::from_secs(5);

/// For a message of the sentinels, on a machine that builds something at the same time.
pub const BOUND: Duration = Duration::from_secs(2);

/// The server's last words to a peer that does not read (10 s), and its lingering.
pub const LAST_WORDS: Duration = Duration::from_secs(13);

/// Sentinels speak for so long before the first reading.
const WARM_UP: Duration = Duration::from_millis(300);
