//! A case: what must hold, how bad it is when it does not, what it needs, and its conversation.
//!
//! ```text
//! `upgrade/probe-answered` · MUST · core · over websocket, polling · needs pi + pt > 3s · live: why · [eio4#upgrade]
//! `close/a` · MUST · core · also `close/b`, `close/c` · [eio4#protocol]      says what two other ids said, too
//! ```

use std::path::{Path, PathBuf};

use crate::fault::{Fault, Unread};
use crate::notation::{Conversation, Transport};
use crate::span::{Intervals, Span};

/// One case of a chapter.
#[derive(Clone, Debug)]
pub struct Case {
    /// The chapter's file.
    pub file: PathBuf,
    /// The line of its heading.
    pub line: usize,
    /// The heading: what must hold.
    pub sentence: String,
    /// The prose between header and conversation: why.
    pub why: String,
    /// What its header line says.
    pub header: Header,
    /// The steps.
    pub conversation: Conversation,
}

/// The header line of a case.
#[derive(Clone, Debug)]
pub struct Header {
    /// `group/slug`, never renumbered, never reused.
    pub id: String,
    /// Ids of cases that said the same and were merged with this one; they find it still.
    pub aliases: Vec<String>,
    /// How binding it is.
    pub level: Level,
    /// What the application behind the server must do.
    pub profile: Profile,
    /// The transports that it runs over; empty: one run, as written.
    pub over: Vec<Transport>,
    /// What must be so that it can be played.
    pub needs: Vec<Need>,
    /// Why it cannot exist in virtual time.
    pub live: Option<String>,
    /// It takes long.
    pub slow: bool,
    /// It shares state with everybody: never beside another case.
    pub alone: bool,
    /// Why the reference server fails it.
    pub disputed: Option<String>,
    /// One more whenever its expectation changes.
    pub revision: u32,
    /// Where the protocol says so.
    pub sections: Vec<String>,
}

/// How binding a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The protocol says so, or stock clients break without it.
    Must,
    /// The text is silent; the reference and common sense agree.
    Should,
    /// Recorded, never red.
    Info,
    /// This project's own contract, which goes further.
    Ours,
    /// What the original does and this project does not, on purpose.
    Reference,
}

/// An application contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names of the contracts; they are described with the fixtures")]
pub enum Profile {
    Core,
    Echo,
    EngineEcho,
    Plus,
    Chat,
    Recovery,
}

/// What must be so that a case can be played.
#[derive(Clone, Debug)]
pub enum Need {
    /// `pi + pt > 3s`; the text as it stands there comes last.
    Longer(Span, Span, String),
    /// Another case must hold.
    Case(String),
    /// A word that the target was said to have.
    Capability(String),
}

impl Level {
    /// All levels with their names.
    pub const NAMES: [(&'static str, Level); 6] = [
        ("MUST", Level::Must),
        ("SHOULD", Level::Should),
        ("INFO", Level::Info),
        ("MAY", Level::Info),
        ("ours", Level::Ours),
        ("reference", Level::Reference),
    ];

    /// Reads a name, in whatever case.
    pub fn named(name: &str) -> Option<Level> {
        Level::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, level)| *level)
    }

    /// The name as fixtures write it.
    pub fn name(self) -> &'static str {
        Level::NAMES.iter().find(|(_, level)| *level == self).map_or("", |(name, _)| name)
    }
}

impl Profile {
    /// All profiles with their names.
    pub const NAMES: [(&'static str, Profile); 6] = [
        ("core", Profile::Core),
        ("echo", Profile::Echo),
        ("engine-echo", Profile::EngineEcho),
        ("plus", Profile::Plus),
        ("chat", Profile::Chat),
        ("recovery", Profile::Recovery),
    ];

    /// Reads a name.
    pub fn named(name: &str) -> Option<Profile> {
        Profile::NAMES.iter().find(|(known, _)| *known == name).map(|(_, profile)| *profile)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        Profile::NAMES.iter().find(|(_, profile)| *profile == self).map_or("", |(name, _)| name)
    }

    /// Tells whether the application emits `auth` to whoever joins this namespace.
    pub fn greets(self, namespace: &str) -> bool {
        match self {
            Profile::Echo | Profile::Plus => matches!(namespace, "" | "/" | "/custom"),
            Profile::Recovery => true,
            Profile::Core | Profile::EngineEcho | Profile::Chat => false,
        }
    }
}

impl Header {
    /// Reads a header line.
    pub fn read(line: &str, file: &Path, number: usize) -> Result<Header, Fault> {
        Header::fields(line).map_err(|unread| unread.at(file, number))
    }

    fn fields(line: &str) -> Result<Header, Unread> {
        let mut fields = line.split(" · ").map(str::trim);
        let id = fields.next().unwrap_or("").trim_matches('`');
        if !is_id(id) {
            return Err(Unread::new(line, "`group/slug` in backticks"));
        }
        let level = fields.next().unwrap_or("");
        let profile = fields.next().unwrap_or("");
        let mut header = Header {
            id: id.to_owned(),
            aliases: Vec::new(),
            level: Level::named(level)
                .ok_or_else(|| Unread::new(level, "MUST, SHOULD, INFO, ours or reference"))?,
            profile: Profile::named(profile)
                .ok_or_else(|| Unread::new(profile, "core, echo, engine-echo, plus, chat or recovery"))?,
            over: Vec::new(),
            needs: Vec::new(),
            live: None,
            slow: false,
            alone: false,
            disputed: None,
            revision: 1,
            sections: Vec::new(),
        };
        fields.try_for_each(|field| header.field(field))?;
        Ok(header)
    }

