//! Who comes back, as whom, and what it is told then. (What one client can see of that is in the fixtures.)

use std::sync::Arc;
use std::time::Duration;

use super::super::{Door, Hub, HubConfig, Keeping};
use super::reader::{Reader, inputs};
use crate::app::{App, Chat, ChatConfig, Plus, SocketId};
use crate::engine_io::Input;

fn hub(open: fn() -> Box<dyn App>) -> Arc<Hub> {
    let mut count = 0;
    let ids = Box::new(move || {
        count += 1;
        SocketId::from(format!("id{count}").as_str())
    });
    let keeping = Keeping { recovery: Some(Duration::from_secs(10)), ..Keeping::default() };
    let open = Box::new(move |_: &_| open());
    let doors = vec![Door::parse("/").unwrap()];
    Arc::new(Hub::new(HubConfig { doors, max_namespaces: 0, rate: None, open, keeping }, ids))
}

fn chat() -> Box<dyn App> {
    Box::new(Chat::new(ChatConfig::default()))
}

fn plus() -> Box<dyn App> {
    Box::new(Plus::new("/kit-x"))
}

fn cut(mut reader: Reader) {
    reader.guest.handle_input(Input::WebSocketClosed, reader.now).unwrap_or_default();
}

/// Comes back with this, and reads what it is told behind the open packet.
fn come_back(hub: &Arc<Hub>, auth: &str) -> (Reader, Vec<String>) {
    let mut reader = Reader::new(hub);
    reader.say(&format!("40{auth}"));
    let packets = reader.read();
    (reader, packets[1..].to_vec())
}

#[test]
fn the_chat_gives_its_newest_list_once_and_only_if_there_is_one() {
    let hub = hub(chat);
    let (john, told) = come_back(&hub, "");
    assert_eq!(told, [r#"40{"sid":"id1","pid":"id2"}"#, r#"42["message",[],"0"]"#]);
    cut(john);
    let (john, told) = come_back(&hub, r#"{"pid":"id2","offset":"0"}"#);
    assert_eq!(told, [r#"40{"sid":"id1","pid":"id2"}"#]);
    cut(john);
    let mut mary = Reader::joined(&hub);
    ["a", "b"].iter().for_each(|input| mary.send(input));
    let (_john, told) = come_back(&hub, r#"{"pid":"id2","offset":"0"}"#);
    assert_eq!((told.len(), &*told[0]), (2, r#"40{"sid":"id1","pid":"id2"}"#));
    assert_eq!(inputs(&told[1]), ["a", "b"]);
    assert!(told[1].ends_with(r#"],"2"]"#), "{told:?}");
    assert_eq!((hub.totals().recovered, hub.totals().unrecovered), (2, 0));
}

#[test]
fn who_says_goodbye_may_come_back_and_who_leaves_may_not() {
    let hub = hub(chat);
    let (mut john, _) = come_back(&hub, "");
    john.say("1");
    let (mut john, told) = come_back(&hub, r#"{"pid":"id2","offset":"0"}"#);
    assert_eq!(told, [r#"40{"sid":"id1","pid":"id2"}"#]);
    john.say("41");
    cut(john);
    let (_, told) = come_back(&hub, r#"{"pid":"id2","offset":"0"}"#);
    assert_eq!(told[0], r#"40{"sid":"id5","pid":"id6"}"#);
}

#[test]
fn what_was_missed_comes_in_order_and_once() {
    let hub = hub(plus);
    let (john, told) = come_back(&hub, "");
    assert_eq!(told, [r#"40{"sid":"id1","pid":"id2"}"#]);
    cut(john);
    let mut mary = Reader::joined(&hub);
    let events = [r#"42["broadcast",1]"#, r#"42["message","mine"]"#, r#"42["broadcast",2]"#];
    events.iter().for_each(|event| mary.say(event));
    let (mut john, told) = come_back(&hub, r#"{"pid":"id2"}"#);
    let [first, last] = [r#"42["broadcast-back",1,"1"]"#, r#"42["broadcast-back",2,"3"]"#];
    assert_eq!(told, [r#"40{"sid":"id1","pid":"id2"}"#, first, last]);
    mary.say(r#"42["broadcast",3]"#);
    assert_eq!(john.read(), [r#"42["broadcast-back",3,"4"]"#]);
    cut(john);
    assert_eq!(come_back(&hub, r#"{"pid":"id2","offset":"3"}"#).1[1], r#"42["broadcast-back",3,"4"]"#);
}

#[test]
fn the_newest_connection_has_the_socket_and_the_old_one_is_told_to_leave() {
    let hub = hub(plus);
    let (mut old, _) = come_back(&hub, "");
    let (mut new, told) = come_back(&hub, r#"{"pid":"id2"}"#);
    assert_eq!(told, [r#"40{"sid":"id1","pid":"id2"}"#]);
    old.say(r#"420["message","in its name"]"#);
    assert_eq!(old.read(), ["41"]);
    assert!(old.guest.is_over() && old.guest.seats().is_empty());
    new.say(r#"42["message",1]"#);
    assert_eq!(new.read(), [r#"42["message-back",1,"1"]"#]);
    cut(new);
    assert_eq!(come_back(&hub, r#"{"pid":"id2","offset":"1"}"#).1, [r#"40{"sid":"id1","pid":"id2"}"#]);
}

#[test]
fn a_straggler_is_given_what_the_channel_no_longer_has() {
    let hub = hub(plus);
    let (mut john, _) = come_back(&hub, "");
    let mut mary = Reader::joined(&hub);
    for number in 0..100 {
        mary.say(&format!(r#"42["broadcast",{number}]"#));
    }
    let heard: Vec<String> = (0..3).flat_map(|_| john.read()).collect();
    let said: Vec<String> =
        (0..100).map(|number| format!(r#"42["broadcast-back",{number},"{}"]"#, number + 1)).collect();
    assert_eq!(heard, said);
}

#[test]
fn who_does_not_come_back_in_time_is_new() {
    let hub = hub(chat);
    let (john, _) = come_back(&hub, "");
    let now = john.now;
    cut(john);
    let mut late = Reader::new(&hub);
    late.now.mono = now.mono + Duration::from_secs(10);
    late.say(r#"40{"pid":"id2","offset":"0"}"#);
    assert_eq!(late.read()[1], r#"40{"sid":"id3","pid":"id4"}"#);
    assert_eq!((hub.totals().unrecovered, hub.totals().away), (1, 0));
}
