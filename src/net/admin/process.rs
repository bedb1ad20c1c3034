//! What the operating system says of the process, under the names that all Prometheus clients use.
//!
//! ```text
//! /proc/self/status   VmRSS:     5120 kB
//! /proc/self/limits   Max open files            1024                 1048576              files
//! /proc/self/stat     42 (wire42) S 1 … 17 4 … 1234 …      user and system time, and the start, in ticks
//! /proc/stat          btime 1795345598                     when the machine started
//! ```
//!
//! Elsewhere than on Linux there is nothing of it.

use std::fs;
use std::path::Path;

use super::exposition::Exposition;
use crate::net::meter::{Head, Kind};

/// Writes what can be read.
pub(super) fn write(page: &mut Exposition) {
    let read = |file: &str| fs::read_to_string(Path::new("/proc").join(file)).unwrap_or_default();
    if let Some(bytes) = resident(&read("self/status")) {
        page.single(RESIDENT, bytes);
    }
    if let Ok(entries) = fs::read_dir("/proc/self/fd") {
        // Reading the list takes one itself.
        page.single(OPEN_FDS, entries.count().saturating_sub(1));
    }
    if let Some(limit) = max_fds(&read("self/limits")) {
        page.single(MAX_FDS, limit);
    }
    let Some(times) = Times::parse(&read("self/stat")) else { return };
    page.single(CPU, times.cpu as f64 / TICKS);
    if let Some(boot) = boot(&read("stat")) {
        page.single(START, boot as f64 + times.start as f64 / TICKS);
    }
}

fn resident(status: &str) -> Option<u64> {
    let kibibytes: u64 = word(status, "VmRSS:")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// The soft limit; none if there is none.
fn max_fds(limits: &str) -> Option<u64> {
    word(limits, "Max open files")?.parse().ok()
}

fn boot(stat: &str) -> Option<u64> {
    word(stat, "btime")?.parse().ok()
}

/// Finds the line that begins so, and the first word behind that.
fn word<'a>(text: &'a str, begin: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(begin))?.split_whitespace().next()
}

/// Of `/proc/self/stat`, in ticks.
#[derive(Debug, PartialEq)]
struct Times {
    cpu: u64,
    start: u64,
}

impl Times {
    /// proc(5): fields 14, 15 and 22. The second, the program's name, may hold blanks and parentheses.
    fn parse(stat: &str) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self { cpu: field(14)? + field(15)?, start: field(22)? })
    }
}

/// proc(5) counts in clock ticks, of which Linux shows programs a hundred a second on every machine that Rust knows.
const TICKS: f64 = 100.0;

const RESIDENT: Head = Head {
    kind: Kind::Gauge,
    name: "process_resident_memory_bytes",
    help: "Memory of the process that is in RAM.",
};

const OPEN_FDS: Head =
    Head { kind: Kind::Gauge, name: "process_open_fds", help: "File descriptors that are open." };

const MAX_FDS: Head =
    Head { kind: Kind::Gauge, name: "process_max_fds", help: "File descriptors that may be open." };

const CPU: Head = Head {
    kind: Kind::Counter,
    name: "process_cpu_seconds_total",
    help: "User and system time of the process.",
};

const START: Head = Head {
    kind: Kind::Gauge,
    name: "process_start_time_seconds",
    help: "When the process started, in seconds since 1970.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_program_cannot_shift_the_fields() {
        let stat = "42 (a) b) (c) S 1 2 3 4 5 6 7 8 9 10 17 4 13 14 15 16 17 18 1234 20\n";
        assert_eq!(Times::parse(stat), Some(Times { cpu: 21, start: 1234 }));
        assert_eq!(Times::parse(""), None);
    }

    #[test]
    fn memory_and_limits_are_found_by_their_lines() {
        assert_eq!(resident("Name:\twire42\nVmRSS:\t    5120 kB\n"), Some(5 * 1024 * 1024));
        let limit = |soft: &str| format!("Limit  Soft\nMax open files   {soft}   1048576   files\n");
        assert_eq!(max_fds(&limit("1024")), Some(1024));
        assert_eq!(max_fds(&limit("unlimited")), None);
        assert_eq!(boot("cpu 1 2\nbtime 1795345598\n"), Some(1_795_345_598));
    }
}
