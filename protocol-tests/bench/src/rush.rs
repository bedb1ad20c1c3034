//! Many clients on their way in, some at a time.
//!
//! ```text
//! begin ──> 50 dialogues at once ──(one arrived, or failed)──> the next begins ──> until all have
//! ```

use std::io;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use mio::{Events, Poll};

use crate::dialogue::{Desk, Dialogue, LINES};
use crate::line::{Link, Route};
use crate::quantiles::times;

/// How many clients come, and how.
#[derive(Clone, Copy, Debug)]
pub struct Rush {
    /// The server's port.
    pub port: u16,
    /// The number of the first client: it decides the addresses they come from.
    pub first: usize,
    /// What they come over.
    pub link: Link,
    /// How many come.
    pub clients: usize,
    /// How many are on their way at once.
    pub at_a_time: usize,
    /// When those who are not in are given up.
    pub limit: Duration,
}

/// How it went.
#[derive(Debug)]
pub struct Arrivals {
    /// Clients that came through.
    pub arrived: usize,
    /// Why the first client that did not come through did not.
    pub failure: Option<String>,
    /// From the first client's first step to the last one's last.
    pub elapsed: Duration,
    /// From each client's first step to its last, in microseconds.
    pub times: Histogram<u64>,
}

impl Rush {
    /// Lets them in, and gives each to `welcome` when it has arrived.
    ///
    /// # Errors
    ///
    /// Nobody came through.
    pub fn run<D: Dialogue>(self, welcome: impl FnMut(D::Arrived)) -> io::Result<Arrivals> {
        self.run_with(D::begin, welcome)
    }

    /// The same with clients that each begin in their own way.
    ///
    /// # Errors
    ///
    /// Nobody came through.
    pub fn run_with<D: Dialogue>(
        self,
        begin: impl FnMut(Desk<'_>) -> io::Result<D>,
        welcome: impl FnMut(D::Arrived),
    ) -> io::Result<Arrivals> {
        let mut hall = Hall::open(self, begin, welcome)?;
        let began = Instant::now();
        let mut events = Events::with_capacity(256);
        hall.fill()?;
        while hall.pending > 0 && began.elapsed() < self.limit {
            match hall.poll.poll(&mut events, Some(self.limit.saturating_sub(began.elapsed()))) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                hall.advance(event)?;
            }
            hall.fill()?;
        }
        hall.arrivals.elapsed = began.elapsed();
        if hall.arrivals.arrived == 0 {
            let why =
                hall.arrivals.failure.unwrap_or_else(|| format!("nobody came in within {:?}", self.limit));
            return Err(io::Error::other(why));
        }
        Ok(hall.arrivals)
    }
}

impl Arrivals {
    /// Joins what happened at the same time.
    ///
    /// # Errors
    ///
    /// The times do not fit together.
    pub fn and(mut self, other: &Arrivals) -> io::Result<Self> {
        self.times.add(&other.times).map_err(io::Error::other)?;
        self.arrived += other.arrived;
        self.elapsed = self.elapsed.max(other.elapsed);
        self.failure = self.failure.or_else(|| other.failure.clone());
        Ok(self)
    }
}

/// Those who are on their way.
struct Hall<D, B, W> {
    rush: Rush,
    poll: Poll,
    /// By client; a place is not used again, so that a late event finds nobody.
    dialogues: Vec<Option<(D, Instant)>>,
    pending: usize,
    buffer: Vec<u8>,
    arrivals: Arrivals,
    begin: B,
    welcome: W,
}

impl<D: Dialogue, B: FnMut(Desk<'_>) -> io::Result<D>, W: FnMut(D::Arrived)> Hall<D, B, W> {
    fn open(rush: Rush, begin: B, welcome: W) -> io::Result<Self> {
        let arrivals = Arrivals { arrived: 0, failure: None, elapsed: Duration::ZERO, times: times() };
        let dialogues = Vec::with_capacity(rush.clients);
        Ok(Self {
            rush,
            poll: Poll::new()?,
            dialogues,
            pending: 0,
            buffer: vec![0; BUFFER],
            arrivals,
            begin,
            welcome,
        })
    }

    fn fill(&mut self) -> io::Result<()> {
        while self.pending < self.rush.at_a_time && self.dialogues.len() < self.rush.clients {
            let began = Instant::now();
            let route = Route {
                port: self.rush.port,
                client: self.rush.first + self.dialogues.len(),
                link: self.rush.link,
            };
            let dialogue = (self.begin)(Desk { registry: self.poll.registry(), route })?;
            self.dialogues.push(Some((dialogue, began)));
            self.pending += 1;
        }
        Ok(())
    }

    fn advance(&mut self, event: &mio::event::Event) -> io::Result<()> {
        let client = event.token().0 / LINES;
        let place = &mut self.dialogues[client - self.rush.first];
        let Some((dialogue, began)) = place else { return Ok(()) };
        let desk = Desk {
            registry: self.poll.registry(),
            route: Route { port: self.rush.port, client, link: self.rush.link },
        };
        match dialogue.advance(event.token().0 % LINES, event, desk, &mut self.buffer) {
            Ok(false) => return Ok(()),
            Ok(true) => {
                self.arrivals.times.saturating_record(began.elapsed().as_micros() as u64);
                self.arrivals.arrived += 1;
                let (dialogue, _) = place.take().expect("it was here");
                (self.welcome)(dialogue.finish(self.poll.registry())?);
            }
            Err(error) => {
                self.arrivals.failure.get_or_insert_with(|| format!("client {client}: {error}"));
                *place = None;
            }
        }
        self.pending -= 1;
        Ok(())
    }
}

/// More than any answer on the way in.
const BUFFER: usize = 64 * 1024;
