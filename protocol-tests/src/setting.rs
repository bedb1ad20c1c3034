//! What is known of a target before a case is played on it, and what the user has chosen.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::case::{Case, Need, Profile};
use crate::notation::Transport;
use crate::span::Intervals;
use crate::verdict::Verdict;

/// A target's address and habits.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The path of the server, with the slash at its end.
    pub path: String,
    /// Its times.
    pub intervals: Intervals,
    /// Its advertised limit of a payload, in bytes.
    pub max_payload: usize,
    /// The contracts that its application keeps.
    pub profiles: BTreeSet<Profile>,
    /// What it was said to have, in the words of `needs`.
    pub capabilities: BTreeSet<String>,
    /// Namespaces that nobody used before.
    pub rooms: Rooms,
    /// How long a case may take.
    pub budget: Duration,
}

/// Where a case of the chat finds a room without a past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rooms {
    /// Nowhere.
    None,
    /// Each case has a server of its own: the main namespace.
    Fresh,
    /// A namespace of this shape; `*` becomes something nobody used before.
    Named(String),
}

impl Rooms {
    /// Draws the rooms of one case.
    pub fn draw(&self) -> Vec<(&'static str, String)> {
        match self {
            Rooms::None => vec![],
            Rooms::Fresh => vec![("room", String::new())],
            Rooms::Named(shape) => {
                let draw = || {
                    let number = getrandom::u64().expect("the operating system has random numbers");
                    shape.replace('*', &format!("{number:016x}"))
                };
                vec![("room", draw()), ("room2", draw())]
            }
        }
    }
}

impl Default for Setting {
    fn default() -> Setting {
        Setting {
            path: "/socket.io/".to_owned(),
            intervals: Intervals::default(),
            max_payload: 1_000_000,
            profiles: BTreeSet::from([Profile::Core]),
            capabilities: BTreeSet::new(),
            rooms: Rooms::None,
            budget: Duration::from_secs(20),
        }
    }
}

impl Setting {
    /// Tells why a case cannot be played here at all.
    pub fn hinders(&self, case: &Case, over: Option<Transport>, is_live: bool) -> Option<Verdict> {
        let header = &case.header;
        if !self.profiles.contains(&header.profile) && header.profile != Profile::Core {
            return Some(Verdict::NotApplicable(format!("profile {}", header.profile.name())));
        }
        if let (Some(why), false) = (&header.live, is_live) {
            return Some(Verdict::Skip(format!("needs a wire: {why}")));
        }
        for need in &header.needs {
            match need {
                Need::Longer(_, _, text) if !need.holds_in_time(&self.intervals) => {
                    return Some(Verdict::TooShort(format!("needs {text}")));
                }
                Need::Capability(word) if !self.has(word) => {
                    return Some(Verdict::NotApplicable(word.clone()));
                }
                _ => {}
            }
        }
        let uses = |room: &str| crate::lint::names(case).iter().any(|name| name == room);
        let drawn: Vec<&str> = self.rooms.draw().into_iter().map(|(name, _)| name).collect();
        for room in ["room", "room2"] {
            if uses(room) && !drawn.contains(&room) {
                return Some(Verdict::NotApplicable("rooms".to_owned()));
            }
        }
        let takes = crate::budget::estimate(case, over, &self.intervals);
        (takes > self.budget).then_some(Verdict::TooSlow(takes))
    }

    fn has(&self, word: &str) -> bool {
        self.capabilities.contains(word) || (word == "rooms" && matches!(self.rooms, Rooms::Named(_)))
    }
}
