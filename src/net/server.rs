//! The server as a whole, and what all its connections share.
//!
//! ```text
//! bind ──> run ── a thread a core ──> connections, sessions
//!           │
//!           ├─ drain completes: nobody new is let in, sessions are closed one after the other
//!           └─ end completes:   the rest is closed at once
//! ```
//!
//! ```
//! use std::future::pending;
//! use std::net::Ipv4Addr;
//! use std::time::Duration;
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::TcpStream;
//! use wire42::client::Terms;
//! use wire42::engine_io::{self, Transports};
//! use wire42::net::http::{Cors, Deadlines};
//! use wire42::net::{AppConfig, Config, Front, Limits, Server, Site, StoreConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let server = Server::bind(Config {
//!     host: Ipv4Addr::LOCALHOST.into(),
//!     port: 0,
//!     tls: None,
//!     admin: None,
//!     site: Site {
//!         path: "/socket.io/".to_owned(),
//!         cors: Cors::Any,
//!         transports: Transports::default(),
//!         token: None,
//!         front: Front::Nothing,
//!     },
//!     limits: Limits::default(),
//!     drain: Duration::from_secs(10),
//!     deadlines: Deadlines::default(),
//!     session: engine_io::Config::default(),
//!     terms: Terms::default(),
//!     app: AppConfig::Echo,
//!     store: StoreConfig::Memory,
//!     recovery: None,
//!     trace: None,
//! })?;
//! let address = server.local_addr()?;
//! assert_eq!(server.admin_addr()?, None);
//!
//! let client = async {
//!     let mut stream = TcpStream::connect(address).await.expect("it listens");
//!     let line = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n";
//!     let head = [line, "Host: localhost\r\nConnection: close\r\n\r\n"].concat();
//!     stream.write_all(head.as_bytes()).await.expect("it reads");
//!     let mut answer = String::new();
//!     stream.read_to_string(&mut answer).await.expect("it answers");
//!     assert!(answer.contains(r#"0{"sid":""#), "{answer}");
//! };
//! // It serves until the client is done.
//! server.run(pending(), client).await
//! # }
//! ```

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tracing::info;

use super::admin;
use super::admission::Limits;
use super::app_config::AppConfig;
use super::clock::Clock;
use super::connections::Connections;
use super::http::Deadlines;
use super::incomplete::Incomplete;
use super::listeners;
use super::meter::{Meters, Reading};
use super::refusals;
use super::route::Site;
use super::sessions::Sessions;
use super::shutdown::{Phase, Shutdown};
use super::sid::{Sid, draw};
use super::storage::{Storage, StoreConfig};
use super::tls::Tls;
use super::trace::Trace;
use super::watch::Watch;
use super::worker;
use crate::app::SocketId;
use crate::client::Terms;
use crate::engine_io::{self, Session, Transport};
use crate::hub::{Guest, Hub, Token};
use crate::now::Now;

/// All that an operator decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on. The unspecified address of IPv6 takes IPv4 too, and stands back for it where there is no
    /// IPv6.
    pub host: IpAddr,
    /// The port; 0 takes a free one.
    pub port: u16,
    /// For https and wss, and nothing else; without it, http and ws.
    pub tls: Option<Tls>,
    /// Where metrics and health can be read, if anywhere.
    pub admin: Option<SocketAddr>,
    /// What the server is to the outside.
    pub site: Site,
    /// How many may be inside.
    pub limits: Limits,
    /// For sessions to be closed one after the other, when the server drains.
    pub drain: Duration,
    /// How long a request may be on its way.
    pub deadlines: Deadlines,
    /// What each session is told.
    pub session: engine_io::Config,
    /// What each client must keep to.
    pub terms: Terms,
    /// What is served.
    pub app: AppConfig,
    /// Where what is said is kept.
    pub store: StoreConfig,
    /// How long a socket may be away and still be the same; none turns recovery off.
    pub recovery: Option<Duration>,
    /// Where packets are told, if anywhere.
    pub trace: Option<Trace>,
}

/// A server that listens.
pub struct Server {
    /// One for each thread.
    listeners: Vec<TcpListener>,
    admin: Option<TcpListener>,
    storage: Storage,
    config: Config,
}

/// What every connection needs.
pub(super) struct Shared {
    pub(super) site: Site,
    pub(super) connections: Arc<Connections>,
    pub(super) incomplete: Arc<Incomplete>,
    pub(super) sessions: Arc<Sessions>,
    pub(super) clock: Clock,
    pub(super) shutdown: Shutdown,
    pub(super) meters: Meters,
    pub(super) storage: Storage,
    config: Config,
    hub: Arc<Hub>,
}

