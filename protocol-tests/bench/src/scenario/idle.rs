//! `idle`: what a client costs that does nothing, and what it costs after it has heard something.

use std::io;
use std::time::{Duration, Instant};

use super::{Column, Stage, TEXT_LEN, clients_at_most, compared_to_ours, plain};
use crate::closed_loop::ClosedLoop;
use crate::crowd::Crowd;
use crate::machine::slab_kib;
use crate::outcome::Outcome;
use crate::process::Group;

pub(super) const SENTENCE: &str = "10,000 WebSocket clients that do nothing: the growth of resident memory over that before the \
    first, for each; and again when up to 1,000 messages (as many as 30 s allow, 8 on their way at once) have been \
    broadcast to all. The kernel's memory is that of one end of a connection, the other being the load's.";

pub(super) const COLUMNS: &[Column] = &[
    compared_to_ours("idle_kib", "KiB a client", 1),
    compared_to_ours("after_kib", "after the broadcasts", 1),
    plain("messages", "messages broadcast", 0),
    plain("kernel_kib", "the kernel's KiB a client", 1),
];

pub(super) fn run(stage: Stage<'_>) -> io::Result<Outcome> {
    let mut outcome = Outcome::default();
    let wanted = stage.size(10_000, 1_000);
    let clients = wanted.min(clients_at_most());
    if clients < wanted {
        outcome.notes.push(format!("{clients} clients: the limit `nofile` is too low for {wanted}"));
    }
    let server = stage.serve(1)?;
    let group = server.group()?;
    let mut crowd = Crowd::new(server.port)?;
    let before = settled_kib(&group, &mut crowd)?;
    let each = |kib: u64| (kib as f64 - before as f64) / clients as f64;

    let kernel = slab_kib()?;
    crowd.join(clients)?;
    outcome.set("idle_kib", each(settled_kib(&group, &mut crowd)?));
    // Both ends are on this machine.
    outcome.set("kernel_kib", slab_kib()?.saturating_sub(kernel) as f64 / clients as f64 / 2.0);

    let limit = Duration::from_secs(stage.size(30, 5));
    let broadcasts = ClosedLoop { in_flight: 8, text_len: TEXT_LEN, messages: 1_000, limit };
    let passage = broadcasts.run(&mut crowd)?;
    outcome.set("after_kib", each(settled_kib(&group, &mut crowd)?));
    outcome.set("messages", f64::from(passage.said));
    outcome.blemish(passage.count);
    Ok(outcome)
}

/// Waits until memory has not changed for a second, or ten seconds at most; the crowd lives on meanwhile.
fn settled_kib(group: &Group, crowd: &mut Crowd) -> io::Result<u64> {
    let began = Instant::now();
    let mut kib = group.resident_kib()?;
    let mut changed_at = began;
    while changed_at.elapsed() < Duration::from_secs(1) && began.elapsed() < Duration::from_secs(10) {
        crowd.turn(Duration::from_millis(100), &mut |_| {})?;
        let now = group.resident_kib()?;
        if now != kib {
            (kib, changed_at) = (now, Instant::now());
        }
    }
    Ok(kib)
}
