//! What everyone hears, and in which order, also when someone does not listen.

mod logging;
mod reader;
mod recovery;

use std::sync::Arc;

use proptest::prelude::*;

use super::{Door, Hub, HubConfig, Keeping, Output, TurnedAway};
use crate::app::{Plus, SocketId};
use crate::bucket::Rate;
use crate::engine_io::{Config, Input, OUTBOX_EVENTS, Reason, Session};
use reader::{NOW, Reader, guest, hub, hub_with, inputs};

#[test]
fn an_ack_comes_behind_its_own_broadcast() {
    let hub = hub();
    let mut john = Reader::joined(&hub);
    john.say(r#"427["message",{"name":"x","input":"a"}]"#);
    let packets = john.read();
    assert_eq!(inputs(&packets[0]), ["a"]);
    assert_eq!(packets[1], r#"437[{"ok":true}]"#);
}

#[test]
fn who_is_further_behind_than_the_outbox_gets_the_newest_history() {
    let hub = hub();
    let (mut john, mut mary) = (Reader::joined(&hub), Reader::joined(&hub));
    for count in 0..100 {
        john.send(&count.to_string());
        john.read();
        mary.listen();
    }
    let heard: Vec<_> = mary.read().iter().map(|packet| inputs(packet).len()).collect();
    let missed_nothing: Vec<_> = (1..=OUTBOX_EVENTS).collect();
    assert_eq!(heard[..OUTBOX_EVENTS], missed_nothing);
    assert_eq!(heard[OUTBOX_EVENTS..], [100]);
}

#[test]
fn what_was_said_passed_on_and_skipped_is_counted() {
    let hub = hub();
    let (mut john, mut mary) = (Reader::joined(&hub), Reader::joined(&hub));
    mary.guest.take_tally();
    for count in 0..100 {
        john.send(&count.to_string());
        john.read();
        mary.listen();
    }
    assert!(mary.guest.unsent().bytes() > 0);
    mary.read();
    assert_eq!(mary.guest.unsent().bytes(), 0);
    let totals = hub.totals();
    assert_eq!((totals.broadcasts, totals.skips), (100, 1));
    assert_eq!(mary.guest.take_tally().deliveries as usize, OUTBOX_EVENTS + 1);
    assert_eq!(mary.guest.take_tally().deliveries, 0);
    assert_eq!(totals.kept.messages, 100);
}

#[test]
fn what_a_forgotten_room_counted_is_not_forgotten() {
    let hub = hub();
    let mut john = Reader::joined(&hub);
    john.say("40/nowhere,");
    for count in 0..101 {
        john.say(&format!("40/room-{count},"));
        john.say(&format!(r#"42/room-{count},["message",{{"name":"x","input":"y"}}]"#));
        john.say(&format!(r#"42/room-{count},["message",0]"#));
        john.say(&format!("41/room-{count},"));
        john.read();
    }
    let totals = hub.totals();
    assert_eq!((totals.rooms, totals.kept.messages), (101, 100));
    assert_eq!((totals.broadcasts, totals.refused), (101, 101));
    assert_eq!(totals.turned_away, TurnedAway { unknown: 1, ..TurnedAway::default() });
}

#[test]
fn a_task_that_slept_through_the_channel_takes_the_newest_history_once() {
    let hub = hub();
    let (mut john, mut mary) = (Reader::joined(&hub), Reader::joined(&hub));
    for count in 0..200 {
        john.send(&count.to_string());
        john.read();
    }
    let heard = mary.read();
    assert_eq!(heard.iter().map(|packet| inputs(packet).len()).collect::<Vec<_>>(), [200]);
    john.send("201");
    assert_eq!(mary.read().len(), 1);
}

#[test]
fn a_history_is_sent_once_also_when_what_it_replaced_overflows_the_channel() {
    let hub = hub();
    let (mut john, mut mary) = (Reader::joined(&hub), Reader::joined(&hub));
    for count in 0..200 {
        john.send(&count.to_string());
        john.read();
        if count <= OUTBOX_EVENTS {
            mary.listen();
        }
    }
    mary.guest.poll_transmit().expect("the outbox is full");
    let heard = mary.read();
    assert_eq!(heard.iter().filter(|packet| inputs(packet).len() == 200).count(), 1);
}

#[test]
fn a_first_history_without_room_comes_when_there_is() {
    let hub = hub();
    let mut john = Reader::joined(&hub);
    for count in 0..OUTBOX_EVENTS {
        john.send(&count.to_string());
    }
    john.say("40/room-a,");
    let packets = john.read();
    assert_eq!(packets.last().unwrap(), r#"42/room-a,["message",[]]"#);
}

#[test]
fn an_ack_of_a_client_that_is_behind_waits_for_the_newest_history() {
    let hub = hub();
    let mut john = Reader::joined(&hub);
    for count in 0..100 {
        john.say(&format!(r#"42{count}["message",{{"name":"x","input":"{count}"}}]"#));
    }
    let packets = john.read();
    let ack = |packet: &String| packet.starts_with("43");
    let last_history = packets.iter().rposition(|packet| !ack(packet)).unwrap();
    assert_eq!(inputs(&packets[last_history]).len(), 100);
    assert_eq!(packets.iter().filter(|packet| ack(packet)).count(), 100);
    assert_eq!(packets[last_history + 1], format!(r#"43{OUTBOX_EVENTS}[{{"ok":true}}]"#));
}

#[test]
fn a_session_that_ends_while_frames_are_taken_says_so() {
    let hub = hub();
    let session = Session::websocket("ws", Config { max_unsent: 20_000, ..Config::default() }, NOW);
    let mut john = Reader { guest: guest(&hub, session), now: NOW };
    john.say("40");
    john.read();
    for count in 0..100 {
        john.say(&format!(r#"42{count}["message",{{"name":"x","input":"y"}}]"#));
    }
    (0..60).for_each(|_| john.say(r#"427["message",0]"#));
    assert_eq!(john.guest.poll_output(), None);
    // A few frames make room for the newest history, and that lets the acks go which are too many.
    let mut outputs = Vec::new();
    while outputs.is_empty() {
        john.guest.poll_transmit().expect("it says so before the outbox is empty");
        outputs.extend(std::iter::from_fn(|| john.guest.poll_output()));
    }
    assert_eq!(outputs.last(), Some(&Output::Closed(Reason::Backlog)));
}

#[test]
fn a_busy_room_does_not_keep_a_slow_reader_for_itself() {
    let hub = hub();
    let (mut john, mut mary) = (Reader::joined(&hub), Reader::joined(&hub));
    for room in ["/room-a", "/room-b"] {
        for guest in [&mut john, &mut mary] {
            guest.say(&format!("40{room},"));
            guest.read();
        }
    }
    let speak = |john: &mut Reader, room: &str| {
        john.say(&format!(r#"42{room},["message",{{"name":"x","input":"y"}}]"#));
        john.read();
    };
    (0..=OUTBOX_EVENTS).for_each(|_| speak(&mut john, "/room-a"));
    mary.listen();
    speak(&mut john, "/room-b");
    let mut heard = Vec::new();
    for _ in 0..2 * OUTBOX_EVENTS {
        speak(&mut john, "/room-a");
        speak(&mut john, "/room-a");
        mary.listen();
        heard.extend(mary.guest.poll_transmit().map(|slip| slip.frame().bytes().starts_with(b"42/room-b")));
    }
    assert!(heard.contains(&true), "the quiet room was heard");
}

#[test]
fn a_client_joins_at_most_sixteen_namespaces() {
    let hub = hub();
    let mut john = Reader::joined(&hub);
    for count in 1..=16 {
        john.say(&format!("40/room-{count},"));
        let answer = &john.read()[0];
        assert_eq!(answer.starts_with("40"), count < 16, "{answer}");
    }
    ["41/room-1,", "40/room-16,"].iter().for_each(|packet| john.say(packet));
    assert!(john.read()[0].starts_with("40/room-16,"));
}

#[test]
fn what_is_over_the_rate_is_counted_and_heard_by_nobody() {
    let hub = hub_with(Some(Rate { per_second: 1, burst: 3 }));
    let (mut john, mut mary) = (Reader::joined(&hub), Reader::joined(&hub));
    (0..5).for_each(|count| john.send(&count.to_string()));
    assert_eq!(inputs(mary.read().last().unwrap()), ["0", "1"]);
    assert_eq!((hub.totals().throttled, hub.totals().refused), (3, 0));
}

#[test]
fn a_refusal_for_the_rate_overtakes_no_ack_that_waits() {
    let hub = hub_with(Some(Rate { per_second: 1, burst: 101 }));
    let mut john = Reader::joined(&hub);
    for count in 0..110 {
        john.say(&format!(r#"42{count}["message",{{"name":"x","input":"{count}"}}]"#));
    }
    let packets = john.read();
    let acks: Vec<_> = packets.iter().filter(|packet| packet.starts_with("43")).collect();
    let expected = (0..110).map(|count| match count {
        ..100 => format!(r#"43{count}[{{"ok":true}}]"#),
        _ => format!(r#"43{count}[{{"error":"too many messages"}}]"#),
    });
    assert!(acks.into_iter().eq(&expected.collect::<Vec<_>>()), "{packets:?}");
}

#[test]
fn what_is_put_off_is_bounded_in_bytes() {
    let open = Box::new(|_: &_| Box::new(Plus::new("/")) as _);
    let (doors, keeping) = (vec![Door::parse("/").unwrap()], Keeping::default());
    let config = HubConfig { doors, max_namespaces: 0, rate: None, open, keeping };
    let hub = Arc::new(Hub::new(config, Box::new(|| SocketId::from("x"))));
    let mut john = Reader::joined(&hub);
    let sleep = format!(r#"42["sleep",5000,"{}"]"#, "x".repeat(900_000));
    (0..9).for_each(|_| john.say(&sleep));
    assert_eq!(john.guest.poll_output(), None);
    john.say(&sleep);
    let outputs: Vec<_> = std::iter::from_fn(|| john.guest.poll_output()).collect();
    assert_eq!(outputs.last(), Some(&Output::Closed(Reason::Backlog)));
}

#[test]
fn who_leaves_hears_nothing_more_and_the_history_stays() {
    let hub = hub();
    let (mut john, mut mary) = (Reader::joined(&hub), Reader::joined(&hub));
    mary.send("hello");
    mary.say("41");
    mary.read();
    john.send("gone?");
    assert_eq!(mary.read(), Vec::<String>::new());
    let history = john.read();
    assert_eq!(inputs(history.last().unwrap()), ["hello", "gone?"]);
}

#[test]
fn a_body_takes_the_broadcast_and_the_ack_of_one_post() {
    let hub = hub();
    let mut john = guest(&hub, Session::polling("poll", Config::default(), NOW));
    let mut post = |body: &str| {
        john.handle_input(Input::Get, NOW).unwrap();
        std::iter::from_fn(|| john.poll_output()).for_each(drop);
        john.handle_input(Input::Get, NOW).unwrap();
        john.handle_input(Input::PostStarted { content_type: None }, NOW).unwrap();
        john.handle_input(Input::Post(body.as_bytes().to_vec()), NOW).unwrap();
        std::iter::from_fn(|| john.poll_output()).collect::<Vec<_>>()
    };
    let outputs = post("40\u{1e}421[\"message\",{\"name\":\"x\",\"input\":\"a\"}]");
    let [Output::Answer(body)] = &outputs[..] else { panic!("one body: {outputs:?}") };
    let packets: Vec<_> = body.split('\u{1e}').collect();
    assert_eq!(packets.len(), 4, "{packets:?}");
    assert_eq!((inputs(packets[1]), inputs(packets[2])), (vec![], vec!["a"]));
    assert_eq!(packets[3], r#"431[{"ok":true}]"#);
}

proptest! {
    /// Each byte of `turns` says who does what: speak, listen, or leave and come back.
    #[test]
    fn everyone_hears_one_order_without_a_gap(turns in prop::collection::vec(any::<u8>(), 0..300)) {
        let hub = hub();
        let mut guests: Vec<Reader> = (0..4).map(|_| Reader::joined(&hub)).collect();
        let mut said = Vec::new();
        let mut known = [0; 4];
        let mut listen = |who: usize, guests: &mut Vec<Reader>, said: &Vec<String>| {
            for packet in guests[who].read().iter().filter(|packet| packet.starts_with("42")) {
                let heard = inputs(packet);
                prop_assert_eq!(&heard, &said[..heard.len()]);
                prop_assert!(heard.len() > known[who] || heard.is_empty() || known[who] == 0);
                known[who] = heard.len();
            }
            Ok(())
        };
        for turn in turns {
            let who = usize::from(turn % 4);
            match turn / 4 % 8 {
                0..4 => {
                    said.push(said.len().to_string());
                    guests[who].send(said.last().unwrap());
                }
                4..7 => listen(who, &mut guests, &said)?,
                _ => {
                    listen(who, &mut guests, &said)?;
                    guests[who].say("41");
                    guests[who].say("40");
                    let last = guests[who].read().pop().unwrap();
                    prop_assert_eq!(inputs(&last), said.clone());
                }
            }
        }
        for who in 0..4 {
            listen(who, &mut guests, &said)?;
        }
        prop_assert!(known.iter().all(|known| *known == said.len() || *known == 0));
    }

    #[test]
    fn no_text_breaks_a_guest(texts in prop::collection::vec(packet(), 0..20)) {
        let hub = hub();
        let mut reader = Reader::new(&hub);
        for text in texts {
            reader.say(&text);
            reader.guest.handle_input(Input::Binary(text.as_bytes()), reader.now).unwrap_or_default();
            reader.read();
        }
    }
}

fn packet() -> impl Strategy<Value = String> {
    let json = prop_oneof![
        Just(r#"["message",{"name":"a","input":"b"}]"#.to_owned()),
        Just(r#"["message",{"_placeholder":true,"num":0}]"#.to_owned()),
        "[\\[\\]{}\",:0-9a-z\\\\ ]{0,12}",
    ];
    let head = "(4[0-6]?(1-)?(/|/room-[a-c],)?[0-9]{0,2}|[0-6b])";
    (head, json).prop_map(|(head, json)| head + &json)
}
