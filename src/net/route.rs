//! Where a request goes, decided without a socket, so that fixtures can ask too.
//!
//! ```text
//! OPTIONS /socket.io/…                 preflight
//! GET /socket.io/?EIO=4&transport=…    engine: an intent
//! GET /socket.io/socket.io.js          404: where to get it
//! GET /  GET /page/…  POST /explain    the page, or the operator's front end
//! anything else                        404: where to look
//! ```
//!
//! ```
//! use wire42::engine_io::{Intent, Transport, Transports};
//! use wire42::net::http::{Cors, Request};
//! use wire42::net::{Front, Route, Site};
//!
//! let site = Site {
//!     path: "/socket.io/".to_owned(),
//!     cors: Cors::Any,
//!     transports: Transports::default(),
//!     token: None,
//!     front: Front::Nothing,
//! };
//! let head = b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n";
//! let (request, _) = Request::parse(head).expect("well-formed").expect("complete");
//! assert_eq!(site.route(&request), Route::Engine(Intent::Open(Transport::Polling)));
//! ```

use crate::engine_io::{Intent, Refusal, Transports};
use crate::hub::Token;
use crate::net::front::Front;
use crate::net::http::{Cors, Method, Request, Response};
use crate::planted::planted;

/// What the server is to the outside.
#[derive(Clone, Debug)]
pub struct Site {
    /// The path under which Engine.IO is served, with its slashes.
    pub path: String,
    /// Which pages may read the answers.
    pub cors: Cors,
    /// Which transports are offered.
    pub transports: Transports,
    /// What clients must show, if anything.
    pub token: Option<Token>,
    /// What is served beside Socket.IO.
    pub front: Front,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// To a session, old or new.
    Engine(Intent),
    /// To whoever explains what its body means.
    Explain,
    /// Nowhere: it is [refused](Site::refuse).
    Refused(Refusal),
    /// Nowhere: this is its answer.
    Answer(Response),
}

