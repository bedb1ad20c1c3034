//! Which pages may talk to us from a browser: Cross-Origin Resource Sharing.
//!
//! ```text
//! Any     every answer                 Access-Control-Allow-Origin: *
//! List    every answer                 Vary: Origin
//!         to Origin: https://a.example Access-Control-Allow-Origin: https://a.example    if it is in the list
//! ```
//!
//! The header is on every answer under the Socket.IO path, errors and 101 included, or a page could not read
//! why it was refused. Credentials are never allowed: no answer depends on a cookie.
//!
//! ```
//! use wire42::net::http::Origin;
//!
//! assert!(Origin::parse("https://chat.example").is_ok());
//! assert_eq!(
//!     Origin::parse("https://chat.example/"),
//!     Err("\"https://chat.example/\" has a path; an origin ends with its host or port".to_owned())
//! );
//! ```

use super::request::Request;
use super::response::Response;
use crate::planted::planted;

/// Which origins may read our answers.
///
/// ```
/// use wire42::net::http::{Cors, Origin, Request, Response};
///
/// let head = b"GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://chat.example\r\n\r\n";
/// let (request, _) = Request::parse(head).expect("well-formed").expect("complete");
/// let cors = Cors::List(vec![Origin::parse("https://chat.example")?]);
/// let answer = cors.apply(&request, Response::ok());
/// assert_eq!(answer.header("access-control-allow-origin"), Some("https://chat.example"));
/// assert_eq!(answer.header("vary"), Some("Origin"));
/// assert!(cors.admits(&request) && !Cors::List(vec![]).admits(&request));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Every page.
    Any,
    /// Pages of these origins.
    List(Vec<Origin>),
}

impl Cors {
    /// Adds to an answer what lets the page behind the request read it, if it may.
    pub fn apply(&self, request: &Request, response: Response) -> Response {
        match self {
            _ if response.status == 101 && planted("cors-missing-on-websocket") => response,
            _ if planted("no-cors") => response,
            Cors::List(_) if planted("cors-any-origin") => {
                response.with(ALLOW_ORIGIN, request.header("origin").unwrap_or("*").to_owned())
            }
            Cors::Any => response.with(ALLOW_ORIGIN, "*"),
            Cors::List(origins) => {
                let response = response.with("Vary", "Origin");
                match listed(origins, request) {
                    Some(origin) => response.with(ALLOW_ORIGIN, origin.as_str().to_owned()),
                    None => response,
                }
            }
        }
    }

    /// Answers an OPTIONS request, whatever it is for: stock clients send a preflight only if given extra
    /// headers, so those are what is allowed.
    ///
    /// ```
    /// use wire42::net::http::{Cors, Request};
    ///
    /// let head = b"OPTIONS / HTTP/1.1\r\nHost: a\r\nAccess-Control-Request-Headers: x-mine\r\n\r\n";
    /// let (request, _) = Request::parse(head).expect("well-formed").expect("complete");
    /// let answer = Cors::Any.preflight(&request);
    /// assert_eq!((answer.status, answer.header("access-control-allow-headers")), (204, Some("x-mine")));
    /// ```
    pub fn preflight(&self, request: &Request) -> Response {
        let response = self
            .apply(request, Response::no_content())
            .with("Access-Control-Allow-Methods", "GET,POST")
            .with("Vary", "Access-Control-Request-Headers");
        let asked = request.header("access-control-request-headers");
        match asked.filter(|_| !planted("preflight-allows-no-headers")) {
            Some(names) => response.with("Access-Control-Allow-Headers", names.to_owned()),
            None => response,
        }
    }

    /// Says whether the page behind the request is served at all.
    ///
    /// A browser opens a WebSocket to anyone and leaves it to the server to look at `Origin` (RFC 6455 §10.2); and it sends
    /// GETs and plain POSTs to anyone, too, and only keeps their answers from the page. A peer without that header is no
    /// browser, or a page of this very host, and could have written anything there.
    pub fn admits(&self, request: &Request) -> bool {
        match self {
            Cors::Any => true,
            Cors::List(origins) => request.header("origin").is_none() || listed(origins, request).is_some(),
        }
    }
}

/// Where a page comes from, as a browser writes it in the `Origin` header: `scheme://host[:port]` (RFC 6454
/// §6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Takes an origin that a browser could send, letter by letter.
    ///
    /// # Errors
    ///
    /// Says in one sentence why no browser would ever send this.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = |why: &str| Err(format!("{text:?} {why}"));
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return refuse("has capital letters; browsers send an origin in small ones");
        }
        let Some((scheme, authority)) = text.split_once("://") else {
            return refuse(
                "has no scheme; an origin looks like https://chat.example or http://localhost:3000",
            );
        };
        if !is_scheme(scheme) {
            return refuse("has a scheme with a character that is not allowed there");
        }
        if authority.contains(['/', '?', '#']) {
            return refuse("has a path; an origin ends with its host or port");
        }
        let (host, port) = split_port(authority);
        if !is_host(host) {
            return refuse("has no host, or one with a character that browsers do not send");
        }
        match port.map(str::parse::<u16>) {
            Some(Err(_)) => refuse("has a port that is not a number up to 65535"),
            Some(Ok(port)) if DEFAULT_PORTS.contains(&(scheme, port)) => {
                refuse("has the scheme's own port, which browsers leave out")
            }
            Some(Ok(_)) | None => Ok(Self(text.to_owned())),
        }
    }

    /// Gives the origin as browsers send it.
    ///
    /// ```
    /// # use wire42::net::http::Origin;
    /// assert_eq!(Origin::parse("http://localhost:3000")?.as_str(), "http://localhost:3000");
    /// # Ok::<(), String>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const ALLOW_ORIGIN: &str = "Access-Control-Allow-Origin";

