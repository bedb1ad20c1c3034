//! Clients that come back, against servers that know them and servers that do not.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use wire42_bench::card::Card;
use wire42_bench::crowd::Crowd;
use wire42_bench::frame::{Head, Opcode, unmask, write_plain};
use wire42_bench::server::Server;
use wire42_bench::storm::Storm;

#[test]
fn who_comes_back_shows_its_card_and_gets_what_it_missed_before_the_answer_or_behind_it() {
    let missed: &[u8] = br#"42["message",[{"message":"xx#00000008#","timeStamp":"19:03"}],"8"]"#;
    let answer: &[u8] = br#"40{"sid":"Kx","pid":"secret"}"#;
    for packets in [[missed, answer], [answer, missed]] {
        let (port, server) = server_of(packets);

        let back = storm(port).run(vec![Some(card())]).unwrap();

        assert_eq!(server.join().unwrap().0, br#"40{"pid":"secret","offset":"7"}"#);
        assert_eq!((back.recovered(), back.whole(8, 8), back.whole(8, 9)), (1, 1, 0));
        let card = back.clients[0].card.as_ref().map(Card::connect);
        let then: &[u8] = br#"40{"pid":"secret","offset":"8"}"#;
        assert_eq!(card.as_deref(), Some(then), "the next time from there on");
    }
}

#[test]
fn who_is_known_again_and_does_not_hear_the_newest_has_not_arrived() {
    let (port, _server) = server_of([br#"40{"sid":"Kx","pid":"secret"}"#]);

    let limit = Duration::from_millis(100);
    let back = Storm { limit, ..storm(port) }.run(vec![Some(card())]);

    assert!(back.is_err(), "nobody came through");
}

#[test]
fn who_is_somebody_else_now_is_not_recovered() {
    let (port, _server) = server_of([br#"42["message",[],"8"]"#, br#"40{"sid":"Ky","pid":"another"}"#]);

    let back = storm(port).run(vec![Some(card())]).unwrap();

    assert_eq!((back.arrivals.arrived, back.recovered(), back.whole(1, 8)), (1, 0, 0));
    let card = back.clients[0].card.as_ref().map(Card::connect);
    assert_eq!(card.as_deref(), Some(&br#"40{"pid":"another"}"#[..]));
}

#[test]
fn a_server_without_recovery_lets_a_storm_in_as_anybody() {
    let floor = Server::start(Command::new(env!("CARGO_BIN_EXE_floor")), 1, Path::new("/dev/null")).unwrap();
    let mut crowd = Crowd::new(floor.port).unwrap();
    crowd.join(8).unwrap();

    let cards = crowd.hang_up_behind(1);
    let back = storm(floor.port).run(cards).unwrap();

    assert_eq!((back.arrivals.arrived, back.recovered(), crowd.present()), (7, 0, 1));
}

fn storm(port: u16) -> Storm {
    Storm { port, first: 0, at_a_time: 4, newest: 8, limit: Duration::from_secs(10) }
}

/// Of a client that has heard the event at 7.
fn card() -> Card {
    let (card, _) = Card::after(br#"40{"sid":"Kx","pid":"secret"}"#, None);
    let mut card = card.expect("it has a pid");
    card.stamp(br#"42["message",[],"7"]"#);
    card
}

/// Lets one client in with these packets, and gives what its CONNECT was, and the connection, which stays open until then.
fn server_of<const N: usize>(packets: [&'static [u8]; N]) -> (u16, thread::JoinHandle<(Vec<u8>, TcpStream)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it has one").port();
    let server = thread::spawn(move || {
        let mut stream = listener.accept().expect("a client comes").0;
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("it is not zero");
        while !read(&mut stream).ends_with(b"\r\n\r\n") {}
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").expect("it is read");
        say(&mut stream, br#"0{"sid":"session"}"#);
        let mut frame = read(&mut stream);
        let head = Head::parse(&frame).expect("a whole head");
        unmask(&mut frame[head.len..], head.mask.expect("a client masks"));
        packets.iter().for_each(|packet| say(&mut stream, packet));
        (frame.split_off(head.len), stream)
    });
    (port, server)
}

fn read(stream: &mut TcpStream) -> Vec<u8> {
    let mut buffer = vec![0; 4_096];
    let len = stream.read(&mut buffer).expect("the client says something");
    buffer.truncate(len);
    buffer
}

fn say(stream: &mut TcpStream, packet: &[u8]) {
    let mut frame = Vec::new();
    write_plain(&mut frame, Opcode::TEXT, packet);
    stream.write_all(&frame).expect("it is read");
}
