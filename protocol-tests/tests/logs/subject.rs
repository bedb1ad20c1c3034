//! The logs as a server has them.

use std::collections::{HashMap, VecDeque};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use wire42::socket_io::Namespace;
use wire42::sqlite::{Options, Sqlite};
use wire42::store::{Log, Memory, Outcome, Queue, Request, Store};

use super::{ROOMS, Start, namespace};

pub(super) trait Subject {
    /// Gives a request to the room's log; says what it answers at once.
    fn submit(&mut self, room: usize, request: Request) -> Option<Outcome>;
    /// Does at most so many of those that wait.
    fn commit(&mut self, most: usize) -> Vec<(usize, Outcome)>;
    /// Forgets the room's log.
    fn close(&mut self, room: usize);
    /// Ends in good order, and begins again.
    fn restart(&mut self, start: &Start);
    /// Is killed, with so many bytes of a write that was not finished, and begins again.
    fn crash(&mut self, torn: usize, start: &Start);
}

/// Logs that forget all with their process.
#[derive(Default)]
pub(super) struct Memories {
    logs: HashMap<usize, Box<dyn Log>>,
}

impl Subject for Memories {
    fn submit(&mut self, room: usize, request: Request) -> Option<Outcome> {
        self.logs.entry(room).or_insert_with(|| Memory.log(&namespace(room))).submit(request)
    }

    fn commit(&mut self, _: usize) -> Vec<(usize, Outcome)> {
        Vec::new()
    }

    fn close(&mut self, room: usize) {
        self.logs.remove(&room);
    }

    fn restart(&mut self, _: &Start) {
        self.logs.clear();
    }

    fn crash(&mut self, _: usize, _: &Start) {
        self.logs.clear();
    }
}

/// A file behind its queue.
pub(super) struct File {
    directory: PathBuf,
    /// Each process that was killed left a file of its own.
    number: u32,
    log: Option<Sqlite>,
    queue: Queue,
    logs: HashMap<usize, Box<dyn Log>>,
    /// Taken from the queue, and not done yet.
    taken: VecDeque<(Namespace, Request)>,
}

impl File {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("wire42-logs-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir(&directory).expect("no other test has this directory");
        let (queue, logs, taken) = (Queue::new(MAX_WAITING), HashMap::new(), VecDeque::new());
        let mut file = Self { directory, number: 0, log: None, queue, logs, taken };
        file.log = Some(file.open());
        file
    }

    fn path(&self, suffix: &str) -> PathBuf {
        self.directory.join(format!("{}.db{suffix}", self.number))
    }

    fn open(&self) -> Sqlite {
        Sqlite::open(&self.path(""), Options::default()).expect("the file is in order")
    }

    fn begin(&mut self, start: &Start) {
        self.logs.clear();
        self.taken.clear();
        self.queue = Queue::new(MAX_WAITING);
        let mut log = self.open();
        log.mark_restart(start.unix, start.keep());
        self.log = Some(log);
    }
}

impl Subject for File {
    fn submit(&mut self, room: usize, request: Request) -> Option<Outcome> {
        self.logs.entry(room).or_insert_with(|| self.queue.log(&namespace(room))).submit(request)
    }

    fn commit(&mut self, most: usize) -> Vec<(usize, Outcome)> {
        self.taken.extend(self.queue.take());
        let group = self.taken.drain(..most.min(self.taken.len())).collect();
        let outcomes = self.log.as_mut().expect("it is open").commit(group);
        let number = |room: Namespace| ROOMS.iter().position(|name| *name == room.as_str());
        outcomes.into_iter().map(|(room, outcome)| (number(room).expect("we named it"), outcome)).collect()
    }

    fn close(&mut self, room: usize) {
        self.logs.remove(&room);
    }

    fn restart(&mut self, start: &Start) {
        self.log = None;
        assert!(!self.path("-wal").exists(), "all is in the file");
        self.begin(start);
    }

    fn crash(&mut self, torn: usize, start: &Start) {
        let (file, wal) = (self.path(""), self.path("-wal"));
        self.number += 1;
        fs::copy(file, self.path("")).expect("the file is there");
        if let Ok(mut frames) = fs::read(wal) {
            // What was being written looks like what was written before.
            let begun: Vec<u8> = frames.iter().skip(WAL_HEADER).take(torn).copied().collect();
            frames.extend(begun);
            fs::write(self.path("-wal"), frames).expect("there is space");
        }
        self.begin(start);
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.log = None;
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Little enough that it is full now and then.
const MAX_WAITING: usize = 20_000;

/// https://www.sqlite.org/fileformat2.html#the_write_ahead_log.
const WAL_HEADER: usize = 32;
