//! Requests as bytes and answers from bytes, so that the server's own reader and writer are played too.

use wire42::net::http::{BodyDecoder, BodyError, Request as Parsed};

use crate::target::{Body, Opening, Request, Response};

/// Writes a request as a client would.
pub(super) fn write_request(request: &Request) -> Vec<u8> {
    let mut bytes = head(&request.method, &request.target, &request.headers);
    match &request.body {
        Body::None => bytes.extend(b"\r\n"),
        Body::Whole(body) => {
            bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
            bytes.extend(body);
        }
        Body::Chunks(chunks) => {
            bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
            for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        }
    }
    bytes
}

/// Writes a WebSocket handshake; the key is the one of RFC 6455 §1.3.
pub(super) fn write_opening(opening: &Opening) -> Vec<u8> {
    let usual = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let mut headers = opening.headers.clone();
    for (name, value) in usual {
        if !headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let mut bytes = head("GET", &opening.target, &headers);
    bytes.extend(b"\r\n");
    bytes
}

/// Reads the body that follows a head; `Gone` when it ends too early.
pub(super) fn read_body(request: &Parsed, rest: &[u8], limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut decoder = BodyDecoder::new(request.body, limit)?;
    let mut rest = rest;
    while !decoder.is_complete() {
        let used = decoder.feed(rest)?;
        if used == 0 {
            return Err(BodyError::Gone);
        }
        rest = &rest[used..];
    }
    Ok(decoder.into_body())
}

/// Reads an answer that the server wrote.
pub(super) fn read_answer(bytes: &[u8]) -> Response {
    let end =
        bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("the server's answers have a head");
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Response {
        status: status.expect("an answer begins with its status"),
        headers: headers.collect(),
        body: bytes[end + 4..].to_vec(),
    }
}

fn head(method: &str, target: &str, headers: &[(String, String)]) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\n");
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        text.push_str("Host: localhost\r\n");
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.into_bytes()
}
