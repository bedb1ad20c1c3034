//! Peers made of `duplex` pipes under tokio's paused clock: a wait of a minute passes as soon as nobody has
//! work to do.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use super::super::error::BodyError;
use super::*;

const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const MOMENT: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn pipelined_requests_come_out_one_after_another() {
    let (mut peer, mut connection) = pair();
    peer.write_all(&[GET, b"\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"].concat()).await.unwrap();

    for path in ["/a", "/b"] {
        let request = connection.next_request().await.unwrap().unwrap();
        connection.respond(&Response::text(200, path), Some(&request), 0).await.unwrap();
    }

    let answers = heard(&mut peer).await;
    assert!(answers.find("/a\n") < answers.find("/b\n"), "{answers}");
    assert_eq!(answers.matches("Connection: keep-alive\r\n").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_head_and_a_body_may_come_byte_by_byte() {
    let (mut peer, stream) = duplex(1);
    let mut connection = Connection::new(stream);
    let sending =
        async { peer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n40").await };

    let (sent, body) = tokio::join!(sending, async {
        let request = connection.next_request().await.unwrap().unwrap();
        connection.read_body(&request, 9).await
    });

    assert_eq!((sent.is_ok(), body), (true, Ok(b"40".to_vec())));
}

#[tokio::test(start_paused = true)]
async fn what_many_answers_share_comes_whole_behind_its_head() {
    for length in [0, 1, READ_CHUNK, READ_CHUNK + 1, 300_000] {
        let (mut peer, stream) = duplex(1_000);
        let mut connection = Connection::new(stream);
        peer.write_all(&[GET, b"HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n"].concat()).await.unwrap();
        let file: Arc<[u8]> = vec![b'x'; length].into();
        let answering = async {
            while let Ok(Some(request)) = connection.next_request().await {
                connection.respond(&Response::file(file.clone()), Some(&request), 0).await.unwrap();
            }
        };

        let (answers, ()) = tokio::join!(heard(&mut peer), answering);

        assert_eq!(answers.matches(&format!("Content-Length: {length}\r\n")).count(), 2, "{answers}");
        assert_eq!(answers.matches('x').count(), length);
        assert!(answers.ends_with("\r\n\r\n"), "a HEAD has no body");
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_let_go_when_it_was_told() {
    let (_peer, mut connection) = pair();
    assert!(timeout(IDLE - MOMENT, connection.next_request()).await.is_err());

    let (_peer, mut connection) = pair();
    assert_eq!(timeout(IDLE + MOMENT, connection.next_request()).await, Ok(Ok(None)));
}

#[tokio::test(start_paused = true)]
async fn empty_lines_do_not_count_as_a_request() {
    let (mut peer, mut connection) = pair();
    peer.write_all(b"\r\n\r\n").await.unwrap();

    assert_eq!(timeout(IDLE + MOMENT, connection.next_request()).await, Ok(Ok(None)));
}

#[tokio::test(start_paused = true)]
async fn the_clock_of_a_head_starts_with_its_first_byte() {
    let (mut peer, mut connection) = pair();
    let sending = async {
        sleep(IDLE - MOMENT).await;
        peer.write_all(&GET[..9]).await.unwrap();
        sleep(HEAD_DEADLINE - MOMENT).await;
        peer.write_all(&GET[9..]).await.unwrap();
    };

    let ((), request) = tokio::join!(sending, connection.next_request());

    assert_eq!(request.unwrap().unwrap().path, "/a");
}

#[tokio::test(start_paused = true)]
async fn a_dripped_head_is_cut() {
    let (mut peer, mut connection) = pair();
    let dripping = async {
        for byte in GET {
            peer.write_all(&[*byte]).await.unwrap();
            sleep(Duration::from_secs(1)).await;
        }
    };

    tokio::select! {
        () = dripping => panic!("the peer was allowed to take {} s", GET.len()),
        request = connection.next_request() => assert_eq!(request, Err(RequestError::Timeout)),
    }
}

#[tokio::test(start_paused = true)]
async fn garbage_is_answered_once_and_nothing_behind_it_is_read() {
    let (mut peer, mut connection) = pair();
    peer.write_all(&[b"GARBAGE\r\n\r\n", GET].concat()).await.unwrap();

    let error = connection.next_request().await.unwrap_err();
    assert_eq!(connection.next_request().await, Ok(None));
    connection.respond(&error.response(), None, 0).await.unwrap();

    let answer = heard(&mut peer).await;
    assert!(
        answer.starts_with("HTTP/1.1 400 Bad Request\r\n") && answer.contains("Connection: close\r\n"),
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_ends_the_requests() {
    let (mut peer, mut connection) = pair();
    peer.write_all(&GET[..9]).await.unwrap();
    drop(peer);

    assert_eq!(connection.next_request().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_expects_100_gets_it_before_it_sends() {
    let (mut peer, mut connection, request) =
        posted("Content-Length: 2\r\nExpect: 100-continue\r\n", b"").await;
    let sending = async {
        let mut invitation = [0; 25];
        peer.read_exact(&mut invitation).await.unwrap();
        peer.write_all(b"40").await.unwrap();
        invitation
    };

    let (invitation, body) = tokio::join!(sending, connection.read_body(&request, 9));

    assert_eq!((&invitation[..], body), (&b"HTTP/1.1 100 Continue\r\n\r\n"[..], Ok(b"40".to_vec())));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_has_begun_or_is_refused_needs_no_100() {
    let lines = "Content-Length: 2\r\nExpect: 100-continue\r\n";
    for (body, limit, outcome) in [(&b"40"[..], 9, Ok(b"40".to_vec())), (b"", 1, Err(BodyError::TooLarge))] {
        let (mut peer, mut connection, request) = posted(lines, body).await;

        assert_eq!(connection.read_body(&request, limit).await, outcome);
        assert_eq!(heard(&mut peer).await, "");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_cut() {
    let (_peer, mut connection, request) = posted("Content-Length: 2\r\n", b"4").await;

    let body = timeout(BODY_DEADLINE + MOMENT, connection.read_body(&request, 9)).await;

    assert_eq!(body, Ok(Err(BodyError::Timeout)));
    assert_eq!(connection.next_request().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_leaves_in_its_body_is_gone() {
    let (peer, mut connection, request) = posted("Content-Length: 2\r\n", b"4").await;
    drop(peer);

    assert_eq!(connection.read_body(&request, 9).await, Err(BodyError::Gone));
}

#[tokio::test(start_paused = true)]
async fn a_connection_outlives_a_body_only_if_it_was_read() {
    for (read, says) in [(true, "Connection: keep-alive\r\n"), (false, "Connection: close\r\n")] {
        let (mut peer, mut connection, request) = posted("Content-Length: 2\r\n", b"40").await;
        peer.write_all(GET).await.unwrap();

        if read {
            connection.read_body(&request, 9).await.unwrap();
        }
        connection.respond(&Response::ok(), Some(&request), 0).await.unwrap();

        assert!(heard(&mut peer).await.contains(says));
        assert_eq!(connection.next_request().await.unwrap().is_some(), read);
    }
}

#[tokio::test(start_paused = true)]
async fn frames_behind_a_refused_handshake_are_not_a_request() {
    let (mut peer, mut connection) = pair();
    let asking = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    peer.write_all(&[asking, GET].concat()).await.unwrap();

    let request = connection.next_request().await.unwrap().unwrap();
    connection.respond(&Response::refusal(1, "Session ID unknown"), Some(&request), 0).await.unwrap();

    assert!(heard(&mut peer).await.contains("Connection: close\r\n"));
    assert_eq!(connection.next_request().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_nobodys_request_is_the_last() {
    let (mut peer, mut connection) = pair();
    peer.write_all(GET).await.unwrap();

    connection.respond(&Response::unavailable("Full.", "5"), None, 0).await.unwrap();

    assert!(heard(&mut peer).await.contains("Connection: close\r\n"));
    assert_eq!(connection.next_request().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_body_over_the_limit_ends_the_connection() {
    let (mut peer, mut connection, request) = posted("Transfer-Encoding: chunked\r\n", b"A\r\n").await;

    let error = connection.read_body(&request, 9).await.unwrap_err();
    connection.respond(&error.response().unwrap(), Some(&request), 0).await.unwrap();

    let answer = heard(&mut peer).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("Connection: close\r\n"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_head_request_is_answered_without_a_body() {
    let (mut peer, mut connection) = pair();
    peer.write_all(b"HEAD / HTTP/1.0\r\n\r\n").await.unwrap();

    let request = connection.next_request().await.unwrap().unwrap();
    connection.respond(&Response::ok(), Some(&request), 0).await.unwrap();

    let answer = heard(&mut peer).await;
    assert!(
        answer.contains("Content-Length: 2\r\n") && answer.ends_with("Connection: close\r\n\r\n"),
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_is_seen_while_an_answer_is_held() {
    let (peer, mut connection) = held().await;
    drop(peer);
    connection.hang_up().await;

    let (mut peer, mut connection) = held().await;
    peer.write_all(GET).await.unwrap();
    peer.shutdown().await.unwrap();
    connection.hang_up().await;
    assert_eq!(connection.next_request().await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_ahead_is_no_hang_up_and_is_kept() {
    let (mut peer, mut connection) = held().await;
    peer.write_all(GET).await.unwrap();

    assert!(timeout(MOMENT, connection.hang_up()).await.is_err());

    assert_eq!(connection.next_request().await.unwrap().unwrap().path, "/a");
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_ahead_is_bounded() {
    let (mut peer, mut connection) = held().await;
    let flood = vec![b'x'; 3 * PIPELINE_LIMIT];
    peer.write_all(b"x").await.unwrap();
    assert!(timeout(MOMENT, connection.hang_up()).await.is_err());

    tokio::select! {
        sent = peer.write_all(&flood) => panic!("the flood was read: {sent:?}"),
        () = connection.hang_up() => panic!("the peer is still there"),
        () = sleep(IDLE) => {}
    }

    assert_eq!(connection.input.len(), PIPELINE_LIMIT);
}

#[tokio::test(start_paused = true)]
async fn a_waiting_connection_owns_little() {
    let (mut peer, stream) = duplex(64 * 1024);
    let mut connection = Connection::new(stream);
    let body = vec![b'x'; 32 * 1024];
    peer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 32768\r\n\r\n").await.unwrap();
    peer.write_all(&body).await.unwrap();

    let request = connection.next_request().await.unwrap().unwrap();
    assert_eq!(connection.read_body(&request, body.len()).await, Ok(body));
    assert!(timeout(MOMENT, connection.next_request()).await.is_err());

    assert!(connection.input.capacity() <= KEPT_BUFFER, "{}", connection.input.capacity());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_does_not_read_its_answer_is_given_up() {
    let (_peer, mut connection) = held().await;
    let large = Response::payload(vec![b'x'; 64 * 1024]);

    let written = timeout(WRITE_STALL + MOMENT, connection.respond(&large, None, 0)).await.unwrap();

    assert_eq!(written.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
}

#[tokio::test(start_paused = true)]
async fn bytes_behind_the_handshake_go_to_the_websocket() {
    let (mut peer, mut connection) = pair();
    peer.write_all(&[GET, b"\x81\x02"].concat()).await.unwrap();
    connection.next_request().await.unwrap();

    let (mut stream, read) = connection.into_upgraded();

    assert_eq!(read, b"\x81\x02");
    peer.write_all(b"40").await.unwrap();
    assert_eq!(stream.read_u16().await.unwrap(), u16::from_be_bytes(*b"40"));
}

#[tokio::test(start_paused = true)]
async fn lingering_ends_with_the_peers_patience_or_ours() {
    let (_peer, connection) = pair();
    assert!(timeout(LINGER - MOMENT, connection.linger()).await.is_err());

    let (_peer, connection) = pair();
    assert!(timeout(LINGER + MOMENT, connection.linger()).await.is_ok());

    let (peer, connection) = pair();
    drop(peer);
    assert!(timeout(MOMENT, connection.linger()).await.is_ok());
}

#[tokio::test]
async fn a_peer_that_is_still_sending_reads_its_refusal() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let mut connection = Connection::new(listener.accept().await.unwrap().0);
    peer.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n").await.unwrap();
    peer.write_all(&[b'x'; 30_000]).await.unwrap();

    let request = connection.next_request().await.unwrap().unwrap();
    let error = connection.read_body(&request, 9).await.unwrap_err();
    connection.respond(&error.response().unwrap(), Some(&request), 0).await.unwrap();
    let reading = async {
        peer.write_all(&[b'x'; 30_000]).await.unwrap();
        let mut answer = String::new();
        peer.read_to_string(&mut answer).await.map(|_| answer)
    };
    let (answer, ()) = tokio::join!(reading, connection.linger());

    assert!(answer.unwrap().starts_with("HTTP/1.1 413 Payload Too Large\r\n"));
}

fn pair() -> (DuplexStream, Connection<DuplexStream>) {
    let (peer, stream) = duplex(4 * 1024);
    (peer, Connection::new(stream))
}

/// A peer that waits for the answer to a GET.
async fn held() -> (DuplexStream, Connection<DuplexStream>) {
    let (mut peer, mut connection) = pair();
    peer.write_all(GET).await.unwrap();
    connection.next_request().await.unwrap().unwrap();
    (peer, connection)
}

/// A peer that has sent the head of a POST, with these lines, and as much of its body.
async fn posted(lines: &str, body: &[u8]) -> (DuplexStream, Connection<DuplexStream>, Request) {
    let (mut peer, mut connection) = pair();
    let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
    peer.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let request = connection.next_request().await.unwrap().unwrap();
    (peer, connection, request)
}

/// What the peer has received by now.
async fn heard(peer: &mut DuplexStream) -> String {
    let mut bytes = Vec::new();
    let open = timeout(MOMENT, peer.read_to_end(&mut bytes)).await;
    assert!(open.is_err(), "only `linger` closes the connection");
    String::from_utf8(bytes).unwrap()
}