impl Site {
    /// Decides where a request goes.
    pub fn route(&self, request: &Request) -> Route {
        // Reference: everything under the path is Engine.IO's, whatever stands behind it.
        let Some(rest) = request.path.strip_prefix(&self.path).or(planted("any-path").then_some("")) else {
            let route = self.front.route(request);
            return route.unwrap_or_else(|| Route::Answer(Response::elsewhere(&self.path)));
        };
        if request.method == Method::Options && !planted("no-preflight") {
            return Route::Answer(self.cors.preflight(request));
        }
        // Ours: the reference serves these files; the page's own package has them.
        if rest.starts_with("socket.io") && rest.contains(".js") {
            return Route::Answer(self.cors.apply(request, Response::no_client_file()));
        }
        // Reference: the header is left out, the request is served.
        if !self.cors.admits(request) && !planted("foreign-origin-served") {
            return Route::Refused(Refusal::Forbidden);
        }
        let method = match request.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Head | Method::Options | Method::Other => "",
        };
        match Intent::parse(method, request.asks_upgrade, &request.query, self.transports) {
            Ok(intent) => Route::Engine(intent),
            Err(refusal) => Route::Refused(refusal),
        }
    }

    /// Gives the token that the CONNECTs of a session must show, unless its handshake did.
    ///
    /// A front end that knows nothing of tokens shows it by having it in the address of its back end.
    ///
    /// ```
    /// # use wire42::{engine_io::Transports, hub::Token, net::{Site, http::{Cors, Request}}};
    /// # let (path, cors, transports) = ("/socket.io/".to_owned(), Cors::Any, Transports::default());
    /// let site = Site { path, cors, transports, token: Some(Token::new("open-sesame")?) };
    /// let must_show = |head: &str| {
    ///     let (handshake, _) = Request::parse(head.as_bytes()).expect("well-formed").expect("complete");
    ///     site.token_to_show(&handshake).is_some()
    /// };
    /// assert!(must_show("GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\n\r\n"));
    /// assert!(!must_show("GET /socket.io/?EIO=4&token=open-sesame HTTP/1.1\r\nHost: a\r\n\r\n"));
    /// # Ok::<(), String>(())
    /// ```
    pub fn token_to_show(&self, handshake: &Request) -> Option<Token> {
        let mut shown = form_urlencoded::parse(handshake.query.as_bytes()).filter(|(key, _)| key == "token");
        let shown = shown.by_ref().last().filter(|_| !planted("token-in-url-ignored"));
        self.token.clone().filter(|token| !shown.is_some_and(|(_, given)| token.is(&given)))
    }

    /// Writes a refusal the way the reference does.
    ///
    /// ```
    /// # use wire42::{engine_io::{Refusal, Transports}, net::{Site, http::{Cors, Request}}};
    /// # let (path, transports) = ("/socket.io/".to_owned(), Transports::default());
    /// # let site = Site { path, cors: Cors::Any, transports, token: None };
    /// let head = b"GET /socket.io/?EIO=3 HTTP/1.1\r\nHost: a\r\n\r\n";
    /// let (request, _) = Request::parse(head).expect("well-formed").expect("complete");
    /// let answer = site.refuse(&request, Refusal::UnsupportedVersion);
    /// assert_eq!(answer.status, 400);
    /// assert_eq!(answer.body, br#"{"code":5,"message":"Unsupported protocol version"}"#);
    /// ```
    pub fn refuse(&self, request: &Request, refusal: Refusal) -> Response {
        let mut response = Response::refusal(refusal.code(), refusal.message());
        if refusal == Refusal::Forbidden {
            response.status = 403;
        }
        if planted("cors-missing-on-errors") { response } else { self.cors.apply(request, response) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn route(head: &str) -> Route {
        route_beside("/socket.io/", Front::Nothing, head)
    }

    fn route_beside(path: &str, front: Front, head: &str) -> Route {
        let site = Site {
            path: path.to_owned(),
            cors: Cors::Any,
            transports: Transports::default(),
            token: None,
            front,
        };
        let head = format!("{head} HTTP/1.1\r\nHost: x\r\n\r\n");
        site.route(&Request::parse(head.as_bytes()).unwrap().unwrap().0)
    }

    fn status(head: &str) -> u16 {
        match route(head) {
            Route::Answer(response) => response.status,
            other => panic!("{head} is answered, but: {other:?}"),
        }
    }

    #[test]
    fn the_path_is_compared_as_it_was_sent() {
        for target in [
            "/",
            "/socket.io?EIO=4&transport=polling",
            "/SOCKET.IO/?EIO=4&transport=polling",
            "/socket%2eio/",
        ] {
            assert_eq!(status(&format!("GET {target}")), 404, "{target}");
        }
        assert!(matches!(route("GET /socket.io/x/y?EIO=4&transport=polling"), Route::Engine(_)));
    }

    #[test]
    fn a_preflight_is_answered_whatever_it_is_for() {
        assert_eq!(status("OPTIONS /socket.io/?sid=x"), 204);
    }

    #[test]
    fn socket_io_comes_first_wherever_it_is() {
        let page = |path| Front::page(path, "chat", Transports::default());
        for path in ["/", "/page/", "/explain"] {
            for target in [path, &format!("{path}page.css"), &format!("{path}explain")] {
                let route = route_beside(path, page(path), &format!("POST {target}"));
                assert!(matches!(route, Route::Engine(_) | Route::Refused(_)), "{path} {target}: {route:?}");
            }
        }
        assert_eq!(route_beside("/io/", page("/io/"), "POST /explain"), Route::Explain);
    }

    #[test]
    fn only_the_page_explains() {
        let files = [("/index.html".to_owned(), b"<!doctype html>".to_vec())].into_iter().collect();
        for front in [Front::Nothing, Front::Static(Arc::new(files))] {
            let route = route_beside("/socket.io/", front, "POST /explain");
            assert!(matches!(&route, Route::Answer(response) if response.status >= 400), "{route:?}");
        }
    }

    #[test]
    fn who_asks_for_the_client_is_told_where_it_is() {
        let Route::Answer(response) = route("GET /socket.io/socket.io.min.js") else {
            panic!("it is not served")
        };
        assert_eq!(response.status, 404);
        assert!(String::from_utf8_lossy(&response.body).contains("socket.io-client"));
    }
}
