//! No descriptor is left.
//!
//! ```text
//! limit = open + 20 ── clients come until nobody is let in ── those inside are served ── five leave ── those outside get in
//! ```

use std::collections::HashSet;
use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit};
use wire42_bench::dialogue::upgrade_request;
use wire42_bench::process::Group;

use crate::client::chat;
use crate::dice::Dice;
use crate::link::Link;
use crate::stage::{BOUND, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "descriptors",
    promise: "without descriptors those inside are served, the server does not spin, and who waits outside gets in when others leave",
    // Nobody is to leave for want of a pong.
    flags: &["--history", "16"],
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 8,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let target = scene.target;
    let _limit = Limit::leave(target, SPARE)?;
    let (mut inside, outside) = fill(target.port)?;
    for websocket in &mut inside {
        websocket.say(b"40")?;
        websocket.hear_that("an answer to CONNECT", |packet| packet.starts_with(b"40"))?;
    }
    let spent = spin(target)?;
    inside[0].say(&chat("full"))?;
    for websocket in &mut inside {
        websocket.hear_said("full")?;
    }
    let came = inside.len();
    drop(inside.drain(..LEAVING));
    let began = Instant::now();
    let waited = outside.into_iter().map(|link| {
        let left = SOON.saturating_sub(began.elapsed());
        WebSocket::answered_within(link, left).ok()
    });
    let let_in = waited.flatten().collect::<Vec<_>>().len();
    if let_in != LEAVING {
        return Err(io::Error::other(format!(
            "{LEAVING} left, and {let_in} of those outside got in within {SOON:?}"
        )));
    }
    Ok(format!(
        "{came} came in, {WAITING} waited, {:.0} ms of CPU in a second meanwhile; {LEAVING} left, {let_in} got in",
        spent.as_secs_f64() * 1e3
    ))
}

/// Lets clients come until so many wait outside.
fn fill(port: u16) -> io::Result<(Vec<WebSocket>, Vec<Link>)> {
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    while outside.len() < WAITING && inside.len() <= ROOM {
        let mut link = Link::open(port)?;
        link.write(&upgrade_request(port, ""))?;
        // Once one was left outside, so are all behind it.
        match WebSocket::answered_within(link, if outside.is_empty() { PATIENCE } else { Duration::ZERO }) {
            Ok(websocket) => inside.push(websocket),
            Err((link, _)) => outside.push(link),
        }
    }
    match inside.len() {
        SPARE..=ROOM => Ok((inside, outside)),
        other => Err(io::Error::other(format!("{other} came in where there was room for {SPARE} to {ROOM}"))),
    }
}

/// Takes all descriptors away for a while; who comes meanwhile waits.
pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    let _limit = Limit::leave(target, 1)?;
    thread::sleep(dice.millis(100, 2_000));
    Ok(())
}

/// A limit of the server's, until it is dropped.
struct Limit {
    target: Target,
    before: Rlimit,
}

impl Limit {
    /// Leaves the server room for so many more descriptors.
    fn leave(target: Target, spare: usize) -> io::Result<Self> {
        let names = fs::read_dir(format!("/proc/{}/fd", target.process))?.flatten();
        let open: HashSet<u64> = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        // The limit is one on their numbers, not on how many there are.
        let last = (0..).filter(|number| !open.contains(number)).nth(spare).expect("numbers do not end");
        // The hard limit stays as the server has it from us: not everyone may raise it again.
        let limit = Rlimit { current: Some(last), ..getrlimit(Resource::Nofile) };
        Ok(Self { target, before: target.limit_descriptors(limit)? })
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        // A server that has ended needs none.
        let _ = self.target.limit_descriptors(self.before);
    }
}

/// Says what CPU the server takes in a second in which it cannot accept.
fn spin(target: Target) -> io::Result<Duration> {
    let group = Group::find(target.process)?;
    let before = group.cpu()?;
    thread::sleep(Duration::from_secs(1));
    let spent = group.cpu()?.saturating_sub(before);
    if spent > MOST_CPU {
        return Err(io::Error::other(format!(
            "{spent:?} of CPU in a second in which nothing can be accepted"
        )));
    }
    Ok(spent)
}

const SPARE: usize = 20;
const WAITING: usize = 10;
const LEAVING: usize = 5;

/// The connection over which we count sessions may end meanwhile.
const ROOM: usize = SPARE + 1;

/// Who is not let in by then waits outside.
const PATIENCE: Duration = Duration::from_secs(2);

/// The server tries again ten times a second.
const SOON: Duration = Duration::from_secs(1);

/// The sentinels cost a little of it.
const MOST_CPU: Duration = Duration::from_millis(500);
