//! Connections that are reset while something is being written to them.

use std::io;
use std::thread;
use std::time::Duration;

use super::flood::{Flood, Pace};
use crate::dice::Dice;
use crate::link::Link;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "reset-in-broadcast",
    promise: "a reset while a large message is being written costs the one connection",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 24,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let port = scene.target.port;
    let flood = Flood::begin(port, FLOOD);
    let rows: Vec<Dice> = (0..AT_ONCE).map(|_| scene.dice.fork()).collect();
    let results = thread::scope(|scope| {
        let rows: Vec<_> = rows
            .into_iter()
            .map(|mut dice| scope.spawn(move || (0..EACH).try_for_each(|_| reset(port, &mut dice))))
            .collect();
        rows.into_iter().map(|row| row.join().unwrap_or_else(|_| Err(io::Error::other("a panic")))).collect()
    });
    let results: Vec<io::Result<()>> = results;
    results.into_iter().collect::<io::Result<()>>()?;
    let said = flood.end()?;
    Ok(format!("{} resets, {said} messages of 8 KB meanwhile", AT_ONCE * EACH))
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    (0..EACH).try_for_each(|_| reset(target.port, dice))
}

/// Joins without reading on, so that what is written meets a small window, and resets.
fn reset(port: u16, dice: &mut Dice) -> io::Result<()> {
    let websocket = WebSocket::join(Link::open_narrow(port)?, port)?;
    thread::sleep(dice.millis(0, 150));
    websocket.link.reset()
}

const AT_ONCE: usize = 10;
const EACH: usize = 20;

/// With the history 128 KB a message.
const FLOOD: Pace = Pace { text: 8_000, pause: Duration::from_millis(40) };
