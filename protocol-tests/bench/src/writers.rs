//! Load of many writers: each says its next message when its last one has been acknowledged.
//!
//! ```text
//! writer    427["message",…]                    42["message",[… #00000009# …]]   437[{"ok":true}]   428["message",…]
//! reader                                        42["message",[… #00000009# …]]
//!           |<──────────── delivery ───────────>|
//!           |<──────────── ack ─────────────────────────────────────────────────>|
//! ```
//!
//! A history supersedes every earlier one, so that not everyone need get each, and of a history only the last number is looked
//! at: 9, not 7. But a writer hears of its message before the acknowledgement, so 7 is in the history whose last is 9, and is
//! delivered to a reader by this one, or by the first that comes behind it in the [order] of all.

use std::io;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::closed_loop::PATIENCE;
use crate::crowd::{Crowd, Heard};
use crate::message::Ack;
use crate::order;
use crate::quantiles::times;

/// Who speaks, and for how long: the crowd's first clients read, those behind them write.
#[derive(Clone, Copy, Debug)]
pub struct Writers {
    /// How many read.
    pub readers: usize,
    /// How many write.
    pub writers: usize,
    /// Bytes of text in each message.
    pub text_len: usize,
    /// Until when they begin anew.
    pub limit: Duration,
}

/// How it went.
#[derive(Debug)]
pub struct Written {
    /// From the first message to the last acknowledgement.
    pub elapsed: Duration,
    /// From saying a message to its acknowledgement, in microseconds.
    pub acks: Histogram<u64>,
    /// From saying a message to a reader's having it, in microseconds, for each reader.
    pub deliveries: Histogram<u64>,
    /// What became of the messages.
    pub count: Tally,
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Messages that were stored, as the server says.
    pub stored: u64,
    /// Messages that were not.
    pub refused: u64,
    /// Messages that nothing was said of.
    pub unanswered: u64,
    /// Acknowledgements that came again, or for nothing, or to somebody else.
    pub stray: u64,
    /// Messages that were stored before their writer had heard them.
    pub unheard: u64,
    /// Messages that a reader never had.
    pub lost: u64,
    /// Clients heard histories in different orders (1: yes).
    pub disorder: u64,
    /// Clients that the server let go.
    pub closed: u64,
}

impl Writers {
    /// Lets them write.
    ///
    /// # Errors
    ///
    /// The server let a writer go, or broke the protocol.
    pub fn run(self, crowd: &mut Crowd) -> io::Result<Written> {
        let mut desk = Desk::new(self, crowd.next());
        for writer in 0..self.writers {
            desk.say(writer, crowd)?;
        }
        while desk.pending > 0 && desk.began.elapsed() < desk.changed_at + PATIENCE {
            crowd.turn(PATIENCE, &mut |heard| desk.hear(heard))?;
            while let Some(writer) = desk.free.pop() {
                if desk.began.elapsed() < self.limit {
                    desk.say(writer, crowd)?;
                }
            }
        }
        let elapsed = desk.answered_at;
        desk.listen(crowd)?;
        Ok(desk.written(elapsed))
    }
}

/// What is on the way.
struct Desk {
    load: Writers,
    began: Instant,
    /// The number of the first message.
    first: u32,
    messages: Vec<Message>,
    /// Messages that nothing was said of yet.
    pending: usize,
    /// Writers whose message was answered.
    free: Vec<usize>,
    /// The newest that each writer has heard.
    newest: Vec<Option<u32>>,
    /// What each client has heard, and when.
    heard: Vec<Vec<(u32, Duration)>>,
    changed_at: Duration,
    answered_at: Duration,
    acks: Histogram<u64>,
    count: Tally,
}

struct Message {
    writer: usize,
    said_at: Duration,
    state: State,
}

enum State {
    Said,
    /// It is in the history whose last is this.
    Stored {
        within: u32,
    },
    Over,
}

impl Desk {
    fn new(load: Writers, first: u32) -> Self {
        Self {
            load,
            began: Instant::now(),
            first,
            messages: Vec::new(),
            pending: 0,
            free: Vec::new(),
            newest: vec![None; load.writers],
            heard: vec![Vec::new(); load.readers + load.writers],
            changed_at: Duration::ZERO,
            answered_at: Duration::ZERO,
            acks: times(),
            count: Tally::default(),
        }
    }

    fn say(&mut self, writer: usize, crowd: &mut Crowd) -> io::Result<()> {
        self.note(writer);
        crowd.say_and_ask(self.load.readers + writer, self.load.text_len)?;
        Ok(())
    }

