use std::io::Read as _;

use flate2::read::GzDecoder;

use super::Files;
use crate::net::http::{Request, Response};

#[test]
fn a_file_has_a_type_a_tag_and_no_guessing() {
    let response = ask("GET /assets/app.js", "").unwrap();

    assert_eq!((response.status, &response.body[..]), (200, SCRIPT.as_bytes()));
    let header = |name| response.header(name).unwrap_or("");
    assert_eq!(header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!((header("cache-control"), header("vary")), ("no-cache", "Accept-Encoding"));
    assert!(header("etag").starts_with('"') && header("etag").len() == 29, "{}", header("etag"));
}

#[test]
fn who_takes_gzip_gets_it_under_another_tag() {
    let plain = ask("GET /assets/app.js", "").unwrap();
    let gzip = ask("GET /assets/app.js", "Accept-Encoding: br, gzip").unwrap();

    let mut text = String::new();
    GzDecoder::new(&gzip.body[..]).read_to_string(&mut text).unwrap();
    assert_eq!(text, SCRIPT);
    assert_eq!((gzip.header("content-encoding"), plain.header("content-encoding")), (Some("gzip"), None));
    assert_ne!(gzip.header("etag"), plain.header("etag"));
}

#[test]
fn gzip_is_sent_only_to_who_takes_it() {
    for (taken, is_taken) in [
        ("gzip", true),
        ("GZIP;q=0.5", true),
        ("x-gzip", true),
        ("*", true),
        ("br, *;q=0.1", true),
        ("gzip, *;q=0", true),
        ("", false),
        ("br", false),
        ("identity", false),
        ("gzip;q=0", false),
        ("gzip ; Q=0.000", false),
        ("*, gzip;q=0", false),
        ("*;q=0", false),
        ("gzippo", false),
    ] {
        let response = ask("GET /assets/app.js", &format!("Accept-Encoding: {taken}")).unwrap();

        assert_eq!(response.header("content-encoding").is_some(), is_taken, "{taken}");
    }
}

#[test]
fn what_gzip_makes_longer_is_sent_as_it_is() {
    for path in ["/tiny.txt", "/dot.png"] {
        let response = ask(&format!("GET {path}"), "Accept-Encoding: gzip").unwrap();

        assert_eq!((response.header("content-encoding"), response.header("vary")), (None, None), "{path}");
    }
}

#[test]
fn who_has_it_is_told_so_in_a_few_words() {
    let etag = ask("GET /", "").unwrap().header("etag").unwrap().to_owned();
    for kept in [etag.clone(), format!("\"x\", {etag}"), format!("W/{etag}"), "*".to_owned()] {
        let response = ask("GET /", &format!("If-None-Match: {kept}")).unwrap();

        assert_eq!((response.status, response.body.len()), (304, 0), "{kept}");
        assert_eq!(response.header("etag"), Some(&*etag));
    }
    for other in ["\"x\"", "x", ""] {
        assert_eq!(ask("GET /", &format!("If-None-Match: {other}")).unwrap().status, 200, "{other}");
    }
}

#[test]
fn the_tag_of_one_coding_is_not_that_of_the_other() {
    let gzip = ask("GET /assets/app.js", "Accept-Encoding: gzip").unwrap();
    let kept = format!("If-None-Match: {}", gzip.header("etag").unwrap());

    assert_eq!(ask("GET /assets/app.js", &kept).unwrap().status, 200);
    assert_eq!(ask("GET /assets/app.js", &format!("{kept}\r\nAccept-Encoding: gzip")).unwrap().status, 304);
}

#[test]
fn files_are_only_read() {
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let response = ask(&format!("{method} /"), "").unwrap();

        assert_eq!((response.status, response.header("allow")), (405, Some("GET, HEAD")), "{method}");
    }
    assert_eq!(ask("HEAD /", "").unwrap(), ask("GET /", "").unwrap());
}

#[test]
fn a_directory_is_its_index_behind_a_slash() {
    assert_eq!(ask("GET /docs/", "").unwrap().body, ask("GET /docs/index.html", "").unwrap().body);
    let moved = ask("GET /docs?a=b", "").unwrap();
    assert_eq!((moved.status, moved.header("location")), (301, Some("/docs/?a=b")));
    assert_eq!(ask("GET //docs", ""), None);
    assert_eq!(ask("GET /assets", ""), None);
}

#[test]
fn a_place_inside_the_front_end_is_its_index() {
    let inside = |path: &str| files().answer_inside(&request(&format!("GET {path}"), ""));
    for path in ["/chat", "/chat/room-1/", "/assets", "/index"] {
        assert_eq!(inside(path), inside("/"), "{path}");
    }
    for path in ["/old.js", "/.git/config", "/../x", "//x", "/%00"] {
        assert_eq!(inside(path), None, "{path}");
    }
}

const SCRIPT: &str =
    "console.log('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa');\n";

fn ask(line: &str, header: &str) -> Option<Response> {
    files().answer(&request(line, header))
}

fn files() -> Files {
    let files = [
        ("/index.html", "<!doctype html>"),
        ("/docs/index.html", "<!doctype html><title>docs</title>"),
        ("/assets/app.js", SCRIPT),
        ("/tiny.txt", "a"),
        ("/dot.png", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
    ];
    files.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).into_iter().collect()
}

fn request(line: &str, header: &str) -> Request {
    let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
    let head = format!("{line} HTTP/1.1\r\nHost: x\r\n{header}\r\n");
    Request::parse(head.as_bytes()).unwrap().unwrap().0
}
