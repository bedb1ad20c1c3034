//! Well-behaved clients who watch that nobody else is hurt: one speaks, all must hear it, in order and in time.
//!
//! ```text
//! speaker ── 1 2 3 … every 50 ms ──> server ──> 3 WebSocket, 2 polling, 2 moved: each must hear 1 2 3 …
//! ```
//!
//! A message whose predecessor was not heard is a gap; one that is older than the last is out of order; one that takes
//! longer than the bound, or never comes, is late. The first of these ends the watch with a sentence.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wire42_bench::message::write_message;

use crate::client::{Client, Way};
use crate::ear::Ear;

/// The sentinels of one server.
#[derive(Debug)]
pub struct Watch {
    board: Arc<Board>,
    sentinels: Vec<JoinHandle<io::Result<()>>>,
}

/// What they saw.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Messages that were said.
    pub messages: u32,
    /// From saying to hearing, the longest.
    pub slowest: Duration,
}

/// What speaker and listeners share.
#[derive(Debug)]
struct Board {
    /// The number of the last message before these sentinels came.
    before: u32,
    /// When each message behind it was said.
    said: Mutex<Vec<Instant>>,
    /// The newest message that each of them has heard.
    heard: [AtomicU32; SENTINELS.len()],
    /// No message will come behind this one; 0 while there may be.
    last: AtomicU32,
    is_over: AtomicBool,
    /// One of them was: the others need not wait for what the speaker will not say.
    is_hurt: AtomicBool,
    slowest_us: AtomicU64,
    bound: Duration,
}

impl Watch {
    /// Lets them join; from now on each message must be heard within the bound. Numbers go on behind those of others that
    /// were said before.
    ///
    /// # Errors
    ///
    /// The server does not let them.
    pub fn post(port: u16, bound: Duration, before: u32) -> io::Result<Self> {
        let board = Arc::new(Board {
            before,
            said: Mutex::default(),
            heard: std::array::from_fn(|_| AtomicU32::new(before)),
            last: AtomicU32::new(0),
            is_over: AtomicBool::new(false),
            is_hurt: AtomicBool::new(false),
            slowest_us: AtomicU64::new(0),
            bound,
        });
        let mut sentinels = Vec::new();
        for (index, way) in SENTINELS.into_iter().enumerate() {
            let sentinel = Sentinel {
                index,
                client: Client::join(way, port)?,
                way,
                board: board.clone(),
                ear: Ear::behind(before),
            };
            let watch: fn(Sentinel) -> io::Result<()> =
                if index == 0 { Sentinel::speak } else { Sentinel::listen };
            sentinels.push((watch, sentinel));
        }
        let sentinels =
            sentinels.into_iter().map(|(watch, sentinel)| thread::spawn(move || watch(sentinel))).collect();
        Ok(Self { board, sentinels })
    }

    /// Gives the number of the message that was said last.
    pub fn newest(&self) -> u32 {
        self.board.number()
    }

    /// Says whether one of them was hurt.
    pub fn is_hurt(&self) -> bool {
        self.board.is_hurt.load(Ordering::Acquire)
    }

    /// Lets them hear the last message and leave.
    ///
    /// # Errors
    ///
    /// One of them was hurt; the sentence says how.
    pub fn relieve(self) -> io::Result<Seen> {
        self.board.is_over.store(true, Ordering::Release);
        let mut result = Ok(());
        for sentinel in self.sentinels {
            let ended = sentinel.join().unwrap_or_else(|_| Err(io::Error::other("a sentinel panicked")));
            result = result.and(ended);
        }
        let messages = self.board.number() - self.board.before;
        let slowest = Duration::from_micros(self.board.slowest_us.load(Ordering::Relaxed));
        result.map(|()| Seen { messages, slowest })
    }
}

/// One of them.
struct Sentinel {
    index: usize,
    client: Client,
    way: Way,
    board: Arc<Board>,
    ear: Ear,
}

impl Sentinel {
    fn speak(mut self) -> io::Result<()> {
        let mut next = Instant::now();
        while !self.board.is_over.load(Ordering::Acquire) && !self.board.is_hurt.load(Ordering::Acquire) {
            // After a server that stood still, what is due is not said all at once.
            next = (next + BEAT).max(Instant::now());
            if self.board.number() < self.board.heard_by_all() + AHEAD {
                let mut packet = Vec::new();
                write_message(&mut packet, self.board.say(), TEXT);
                self.client.say(&packet).map_err(|error| self.hurt(&error.to_string()))?;
            }
            self.hear(next)?;
        }
        self.board.last.store(self.board.number(), Ordering::Release);
        self.listen()
    }

    fn listen(mut self) -> io::Result<()> {
        loop {
            let last = self.board.last.load(Ordering::Acquire);
            if last > 0 && self.ear.newest() == last || self.board.is_hurt.load(Ordering::Acquire) {
                return Ok(());
            }
            self.hear(Instant::now() + BEAT)?;
        }
    }

    /// Hears what comes until then.
    fn hear(&mut self, by: Instant) -> io::Result<()> {
        loop {
            let packet = self.client.hear(by).map_err(|error| self.hurt(&error.to_string()))?;
            if let Some(packet) = &packet
                && self.ear.hear(packet).map_err(|complaint| self.hurt(&complaint))?
            {
                self.board.heard[self.index].store(self.ear.newest(), Ordering::Relaxed);
                let lag = self.board.lag(self.ear.newest());
                self.board.slowest_us.fetch_max(lag.as_micros() as u64, Ordering::Relaxed);
                self.in_time(lag)?;
            }
            if packet.is_none() || Instant::now() >= by {
                return self.in_time(self.board.lag(self.ear.newest() + 1));
            }
        }
    }

    fn in_time(&self, lag: Duration) -> io::Result<()> {
        if lag <= self.board.bound {
            return Ok(());
        }
        Err(self.hurt(&format!("a message took {lag:?}, more than {:?}", self.board.bound)))
    }

    fn hurt(&self, how: &str) -> io::Error {
        self.board.is_hurt.store(true, Ordering::Release);
        io::Error::other(format!(
            "a sentinel ({:?}, had heard {}) was hurt: {how}",
            self.way,
            self.ear.newest()
        ))
    }
}

impl Board {
    fn said(&self) -> std::sync::MutexGuard<'_, Vec<Instant>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the messages that were said.
    fn number(&self) -> u32 {
        self.before + self.said().len() as u32
    }

    fn heard_by_all(&self) -> u32 {
        self.heard.iter().map(|newest| newest.load(Ordering::Relaxed)).min().unwrap_or(self.before)
    }

    fn say(&self) -> u32 {
        let mut said = self.said();
        said.push(Instant::now());
        self.before + said.len() as u32
    }

    /// Says how long ago a message was said; nothing if it was not.
    fn lag(&self, number: u32) -> Duration {
        let index = number.checked_sub(self.before + 1);
        let said = index.and_then(|index| self.said().get(index as usize).copied());
        said.map_or(Duration::ZERO, |said| said.elapsed())
    }
}

/// The first of them speaks.
const SENTINELS: [Way; 7] =
    [Way::WebSocket, Way::WebSocket, Way::WebSocket, Way::Polling, Way::Polling, Way::Upgrade, Way::Upgrade];

/// Twenty messages a second: a busy chat, and a gap is noticed soon.
const BEAT: Duration = Duration::from_millis(50);

/// Messages that not all of them have heard. Behind 64 a client gets the newest history in place of what it missed, and here
/// nobody is to miss one, however late the server is.
const AHEAD: u32 = 16;

/// Bytes of text in a message.
const TEXT: usize = 40;
