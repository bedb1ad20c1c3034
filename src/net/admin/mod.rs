//! What an operator sees: a listener of its own, beside the threads that serve.
//!
//! ```text
//! GET /healthz   200 ok                        the process runs
//! GET /readyz    200 ready, or 503             whether it wants clients: not while it drains, or cannot store what they say
//! GET /metrics   200                           Prometheus text
//! ```
//!
//! It has no authentication: its address should be one that only the operator reaches. It goes on answering while the
//! server drains, and ends with it.

mod exposition;
mod metrics;
mod process;

use std::io;
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tracing::{info, warn};

pub(super) use exposition::Exposition;

use super::http::{Connection, Method, Request, Response};
use super::server::Shared;
use super::shutdown::Phase;

/// Listens on an address.
pub(super) fn bind(address: SocketAddr) -> io::Result<net::TcpListener> {
    let listener = net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Answers for ever, if there is something to listen on.
pub(super) async fn serve(listener: Option<net::TcpListener>, shared: &Arc<Shared>) -> io::Result<()> {
    let Some(listener) = listener else { return std::future::pending().await };
    let address = listener.local_addr()?;
    let listener = TcpListener::from_std(listener)?;
    info!(%address, "metrics and health");
    if !address.ip().is_loopback() {
        warn!(%address, "whoever reaches this address reads the metrics: there is no authentication");
    }
    let mut peers = JoinSet::new();
    loop {
        while peers.len() >= PEERS {
            peers.join_next().await;
        }
        match listener.accept().await {
            Ok((tcp, _)) => drop(peers.spawn(answer(tcp, shared.clone()))),
            // Most often for want of file descriptors.
            Err(_) => tokio::time::sleep(RETRY).await,
        }
        while peers.try_join_next().is_some() {}
    }
}

async fn answer(tcp: TcpStream, shared: Arc<Shared>) {
    let mut http = Connection::new(tcp);
    loop {
        let (request, response) = match http.next_request().await {
            Ok(None) => break,
            Ok(Some(request)) => {
                let response = route(&request, &shared);
                (Some(request), response)
            }
            Err(error) => (None, error.response()),
        };
        // A peer that is gone, or does not read, is not served again: the next request is `None`.
        let _ = http.respond(&response, request.as_ref(), shared.clock.unix()).await;
    }
    http.linger().await;
}

fn route(request: &Request, shared: &Shared) -> Response {
    if !matches!(request.method, Method::Get | Method::Head) {
        return Response::method_not_allowed("GET, HEAD", "This can only be read.");
    }
    match request.path.as_str() {
        "/healthz" => Response::text(200, "ok"),
        "/readyz" if shared.shutdown.phase() > Phase::Serving => Response::text(503, "draining"),
        "/readyz" if shared.storage.is_failing() => Response::text(503, "messages cannot be stored"),
        "/readyz" => Response::text(200, "ready"),
        "/metrics" => Response::metrics(metrics::page(shared)),
        _ => Response::text(404, "Here are /healthz, /readyz and /metrics."),
    }
}

/// Connections at once: an operator has one or two, and a stranger shall not take the descriptors of clients.
const PEERS: usize = 16;

/// After an accept that failed: others must be closed first.
const RETRY: Duration = Duration::from_millis(100);