const DEFAULT_PORTS: [(&str, u16); 2] = [("http", 80), ("https", 443)];

fn listed<'a>(origins: &'a [Origin], request: &Request) -> Option<&'a Origin> {
    let asked = request.header("origin")?;
    origins.iter().find(|origin| origin.as_str() == asked)
}

/// Also `capacitor`, `chrome-extension` and their like, whose pages are origins too.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_lowercase())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The colons of an IPv6 address stand inside of brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty()
                && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALLOW_ORIGIN, Cors, Origin, Request, Response};

    #[test]
    fn any_is_a_star_with_or_without_an_origin() {
        for origin in ["", "Origin: https://evil.example\r\n", "Origin: null\r\n"] {
            let answer = Cors::Any.apply(&request(origin), Response::ok());

            assert_eq!(answer.header(ALLOW_ORIGIN), Some("*"), "{origin}");
            assert_eq!(answer.header("vary"), None);
        }
    }

    #[test]
    fn a_listed_origin_is_echoed_without_credentials() {
        let answer = listing().apply(&request("Origin: http://localhost:3000\r\n"), Response::ok());

        assert_eq!(answer.header(ALLOW_ORIGIN), Some("http://localhost:3000"));
        assert_eq!(answer.header("vary"), Some("Origin"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }

    #[test]
    fn another_origin_is_not_allowed_and_caches_are_told() {
        for origin in
            ["", "Origin: https://evil.example\r\n", "Origin: null\r\n", "Origin: HTTPS://chat.example\r\n"]
        {
            let answer = listing().apply(&request(origin), Response::ok());

            assert_eq!(answer.header(ALLOW_ORIGIN), None, "{origin}");
            assert_eq!(answer.header("vary"), Some("Origin"));
        }
    }

    #[test]
    fn a_preflight_allows_the_headers_it_asks_for() {
        let answer = Cors::Any.preflight(&request("Access-Control-Request-Headers: X-One, x-two\r\n"));

        assert_eq!((answer.status, answer.header("content-length")), (204, Some("0")));
        assert_eq!(answer.header(ALLOW_ORIGIN), Some("*"));
        assert_eq!(answer.header("access-control-allow-methods"), Some("GET,POST"));
        assert_eq!(answer.header("access-control-allow-headers"), Some("X-One, x-two"));
        assert_eq!(answer.header("vary"), Some("Access-Control-Request-Headers"));
    }

    #[test]
    fn a_preflight_that_asks_for_no_headers_is_given_none() {
        let answer = Cors::Any.preflight(&request(""));

        assert_eq!(answer.header("access-control-allow-headers"), None);
    }

    #[test]
    fn a_preflight_of_a_list_varies_by_both() {
        let answer = listing().preflight(&request("Origin: https://chat.example\r\n"));

        let varies = answer.headers().filter(|(name, _)| *name == "Vary").map(|(_, value)| value);
        assert_eq!(varies.collect::<Vec<_>>(), ["Origin", "Access-Control-Request-Headers"]);
        assert_eq!(answer.header(ALLOW_ORIGIN), Some("https://chat.example"));
    }

    #[test]
    fn origins_are_what_browsers_send() {
        for text in [
            "http://localhost:3000",
            "https://chat.example",
            "http://[::1]:8080",
            "https://[::1]",
            "capacitor://localhost",
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_no_browser_sends_is_refused_with_the_reason() {
        let because = |text: &str| Origin::parse(text).unwrap_err();

        assert!(because("https://Chat.example").contains("capital letters"));
        for text in ["chat.example", "localhost:3000", "null", "*", ""] {
            assert!(because(text).contains("no scheme"), "{text}");
        }
        assert!(because("://chat.example").contains("a scheme with"));
        for text in ["https://chat.example/", "https://chat.example/x", "https://chat.example?x"] {
            assert!(because(text).contains("has a path"), "{text}");
        }
        for text in [
            "https://",
            "https://:80",
            "https://*.example",
            "https://me@chat.example",
            "https://zoë.example",
            "http://[::1",
        ] {
            assert!(because(text).contains("no host"), "{text}");
        }
        for text in ["http://a:", "http://a:x", "http://a:65536"] {
            assert!(because(text).contains("a port that"), "{text}");
        }
        assert!(because("https://chat.example:443").contains("own port"));
    }

    fn listing() -> Cors {
        Cors::List(vec![
            Origin::parse("https://chat.example").unwrap(),
            Origin::parse("http://localhost:3000").unwrap(),
        ])
    }

    fn request(lines: &str) -> Request {
        let head = format!("GET /socket.io/ HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        Request::parse(head.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn a_page_of_another_origin_opens_no_websocket() {
        assert!(listing().admits(&request("Origin: https://chat.example\r\n")));
        assert!(listing().admits(&request("")));
        assert!(!listing().admits(&request("Origin: null\r\n")));
        assert!(Cors::Any.admits(&request("Origin: null\r\n")));
    }
}
