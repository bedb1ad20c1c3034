//! The client closes its sending half, and still reads.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use wire42_bench::dialogue::{get, sid, upgrade_request};

use crate::dice::Dice;
use crate::http::Http;
use crate::link::Link;
use crate::polling::Polling;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "half-closed",
    promise: "behind a FIN what is there to be answered is still answered, then the server closes its half too",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 8,
    wall_clock: WallClock::Real,
    run,
};

/// Where the FIN comes.
const PLACES: [(&str, Place); 6] = [
    ("an idle connection", idle),
    ("behind a GET", behind_get),
    ("a held GET", held_get),
    ("within a POST", within_post),
    ("behind an Upgrade", behind_upgrade),
    ("an open WebSocket", websocket),
];

/// A client that closes its half somewhere, on this port.
type Place = fn(u16) -> io::Result<()>;

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    for round in 0..ROUNDS {
        for (name, place) in PLACES {
            place(scene.target.port)
                .map_err(|error| io::Error::other(format!("{name}, round {round}: {error}")))?;
        }
    }
    Ok(format!("{ROUNDS} at each of {} places", PLACES.len()))
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    dice.pick(&PLACES).1(target.port)
}

fn idle(port: u16) -> io::Result<()> {
    let mut http = Http::open(port)?;
    http.ask(NOWHERE, Instant::now() + SOON)?;
    http.link.half_close()?;
    http.link.ends_within(SOON).map(drop)
}

fn behind_get(port: u16) -> io::Result<()> {
    let mut http = Http::open(port)?;
    http.link.write(&get(port, ""))?;
    http.link.half_close()?;
    let answer = http.answer(Instant::now() + SOON)?.ok_or_else(|| io::Error::other("no open packet"))?;
    sid(&answer.body)?;
    http.link.ends_within(SOON).map(drop)
}

fn held_get(port: u16) -> io::Result<()> {
    let mut polling = Polling::open(port)?;
    let mut link = Link::open(port)?;
    link.write(&get(port, &polling.sid))?;
    thread::sleep(HELD);
    link.half_close()?;
    link.ends_within(SOON)?;
    polling.forgotten_within(SOON).map(drop)
}

fn within_post(port: u16) -> io::Result<()> {
    let mut polling = Polling::open(port)?;
    let mut link = Link::open(port)?;
    let head = format!(
        "POST /socket.io/?EIO=4&transport=polling{} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n40",
        polling.sid
    );
    link.write(head.as_bytes())?;
    link.half_close()?;
    let said = link.ends_within(SOON)?;
    if said.starts_with(b"HTTP/1.1 200") {
        return Err(io::Error::other("half a body was taken for a whole one"));
    }
    // Nobody knows what was in the other half, so the session is over.
    polling.forgotten_within(SOON).map(drop)
}

fn behind_upgrade(port: u16) -> io::Result<()> {
    let mut link = Link::open(port)?;
    link.write(&upgrade_request(port, ""))?;
    link.half_close()?;
    WebSocket::behind_request(link)?.ends_within(SOON)
}

fn websocket(port: u16) -> io::Result<()> {
    let mut websocket = WebSocket::join(Link::open(port)?, port)?;
    websocket.link.half_close()?;
    websocket.ends_within(SOON)
}

const ROUNDS: u32 = 10;

/// What is no endpoint is answered at once.
const NOWHERE: &[u8] = b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n";

/// The server lingers for a second.
const SOON: Duration = Duration::from_secs(2);

/// By then a GET has been read.
const HELD: Duration = Duration::from_millis(30);
