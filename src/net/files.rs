//! Files that are served as they are: a table from a path to an answer that is ready.
//!
//! ```text
//! GET /assets/index-4fRq0aZ1.js ─ path.rs ─> "/assets/index-4fRq0aZ1.js" ─ table ─> file.rs ─> 200, or 304
//! GET /docs                                  "/docs/" is in the table              ─────────> 301 /docs/
//! GET /..%2fsecret                           none: no file has such a path         ─────────> nothing
//! ```
//!
//! All of it is in memory before the first request comes, so that no request waits for a disk, and none can name what is
//! not in the table.
//!
//! ```
//! use wire42::net::Files;
//! use wire42::net::http::Request;
//!
//! let files: Files = [("/index.html".to_owned(), b"<!doctype html>".to_vec())].into_iter().collect();
//! let ask = |line: &str| {
//!     let head = format!("{line} HTTP/1.1\r\nHost: x\r\n\r\n");
//!     files.answer(&Request::parse(head.as_bytes()).expect("well-formed").expect("complete").0)
//! };
//! let page = ask("GET /").expect("a directory is its index.html");
//! assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
//! assert_eq!(ask("GET /nothing"), None);
//!
//! let (request, _) = Request::parse(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").expect("well-formed").expect("complete");
//! assert_eq!(files.answer_inside(&request), Some(page));
//! ```

mod caching;
mod directory;
mod file;
mod media;
mod path;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use file::File;

use super::http::{Request, Response};
use crate::planted::planted;

/// The table.
#[derive(Default)]
pub struct Files {
    by_path: HashMap<String, Arc<File>>,
    /// What every answer says beside what the file itself needs.
    said: &'static [(&'static str, &'static str)],
    bytes: usize,
    left_out: Vec<String>,
}

impl Files {
    /// Reads a directory with all that is below it.
    ///
    /// ```
    /// use std::path::Path;
    /// use wire42::net::Files;
    ///
    /// let sentence = Files::read(Path::new("src")).expect_err("it is no front end");
    /// assert_eq!(sentence, "--static src: there is no index.html in it");
    /// ```
    ///
    /// # Errors
    ///
    /// Says in one line what cannot be read, or is too much, or that there is no `index.html`.
    pub fn read(directory: &Path) -> Result<Self, String> {
        let (found, left_out) = directory::read(directory)?;
        Ok(Self { left_out, ..found.into_iter().collect() })
    }

    /// Adds headers to all answers.
    pub(super) fn saying(self, said: &'static [(&'static str, &'static str)]) -> Self {
        Self { said, ..self }
    }

    /// Answers a request for a file, or for a directory without its last slash.
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let path = path::decoded(&request.path)?;
        if let Some(file) = self.by_path.get(&path) {
            return Some(self.answer_with(file, request));
        }
        self.by_path.contains_key(&format!("{path}/")).then(|| {
            // The path is not another host's: two slashes at its beginning are no path of a file.
            let query = if request.query.is_empty() { "" } else { "?" };
            Response::moved(format!("{}/{query}{}", request.path, request.query))
        })
    }

    /// Does the same, and answers with `/index.html` for what may be a place inside the front end: a path whose last part
    /// has no dot.
    pub fn answer_inside(&self, request: &Request) -> Option<Response> {
        self.answer(request).or_else(|| {
            let path = path::decoded(&request.path)?;
            let is_place = path::is_place(&path) || planted("any-path-is-a-place");
            is_place.then(|| self.by_path.get("/")).flatten().map(|index| self.answer_with(index, request))
        })
    }

    /// Gives the bytes that are held, those of compressed copies too.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives a line for each thing that was found and is not served.
    pub(super) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    fn answer_with(&self, file: &File, request: &Request) -> Response {
        let said = if planted("page-without-policy") { &[] } else { self.said };
        said.iter().fold(file.answer(request), |response, (name, value)| response.with(name, *value))
    }

    fn add(&mut self, path: String, content: Vec<u8>) {
        let file = Arc::new(File::new(&path, content));
        self.bytes += file.bytes();
        if let Some(directory) = path.strip_suffix("index.html").filter(|rest| rest.ends_with('/')) {
            self.by_path.insert(directory.to_owned(), file.clone());
        }
        self.by_path.insert(path, file);
    }
}

/// Takes paths that begin with a slash, and what is there. A directory is its `index.html`.
impl FromIterator<(String, Vec<u8>)> for Files {
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(files: I) -> Self {
        let mut table = Files::default();
        files.into_iter().for_each(|(path, content)| table.add(path, content));
        table
    }
}

/// Without their content.
impl fmt::Debug for Files {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Files").field("paths", &self.by_path.len()).field("bytes", &self.bytes).finish()
    }
}

#[cfg(test)]
mod tests;
