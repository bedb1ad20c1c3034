//! One file, and what a request for it is answered.
//!
//! ```text
//! Accept-Encoding: gzip      Variant { etag "x-gzip", … }  ┐  If-None-Match has its etag: 304
//! anything else              Variant { etag "x", … }       ┘  else 200
//! ```
//!
//! RFC 9110 §8.8.3.3: what differs in its content coding has another strong ETag, for these are other bytes.

use std::io::Write as _;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha1::{Digest as _, Sha1};

use super::caching::cache_control;
use super::media::{is_text, media_type};
use crate::net::http::{Method, Request, Response};
use crate::planted::planted;

/// A file.
pub(super) struct File {
    media_type: &'static str,
    cache_control: &'static str,
    plain: Variant,
    /// Of text alone, and only if it is shorter.
    gzip: Option<Variant>,
}

/// The bytes of one content coding.
struct Variant {
    etag: String,
    content: Arc<[u8]>,
}

impl File {
    /// Makes ready what has this path and this content.
    pub(super) fn new(path: &str, content: Vec<u8>) -> Self {
        let media_type = media_type(path);
        let hash = BASE64URL_NOPAD.encode(&Sha1::digest(&content));
        let gzip =
            is_text(media_type).then(|| compressed(&content)).filter(|gzip| gzip.len() < content.len());
        File {
            media_type,
            cache_control: cache_control(path),
            gzip: gzip.map(|gzip| Variant { etag: format!("\"{hash}-gzip\""), content: gzip.into() }),
            plain: Variant { etag: format!("\"{hash}\""), content: content.into() },
        }
    }

    /// Gives the bytes that it holds.
    pub(super) fn bytes(&self) -> usize {
        self.plain.content.len() + self.gzip.as_ref().map_or(0, |gzip| gzip.content.len())
    }

    /// Answers a request for it.
    pub(super) fn answer(&self, request: &Request) -> Response {
        if !matches!(request.method, Method::Get | Method::Head) && !planted("files-by-any-method") {
            return Response::method_not_allowed("GET, HEAD", "This is a file: it can only be read.");
        }
        let gzip = self.gzip.as_ref().filter(|_| takes_gzip(request) || planted("gzip-unasked"));
        let variant = gzip.unwrap_or(&self.plain);
        // RFC 9110 §15.4.5: a 304 has what the 200 would have told a cache.
        if is_kept(request, &variant.etag) && !planted("kept-files-sent-again") {
            return self.headers(Response::not_modified(), variant);
        }
        let response = Response::file(variant.content.clone())
            .with("Content-Type", self.media_type)
            .with("X-Content-Type-Options", "nosniff");
        let response = if gzip.is_some() { response.with("Content-Encoding", "gzip") } else { response };
        self.headers(response, variant)
    }

    fn headers(&self, response: Response, variant: &Variant) -> Response {
        let response = response.with("ETag", variant.etag.clone()).with("Cache-Control", self.cache_control);
        if self.gzip.is_some() { response.with("Vary", "Accept-Encoding") } else { response }
    }
}

/// RFC 9110 §12.5.3: what is not listed, nor covered by `*`, is not to be sent, and what weighs nothing neither.
fn takes_gzip(request: &Request) -> bool {
    let mut others = false;
    for element in request.headers.list("accept-encoding") {
        let (coding, weight) = element.split_once(';').unwrap_or((element, ""));
        let is_taken = !weighs_nothing(weight);
        match coding.trim_end() {
            coding if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") => {
                return is_taken;
            }
            "*" => others = is_taken,
            _ => {}
        }
    }
    others
}

/// RFC 9110 §12.4.2: `q=0`, with up to three digits behind a point.
fn weighs_nothing(weight: &str) -> bool {
    let value = weight.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.trim_start().strip_prefix('='));
    value.is_some_and(|value| value.trim().bytes().all(|byte| matches!(byte, b'0' | b'.')))
}

/// RFC 9110 §13.1.2: compared weakly, since a cache on the way may have weakened the tag.
fn is_kept(request: &Request, etag: &str) -> bool {
    request.headers.list("if-none-match").any(|listed| {
        let listed = listed.strip_prefix("W/").unwrap_or(listed);
        listed == "*" || listed == etag
    })
}

fn compressed(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).and_then(|()| encoder.finish()).expect("a Vec takes all")
}
