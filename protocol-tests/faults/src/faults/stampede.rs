//! 5,000 clients lose their connections at once, and come back at once.
//!
//! ```text
//! 5,000 come, 50 at a time ── all connections end ── 5,000 come, all at once ── all end ── twice
//! ```
//!
//! The first time the server grows; the second time it must not.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use wire42_bench::dialogue::{Dialogue, Upgrade, WebSocket};
use wire42_bench::line::Link;
use wire42_bench::rush::Rush;

use crate::client::{Client, Way};
use crate::dice::Dice;
use crate::gauge::Gauge;
use crate::stage::{Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;

pub(super) const FAULT: Fault = Fault {
    name: "stampede",
    promise: "5,000 clients who lose their connections at once are all back within 30 s, and the second time costs no memory",
    // Nobody is pinged while the others are on their way.
    // Who moves to a WebSocket has two or three connections for a while, and none of them is to be let go here.
    flags: &["--ping-interval", "60s", "--history", "16", "--max-connections", "20000"],
    bound: Duration::from_secs(10),
    settles: LAST_WORDS,
    memory: 128,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let mut times = Vec::new();
    let mut settled = Vec::new();
    let before = Gauge::read(scene.target)?;
    for round in 0..2 {
        let crowd = come(scene.target.port, CLIENTS, 50, 2 * round)?;
        drop(crowd.kept);
        let back = come(scene.target.port, CLIENTS, CLIENTS, 2 * round + 1)?;
        times.push(back.took);
        drop(back.kept);
        settled.push(Gauge::settle(scene.target, before, LAST_WORDS)?);
    }
    let [first, second] = [&settled[0], &settled[1]].map(|gauge| gauge.resident);
    if second > first + GROWTH_KIB {
        return Err(io::Error::other(format!(
            "{first} KiB behind the first, {second} KiB behind the second"
        )));
    }
    Ok(format!(
        "{CLIENTS} back within {:.2} and {:.2} s; memory behind them {:.1} and {:.1} MiB",
        times[0].as_secs_f64(),
        times[1].as_secs_f64(),
        first as f64 / 1024.0,
        second as f64 / 1024.0
    ))
}

/// A few clients that lose everything at once, and come back.
pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    for _ in 0..2 {
        let ways: Vec<Way> = (0..FEW).map(|_| dice.pick(&Way::ALL)).collect();
        thread::scope(|scope| {
            let comings: Vec<_> =
                ways.iter().map(|&way| scope.spawn(move || Client::join(way, target.port))).collect();
            let joined = comings
                .into_iter()
                .map(|coming| coming.join().unwrap_or_else(|_| Err(io::Error::other("a panic"))));
            joined.collect::<io::Result<Vec<Client>>>().map(drop)
        })?;
    }
    Ok(())
}

/// Those who came, and how long the last of them took.
struct Come<T> {
    kept: T,
    took: Duration,
}

/// Half of them by WebSocket, half by the upgrade.
fn come(port: u16, clients: usize, at_a_time: usize, block: usize) -> io::Result<Come<impl Sized>> {
    let began = Instant::now();
    let rush = |block| Rush {
        port,
        // A block of addresses of its own: the ports of the last one still wait for late segments.
        first: block * 10_000,
        link: Link::Loopback,
        clients: clients / 2,
        at_a_time: at_a_time / 2,
        limit: LIMIT,
    };
    let (websockets, upgraded) = thread::scope(|scope| {
        let websockets = scope.spawn(|| arrive::<WebSocket>(rush(2 * block)));
        let upgraded = arrive::<Upgrade>(rush(2 * block + 1));
        (websockets.join().unwrap_or_else(|_| Err(io::Error::other("a panic"))), upgraded)
    });
    Ok(Come { kept: (websockets?, upgraded?), took: began.elapsed() })
}

fn arrive<D: Dialogue>(rush: Rush) -> io::Result<Vec<D::Arrived>> {
    let mut arrived = Vec::new();
    let arrivals = rush.run::<D>(|client| arrived.push(client))?;
    if arrived.len() < rush.clients {
        let why = arrivals.failure.unwrap_or_default();
        return Err(io::Error::other(format!(
            "{} of {} came within {LIMIT:?} {why}",
            arrived.len(),
            rush.clients
        )));
    }
    Ok(arrived)
}

const CLIENTS: usize = 5_000;
const FEW: usize = 40;

/// All must be in by then; an idle machine of two cores takes two seconds.
const LIMIT: Duration = Duration::from_secs(30);

/// What an allocator keeps one time more than another: less than a KiB for each of the 10,000 who came since.
const GROWTH_KIB: u64 = 8 * 1024;
