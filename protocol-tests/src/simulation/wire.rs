//! The server's end of a WebSocket: a queue that fills when the reader stops.

use std::collections::VecDeque;

use super::link::Down;

/// The queue, and what the reader still takes.
#[derive(Debug)]
pub(super) struct Wire {
    full_at: usize,
    queue: VecDeque<Down>,
    queued: usize,
    /// What the reader, who stopped, still takes; none: he reads.
    window: Option<usize>,
}

impl Wire {
    pub(super) fn new(full_at: usize) -> Wire {
        Wire { full_at, queue: VecDeque::new(), queued: 0, window: None }
    }

    /// Says whether no more is wanted for now.
    pub(super) fn is_full(&self) -> bool {
        self.queued >= self.full_at
    }

    /// Takes what is to be sent, and gives it back if it leaves at once.
    pub(super) fn send(&mut self, down: Down) -> Option<Down> {
        let length = length(&down);
        match &mut self.window {
            None => return Some(down),
            Some(window) if self.queue.is_empty() && length <= *window => {
                *window -= length;
                return Some(down);
            }
            Some(_) => {}
        }
        self.queued += length;
        self.queue.push_back(down);
        None
    }

    /// The reader takes so many bytes more.
    pub(super) fn stall(&mut self, window: usize) {
        self.window.get_or_insert(window);
    }

    /// The reader takes everything again.
    pub(super) fn resume(&mut self) -> impl Iterator<Item = Down> + use<> {
        (self.window, self.queued) = (None, 0);
        std::mem::take(&mut self.queue).into_iter()
    }
}

fn length(down: &Down) -> usize {
    match down {
        Down::Frame(slip) => slip.frame().len() + HEADER,
        Down::Answer(..) | Down::Closed => HEADER,
    }
}

/// Of a frame of middling length.
const HEADER: usize = 4;
