//! What is known of a target before a case is played on it, and what the user has chosen.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::case::{Case, Need, Profile};
use crate::notation::{Sending, Step, StepKind, Transport};
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
    /// The server is somebody else's: what attacks it is not played.
    pub is_spared: bool,
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
            is_spared: false,
        }
    }
}

impl Setting {
    /// Tells why a case cannot be played here at all.
    pub fn hinders(&self, case: &Case, over: Option<Transport>, is_live: bool) -> Option<Verdict> {
        let header = &case.header;
        if !self.keeps(header.profile) {
            return Some(Verdict::NotApplicable(format!("profile {}", header.profile.name())));
        }
        if self.is_engine_alone() && speaks_socket_io(case) {
            return Some(Verdict::NotApplicable("Socket.IO".to_owned()));
        }
        if self.is_spared && ATTACKS.iter().any(|group| header.id.starts_with(group)) {
            return Some(Verdict::Skip("attacks a server that is not on this machine: --attack".to_owned()));
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
        let drawn: Vec<&str> = self.rooms.draw().into_iter().map(|(name, _)| name).collect();
        for room in ["room", "room2"] {
            if uses(case, room) && !drawn.contains(&room) {
                return Some(Verdict::NotApplicable("rooms".to_owned()));
            }
        }
        let takes = crate::budget::estimate(case, over, &self.intervals);
        (takes > self.budget).then_some(Verdict::TooSlow(takes))
    }

    /// Tells whether the target's application keeps a contract; `plus` is `echo` and more. `recovery` is not: each of its events
    /// has an offset.
    pub fn keeps(&self, profile: Profile) -> bool {
        self.profiles.contains(&profile)
            || profile == Profile::Core
            || (profile == Profile::Echo && self.profiles.contains(&Profile::Plus))
    }

    /// Tells whether the target speaks Engine.IO without Socket.IO.
    pub fn is_engine_alone(&self) -> bool {
        !self.profiles.is_empty() && self.profiles.iter().all(|profile| *profile == Profile::EngineEcho)
    }

    /// Tells whether a case must have a server without a past.
    pub fn wants_fresh_server(&self, case: &Case) -> bool {
        self.rooms == Rooms::Fresh && (uses(case, "room") || uses(case, "room2"))
    }

    fn has(&self, word: &str) -> bool {
        self.capabilities.contains(word) || (word == "rooms" && matches!(self.rooms, Rooms::Named(_)))
    }
}

fn uses(case: &Case, name: &str) -> bool {
    crate::lint::names(case).iter().any(|used| used == name)
}

/// Tells whether a case sends or expects a packet of Socket.IO, or anything else that a message of Engine.IO carries.
fn speaks_socket_io(case: &Case) -> bool {
    let conversation = &case.conversation;
    case.header.profile != Profile::EngineEcho
        && conversation.setup.iter().chain(&conversation.steps).any(carries)
}

fn carries(step: &Step) -> bool {
    let is_message = |sending: &Sending| match sending {
        Sending::Text(text) => text.to_string().split('\u{1e}').any(|packet| packet.starts_with('4')),
        Sending::Bytes(_) => true,
    };
    match &step.kind {
        StepKind::Join { .. } => true,
        StepKind::Send { burst, .. } => burst.iter().any(is_message),
        StepKind::Expect { packets, .. } => packets.iter().any(|packet| packet.starts_with(&["4"])),
        StepKind::Request { request, .. } => request.body.iter().chain(&request.chunks).any(is_message),
        StepKind::Frames { frames, .. } => {
            frames.iter().any(|frame| matches!(frame.opcode, Some(1)) && frame.payload.iter().any(is_message))
        }
        StepKind::Repeat { steps, .. } => steps.iter().any(carries),
        StepKind::Either(branches) => branches.iter().flat_map(|branch| &branch.steps).any(carries),
        _ => false,
    }
}

/// The groups whose cases try to do harm.
const ATTACKS: [&str; 2] = ["robust/", "cve/"];
