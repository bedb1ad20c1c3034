//! A session on polling: one connection for its GETs, one for its POSTs.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use wire42_bench::dialogue::{get, joined, post, sid};
use wire42_bench::http::Answer;

use crate::http::Http;
use crate::link::STUCK;

/// A client of such a session.
#[derive(Debug)]
pub struct Polling {
    /// The session, as a query writes it: `&sid=…`.
    pub sid: String,
    port: u16,
    polls: Http,
    posts: Http,
    /// A GET is on its way.
    has_asked: bool,
    heard: VecDeque<Vec<u8>>,
}

impl Polling {
    /// Opens a session, and joins nothing.
    ///
    /// # Errors
    ///
    /// The server does not let it.
    pub fn open(port: u16) -> io::Result<Self> {
        let mut polls = Http::open(port)?;
        let answer = polls.ask(&get(port, ""), Instant::now() + STUCK)?;
        let sid = sid(&answer.body)?;
        Ok(Self { sid, port, polls, posts: Http::open(port)?, has_asked: false, heard: VecDeque::new() })
    }

    /// Joins `/`.
    ///
    /// # Errors
    ///
    /// The server does not let it.
    pub fn join(&mut self) -> io::Result<()> {
        self.say(b"40")?;
        let by = Instant::now() + STUCK;
        while let Some(packet) = self.hear(by)? {
            if joined(&packet) {
                return Ok(());
            }
        }
        Err(io::Error::other(format!("no answer to CONNECT within {STUCK:?}")))
    }

    /// Sends a GET, if none is on its way.
    ///
    /// # Errors
    ///
    /// The connection ended.
    pub fn poll(&mut self) -> io::Result<()> {
        if !self.has_asked {
            self.polls.link.write(&get(self.port, &self.sid))?;
            self.has_asked = true;
        }
        Ok(())
    }

    /// Gives the next packet; nothing when the time is up. It polls for it, and answers heartbeats.
    ///
    /// # Errors
    ///
    /// The server ended it.
    pub fn hear(&mut self, by: Instant) -> io::Result<Option<Vec<u8>>> {
        loop {
            match self.heard.pop_front() {
                Some(packet) if packet == b"2" => self.say(b"3")?,
                Some(packet) if packet == b"6" => {}
                Some(packet) if packet == b"1" || packet == b"41" => {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server ended it"));
                }
                Some(packet) => return Ok(Some(packet)),
                None => {
                    self.poll()?;
                    let Some(answer) = self.polls.answer(by)? else { return Ok(None) };
                    self.has_asked = false;
                    let body = accepted(answer)?;
                    // Engine.IO v4: 0x1e is between packets.
                    self.heard.extend(body.split(|&byte| byte == 0x1e).map(<[u8]>::to_vec));
                }
            }
        }
    }

    /// Sends a packet.
    ///
    /// # Errors
    ///
    /// The server does not take it.
    pub fn say(&mut self, packet: &[u8]) -> io::Result<()> {
        accepted(self.post(packet)?).map(drop)
    }

    /// Sends a packet and gives the answer, whatever that is.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn post(&mut self, packet: &[u8]) -> io::Result<Answer> {
        let request = post(self.port, &self.sid, &String::from_utf8_lossy(packet));
        let answer = self.posts.ask(&request, Instant::now() + STUCK)?;
        if answer.status != 200 {
            // Behind a refusal the server may close.
            self.posts = Http::open(self.port)?;
        }
        Ok(answer)
    }

    /// Asks whether the server still has the session, by an unasked pong, which does no harm.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub fn is_known(&mut self) -> io::Result<bool> {
        let answer = self.post(b"3")?;
        Ok(answer.status == 200 || !String::from_utf8_lossy(&answer.body).contains("Session ID unknown"))
    }

    /// Waits until the server has forgotten the session.
    ///
    /// # Errors
    ///
    /// It has not in this time.
    pub fn forgotten_within(&mut self, time: Duration) -> io::Result<Duration> {
        let began = Instant::now();
        while began.elapsed() < time {
            if !self.is_known()? {
                return Ok(began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(io::Error::other(format!("the session lives on for more than {time:?}")))
    }

    /// Resets the connection of its GETs and opens another.
    ///
    /// # Errors
    ///
    /// Nobody listens any more.
    pub fn reset_polls(&mut self) -> io::Result<()> {
        self.has_asked = false;
        std::mem::replace(&mut self.polls, Http::open(self.port)?).link.reset()
    }

    /// Gives the connections of its GETs and POSTs.
    pub fn into_parts(self) -> (Http, Http) {
        (self.polls, self.posts)
    }
}

fn accepted(answer: Answer) -> io::Result<Vec<u8>> {
    if answer.status == 200 {
        return Ok(answer.body);
    }
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    Err(io::Error::other(format!("wanted 200, the server said {}: {said}", answer.status)))
}
