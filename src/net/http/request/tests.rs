//! Heads of clients as they are, and heads that two servers could read in two ways.

use proptest::prelude::*;

use super::{BodyLength, HEAD_LIMIT, HEADERS, Method, Request, RequestError, Version};

#[test]
fn a_browser_is_understood() {
    let request = parsed("GET /socket.io/?EIO=4&t=x HTTP/1.1\r\nHost: a\r\nUser-Agent:  Zoo/1 \t\r\n\r\n");

    assert_eq!((request.method, request.version, request.keep_alive), (Method::Get, Version::Http11, true));
    assert_eq!((&*request.path, &*request.query), ("/socket.io/", "EIO=4&t=x"));
    assert_eq!(request.header("user-agent"), Some("Zoo/1"));
    assert_eq!(
        (request.body, request.expects_continue, request.asks_upgrade),
        (BodyLength::None, false, false)
    );
}

#[test]
fn every_prefix_of_a_head_is_incomplete() {
    let head = b"\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n";

    for end in 0..head.len() {
        assert_eq!(Request::parse(&head[..end]), Ok(None), "{end}");
    }
    assert_eq!(Request::parse(&[&head[..], b"xGET"].concat()).unwrap().unwrap().1, head.len());
}

#[test]
fn targets_come_in_four_forms() {
    for (target, path, query) in [
        ("/socket.io/x%2fy?a=?&b", "/socket.io/x%2fy", "a=?&b"),
        ("/socket.io/?a=1#frag?x#y", "/socket.io/", "a=1"),
        ("http://host:1/socket.io/?a", "/socket.io/", "a"),
        ("HTTPS://host?a=/", "/", "a=/"),
        ("http://host", "/", ""),
        ("/socket.io/?u=http://x/y", "/socket.io/", "u=http://x/y"),
        ("*", "*", ""),
        ("host:443", "host:443", ""),
    ] {
        let request = parsed(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));

        assert_eq!((&*request.path, &*request.query), (path, query), "{target}");
    }
}

#[test]
fn old_and_leaving_clients_do_not_keep_alive() {
    for (version, lines, keep_alive) in [
        ("1.1", "", true),
        ("1.1", "Connection: Close\r\n", false),
        ("1.1", "Connection: x, close\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
    ] {
        let request = parsed(&format!("GET / HTTP/{version}\r\nHost: a\r\n{lines}\r\n"));

        assert_eq!(request.keep_alive, keep_alive, "{version} {lines}");
    }
}

#[test]
fn http_1_0_needs_no_host_and_knows_neither_expect_nor_upgrade() {
    let lines = "Expect: 100-continue\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";

    let old = parsed(&format!("POST / HTTP/1.0\r\n{lines}\r\n"));
    let new = parsed(&format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n"));

    assert_eq!((old.expects_continue, old.asks_upgrade), (false, false));
    assert_eq!((new.expects_continue, new.asks_upgrade), (true, true));
}

#[test]
fn heads_that_are_malformed_or_ambiguous_are_refused() {
    for head in [
        "GARBAGE\r\n\r\n",
        "\x16\x03\x01",
        "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nOrigin: a\u{1}b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nOrigin: a\u{7f}b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        let outcome = Request::parse(head.as_bytes());

        assert!(matches!(outcome, Err(RequestError::Malformed(_))), "{head:?}: {outcome:?}");
    }
}

#[test]
fn bytes_beyond_ascii_do_not_fail_a_value_or_utf8_a_query() {
    let head = b"GET /?n=\xc3\xab HTTP/1.1\r\nHost: a\r\nX-Name: Zo\xeb\r\n\r\n";

    let (request, _) = Request::parse(head).unwrap().unwrap();

    assert_eq!((&*request.query, request.header("x-name")), ("n=\u{eb}", Some("Zo\u{fffd}")));
    assert!(Request::parse(b"GET /?n=\xeb HTTP/1.1\r\nHost: a\r\n\r\n").is_err());
}

#[test]
fn a_head_ends_at_its_limit() {
    let head = |length: usize| {
        let begin = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
        format!("{begin}{}\r\n\r\n", "x".repeat(length - begin.len() - 4))
    };

    assert!(matches!(Request::parse(head(HEAD_LIMIT).as_bytes()), Ok(Some(_))));
    assert_eq!(Request::parse(head(HEAD_LIMIT + 1).as_bytes()), Err(RequestError::HeadTooLarge));
    assert_eq!(
        Request::parse(&head(HEAD_LIMIT + 9).as_bytes()[..HEAD_LIMIT]),
        Err(RequestError::HeadTooLarge)
    );
}

#[test]
fn a_head_has_a_hundred_lines_at_most() {
    let head = |lines: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(lines - 1));

    assert!(matches!(Request::parse(head(HEADERS).as_bytes()), Ok(Some(_))));
    assert_eq!(Request::parse(head(HEADERS + 1).as_bytes()), Err(RequestError::HeadTooLarge));
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in headish()) {
        if let Ok(Some((_, head))) = Request::parse(&bytes) {
            prop_assert!(head <= bytes.len());
        }
    }
}

/// Pieces of heads, in any order, so that many of them are nearly right.
fn headish() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 12] = [
        b"GET ",
        b"POST ",
        b"/socket.io/?EIO=4#x",
        b"http://",
        b" HTTP/1.1\r\n",
        b" HTTP/1.0\r\n",
        b"Host: a\r\n",
        b"Content-Length: 9\r\n",
        b"Transfer-Encoding: chunked,\r\n",
        b"Connection: ,close\r\n",
        b"\r\n",
        b": ",
    ];
    let piece = prop_oneof![
        4 => proptest::sample::select(pieces.to_vec()).prop_map(<[u8]>::to_vec),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn parsed(head: &str) -> Request {
    Request::parse(head.as_bytes()).unwrap().unwrap().0
}
