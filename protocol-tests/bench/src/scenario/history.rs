//! `history`: what a message costs when all that was said before goes along with it, to everyone.

use std::io;
use std::time::{Duration, Instant};

use super::{Column, Stage, compared, plain};
use crate::closed_loop::ClosedLoop;
use crate::crowd::Crowd;
use crate::meter::{Meter, micros_each};
use crate::outcome::Outcome;

pub(super) const SENTENCE: &str = "200 WebSocket clients; each message of 120 bytes goes out with the whole history, of 10, 100 and \
    500 messages: 1,000 messages one after the other, or as many as 5 s allow, for each length, with a fresh process. The floor \
    writes as many bytes.";

pub(super) const COLUMNS: &[Column] = &[
    plain("cpu_us_10", "CPU a message, µs: at 10", 0),
    plain("cpu_us_100", "at 100", 0),
    compared("cpu_us_500", "at 500", 0),
    plain("wall_us_10", "time, µs: at 10", 0),
    plain("wall_us_100", "at 100", 0),
    plain("wall_us_500", "at 500", 0),
    plain("mb_per_s_500", "MB a second at 500", 0),
    plain("growth", "CPU at 500 by that at 10", 1),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    for kept in LENGTHS {
        measure(kept, stage, &mut outcome)?;
    }
    let [shortest, .., longest] = LENGTHS.map(|kept| outcome.figures.get(&format!("cpu_us_{kept}")).copied());
    outcome.set("growth", longest.zip(shortest).map(|(longest, shortest)| longest / shortest));
    Ok(outcome)
}

fn measure(kept: u32, stage: Stage<'_>, outcome: &mut Outcome) -> io::Result<()> {
    let server = stage.serve(kept)?;
    let mut crowd = Crowd::new(server.port)?;
    let load = ClosedLoop { in_flight: 1, text_len: 120, messages: stage.size(1_000, 50), limit: LIMIT };
    // The history is filled while only the speaker listens.
    crowd.join(1)?;
    ClosedLoop { messages: kept, limit: FILL_LIMIT, ..load }.run(&mut crowd)?;
    crowd.join(CLIENTS - 1)?;
    ClosedLoop { messages: load.messages / 10, ..load }.run(&mut crowd)?;

    let bytes_before = crowd.bytes();
    let began = Instant::now();
    let meter = Meter::start(server.group()?)?;
    let passage = load.run(&mut crowd)?;
    let spent = meter.spent()?;

    // A message is what it is for all of them: what was lost is not divided by.
    let messages = passage.count.delivered / CLIENTS as u64;
    outcome.set(&format!("cpu_us_{kept}"), micros_each(spent.server, messages));
    outcome.set(&format!("wall_us_{kept}"), micros_each(passage.elapsed, messages));
    let megabytes = (crowd.bytes() - bytes_before) as f64 / 1e6;
    outcome.set(&format!("mb_per_s_{kept}"), megabytes / began.elapsed().as_secs_f64());
    outcome.blemish(passage.count);
    Ok(())
}

const CLIENTS: usize = 200;
const LENGTHS: [u32; 3] = [10, 100, 500];
const LIMIT: Duration = Duration::from_secs(5);

/// To one client, 500 messages take a second at most.
const FILL_LIMIT: Duration = Duration::from_secs(20);
