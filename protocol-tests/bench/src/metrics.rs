//! What a server says of itself: the figures of its `/metrics`, if it has one.
//!
//! ```text
//! GET /metrics            # TYPE wire42_broadcasts_total counter
//!                         wire42_broadcasts_total 17
//!                         wire42_sessions{transport="websocket"} 4      the labels of a name are added up
//! ```

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::http::Answers;

/// The figures at one time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Asks for them.
    ///
    /// # Errors
    ///
    /// Nobody answers there, or something else.
    pub fn read(port: u16) -> io::Result<Self> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")?;
        let (mut answers, mut buffer) = (Answers::default(), vec![0; 64 * 1024]);
        loop {
            match stream.read(&mut buffer)? {
                0 => return Err(io::Error::other("half an answer of /metrics")),
                len => answers.push(&buffer[..len]),
            }
            if let Some(body) = answers.take()? {
                return Ok(Self::parse(&String::from_utf8_lossy(&body)));
            }
        }
    }

    /// Says by how much one of them has grown; nothing if the server has no such figure.
    pub fn growth(&self, before: &Self, name: &str) -> Option<f64> {
        Some(self.0.get(name)? - before.0.get(name)?)
    }

    fn parse(text: &str) -> Self {
        let mut figures = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, value)) = line.rsplit_once(' ') else { continue };
            let Ok(value) = value.parse::<f64>() else { continue };
            let name = name.split('{').next().unwrap_or(name);
            *figures.entry(name.to_owned()).or_default() += value;
        }
        Self(figures)
    }
}

const PATIENCE: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_added_up_and_what_is_not_there_does_not_grow() {
        let before = Metrics::parse("# HELP a A thing.\na{kind=\"x y\"} 1\na{kind=\"z\"} 2\nb 7\n");
        let after = Metrics::parse("a{kind=\"x y\"} 5\na{kind=\"z\"} 2\nb 7.5\nc 1\n");

        assert_eq!(
            ["a", "b", "c", "d"].map(|name| after.growth(&before, name)),
            [Some(4.0), Some(0.5), None, None]
        );
    }
}
