//! Both kinds of log against one model, under random operations, crashes and restarts.
//!
//! ```text
//! operations ─┬─> a log in memory, or a file behind its queue ──> outcomes ─┐
//!             └─> model ──────────────────────────────────────> outcomes ─┴─> the same
//! ```
//!
//! A crash is what a killed process leaves: the file and its log as they are at that moment, perhaps with a beginning of what was
//! just being written. The memory kind forgets all with its process, and so says the model.

mod model;
mod subject;

use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use wire42::app::SocketId;
use wire42::socket_io::Namespace;
use wire42::store::{Fault, Outcome, Pid, Recoverable, Request, Tail, Ticket};

use model::Model;
use subject::{File, Memories, Subject};

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_log_in_memory_is_as_the_model(operations in operations()) {
        play(Memories::default(), Model::forgetful(), operations);
    }

    #[test]
    fn a_log_in_a_file_is_as_the_model(operations in operations()) {
        play(File::new(), Model::durable(), operations);
    }
}

/// What can happen. Rooms are numbers, and so are those who may come back.
#[derive(Clone, Debug)]
enum Operation {
    Append {
        room: usize,
        length: usize,
        unix: i64,
    },
    Enroll {
        room: usize,
        pid: usize,
    },
    Part {
        room: usize,
        pid: usize,
        unix: i64,
    },
    Forget {
        room: usize,
        pid: usize,
    },
    /// The room is forgotten by the server, and comes to be again, with this much of its end.
    Reopen {
        room: usize,
        tail: Tail,
    },
    /// At most so many of those that wait are done, together.
    Commit {
        most: usize,
    },
    /// All that waits is done; then the process ends.
    Restart(Start),
    /// The process ends; `during`, after it has done all that waits, and before anybody was told.
    Crash {
        during: bool,
        torn: usize,
        start: Start,
    },
}

/// The process begins again.
#[derive(Clone, Debug)]
struct Start {
    unix: i64,
    keep: u64,
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let (room, pid, unix) = (0..ROOMS.len(), 0..4usize, 0..1_000i64);
    let tail = (0..6usize, 0..300usize).prop_map(|(records, bytes)| Tail { records, bytes });
    let start = || (0..1_000i64, 0..500u64).prop_map(|(unix, keep)| Start { unix, keep });
    let length = prop_oneof![9 => 0..100usize, 1 => select(vec![2_000, 5_000, 20_000])];
    let operation = prop_oneof![
        8 => (room.clone(), length, unix.clone())
            .prop_map(|(room, length, unix)| Operation::Append { room, length, unix }),
        3 => (room.clone(), pid.clone()).prop_map(|(room, pid)| Operation::Enroll { room, pid }),
        2 => (room.clone(), pid.clone(), unix).prop_map(|(room, pid, unix)| Operation::Part { room, pid, unix }),
        1 => (room.clone(), pid).prop_map(|(room, pid)| Operation::Forget { room, pid }),
        2 => (room, tail).prop_map(|(room, tail)| Operation::Reopen { room, tail }),
        6 => (0..9usize).prop_map(|most| Operation::Commit { most }),
        1 => start().prop_map(Operation::Restart),
        1 => (any::<bool>(), 0..9_000usize, start())
            .prop_map(|(during, torn, start)| Operation::Crash { during, torn, start }),
    ];
    prop::collection::vec(operation, 1..80)
}

fn play(mut subject: impl Subject, mut model: Model, operations: Vec<Operation>) {
    for (number, operation) in operations.into_iter().enumerate() {
        if let Some((room, request)) = request(number, &operation) {
            submit(&mut subject, &mut model, room, request);
            continue;
        }
        match operation {
            Operation::Commit { most } => check(&mut subject, &mut model, most),
            Operation::Restart(start) => {
                check(&mut subject, &mut model, usize::MAX);
                subject.restart(&start);
                model = compare(&mut subject, vec![model.restarted(&start)]);
            }
            Operation::Crash { during, torn, start } => {
                let mut perhaps = vec![model.restarted(&start)];
                if during {
                    subject.commit(usize::MAX);
                    model.commit(usize::MAX);
                    perhaps.push(model.restarted(&start));
                }
                subject.crash(torn, &start);
                model = compare(&mut subject, perhaps);
            }
            other => unreachable!("{other:?} is a request"),
        }
    }
    check(&mut subject, &mut model, usize::MAX);
    compare(&mut subject, vec![model]);
}

