//! A server with a bug, in a process of its own: this very program, started once more.
//!
//! ```text
//! parent > echo fast usual
//! child  < 127.0.0.1:40321
//! ```

use std::collections::BTreeMap;
use std::env;
use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use protocol_tests::case::Profile;
use protocol_tests::ours::{self, Pace, Setup};

/// The process, and what it listens on.
pub(crate) struct Server {
    child: Mutex<Process>,
}

struct Process {
    child: Child,
    ask: ChildStdin,
    told: BufReader<ChildStdout>,
    known: BTreeMap<String, String>,
}

impl Server {
    pub(crate) fn start(bug: &str) -> Server {
        let program = env::current_exe().expect("this program has a path");
        let mut command = Command::new(program);
        command.env(ROLE, "1").env("WIRE42_MUTANT", bug).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().expect("this program starts once more");
        let ask = child.stdin.take().expect("it was piped");
        let told = BufReader::new(child.stdout.take().expect("it was piped"));
        Server { child: Mutex::new(Process { child, ask, told, known: BTreeMap::new() }) }
    }

    /// The address of the server for a contract; none when the process is gone.
    pub(crate) fn address(&self, profile: Profile, pace: Pace, setup: Setup) -> Option<String> {
        let mut process = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(process.child.try_wait(), Ok(None)) {
            return None;
        }
        let key = format!("{} {pace:?} {}", profile.name(), setup.name());
        if let Some(address) = process.known.get(&key) {
            return Some(address.clone());
        }
        let mut line = String::new();
        writeln!(process.ask, "{key}").ok()?;
        process.told.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let address = line.trim().to_owned();
        process.known.insert(key, address.clone());
        Some(address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let process = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // It may have died of its bug.
        let _ = process.child.kill();
        let _ = process.child.wait();
    }
}

/// Tells whether this program was started to be a server.
pub(crate) fn is_wanted() -> bool {
    env::var_os(ROLE).is_some()
}

/// Starts servers as they are asked for, until nobody asks any more.
pub(crate) fn serve() {
    for line in stdin().lines().map_while(Result::ok) {
        let mut words = line.split(' ');
        let profile = words.next().and_then(Profile::named).expect("a contract");
        let pace = if words.next() == Some("Fast") { Pace::Fast } else { Pace::Slow };
        let setup = words.next().and_then(Setup::named).unwrap_or(Setup::Usual);
        println!("{}", ours::serve(profile, pace, setup).1);
    }
}

/// Set for the process that is to be a server.
const ROLE: &str = "TEETH_SERVER";
