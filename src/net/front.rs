//! What is served beside Socket.IO, on the same port.
//!
//! ```text
//! Nothing       404 everywhere
//! Page          /  /page/…  POST /explain      the server's own page
//! Static        every path                     a built front end of the operator's
//! ```
//!
//! Socket.IO's path is never asked for here: [`Site`](super::Site) compares it first.
//!
//! ```
//! use std::sync::Arc;
//! use wire42::engine_io::Transports;
//! use wire42::net::{Files, Front};
//!
//! let page = Front::page("/socket.io/", "chat", Transports::default());
//! assert!(page.files().is_some_and(|files| files.bytes() > 0));
//!
//! let files: Files = [("/index.html".to_owned(), b"<!doctype html>".to_vec())].into_iter().collect();
//! assert_eq!(Front::Static(Arc::new(files)).files().map(Files::bytes), Some(15));
//! assert!(Front::Nothing.files().is_none());
//! ```

use std::sync::Arc;

use tracing::{info, warn};

use super::files::Files;
use super::http::{Method, Request, Response};
use super::page;
use super::route::Route;
use crate::engine_io::Transports;

/// What is served beside Socket.IO.
#[derive(Clone, Debug, Default)]
pub enum Front {
    /// Nothing.
    #[default]
    Nothing,
    /// The server's own page.
    Page(Arc<Files>),
    /// A built front end: a path that may be a place inside it is its `index.html`.
    Static(Arc<Files>),
}

impl Front {
    /// Serves the server's own page, which is told what the server is like.
    pub fn page(path: &str, app: &str, transports: Transports) -> Self {
        Front::Page(Arc::new(page::files(path, app, transports)))
    }

    /// Gives the files that are served.
    pub fn files(&self) -> Option<&Files> {
        match self {
            Front::Nothing => None,
            Front::Page(files) | Front::Static(files) => Some(files),
        }
    }

    /// Tells the log of a front end, and of what in its directory is not served.
    pub(super) fn report(&self) {
        let Front::Static(files) = self else { return };
        info!(bytes = files.bytes(), "serving a front end from memory");
        let left_out = files.left_out();
        left_out.iter().take(TOLD).for_each(|line| warn!("--static: {line}"));
        if left_out.len() > TOLD {
            warn!("--static: and {} more are not served", left_out.len() - TOLD);
        }
    }

    /// Decides where a request goes that is not for Socket.IO; none if there is nothing for it.
    pub(super) fn route(&self, request: &Request) -> Option<Route> {
        let answer = match self {
            Front::Nothing => None,
            Front::Page(_) if request.path == "/explain" => match request.method {
                Method::Post => return Some(Route::Explain),
                _ => Some(Response::method_not_allowed("POST", "What is to be explained comes by POST.")),
            },
            Front::Page(files) => files.answer(request),
            Front::Static(files) => files.answer_inside(request),
        };
        answer.map(Route::Answer)
    }
}

/// Lines of the log for what was left out: who sees ten knows where to look for the others.
const TOLD: usize = 10;
