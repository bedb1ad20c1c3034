use std::sync::mpsc;

use super::*;
use crate::store::{Queue, Store};

#[test]
fn a_group_is_done_in_its_order_and_what_was_said_is_there_after_a_kill() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    let group = vec![
        append("/", 1, "1"),
        append("/a", 2, "2"),
        enroll("/a", "john"),
        append("/", 3, "3"),
        part("/a", "john", 7),
    ];
    let outcomes = log.commit(group);
    let enrolled = (room("/a"), Outcome::Enrolled { pid: "john".into() });
    assert_eq!(
        outcomes,
        [appended("/", 1, 1, "1"), appended("/a", 2, 1, "2"), enrolled, appended("/", 3, 2, "3")]
    );

    let mut killed = Sqlite::open(&scratch.killed("killed.db"), Options::default()).unwrap();
    assert_eq!(seen(&mut killed, "/"), (2, vec!["1".into(), "3".into()], vec![]));
    assert_eq!(seen(&mut killed, "/a"), (1, vec!["2".into()], vec![("john".into(), Some(7))]));
    assert_eq!(seen(&mut killed, "/b"), (0, vec![], vec![]), "a room that nobody spoke in");
}

#[test]
fn the_end_of_a_log_is_as_long_as_it_is_wanted() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(["1", "22", "333", "4444"].map(|json| append("/", 0, json)).into());
    let mut tail = |records, bytes| {
        let outcomes = log.commit(vec![(room("/"), Request::Open(Tail { records, bytes }))]);
        let [(_, Outcome::Opened { position: 4, records, .. })] = &outcomes[..] else {
            panic!("{outcomes:?}")
        };
        records.iter().map(|record| record.position).collect::<Vec<_>>()
    };
    assert_eq!(tail(10, 1_000), [1, 2, 3, 4]);
    assert_eq!(tail(2, 1_000), [3, 4]);
    assert_eq!(tail(10, 9), [3, 4], "a comma behind each");
    assert_eq!(tail(10, 8), [4]);
    assert_eq!(tail(10, 1), [4], "the last one, however large it is");
    assert!(tail(0, 1_000).is_empty());
}

#[test]
fn with_no_space_for_all_there_is_as_much_as_there_is_space_for() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    limit(&log, 0);
    let huge = "x".repeat(100_000);
    let outcomes = log.commit(vec![append("/", 1, "1"), append("/", 2, &huge), append("/", 3, "3")]);
    assert_eq!(outcomes, [appended("/", 1, 1, "1"), failed("/", 2, Fault::Full), appended("/", 3, 2, "3")]);
    assert!(log.is_failing());

    assert_eq!(log.retry(), []);
    assert!(log.is_failing(), "there is still no space");
    assert_eq!(seen(&mut log, "/").0, 2, "a room is opened all the same");
    assert!(log.is_failing(), "and that says nothing about writing");

    limit(&log, 100);
    assert_eq!(log.retry(), []);
    assert!(!log.is_failing());
    assert_eq!(seen(&mut log, "/"), (2, vec!["1".into(), "3".into()], vec![]));
}

#[test]
fn on_a_full_disk_who_is_gone_is_written_later() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(vec![enroll("/", "john"), enroll("/", "jane"), enroll("/", "jim")]);
    let huge = "x".repeat(100_000);
    limit(&log, 0);
    // One group that cannot be done, and no second attempt with half of it.
    log.is_failing = true;
    let outcomes =
        log.commit(vec![part("/", "john", 7), append("/", 0, &huge), forget("/", "jane"), enroll("/", "jo")]);
    let no_jo = (room("/"), Outcome::Failed { what: Asked::Enroll("jo".into()), fault: Fault::Full });
    assert_eq!(outcomes, [failed("/", 0, Fault::Full), no_jo]);
    assert_eq!((log.owed(), log.is_failing()), (2, true));

    log.commit(vec![append("/", 1, "1")]);
    assert_eq!((log.owed(), log.is_failing()), (0, false), "with the next that has space");
    drop(log);
    let mut log = scratch.open();
    assert_eq!(seen(&mut log, "/").2, [("jim".into(), None), ("john".into(), Some(7))]);
}

