//! The server that is done to: started here, on free ports, and reached like any other.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};
use wire42_bench::server::Server;

/// Where it is.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The port for clients.
    pub port: u16,
    /// Its process.
    pub process: u32,
    /// The port of its figures, if it has them.
    pub admin: Option<u16>,
}

impl Target {
    /// Starts it, with flags and variables; what it prints goes to a file.
    ///
    /// # Errors
    ///
    /// It ended at once.
    pub fn start(
        binary: &Path,
        flags: &[&str],
        variables: &[(&str, String)],
        log: &Path,
    ) -> io::Result<(Server, Self)> {
        let admin = if has_admin(binary)? { Some(free_port()?) } else { None };
        let mut command = Command::new(binary);
        // A port that is free here may not be so on other addresses, behind a stampede from them.
        command
            .args(["--host", "127.0.0.1"])
            .args(flags)
            .envs(variables.iter().map(|(name, value)| (name, value)));
        if let Some(port) = admin {
            command.args(["--admin", &format!("127.0.0.1:{port}")]);
        }
        let server = Server::start(command, HISTORY, log)?;
        let target = Self { port: server.port, process: server.id(), admin };
        Ok((server, target))
    }

    /// Sends it a signal.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn signal(self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(self.pid()?, signal)?)
    }

    /// Limits how many descriptors it may have, and gives the limit of before.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn limit_descriptors(self, limit: Rlimit) -> io::Result<Rlimit> {
        Ok(prlimit(Some(self.pid()?), Resource::Nofile, limit)?)
    }

    fn pid(self) -> io::Result<Pid> {
        Pid::from_raw(self.process.cast_signed()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// Says whether a server of this kind tells its figures.
fn has_admin(binary: &Path) -> io::Result<bool> {
    let help = Command::new(binary).arg("--help").output();
    let help = help.map_err(|error| io::Error::other(format!("{}: {error}", binary.display())))?;
    Ok(String::from_utf8_lossy(&help.stdout).contains("--admin"))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// For peers that are told by a variable; wire42 is told by its flags.
const HISTORY: u32 = 16;
