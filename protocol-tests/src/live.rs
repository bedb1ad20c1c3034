//! A server behind TCP, on whatever machine.
//!
//! Each request has a connection of its own, and what is written is in the kernel's hands when the call returns; so the order
//! of two requests is the order in which a server on this machine gets to see them. Time is the machine's.

mod frames;
mod http;
mod link;
mod pipe;
mod remote;
#[cfg_attr(not(feature = "tls"), path = "live/no_tls.rs")]
mod tls;

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use data_encoding::BASE64;

use self::link::{Line, Speaks};
pub use self::remote::Remote;
use crate::packet::Content;
use crate::target::{Act, Body, Event, Frame, Link, Opening, Outgoing, Request, Target};

/// A server behind TCP.
pub struct Live {
    remote: Arc<Remote>,
    runtime: tokio::runtime::Runtime,
    began: Instant,
    lines: BTreeMap<Link, Line>,
    next: usize,
    lag: Duration,
}

impl Live {
    /// Makes a target of `host:port`; `extra` header lines go with every request.
    pub fn new(host: &str, extra: &[(String, String)]) -> std::io::Result<Live> {
        let mut remote = Remote::new(&format!("http://{host}")).map_err(std::io::Error::other)?;
        remote.headers = extra.to_vec();
        Live::to(&Arc::new(remote))
    }

    /// Makes a target of a server.
    pub fn to(remote: &Arc<Remote>) -> std::io::Result<Live> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (remote, lines, began) = (Arc::clone(remote), BTreeMap::new(), Instant::now());
        Ok(Live { remote, runtime, began, lines, next: 0, lag: Duration::ZERO })
    }

    fn line(&mut self, speaks: Speaks) -> (Link, &mut Line) {
        let _reactor = self.runtime.enter();
        let pipe = self.remote.connect();
        let link = Link(self.next);
        self.next += 1;
        (link, self.lines.entry(link).or_insert(Line::new(pipe, speaks)))
    }

    /// Waits for so long at most; tells whether something came.
    fn look(&mut self, left: Duration) -> bool {
        let Live { runtime, lines, began, .. } = self;
        let before = Instant::now();
        let arrival = poll_fn(|context| {
            let mut arrived = false;
            for line in lines.values_mut() {
                line.flush();
                arrived |= line.poll(context, began.elapsed()).is_ready();
            }
            if arrived { Poll::Ready(()) } else { Poll::Pending }
        });
        let arrived = runtime.block_on(async { tokio::time::timeout(left, arrival).await }).is_ok();
        if !arrived {
            self.lag = self.lag.max(before.elapsed().saturating_sub(left));
        }
        arrived
    }
}

impl Target for Live {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn pump(&mut self, until: Duration) -> bool {
        loop {
            let stuck = self.lines.values().any(Line::has_unsent);
            let left = until.saturating_sub(self.now()).min(if stuck { RETRY } else { SLICE });
            // At least one look at the sockets, even when the moment has come already.
            if self.look(left.max(Duration::from_millis(1))) {
                return true;
            }
            if self.now() >= until {
                return false;
            }
        }
    }

    fn is_live(&self) -> bool {
        true
    }

    fn request(&mut self, request: &Request) -> Link {
        let mut request = request.clone();
        request.headers.extend(self.remote.headers.clone());
        request.target = self.remote.with_query(&request.target);
        let bytes = http::write(&request, &self.remote.authority());
        let (link, line) = self.line(Speaks::Http(request.method));
        line.write(&bytes);
        link
    }

    fn open(&mut self, opening: &Opening) -> Link {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).expect("the operating system has random numbers");
        let key = BASE64.encode(&nonce);
        let mut headers = vec![
            ("Connection".to_owned(), "Upgrade".to_owned()),
            ("Upgrade".to_owned(), "websocket".to_owned()),
            ("Sec-WebSocket-Version".to_owned(), "13".to_owned()),
            ("Sec-WebSocket-Key".to_owned(), key.clone()),
        ];
        // A line of the fixture takes the place of ours; an empty one leaves it out.
        headers
            .retain(|(name, _)| !opening.headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)));
        headers.extend(opening.headers.iter().filter(|(_, value)| !value.is_empty()).cloned());
        headers.extend(self.remote.headers.clone());
        let given = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
        let key = given.map_or(String::new(), |(_, key)| key.clone());
        let target = self.remote.with_query(&opening.target);
        let request = Request { method: "GET".to_owned(), target, headers, body: Body::None };
        let bytes = http::write(&request, &self.remote.authority());
        let (link, line) = self.line(Speaks::Handshake { key });
        line.write(&bytes);
        link
    }

    fn connect(&mut self) -> Link {
        self.line(Speaks::Bytes).0
    }

    fn send(&mut self, link: Link, what: Outgoing<'_>) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        match what {
            Outgoing::Messages(messages) => {
                let frame = |message: &Content| match message {
                    Content::Text(text) => Frame::new(1, text.as_bytes()),
                    Content::Binary(bytes) => Frame::new(2, bytes),
                };
                line.write_frames(&messages.iter().map(frame).collect::<Vec<_>>());
            }
            Outgoing::Frames(frames) => line.write_frames(frames),
            Outgoing::Bytes(bytes) => line.write(bytes),
        }
    }

    fn act(&mut self, link: Link, act: Act) {
        let Some(line) = self.lines.get_mut(&link) else { return };
        match act {
            Act::Drop => line.drop_connection(),
            Act::Close(code) => {
                let payload = code.map_or(Vec::new(), |code| code.to_be_bytes().to_vec());
                line.write_frames(&[Frame::new(8, &payload)]);
            }
            Act::HalfClose => line.half_close(),
            Act::Pause => line.paused = true,
            Act::Resume => line.paused = false,
        }
    }

    fn event(&mut self, link: Link) -> Option<Event> {
        self.lines.get_mut(&link)?.events.pop_front()
    }

    fn lag(&self) -> Duration {
        self.lag
    }
}

/// How soon a write that the kernel did not take is tried again.
const RETRY: Duration = Duration::from_millis(5);

/// How long one wait lasts at most: each tells how punctual this machine is.
const SLICE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_that_took_longer_than_it_should_is_noticed() {
        let mut live = Live::new("127.0.0.1:9", &[]).unwrap();
        assert_eq!(live.lag(), Duration::ZERO);
        assert!(!live.look(Duration::ZERO));
        assert!(live.lag() > Duration::ZERO, "no wait is as short as none");
    }
}