#[test]
fn a_message_that_the_tables_refuse_harms_no_other() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.connection.as_ref().unwrap().execute_batch(
        "CREATE TRIGGER theirs BEFORE INSERT ON messages WHEN NEW.message = '2' BEGIN SELECT RAISE(ABORT, 'no'); END",
    ).unwrap();
    let outcomes = log.commit(["1", "2", "3"].map(|json| append("/", json.parse().unwrap(), json)).into());
    assert_eq!(outcomes, [appended("/", 1, 1, "1"), failed("/", 2, Fault::Broken), appended("/", 3, 2, "3")]);
    assert!(!log.is_failing());
}

#[test]
fn while_another_program_writes_messages_are_refused_and_rooms_opened() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(vec![append("/", 1, "1")]);
    log.connection.as_ref().unwrap().busy_timeout(Duration::ZERO).unwrap();
    let others = other(&scratch);
    others.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(log.commit(vec![append("/", 2, "2")]), [failed("/", 2, Fault::Broken)]);
    assert_eq!(seen(&mut log, "/"), (1, vec!["1".into()], vec![]));
    others.execute_batch("COMMIT").unwrap();
    assert_eq!(log.commit(vec![append("/", 3, "3")]), [appended("/", 3, 2, "3")]);
    assert!(!log.is_failing());
}

#[test]
fn what_is_uncertain_is_answered_when_it_is_in_the_file() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.mishaps = vec![Mishap::Lost];
    let outcomes = log.commit(vec![append("/", 1, "1"), enroll("/", "john"), part("/", "jane", 7)]);
    assert_eq!(
        outcomes,
        [(room("/"), Outcome::Failed { what: Asked::Enroll("john".into()), fault: Fault::Broken })]
    );
    assert_eq!((log.is_failing(), log.owed()), (true, 1));
    assert_eq!(log.commit(vec![append("/", 2, "2")]), [appended("/", 1, 1, "1"), appended("/", 2, 2, "2")]);
    assert_eq!((log.is_failing(), log.owed()), (false, 0));
    assert_eq!(seen(&mut log, "/").1, ["1", "2"]);
}

#[test]
fn what_is_uncertain_is_refused_when_something_else_is_in_its_place() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.mishaps = vec![Mishap::Lost, Mishap::Lost];
    assert_eq!(log.commit(vec![append("/", 1, "1")]), []);
    assert_eq!(log.retry(), [failed("/", 1, Fault::Broken)]);
    assert_eq!(seen(&mut log, "/").0, 0);
}

#[test]
fn what_is_uncertain_stays_so_while_nothing_can_be_written() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(vec![append("/", 0, "0")]);
    log.mishaps = vec![Mishap::Lost];
    assert_eq!(log.commit(vec![append("/", 1, "1")]), []);
    log.connection.as_ref().unwrap().pragma_update(None, "query_only", true).unwrap();
    assert_eq!(log.commit(vec![append("/", 2, "2")]), [failed("/", 2, Fault::Broken)]);
    assert_eq!(log.retry(), []);
    assert_eq!(seen(&mut log, "/").0, 1);
    assert!(log.is_failing());
    log.connection.as_ref().unwrap().pragma_update(None, "query_only", false).unwrap();
    assert_eq!(log.retry(), [appended("/", 1, 2, "1")]);
    assert!(!log.is_failing());
}

#[test]
fn what_reached_the_file_is_found_there_and_not_written_twice() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.mishaps = vec![Mishap::Reached];
    assert_eq!(log.commit(vec![append("/", 1, "1"), append("/a", 2, "2")]), []);
    log.connection = None;
    assert_eq!(log.retry(), [appended("/", 1, 1, "1"), appended("/a", 2, 1, "2")]);
    assert_eq!((seen(&mut log, "/").1, seen(&mut log, "/a").1), (vec!["1".into()], vec!["2".into()]));
}

#[test]
fn what_is_uncertain_stays_so_while_the_file_cannot_be_opened_again() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.mishaps = vec![Mishap::Reached];
    assert_eq!(log.commit(vec![append("/", 1, "1")]), []);
    log.connection = None;
    let others = other(&scratch);
    others.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(log.commit(vec![append("/", 2, "2")]), [failed("/", 2, Fault::Broken)]);
    assert_eq!(log.trouble(), "another program is writing to this history");
    others.execute_batch("COMMIT").unwrap();
    assert_eq!(log.retry(), [appended("/", 1, 1, "1")]);
    assert_eq!(seen(&mut log, "/").1, ["1"]);
}

