//! `recovery`: everyone loses the connection at once and comes back at once, as who they were; and the same as anybody, for
//! what a server takes to let them in anyway.

use std::io;
use std::time::{Duration, Instant};

use super::{Column, Stage, TEXT_LEN, compared_to_ours, plain};
use crate::closed_loop::{ClosedLoop, Passage};
use crate::crowd::Crowd;
use crate::flight::Count;
use crate::meter::{Meter, micros_each};
use crate::outcome::Outcome;
use crate::process::Group;
use crate::quantiles::{median, millis, times};
use crate::server::Server;
use crate::storm::{Back, Storm};

pub(super) const SENTENCE: &str = "1,000 WebSocket clients lose their connections at once; 10 messages later they all come back, 200 on their way at \
    a time, with `pid` and offset, until each has its old `sid` and what it missed. Then they are cut off again, and come back with \
    neither, to the same process, until each has an answer to its CONNECT. 10 storms of each kind in turns; two threads of load.";

pub(super) const COLUMNS: &[Column] = &[
    compared_to_ours("per_s", "recovered a second", 0),
    plain("storm_ms", "the last is back, ms", 0),
    plain("p99_ms", "p99 of each, ms", 1),
    plain("cpu_us", "CPU each, µs", 0),
    plain("plain_per_s", "as anybody: a second", 0),
    plain("plain_storm_ms", "the last is back, ms", 0),
    plain("plain_p99_ms", "p99 of each, ms", 1),
    plain("plain_cpu_us", "CPU each, µs", 0),
    plain("ratio", "CPU, recovered by anybody", 2),
    plain("not", "not recovered", 0),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let clients = stage.size(1_000, 100);
    let server = stage.serve_with(1, &[("RECOVERY", "120000")])?;
    let mut coast = Coast::settle(&server, clients)?;
    let (mut recovered, mut plain) = (Weather::default(), Weather::default());
    for _ in 0..stage.size(10, 2) {
        coast.storm(true, &mut recovered)?;
        coast.storm(false, &mut plain)?;
    }
    let mut outcome = Outcome::default();
    recovered.tell("", &mut outcome);
    plain.tell("plain_", &mut outcome);
    let figure = |key| outcome.figures.get(key).copied();
    let ratio = figure("cpu_us").zip(figure("plain_cpu_us")).map(|(recovered, plain)| recovered / plain);
    outcome.set("ratio", ratio);
    judge(&recovered, &mut outcome);
    Ok(outcome)
}

/// Says who is not who it was.
fn judge(recovered: &Weather, outcome: &mut Outcome) {
    let came = recovered.came as usize;
    outcome.set("not", (came - recovered.recovered) as f64);
    for (missing, what) in [
        (came - recovered.recovered, "came back as somebody else"),
        (recovered.recovered - recovered.whole, "had not what they missed, once and in order"),
    ] {
        if missing > 0 {
            outcome.notes.push(format!("{missing} of {came} clients {what}"));
            outcome.flawed = true;
        }
    }
}

/// A server, and whom the storms hit: all but the first, who speaks.
struct Coast {
    crowd: Crowd,
    port: u16,
    group: Group,
    clients: usize,
    /// Clients that ever came, for their addresses.
    came: usize,
}

impl Coast {
    fn settle(server: &Server, clients: usize) -> io::Result<Self> {
        let mut crowd = Crowd::new(server.port)?;
        crowd.join(1 + clients)?;
        // So that each has heard something, and has an offset.
        say(&mut crowd)?;
        Ok(Self { crowd, port: server.port, group: server.group()?, clients, came: 1 + clients })
    }

    fn storm(&mut self, recovering: bool, weather: &mut Weather) -> io::Result<()> {
        // Also whoever came as anybody has heard something now, and has an offset.
        self.calm()?;
        let mut cards = self.crowd.hang_up_behind(1);
        self.calm()?;
        let first = self.crowd.next();
        say(&mut self.crowd)?;
        self.calm()?;
        // Who did not come back the last time is nobody now.
        cards.resize(self.clients, None);
        if !recovering {
            cards.fill(None);
        }
        let newest = self.crowd.next() - 1;
        let storm = Storm { port: self.port, first: self.came, at_a_time: AT_A_TIME, newest, limit: LIMIT };
        self.came += self.clients;

        let meter = Meter::start(self.group.clone())?;
        let back = storm.run(cards)?;
        let spent = meter.spent()?;

        weather.add(&back, spent.server, first..self.crowd.next(), self.clients);
        back.clients.into_iter().try_for_each(|client| self.crowd.admit(client))
    }

