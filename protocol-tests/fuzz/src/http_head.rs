//! Requests on a connection, one behind the other: heads, their routes and answers, and bodies.
//!
//! ```text
//! POST /socket.io/?sid=x HTTP/1.1␍␊Host: a␍␊Transfer-Encoding: chunked␍␊␍␊ 2␍␊40␍␊0␍␊␍␊ GET / HTTP/1.1␍␊…
//! └ the head: the same wherever it is cut                                  └ the body: too   └ the next head
//! ```

use std::sync::{Arc, LazyLock};

use wire42::engine_io::Transports;
use wire42::net::http::request::HEAD_LIMIT;
use wire42::net::http::{BodyDecoder, BodyError, BodyLength, Cors, Origin, Request, Response, Upgrade};
use wire42::net::{Files, Front, Route, Site};

use crate::cuts::cuts;

/// Claims: more bytes never change what was complete, nor make right what was wrong; no answer holds a line that the
/// request made; a body is the same in any portions and what RFC 9112 says, and nothing is over the limit.
pub fn http_head(data: &[u8]) {
    let mut rest = data;
    while let Some((request, head)) = head(rest) {
        assert!(head > 0 && head <= rest.len().min(HEAD_LIMIT), "a head of {head} in {} bytes", rest.len());
        assert_eq!(Request::parse(&rest[..head - 1]), Ok(None), "the head ended earlier");
        one_body(&request);
        answer(&request);
        let Some(body) = body(request.body, &rest[head..]) else { return };
        rest = &rest[head + body..];
    }
}

fn head(data: &[u8]) -> Option<(Request, usize)> {
    let mut earlier = Ok(None);
    for cut in cuts(data) {
        let parsed = Request::parse(&data[..cut]);
        match &earlier {
            Ok(None) => {}
            Ok(Some(_)) => assert_eq!(parsed, earlier, "what was complete changed"),
            Err(_) => assert!(parsed.is_err(), "what was wrong became right: {parsed:?}"),
        }
        earlier = parsed;
    }
    match earlier {
        Ok(parsed) => parsed,
        Err(error) => {
            judge(&error.response());
            None
        }
    }
}

/// Two recipients who measure the body differently see different requests behind it: RFC 9112 §11.2.
fn one_body(request: &Request) {
    let mut lengths: Vec<&str> = request.headers.values("content-length").collect();
    lengths.dedup();
    let codings = request.headers.values("transfer-encoding").count();
    assert!(lengths.len() + codings.min(1) <= 1, "the body has two ends: {request:?}");
}

fn answer(request: &Request) {
    let listed = ["http://allowed.example", "https://a.example:8443"]
        .map(|text| Origin::parse(text).expect("an origin"));
    for (cors, websocket) in [(Cors::Any, true), (Cors::List(listed.into()), false)] {
        let transports = Transports { polling: true, websocket };
        let front = if websocket { Front::Page(files()) } else { Front::Static(files()) };
        let site = Site { path: "/socket.io/".to_owned(), cors, transports, token: None, front };
        if let Route::Answer(response) = site.route(request) {
            judge(&response);
        }
        let response = match Upgrade::agreed(request) {
            Ok(upgrade) => upgrade.response(),
            Err(error) => error.response(),
        };
        judge(&site.cors.apply(request, response));
    }
}

/// A front end, made once for all inputs.
fn files() -> Arc<Files> {
    static FILES: LazyLock<Arc<Files>> = LazyLock::new(|| {
        let names = ["/index.html", "/docs/index.html", "/assets/a.js"];
        Arc::new(names.map(|name| (name.to_owned(), name.repeat(9).into_bytes())).into_iter().collect())
    });
    FILES.clone()
}

/// An answer is a head of lines, an empty line, and the body it was made with.
fn judge(response: &Response) {
    let bytes = response.to_bytes(false, false, 0);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
    assert_eq!(bytes[end + 4..], response.body[..], "the head ends early");
    let head = str::from_utf8(&bytes[..end]).expect("a head is text");
    let mut lines = head.split("\r\n");
    assert!(lines.next().is_some_and(|line| line.starts_with("HTTP/1.1 ")));
    for line in lines {
        assert!(line.contains(": ") && !line.contains(char::is_control), "{line:?} is no header");
    }
    // Every answer may have a length, a date, and two lines on the connection.
    let added = head.split("\r\n").count() - 1 - response.headers().count();
    assert!(added <= 4, "{added} lines came from nowhere: {head:?}");
}

/// Says how long the body was, if it came to its end.
fn body(length: BodyLength, data: &[u8]) -> Option<usize> {
    let whole = decoded(length, data, &[data.len()]);
    let parts = decoded(length, data, &cuts(data));
    assert_eq!(parts, whole, "in portions it is another body");
    let (body, used) = match whole {
        Ok(Some(complete)) => complete,
        Ok(None) => return None,
        Err(error) => {
            error.response().iter().for_each(judge);
            return None;
        }
    };
    let expected = match length {
        BodyLength::None => (vec![], 0),
        BodyLength::Length(length) => (data[..length as usize].to_vec(), length as usize),
        BodyLength::Chunked => chunks(data).expect("what was decoded has the grammar of RFC 9112"),
    };
    assert_eq!((body, used), expected);
    Some(used)
}

fn decoded(length: BodyLength, data: &[u8], cuts: &[usize]) -> Result<Option<(Vec<u8>, usize)>, BodyError> {
    let decoder = BodyDecoder::new(length, LIMIT);
    let is_announced_too_large = matches!(length, BodyLength::Length(length) if length > LIMIT as u64);
    assert_eq!(decoder.is_err(), is_announced_too_large);
    let mut decoder = decoder?;
    let mut used = 0;
    for cut in cuts {
        used += decoder.feed(&data[used.min(*cut)..*cut])?;
        assert!(decoder.is_complete() || used == *cut, "a body that is not complete takes all there is");
    }
    let is_complete = decoder.is_complete();
    let body = decoder.into_body();
    assert!(body.len() <= LIMIT && body.capacity() <= 2 * LIMIT, "{} bytes are held", body.capacity());
    Ok(is_complete.then_some((body, used)))
}

/// Reads a chunked body that has come whole, by the grammar of RFC 9112 §7.1 alone.
fn chunks(data: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut rest) = (Vec::new(), data);
    loop {
        let size = line(&mut rest)?;
        let end = size.find([';', ' ', '\t']).unwrap_or(size.len());
        let size = usize::from_str_radix(&size[..end], 16).ok()?;
        if size == 0 {
            break;
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest[size..].strip_prefix(b"\r\n")?;
    }
    while !line(&mut rest)?.is_empty() {}
    Some((body, data.len() - rest.len()))
}

fn line<'a>(rest: &mut &'a [u8]) -> Option<std::borrow::Cow<'a, str>> {
    let end = rest.windows(2).position(|two| two == b"\r\n")?;
    let line = &rest[..end];
    *rest = &rest[end + 2..];
    Some(String::from_utf8_lossy(line))
}

/// Small, so that inputs reach it.
const LIMIT: usize = 1_000;