    /// A writer says the next message now.
    fn note(&mut self, writer: usize) {
        let said_at = self.began.elapsed();
        // What was heard up to now does not hold it.
        self.newest[writer] = None;
        self.messages.push(Message { writer, said_at, state: State::Said });
        self.pending += 1;
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Delivery { client, number, .. } => {
                let now = self.began.elapsed();
                self.changed_at = now;
                self.heard[client].push((number, now));
                if let Some(writer) = client.checked_sub(self.load.readers) {
                    self.newest[writer] = Some(number);
                }
            }
            Heard::Answer { client, ack } => self.answer(client, ack),
            Heard::Closed { .. } => self.count.closed += 1,
            Heard::Alarm => {}
        }
    }

    fn answer(&mut self, client: usize, ack: Ack) {
        let writer = client.wrapping_sub(self.load.readers);
        let index = ack.number.checked_sub(self.first);
        let message = index.and_then(|index| self.messages.get_mut(index as usize));
        let expected =
            |message: &&mut Message| message.writer == writer && matches!(message.state, State::Said);
        let Some(message) = message.filter(expected) else {
            self.count.stray += 1;
            return;
        };
        self.answered_at = self.began.elapsed();
        self.changed_at = self.answered_at;
        self.pending -= 1;
        self.free.push(writer);
        message.state = State::Over;
        if !ack.stored {
            self.count.refused += 1;
            return;
        }
        self.count.stored += 1;
        self.acks.saturating_record((self.answered_at - message.said_at).as_micros() as u64);
        match self.newest[writer] {
            Some(within) => message.state = State::Stored { within },
            None => self.count.unheard += 1,
        }
    }

    /// Waits until nothing more comes to the readers.
    fn listen(&mut self, crowd: &mut Crowd) -> io::Result<()> {
        let began = Instant::now();
        let mut heard_at = began;
        while heard_at.elapsed() < QUIET && began.elapsed() < PATIENCE {
            let before = self.changed_at;
            crowd.turn(QUIET, &mut |heard| self.hear(heard))?;
            if self.changed_at != before {
                heard_at = Instant::now();
            }
        }
        Ok(())
    }

    fn written(mut self, elapsed: Duration) -> Written {
        let mut deliveries = times();
        match self.ranks() {
            Some(ranks) => {
                for reader in &self.heard[..self.load.readers] {
                    self.count.lost += self.deliver(reader, &ranks, &mut deliveries);
                }
            }
            None => self.count.disorder = 1,
        }
        self.count.unanswered = self.pending as u64;
        Written { elapsed, acks: self.acks, deliveries, count: self.count }
    }

    /// Gives each history its place, by its number less the first.
    fn ranks(&self) -> Option<Vec<u32>> {
        let index = |&(number, _): &(u32, Duration)| number.checked_sub(self.first);
        let streams = self.heard.iter().map(|heard| heard.iter().filter_map(index).collect());
        order::ranks(&streams.collect::<Vec<_>>(), self.messages.len())
    }

    /// Takes the time of all that came to a reader, and counts what did not.
    fn deliver(&self, heard: &[(u32, Duration)], ranks: &[u32], deliveries: &mut Histogram<u64>) -> u64 {
        let rank = |number: u32| number.checked_sub(self.first).map(|index| ranks[index as usize]);
        let mut lost = 0;
        for message in &self.messages {
            let State::Stored { within } = message.state else { continue };
            let at = heard.partition_point(|&(number, _)| rank(number) < rank(within));
            match heard.get(at) {
                Some((_, at)) => {
                    deliveries.saturating_record(at.saturating_sub(message.said_at).as_micros() as u64);
                }
                None => lost += 1,
            }
        }
        lost
    }
}

/// When nothing was said or heard for so long, all have what there is.
const QUIET: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ear::Order;

    #[test]
    fn a_message_is_delivered_by_the_first_history_behind_it() {
        // Writers 0 and 1 have said 5 and 6, which were stored in this order.
        let mut desk = desk(2);

        hear(&mut desk, WRITER, 5);
        hear(&mut desk, READER, 6);
        for writer in [0, 1] {
            hear(&mut desk, WRITER + writer, 6);
            answer(&mut desk, WRITER + writer, 5 + writer as u32, true);
        }

        let written = desk.written(Duration::ZERO);
        assert_eq!(written.count, Tally { stored: 2, ..Tally::default() });
        assert_eq!((written.acks.len(), written.deliveries.len()), (2, 2));
    }

    #[test]
    fn what_no_reader_has_is_lost() {
        let mut desk = desk(2);
        for writer in [0, 1] {
            hear(&mut desk, WRITER + writer, 5);
            hear(&mut desk, WRITER + writer, 6);
            answer(&mut desk, WRITER + writer, 5 + writer as u32, true);
        }
        hear(&mut desk, READER, 5);

        // Both were last seen within 6.
        assert_eq!(desk.written(Duration::ZERO).count, Tally { stored: 2, lost: 2, ..Tally::default() });
    }

    #[test]
    fn an_acknowledgement_before_the_message_is_told() {
        let mut desk = desk(1);
        answer(&mut desk, WRITER, 5, true);

        assert_eq!(desk.written(Duration::ZERO).count, Tally { stored: 1, unheard: 1, ..Tally::default() });
    }

    #[test]
    fn nobody_is_acknowledged_twice_or_for_another() {
        let mut desk = desk(3);
        hear(&mut desk, WRITER, 5);
        answer(&mut desk, WRITER, 6, true);
        answer(&mut desk, WRITER, 9, true);
        answer(&mut desk, READER, 5, true);
        answer(&mut desk, WRITER, 5, false);
        answer(&mut desk, WRITER, 5, true);

        let count = desk.written(Duration::ZERO).count;
        assert_eq!(count, Tally { refused: 1, stray: 4, unanswered: 2, ..Tally::default() });
    }

    #[test]
    fn two_who_hear_two_orders_are_told() {
        let mut desk = desk(2);
        for (client, first, second) in [(READER, 5, 6), (WRITER, 6, 5)] {
            hear(&mut desk, client, first);
            hear(&mut desk, client, second);
        }

        assert_eq!(desk.written(Duration::ZERO).count.disorder, 1);
    }

    const READER: usize = 0;
    const WRITER: usize = 1;

    /// One reader, and writers who have said messages 5, 6 and so on.
    fn desk(writers: usize) -> Desk {
        let mut desk = Desk::new(Writers { readers: 1, writers, text_len: 40, limit: Duration::ZERO }, 5);
        (0..writers).for_each(|writer| desk.note(writer));
        desk
    }

    fn hear(desk: &mut Desk, client: usize, number: u32) {
        desk.hear(Heard::Delivery { client, number, order: Order::Ahead });
    }

    fn answer(desk: &mut Desk, client: usize, number: u32, stored: bool) {
        desk.hear(Heard::Answer { client, ack: Ack { number, stored } });
    }
}