/// What a room would ask of its log.
fn request(number: usize, operation: &Operation) -> Option<(usize, Request)> {
    Some(match *operation {
        Operation::Append { room, length, unix } => {
            let json = format!("\"{number}{}\"", "x".repeat(length)).into();
            (room, Request::Append { ticket: Ticket(number as u64), json, unix })
        }
        Operation::Enroll { room, pid } => {
            let socket = SocketId::from(&*format!("socket-{pid}"));
            (
                room,
                Request::Enroll(Recoverable { pid: name(pid), socket, since: number as u64, gone_at: None }),
            )
        }
        Operation::Part { room, pid, unix } => (room, Request::Part { pid: name(pid), unix }),
        Operation::Forget { room, pid } => (room, Request::Forget { pid: name(pid) }),
        Operation::Reopen { room, tail } => (room, Request::Open(tail)),
        Operation::Commit { .. } | Operation::Restart(_) | Operation::Crash { .. } => return None,
    })
}

/// Gives a request to both. The first of a log opens it.
fn submit(subject: &mut impl Subject, model: &mut Model, room: usize, request: Request) {
    let is_open = matches!(request, Request::Open(_));
    if is_open {
        subject.close(room);
        model.close(room);
    } else if !model.is_open(room) {
        submit(subject, model, room, Request::Open(Tail { records: 3, bytes: 100 }));
    }
    let copy = copy(&request);
    match subject.submit(room, request) {
        Some(Outcome::Failed { what, fault: Fault::Busy }) => {
            assert_eq!(Some(what), copy.asked(), "the queue is full");
        }
        answer => assert_eq!(answer, model.submit(room, copy)),
    }
}

/// Lets both do some of what waits.
fn check(subject: &mut impl Subject, model: &mut Model, most: usize) {
    assert_eq!(subject.commit(most), model.commit(most));
}

/// Opens each room, and finds the one of these models that says the same.
fn compare(subject: &mut impl Subject, models: Vec<Model>) -> Model {
    let mut found = Vec::new();
    for room in 0..ROOMS.len() {
        subject.close(room);
        found.extend(subject.submit(room, Request::Open(ALL)).map(|outcome| (room, outcome)));
        found.extend(subject.commit(usize::MAX));
    }
    let mut expected = Vec::new();
    for mut model in models {
        let mut rooms = Vec::new();
        for room in 0..ROOMS.len() {
            model.close(room);
            rooms.extend(model.submit(room, Request::Open(ALL)).map(|outcome| (room, outcome)));
            rooms.extend(model.commit(usize::MAX));
        }
        if rooms == found {
            return model;
        }
        expected.push(rooms);
    }
    panic!("{found:#?} is none of {expected:#?}")
}

fn copy(request: &Request) -> Request {
    match request {
        Request::Open(tail) => Request::Open(*tail),
        Request::Append { ticket, json, unix } => {
            Request::Append { ticket: *ticket, json: json.clone(), unix: *unix }
        }
        Request::Enroll(socket) => Request::Enroll(socket.clone()),
        Request::Part { pid, unix } => Request::Part { pid: pid.clone(), unix: *unix },
        Request::Forget { pid } => Request::Forget { pid: pid.clone() },
    }
}

fn name(pid: usize) -> Pid {
    Pid::from(&*format!("pid-{pid}"))
}

fn namespace(room: usize) -> Namespace {
    Namespace::parse(ROOMS[room]).expect("it begins with a slash")
}

impl Start {
    fn keep(&self) -> Duration {
        Duration::from_secs(self.keep)
    }
}

/// All of a room.
const ALL: Tail = Tail { records: usize::MAX, bytes: usize::MAX };

const ROOMS: [&str; 3] = ["/", "/team", "/team-a"];
