//! A client that stops reading for ever: its window closes, and only the heartbeat can find it.

use std::io;
use std::time::Duration;

use super::flood::{Flood, Pace};
use crate::client::upgrade_over;
use crate::dice::Dice;
use crate::link::Link;
use crate::polling::Polling;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, SILENCE, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "zero-window",
    promise: "a client whose window is closed is let go by the heartbeat, not before, and costs a bounded queue",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 16,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let port = scene.target.port;
    let flood = Flood::begin(port, FLOOD);
    let mut stuck = (0..CLIENTS).map(|_| stop_reading(port)).collect::<io::Result<Vec<_>>>()?;
    let mut found = Vec::new();
    for (polling, _) in &mut stuck {
        found.push(polling.forgotten_within(SILENCE)?);
    }
    let said = flood.end()?;
    let first = found.first().copied().unwrap_or_default();
    if first < TIMEOUT {
        return Err(io::Error::other(format!("let go after {first:?}, before it could have answered")));
    }
    Ok(format!(
        "{CLIENTS} clients let go after {:.1} s, {said} messages of 2 KB meanwhile",
        first.as_secs_f64()
    ))
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    let stuck = stop_reading(target.port)?;
    std::thread::sleep(dice.millis(500, 6_000));
    drop(stuck);
    Ok(())
}

/// Moves to a WebSocket with a small window, joins, and reads nothing any more. The polling half knows the session's id.
fn stop_reading(port: u16) -> io::Result<(Polling, WebSocket)> {
    let polling = Polling::open(port)?;
    let mut websocket = upgrade_over(Link::open_narrow(port)?, &polling, port)?;
    websocket.say(b"40")?;
    websocket.hear_that("an answer to CONNECT", |packet| packet.starts_with(b"40"))?;
    Ok((polling, websocket))
}

const CLIENTS: usize = 10;

const FLOOD: Pace = Pace { text: 2_000, pause: Duration::from_millis(20) };

/// What the heartbeat grants at least.
const TIMEOUT: Duration = Duration::from_secs(2);
