//! Answers on one HTTP/1.1 connection that is kept, as the polling transport gets them.
//!
//! ```
//! use wire42_bench::http::Answers;
//!
//! let mut answers = Answers::default();
//! answers.push(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
//! assert_eq!(answers.take().unwrap(), None);
//! answers.push(b"k");
//! assert_eq!(answers.take().unwrap(), Some(b"ok".to_vec()));
//! ```

use std::io;

use httparse::{EMPTY_HEADER, Header, Response, Status, parse_chunk_size};

/// What a connection has read.
#[derive(Debug, Default)]
pub struct Answers {
    bytes: Vec<u8>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 200, if all is well.
    pub status: u16,
    /// Without the length that came before it.
    pub body: Vec<u8>,
}

/// How long a body is.
enum Length {
    Known(usize),
    Chunked,
}

impl Answers {
    /// Appends what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes the body of the next answer out, once it is whole.
    ///
    /// # Errors
    ///
    /// The answer is not 200, or not HTTP.
    pub fn take(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Some(answer) = self.take_any()? else { return Ok(None) };
        if answer.status != 200 {
            let said = String::from_utf8_lossy(&answer.body);
            return Err(io::Error::other(format!("wanted 200, the server said {}: {said:?}", answer.status)));
        }
        Ok(Some(answer.body))
    }

    /// Takes the next answer out, whatever it says, once it is whole.
    ///
    /// # Errors
    ///
    /// It is not HTTP.
    pub fn take_any(&mut self) -> io::Result<Option<Answer>> {
        let mut headers = [EMPTY_HEADER; 32];
        let mut response = Response::new(&mut headers);
        let Status::Complete(head_len) = response.parse(&self.bytes).map_err(io::Error::other)? else {
            return Ok(None);
        };
        let status = response.code.unwrap_or_default();
        let body = &self.bytes[head_len..];
        let whole = match length(response.headers)? {
            Length::Known(len) => body.get(..len).map(|body| (body.to_vec(), len)),
            Length::Chunked => unchunk(body)?,
        };
        let Some((body, len)) = whole else { return Ok(None) };
        self.bytes.drain(..head_len + len);
        Ok(Some(Answer { status, body }))
    }
}

fn length(headers: &[Header<'_>]) -> io::Result<Length> {
    for header in headers {
        let value = str::from_utf8(header.value).unwrap_or_default();
        if header.name.eq_ignore_ascii_case("content-length") {
            return Ok(Length::Known(value.parse().map_err(io::Error::other)?));
        }
        if header.name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            return Ok(Length::Chunked);
        }
    }
    Err(io::Error::other("an answer without a length"))
}

/// Gives the body and how many bytes it took, once it is whole (RFC 9112, 7.1; nobody sends trailers).
fn unchunk(bytes: &[u8]) -> io::Result<Option<(Vec<u8>, usize)>> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let size = parse_chunk_size(&bytes[at..]).map_err(|_| io::Error::other("a chunk without a size"))?;
        let Status::Complete((head_len, size)) = size else { return Ok(None) };
        let start = at + head_len;
        let end = start + size as usize;
        if bytes.len() < end + 2 {
            return Ok(None);
        }
        body.extend_from_slice(&bytes[start..end]);
        at = end + 2;
        if size == 0 {
            return Ok(Some((body, at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_the_same_however_reads_split_them() {
        let stream = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nfirst\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n\
            HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        for size in 1..stream.len() {
            let mut answers = Answers::default();
            let mut bodies = Vec::new();

            for read in stream.chunks(size) {
                answers.push(read);
                bodies.extend(std::iter::from_fn(|| answers.take().unwrap()));
            }

            assert_eq!(bodies, [b"first".to_vec(), b"second".to_vec(), Vec::new()], "reads of {size} bytes");
        }
    }

    #[test]
    fn a_refusal_is_an_error() {
        let mut answers = Answers::default();
        answers.push(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}");

        assert!(answers.take().is_err());
    }
}
