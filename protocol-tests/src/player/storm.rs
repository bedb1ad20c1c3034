//! Storms of random input: `fuzz 2000 frames from seed 1`.
//!
//! ```text
//! a batch of connections ── up to eight inputs on each ──> SETTLE, or until all have ended ── dropped ── the next batch
//! ```
//!
//! What a server makes of such input is its own affair. It must go on accepting connections while the storm lasts, and leave
//! no request without an answer or an end; whether it still works is the business of the steps that follow.

use super::flow::{Look, Take};
use super::{Player, Trouble};
use crate::fuzz::{Dice, Kind};
use crate::packet::Content;
use crate::target::{Act, Frame, Happening, Link, Opening, Outgoing};

impl Player<'_> {
    /// Sends so many inputs.
    pub(super) fn storm(&mut self, kind: Kind, times: usize, seed: u64) -> Result<(), Trouble> {
        let mut dice = Dice::new(seed);
        let mut left = times;
        while left > 0 {
            let batch = left.min(if kind == Kind::Requests { LINKS } else { LINKS * INPUTS });
            match kind {
                Kind::Requests => self.requests_of_a_batch(&mut dice, batch, times - left)?,
                Kind::Frames | Kind::Packets | Kind::Events => {
                    self.sockets_of_a_batch(&mut dice, kind, batch)?;
                }
            }
            left -= batch;
        }
        Ok(())
    }

    fn sockets_of_a_batch(&mut self, dice: &mut Dice, kind: Kind, inputs: usize) -> Result<(), Trouble> {
        let target = format!("{}?EIO=4&transport=websocket", self.setting.path);
        let opening = Opening { target, headers: Vec::new() };
        let links: Vec<Link> =
            (0..inputs.div_ceil(INPUTS)).map(|_| self.wire.open(STORM, &opening)).collect();
        self.until_all(&links, "a WebSocket was not opened", |what| {
            matches!(what, Happening::Message(content) if content.as_text().is_some_and(|text| text.starts_with('0')))
        })?;
        let mut left = inputs;
        for link in &links {
            let share = left.min(INPUTS);
            left -= share;
            if kind == Kind::Frames {
                let frames: Vec<Frame> = (0..share).map(|_| dice.frame()).collect();
                self.wire.send(*link, Outgoing::Frames(&frames));
                continue;
            }
            let join = (kind == Kind::Events).then(|| Content::Text("40".to_owned()));
            let more = (0..share).map(|_| match kind {
                Kind::Events => dice.event(),
                _ => Content::Text(dice.packet()),
            });
            let messages: Vec<Content> = join.into_iter().chain(more).collect();
            self.wire.send(*link, Outgoing::Messages(&messages));
        }
        let until = self.wire.now() + self.settling();
        let mut open = links.clone();
        while !open.is_empty() && self.wire.now() < until {
            self.wire.pump(until);
            open.retain(|link| !self.saw(*link, &|_| false));
        }
        links.iter().for_each(|link| self.wire.forget(*link));
        Ok(())
    }

    fn requests_of_a_batch(&mut self, dice: &mut Dice, inputs: usize, before: usize) -> Result<(), Trouble> {
        // Most of these requests need a session; whichever comes through first may end it.
        self.open_session(STORM, crate::notation::Transport::Polling, "", &Vec::new(), true)?;
        let sid = self.actors.remove(STORM).map_or(String::new(), |actor| actor.sid);
        let links: Vec<Link> = (0..inputs).map(|_| self.wire.connect(STORM)).collect();
        for link in &links {
            let request = dice.request(&self.setting.path, &sid);
            self.wire.send(*link, Outgoing::Bytes(&request));
            // A request that was cut short must not be waited for.
            self.wire.act(*link, Act::HalfClose);
        }
        let what = format!("a request of those after number {before} has no answer and no end");
        let ended = self.until_all(&links, &what, |what| matches!(what, Happening::Bytes(_)));
        links.iter().for_each(|link| self.wire.forget(*link));
        ended
    }

    /// Waits until this has happened on each link, or the link has ended.
    fn until_all(
        &mut self,
        links: &[Link],
        missing: &str,
        happened: impl Fn(&Happening) -> bool,
    ) -> Result<(), Trouble> {
        let mut left = links.to_vec();
        let until = self.deadline();
        let all = self.wait(until, &[], |player| {
            left.retain(|link| !player.saw(*link, &happened));
            if left.is_empty() {
                return Look::Fits(Take { at: player.wire.now(), ..Take::default() });
            }
            Look::Waiting(missing.to_owned())
        });
        all.map(|_| ()).map_err(Trouble::new)
    }

    /// Takes what has come on a link; tells whether it was what is waited for, or the end.
    fn saw(&mut self, link: Link, happened: &impl Fn(&Happening) -> bool) -> bool {
        let mut seen = false;
        while let Some(event) = self.wire.event(link) {
            seen |= matches!(event.what, Happening::Closed(_)) || happened(&event.what);
        }
        seen
    }
}

/// The name of everybody in a storm.
const STORM: &str = "(storm)";

/// How many connections a batch has.
const LINKS: usize = 32;

/// How many inputs each of them takes: most are closed after one or two.
const INPUTS: usize = 8;
