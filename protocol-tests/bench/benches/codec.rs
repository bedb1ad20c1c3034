//! What the codec costs: time and allocations of each step between a socket and the application.
//!
//! ```text
//! decode_event        text of a WebSocket ─> Client ─> the event that the application is given
//! encode_broadcast    an event ─> the parcel that everyone is sent
//! one_more_recipient  that parcel ─> another client's outbox ─> its socket
//! history             the chat's messages ─> the parcel that everyone is sent
//! ```
//!
//! `cargo bench --manifest-path protocol-tests/bench/Cargo.toml --bench codec`. How many allocations there may be is
//! asserted in `protocol-tests/allocations.rs`.

use std::time::Duration;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use wire42::app::{App, Chat, ChatConfig, SocketId};
use wire42::client::{self, Client, Output, Terms};
use wire42::engine_io::{Config, Input, Session, Transport};
use wire42::frame::Parcel;
use wire42::now::Now;
use wire42::socket_io::{Args, Happening, Kind, Namespace, Packet};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A client that has joined the main namespace, and has sent and been sent something before.
fn joined(session: Session) -> Client {
    let mut client = Client::new(session, Terms::default(), NOW);
    match client.session().transport() {
        Transport::WebSocket => {
            client.handle_input(Input::Text("40"), NOW).expect("a WebSocket takes a text");
        }
        Transport::Polling => post(&mut client, b"40".to_vec()),
    }
    client.poll_output().expect("it wants to join");
    client.accept(&Namespace::main(), "Kx", None);
    client
}

fn on_websocket() -> Client {
    let mut client = joined(Session::websocket("ws", Config::default(), NOW));
    while client.poll_transmit().is_some() {}
    client.handle_timeout(later());
    client
}

/// Behind the pause that follows the answer to a CONNECT.
fn later() -> Now {
    Now { mono: NOW.mono + Duration::from_millis(5), ..NOW }
}

fn on_polling() -> Client {
    let mut client = joined(Session::polling("poll", Config::default(), NOW));
    get(&mut client);
    client
}

fn post(client: &mut Client, body: Vec<u8>) {
    client.handle_input(Input::PostStarted { content_type: None }, NOW).expect("there is no other POST");
    client.handle_input(Input::Post(body), NOW).expect("the body is a payload");
}

fn get(client: &mut Client) -> String {
    client.handle_input(Input::Get, NOW).expect("there is no other GET");
    match client.poll_output() {
        Some(Output::Answer(body)) => body,
        other => panic!("a body was to come, not {other:?}"),
    }
}

fn heard(client: &mut Client) -> Args {
    match client.poll_output() {
        Some(Output::Happened(Happening::Event { args, .. })) => args,
        other => panic!("an event was to come, not {other:?}"),
    }
}

fn event(args: Args) -> Parcel {
    client::message(Packet { namespace: Namespace::main(), kind: Kind::Event { id: None, args } })
}

fn said(number: usize) -> Args {
    Args::event("message", &[&format!(r#"{{"name":"bench","input":"{number:036}"}}"#)])
}

#[divan::bench]
fn decode_event(bencher: Bencher) {
    let mut client = on_websocket();
    bencher.counter(BytesCount::of_str(EVENT)).bench_local(|| {
        client.handle_input(Input::Text(EVENT), later()).expect("a WebSocket takes a text");
        heard(&mut client)
    });
}

#[divan::bench]
fn encode_broadcast(bencher: Bencher) {
    bencher.with_inputs(|| said(0)).bench_values(event);
}

#[divan::bench]
fn one_more_recipient(bencher: Bencher) {
    let mut client = on_websocket();
    let parcel = event(said(0));
    bencher.bench_local(|| {
        client.send_broadcast(parcel.clone());
        client.poll_transmit().expect("the broadcast waits")
    });
}

#[divan::bench]
fn decode_payload(bencher: Bencher) {
    let mut client = on_polling();
    let body = [EVENT; PACKETS].join("\u{1e}").into_bytes();
    bencher.counter(BytesCount::of_slice(&body)).with_inputs(|| body.clone()).bench_local_values(|body| {
        post(&mut client, body);
        (0..PACKETS).for_each(|_| drop(heard(&mut client)));
    });
}

/// Sixteen packets a body, as ever.
#[divan::bench]
fn encode_payload(bencher: Bencher) {
    let parcel = event(said(0));
    let bytes = BytesCount::new(parcel.len() * PACKETS);
    let with_packets = || {
        let mut client = on_polling();
        (0..PACKETS).for_each(|_| client.send(parcel.clone()));
        client
    };
    bencher.counter(bytes).with_inputs(with_packets).bench_local_refs(|client| {
        let bodies = PACKETS.div_ceil(16);
        (0..bodies).map(|_| get(client).len()).sum::<usize>()
    });
}

#[divan::bench]
fn decode_binary(bencher: Bencher) {
    let mut client = on_websocket();
    bencher.bench_local(|| {
        client.handle_input(Input::Text(BINARY), later()).expect("a WebSocket takes a text");
        assert_eq!(client.poll_output(), None);
        client.handle_input(Input::Binary(&ATTACHMENT), later()).expect("a WebSocket takes a binary");
        assert_eq!(client.poll_output(), None);
        client.handle_input(Input::Binary(&ATTACHMENT), later()).expect("a WebSocket takes a binary");
        heard(&mut client)
    });
}

#[divan::bench]
fn encode_binary(bencher: Bencher) {
    let (_, json) = BINARY.split_once('-').expect("it counts its attachments");
    let args = Args::parse(json).expect("it is a JSON array");
    let with_attachments = || args.clone().with_attachments(vec![ATTACHMENT.to_vec(); 2]);
    bencher.with_inputs(with_attachments).bench_values(event);
}

/// Messages of 120 bytes in the history, as the chat keeps them.
#[divan::bench(args = [10, 100, 500])]
fn history(bencher: Bencher, messages: usize) {
    let mut chat = Chat::new(ChatConfig::default());
    let john = SocketId::from("KxKxKxKxKxKxKxKxKxKx");
    for number in 0..messages {
        chat.event(&john, said(number), None, NOW);
    }
    let bytes = BytesCount::new(snapshot(&chat).len());
    bencher.counter(bytes).bench_local(|| snapshot(&chat).len());
}

fn snapshot(chat: &Chat) -> Parcel {
    event(chat.snapshot().expect("a chat has one"))
}

const EVENT: &str = r##"42["message",{"name":"bench","input":"#00000123#------------------------"}]"##;
const BINARY: &str = r#"452-["photos",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#;
const ATTACHMENT: [u8; 256] = [0x42; 256];
const PACKETS: usize = 100;
const NOW: Now = Now { mono: Duration::from_secs(1), unix: 0 };
