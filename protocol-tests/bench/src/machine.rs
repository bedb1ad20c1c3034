//! The machine that was measured on, as the kernel describes it.

use std::fs;
use std::io;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

/// What a reader needs to judge figures by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// Its processor.
    pub cpu: String,
    /// Cores that may be used.
    pub cores: usize,
    /// In GiB.
    pub memory_gib: u64,
    /// Its release.
    pub kernel: String,
}

impl Machine {
    /// Looks at this one.
    pub fn here() -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name| value(text, name).unwrap_or("unknown").to_owned();
        let memory = read("/proc/meminfo");
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name"),
            cores: available_parallelism().map_or(1, usize::from),
            memory_gib: value(&memory, "MemTotal").and_then(gib).unwrap_or(0),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

/// Says what the kernel has given out in small pieces, to sockets among others, in KiB.
///
/// # Errors
///
/// It does not say.
pub fn slab_kib() -> io::Result<u64> {
    let memory = fs::read_to_string("/proc/meminfo")?;
    let kib = value(&memory, "Slab").and_then(|kib| kib.strip_suffix(" kB")?.parse().ok());
    kib.ok_or_else(|| io::Error::other("/proc/meminfo has no Slab"))
}

/// Finds the value in a line such as `model name : AMD EPYC`.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.split_once(':').filter(|(key, _)| key.trim() == name))
        .map(|(_, value)| value.trim())
}

/// The kernel keeps some for itself: 16 GiB read as 15.6.
fn gib(kilobytes: &str) -> Option<u64> {
    let kilobytes: u64 = kilobytes.strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes.div_ceil(1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_its_name() {
        let text = "processor\t: 0\nmodel name\t: AMD EPYC: 2\nmodel\t\t: 2\nmodel name\t: other\n";

        assert_eq!(value(text, "model name"), Some("AMD EPYC: 2"));
        assert_eq!(value(text, "cores"), None);
    }

    #[test]
    fn memory_is_rounded_up_to_what_was_bought() {
        assert_eq!(gib("16384000 kB"), Some(16));
        assert_eq!(gib("16384000"), None);
    }
}
