//! wip
pub mod app;
pub mod client;
pub mod engine_io;
pub mod frame;
pub mod hub;
pub mod net;
pub mod now;
pub mod socket_io;
