//! 1,000 connections that say nothing.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, Way};
use crate::dice::Dice;
use crate::gauge::Gauge;
use crate::link::Link;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;

pub(super) const FAULT: Fault = Fault {
    name: "silent-crowd",
    promise: "1,000 connections that say nothing keep nobody out, cost under 6 KiB each, and are gone when they go",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 8,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let target = scene.target;
    let before = Gauge::read(target)?;
    let silent = (0..CROWD).map(|_| Link::open(target.port)).collect::<io::Result<Vec<_>>>()?;
    thread::sleep(SILENCE);
    let during = Gauge::read(target)?;
    if during.descriptors + SENTINELS < before.descriptors + CROWD {
        return Err(io::Error::other(format!("not all were let in: {during}")));
    }
    let began = Instant::now();
    for way in Way::ALL {
        Client::join(way, target.port)?;
    }
    let joined = began.elapsed();
    if joined > SOON {
        return Err(io::Error::other(format!("it took {joined:?} to let three in")));
    }
    let each = during.resident.saturating_sub(before.resident) as f64 / CROWD as f64;
    if each > MOST_KIB {
        return Err(io::Error::other(format!("{each:.1} KiB each")));
    }
    leave(silent, &mut scene.dice)?;
    Ok(format!("{each:.1} KiB each, three others in within {:.0} ms", joined.as_secs_f64() * 1e3))
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    let silent = (0..dice.below(50)).map(|_| Link::open(target.port)).collect::<io::Result<Vec<_>>>()?;
    thread::sleep(dice.millis(0, 3_000));
    leave(silent, dice)
}

/// By a FIN or by a reset.
fn leave(silent: Vec<Link>, dice: &mut Dice) -> io::Result<()> {
    for link in silent {
        if dice.below(2) == 0 {
            link.reset()?;
        }
    }
    Ok(())
}

const CROWD: usize = 1_000;

/// The connections of those who watch, which come and go.
const SENTINELS: usize = 8;

/// For all of them to be accepted.
const SILENCE: Duration = Duration::from_secs(2);

/// What an idle client on a WebSocket may cost; these have not even begun to be one.
const MOST_KIB: f64 = 6.0;

const SOON: Duration = Duration::from_secs(1);
