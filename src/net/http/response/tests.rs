use super::Response;

#[test]
fn a_payload_is_plain_text_that_nobody_stores() {
    assert_eq!(
        written(&Response::payload("4ä")),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\ncache-control: no-store\r\n\
         Content-Length: 3\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
         Connection: keep-alive\r\nKeep-Alive: timeout=75\r\n\r\n4ä"
    );
}

#[test]
fn a_post_is_answered_ok() {
    let bytes = written(&Response::ok());

    assert!(bytes.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\ncache-control: no-store\r\n"));
    assert!(bytes.ends_with("\r\n\r\nok"));
}

#[test]
fn a_refusal_escapes_its_message() {
    assert_eq!(&Response::refusal(3, "a \"b\"").body[..], br#"{"code":3,"message":"a \"b\""}"#);
}

#[test]
fn the_answer_to_a_head_request_has_the_length_of_what_it_leaves_out() {
    let bytes = String::from_utf8(Response::payload("4hello").to_bytes(true, true, 0)).unwrap();

    assert!(bytes.contains("Content-Length: 6\r\n"));
    assert!(bytes.ends_with("Connection: close\r\n\r\n"));
}

#[test]
fn a_preflight_says_its_length_once() {
    assert_eq!(written(&Response::no_content()).matches("Content-Length: 0\r\n").count(), 1);
}

#[test]
fn a_304_has_neither_body_nor_length() {
    let bytes = written(&Response::not_modified());

    assert!(bytes.starts_with("HTTP/1.1 304 Not Modified\r\nDate: "), "{bytes}");
    assert!(!bytes.contains("Content-Length") && bytes.ends_with("\r\n\r\n"), "{bytes}");
}

#[test]
fn an_echo_cannot_split_the_answer() {
    let bytes = written(&Response::ok().with("X-Echo", "a\r\nSet-Cookie: b\0c\u{85}d".to_owned()));

    assert!(bytes.contains("X-Echo: a  Set-Cookie: b c d\r\n"));
}

#[test]
fn a_426_lists_upgrade_and_names_the_version() {
    let bytes = written(&Response::upgrade_required("no"));

    assert!(bytes.contains("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
    assert!(bytes.contains("Connection: keep-alive, Upgrade\r\n"));
}

#[test]
fn a_404_says_where_to_go() {
    let elsewhere = Response::elsewhere("/socket.io/");
    let file = Response::no_client_file();

    assert_eq!((elsewhere.status, file.status), (404, 404));
    assert!(written(&elsewhere).contains("under /socket.io/\n"));
    assert!(written(&file).contains("socket.io-client/dist/socket.io.min.js"));
}

#[test]
fn a_clock_that_is_wrong_by_ages_still_has_a_date() {
    for (unix_time, date) in [(i64::MIN, "Thu, 01 Jan 1970"), (i64::MAX, "Fri, 31 Dec 9999")] {
        let bytes = String::from_utf8(Response::ok().to_bytes(false, false, unix_time)).unwrap();

        assert!(bytes.contains(date), "{bytes}");
    }
}

/// On the date that RFC 9110 §5.6.7 takes for its example.
fn written(response: &Response) -> String {
    String::from_utf8(response.to_bytes(false, false, 784_111_777)).unwrap()
}
