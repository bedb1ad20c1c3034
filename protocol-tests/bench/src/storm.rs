//! Clients that were cut off, all on their way back at the same time.
//!
//! ```text
//! cards ──┬─ a thread: half of them, some at a time ──┬──> Back: who was let in, as whom, and what they had missed
//!         └─ a thread: the other half               ──┘
//! ```
//!
//! Two threads, as in `connect`: to open a connection costs whoever opens it more than whoever accepts it.

use std::io;
use std::thread;
use std::time::Duration;

use crate::card::Card;
use crate::dialogue::{Desk, Joined, WebSocket};
use crate::line::Link;
use crate::quantiles::times;
use crate::rush::{Arrivals, Rush};

/// How they come back.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// The server's port.
    pub port: u16,
    /// The number of the first client: it decides the addresses they come from.
    pub first: usize,
    /// How many are on their way at once.
    pub at_a_time: usize,
    /// The message that they all missed last.
    pub newest: u32,
    /// When those who are not in are given up.
    pub limit: Duration,
}

/// How it went.
#[derive(Debug)]
pub struct Back {
    /// How long it took.
    pub arrivals: Arrivals,
    /// Who is there.
    pub clients: Vec<Joined>,
}

impl Storm {
    /// Lets them all come; who has no card comes as anybody.
    ///
    /// # Errors
    ///
    /// Nobody came through.
    pub fn run(self, mut cards: Vec<Option<Card>>) -> io::Result<Back> {
        let others = cards.split_off(cards.len() / 2);
        let behind = Self { first: self.first + cards.len(), ..self };
        let (one, other) = thread::scope(|scope| {
            let other = scope.spawn(move || behind.half(others));
            (self.half(cards), other.join().expect("a rush does not panic"))
        });
        let (mut one, other) = (one?, other?);
        one.clients.extend(other.clients);
        Ok(Back { arrivals: one.arrivals.and(&other.arrivals)?, clients: one.clients })
    }

    fn half(self, cards: Vec<Option<Card>>) -> io::Result<Back> {
        if cards.is_empty() {
            // Half of one.
            let arrivals = Arrivals { arrived: 0, failure: None, elapsed: Duration::ZERO, times: times() };
            return Ok(Back { arrivals, clients: Vec::new() });
        }
        let rush = Rush {
            port: self.port,
            first: self.first,
            link: Link::Loopback,
            clients: cards.len(),
            at_a_time: self.at_a_time.div_ceil(2),
            limit: self.limit,
        };
        let (mut cards, mut clients) = (cards.into_iter(), Vec::new());
        let begin = |desk: Desk<'_>| WebSocket::come(desk, cards.next().flatten(), self.newest);
        let arrivals = rush.run_with(begin, |client| clients.push(client))?;
        Ok(Back { arrivals, clients })
    }
}

impl Back {
    /// Counts those who are who they were.
    pub fn recovered(&self) -> usize {
        self.clients.iter().filter(|client| client.is_recovered).count()
    }

    /// Counts those of them who also have what they had missed: messages from `first` to `last`, each at most once and in
    /// order, and the last of all. A history supersedes the one before, so that a server need not send each.
    pub fn whole(&self, first: u32, last: u32) -> usize {
        let is_whole = |client: &&Joined| client.is_recovered && has(&client.missed, first, last);
        self.clients.iter().filter(is_whole).count()
    }
}

fn has(missed: &[u32], first: u32, last: u32) -> bool {
    let rises = missed.windows(2).all(|pair| pair[0] < pair[1]);
    rises && missed.first() >= Some(&first) && missed.last() == Some(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_comes_once_and_in_order_up_to_the_last() {
        for whole in [&[5, 6, 7][..], &[5, 7], &[7]] {
            assert!(has(whole, 5, 7), "{whole:?}");
        }
        for (broken, why) in [
            (&[][..], "nothing"),
            (&[5, 6], "not the last"),
            (&[5, 7, 6], "not in order"),
            (&[7, 7], "again"),
            (&[4, 7], "what was heard before"),
            (&[7, 8], "what was said later"),
        ] {
            assert!(!has(broken, 5, 7), "{why}");
        }
    }
}
