//! A target that writes down the packets that cross it, for a transcript that nobody typed.
//!
//! ```text
//! player ──> Recording ──> Target        >  40
//!                │                       <  40{"sid":"…"}
//!                └── packets             <  42["message",[]]
//! ```

use std::time::Duration;

use crate::packet::Content;
use crate::target::{Act, Body, Event, Happening, Link, Opening, Outgoing, Request, Target};

/// A target and what crossed it.
pub struct Recording<T> {
    target: T,
    packets: Vec<Recorded>,
}

/// A packet, and who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The client sent it.
    pub from_client: bool,
    /// The packet's text.
    pub text: String,
}

impl<T: Target> Recording<T> {
    /// Begins to write down.
    pub fn new(target: T) -> Recording<T> {
        Recording { target, packets: Vec::new() }
    }

    /// Gives the packets in the order in which they were sent and seen.
    pub fn packets(&self) -> &[Recorded] {
        &self.packets
    }

    fn note(&mut self, from_client: bool, text: &str) {
        self.packets.push(Recorded { from_client, text: text.to_owned() });
    }

    fn note_body(&mut self, from_client: bool, body: &str) {
        body.split('\u{1e}').for_each(|packet| self.note(from_client, packet));
    }
}

impl<T: Target> Target for Recording<T> {
    fn now(&self) -> Duration {
        self.target.now()
    }

    fn pump(&mut self, until: Duration) -> bool {
        self.target.pump(until)
    }

    fn is_live(&self) -> bool {
        self.target.is_live()
    }

    fn request(&mut self, request: &Request) -> Link {
        if let Body::Whole(body) = &request.body {
            self.note_body(true, &String::from_utf8_lossy(body));
        }
        self.target.request(request)
    }

    fn open(&mut self, opening: &Opening) -> Link {
        self.target.open(opening)
    }

    fn connect(&mut self) -> Link {
        self.target.connect()
    }

    fn send(&mut self, link: Link, what: Outgoing<'_>) {
        if let Outgoing::Messages(messages) = what {
            messages.iter().for_each(|message| self.note(true, &message.to_string()));
        }
        self.target.send(link, what);
    }

    fn act(&mut self, link: Link, act: Act) {
        self.target.act(link, act);
    }

    fn event(&mut self, link: Link) -> Option<Event> {
        let event = self.target.event(link)?;
        match &event.what {
            Happening::Answer(response) if response.status == 200 && response.body != b"ok" => {
                self.note_body(false, &response.text());
            }
            Happening::Message(content @ (Content::Text(_) | Content::Binary(_))) => {
                self.note(false, &content.to_string());
            }
            _ => {}
        }
        Some(event)
    }
}
