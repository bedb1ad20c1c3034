//! The page at `/`: a chat, and the wire as it happens. Its files are a part of the program.
//!
//! ```text
//! /                   index.html
//! /page/<name>        the other files of this directory
//! /page/server.json   what the page must know of this server
//! POST /explain       what a packet means, by the server's own decoders
//! ```

use std::sync::Arc;

use serde::Serialize;

use super::files::Files;
use super::http::Response;
use crate::engine_io::Transports;
use crate::explain::explain;

/// Makes the files ready to be served.
pub(super) fn files(path: &str, app: &str, transports: Transports) -> Files {
    let names = [("polling", transports.polling), ("websocket", transports.websocket)];
    let transports = names.iter().filter(|(_, is_offered)| *is_offered).map(|(name, _)| *name).collect();
    let server = Server { version: env!("CARGO_PKG_VERSION"), path, app, transports };
    let server = serde_json::to_vec(&server).expect("strings always serialize");
    let files = FILES.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
    files.chain([("/page/server.json".to_owned(), server)]).collect::<Files>().saying(SAID)
}

/// Answers `POST /explain` with what its body means, as JSON.
///
/// No other origin is permitted to read it, and there is nothing in it that whoever asks did not send.
///
/// ```
/// let answer = wire42::net::explained(b"2");
/// assert!(String::from_utf8_lossy(&answer.body).contains(r#""name":"PING""#));
/// assert_eq!(wire42::net::explained(b"\xff").status, 400);
/// ```
pub fn explained(body: &[u8]) -> Response {
    let Ok(input) = str::from_utf8(body) else {
        return Response::text(400, "What is to be explained must be UTF-8.");
    };
    let explanation = serde_json::to_vec(&explain(input)).expect("words always serialize");
    // Shared, or it would be copied once more behind its head.
    Response::json(Arc::<[u8]>::from(explanation))
        .with("Cache-Control", "no-store")
        .with("X-Content-Type-Options", "nosniff")
}

/// What the page must know of this server.
#[derive(Serialize)]
struct Server<'a> {
    version: &'static str,
    path: &'a str,
    app: &'a str,
    transports: Vec<&'static str>,
}

/// The files beside this one; a new one is a new line here.
const FILES: &[(&str, &str)] = &[
    ("/index.html", include_str!("index.html")),
    ("/page/page.css", include_str!("page.css")),
    ("/page/wire.css", include_str!("wire.css")),
    ("/page/icon.svg", include_str!("icon.svg")),
    ("/page/page.js", include_str!("page.js")),
    ("/page/client.js", include_str!("client.js")),
    ("/page/socket.js", include_str!("socket.js")),
    ("/page/packet.js", include_str!("packet.js")),
    ("/page/engine.js", include_str!("engine.js")),
    ("/page/transports.js", include_str!("transports.js")),
    ("/page/tap.js", include_str!("tap.js")),
    ("/page/wire.js", include_str!("wire.js")),
    ("/page/row.js", include_str!("row.js")),
    ("/page/lanes.js", include_str!("lanes.js")),
    ("/page/meaning.js", include_str!("meaning.js")),
    ("/page/explanation.js", include_str!("explanation.js")),
    ("/page/room.js", include_str!("room.js")),
    ("/page/chat.js", include_str!("chat.js")),
    ("/page/events.js", include_str!("events.js")),
    ("/page/connection.js", include_str!("connection.js")),
    ("/page/tools.js", include_str!("tools.js")),
];

/// Whatever a message may bring into the page: no script but its own runs, and nothing is sent elsewhere. Nobody shows it
/// inside another page, or learns its address.
const SAID: &[(&str, &str)] = &[
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'",
    ),
    ("Referrer-Policy", "no-referrer"),
];

/// What [`explained`] reads: the history of 500 messages of 500 bytes. Of a longer packet it is told that it is too long.
pub const EXPLAIN_LIMIT: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_has_a_type_that_a_browser_takes() {
        for (path, text) in FILES {
            let is_known = [".html", ".css", ".js", ".svg", ".json"].iter().any(|end| path.ends_with(end));
            assert!(is_known && !text.is_empty(), "{path}");
            assert!(*path == "/index.html" || path.starts_with("/page/"), "{path}");
        }
    }

    #[test]
    fn the_page_refers_to_no_file_that_is_not_there() {
        let index = FILES.iter().find(|(path, _)| *path == "/index.html").unwrap().1;
        for target in index.split("/page/").skip(1).filter_map(|rest| rest.split(['"', '\'']).next()) {
            let path = format!("/page/{target}");
            assert!(FILES.iter().any(|(known, _)| *known == path), "{path}");
        }
    }

    #[test]
    fn the_page_is_told_what_is_offered() {
        let transports = Transports { polling: true, websocket: false };
        let files = files("/io/", "chat", transports);
        let head = b"GET /page/server.json HTTP/1.1\r\nHost: x\r\n\r\n";
        let (request, _) = super::super::http::Request::parse(head).unwrap().unwrap();

        let answer = files.answer(&request).unwrap();

        let expected = format!(
            r#"{{"version":"{}","path":"/io/","app":"chat","transports":["polling"]}}"#,
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(String::from_utf8_lossy(&answer.body), expected);
    }
}
