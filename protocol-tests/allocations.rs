//! Counts what every message costs in allocations, and fails when it becomes more.
//!
//! ```text
//! 42["message",{…}] ─> event        1: its text, which the arguments keep
//! arguments ─> parcel               1: what its recipients share; the text is sent from where it was written
//! parcel ─> one more recipient      0
//! ```

use std::time::Duration;

use allocation_counter::measure;
use wire42::app::{App, Chat, ChatConfig, SocketId};
use wire42::client::{self, Client, Output, Terms};
use wire42::engine_io::{Config, Input, Session};
use wire42::frame::Parcel;
use wire42::now::Now;
use wire42::socket_io::{Args, Happening, Kind, Namespace, Packet};

#[test]
fn an_event_on_a_websocket_is_read_with_one_allocation() {
    for (namespace, event) in
        [("/", r#"42["message",{"name":"John"}]"#), ("/team-a", r#"42/team-a,["message",{"name":"John"}]"#)]
    {
        let mut client = joined(namespace);
        hear(&mut client, event);

        let cost = measure(|| drop(hear(&mut client, event)));

        assert_eq!(cost.count_total, 1, "{event}");
    }
}

#[test]
fn an_event_in_a_polling_body_is_read_with_one_allocation() {
    let mut client = Client::new(Session::polling("Kx", Config::default(), NOW), Terms::default(), NOW);
    post(&mut client, "40");
    join(&mut client, "/");
    let body = [r#"42["message",{"name":"John"}]"#; 100].join("\u{1e}");
    post(&mut client, &body);
    (0..100).for_each(|_| drop(event(&mut client)));
    post(&mut client, &body);

    let cost = measure(|| (0..100).for_each(|_| drop(event(&mut client))));

    assert_eq!(cost.count_total, 100);
}

#[test]
fn one_more_recipient_costs_no_allocation() {
    let mut client = joined("/");
    let parcel = broadcast(Args::event("message", &["1"]));
    pass_on(&mut client, &parcel);

    let cost = measure(|| pass_on(&mut client, &parcel));

    assert_eq!(cost.count_total, 0);
}

#[test]
fn an_event_is_written_where_it_is_sent_from() {
    let args = Args::event("message", &["1"]);

    let cost = measure(|| drop(broadcast(args)));

    assert_eq!(cost.count_total, 1, "the shared parcel");
}

#[test]
fn a_history_is_copied_once() {
    let mut chat = Chat::new(ChatConfig::default());
    let said = Args::event("message", &[r#"{"name":"John","input":"a message of about the usual length"}"#]);
    (0..100).for_each(|_| drop(chat.event(&SocketId::from("Kx"), said.clone(), None, NOW)));

    let mut length = 0;
    let cost = measure(|| length = broadcast(chat.snapshot().expect("a chat has one")).len());

    assert!(cost.bytes_total as usize <= length + 100, "{} bytes for {length}", cost.bytes_total);
}

fn joined(namespace: &str) -> Client {
    let session = Session::websocket("Kx", Config::default(), NOW);
    let mut client = Client::new(session, Terms::default(), NOW);
    let connect = if namespace == "/" { "40".to_owned() } else { format!("40{namespace},") };
    client.handle_input(Input::Text(&connect), NOW).expect("a WebSocket takes a text");
    join(&mut client, namespace);
    while client.poll_transmit().is_some() {}
    // Behind the answer to a CONNECT nothing is sent for a moment.
    client.handle_timeout(Now { mono: NOW.mono + Duration::from_millis(5), ..NOW });
    client
}

fn join(client: &mut Client, namespace: &str) {
    let Some(Output::Happened(Happening::Joining { .. })) = client.poll_output() else {
        panic!("the client asks to join");
    };
    client.accept(&Namespace::parse(namespace).expect("it is a name"), "John", None);
}

fn hear(client: &mut Client, text: &str) -> Args {
    client.handle_input(Input::Text(text), NOW).expect("a WebSocket takes a text");
    event(client)
}

fn post(client: &mut Client, body: &str) {
    client.handle_input(Input::PostStarted { content_type: None }, NOW).expect("there is no other POST");
    client.handle_input(Input::Post(body.as_bytes().to_vec()), NOW).expect("the body is a payload");
}

fn event(client: &mut Client) -> Args {
    match client.poll_output() {
        Some(Output::Happened(Happening::Event { args, .. })) => args,
        other => panic!("an event was to come, not {other:?}"),
    }
}

fn broadcast(args: Args) -> Parcel {
    client::message(Packet { namespace: Namespace::main(), kind: Kind::Event { id: None, args } })
}

fn pass_on(client: &mut Client, parcel: &Parcel) {
    client.send_broadcast(parcel.clone());
    client.poll_transmit().expect("the broadcast waits");
}

const NOW: Now = Now { mono: Duration::from_secs(1), unix: 0 };