    /// All ids that find the case.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.id).chain(&self.aliases).map(String::as_str)
    }

    /// Tells whether the server offers connection state recovery.
    pub fn recovers(&self) -> bool {
        let is_asked = |need: &Need| matches!(need, Need::Capability(word) if word == RECOVERY);
        self.profile == Profile::Recovery || self.needs.iter().any(is_asked)
    }

    fn field(&mut self, field: &str) -> Result<(), Unread> {
        let unread = || {
            Unread::new(field, "also, over, needs, live: why, slow, alone, disputed: why, rev N or [section]")
        };
        let list = |rest: &str| rest.split(',').map(|part| part.trim().to_owned()).collect::<Vec<String>>();
        if let Some(sections) = field.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            self.sections = list(sections);
        } else if let Some(ids) = field.strip_prefix("also ") {
            self.aliases = list(ids).iter().map(|id| alias(id)).collect::<Result<_, _>>()?;
        } else if let Some(over) = field.strip_prefix("over ") {
            let named = |name: &String| {
                Transport::named(name).ok_or_else(|| Unread::new(name, "websocket, polling or upgrade"))
            };
            self.over = list(over).iter().map(named).collect::<Result<_, _>>()?;
        } else if let Some(needs) = field.strip_prefix("needs ") {
            self.needs = list(needs).iter().map(|need| Need::read(need)).collect::<Result<_, _>>()?;
        } else if let Some(why) = field.strip_prefix("live") {
            self.live = Some(why.trim_start_matches(':').trim().to_owned());
        } else if let Some(why) = field.strip_prefix("disputed:") {
            self.disputed = Some(why.trim().to_owned());
        } else if let Some(number) = field.strip_prefix("rev ") {
            self.revision = number.parse().map_err(|_| unread())?;
        } else {
            match field {
                "slow" => self.slow = true,
                "alone" => self.alone = true,
                _ => return Err(unread()),
            }
        }
        Ok(())
    }
}

impl Need {
    fn read(need: &str) -> Result<Need, Unread> {
        if let Some((left, right)) = need.split_once('>') {
            return Ok(Need::Longer(Span::read(left)?, Span::read(right)?, need.to_owned()));
        }
        if let Some((left, right)) = need.split_once('<') {
            return Ok(Need::Longer(Span::read(right)?, Span::read(left)?, need.to_owned()));
        }
        Ok(if is_id(need) { Need::Case(need.to_owned()) } else { Need::Capability(need.to_owned()) })
    }

    /// Tells whether a comparison of times holds; the other needs are no question of time.
    pub fn holds_in_time(&self, intervals: &Intervals) -> bool {
        match self {
            Need::Longer(more, less, _) => more.resolve(intervals) > less.resolve(intervals),
            Need::Case(_) | Need::Capability(_) => true,
        }
    }
}

/// What a chat is said to have whose sockets may come back.
pub const RECOVERY: &str = "recovery";

/// Reads an id in backticks.
fn alias(id: &str) -> Result<String, Unread> {
    let inner = id.strip_prefix('`').and_then(|id| id.strip_suffix('`')).filter(|id| is_id(id));
    inner.map(str::to_owned).ok_or_else(|| Unread::new(id, "`group/slug` in backticks"))
}

fn is_id(text: &str) -> bool {
    let slug =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    text.split_once('/').is_some_and(|(group, name)| slug(group) && slug(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_line_is_read_whole() {
        let line = "`a/b-c` · MUST · echo · over websocket, upgrade · needs pi + pt > 3s, cors, x/y · live: a wire · slow · rev 2 · [eio4#x, y]";
        let header = Header::fields(line).unwrap();
        assert_eq!((header.id.as_str(), header.level, header.profile), ("a/b-c", Level::Must, Profile::Echo));
        assert_eq!(header.over, [Transport::WebSocket, Transport::Upgrade]);
        assert!(matches!(&header.needs[..], [Need::Longer(..), Need::Capability(_), Need::Case(_)]));
        assert_eq!(
            (header.live.as_deref(), header.slow, header.alone, header.revision),
            (Some("a wire"), true, false, 2)
        );
        assert_eq!(header.sections, ["eio4#x", "y"]);
        assert!(!header.needs[0].holds_in_time(&Intervals {
            ping_interval: std::time::Duration::ZERO,
            ping_timeout: std::time::Duration::from_secs(1),
            ..Intervals::default()
        }));
    }

    #[test]
    fn a_merged_case_is_found_by_all_its_ids() {
        let header = Header::fields("`a/b` · MUST · core · also `a/c`, `d/CVE-1` · [x]").unwrap();
        assert_eq!(header.ids().collect::<Vec<_>>(), ["a/b", "a/c", "d/CVE-1"]);
        for also in ["also a/c", "also `c`", "also"] {
            assert!(Header::fields(&format!("`a/b` · MUST · core · {also}")).is_err(), "{also}");
        }
    }

    #[test]
    fn unknown_words_are_refused() {
        for line in
            ["a · MUST · echo", "`a/b` · SHALL · echo", "`a/b` · MUST · ecco", "`a/b` · MUST · echo · fast"]
        {
            assert!(Header::fields(line).is_err(), "{line}");
        }
    }
}
