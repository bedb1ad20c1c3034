//! Requests that wait for whoever does them: a thread that writes to a disk, or the conformance kit's virtual one.
//!
//! ```text
//! room /        ─ Append ─┐
//! room /team-a  ─ Enroll ─┼──> [ Append, Enroll, Append, … ] ── take ──> all that waits, in one piece
//! room /        ─ Append ─┘     at most so many bytes; for more: Failed, Busy
//! ```
//!
//! ```
//! use wire42::socket_io::Namespace;
//! use wire42::store::{Fault, Outcome, Queue, Request, Store, Ticket};
//!
//! let queue = Queue::new(1_000);
//! let mut log = queue.log(&Namespace::main());
//! let append = |size| Request::Append { ticket: Ticket(0), json: "x".repeat(size).into(), unix: 0 };
//! assert_eq!(log.submit(append(10)), None, "it waits");
//! assert!(matches!(log.submit(append(1_000)), Some(Outcome::Failed { fault: Fault::Busy, .. })));
//! assert_eq!(queue.take().len(), 1);
//! ```

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Fault, Log, Outcome, Request, Store};
use crate::socket_io::Namespace;

/// What waits, of all rooms, in the order in which it came.
#[derive(Clone)]
pub struct Queue(Arc<Waiting>);

struct Waiting {
    state: Mutex<State>,
    more: Condvar,
    max_bytes: usize,
}

#[derive(Default)]
struct State {
    requests: Vec<(Namespace, Request)>,
    bytes: usize,
    is_closed: bool,
}

impl Queue {
    /// Begins with nothing, and with room for so many bytes.
    pub fn new(max_bytes: usize) -> Self {
        let state = Mutex::new(State::default());
        Self(Arc::new(Waiting { state, more: Condvar::new(), max_bytes }))
    }

    /// Takes all that waits.
    pub fn take(&self) -> Vec<(Namespace, Request)> {
        self.state().take()
    }

    /// Waits for something and takes it; none when the queue is closed and empty.
    ///
    /// ```
    /// # use wire42::{socket_io::Namespace, store::{Queue, Request, Store, Tail}};
    /// let queue = Queue::new(1_000);
    /// queue.log(&Namespace::main()).submit(Request::Open(Tail { records: 1, bytes: 1 }));
    /// queue.close();
    /// assert_eq!(queue.wait().map(|requests| requests.len()), Some(1));
    /// assert_eq!(queue.wait(), None);
    /// ```
    pub fn wait(&self) -> Option<Vec<(Namespace, Request)>> {
        let mut state = self.state();
        while state.requests.is_empty() {
            if state.is_closed {
                return None;
            }
            state = self.0.more.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Some(state.take())
    }

    /// Does the same, but waits for so long at most, and takes nothing then.
    ///
    /// ```
    /// let queue = wire42::store::Queue::new(1_000);
    /// assert_eq!(queue.wait_at_most(std::time::Duration::ZERO), Some(vec![]));
    /// ```
    pub fn wait_at_most(&self, time: Duration) -> Option<Vec<(Namespace, Request)>> {
        let nothing = |state: &mut State| state.requests.is_empty() && !state.is_closed;
        let waited = self.0.more.wait_timeout_while(self.state(), time, nothing);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.is_closed && state.requests.is_empty() { None } else { Some(state.take()) }
    }

    /// Lets whoever waits know that no more will come.
    pub fn close(&self) {
        self.state().is_closed = true;
        self.0.more.notify_all();
    }

    /// Counts the bytes that wait.
    ///
    /// ```
    /// assert_eq!(wire42::store::Queue::new(1_000).bytes(), 0);
    /// ```
    pub fn bytes(&self) -> usize {
        self.state().bytes
    }

    fn push(&self, room: &Namespace, request: Request) -> Option<Outcome> {
        let mut state = self.state();
        let cost = cost(room, &request);
        // What is not answered is not refused either: there is one for each socket that leaves.
        if let Some(what) = request.asked()
            && (state.is_closed || state.bytes + cost > self.0.max_bytes)
        {
            return Some(Outcome::Failed { what, fault: Fault::Busy });
        }
        state.bytes += cost;
        state.requests.push((room.clone(), request));
        self.0.more.notify_one();
        None
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self) -> Vec<(Namespace, Request)> {
        self.bytes = 0;
        mem::take(&mut self.requests)
    }
}

impl Store for Queue {
    fn log(&self, room: &Namespace) -> Box<dyn Log> {
        Box::new(Line { queue: self.clone(), room: room.clone() })
    }
}

/// A room's way into the queue.
struct Line {
    queue: Queue,
    room: Namespace,
}

impl Log for Line {
    fn submit(&mut self, request: Request) -> Option<Outcome> {
        self.queue.push(&self.room, request)
    }
}

/// What a request takes of the memory.
fn cost(room: &Namespace, request: &Request) -> usize {
    let text = match request {
        Request::Append { json, .. } => json.len(),
        Request::Enroll(socket) => socket.pid.as_str().len() + socket.socket.as_str().len(),
        Request::Part { pid, .. } | Request::Forget { pid } => pid.as_str().len(),
        Request::Open(_) => 0,
    };
    mem::size_of::<(Namespace, Request)>() + room.as_str().len() + text
}
