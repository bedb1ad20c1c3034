//! What a client sees of a log that takes its time.

use std::sync::Arc;

use super::super::{Door, Hub, HubConfig, Keeping};
use super::reader::{Reader, inputs};
use crate::app::{Chat, ChatConfig, SocketId};
use crate::socket_io::Namespace;
use crate::store::{Fault, Outcome, Queue, Record, Request};

/// A hub, and the log that its tests are.
struct Logged {
    hub: Arc<Hub>,
    queue: Queue,
    records: Vec<Record>,
}

impl Logged {
    fn new() -> Self {
        let queue = Queue::new(100_000);
        let mut count = 0;
        let ids = Box::new(move || {
            count += 1;
            SocketId::from(format!("socket{count}").as_str())
        });
        let config = HubConfig {
            doors: vec![Door::parse("/").unwrap(), Door::parse("/room-*").unwrap()],
            max_namespaces: 1,
            rate: None,
            open: Box::new(|_: &_| Box::new(Chat::new(ChatConfig::default()))),
            keeping: Keeping { store: Box::new(queue.clone()), recovery: None },
        };
        Self { hub: Arc::new(Hub::new(config, ids)), queue, records: Vec::new() }
    }

    /// Lets two in.
    fn two(&mut self) -> [Reader; 2] {
        let mut readers = [Reader::new(&self.hub), Reader::new(&self.hub)];
        readers.iter_mut().for_each(|reader| reader.say("40"));
        self.commit(None);
        readers.iter_mut().for_each(|reader| assert!(!reader.read().is_empty()));
        readers
    }

    /// Does all that waits, well or not.
    fn commit(&mut self, fault: Option<Fault>) {
        let outcomes = self.queue.take().into_iter().filter_map(|(room, request)| {
            let outcome = match (fault, request) {
                (Some(fault), request) => Outcome::Failed { what: request.asked()?, fault },
                (None, Request::Open(_)) => Outcome::Opened {
                    position: self.records.len() as u64,
                    records: self.records.clone(),
                    sockets: vec![],
                },
                (None, Request::Append { ticket, json, unix }) => {
                    let record = Record { position: self.records.len() as u64 + 1, unix, json };
                    self.records.push(record.clone());
                    Outcome::Appended { ticket: Some(ticket), record }
                }
                (None, request) => panic!("nobody is enrolled: {request:?}"),
            };
            Some((room, outcome))
        });
        let outcomes = outcomes.collect();
        self.hub.handle_outcomes(outcomes);
    }
}

#[test]
fn a_client_is_let_in_when_the_history_is_there() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    assert_eq!(john.read().len(), 1, "the open packet");
    logged.commit(None);
    assert_eq!(john.read(), [r#"40{"sid":"socket1"}"#, r#"42["message",[]]"#]);
}

#[test]
fn nothing_is_heard_or_answered_before_it_is_in_the_log() {
    let mut logged = Logged::new();
    let [mut john, mut mary] = logged.two();
    john.say(r#"427["message",{"name":"x","input":"a"}]"#);
    john.say(r#"428["message",{"name":"x","input":"b"}]"#);
    assert!(john.read().is_empty() && mary.read().is_empty());
    logged.commit(None);
    let packets = john.read();
    assert_eq!(packets.len(), 3, "one list stands for both: {packets:?}");
    assert_eq!(inputs(&packets[0]), ["a", "b"]);
    assert_eq!(packets[1..], [r#"437[{"ok":true}]"#, r#"438[{"ok":true}]"#]);
    assert_eq!(mary.read().len(), 1);
}

#[test]
fn what_could_not_be_stored_is_heard_by_nobody_and_its_sender_is_told() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    logged.commit(None);
    john.read();
    john.say(r#"427["message",{"name":"x","input":"a"}]"#);
    logged.commit(Some(Fault::Full));
    assert_eq!(john.read(), [r#"437[{"error":"there is no space left for messages"}]"#]);
    assert_eq!(logged.hub.totals().unstored, 1);
    john.say(r#"428["message",{"name":"x","input":"b"}]"#);
    logged.commit(None);
    assert_eq!(inputs(&john.read()[0]), ["b"]);
}

#[test]
fn who_waits_for_a_history_that_cannot_be_read_is_turned_away_and_the_next_one_asks_again() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    john.read();
    logged.commit(Some(Fault::Broken));
    assert_eq!(john.read(), [r#"44{"message":"The history cannot be read now, try again later"}"#]);
    assert_eq!(logged.hub.totals().turned_away.unreadable, 1);
    john.say("40");
    logged.commit(None);
    assert_eq!(john.read()[0], r#"40{"sid":"socket2"}"#);
}

#[test]
fn a_room_is_kept_while_its_log_owes_it_an_answer() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40/room-a,");
    drop(john);
    let mut mary = Reader::new(&logged.hub);
    mary.say("40/room-b,");
    assert!(mary.read().last().unwrap().contains("All rooms are taken"));
    logged.commit(None);
    mary.say("40/room-b,");
    logged.commit(None);
    assert!(mary.read()[0].starts_with("40/room-b,"));
}

#[test]
fn what_others_appended_is_heard_too() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    logged.commit(None);
    john.read();
    let record = Record { position: 1, unix: 0, json: r#"{"message":"elsewhere"}"#.into() };
    logged.hub.handle_outcomes(vec![(Namespace::main(), Outcome::Appended { ticket: None, record })]);
    assert_eq!(inputs(&john.read()[0]), ["elsewhere"]);
}

#[test]
fn an_answer_for_someone_who_left_is_given_to_nobody() {
    let mut logged = Logged::new();
    let [mut john, mut mary] = logged.two();
    john.say(r#"427["message",{"name":"x","input":"a"}]"#);
    john.say("41");
    john.say("40");
    logged.commit(None);
    let packets = john.read();
    assert!(packets.iter().all(|packet| !packet.starts_with("43")), "{packets:?}");
    assert_eq!(inputs(&mary.read()[0]), ["a"], "what was said is said");
}

#[test]
fn what_there_is_no_room_for_is_refused_at_once() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    logged.commit(None);
    john.read();
    let large = "x".repeat(100_000);
    john.say(&format!(r#"427["message",{{"name":"x","input":"{large}"}}]"#));
    assert_eq!(john.read(), [r#"437[{"error":"too many messages wait to be stored"}]"#]);
}

#[test]
fn an_event_behind_its_connect_waits_with_it() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    john.say(r#"427["message",{"name":"x","input":"a"}]"#);
    logged.commit(None);
    john.listen();
    logged.commit(None);
    let packets = john.read();
    assert_eq!(packets[1..3], [r#"40{"sid":"socket1"}"#, r#"42["message",[]]"#]);
    assert_eq!(inputs(&packets[3]), ["a"]);
    assert_eq!(packets[4], r#"437[{"ok":true}]"#);
}

#[test]
fn an_event_behind_a_connect_that_is_refused_ends_the_session() {
    let mut logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    john.say(r#"42["message",{"name":"x","input":"a"}]"#);
    logged.commit(Some(Fault::Broken));
    john.read();
    assert!(john.guest.is_over());
}

#[test]
fn what_waits_behind_a_connect_is_bounded() {
    let logged = Logged::new();
    let mut john = Reader::new(&logged.hub);
    john.say("40");
    let input = "x".repeat(90_000);
    for _ in 0..3 {
        assert!(!john.guest.is_over());
        john.say(&format!(r#"42["message",{{"name":"x","input":"{input}"}}]"#));
    }
    assert!(john.guest.is_over());
}
