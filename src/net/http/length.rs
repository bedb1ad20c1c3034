//! How the end of a request's body is found: by its head, before a byte of it has come.
//!
//! ```text
//! neither header                        None
//! Content-Length: 42                    Length(42)
//! Transfer-Encoding: chunked            Chunked
//! both, or two that differ              refused
//! ```
//!
//! Whatever two recipients could measure differently is refused, or a proxy in front of us could be made to
//! see one request where we see two (request smuggling, RFC 9112 §11.2).
//!
//! ```
//! use wire42::net::http::{BodyLength, Headers, RequestError};
//!
//! let headers = Headers::from_iter([("Content-Length", &b"42"[..])]);
//! assert_eq!(BodyLength::announced(&headers), Ok(BodyLength::Length(42)));
//!
//! let headers = Headers::from_iter([("Content-Length", &b"42"[..]), ("Transfer-Encoding", b"chunked")]);
//! assert!(matches!(BodyLength::announced(&headers), Err(RequestError::Malformed(_))));
//! ```

use super::error::RequestError;
use super::headers::Headers;
use crate::planted::planted;

/// How the end of a request's body is found (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyLength {
    /// There is no body.
    None,
    /// So many bytes follow the head.
    Length(u64),
    /// Chunks follow, each with its size, the last of size 0.
    Chunked,
}

impl BodyLength {
    /// Reads it from a request's header lines.
    ///
    /// # Errors
    ///
    /// [`RequestError::Malformed`] if they leave room for a doubt, [`RequestError::UnknownCoding`] for a
    /// coding that is not chunked.
    pub fn announced(headers: &Headers) -> Result<Self, RequestError> {
        let mut lengths = headers.values("content-length");
        match (headers.first("transfer-encoding"), lengths.next()) {
            (None, None) => Ok(BodyLength::None),
            (None, Some(length))
                if lengths.any(|other| other != length) && !planted("lengths-may-differ") =>
            {
                Err(RequestError::Malformed("The Content-Length headers differ."))
            }
            (None, Some(length)) => number(length).map(BodyLength::Length),
            (Some(_), None) => chunked(headers),
            (Some(_), Some(length)) if planted("length-beside-chunks-ok") => {
                number(length).map(BodyLength::Length)
            }
            (Some(_), Some(_)) => {
                Err(RequestError::Malformed("Transfer-Encoding and Content-Length exclude each other."))
            }
        }
    }

    /// Says whether no byte follows the head.
    ///
    /// ```
    /// use wire42::net::http::BodyLength;
    ///
    /// assert!(BodyLength::None.is_empty() && BodyLength::Length(0).is_empty());
    /// assert!(!BodyLength::Chunked.is_empty(), "its end is a chunk, too");
    /// ```
    pub fn is_empty(self) -> bool {
        matches!(self, BodyLength::None | BodyLength::Length(0))
    }
}

/// `str::parse` would take `+5` as well, which RFC 9110 §8.6 does not.
fn number(length: &str) -> Result<u64, RequestError> {
    let digits = length.bytes().all(|byte| byte.is_ascii_digit());
    let number = if digits { length.parse().ok() } else { None };
    number.ok_or(RequestError::Malformed("The Content-Length is not a number of bytes."))
}

fn chunked(headers: &Headers) -> Result<BodyLength, RequestError> {
    let mut codings = headers.list("transfer-encoding").collect::<Vec<_>>();
    match codings.pop() {
        Some(last) if last.eq_ignore_ascii_case("chunked") && codings.is_empty() => Ok(BodyLength::Chunked),
        Some(last) if last.eq_ignore_ascii_case("chunked") => Err(RequestError::UnknownCoding),
        // RFC 9112 §6.3: without chunked as the final coding, "the message body length cannot be determined
        // reliably; the server MUST respond with the 400 (Bad Request) status code and then close the
        // connection."
        Some(_) | None => Err(RequestError::Malformed("The last Transfer-Encoding must be chunked.")),
    }
}

#[cfg(test)]
mod tests {
    use super::{BodyLength, RequestError};

    #[test]
    fn a_get_has_no_body() {
        assert_eq!(announced(&[("Accept", "*/*")]), Ok(BodyLength::None));
    }

    #[test]
    fn a_repeated_length_must_be_the_same() {
        assert_eq!(announced(&[("Content-Length", "5"), ("content-length", "5")]), Ok(BodyLength::Length(5)));
        assert_malformed(&[("Content-Length", "5"), ("Content-Length", "6")]);
        assert_malformed(&[("Content-Length", "5, 5")]);
    }

    #[test]
    fn a_length_is_digits_that_fit() {
        assert_eq!(
            announced(&[("Content-Length", "18446744073709551615")]),
            Ok(BodyLength::Length(u64::MAX))
        );
        for length in ["", "+5", "-5", "5x", "0x5", "5 5", "18446744073709551616"] {
            assert_malformed(&[("Content-Length", length)]);
        }
    }

    #[test]
    fn a_coding_with_a_length_is_smuggling() {
        assert_malformed(&[("Transfer-Encoding", "chunked"), ("Content-Length", "5")]);
        assert_malformed(&[("Content-Length", "0"), ("Transfer-Encoding", "identity")]);
    }

    #[test]
    fn chunked_is_the_only_coding() {
        assert_eq!(announced(&[("Transfer-Encoding", "Chunked")]), Ok(BodyLength::Chunked));
        assert_eq!(announced(&[("Transfer-Encoding", "gzip, chunked")]), Err(RequestError::UnknownCoding));
        for coding in ["", "gzip", "identity", "chunked, gzip", "xchunked", "chunked;q=1"] {
            assert_malformed(&[("Transfer-Encoding", coding)]);
        }
        assert_eq!(
            announced(&[("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "chunked")]),
            Err(RequestError::UnknownCoding)
        );
    }

    fn announced(lines: &[(&str, &str)]) -> Result<BodyLength, RequestError> {
        BodyLength::announced(&lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect())
    }

    fn assert_malformed(lines: &[(&str, &str)]) {
        assert!(
            matches!(announced(lines), Err(RequestError::Malformed(_))),
            "{lines:?}: {:?}",
            announced(lines)
        );
    }
}
