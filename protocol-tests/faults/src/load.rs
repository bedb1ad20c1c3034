//! The load of the soak: who comes and goes, who does mischief, who watches.
//!
//! A client that is let go, refused or kept waiting is a complaint, and the first complaint ends the load.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, Way, chat};
use crate::dice::Dice;
use crate::faults::{MISCHIEF, Reach};
use crate::gauge::Gauge;
use crate::target::Target;
use crate::watch::Watch;

/// Some time of it.
#[derive(Debug)]
pub struct Load {
    target: Target,
    is_over: AtomicBool,
    /// Held while the whole server is stopped, or has no descriptors: faults with short deadlines wait.
    server: RwLock<()>,
    /// Clients only listen.
    is_held_up: AtomicBool,
    complaint: Mutex<Option<io::Error>>,
    present: AtomicU64,
    joined: AtomicU64,
    said: AtomicU64,
    heard: AtomicU64,
    /// Faults that were begun, and done.
    begun: AtomicU64,
    done: AtomicU64,
}

impl Load {
    /// Lets it go on for so long, a line every ten seconds; gives the last line. `began` is the time of the lines, `said` the number of
    /// the sentinels' last message.
    ///
    /// # Errors
    ///
    /// Somebody was hurt.
    pub fn run(
        target: Target,
        time: Duration,
        dice: &mut Dice,
        began: Instant,
        said: &mut u32,
    ) -> io::Result<String> {
        let load = Self {
            target,
            is_over: AtomicBool::new(false),
            server: RwLock::default(),
            is_held_up: AtomicBool::new(false),
            complaint: Mutex::default(),
            present: AtomicU64::new(0),
            joined: AtomicU64::new(0),
            said: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            done: AtomicU64::new(0),
        };
        let watch = Watch::post(target.port, BOUND, *said)?;
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                let dice = dice.fork();
                scope.spawn(|| load.complain(load.come_and_go(dice)));
            }
            for _ in 0..VANDALS {
                let dice = dice.fork();
                scope.spawn(|| load.complain(load.do_mischief(dice)));
            }
            load.tell(Instant::now() + time, began, &watch);
            load.is_over.store(true, Ordering::Relaxed);
        });
        let complaint = load.complaint.into_inner().unwrap_or_else(PoisonError::into_inner);
        let seen = watch.relieve();
        complaint.map_or(Ok(()), Err)?;
        let seen = seen?;
        *said += seen.messages;
        Ok(format!(
            "sentinels heard all {} messages in order, the slowest within {:.0} ms",
            seen.messages,
            seen.slowest.as_secs_f64() * 1e3
        ))
    }

    fn tell(&self, until: Instant, began: Instant, watch: &Watch) {
        let mut next = Instant::now() + LINE;
        while Instant::now() < until && !self.is_over() && !watch.is_hurt() {
            thread::sleep(Duration::from_millis(100));
            if Instant::now() >= next {
                next += LINE;
                println!("{:5.0} s  {}", began.elapsed().as_secs_f64(), self.line(watch));
            }
        }
    }

    fn line(&self, watch: &Watch) -> String {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let gauge =
            Gauge::read(self.target).map_or_else(|error| error.to_string(), |gauge| gauge.to_string());
        format!(
            "{} clients ({} came), {} messages said, {} heard, {} faults; {gauge}",
            of(&self.present),
            of(&self.joined),
            of(&self.said) + u64::from(watch.newest()),
            of(&self.heard),
            of(&self.done)
        )
    }

    fn come_and_go(&self, mut dice: Dice) -> io::Result<()> {
        while !self.is_over() {
            let way = dice.pick(&Way::ALL);
            self.stay(way, &mut dice)
                .map_err(|error| io::Error::other(format!("a client ({way:?}): {error}")))?;
        }
        Ok(())
    }

    /// Comes, talks a little and goes.
    fn stay(&self, way: Way, dice: &mut Dice) -> io::Result<()> {
        let mut client = Client::join(way, self.target.port)?;
        self.joined.fetch_add(1, Ordering::Relaxed);
        self.present.fetch_add(1, Ordering::Relaxed);
        let until = Instant::now() + dice.millis(0, 5_000);
        while Instant::now() < until && !self.is_over() {
            if dice.below(4) == 0 && !self.is_held_up.load(Ordering::Relaxed) {
                client.say(&chat(&"x".repeat(dice.below(400) as usize)))?;
                self.said.fetch_add(1, Ordering::Relaxed);
            }
            let pause = Instant::now() + dice.millis(20, 300);
            while Instant::now() < pause && client.hear(pause)?.is_some() {
                self.heard.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.present.fetch_sub(1, Ordering::Relaxed);
        client.leave(dice)
    }

    fn do_mischief(&self, mut dice: Dice) -> io::Result<()> {
        while !self.is_over() {
            // Each once, then at random: a short load has had them all, too.
            let begun = self.begun.fetch_add(1, Ordering::Relaxed);
            let mischief = MISCHIEF.get(begun as usize).copied().unwrap_or_else(|| dice.pick(MISCHIEF));
            let done = match mischief.reach {
                Reach::Clients => {
                    let _together = self.server.read();
                    (mischief.act)(self.target, &mut dice)
                }
                Reach::Server => {
                    let _alone = self.server.write();
                    // What all of them said meanwhile would come at once, more than the server keeps for anybody.
                    self.is_held_up.store(true, Ordering::Relaxed);
                    let done = (mischief.act)(self.target, &mut dice);
                    self.is_held_up.store(false, Ordering::Relaxed);
                    // Or the next one stops the server again before it has run.
                    thread::sleep(BREATH);
                    done
                }
            };
            done.map_err(|error| io::Error::other(format!("{}: {error}", mischief.name)))?;
            self.done.fetch_add(1, Ordering::Relaxed);
            thread::sleep(dice.millis(0, 300));
        }
        Ok(())
    }

    fn complain(&self, result: io::Result<()>) {
        if let Err(error) = result {
            self.complaint.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            self.is_over.store(true, Ordering::Relaxed);
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }
}

const CLIENTS: usize = 50;
const VANDALS: usize = 4;

/// Between two lines.
const LINE: Duration = Duration::from_secs(10);

/// For what waited while the server was held up.
const BREATH: Duration = Duration::from_secs(1);

/// The server is stopped for up to five seconds; the rest is what a message takes then.
const BOUND: Duration = Duration::from_secs(8);
