//! `--spawn 'node echo.js $PORT'`: a server that the kit starts itself, starts again when it died, and ends with all it started.
//!
//! ```text
//! kit ──stdin──> sh ─┬─ waits for the end of stdin, then kills the group: also when the kit itself is killed
//!                    └─ exec: the command, PORT in its environment, its words on one pipe
//! ```

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::guise::Guise;
use crate::live::Remote;
use crate::target::Target;
use crate::venue::{Venue, live};

/// A server that is started here.
pub struct Spawned {
    command: String,
    guise: Guise,
    outfit: Outfit,
    state: Mutex<State>,
}

/// What every request to it shall have.
#[derive(Clone, Debug, Default)]
pub struct Outfit {
    /// Header lines.
    pub headers: Vec<(String, String)>,
    /// `name=value` pairs of the query.
    pub query: Vec<String>,
}

struct State {
    process: Option<Process>,
    deaths: Vec<String>,
}

/// One life of the server.
struct Process {
    child: Child,
    /// Ends the group when it is dropped.
    leash: Option<ChildStdin>,
    words: Words,
    remote: Arc<Remote>,
}

/// The last lines that a server said, and whether it may say more.
struct Words {
    lines: Arc<Mutex<VecDeque<String>>>,
    /// Disconnected when nothing more can come.
    end: mpsc::Receiver<()>,
}

impl Spawned {
    /// Starts a server and waits until it accepts connections.
    pub fn start(command: &str, outfit: Outfit, guise: Guise) -> Result<Spawned, String> {
        let process = Process::start(command, &outfit)?;
        let state = Mutex::new(State { process: Some(process), deaths: Vec::new() });
        Ok(Spawned { command: command.to_owned(), guise, outfit, state })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The server as it runs now, started again if it does not.
    fn remote(&self) -> Result<Arc<Remote>, String> {
        let mut state = self.state();
        state.bury();
        if state.process.is_none() {
            state.process = Some(Process::start(&self.command, &self.outfit)?);
        }
        let process = state.process.as_ref().expect("it has just been started");
        Ok(Arc::clone(&process.remote))
    }
}

impl Venue for Spawned {
    fn target(&self) -> Result<Box<dyn Target>, String> {
        live(&self.remote()?, &self.guise)
    }

    fn deaths(&self) -> usize {
        self.state().deaths.len()
    }

    fn death_after(&self, deaths: usize, suspect: bool) -> Option<String> {
        let mut state = self.state();
        // A connection that ended because the process did is seen before the process has quite ended.
        if suspect && state.deaths.len() == deaths && state.is_gone() {
            let until = Instant::now() + BURIAL;
            while state.deaths.len() == deaths && Instant::now() < until {
                thread::sleep(POLL);
                state.bury();
            }
        }
        state.bury();
        state.deaths.get(deaths).cloned()
    }

    fn revives(&self) -> bool {
        true
    }

    fn renew(&self) -> Result<(), String> {
        let mut state = self.state();
        state.bury();
        // The old one ends before the new one begins: it may hold a file, or a name.
        drop(state.process.take());
        state.process = Some(Process::start(&self.command, &self.outfit)?);
        Ok(())
    }
}

impl State {
    /// Notes the death of a process that has ended by itself.
    fn bury(&mut self) {
        if let Some(how) = self.process.as_mut().and_then(Process::death) {
            self.deaths.push(how);
            self.process = None;
        }
    }

    fn is_gone(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.remote.is_gone())
    }
}

impl Process {
    fn start(command: &str, outfit: &Outfit) -> Result<Process, String> {
        let port = free_port().map_err(|error| format!("no free port: {error}"))?;
        let mut shell = Command::new("sh");
        shell.args(["-c", WRAPPER, "sh", command]).env("PORT", port.to_string());
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut shell, 0);
        let mut child = shell.spawn().map_err(|error| format!("sh: {error}"))?;
        let words = Words::of(child.stdout.take().expect("its standard output is a pipe"));
        let leash = child.stdin.take();
        let address = address(Ipv4Addr::LOCALHOST.into(), port);
        let remote = Remote::of(address, false).map(Arc::new)?;
        let mut process = Process { child, leash, words, remote };
        process.await_readiness(port)?;
        let remote = Arc::get_mut(&mut process.remote).expect("nobody has been given it yet");
        remote.headers.clone_from(&outfit.headers);
        remote.query.clone_from(&outfit.query);
        Ok(process)
    }

    /// Waits until somebody accepts on the port, over IPv4 or IPv6.
    fn await_readiness(&mut self, port: u16) -> Result<(), String> {
        let until = Instant::now() + STARTUP;
        while Instant::now() < until {
            for host in [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), (Ipv6Addr::LOCALHOST, port).into()] {
                if TcpStream::connect_timeout(&host, POLL * 10).is_ok() {
                    self.remote = Remote::of(address(host.ip(), port), false).map(Arc::new)?;
                    return Ok(());
                }
            }
            if let Some(how) = self.death() {
                return Err(format!("it does not start: {how}"));
            }
            thread::sleep(POLL);
        }
        let waited = STARTUP.as_secs();
        Err(format!("nobody accepts connections at port {port} after {waited} s{}", self.words))
    }

    /// How it ended, if it has ended.
    fn death(&mut self) -> Option<String> {
        let status = self.child.try_wait().ok()??;
        // Those whom it started die with it, and then nobody holds the pipe open any more.
        drop(self.leash.take());
        let _ended_or_detached = self.words.end.recv_timeout(BURIAL);
        Some(format!("the server ended by itself, {status}{}", self.words))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.leash.take());
        // The shell that holds the other end kills the group, the child in it too.
        let _already_gone = self.child.wait();
    }
}

impl Words {
    /// Listens until the pipe ends.
    fn of(pipe: impl Read + Send + 'static) -> Words {
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let (hold, end) = mpsc::channel();
        let said = Arc::clone(&lines);
        thread::spawn(move || {
            let _until_the_pipe_ends = hold;
            let mut reader = BufReader::new(pipe);
            let mut line = Vec::new();
            while reader.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line).is_ok_and(|length| length > 0)
            {
                let text = String::from_utf8_lossy(&line).trim().to_owned();
                let mut lines = said.lock().unwrap_or_else(PoisonError::into_inner);
                lines.extend(Some(text).filter(|text| !text.is_empty()));
                if lines.len() > WORDS {
                    lines.pop_front();
                }
                line.clear();
            }
        });
        Words { lines, end }
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let said: Vec<&str> = lines.iter().map(String::as_str).collect();
        if said.is_empty() { Ok(()) } else { write!(f, "; its last words: {}", said.join(" | ")) }
    }
}

fn address(host: std::net::IpAddr, port: u16) -> Address {
    Address { is_secure: false, host: host.to_string(), port, path: None }
}

/// Asks the system for a port that nobody uses; it is free again until the server takes it.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A background job has no standard input of its own, so the leash is moved to 3 first.
const WRAPPER: &str = "exec 3<&0 2>&1; (cat <&3 >/dev/null 2>&1; kill -KILL 0) >/dev/null 2>&1 & \
                       exec 3<&- </dev/null; exec sh -c \"$1\"";

/// A server on Node or a JVM takes its time to start; one that takes longer hangs.
const STARTUP: Duration = Duration::from_secs(30);

/// How long after its last connection was refused a process may take to end.
const BURIAL: Duration = Duration::from_secs(1);

/// How often a server that starts or ends is looked at.
const POLL: Duration = Duration::from_millis(10);

/// The last lines mostly say why.
const WORDS: usize = 5;

/// A line longer than this is no last word.
const LINE_LIMIT: u64 = 4096;
