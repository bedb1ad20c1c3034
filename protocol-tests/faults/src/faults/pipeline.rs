//! A flood of requests on one connection, of which none waits for the answer to the one before.

use std::collections::HashSet;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use wire42_bench::dialogue::{get, sid};

use crate::dice::Dice;
use crate::http::Http;
use crate::link::Link;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;

pub(super) const FAULT: Fault = Fault {
    name: "pipelined-flood",
    promise: "requests that are sent ahead are all answered, in order, and the sessions they opened are gone by the heartbeat",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 24,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let began = Instant::now();
    let opened = open(scene.target.port, MANY)?;
    Ok(format!(
        "{opened} sessions opened on one connection within {:.0} ms",
        began.elapsed().as_secs_f64() * 1e3
    ))
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    open(target.port, dice.below(100) as usize).map(drop)
}

/// Opens so many sessions, and as many times asks for what is not there, in turns.
fn open(port: u16, count: usize) -> io::Result<usize> {
    let mut writer = Link::open(port)?;
    let mut reader = Http::over(writer.another()?);
    let requests =
        [get(port, ""), b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()].concat().repeat(count);
    let (sent, sids) = thread::scope(|scope| {
        let sent = scope.spawn(move || writer.write(&requests));
        let sids = (0..count).map(|_| answers(&mut reader)).collect::<io::Result<HashSet<String>>>();
        (sent.join().unwrap_or_else(|_| Err(io::Error::other("a panic"))), sids)
    });
    sent?;
    let sids = sids?.len();
    if sids == count { Ok(sids) } else { Err(io::Error::other(format!("{count} sessions have {sids} ids"))) }
}

/// Reads the answers to one pair of requests.
fn answers(reader: &mut Http) -> io::Result<String> {
    let by = Instant::now() + PATIENCE;
    let mut next = || reader.answer(by)?.ok_or_else(|| io::Error::other("no answer to a request sent ahead"));
    let (opened, nowhere) = (next()?, next()?);
    if nowhere.status != 404 {
        return Err(io::Error::other(format!("404 was due, {} came", nowhere.status)));
    }
    sid(&opened.body)
}

const MANY: usize = 2_000;

/// It may have been stopped for a part of it.
const PATIENCE: Duration = Duration::from_secs(10);
