//! The table of sessions: from an id to whoever looks after it.
//!
//! ```text
//! connection task ── sid ──> [ lock: sid -> sender ] ── errand ──> session task
//!                                                   <── answer ──
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::admission::{Admission, Full, Limits};
use super::sid::Sid;
use super::websocket::WebSocket;
use crate::engine_io::Refusal;

/// What an HTTP connection asks of a session. It travels in a box: a channel keeps room for 32 of what it carries, in every
/// session.
pub(super) enum Errand {
    /// GET.
    Get(HeldGet),
    /// The head of a POST was read.
    StartPost { content_type: Option<String>, done: oneshot::Sender<Result<(), Refusal>> },
    /// Its body was read, too.
    Post { body: Vec<u8>, done: oneshot::Sender<Result<(), Refusal>> },
    /// Head and body came together: one errand instead of two.
    WholePost { content_type: Option<String>, body: Vec<u8>, done: oneshot::Sender<Result<(), Refusal>> },
    /// The body was refused.
    RefusePost,
    /// The client hung up, or stopped.
    AbortPost,
    /// A WebSocket comes for the session, which writes its 101: so it knows of the WebSocket before the client does.
    Upgrade(Box<WebSocket>),
}

/// A GET that wants an answer.
pub(super) struct HeldGet {
    /// The answer's body. Dropping the receiver says that the client hung up.
    pub(super) answer: oneshot::Sender<Result<String, Refusal>>,
    /// Told when there is nothing to say yet, so that from now on a client that hangs up is gone.
    pub(super) held: oneshot::Sender<()>,
}

/// All sessions.
pub(super) struct Sessions {
    table: Mutex<Table>,
}

struct Table {
    sessions: HashMap<Sid, mpsc::Sender<Box<Errand>>>,
    admission: Admission,
}

impl Sessions {
    pub(super) fn new(limits: Limits) -> Self {
        let table = Table { sessions: HashMap::new(), admission: Admission::new(limits) };
        Self { table: Mutex::new(table) }
    }

    /// Finds a session.
    pub(super) fn find(&self, sid: String) -> Option<mpsc::Sender<Box<Errand>>> {
        self.table().sessions.get(&Sid::from(sid)).cloned()
    }

    /// Enters a session, until the guard is dropped, if there is a place for it.
    pub(super) fn enter(
        self: &Arc<Self>,
        sid: Sid,
        now: Duration,
    ) -> Result<(Entered, mpsc::Sender<Box<Errand>>), Full> {
        let mut table = self.table();
        let count = table.sessions.len();
        table.admission.admit(count, now)?;
        let (errands, receiver) = mpsc::channel(ERRANDS);
        table.sessions.insert(sid.clone(), errands.clone());
        Ok((Entered { sessions: self.clone(), sid, errands: receiver }, errands))
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session's place in the table.
pub(super) struct Entered {
    sessions: Arc<Sessions>,
    sid: Sid,
    /// What is asked of it.
    pub(super) errands: mpsc::Receiver<Box<Errand>>,
}

impl Entered {
    pub(super) fn sid(&self) -> &Sid {
        &self.sid
    }

    /// Takes no more errands, and gives those that come too late; none when there can be no other.
    ///
    /// To drop the receiver is not enough. Whoever has his place in the channel already may put his errand there behind that: it
    /// would lie there, without an answer, for as long as he waits for one.
    pub(super) fn poll_late(&mut self, cx: &mut Context<'_>) -> Poll<Option<Box<Errand>>> {
        self.errands.close();
        self.errands.poll_recv(cx)
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.sessions.table().sessions.remove(&self.sid);
    }
}

/// Errands that may wait for a session's task: a client has one GET and one POST at a time, and may be upgrading. Whoever
/// has more waits in line.
const ERRANDS: usize = 4;

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    #[test]
    fn an_errand_that_is_on_its_way_when_the_session_ends_does_not_wait_for_ever() {
        let sessions = Arc::new(Sessions::new(Limits::default()));
        let (mut entered, sender) = sessions.enter(Sid::random(), Duration::ZERO).ok().unwrap();
        let place = sender.try_reserve().unwrap();
        let mut late = || entered.poll_late(&mut Context::from_waker(Waker::noop()));
        assert!(late().is_pending(), "somebody has his place");
        let (done, mut answer) = oneshot::channel();
        place.send(Box::new(Errand::Post { body: vec![], done }));
        assert!(matches!(late(), Poll::Ready(Some(_))), "and is turned away");
        assert!(matches!(late(), Poll::Ready(None)));
        assert_eq!(answer.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        assert!(sender.try_reserve().is_err());
    }
}
