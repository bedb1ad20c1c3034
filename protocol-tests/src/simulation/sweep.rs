//! Many worlds, on all processors.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Failure, Plan, Tally, simulate};

/// What came of many worlds.
#[derive(Debug, Default)]
pub struct Sweep {
    /// Worlds that were lived through.
    pub worlds: u64,
    /// Their sums.
    pub tally: Tally,
    /// How long it took on this machine's clock.
    pub took: Duration,
    /// The failure of the lowest seed, if there was one; seeds above it may not have been tried.
    pub failure: Option<Box<Failure>>,
}

/// Lives through the worlds of these seeds. Each thread prepares itself first.
pub fn sweep(from: u64, seeds: u64, plan: &Plan, threads: usize, prepare: impl Fn() + Sync) -> Sweep {
    let began = Instant::now();
    let (next, sweep) = (AtomicU64::new(from), Mutex::new(Sweep::default()));
    let add = |result| sweep.lock().expect("adding does not panic").add(result);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                prepare();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed - from >= seeds {
                        break;
                    }
                    let result = simulate(seed, plan);
                    if result.is_err() {
                        // The seeds below are being tried already, and those above need not be.
                        next.store(from + seeds, Ordering::Relaxed);
                    }
                    add(result);
                }
            });
        }
    });
    Sweep { took: began.elapsed(), ..sweep.into_inner().expect("adding does not panic") }
}

impl Sweep {
    fn add(&mut self, result: Result<Tally, Box<Failure>>) {
        self.worlds += 1;
        match result {
            Ok(Tally { events, sessions, messages, time }) => {
                self.tally.events += events;
                self.tally.sessions += sessions;
                self.tally.messages += messages;
                self.tally.time += time;
            }
            Err(failure) if self.failure.as_ref().is_none_or(|known| failure.seed < known.seed) => {
                self.failure = Some(failure);
            }
            Err(_) => {}
        }
    }
}
