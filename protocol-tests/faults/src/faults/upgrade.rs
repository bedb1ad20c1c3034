//! A reset at every step of the upgrade.
//!
//! ```text
//! GET ─ open ─ GET held ─ half a head │ the whole │ 101 │ 2probe │ 3probe │ 5 with the reset │ 5, and joined
//!              └ gone                 └ polling goes on ──────────┘        └ either           └ gone
//! ```

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use wire42_bench::dialogue::upgrade_request;

use crate::client::{chat, upgrade};
use crate::dice::Dice;
use crate::link::Link;
use crate::polling::Polling;
use crate::stage::{BOUND, BRISK, Fault, LAST_WORDS, SILENCE, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "upgrade-reset",
    promise: "after a reset at any step of the upgrade the session goes on polling, or is gone; never something between",
    flags: BRISK,
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 8,
    wall_clock: WallClock::Real,
    run,
};

/// Where the reset comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Opened,
    GetHeld,
    HalfAHead,
    HeadSent,
    SwitchingProtocols,
    ProbeSent,
    ProbeAnswered,
    WithUpgrade,
    Upgraded,
}

const STEPS: [Step; 9] = [
    Step::Opened,
    Step::GetHeld,
    Step::HalfAHead,
    Step::HeadSent,
    Step::SwitchingProtocols,
    Step::ProbeSent,
    Step::ProbeAnswered,
    Step::WithUpgrade,
    Step::Upgraded,
];

/// What became of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    GoesOn,
    Gone,
}

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let mut gone_with_upgrade = 0;
    for round in 0..ROUNDS {
        for step in STEPS {
            let fate = reset_at(step, scene.target.port, &mut scene.dice)
                .map_err(|error| io::Error::other(format!("{step:?}, round {round}: {error}")))?;
            gone_with_upgrade += u32::from(step == Step::WithUpgrade && fate == Fate::Gone);
        }
    }
    Ok(format!(
        "{ROUNDS} resets at each of {} steps; with 5: {gone_with_upgrade} gone, {} went on polling",
        STEPS.len(),
        ROUNDS - gone_with_upgrade
    ))
}

pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    reset_at(dice.pick(&STEPS), target.port, dice).map(drop)
}

/// Goes as far as that step, resets, and waits for what becomes of the session.
fn reset_at(step: Step, port: u16, dice: &mut Dice) -> io::Result<Fate> {
    let mut polling = Polling::open(port)?;
    if step != Step::Opened && step != Step::Upgraded {
        // Nothing was joined, so nobody says anything to it, and the GET is held.
        polling.poll()?;
        thread::sleep(dice.millis(0, 3));
    }
    match step {
        Step::Opened => polling.reset_polls()?,
        Step::GetHeld => {
            thread::sleep(HELD);
            polling.reset_polls()?;
        }
        Step::HalfAHead | Step::HeadSent => {
            let head = upgrade_request(port, &polling.sid);
            let sent = if step == Step::HeadSent { head.len() } else { head.len() / 2 };
            let mut link = Link::open(port)?;
            link.write(&head[..sent])?;
            thread::sleep(dice.millis(0, 1));
            link.reset()?;
        }
        Step::SwitchingProtocols => shake_hands(&polling, port)?.link.reset()?,
        Step::ProbeSent => probe(&polling, port)?.link.reset()?,
        Step::ProbeAnswered => answered(&polling, port)?.link.reset()?,
        Step::WithUpgrade => {
            let mut websocket = answered(&polling, port)?;
            websocket.say(b"5")?;
            websocket.link.reset()?;
        }
        Step::Upgraded => {
            let mut websocket = upgrade(&polling, port)?;
            websocket.say(b"40")?;
            websocket.hear_that("an answer to CONNECT", |packet| packet.starts_with(b"40"))?;
            websocket.link.reset()?;
        }
    }
    match step {
        Step::GetHeld | Step::Upgraded => gone(&mut polling, SOON),
        Step::WithUpgrade => either(polling),
        _ => goes_on(polling),
    }
}

/// It must be able to join, to speak and to hear.
fn goes_on(mut polling: Polling) -> io::Result<Fate> {
    polling.join()?;
    polling.say(&chat("still here"))?;
    let by = Instant::now() + SILENCE;
    while let Some(packet) = polling.hear(by)? {
        if packet.starts_with(b"42") {
            polling.say(b"1")?;
            return Ok(Fate::GoesOn);
        }
    }
    Err(io::Error::other("the session is there, but hears nothing"))
}

fn gone(polling: &mut Polling, within: Duration) -> io::Result<Fate> {
    polling.forgotten_within(within).map(|_| Fate::Gone)
}

/// The reset may overtake the 5 that was sent before it. Then the probe is given up, and polling goes on.
fn either(mut polling: Polling) -> io::Result<Fate> {
    thread::sleep(HELD);
    if polling.is_known()? { goes_on(polling) } else { Ok(Fate::Gone) }
}

fn shake_hands(polling: &Polling, port: u16) -> io::Result<WebSocket> {
    WebSocket::shake_hands(Link::open(port)?, port, &polling.sid)
}

fn probe(polling: &Polling, port: u16) -> io::Result<WebSocket> {
    let mut websocket = shake_hands(polling, port)?;
    websocket.say(b"2probe")?;
    Ok(websocket)
}

fn answered(polling: &Polling, port: u16) -> io::Result<WebSocket> {
    let mut websocket = probe(polling, port)?;
    websocket.hear_that("the answer to the probe", |packet| packet == b"3probe")?;
    Ok(websocket)
}

const ROUNDS: u32 = 20;

/// By then a GET has been read, and a reset seen.
const HELD: Duration = Duration::from_millis(30);

/// A reset is seen at once; the rest is for a busy machine.
const SOON: Duration = Duration::from_secs(1);
