use std::future::poll_fn;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsConnector;
use tokio_rustls::client;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, HandshakeKind, RootCertStore, SupportedProtocolVersion};

use super::*;
use crate::engine_io::Slip;
use crate::frame::{Frame, Parcel};
use crate::net::http::connection::HEAD_DEADLINE;
use crate::net::wire::Wire;

#[test]
fn files_that_do_not_do_are_named() {
    let (here, pem) = (file("tests/tls.rs"), file("tests/tls/localhost.pem"));
    let said = |certificate: &Path, key: &Path| Tls::from_files(certificate, key).unwrap_err();

    let (nowhere, stranger) = (file("tests/tls/nowhere.pem"), file("tests/tls/stranger.pem"));
    assert!(said(&nowhere, &pem).contains("nowhere.pem: No such file"), "{}", said(&nowhere, &pem));
    assert!(said(&here, &pem).ends_with("tls.rs: there is no certificate in it"), "{}", said(&here, &pem));
    assert!(said(&pem, &here).ends_with("tls.rs: there is no private key in it"), "{}", said(&pem, &here));
    assert!(said(&pem, &stranger).ends_with("stranger.pem: it is not the certificate's key"));
}

#[tokio::test]
async fn both_versions_are_spoken_and_a_ticket_shortens_the_second_handshake() {
    let tls = tls();
    for version in [&TLS12, &TLS13] {
        let config = Arc::new(client(version));
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let (mut server, mut client) = connect(&tls, config.clone()).await.unwrap();
            // A ticket of TLS 1.3 comes with what is read next.
            server.write_all(b"x").await.unwrap();
            server.flush().await.unwrap();
            client.read_u8().await.unwrap();
            assert_eq!(client.get_ref().1.protocol_version(), Some(version.version));
            kinds.push(client.get_ref().1.handshake_kind().unwrap());
        }
        assert_eq!(kinds, [HandshakeKind::Full, HandshakeKind::Resumed]);
    }
}

#[tokio::test]
async fn who_wants_http_2_alone_is_refused() {
    let mut config = client(&TLS13);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let (_, client) = connect(&tls(), Arc::new(config.clone())).await.unwrap();
    assert_eq!(client.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));

    config.alpn_protocols.truncate(1);
    assert!(connect(&tls(), Arc::new(config)).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn who_never_says_hello_is_let_go() {
    let (accepted, _silent) = pair().await;
    let in_time = timeout(HEAD_DEADLINE * 2, tls().accept(accepted, HEAD_DEADLINE)).await.unwrap();
    assert_eq!(in_time.err().unwrap().kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn what_the_socket_did_not_take_is_not_written_yet() {
    let (stream, mut client) = connect(&tls(), Arc::new(client(&TLS13))).await.unwrap();
    let mut wire = Wire::new(stream, b"head".to_vec(), 0);
    let mut pushed = 4;
    while wire.try_drain().unwrap() {
        for _ in 0..50 {
            wire.push_slip(Slip::from(Parcel::from(Frame::Text("x".repeat(1_000)))));
            pushed += 4 + 1_000;
        }
    }

    let writing = async {
        poll_fn(|cx| wire.poll_drain(cx)).await.unwrap();
        drop(wire);
    };
    let reading = async {
        let mut received = Vec::new();
        // The end comes without a farewell.
        let _cut_off = client.read_to_end(&mut received).await.unwrap_err();
        received.len()
    };
    assert_eq!(tokio::join!(reading, writing).0, pushed);
}

#[tokio::test]
async fn no_more_than_a_record_is_sealed_at_once() {
    let (mut server, _client) = connect(&tls(), Arc::new(client(&TLS13))).await.unwrap();
    assert_eq!(server.try_write(&[0; RECORD + 1]).unwrap(), RECORD);
}

#[tokio::test]
async fn what_was_opened_and_not_read_is_unread() {
    let (mut server, mut client) = connect(&tls(), Arc::new(client(&TLS13))).await.unwrap();
    assert!(!server.has_unread());
    client.write_all(b"5x").await.unwrap();
    client.flush().await.unwrap();
    server.read_u8().await.unwrap();
    assert!(server.has_unread());
    server.read_u8().await.unwrap();
    assert!(!server.has_unread());
}

fn tls() -> Tls {
    let pem = file("tests/tls/localhost.pem");
    Tls::from_files(&pem, &pem).unwrap()
}

fn client(version: &'static SupportedProtocolVersion) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file("tests/tls/localhost.pem")).unwrap()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

async fn connect(tls: &Tls, config: Arc<ClientConfig>) -> io::Result<(Stream, client::TlsStream<TcpStream>)> {
    let (accepted, connected) = pair().await;
    let connecting = TlsConnector::from(config).connect("localhost".try_into().unwrap(), connected);
    let (server, client) = tokio::join!(tls.accept(accepted, HEAD_DEADLINE), connecting);
    Ok((server?, client?))
}

/// Gives both ends of a connection, the accepted one first.
async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, connected) = tokio::join!(listener.accept(), TcpStream::connect(address));
    (accepted.unwrap().0, connected.unwrap())
}

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("protocol-tests").join(name)
}
