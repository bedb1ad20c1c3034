//! `store`: many write, and go on when their message is stored and told; how many messages a second is that, in memory and on
//! a disk, and how many of them does one sync of the disk keep?

use std::io;
use std::time::Duration;

use super::{Column, Row, Stage, TEXT_LEN, compared_to_ours, plain};
use crate::crowd::Crowd;
use crate::disk::syncs_per_second;
use crate::meter::{Meter, micros_each};
use crate::metrics::Metrics;
use crate::outcome::Outcome;
use crate::peer::Role;
use crate::quantiles::millis;
use crate::server::free_port;
use crate::writers::{Tally, Writers};

pub(super) const SENTENCE: &str = "1 to 256 WebSocket clients write to one room, each its next message when the last one was \
    acknowledged, for 2 s after half a second to warm up; 4 others read, and everyone hears everything. The history holds one message, so that \
    a broadcast is as small as it can be and does not hide the store; the last two columns have the default of 500, with a fresh \
    process. A sync is 4 KiB and an `fdatasync` on the same disk, one after the other for half a second right before: what this \
    machine can do.";

pub(super) const COLUMNS: &[Column] = &[
    compared_to_ours("per_s", "acked a second", 0),
    plain("syncs", "by syncs a second", 2),
    plain("ack_p50_ms", "ack p50, ms", 2),
    plain("ack_p99_ms", "p99", 2),
    plain("told_p50_ms", "delivery p50, ms", 2),
    plain("told_p99_ms", "p99", 2),
    plain("batch", "messages a commit", 1),
    plain("cpu_us", "CPU a message, µs", 0),
    plain("full_per_s", "with 500: acked a second", 0),
    plain("full_p99_ms", "ack p99, ms", 2),
];

pub(super) const ROWS: &[Row] = &[
    Row { suffix: "_1", label: "1 writer" },
    Row { suffix: "_4", label: "4 writers" },
    Row { suffix: "_16", label: "16 writers" },
    Row { suffix: "_64", label: "64 writers" },
    Row { suffix: "_256", label: "256 writers" },
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    measure(1, stage, &mut outcome)?;
    measure(FULL, stage, &mut outcome)?;
    Ok(outcome)
}

/// With more and more writers.
fn measure(history: u32, stage: Stage<'_>, outcome: &mut Outcome) -> io::Result<()> {
    let admin = free_port()?;
    let server = stage.serve_with(history, &[("ADMIN", &admin.to_string())])?;
    let metrics =
        || if stage.peer.role == Role::Durable { Metrics::read(admin) } else { Ok(Metrics::default()) };
    let mut crowd = Crowd::new(server.port)?;
    crowd.join(READERS)?;
    let mut present = 0;
    for writers in WRITERS.into_iter().filter(|writers| !stage.quick || FEW.contains(writers)) {
        crowd.join(writers - present)?;
        present = writers;
        let syncs = match stage.peer.role {
            Role::Durable => Some(syncs_per_second(&stage.store(), stage.size(SYNCING, SYNCING / 5))?),
            _ => None,
        };
        let load =
            Writers { readers: READERS, writers, text_len: TEXT_LEN, limit: stage.size(LIMIT, LIMIT / 10) };
        Writers { limit: load.limit / 4, ..load }.run(&mut crowd)?;

        let before = metrics()?;
        let meter = Meter::start(server.group()?)?;
        let written = load.run(&mut crowd)?;
        let spent = meter.spent()?;
        let after = metrics()?;

        let stored = written.count.stored;
        let per_s = stored as f64 / written.elapsed.as_secs_f64();
        blemish(outcome, written.count, writers, history);
        if history == FULL {
            outcome.set(&format!("full_per_s_{writers}"), per_s);
            outcome.set(&format!("full_p99_ms_{writers}"), millis(&written.acks, 0.99));
            continue;
        }
        let batch = after.growth(&before, COMMITS).map(|commits| stored as f64 / commits);
        outcome.set(&format!("per_s_{writers}"), per_s);
        outcome.set(&format!("syncs_{writers}"), syncs.map(|syncs| per_s / syncs));
        outcome.set(&format!("ack_p50_ms_{writers}"), millis(&written.acks, 0.5));
        outcome.set(&format!("ack_p99_ms_{writers}"), millis(&written.acks, 0.99));
        outcome.set(&format!("told_p50_ms_{writers}"), millis(&written.deliveries, 0.5));
        outcome.set(&format!("told_p99_ms_{writers}"), millis(&written.deliveries, 0.99));
        outcome.set(&format!("batch_{writers}"), batch);
        outcome.set(&format!("cpu_us_{writers}"), micros_each(spent.server, stored));
    }
    Ok(())
}

/// Says what should not have happened.
fn blemish(outcome: &mut Outcome, count: Tally, writers: usize, history: u32) {
    let Tally { stored, refused, unanswered, stray, unheard, lost, disorder, closed } = count;
    let said = [
        (refused, "messages were refused"),
        (unanswered, "messages were not answered"),
        (stray, "acknowledgements for nothing"),
        (unheard, "acknowledgements came before the message"),
        (lost, "messages never came to a reader"),
        (disorder, "order of messages for everyone there was not"),
        (closed, "clients were let go"),
        (u64::from(stored == 0), "time nothing was stored at all"),
    ];
    for (count, what) in said {
        if count > 0 {
            outcome.notes.push(format!("{writers} writers, history of {history}: {count} {what}"));
            outcome.flawed = true;
        }
    }
}

const READERS: usize = 4;
const WRITERS: [usize; 5] = [1, 4, 16, 64, 256];

/// In small sizes.
const FEW: [usize; 2] = [1, 16];

/// What a server keeps by default.
const FULL: u32 = 500;

const LIMIT: Duration = Duration::from_secs(2);
const SYNCING: Duration = Duration::from_millis(500);

const COMMITS: &str = "wire42_store_commit_seconds_count";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_row_for_each_number_of_writers() {
        assert_eq!(
            ROWS.iter().map(|row| row.suffix).collect::<Vec<_>>(),
            WRITERS.map(|writers| format!("_{writers}"))
        );
    }

    #[test]
    fn what_went_wrong_flaws_the_row_and_is_told() {
        let mut outcome = Outcome::default();

        blemish(&mut outcome, Tally { stored: 9, ..Tally::default() }, 16, 1);
        assert!(!outcome.flawed);
        blemish(&mut outcome, Tally { stored: 9, unanswered: 2, ..Tally::default() }, 16, 1);

        assert!(outcome.flawed);
        assert_eq!(outcome.notes, ["16 writers, history of 1: 2 messages were not answered"]);
    }
}
