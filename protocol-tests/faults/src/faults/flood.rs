//! One client that says much.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::client::{Client, Way, chat};

/// It, while it speaks.
pub(super) struct Flood {
    is_over: Arc<AtomicBool>,
    speaker: JoinHandle<io::Result<u32>>,
}

/// How much it says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Bytes of text in a message.
    pub(super) text: usize,
    /// Between two messages.
    pub(super) pause: Duration,
}

impl Flood {
    /// Lets it join and begin.
    pub(super) fn begin(port: u16, pace: Pace) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let until = is_over.clone();
        Self { is_over, speaker: thread::spawn(move || speak(port, pace, &until)) }
    }

    /// Ends it, and says how many messages it said.
    ///
    /// # Errors
    ///
    /// The server did not let it.
    pub(super) fn end(self) -> io::Result<u32> {
        self.is_over.store(true, Ordering::Relaxed);
        self.speaker.join().unwrap_or_else(|_| Err(io::Error::other("a panic")))
    }
}

fn speak(port: u16, pace: Pace, is_over: &AtomicBool) -> io::Result<u32> {
    let mut client = Client::join(Way::WebSocket, port)?;
    let message = chat(&"x".repeat(pace.text));
    let mut said = 0;
    while !is_over.load(Ordering::Relaxed) {
        let next = Instant::now() + pace.pause;
        client.say(&message)?;
        said += 1;
        while client.hear(next)?.is_some() && Instant::now() < next {}
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    Ok(said)
}
