//! A referee: the same load against wire42, its peers and the floor of the machine, in turns.
//!
//! ```text
//! args ──> main ── for each run, scenario, peer ──> scenario/… ──> Outcome ──> results ──> table, target, report
//!                                                     │
//!             server, process, meter  <───────────────┼──────────────>  rush ──> dialogue/… ──> line, http
//!             what it costs                           │                 clients on their way in
//!                                                     └──>  closed_loop, open_loop ──> crowd ──> client
//!                                                           what is said, and when     who hears it
//! ```
//!
//! The load is one thread: it must cost clearly less than what it measures, and says what it costs. To understand it, read
//! [`crowd`], [`client`], [`decoder`], [`ear`], [`flight`] and [`closed_loop`], in this order; [`rush`] and [`dialogue`] bring the
//! clients in.

pub mod alarm;
pub mod args;
pub mod card;
pub mod client;
pub mod closed_loop;
pub mod crowd;
pub mod decoder;
pub mod dialogue;
pub mod disk;
pub mod ear;
pub mod flight;
pub mod frame;
pub mod http;
pub mod line;
pub mod machine;
pub mod message;
pub mod meter;
pub mod metrics;
pub mod open_loop;
pub mod order;
pub mod outcome;
pub mod peer;
pub mod process;
pub mod projection;
pub mod quantiles;
pub mod report;
pub mod results;
pub mod rush;
pub mod scenario;
pub mod server;
pub mod storm;
pub mod table;
pub mod target;
pub mod writers;
