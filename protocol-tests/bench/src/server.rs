//! One peer that runs: a process of its own, on a port of its own, until it is dropped.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::process::Group;

/// A server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

impl Server {
    /// Starts it and waits until it listens. What it prints goes to a file.
    ///
    /// # Errors
    ///
    /// It ended, or did not listen in time.
    pub fn start(mut command: Command, history: u32, log: &Path) -> io::Result<Self> {
        let port = free_port()?;
        let output = File::create(log)?;
        command.env("PORT", port.to_string()).env("HISTORY", history.to_string());
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        // A group of its own: its processes are found, and ended, by that.
        let child = command.process_group(0).spawn()?;
        RUNNING.store(child.id(), Ordering::Relaxed);
        let mut server = Self { child, port };
        server
            .await_listener()
            .map_err(|error| io::Error::other(format!("{error}; see {}", log.display())))?;
        Ok(server)
    }

    /// Gives the id of the process that was started.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Says whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Finds its processes.
    ///
    /// # Errors
    ///
    /// It has ended.
    pub fn group(&self) -> io::Result<Group> {
        Group::find(self.child.id())
    }

    /// Takes the server along when this process is interrupted or told to end.
    ///
    /// # Errors
    ///
    /// It was called before.
    pub fn end_with_us() -> io::Result<()> {
        let end = || {
            kill(RUNNING.load(Ordering::Relaxed));
            std::process::exit(130);
        };
        ctrlc::set_handler(end).map_err(io::Error::other)
    }

    fn await_listener(&mut self) -> io::Result<()> {
        let began = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                return Err(io::Error::other(format!("ended at once: {status}")));
            }
            if began.elapsed() > START_LIMIT {
                return Err(io::Error::other(format!("does not listen after {START_LIMIT:?}")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing of it is needed any more, so it gets no time to say goodbye to ten thousand clients.
        kill(self.child.id());
        RUNNING.store(0, Ordering::Relaxed);
        // It has ended; whether that can be told changes nothing.
        let _ = self.child.wait();
    }
}

fn kill(group: u32) {
    if let Some(leader) = Pid::from_raw(group.cast_signed()) {
        // It may have ended by itself.
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// Finds a port of 127.0.0.1 that nobody listens on.
///
/// # Errors
///
/// There is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// The leader of the group that runs now, for a handler of signals; 0 if there is none. There is never more than one.
static RUNNING: AtomicU32 = AtomicU32::new(0);

/// Python takes a second on an idle machine.
const START_LIMIT: Duration = Duration::from_secs(20);
