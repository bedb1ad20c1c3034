//! A small HTTP/1.1 client: writes a request's head, reads an answer's head and body.
//!
//! It is its own, so that it can send what no library would, and tell exactly what came.

use crate::target::{Body, Request, Response};

/// Writes a request; `Host` is added unless the fixture has a line for it, the framing of the body always.
pub(super) fn write(request: &Request, host: &str) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    let given = |name: &str| request.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !given("host") {
        head.push_str(&format!("Host: {host}\r\n"));
    }
    for (name, value) in &request.headers {
        if !(value.is_empty() && name.eq_ignore_ascii_case("host")) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    let mut bytes;
    match &request.body {
        Body::None => bytes = head.into_bytes(),
        Body::Whole(body) => {
            if !given("content-length") {
                head.push_str(&format!("Content-Length: {}\r\n", body.len()));
            }
            bytes = head.into_bytes();
        }
        Body::Chunks(_) => {
            head.push_str("Transfer-Encoding: chunked\r\n");
            bytes = head.into_bytes();
        }
    }
    bytes.extend(b"\r\n");
    match &request.body {
        Body::None => {}
        Body::Whole(body) => bytes.extend(body),
        Body::Chunks(chunks) => {
            for chunk in chunks {
                bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        }
    }
    bytes
}

/// What has been read of an answer.
#[derive(Debug)]
pub(super) enum Answer {
    /// It is not complete.
    Partial,
    /// It is complete, and so many bytes long.
    Complete(Response, usize),
    /// It is no HTTP.
    Broken(String),
}

/// Reads an answer from the bytes that have come; `ended` tells that no more will.
pub(super) fn read(bytes: &[u8], method: &str, ended: bool) -> Answer {
    let Some(end) = find(bytes, b"\r\n\r\n") else { return Answer::Partial };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let body = &bytes[end + 4..];
    let Some(mut response) = parse_head(&head) else {
        return Answer::Broken(format!("no HTTP head: {}", crate::pattern::shorten(&head)));
    };
    if response.status / 100 == 1 && response.status != 101 {
        return match read(body, method, ended) {
            Answer::Complete(response, length) => Answer::Complete(response, end + 4 + length),
            other => other,
        };
    }
    if response.status == 101 || method == "HEAD" || matches!(response.status, 204 | 304) {
        return Answer::Complete(response, end + 4);
    }
    let chunked =
        response.header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"));
    let read = if chunked {
        match dechunk(body) {
            Ok(read) => read,
            Err(why) => return Answer::Broken(why),
        }
    } else if let Some(length) = response.header("content-length") {
        let Ok(length) = length.trim().parse::<usize>() else {
            return Answer::Broken(format!("Content-Length: {length}"));
        };
        body.get(..length).map(|body| (body.to_vec(), length))
    } else {
        ended.then(|| (body.to_vec(), body.len()))
    };
    match read {
        Some((body, length)) => {
            response.body = body;
            Answer::Complete(response, end + 4 + length)
        }
        None => Answer::Partial,
    }
}

fn parse_head(head: &str) -> Option<Response> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.splitn(3, ' ');
    let version = first.next()?;
    let status = first.next()?.parse().ok()?;
    if !version.starts_with("HTTP/1.") {
        return None;
    }
    let headers = lines
        .map(|line| line.split_once(':').map(|(name, value)| (name.to_owned(), value.trim().to_owned())));
    Some(Response { status, headers: headers.collect::<Option<_>>()?, body: Vec::new() })
}

/// Joins the chunks; none while they are not complete.
fn dechunk(mut bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let whole = bytes.len();
    let mut body = Vec::new();
    loop {
        let Some(end) = find(bytes, b"\r\n") else { return Ok(None) };
        let size = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let size = size.split(';').next().unwrap_or("").trim().to_owned();
        let size = usize::from_str_radix(&size, 16).map_err(|_| format!("a chunk of size {size}"))?;
        let Some(rest) = bytes.get(end + 2..).filter(|rest| rest.len() >= size.saturating_add(2)) else {
            return Ok(None);
        };
        body.extend(&rest[..size]);
        bytes = &rest[size + 2..];
        if size == 0 {
            return Ok(Some((body, whole - bytes.len())));
        }
    }
}

pub(super) fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(bytes: &[u8], ended: bool) -> (u16, String, usize) {
        match read(bytes, "GET", ended) {
            Answer::Complete(response, length) => (response.status, response.text(), length),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn bodies_end_by_length_by_chunks_or_with_the_connection() {
        let long = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP";
        assert_eq!(complete(long, false), (200, "ok".into(), long.len() - 4));
        let chunks =
            b"HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x\r\nc\r\n0\r\n\r\n";
        assert_eq!(complete(chunks, false), (400, "abc".into(), chunks.len()));
        let open = b"HTTP/1.1 200 OK\r\n\r\nabc";
        assert!(matches!(read(open, "GET", false), Answer::Partial));
        assert_eq!(complete(open, true).1, "abc");
        assert!(matches!(read(&chunks[..60], "GET", false), Answer::Partial));
    }

    #[test]
    fn an_interim_answer_is_skipped() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n";
        assert_eq!(complete(bytes, false), (204, String::new(), bytes.len()));
        assert!(matches!(read(b"SSH-2.0\r\n\r\n", "GET", false), Answer::Broken(_)));
    }

    #[test]
    fn chunks_are_written_as_chunks() {
        let request = Request {
            method: "POST".into(),
            target: "/x".into(),
            headers: vec![],
            body: Body::Chunks(vec![b"ab".to_vec(), vec![0xff]]),
        };
        let bytes = write(&request, "h");
        assert!(bytes.starts_with(
            b"POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\n\xff\r\n0"
        ));
    }
}
