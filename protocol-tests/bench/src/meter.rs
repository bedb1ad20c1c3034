//! What a stretch of work costs the server, and the load.

use std::io;
use std::time::Duration;

use crate::process::{Group, own_cpu};

/// A reading of both clocks.
#[derive(Debug)]
pub struct Meter {
    group: Group,
    server: Duration,
    load: Duration,
}

/// The CPU time between two readings.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    /// The server's.
    pub server: Duration,
    /// The load's own.
    pub load: Duration,
}

impl Meter {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// The server has ended.
    pub fn start(group: Group) -> io::Result<Self> {
        Ok(Self { server: group.cpu()?, load: own_cpu(), group })
    }

    /// Reads them again.
    ///
    /// # Errors
    ///
    /// The server has ended.
    pub fn spent(self) -> io::Result<Spent> {
        Ok(Spent {
            server: self.group.cpu()?.saturating_sub(self.server),
            load: own_cpu().saturating_sub(self.load),
        })
    }
}

/// Divides a time, in microseconds; nothing by nothing.
pub fn micros_each(time: Duration, count: u64) -> Option<f64> {
    (count > 0).then(|| time.as_secs_f64() * 1e6 / count as f64)
}