impl Server {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// When an address, or the file of the store, cannot be had; the error says which.
    pub fn bind(config: Config) -> io::Result<Self> {
        // Before any port is taken: nobody is to find a server that does not serve.
        let storage = Storage::open(&config.store)?;
        let (host, port) = (config.host, config.port);
        let listeners = listeners::bind(host, port).map_err(|error| {
            io::Error::new(error.kind(), format!("cannot listen on {host}, port {port}: {error}"))
        })?;
        let admin = |address| {
            admin::bind(address).map_err(|error| {
                io::Error::new(error.kind(), format!("cannot listen on --admin {address}: {error}"))
            })
        };
        Ok(Self { listeners, admin: config.admin.map(admin).transpose()?, storage, config })
    }

    /// Gives the address, with the port that was really taken.
    ///
    /// # Errors
    ///
    /// When the operating system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listeners[0].local_addr()
    }

    /// Gives the address of metrics and health, if there is one, with the port that was really taken.
    ///
    /// # Errors
    ///
    /// When the operating system does not tell.
    pub fn admin_addr(&self) -> io::Result<Option<SocketAddr>> {
        self.admin.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// Serves until `drain` completes, then lets nobody in any more and closes the sessions one after the other; when `end`
    /// completes, it closes all at once. Either way they have a moment to say so.
    ///
    /// # Errors
    ///
    /// When the operating system gives no threads, or no events of the operator's listener.
    pub async fn run(self, drain: impl Future<Output = ()>, end: impl Future<Output = ()>) -> io::Result<()> {
        let shutdown = Shutdown::new(self.config.drain);
        let shared = Arc::new(Shared::new(self.config, self.storage, shutdown.clone()));
        let hub = shared.hub.clone();
        shared.storage.start(&hub, shared.clock.unix(), shared.config.recovery)?;
        shared.site.front.report();
        worker::start(self.listeners, &shared)?;
        let life = async {
            let drained = async {
                drain.await;
                info!("draining");
                shutdown.enter(Phase::Draining);
                shutdown.drained().await;
            };
            tokio::select! {
                () = drained => {}
                () = end => {}
            }
            shutdown.enter(Phase::Ending);
            // Who has not finished by then is cut off.
            let _ = tokio::time::timeout(FAREWELL, shutdown.finished()).await;
        };
        // An operator can look until the very end.
        tokio::select! {
            () = life => {}
            () = refusals::report(&shared) => {}
            result = admin::serve(self.admin, &shared) => result?,
        }
        shared.storage.finish();
        let totals = hub.totals();
        info!(refused = totals.refused, throttled = totals.throttled, "closed");
        Ok(())
    }
}

impl Shared {
    fn new(config: Config, storage: Storage, shutdown: Shutdown) -> Self {
        let keeping = storage.keeping(config.recovery);
        let hub = config.app.hub_with(keeping, Box::new(|| SocketId::from(draw().as_str())));
        let connections = Arc::new(Connections::new(config.limits.max_connections));
        let incomplete = Arc::new(Incomplete::new(config.limits.max_incomplete));
        let sessions = Arc::new(Sessions::new(config.limits));
        Self {
            site: config.site.clone(),
            connections,
            incomplete,
            sessions,
            clock: Clock::start(),
            shutdown,
            meters: Meters::default(),
            storage,
            config,
            hub,
        }
    }

    /// Sums up all that is counted.
    pub(super) fn read(&self) -> Reading {
        Reading { sums: self.meters.sum(), totals: self.hub.totals() }
    }

    pub(super) fn deadlines(&self) -> Deadlines {
        self.config.deadlines
    }

    pub(super) fn tls(&self) -> Option<&Tls> {
        self.config.tls.as_ref()
    }

    pub(super) fn max_payload(&self) -> usize {
        self.config.session.max_payload
    }

    pub(super) fn session_config(&self) -> engine_io::Config {
        self.config.session.clone()
    }

    /// Begins the watch over a session.
    pub(super) fn watch(&self, sid: &Sid, transport: Transport) -> Watch {
        Watch::begin(sid, transport, self.config.trace.as_ref(), self.clock)
    }

    pub(super) fn guest(&self, session: Session, token: Option<Token>, now: Now) -> Guest {
        let client = self.config.app.client(session, self.config.terms, now);
        Guest::new(client, self.hub.clone()).asked_for(token)
    }
}

/// For sessions to say that they are over: held GETs are answered and close frames written. An operator waits two seconds.
const FAREWELL: Duration = Duration::from_millis(1200);
