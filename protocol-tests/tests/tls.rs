//! https and wss: what is said through TLS is what is said without it, and a certificate that nobody vouches for is refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use protocol_tests::address::Address;
use protocol_tests::live::{Live, Remote};
use protocol_tests::packet::Content;
use protocol_tests::target::{Act, Body, Happening, Link, Opening, Outgoing, Request, Target};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

#[test]
fn a_megabyte_goes_there_and_comes_back() {
    let address = serve(|stream| {
        let mut received = Vec::new();
        while !received.ends_with(b"END") {
            let mut buffer = [0; 4096];
            let length = stream.read(&mut buffer).unwrap();
            received.extend(&buffer[..length]);
        }
        let body = received.split(|byte| *byte == b'\n').next_back().unwrap();
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(body).unwrap();
    });
    let mut live = live(address, true);
    let body = [&vec![b'x'; 1_000_000][..], b"END"].concat();
    let (method, target) = ("POST".to_owned(), "/".to_owned());
    let link = live.request(&Request { method, target, headers: vec![], body: Body::Whole(body.clone()) });
    match first(&mut live, link) {
        Happening::Answer(response) => assert_eq!((response.status, response.body), (200, body)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_websocket_speaks_through_it() {
    let address = serve(|stream| {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        // The key of RFC 6455 §1.3, and its answer.
        stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n").unwrap();
        let mut frame = [0; 8];
        stream.read_exact(&mut frame).unwrap();
        stream.write_all(&[0x81, 2, frame[6] ^ frame[2], frame[7] ^ frame[3]]).unwrap();
    });
    let mut live = live(address, true);
    let key = ("Sec-WebSocket-Key".to_owned(), "dGhlIHNhbXBsZSBub25jZQ==".to_owned());
    let link = live.open(&Opening { target: "/".to_owned(), headers: vec![key] });
    assert!(matches!(first(&mut live, link), Happening::Opened(_)));
    live.send(link, Outgoing::Messages(&[Content::Text("hi".to_owned())]));
    assert!(matches!(first(&mut live, link), Happening::Message(Content::Text(text)) if text == "hi"));
    live.act(link, Act::Drop);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let address = serve(|_| {});
    let mut live = live(address, false);
    let link = live.connect();
    match first(&mut live, link) {
        Happening::Closed(closing) => assert!(closing.how.contains("certificate"), "{closing:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_without_tls_is_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.accept().unwrap().0.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let mut live = live(address, true);
    let link = live.connect();
    assert!(matches!(first(&mut live, link), Happening::Closed(_)));
}

type Stream = StreamOwned<ServerConnection, std::net::TcpStream>;

/// Accepts one connection.
fn serve(answer: fn(&mut Stream)) -> SocketAddr {
    const PEM: &[u8] = include_bytes!("tls/localhost.pem");
    let certificate = CertificateDer::from_pem_slice(PEM).unwrap();
    let key = PrivateKeyDer::from_pem_slice(PEM).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, listener.accept().unwrap().0);
        if stream.conn.complete_io(&mut stream.sock).is_ok() {
            answer(&mut stream);
            let _gone = stream.flush();
        }
    });
    address
}

fn live(address: SocketAddr, insecure: bool) -> Live {
    let address = Address::parse(&format!("https://localhost:{}", address.port())).unwrap();
    Live::to(&Arc::new(Remote::of(address, insecure).unwrap())).unwrap()
}

/// The next thing that comes.
fn first(live: &mut Live, link: Link) -> Happening {
    let until = live.now() + Duration::from_secs(20);
    loop {
        if let Some(event) = live.event(link) {
            return event.what;
        }
        assert!(live.now() < until, "nothing came");
        live.pump(until);
    }
}
