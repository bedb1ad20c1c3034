//! Sockets, clocks, tasks and randomness: everything that the protocol is kept free of.
//!
//! ```text
//! listener ──> peer task ─ HTTP ─┬─ errand ──> session task { Guest, WebSocket } <── ear <── room
//!  one a        one a connection │             one a session; owns its state,        one a room
//!  thread                        │             so neither needs a lock               and thread
//!                                └─ a connection that became a WebSocket is given to the session task
//! ```
//!
//! In this order: [`http`], from bytes to a request and back; [`route`], where it goes; [`admission`] and [`incomplete`], how much
//! is let in; [`server`], all of it together, where an example serves a client over TCP. What runs in between is private: `worker`,
//! the threads; `peer`, a connection; `session_task`, a session; `ear`, who hears a room; `wire`, what is written.

mod admin;
pub mod admission;
mod app_config;
mod clock;
mod connections;
mod ear;
mod files;
mod front;
pub mod http;
pub mod incomplete;
mod leaving;
mod listeners;
mod meter;
mod page;
mod peer;
mod refusals;
pub mod route;
pub mod server;
mod session_task;
mod sessions;
mod shutdown;
mod sid;
mod storage;
mod stream;
#[cfg_attr(not(feature = "tls"), path = "no_tls.rs")]
mod tls;
mod trace;
mod watch;
mod websocket;
mod wire;
mod worker;

pub use admission::{Admission, Full, Limits};
pub use app_config::AppConfig;
pub use files::Files;
pub use front::Front;
pub use incomplete::UNCOUNTED;
pub use page::{EXPLAIN_LIMIT, explained};
pub use route::{Route, Site};
pub use server::{Config, Server};
pub use storage::StoreConfig;
pub use tls::Tls;
pub use trace::{Note, Trace, Whom};