#[test]
fn a_broken_connection_is_opened_again() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(vec![append("/", 1, "1")]);
    log.connection = None;
    assert_eq!(log.commit(vec![append("/", 2, "2")]), [appended("/", 2, 2, "2")]);
}

#[test]
fn a_restart_is_when_those_who_were_there_went() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(vec![
        enroll("/", "here"),
        enroll("/", "away"),
        part("/", "away", 900),
        enroll("/", "old"),
        part("/", "old", 879),
    ]);
    log.mark_restart(1_000, Duration::from_secs(120));
    let expected = [("away".to_owned(), Some(900)), ("here".to_owned(), Some(1_000))];
    assert_eq!(seen(&mut log, "/").2, expected);
    drop(log);
    assert_eq!(seen(&mut scratch.open(), "/").2, expected);
}

#[test]
fn a_restart_counts_also_while_it_cannot_be_written() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(vec![enroll("/", "here"), enroll("/", "old"), part("/", "old", 879)]);
    log.connection.as_ref().unwrap().pragma_update(None, "query_only", true).unwrap();
    log.mark_restart(1_000, Duration::from_secs(120));
    assert!(log.is_failing());
    assert_eq!(seen(&mut log, "/").2, [("here".into(), Some(1_000))]);
    log.connection.as_ref().unwrap().pragma_update(None, "query_only", false).unwrap();
    log.commit(vec![enroll("/", "new")]);
    drop(log);
    assert_eq!(seen(&mut scratch.open(), "/").2, [("new".into(), None), ("here".into(), Some(1_000))]);
}

#[test]
fn positions_go_on_where_an_operator_deleted() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(["1", "2", "3"].map(|json| append("/", 0, json)).into());
    other(&scratch).execute_batch("DELETE FROM messages").unwrap();
    assert_eq!(seen(&mut log, "/"), (3, vec![], vec![]));
    assert_eq!(log.commit(vec![append("/", 4, "4")]), [appended("/", 4, 4, "4")]);
}

#[test]
fn an_operator_reads_and_copies_while_it_is_used() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.commit(vec![append("/", 1, "1"), append("/", 2, "2")]);
    let others = other(&scratch);
    let sql = "SELECT group_concat(room || position || time || message) FROM history";
    let text: String = others.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(text, "/11970-01-01 00:16:401,/21970-01-01 00:16:402");
    others.execute("VACUUM INTO ?", [scratch.file("copy.db").to_str()]).unwrap();
    log.commit(vec![append("/", 3, "3")]);
    let mut copy = Sqlite::open(&scratch.file("copy.db"), Options::default()).unwrap();
    assert_eq!(seen(&mut copy, "/").1, ["1", "2"]);
}

#[test]
fn the_writer_does_what_was_in_the_queue_when_it_was_closed() {
    let scratch = Scratch::new();
    let (queue, (outcomes, done)) = (Queue::new(1_000_000), mpsc::channel());
    let mut lines = [queue.log(&room("/")), queue.log(&room("/a"))];
    for (ticket, name) in [(1, "/"), (2, "/a"), (3, "/")] {
        lines[usize::from(name == "/a")].submit(append(name, ticket, "{}").1);
    }
    queue.close();
    let writer = Writer::start(scratch.open(), queue, move |group| outcomes.send(group).unwrap()).unwrap();
    let all: Vec<_> = done.iter().flatten().collect();
    assert_eq!(all, [appended("/", 1, 1, "{}"), appended("/a", 2, 1, "{}"), appended("/", 3, 2, "{}")]);
    let counters = writer.counters().clone();
    writer.join();
    assert_eq!((counters.read().commits, counters.read().messages), (1, 3));
    assert!(!scratch.file("chat.db-wal").exists(), "all is in the one file");
}

#[test]
fn the_writer_tries_again_by_itself() {
    let scratch = Scratch::new();
    let mut log = scratch.open();
    log.mishaps = vec![Mishap::Lost];
    let (queue, (outcomes, done)) = (Queue::new(1_000_000), mpsc::channel());
    queue.log(&room("/")).submit(append("/", 1, "1").1);
    let writer = Writer::start(log, queue.clone(), move |group| outcomes.send(group).unwrap()).unwrap();
    assert_eq!(done.recv().unwrap(), [appended("/", 1, 1, "1")]);
    assert!(!writer.counters().is_failing());
    queue.close();
    writer.join();
}
