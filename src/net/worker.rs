//! The threads on which connections and sessions live: one a core, each with a runtime of its own.
//!
//! ```text
//! listener 0 ── thread 0   connections ─ sessions ─ ears
//! listener 1 ── thread 1   connections ─ sessions ─ ears
//! ```
//!
//! A session stays where its first request came in, so its state needs no lock and what is said in a room reaches all
//! sessions of a thread in one loop. Requests for it that come in on another thread reach it by the table of sessions.

use std::io;
use std::net;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::mpsc;
use tokio::task::spawn_local;
use tracing::warn;

use super::admission::Full;
use super::ear::Ears;
use super::http::Request;
use super::meter::{self, Count};
use super::peer;
use super::server::Shared;
use super::session_task::SessionTask;
use super::sessions::{Entered, Errand};
use super::shutdown::Phase;
use super::sid::Sid;
use super::websocket::WebSocket;
use crate::engine_io::Session;
use crate::hub::Token;
use crate::now::Now;
use crate::planted::planted;

/// What connections and sessions find on their thread.
#[derive(Clone)]
pub(super) struct Local {
    pub(super) shared: Arc<Shared>,
    pub(super) ears: Ears,
}

/// Somebody who was let in, and has no session yet.
pub(super) struct Arrival {
    entered: Entered,
    errands: mpsc::Sender<Box<Errand>>,
    /// What the CONNECTs must still show.
    token: Option<Token>,
}

/// Starts a thread for each listener; each accepts until the server ends, and ends when all is said.
pub(super) fn start(listeners: Vec<net::TcpListener>, shared: &Arc<Shared>) -> io::Result<()> {
    listeners.into_iter().try_for_each(|listener| start_one(listener, shared.clone()))
}

impl Local {
    /// Lets the sender of a handshake in, if there is a place.
    pub(super) fn admit(&self, handshake: &Request) -> Result<Arrival, Full> {
        if self.shared.shutdown.phase() > Phase::Serving {
            return Err(Full::Draining);
        }
        let (entered, errands) = self.shared.sessions.enter(Sid::random(), self.shared.clock.mono())?;
        Ok(Arrival { entered, errands, token: self.shared.site.token_to_show(handshake) })
    }

    /// Opens a session on polling; its first errand is the handshake's own GET.
    pub(super) fn open_polling(&self, arrival: Arrival) -> mpsc::Sender<Box<Errand>> {
        let now = self.shared.clock.now();
        let session = Session::polling(arrival.entered.sid().as_str(), self.shared.session_config(), now);
        let guest = self.shared.guest(session, arrival.token, now);
        SessionTask::spawn(guest, arrival.entered, self, None);
        arrival.errands
    }

    /// Opens a session on a WebSocket, whose handshake was read at the given time.
    pub(super) fn open_websocket(&self, arrival: Arrival, websocket: WebSocket, born: Now) {
        let session = Session::websocket(arrival.entered.sid().as_str(), self.shared.session_config(), born);
        let guest = self.shared.guest(session, arrival.token, born);
        SessionTask::spawn(guest, arrival.entered, self, Some(websocket));
    }
}

fn start_one(listener: net::TcpListener, shared: Arc<Shared>) -> io::Result<()> {
    let (tell, told) = std::sync::mpsc::channel();
    thread::Builder::new().name("wire42-worker".to_owned()).spawn(move || {
        let (worker, result) = match watch(listener) {
            Ok(worker) => (Some(worker), Ok(())),
            Err(error) => (None, Err(error)),
        };
        // Whoever started the thread waits for it.
        let _ = tell.send(result);
        if let Some((runtime, listener)) = worker {
            shared.meters.enlist();
            runtime.block_on(work(listener, shared));
        }
    })?;
    told.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
}

/// Makes the runtime of this thread, for tasks that stay on it, and lets it watch the listener.
fn watch(listener: net::TcpListener) -> io::Result<(LocalRuntime, TcpListener)> {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default())?;
    let entered = runtime.enter();
    let listener = TcpListener::from_std(listener)?;
    drop(entered);
    Ok((runtime, listener))
}

async fn work(listener: TcpListener, shared: Arc<Shared>) {
    let local = Local { ears: Ears::new(shared.clock), shared };
    let shutdown = local.shared.shutdown.clone();
    tokio::select! {
        () = accept(&listener, &local) => {}
        () = shutdown.clone().reaches(Phase::Draining) => {}
    }
    // Whoever is already in the queue is told to come back; the kernel would only reset the connection.
    while let Some(Ok((tcp, _))) = listener.accept().now_or_never() {
        spawn_local(serve(tcp, &local));
    }
    drop(listener);
    shutdown.clone().reaches(Phase::Ending).await;
    shutdown.finished().await;
}

/// Accepts connections for ever.
async fn accept(listener: &TcpListener, local: &Local) {
    let mut failures = 0u32;
    loop {
        match listener.accept().await {
            Ok((tcp, _)) => {
                failures = 0;
                if planted("one-connection-at-a-time") {
                    serve(tcp, local).await;
                    continue;
                }
                spawn_local(serve(tcp, local));
            }
            Err(error) => {
                if failures.is_multiple_of(LOGGED_FAILURES) {
                    warn!(%error, "cannot accept");
                }
                failures = failures.wrapping_add(1);
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

fn serve(tcp: TcpStream, local: &Local) -> impl Future<Output = ()> + use<> {
    // Without it small answers wait for the acknowledgement of the one before; a socket that refuses it works.
    let _ = tcp.set_nodelay(true);
    meter::count(Count::Accepted);
    let place = local.shared.connections.enter(local.shared.clock.mono());
    peer::serve(tcp, place, local.clone())
}

/// After an accept that failed, which is most often for want of file descriptors: others must be closed first.
const RETRY: Duration = Duration::from_millis(100);

/// One line in the log for a minute of failures.
const LOGGED_FAILURES: u32 = 600;
