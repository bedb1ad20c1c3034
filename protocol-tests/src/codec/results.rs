//! What a codec came to: a verdict for each vector and direction, told to people.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::line::Asked;
use crate::packet::Content;
use crate::vector::Vector;
use crate::verdict::Verdict;

/// A vector in one direction, and what it came to.
#[derive(Clone, Debug)]
pub struct Played<'a> {
    /// The vector.
    pub vector: &'a Vector,
    /// The direction.
    pub asked: Asked,
    /// What became of it.
    pub verdict: Verdict,
}

/// What a codec came to.
#[derive(Clone, Debug)]
pub struct Results<'a> {
    /// What the adapter calls itself.
    pub name: String,
    /// Every vector in every direction that it asks for.
    pub played: Vec<Played<'a>>,
    /// Why no verdict can be trusted: a positive control failed.
    pub trouble: Option<String>,
}

impl Played<'_> {
    /// `sio-packet/event-id[decode]`
    pub fn id(&self) -> String {
        format!("{}[{}]", self.vector.id, self.asked.name())
    }

    /// Tells whether this is a failure that is known to be a matter of opinion.
    pub fn is_disputed(&self) -> bool {
        self.verdict.is_bad() && self.vector.disputed.is_some()
    }
}

impl Results<'_> {
    /// Describes what a reader must act on or may want to know; OK takes no line.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let told = self.played.iter().filter(|played| !matches!(played.verdict, Verdict::Ok));
        for played in told.filter(|played| played.verdict.was_played()) {
            describe(&mut out, played);
        }
        let mut unplayed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        // What blocks everything is said once.
        let blocks_all = |verdict: &Verdict| match (verdict, &self.trouble) {
            (Verdict::Blocked(why), Some(trouble)) => why == trouble,
            _ => false,
        };
        let silent = |played: &&Played<'_>| !played.verdict.was_played() && !blocks_all(&played.verdict);
        for played in self.played.iter().filter(silent) {
            unplayed.entry(played.verdict.to_string()).or_default().push(played.id());
        }
        for (reason, ids) in unplayed {
            line(&mut out, &format!("\n{reason}: {}\n    {}", ids.len(), ids.join(" ")));
        }
        if let Some(trouble) = &self.trouble {
            line(&mut out, &format!("\nBLOCKED: {trouble}"));
        }
        out + &self.summary()
    }

    /// One line: how many of each verdict.
    pub fn summary(&self) -> String {
        let mut out = format!("\n{}: {} runs of vectors:", self.name, self.played.len());
        for word in Verdict::WORDS {
            let count = self.played.iter().filter(|played| played.verdict.word() == word).count();
            if count > 0 {
                let _infallible = write!(out, " {count} {word}");
            }
        }
        let disputed = self.played.iter().filter(|played| played.is_disputed()).count();
        if disputed > 0 {
            let _infallible = write!(out, " ({disputed} of the failures disputed)");
        }
        out + "\n"
    }

    /// The exit code: 0 all MUST hold, 1 one does not, 3 nothing was run or nothing can be trusted.
    pub fn exit_code(&self) -> u8 {
        let nothing = !self.played.iter().any(|played| played.verdict.was_played());
        if self.trouble.is_some() || nothing {
            return 3;
        }
        let wanting = |played: &&Played<'_>| {
            let unexpected = matches!(played.verdict, Verdict::Unexpected(_));
            unexpected || (played.verdict.is_bad() && !played.is_disputed())
        };
        u8::from(self.played.iter().find(wanting).is_some())
    }
}

fn describe(out: &mut String, played: &Played<'_>) {
    let vector = played.vector;
    if matches!(played.verdict, Verdict::Lax(_) | Verdict::Info(_)) {
        return line(out, &format!("{} {}", played.verdict, played.id()));
    }
    let disputed = vector.disputed.as_ref().map_or(String::new(), |why| format!("  (disputed: {why})"));
    line(out, &format!("\n{} {} ({}){disputed}", played.verdict.word(), played.id(), vector.level.name()));
    line(out, &format!("    {}:{}", vector.file.display(), vector.line));
    let frame = |content: &Content| if content.is("") { "\"\"".to_owned() } else { content.to_string() };
    let wire: Vec<String> = vector.wire.iter().map(frame).collect();
    line(out, &format!("    wire: {}", wire.join("  ")));
    let reason = played.verdict.to_string();
    let reason = reason.strip_prefix(played.verdict.word()).map_or(reason.as_str(), str::trim);
    let inside = reason.strip_prefix('(').and_then(|reason| reason.strip_suffix(')'));
    line(out, &format!("    {}", inside.unwrap_or(reason)));
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}
