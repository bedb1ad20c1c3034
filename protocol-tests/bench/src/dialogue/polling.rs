//! A client that polls, and stays with it; on one connection, which is kept.
//!
//! ```text
//! GET  ?transport=polling            0{"sid":…}
//! POST ?transport=polling&sid=…  40  ok
//! GET  ?transport=polling&sid=…      40{"sid":…}
//! ```

use std::io;

use memchr::memmem;
use mio::Registry;
use mio::event::Event;

use super::{Desk, Dialogue, unexpected};
use crate::http::Answers;
use crate::line::Line;

/// Such a client on its way in.
#[derive(Debug)]
pub struct Polling {
    line: Line,
    answers: Answers,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Open,
    Posted { sid: String },
    Polled { sid: String },
}

impl Dialogue for Polling {
    /// Nothing: the connection is closed.
    type Arrived = ();

    fn begin(desk: Desk<'_>) -> io::Result<Self> {
        let line = desk.open(0, get(desk.route.port, ""))?;
        Ok(Self { line, answers: Answers::default(), stage: Stage::Open })
    }

    fn advance(&mut self, _: usize, event: &Event, desk: Desk<'_>, buffer: &mut [u8]) -> io::Result<bool> {
        self.line.greet(event)?;
        while let len @ 1.. = self.line.read(buffer)? {
            self.answers.push(&buffer[..len]);
        }
        let Some(body) = self.answers.take()? else { return Ok(false) };
        let port = desk.route.port;
        self.stage = match std::mem::replace(&mut self.stage, Stage::Open) {
            Stage::Open => {
                let sid = sid(&body)?;
                self.line.send(&post(port, &sid, "40"))?;
                Stage::Posted { sid }
            }
            Stage::Posted { sid } | Stage::Polled { sid } if !joined(&body) => {
                self.line.send(&get(port, &sid))?;
                Stage::Polled { sid }
            }
            Stage::Posted { .. } | Stage::Polled { .. } => return Ok(true),
        };
        Ok(false)
    }

    fn finish(self, _: &Registry) -> io::Result<()> {
        Ok(())
    }
}

/// Writes a poll; `sid` is empty or `&sid=…`.
pub fn get(port: u16, sid: &str) -> Vec<u8> {
    format!("GET /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n").into()
}

/// Writes a request that carries a packet to the server.
pub fn post(port: u16, sid: &str, packet: &str) -> Vec<u8> {
    format!(
        "POST /socket.io/?EIO=4&transport=polling{sid} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\
         Content-Type: text/plain;charset=UTF-8\r\nContent-Length: {}\r\n\r\n{packet}",
        packet.len()
    )
    .into()
}

/// Finds the session's id in the open packet, and gives it as a parameter of a query.
///
/// # Errors
///
/// It is no open packet.
pub fn sid(body: &[u8]) -> io::Result<String> {
    let id = memmem::find(body, SID).map(|at| &body[at + SID.len()..]).filter(|_| body.starts_with(b"0{"));
    let id = id.and_then(|rest| rest.split(|&byte| byte == b'"').next());
    let id = id.ok_or_else(|| unexpected("an open packet", body))?;
    Ok(format!("&sid={}", String::from_utf8_lossy(id)))
}

/// Says whether the answer to a CONNECT is among the packets (Engine.IO v4: 0x1e is between them).
pub fn joined(body: &[u8]) -> bool {
    body.split(|&byte| byte == 0x1e).any(|packet| packet.starts_with(b"40"))
}

const SID: &[u8] = br#""sid":""#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_the_session_becomes_a_parameter() {
        assert_eq!(sid(br#"0{"sid":"a_B-9","upgrades":["websocket"]}"#).unwrap(), "&sid=a_B-9");
        assert!(sid(br#"40{"sid":"a_B-9"}"#).is_err());
    }

    #[test]
    fn the_answer_is_found_among_other_packets() {
        assert!(joined(b"42[\"message\",[]]\x1e40{\"sid\":\"x\"}"));
        assert!(!joined(b"42[\"message\",\"40\"]"));
        assert!(!joined(b"ok"));
    }
}