    /// Waits until the server has done what there was to do.
    fn calm(&mut self) -> io::Result<()> {
        let began = Instant::now();
        let (mut cpu, mut changed_at) = (self.group.cpu()?, began);
        while changed_at.elapsed() < CALM && began.elapsed() < LIMIT {
            self.crowd.turn(CALM / 4, &mut |_| {})?;
            let now = self.group.cpu()?;
            if now != cpu {
                (cpu, changed_at) = (now, Instant::now());
            }
        }
        Ok(())
    }
}

/// Lets the first say something that all who are there hear.
fn say(crowd: &mut Crowd) -> io::Result<()> {
    let Passage { said, count, .. } = SAY.run(crowd)?;
    let is_heard = said == SAY.messages && count == Count { delivered: count.delivered, ..Count::default() };
    is_heard.then_some(()).ok_or_else(|| io::Error::other("what was said was not heard, once and in order"))
}

/// All storms of one kind.
struct Weather {
    came: u64,
    recovered: usize,
    whole: usize,
    elapsed: Vec<f64>,
    times: hdrhistogram::Histogram<u64>,
    cpu: Duration,
    /// What kept the first of those who did not come.
    failure: Option<String>,
    absent: usize,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            came: 0,
            recovered: 0,
            whole: 0,
            elapsed: Vec::new(),
            times: times(),
            cpu: Duration::ZERO,
            failure: None,
            absent: 0,
        }
    }
}

impl Weather {
    fn add(&mut self, back: &Back, cpu: Duration, missed: std::ops::Range<u32>, clients: usize) {
        self.came += back.arrivals.arrived as u64;
        self.recovered += back.recovered();
        self.whole += back.whole(missed.start, missed.end - 1);
        self.elapsed.push(back.arrivals.elapsed.as_secs_f64());
        self.times.add(&back.arrivals.times).expect("all times have the same bounds");
        self.cpu += cpu;
        self.absent += clients - back.arrivals.arrived;
        self.failure = self.failure.take().or_else(|| back.arrivals.failure.clone());
    }

    fn tell(&self, kind: &str, outcome: &mut Outcome) {
        outcome.set(&format!("{kind}per_s"), self.came as f64 / self.elapsed.iter().sum::<f64>());
        outcome.set(&format!("{kind}storm_ms"), median(&self.elapsed).map(|seconds| seconds * 1e3));
        outcome.set(&format!("{kind}p99_ms"), millis(&self.times, 0.99));
        outcome.set(&format!("{kind}cpu_us"), micros_each(self.cpu, self.came));
        if self.absent > 0 {
            let why = self.failure.as_deref().unwrap_or("in the time");
            outcome.notes.push(format!("{} clients did not come back at all: {why}", self.absent));
            outcome.flawed = true;
        }
    }
}

/// What is said while they are away.
const SAY: ClosedLoop =
    ClosedLoop { in_flight: 1, text_len: TEXT_LEN, messages: 10, limit: Duration::from_secs(5) };

const AT_A_TIME: usize = 200;

/// For 50 a second.
const LIMIT: Duration = Duration::from_secs(20);

/// So long a server that still had something to do would not go without a tick of CPU time.
const CALM: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_recovered_flaws_the_row_and_is_told() {
        let mut outcome = Outcome::default();
        judge(&Weather { came: 100, recovered: 100, whole: 100, ..Weather::default() }, &mut outcome);
        assert!(!outcome.flawed);

        judge(&Weather { came: 100, recovered: 99, whole: 97, ..Weather::default() }, &mut outcome);

        assert!(outcome.flawed);
        assert_eq!(
            outcome.notes,
            [
                "1 of 100 clients came back as somebody else",
                "2 of 100 clients had not what they missed, once and in order"
            ]
        );
    }
}
