//! A byte now and then, for ever: cut off by the deadline of what it pretends to be.
//!
//! ```text
//! head    10 s      GET / HTTP/1.1⏎ X: xxxxxx…
//! body    30 s      Content-Length: 1000 … xxx…
//! frame   heartbeat 81 fe 03 e8 … xxx…               within a frame there can be no pong
//! ```

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::link::Link;
use crate::polling::Polling;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, SILENCE, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "trickle",
    promise: "a head, a body and a frame that never end are cut off by their deadlines, not before and not much later",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 8,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let port = scene.target.port;
    let (head, body, frame) = thread::scope(|scope| {
        let [head, body, frame] = [head, body, frame].map(|part| scope.spawn(move || part(port)));
        let join = |part: thread::ScopedJoinHandle<'_, io::Result<Duration>>| {
            part.join().unwrap_or_else(|_| Err(io::Error::other("a panic")))
        };
        (join(head), join(body), join(frame))
    });
    let (head, body, frame) = (head?, body?, frame?);
    within("a head", head, Duration::from_secs(10), Duration::from_secs(13))?;
    within("a body", body, Duration::from_secs(30), Duration::from_secs(33))?;
    within("a frame", frame, Duration::from_secs(3), SILENCE)?;
    Ok(format!(
        "cut off: a head after {:.1} s, a body after {:.1} s, a frame after {:.1} s",
        head.as_secs_f64(),
        body.as_secs_f64(),
        frame.as_secs_f64()
    ))
}

/// A frame that never ends; the other deadlines are too long to wait for.
pub(super) fn mischief(target: Target, _: &mut Dice) -> io::Result<()> {
    frame(target.port).map(drop)
}

fn head(port: u16) -> io::Result<Duration> {
    let mut link = Link::open(port)?;
    link.write(b"GET / HTTP/1.1\r\nX: ")?;
    trickle(link)
}

fn body(port: u16) -> io::Result<Duration> {
    let polling = Polling::open(port)?;
    let mut link = Link::open(port)?;
    let head = format!(
        "POST /socket.io/?EIO=4&transport=polling{} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n4",
        polling.sid
    );
    link.write(head.as_bytes())?;
    trickle(link)
}

fn frame(port: u16) -> io::Result<Duration> {
    let mut websocket = WebSocket::join(Link::open(port)?, port)?;
    websocket.link.write(b"\x81\xfe\x03\xe8\0\0\0\0")?;
    trickle(websocket.link)
}

/// Sends a byte a tenth of a second until the server has had enough; says how long that took.
fn trickle(mut link: Link) -> io::Result<Duration> {
    let (began, mut chunk) = (Instant::now(), [0; 4_096]);
    while began.elapsed() < FOREVER {
        let step = Instant::now() + STEP;
        loop {
            match link.read(&mut chunk, step) {
                // An answer, or what all others are told.
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
                Ok(_) | Err(_) => return Ok(began.elapsed()),
            }
        }
        if link.write(b"x").is_err() {
            return Ok(began.elapsed());
        }
    }
    Err(io::Error::other(format!("not cut off within {FOREVER:?}")))
}

fn within(what: &str, took: Duration, from: Duration, to: Duration) -> io::Result<()> {
    // The client's clock begins a little later than the server's.
    if took + STEP >= from && took <= to {
        return Ok(());
    }
    Err(io::Error::other(format!("{what} was cut off after {took:?}, not within {from:?} and {to:?}")))
}

const STEP: Duration = Duration::from_millis(100);

/// Behind every deadline here.
const FOREVER: Duration = Duration::from_secs(40);
