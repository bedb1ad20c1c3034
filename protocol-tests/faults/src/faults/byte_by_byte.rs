//! Everything a client sends, one byte a segment.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use wire42_bench::dialogue::{get, post, sid, upgrade_request};
use wire42_bench::frame::{Opcode, write_masked};

use crate::client::chat;
use crate::dice::Dice;
use crate::http::Http;
use crate::link::Link;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "byte-by-byte",
    promise: "heads, bodies, frames and fragments that come one byte at a time, but in time, are understood",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 8,
    wall_clock: WallClock::Real,
    run,
};

const PARTS: [(&str, Part); 4] =
    [("HTTP", http), ("frames", frames), ("fragments", fragments), ("close", close)];

/// A client that drips something, on this port.
type Part = fn(u16) -> io::Result<()>;

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let port = scene.target.port;
    let results = thread::scope(|scope| {
        let parts = PARTS.map(|(name, part)| (name, scope.spawn(move || part(port))));
        parts.map(|(name, part)| (name, part.join().unwrap_or_else(|_| Err(io::Error::other("a panic")))))
    });
    for (name, result) in results {
        result.map_err(|error| io::Error::other(format!("{name}: {error}")))?;
    }
    Ok("a GET, a POST, an Upgrade, two frames, a message of 1-byte fragments, a close frame".to_owned())
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    dice.pick(&PARTS).1(target.port)
}

fn http(port: u16) -> io::Result<()> {
    let mut http = Http::open(port)?;
    http.link.drip(&get(port, ""), PAUSE)?;
    let sid = sid(&answer(&mut http)?)?;
    http.link.drip(&post(port, &sid, "40"), PAUSE)?;
    let taken = answer(&mut http)?;
    (taken == b"ok").then_some(()).ok_or_else(|| io::Error::other("the POST was not taken"))?;
    http.link.write(&get(port, &sid))?;
    answer(&mut http).map(drop)
}

fn frames(port: u16) -> io::Result<()> {
    let mut websocket = join(port)?;
    // One length in 7 bits, one in 16.
    for text in ["drip".to_owned(), "drop".repeat(40)] {
        let mut frame = Vec::new();
        write_masked(&mut frame, Opcode::TEXT, &chat(&text));
        websocket.link.drip(&frame, PAUSE)?;
        websocket.hear_said(&text)?;
    }
    Ok(())
}

fn fragments(port: u16) -> io::Result<()> {
    let mut websocket = join(port)?;
    let packet = chat("crumbs");
    for (index, byte) in packet.iter().enumerate() {
        let mut frame = Vec::new();
        write_masked(&mut frame, if index == 0 { Opcode::TEXT } else { CONTINUATION }, &[*byte]);
        if index + 1 < packet.len() {
            frame[0] &= !FIN;
        }
        websocket.link.drip(&frame, Duration::ZERO)?;
        thread::sleep(PAUSE);
    }
    websocket.hear_said("crumbs")
}

fn close(port: u16) -> io::Result<()> {
    let mut websocket = join(port)?;
    let mut frame = Vec::new();
    write_masked(&mut frame, Opcode::CLOSE, &1_000_u16.to_be_bytes());
    websocket.link.drip(&frame, PAUSE)?;
    websocket.ends_within(SOON)
}

/// Comes in by a head that drips.
fn join(port: u16) -> io::Result<WebSocket> {
    let mut link = Link::open(port)?;
    link.drip(&upgrade_request(port, ""), PAUSE)?;
    let mut websocket = WebSocket::behind_request(link)?;
    websocket.say(b"40")?;
    websocket.hear_that("an answer to CONNECT", |packet| packet.starts_with(b"40"))?;
    Ok(websocket)
}

fn answer(http: &mut Http) -> io::Result<Vec<u8>> {
    let answer = http.answer(Instant::now() + SOON)?.ok_or_else(|| io::Error::other("no answer"))?;
    if answer.status == 200 {
        Ok(answer.body)
    } else {
        Err(io::Error::other(format!("status {}", answer.status)))
    }
}

/// RFC 6455, 5.2.
const CONTINUATION: Opcode = Opcode(0x0);
const FIN: u8 = 0x80;

/// Between two bytes, so that the kernel does not put them together.
const PAUSE: Duration = Duration::from_millis(1);

const SOON: Duration = Duration::from_secs(2);
