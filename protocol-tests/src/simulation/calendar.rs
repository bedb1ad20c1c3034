//! What is going to happen, and when: one line for the whole world.
//!
//! ```text
//! 0.120s  a frame reaches the server      at one moment: first what came over WebSockets,
//! 0.120s  a request reaches the server    then requests, then those who hung up, then deadlines,
//! 0.120s  a session's deadline            as the server's own tasks look at them
//! ```

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::link::{Down, LinkId, Up};

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Event {
    /// Something reaches the server.
    Up(LinkId, Up),
    /// Someone at the server looks at what was said in a room.
    Ear(usize),
    /// A session's deadline was set for this moment.
    Timer(usize, Duration),
    /// A session goes on with a long body.
    Rest(usize),
    /// The store takes what waits, if the server that asked for it is there still.
    Take(u32),
    /// The store has done what it took, if the server is there still.
    Stored(u32),
    /// The server begins again.
    Begin,
    /// A reader that had stopped reads on.
    Resume(LinkId),
    /// Something reaches a client.
    Down(LinkId, Down),
    /// A client asks for the next packets, if it is still the one that wanted to.
    Poll(usize, u32),
    /// A client answers a ping, if it is still the one that heard it.
    Pong(usize, u32),
    /// One of the clients does something of its own accord.
    Turn,
    /// What was said must have reached everyone.
    Judge,
}

/// All that will happen.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    entries: BinaryHeap<Reverse<Entry>>,
    count: u64,
}

#[derive(Debug)]
struct Entry {
    when: (Duration, u8, u64),
    event: Event,
}

impl Calendar {
    /// Puts an event down.
    pub(super) fn add(&mut self, at: Duration, event: Event) {
        self.count += 1;
        let when = (at, event.rank(), self.count);
        self.entries.push(Reverse(Entry { when, event }));
    }

    /// Takes what happens next.
    pub(super) fn next(&mut self) -> Option<(Duration, Event)> {
        self.entries.pop().map(|Reverse(Entry { when: (at, ..), event })| (at, event))
    }
}

impl Event {
    fn rank(&self) -> u8 {
        match self {
            Event::Up(_, Up::Text(..)) => 0,
            Event::Up(_, Up::Request(..) | Up::Body(..)) => 1,
            Event::Up(_, Up::Gone) => 2,
            Event::Resume(_) => 3,
            Event::Ear(_) => 4,
            Event::Timer(..) => 5,
            Event::Rest(_) => 6,
            Event::Take(_) | Event::Stored(_) | Event::Begin => 7,
            Event::Down(..) | Event::Poll(..) | Event::Pong(..) | Event::Turn | Event::Judge => 8,
        }
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.when.cmp(&other.when)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.when == other.when
    }
}

impl Eq for Entry {}
