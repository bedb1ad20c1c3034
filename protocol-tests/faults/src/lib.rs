//! Faults and soak over real TCP: what a server is done to, and what must hold.
//!
//! ```text
//! args ── main ──┬── faults/… on a stage each ──┬── target, gauge      the server, from outside
//!                └── soak ── load ──────────────┤
//!                                               ├── watch, ear         sentinels: nobody else is hurt
//!                                               └── client ── polling, websocket ── http, link
//! ```

pub mod args;
pub mod client;
pub mod dice;
pub mod ear;
pub mod faults;
pub mod gauge;
pub mod http;
pub mod link;
pub mod load;
pub mod polling;
pub mod soak;
pub mod stage;
pub mod target;
pub mod watch;
pub mod websocket;
