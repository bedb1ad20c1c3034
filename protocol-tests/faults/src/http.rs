//! Requests on one connection that is kept.

use std::io;
use std::time::Instant;

use wire42_bench::http::{Answer, Answers};

use crate::link::Link;

/// A connection that speaks HTTP.
#[derive(Debug)]
pub struct Http {
    /// For what no well-behaved client does.
    pub link: Link,
    answers: Answers,
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    ///
    /// Nobody listens.
    pub fn open(port: u16) -> io::Result<Self> {
        Ok(Self::over(Link::open(port)?))
    }

    /// Speaks HTTP on a connection that is there.
    pub fn over(link: Link) -> Self {
        Self { link, answers: Answers::default() }
    }

    /// Waits for the next answer; nothing when the time is up.
    ///
    /// # Errors
    ///
    /// The connection ended, or what came is no HTTP.
    pub fn answer(&mut self, by: Instant) -> io::Result<Option<Answer>> {
        let mut chunk = [0; 8 * 1024];
        loop {
            if let Some(answer) = self.answers.take_any()? {
                return Ok(Some(answer));
            }
            match self.link.read(&mut chunk, by) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(len) => self.answers.push(&chunk[..len]),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    ///
    /// There is none in time.
    pub fn ask(&mut self, request: &[u8], by: Instant) -> io::Result<Answer> {
        self.link.write(request)?;
        self.answer(by)?.ok_or_else(|| io::Error::other("no answer to a request"))
    }
}
