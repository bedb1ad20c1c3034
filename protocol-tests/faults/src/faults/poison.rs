//! Peers that send and send, and never read an answer.
//!
//! ```text
//! pings     RFC 6455 pings            pongs pile up
//! acks      420["message",{}]…        answers pile up
//! pongs     3, and nothing is read    broadcasts pile up; the heartbeat is content
//! gets      GET / GET / GET / …       responses pile up
//! posts     POST POST POST …          the same, of a session
//! ```

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use wire42_bench::dialogue::post;
use wire42_bench::frame::{Opcode, write_masked};

use super::flood::{Flood, Pace};
use crate::client::upgrade_over;
use crate::dice::Dice;
use crate::ear::last_number;
use crate::link::Link;
use crate::polling::Polling;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;
use crate::watch::Watch;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "poison-readers",
    promise: "who sends and never reads is bounded in memory or let go; one that keeps its heartbeat is kept, and ends with the newest history",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 16,
    wall_clock: WallClock::Real,
    run,
};

/// Sends for so long.
type Peer = fn(u16, Duration) -> io::Result<()>;

const PEERS: [Peer; 3] = [pings, gets, posts];

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let port = scene.target.port;
    let flood = Flood::begin(port, FLOOD);
    let (results, acks, deaf) = thread::scope(|scope| {
        let peers = PEERS.map(|peer| scope.spawn(move || peer(port, LONG)));
        let acks = scope.spawn(|| acks(port, LONG));
        let deaf = scope.spawn(|| pongs(port, LONG, scene.watch));
        let panicked = || io::Error::other("a panic");
        (
            peers.map(|peer| peer.join().unwrap_or_else(|_| Err(panicked()))),
            acks.join().unwrap_or_else(|_| Err(panicked())),
            deaf.join().unwrap_or_else(|_| Err(panicked())),
        )
    });
    let said = flood.end()?;
    for result in results {
        result?;
    }
    if !acks? {
        return Err(io::Error::other(format!(
            "who reads none of the answers it asks for is still there after {LONG:?}"
        )));
    }
    let (newest, caught_up) = deaf?;
    Ok(format!(
        "pings, acknowledgements, GETs and POSTs for {LONG:?}; {said} messages passed one that answered heartbeats only: \
         it caught up to {newest} within {:.0} ms",
        caught_up.as_secs_f64() * 1e3
    ))
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    let time = dice.millis(200, 3_000);
    match dice.below(4) {
        0 => acks(target.port, time).map(drop),
        _ => dice.pick(&PEERS)(target.port, time),
    }
}

fn pings(port: u16, time: Duration) -> io::Result<()> {
    let mut websocket = WebSocket::join(Link::open_narrow(port)?, port)?;
    let mut frames = Vec::new();
    (0..100).for_each(|_| write_masked(&mut frames, Opcode::PING, &[b'p'; 125]));
    pour(&mut websocket.link, &frames, time);
    Ok(())
}

/// Asks for answers that nobody else hears of; says whether the server ended the session.
fn acks(port: u16, time: Duration) -> io::Result<bool> {
    // The id of a session that began on polling is known: the server may end it long before it closes the connection, on
    // which it still has last words to say.
    let mut polling = Polling::open(port)?;
    let mut websocket = upgrade_over(Link::open_narrow(port)?, &polling, port)?;
    websocket.say(b"40")?;
    let mut frames = Vec::new();
    (0..100).for_each(|_| write_masked(&mut frames, Opcode::TEXT, br#"420["message",{}]"#));
    // Or the heartbeat would end it.
    write_masked(&mut frames, Opcode::TEXT, b"3");
    pour(&mut websocket.link, &frames, time);
    Ok(!polling.is_known()?)
}

fn gets(port: u16, time: Duration) -> io::Result<()> {
    pour(&mut Link::open_narrow(port)?, &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100), time);
    Ok(())
}

fn posts(port: u16, time: Duration) -> io::Result<()> {
    let polling = Polling::open(port)?;
    pour(&mut Link::open_narrow(port)?, &post(port, &polling.sid, "3").repeat(100), time);
    Ok(())
}

/// Answers heartbeats that it never read; then it reads. Says to which message it came, and how soon.
fn pongs(port: u16, time: Duration, watch: &Watch) -> io::Result<(u32, Duration)> {
    let mut websocket = WebSocket::join(Link::open_narrow(port)?, port)?;
    let began = Instant::now();
    while began.elapsed() < time {
        websocket.say(b"3")?;
        thread::sleep(Duration::from_millis(300));
    }
    let newest = watch.newest();
    catch_up(&mut websocket, newest).map(|took| (newest, took))
}

/// Reads until it hears this message or a later one.
fn catch_up(websocket: &mut WebSocket, number: u32) -> io::Result<Duration> {
    let (began, by) = (Instant::now(), Instant::now() + CATCH_UP);
    while let Some(packet) = websocket.hear(by)? {
        if last_number(&packet).is_some_and(|heard| heard >= number) {
            return Ok(began.elapsed());
        }
        if Instant::now() > by {
            break;
        }
    }
    Err(io::Error::other(format!("who did not read has not come to message {number} within {CATCH_UP:?}")))
}

/// Writes the same again and again; the server may take no more of it, or end it.
fn pour(link: &mut Link, bytes: &[u8], time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time && link.write_within(bytes, time).is_ok() {}
}

const FLOOD: Pace = Pace { text: 1_000, pause: Duration::from_millis(20) };

/// Longer than interval and timeout.
const LONG: Duration = Duration::from_secs(5);

/// For what waits in the kernel and in the queue.
const CATCH_UP: Duration = Duration::from_secs(3);
