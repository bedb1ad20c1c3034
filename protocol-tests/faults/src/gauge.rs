//! What a server takes of the machine, seen from outside.
//!
//! ```text
//! /proc/PID/status   VmRSS, VmHWM (the highest it was), Threads
//! /proc/PID/fd       an entry for each descriptor
//! /metrics           wire42_sessions, if the server has such a page
//! ```

use std::fmt;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

use crate::http::Http;
use crate::target::Target;

/// A reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gauge {
    /// Resident memory, in KiB.
    pub resident: u64,
    /// The highest it was since the start.
    pub peak: u64,
    /// Open descriptors.
    pub descriptors: usize,
    /// Threads.
    pub threads: u64,
    /// Sessions, if the server tells.
    pub sessions: Option<u64>,
}

impl Gauge {
    /// Reads.
    ///
    /// # Errors
    ///
    /// The server has ended.
    pub fn read(target: Target) -> io::Result<Self> {
        let gone = |_| io::Error::other("the server has ended");
        let status = fs::read_to_string(format!("/proc/{}/status", target.process)).map_err(gone)?;
        let field =
            |name| number_behind(&status, name).ok_or_else(|| io::Error::other("the server has ended"));
        Ok(Self {
            resident: field("VmRSS:")?,
            peak: field("VmHWM:")?,
            threads: field("Threads:")?,
            descriptors: fs::read_dir(format!("/proc/{}/fd", target.process)).map_err(gone)?.count(),
            sessions: target.admin.map(sessions).transpose()?,
        })
    }

    /// Waits until as many descriptors and sessions are open as were at another reading, or fewer.
    ///
    /// # Errors
    ///
    /// It did not come to that in this time.
    pub fn settle(target: Target, before: Self, time: Duration) -> io::Result<Self> {
        let began = Instant::now();
        loop {
            let now = Self::read(target)?;
            let is_back = now.descriptors <= before.descriptors
                && now.threads <= before.threads
                && now.sessions <= before.sessions;
            if is_back {
                return Ok(now);
            }
            if began.elapsed() > time {
                return Err(io::Error::other(format!(
                    "after {time:?} not back where it began: {before}; now {now}"
                )));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl fmt::Display for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resident, descriptors, threads, .. } = *self;
        write!(f, "{:.1} MiB, {descriptors} descriptors, {threads} threads", resident as f64 / 1024.0)?;
        self.sessions.map_or(Ok(()), |sessions| write!(f, ", {sessions} sessions"))
    }
}

/// Adds up `wire42_sessions{transport="…"}` of all transports.
fn sessions(port: u16) -> io::Result<u64> {
    let request = format!("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let answer = Http::open(port)?.ask(request.as_bytes(), Instant::now() + Duration::from_secs(5))?;
    Ok(sessions_in(&String::from_utf8_lossy(&answer.body)))
}

fn sessions_in(page: &str) -> u64 {
    let values = page.lines().filter_map(|line| line.strip_prefix("wire42_sessions{")?.split_once("} "));
    values.filter_map(|(_, value)| value.trim().parse::<u64>().ok()).sum()
}

fn number_behind(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_all_transports_are_added_up() {
        let page = "# TYPE wire42_sessions gauge\nwire42_sessions{transport=\"polling\"} 3\n\
            wire42_sessions{transport=\"websocket\"} 40\nwire42_sessions_opened_total{transport=\"polling\"} 900\n";

        assert_eq!(sessions_in(page), 43);
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        let status = "VmHWM:\t   60000 kB\nVmRSS:\t   51234 kB\nThreads:\t3\n";

        assert_eq!(number_behind(status, "VmRSS:"), Some(51_234));
        assert_eq!(number_behind(status, "Threads:"), Some(3));
        assert_eq!(number_behind(status, "VmSwap:"), None);
    }
}
