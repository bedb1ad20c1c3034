//! The threads on which connections and sessions live: one a core, each with a runtime of its own.
//!
//! ```text
//!           ┌─ thread 0   connections ─ sessions ─ ears
//! accept ───┤
//!  in turn  └─ thread 1   connections ─ sessions ─ ears
//! ```
//!
//! A session stays where its first request came in, so its state needs no lock and what is said in a room reaches all
//! sessions of a thread in one loop. Requests for it that come in on another thread reach it by the table of sessions.

use std::io;
use std::net;
use std::sync::Arc;
use std::thread;

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local};

use super::ear::Ears;
use super::peer;
use super::server::Shared;
use super::session_task::SessionTask;
use super::sessions::Errand;
use super::sid::Sid;
use super::websocket::WebSocket;
use crate::engine_io::Session;
use crate::now::Now;
use crate::planted::planted;

/// The threads; they end when this is dropped, and with them all that lives there.
pub(super) struct Workers {
    doors: Vec<mpsc::Sender<net::TcpStream>>,
    next: usize,
}

/// What connections and sessions find on their thread.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) shared: Arc<Shared>,
    pub(super) ears: Ears,
}

impl Workers {
    /// Starts a thread for each core.
    pub(super) fn start(shared: &Arc<Shared>) -> io::Result<Self> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let doors = (0..cores).map(|_| start(shared.clone())).collect::<io::Result<_>>()?;
        Ok(Self { doors, next: 0 })
    }

    /// Gives a connection to the next thread, when that has room for it.
    pub(super) async fn give(&mut self, tcp: TcpStream) -> io::Result<()> {
        // Each runtime watches its own sockets.
        let tcp = tcp.into_std()?;
        self.next = (self.next + 1) % self.doors.len();
        // A thread that is gone has panicked, and said so.
        self.doors[self.next].send(tcp).await.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Local {
    /// Opens a session on polling; its first errand is the handshake's own GET.
    pub(super) fn open_polling(&self) -> mpsc::Sender<Box<Errand>> {
        let (sid, now) = (Sid::random(), self.shared.clock.now());
        let session = Session::polling(sid.as_str(), self.shared.session_config(), now);
        let (entered, errands) = self.shared.sessions.enter(sid);
        SessionTask::spawn(self.shared.guest(session, now), entered, self, None);
        errands
    }

    /// Opens a session on a WebSocket, whose handshake was read at the given time.
    pub(super) fn open_websocket(&self, websocket: WebSocket, born: Now) {
        let sid = Sid::random();
        let session = Session::websocket(sid.as_str(), self.shared.session_config(), born);
        let (entered, _) = self.shared.sessions.enter(sid);
        SessionTask::spawn(self.shared.guest(session, born), entered, self, Some(Box::new(websocket)));
    }
}

fn start(shared: Arc<Shared>) -> io::Result<mpsc::Sender<net::TcpStream>> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (door, comers) = mpsc::channel(COMERS);
    let name = "wire42-worker".to_owned();
    thread::Builder::new().name(name).spawn(move || work(&runtime, shared, comers))?;
    Ok(door)
}

fn work(runtime: &Runtime, shared: Arc<Shared>, mut comers: mpsc::Receiver<net::TcpStream>) {
    let local = Local { ears: Ears::new(shared.clock), shared };
    LocalSet::new().block_on(runtime, async {
        while let Some(tcp) = comers.recv().await {
            // What cannot be watched is closed.
            let Ok(tcp) = TcpStream::from_std(tcp) else { continue };
            if planted("one-connection-at-a-time") {
                peer::serve(tcp, local.clone()).await;
                continue;
            }
            spawn_local(peer::serve(tcp, local.clone()));
        }
    });
}

/// Connections that wait for a thread; the others wait in the kernel's queue.
const COMERS: usize = 64;
