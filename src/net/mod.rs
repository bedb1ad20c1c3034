//! Sockets, clocks, tasks and randomness: everything that the protocol is kept free of.
//!
//! ```text
//! accept ──> peer task ─ HTTP ─┬─ errand ──> session task { Guest, WebSocket }
//!            one a connection  │             one a session; owns its state, so neither needs a lock
//!                              └─ a connection that became a WebSocket is given to the session task
//! ```

mod clock;
pub mod http;
mod peer;
mod route;
mod server;
mod session_task;
mod sessions;
mod shutdown;
mod sid;
mod websocket;
mod wire;

pub use route::{Route, Site};
pub use server::{AppConfig, Config, Server};
