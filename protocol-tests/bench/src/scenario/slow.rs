//! `slow`: one client does not read, while many large messages pass. What does that cost the server, and the others, and what
//! does it find when it reads again?

use std::io;
use std::time::{Duration, Instant};

use super::{Column, Stage, plain};
use crate::crowd::{Crowd, Heard};
use crate::line::Link;
use crate::open_loop::{Latencies, OpenLoop};
use crate::outcome::Outcome;
use crate::process::Group;
use crate::quantiles::millis;
use crate::server::Server;

pub(super) const SENTENCE: &str = "200 WebSocket clients; 1,000 messages of 4 KB, 100 a second, of which one client reads none; \
    before that, with a fresh process, the same with all of them reading. Memory is the highest that was seen, less that \
    before. Then the slow one reads again. It is connected with the segments of an Ethernet, so that the kernel does not hold \
    everything for it.";

pub(super) const COLUMNS: &[Column] = &[
    plain("growth_mib", "memory, MiB", 1),
    plain("others_p99_ms", "p99 of the others, ms", 2),
    plain("alone_p99_ms", "without a slow one", 2),
    plain("delay", "the one by the other", 2),
    plain("got", "messages the slow one got", 0),
    plain("newest", "the newest among them (1: yes)", 0),
    plain("closed", "let go (1: yes)", 0),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let alone = {
        let server = stage.serve(1)?;
        pass(&mut join(&server)?, CLIENTS, stage, &mut Memory::of(server.group()?)?)?
    };
    let server = stage.serve(1)?;
    let mut crowd = join(&server)?;
    let mut memory = Memory::of(server.group()?)?;
    crowd.pause(SLOW)?;
    let others = pass(&mut crowd, CLIENTS - 1, stage, &mut memory)?;

    let [alone_ms, others_ms] = [&alone, &others].map(|latencies| millis(&latencies.times, 0.99));
    outcome.set("growth_mib", memory.growth_mib());
    outcome.set("alone_p99_ms", alone_ms);
    outcome.set("others_p99_ms", others_ms);
    outcome.set("delay", others_ms / alone_ms);
    outcome.blemish(alone.count);
    outcome.blemish(others.count);
    read_again(&mut crowd, &mut outcome)?;
    Ok(outcome)
}

/// The slow one is far away: next door, the kernel would hold all that it does not read.
fn join(server: &Server) -> io::Result<Crowd> {
    let mut crowd = Crowd::new(server.port)?;
    crowd.join(CLIENTS - 1)?;
    crowd.join_over(Link::Ethernet, 1)?;
    Ok(crowd)
}

/// The same load with and without the slow one.
fn pass(crowd: &mut Crowd, listeners: usize, stage: Stage<'_>, memory: &mut Memory) -> io::Result<Latencies> {
    let load = OpenLoop {
        interval: Duration::from_millis(10),
        messages: stage.size(1_000, 200),
        text_len: 4_096,
        listeners: listeners as u32,
    };
    load.run(crowd, || memory.look())
}

/// Lets the slow client read until nothing comes any more.
fn read_again(crowd: &mut Crowd, outcome: &mut Outcome) -> io::Result<()> {
    let (mut got, mut last, mut closed) = (0, None, false);
    crowd.resume(SLOW)?;
    let began = Instant::now();
    let mut heard_at = began;
    while heard_at.elapsed() < Duration::from_secs(1) && began.elapsed() < Duration::from_secs(10) {
        crowd.turn(Duration::from_millis(100), &mut |heard| {
            heard_at = Instant::now();
            match heard {
                Heard::Delivery { client: SLOW, number, .. } => {
                    (got, last) = (got + 1, last.max(Some(number)));
                }
                Heard::Closed { client: SLOW, .. } => closed = true,
                _ => {}
            }
        })?;
    }
    outcome.set("got", f64::from(got));
    outcome.set("newest", f64::from(u8::from(last == Some(crowd.next() - 1))));
    outcome.set("closed", f64::from(u8::from(closed)));
    Ok(())
}

/// The resident memory of a server, looked at now and then.
struct Memory {
    group: Group,
    before_kib: u64,
    peak_kib: u64,
    looks: u32,
}

impl Memory {
    fn of(group: Group) -> io::Result<Self> {
        let before_kib = group.resident_kib()?;
        Ok(Self { group, before_kib, peak_kib: before_kib, looks: 0 })
    }

    /// Every tenth time, so that looking costs nothing.
    fn look(&mut self) -> io::Result<()> {
        self.looks += 1;
        if self.looks.is_multiple_of(10) {
            self.peak_kib = self.peak_kib.max(self.group.resident_kib()?);
        }
        Ok(())
    }

    fn growth_mib(&self) -> f64 {
        (self.peak_kib - self.before_kib) as f64 / 1024.0
    }
}

const CLIENTS: usize = 200;

/// Not the first: that one speaks.
const SLOW: usize = CLIENTS - 1;
