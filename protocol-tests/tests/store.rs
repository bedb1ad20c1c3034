//! A hub whose store has a thread of its own, and is perhaps done before whoever asked it looks.

use std::iter;
use std::thread;
use std::time::Duration;

use wire42::app::ChatConfig;
use wire42::bucket::Rate;
use wire42::client::{Client, Terms};
use wire42::engine_io::{Config, Input, Session};
use wire42::hub::{Guest, Hub, Keeping};
use wire42::net::AppConfig;
use wire42::now::Now;
use wire42::store::{Outcome, Queue, Record, Request};

/// Whether it is, is a matter of chance; in so many rounds, some are.
const ROUNDS: u32 = 100;
const MESSAGES: u64 = 200;

#[test]
fn an_answer_may_be_there_before_it_is_waited_for() {
    for _ in 0..ROUNDS {
        let queue = Queue::new(1_000_000);
        let keeping = Keeping { store: Box::new(queue.clone()), recovery: None };
        let rate = Rate { per_second: 1_000, burst: 1_000 };
        let chat = AppConfig::Chat { room: ChatConfig::default(), doors: vec![], max_namespaces: 0, rate };
        let hub = chat.hub_with(keeping, Box::new(|| "John".into()));
        let session = Session::websocket("Kx", Config::default(), Now::default());
        let mut john = Guest::new(Client::new(session, Terms::default(), Now::default()), hub.clone());
        say(&mut john, "40");
        let mut position = 0;
        commit(&queue, &hub, &mut position);
        assert!(!heard(&mut john).is_empty(), "he is in");

        let mut john = thread::scope(|scope| {
            let talks = scope.spawn(move || {
                for id in 0..MESSAGES {
                    say(&mut john, &format!(r#"42{id}["message",{{"name":"x","input":"a"}}]"#));
                }
                john
            });
            while !talks.is_finished() {
                commit(&queue, &hub, &mut position);
            }
            talks.join().expect("nothing happened to John")
        });
        commit(&queue, &hub, &mut position);

        let mut answered = heard(&mut john);
        answered.retain(|packet| packet.starts_with("43"));
        let expected: Vec<String> = (0..MESSAGES).map(|id| format!(r#"43{id}[{{"ok":true}}]"#)).collect();
        assert_eq!(answered, expected);
    }
}

fn say(guest: &mut Guest, packet: &str) {
    guest.handle_input(Input::Text(packet), Now::default()).expect("a WebSocket is never refused its text");
}

/// Does all that waits.
fn commit(queue: &Queue, hub: &Hub, position: &mut u64) {
    let done = queue.take().into_iter().map(|(room, request)| match request {
        Request::Append { ticket, json, unix } => {
            *position += 1;
            let record = Record { position: *position, unix, json };
            (room, Outcome::Appended { ticket: Some(ticket), record })
        }
        Request::Open(_) => (room, Outcome::Opened { position: 0, records: vec![], sockets: vec![] }),
        other => panic!("nobody may come back: {other:?}"),
    });
    let done = done.collect();
    hub.handle_outcomes(done);
}

/// Reads what there is, now and a moment later: what is behind the answer to a CONNECT waits for that.
fn heard(guest: &mut Guest) -> Vec<String> {
    let mut packets = Vec::new();
    for mono in [Duration::ZERO, Duration::from_millis(5)] {
        let now = Now { mono, ..Now::default() };
        guest.handle_timeout(now);
        guest.handle_broadcasts(now);
        let slips = iter::from_fn(|| guest.poll_transmit());
        packets.extend(slips.map(|slip| String::from_utf8_lossy(slip.frame().bytes()).into_owned()));
    }
    packets
}
