//! The adapter while it runs: asked, watched, and started again after a fault.
//!
//! ```text
//! idle ── start ──> running ── ask ──> running
//!   ^                  │ garbage, silence, end        a fault ends the process, so that no late line answers
//!   └──────────────────┘                              for the next vector
//! lost: it did not start again
//! ```

use std::fmt;
use std::time::{Duration, Instant};

use super::Options;
use super::child::{Child, Silence};
use super::line::{self, Asked, Hello, Outcome};
use crate::json::Json;
use crate::packet::Content;
use crate::pattern::shorten;
use crate::vector::{Kind, Packet, Vector};

/// What an adapter may do instead of answering.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// It answers something else.
    Garbage(String),
    /// It does not answer in time.
    Hung(String),
    /// It ends.
    Died(String),
    /// It did not start again after an earlier fault.
    Lost(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Garbage(why) => write!(f, "garbage: {why}"),
            Fault::Hung(why) => write!(f, "hung: {why}"),
            Fault::Died(why) => write!(f, "died: {why}"),
            Fault::Lost(why) => write!(f, "the adapter did not start again: {why}"),
        }
    }
}

pub(crate) struct Adapter {
    options: Options,
    child: Option<Child>,
    hello: Option<Hello>,
    lost: Option<Fault>,
    last_id: u64,
}

impl Adapter {
    pub(crate) fn new(options: &Options) -> Adapter {
        Adapter { options: options.clone(), child: None, hello: None, lost: None, last_id: 0 }
    }

    /// Starts it and asks who it is.
    pub(crate) fn start(&mut self) -> Result<(), Fault> {
        let child = Child::start(&self.options.adapter)
            .map_err(|error| Fault::Died(format!("`{}` cannot be started: {error}", self.options.adapter)))?;
        self.child = Some(child);
        self.hello = Some(self.exchange(line::hello(), self.options.startup, line::read_hello)?);
        Ok(())
    }

    pub(super) fn decode(&mut self, vector: &Vector) -> Result<Outcome<Vec<Packet>>, Fault> {
        self.ask(line::decode(vector), |json| line::read_packets(vector.kind, json))
    }

    pub(super) fn encode(&mut self, vector: &Vector) -> Result<Outcome<Vec<Content>>, Fault> {
        let packets = vector.packets().expect("only what is written is asked for");
        self.ask(line::encode(vector.kind, packets), line::read_wire)
    }

    /// Asks what it makes of each wire.
    pub(crate) fn readings(&mut self, kind: Kind, wires: &[Vec<Content>]) -> Result<Vec<String>, Fault> {
        self.ask(line::readings(kind, wires), |json| line::read_readings(json, wires.len()))
    }

    /// Its own name, or its command while it has said nothing.
    pub(crate) fn name(&self) -> &str {
        self.hello.as_ref().map_or(&self.options.adapter, |hello| &hello.name)
    }

    pub(super) fn can(&self, asked: Asked, kind: Kind) -> bool {
        self.hello.as_ref().is_some_and(|hello| match asked {
            Asked::Decode => hello.decode.contains(&kind),
            Asked::Encode => hello.encode.contains(&kind),
        })
    }

    fn ask<T>(
        &mut self,
        members: Vec<(&'static str, Json)>,
        read: impl Fn(&Json) -> Result<T, String>,
    ) -> Result<T, Fault> {
        if self.child.is_none() {
            if self.lost.is_none() {
                self.lost = self.start().map_err(|fault| Fault::Lost(fault.to_string())).err();
            }
            if let Some(lost) = &self.lost {
                return Err(lost.clone());
            }
        }
        self.exchange(members, self.options.patience, read)
    }

    /// Sends a request and awaits its answer; after a fault there is no child.
    fn exchange<T>(
        &mut self,
        members: Vec<(&'static str, Json)>,
        patience: Duration,
        read: impl Fn(&Json) -> Result<T, String>,
    ) -> Result<T, Fault> {
        let mut child = self.child.take().expect("it was started before it is asked");
        self.last_id += 1;
        child.send(line::request(self.last_id, members));
        let line = match child.line(Instant::now() + patience) {
            Ok(line) => line,
            Err(Silence::TooLate) => {
                let last_words = child.stop().last_words;
                return Err(Fault::Hung(format!("no answer within {patience:?}{last_words}")));
            }
            Err(Silence::Ended) => {
                let end = child.stop();
                return Err(Fault::Died(format!("{}{}", end.status, end.last_words)));
            }
            Err(Silence::Unreadable(why)) => return Err(Fault::Garbage(why)),
        };
        let answer = line::answer(self.last_id, &line).and_then(|json| read(&json));
        match answer {
            Ok(answer) => {
                self.child = Some(child);
                Ok(answer)
            }
            Err(why) => Err(Fault::Garbage(format!("{why}, in {}", shorten(&line)))),
        }
    }
}
