//! Processes full of readers that are stopped while much is said.
//!
//! ```text
//! briefly   STOP ─ much is said ─ CONT                 behind, then the newest: nobody is let go
//! long      STOP ─ … interval and timeout … ─ CONT     let go by the heartbeat
//! ```
//!
//! This program starts itself as such a process (`faults reader PORT COUNT`); asked by a line, it tells what each of its
//! readers has come to.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, set_parent_process_death_signal};

use super::flood::Flood;
use crate::dice::Dice;
use crate::ear::last_number;
use crate::link::Link;
use crate::stage::{BOUND, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;
use crate::websocket::WebSocket;

pub(super) const FAULT: Fault = Fault {
    name: "stopped-readers",
    promise: "readers that are stopped briefly end with the newest history, those stopped for long are let go, memory is bounded",
    flags: &["--ping-interval", "2s", "--ping-timeout", "3s", "--history", "16"],
    bound: BOUND,
    settles: LAST_WORDS,
    memory: 24,
    wall_clock: WallClock::Real,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let port = scene.target.port;
    let (mut brief, mut long) = (Readers::start(port, READERS)?, Readers::start(port, READERS)?);
    brief.signal(Signal::STOP)?;
    long.signal(Signal::STOP)?;
    let flood = Flood::begin(port, FLOOD);
    thread::sleep(BRIEFLY);
    brief.signal(Signal::CONT)?;
    let said = flood.end()?;
    thread::sleep(CATCH_UP);
    let newest = scene.watch.newest();
    thread::sleep(CATCH_UP);
    let ends = brief.tell()?;
    if let Some(end) = ends.iter().find(|end| !end.is_connected || end.newest < newest) {
        return Err(io::Error::other(format!(
            "stopped for {BRIEFLY:?}, a reader ended as {end:?}; the newest is {newest}"
        )));
    }
    let (caught, all) = (ends.iter().map(|end| end.heard).max().unwrap_or_default(), said + newest);
    thread::sleep(HEARTBEAT.saturating_sub(BRIEFLY + 2 * CATCH_UP));
    long.signal(Signal::CONT)?;
    thread::sleep(CATCH_UP);
    let ends = long.tell()?;
    if let Some(end) = ends.iter().find(|end| end.is_connected) {
        return Err(io::Error::other(format!("stopped for {HEARTBEAT:?}, a reader is {end:?}")));
    }
    Ok(format!(
        "{said} messages of 2 KB meanwhile; {READERS} readers caught up to {newest} by {caught} of {all} messages; \
         {READERS} others were let go"
    ))
}

/// Some readers, stopped for less than the heartbeat allows, or for more.
pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    let mut readers = Readers::start(target.port, 2)?;
    readers.signal(Signal::STOP)?;
    thread::sleep(dice.millis(100, 8_000));
    readers.signal(Signal::CONT)?;
    readers.tell().map(drop)
}

/// What a reader has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    is_connected: bool,
    newest: u32,
    /// Messages, numbered or not.
    heard: u32,
}

/// A process of readers, killed when it is dropped.
struct Readers {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Readers {
    fn start(port: u16, count: u32) -> io::Result<Self> {
        let mut command = Command::new("/proc/self/exe");
        command.args(["reader", &port.to_string(), &count.to_string()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (ask, answers) = (process.stdin.take(), process.stdout.take());
        let ask = ask.expect("it was asked for");
        let answers = BufReader::new(answers.expect("it was asked for"));
        let mut readers = Self { process, ask, answers };
        readers.line()?;
        Ok(readers)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        let process = Pid::from_child(&self.process);
        Ok(kill_process(process, signal)?)
    }

    fn tell(&mut self) -> io::Result<Vec<End>> {
        self.ask.write_all(b"tell\n")?;
        let line = self.line()?;
        let words: Vec<u32> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let ends = words.chunks_exact(3);
        Ok(ends.map(|end| End { is_connected: end[0] == 1, newest: end[1], heard: end[2] }).collect())
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.answers.read_line(&mut line)? {
            0 => Err(io::Error::other("the readers' process has ended")),
            _ => Ok(line),
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        // Whether it is stopped or has ended: nothing of it is needed any more.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Is such a process: joins, says `ready`, and tells when it is asked.
///
/// # Errors
///
/// The server does not let them in, or nobody asks any more.
pub fn read(port: u16, count: u32) -> io::Result<()> {
    // A process that is stopped would outlive one that was ended by Ctrl-C.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let readers: Vec<Reader> = (0..count).map(|_| Reader::default()).collect();
    let joined = (0..count)
        .map(|_| WebSocket::join(Link::open_narrow(port)?, port))
        .collect::<io::Result<Vec<_>>>()?;
    thread::scope(|scope| {
        for (websocket, reader) in joined.into_iter().zip(&readers) {
            scope.spawn(move || reader.read(websocket));
        }
        println!("ready");
        for line in io::stdin().lock().lines() {
            line?;
            println!("{}", readers.iter().map(Reader::end).collect::<String>());
        }
        // The one who asked has ended; so do the readers, wherever they are.
        std::process::exit(0)
    })
}

/// One reader of such a process.
#[derive(Debug, Default)]
struct Reader {
    is_gone: AtomicBool,
    newest: AtomicU32,
    heard: AtomicU32,
}

impl Reader {
    fn read(&self, mut websocket: WebSocket) {
        while let Ok(packet) = websocket.hear(Instant::now() + BRIEFLY) {
            self.heard.fetch_add(u32::from(packet.is_some()), Ordering::Relaxed);
            if let Some(number) = packet.as_deref().and_then(last_number) {
                self.newest.store(number, Ordering::Relaxed);
            }
        }
        self.is_gone.store(true, Ordering::Relaxed);
    }

    /// Writes an [`End`].
    fn end(&self) -> String {
        let [newest, heard] = [&self.newest, &self.heard].map(|count| count.load(Ordering::Relaxed));
        format!("{} {newest} {heard} ", u8::from(!self.is_gone.load(Ordering::Relaxed)))
    }
}

const READERS: u32 = 8;

/// With the history 8 MB a second and reader: more than the kernel holds for it, and more than the 64 messages that the
/// server does.
const FLOOD: super::flood::Pace = super::flood::Pace { text: 2_000, pause: Duration::from_millis(4) };

/// Less than the timeout.
const BRIEFLY: Duration = Duration::from_millis(1_500);

/// For what waits to be read, and for the next message of the sentinels.
const CATCH_UP: Duration = Duration::from_millis(500);

/// Interval and timeout, and a second.
const HEARTBEAT: Duration = Duration::from_secs(6);
