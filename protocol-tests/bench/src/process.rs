//! What the kernel says of a server's processes: CPU time and resident memory.
//!
//! ```text
//! /proc/PID/stat      4711 (node) S 1 4711 … utime stime …    a group: every process whose fifth field is its id
//! /proc/PID/status    VmRSS:     51234 kB
//! ```

use std::fs;
use std::io;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

/// A server: the processes of its group.
#[derive(Clone, Debug)]
pub struct Group {
    leader: u32,
    members: Vec<u32>,
}

impl Group {
    /// Finds the processes that are in a group now; the group's id is that of the process that leads it.
    ///
    /// # Errors
    ///
    /// There is no `/proc`.
    pub fn find(id: u32) -> io::Result<Self> {
        let mut members = Vec::new();
        for entry in fs::read_dir("/proc")? {
            // A process may end while it is looked at.
            let Ok(text) = fs::read_to_string(entry?.path().join("stat")) else { continue };
            members.extend(Stat::parse(&text).filter(|stat| stat.group == id).map(|stat| stat.pid));
        }
        Ok(Self { leader: id, members })
    }

    /// Gives the user and system time of all of them, in steps of 10 ms on most kernels.
    ///
    /// # Errors
    ///
    /// The leader has ended.
    pub fn cpu(&self) -> io::Result<Duration> {
        let ticks = |text: &str| Stat::parse(text).map(|stat| stat.ticks);
        Ok(Duration::from_secs_f64(self.sum("stat", ticks)? as f64 / clock_ticks_per_second() as f64))
    }

    /// Gives the resident memory of all of them, in KiB. Pages that they share count for each.
    ///
    /// # Errors
    ///
    /// The leader has ended.
    pub fn resident_kib(&self) -> io::Result<u64> {
        self.sum("status", resident)
    }

    fn sum(&self, file: &str, figure: impl Fn(&str) -> Option<u64>) -> io::Result<u64> {
        let mut sum = 0;
        for &pid in &self.members {
            let text = fs::read_to_string(format!("/proc/{pid}/{file}")).ok();
            match text.and_then(|text| figure(&text)) {
                Some(value) => sum += value,
                None if pid == self.leader => return Err(io::Error::other("the server has ended")),
                None => {}
            }
        }
        Ok(sum)
    }
}

/// Gives the CPU time of this process, the load's own.
pub fn own_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}

/// A line of `/proc/PID/stat`.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    pid: u32,
    group: u32,
    ticks: u64,
}

impl Stat {
    /// proc_pid_stat(5): the name, in parentheses, may hold spaces and parentheses.
    fn parse(text: &str) -> Option<Self> {
        let (pid, rest) = text.split_once(" (")?;
        let (_, rest) = rest.rsplit_once(") ")?;
        let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
        // The third field of the line is the first behind the name.
        let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
        Some(Self { pid: pid.parse().ok()?, group: field(5)? as u32, ticks: field(14)? + field(15)? })
    }
}

/// Finds VmRSS, in kB, in `/proc/PID/status`; a process that has ended has none.
fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_name_may_look_like_the_rest_of_the_line() {
        let text =
            "4711 (a) R 1 (b) S 12 4700 4711 0 -1 4194304 100 0 0 0 250 31 0 0 20 0 11 0 5000 1000 200";

        assert_eq!(Stat::parse(text), Some(Stat { pid: 4711, group: 4700, ticks: 281 }));
    }

    #[test]
    fn half_a_line_is_none() {
        assert_eq!(Stat::parse("4711 (node) S 12 4700"), None);
        assert_eq!(Stat::parse(""), None);
    }

    #[test]
    fn resident_memory_is_found_where_there_is_some() {
        assert_eq!(
            resident("Name:\tnode\nVmHWM:\t  60000 kB\nVmRSS:\t   51234 kB\nThreads:\t11\n"),
            Some(51_234)
        );
        assert_eq!(resident("Name:\tnode\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn a_group_is_all_processes_of_a_server_until_it_ends() {
        let mut server = Command::new("cat").stdin(Stdio::piped()).process_group(0).spawn().unwrap();

        let group = Group::find(server.id()).unwrap();
        assert_eq!(group.members, [server.id()]);
        assert!(group.resident_kib().unwrap() > 0);
        drop(server.stdin.take());
        server.wait().unwrap();

        assert!(group.cpu().is_err());
    }
}
