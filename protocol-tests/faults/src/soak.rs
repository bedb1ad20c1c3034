//! Everything at once for a long time: churn, messages and faults; then memory, descriptors and sessions are where they began.
//!
//! ```text
//! start ── reading: empty ── a minute of load ── all leave ── reading: warm ── the load ── all leave ── reading: end
//!
//! load:  50 clients that come, talk and go │ 4 vandals, a fault after the other │ sentinels, who must not be hurt
//! ```
//!
//! Descriptors, threads and sessions must be those of the empty server, twice; memory must be that of the warm one, for
//! what an allocator keeps of its first load it keeps once.

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::gauge::Gauge;
use crate::load::Load;
use crate::stage::{BRISK, LAST_WORDS};
use crate::target::Target;

/// How long, and which choices.
#[derive(Clone, Copy, Debug)]
pub struct Soak {
    /// In all, without the waits for those who leave.
    pub time: Duration,
    /// Where the dice begin.
    pub seed: u64,
}

impl Soak {
    /// Does it to a fresh server and says how it ended.
    ///
    /// # Errors
    ///
    /// Somebody was hurt, or something was not where it began; the sentence says what.
    pub fn run(self, binary: &Path, scratch: &Path) -> io::Result<String> {
        let log = scratch.join("soak.log");
        let (mut server, target) = Target::start(binary, &[BRISK, UNSENT].concat(), &[], &log)?;
        let warm_up = WARM_UP.min(self.time / 3);
        let mut dice = Dice::new(self.seed);
        thread::sleep(Duration::from_millis(200));
        let empty = Gauge::read(target)?;
        println!("empty: {empty}");
        let (began, mut said) = (Instant::now(), 0);
        let mut phase = |name: &str, time: Duration| -> io::Result<Gauge> {
            let done = Load::run(target, time, &mut dice, began, &mut said);
            if server.has_ended() {
                return Err(io::Error::other(format!("the server has ended; see {}", log.display())));
            }
            println!("{}", done?);
            let gauge = Gauge::settle(target, empty, LAST_WORDS + LAST_WORDS)?;
            println!("{name}: everyone has left: {gauge}");
            Ok(gauge)
        };
        let warm = phase("warm", warm_up)?;
        let end = phase("end", self.time - warm_up)?;
        if end.resident > warm.resident + ALLOWANCE_KIB {
            return Err(io::Error::other(format!(
                "memory grew from {} KiB (warm) to {} KiB, allowed are {ALLOWANCE_KIB} KiB",
                warm.resident, end.resident
            )));
        }
        let grown = end.resident as f64 - warm.resident as f64;
        Ok(format!("began: {empty}; warm: {warm}; ended: {end}; memory {grown:+.0} KiB since it was warm"))
    }
}

/// By then every buffer has had its size once.
const WARM_UP: Duration = Duration::from_secs(60);

/// A quarter of what is usual, so that a few who never read do not hide a leak.
const UNSENT: &[&str] = &["--max-unsent", "1048576"];

/// What an allocator keeps one time more than another: as much as four vandals who never read may claim at once.
const ALLOWANCE_KIB: u64 = 4 * 1024;
