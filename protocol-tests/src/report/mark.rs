//! How a verdict looks: a sign for those who do not see colours, a class for those who do, and what it means.
//!
//! ```
//! use protocol_tests::report::mark::{Class, Mark};
//! assert_eq!(Mark::of("LAX").sign, "~");
//! assert_eq!(Mark::of("A WORD OF TOMORROW").class, Class::Aside);
//! ```

use serde::Serialize;

/// How a verdict looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The word of the verdict.
    pub word: &'static str,
    /// One or two characters, different for each word.
    pub sign: &'static str,
    /// How it is counted.
    pub class: Class,
    /// What it says.
    pub says: &'static str,
}

/// How a verdict is counted, and its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// It holds.
    Good,
    /// It holds, but.
    Lax,
    /// A SHOULD does not hold.
    Warn,
    /// It does not hold.
    Bad,
    /// It does not hold, and that is no news.
    Known,
    /// One cannot tell.
    Shaky,
    /// Recorded.
    Info,
    /// Not played.
    Aside,
}

impl Mark {
    /// Finds the mark of a word; a word that is not known here gets a question mark.
    pub fn of(word: &str) -> Mark {
        let unknown =
            Mark { word: "?", sign: "??", class: Class::Aside, says: "a verdict of another version" };
        MARKS.iter().find(|mark| mark.word == word).copied().unwrap_or(unknown)
    }
}

impl Class {
    /// Tells whether the server was judged, so that this counts for or against it.
    pub fn is_judged(self) -> bool {
        !matches!(self, Class::Info | Class::Aside)
    }

    /// Which of several verdicts on one case is the one to show: the worst, and any before none.
    pub fn weight(self) -> u8 {
        match self {
            Class::Aside => 0,
            Class::Good => 1,
            Class::Info => 2,
            Class::Lax => 3,
            Class::Warn => 4,
            Class::Known => 5,
            Class::Shaky => 6,
            Class::Bad => 7,
        }
    }

    /// Tells whether the case was played to its end or its failure.
    pub fn was_played(self) -> bool {
        self != Class::Aside
    }
}

/// The word shown for a failure of a case that is a matter of opinion.
pub const DISPUTED: &str = "DISPUTED";

/// All words, in the order of the summaries.
pub const MARKS: [Mark; 18] = [
    mark("OK", "✓", Class::Good, "it holds"),
    mark("LAX", "~", Class::Lax, "it holds in a way that is allowed, but that nobody should rely on"),
    mark("WARN", "!", Class::Warn, "a SHOULD does not hold"),
    mark("FAIL", "✗", Class::Bad, "it does not hold"),
    mark("SETUP", "S", Class::Bad, "what the case begins with does not work"),
    mark("CRASH", "†", Class::Bad, "the server died"),
    mark("UNEXPECTED", "U", Class::Bad, "it is listed as a known failure, and holds"),
    mark("KNOWN", "k", Class::Known, "it does not hold, and is listed as a known failure"),
    mark(DISPUTED, "D", Class::Known, "it does not hold, and the reference server fails it as well"),
    mark("FLAKY", "±", Class::Shaky, "it holds in some of several runs"),
    mark("INCONCLUSIVE", "?", Class::Shaky, "the judge's own machine was too slow to tell"),
    mark("BAD FIXTURE", "#", Class::Shaky, "the case itself is wrong; tell its authors"),
    mark("INFO", "i", Class::Info, "recorded: the protocol leaves it open"),
    mark("N/A", "–", Class::Aside, "the server cannot do, or was not said to do, what the case needs"),
    mark("SKIP", "s", Class::Aside, "it could not be played here"),
    mark("TOO SLOW", "»", Class::Aside, "it would take too long at this server's intervals"),
    mark("TOO SHORT", "«", Class::Aside, "this server's intervals are too short for it"),
    mark("BLOCKED", "b", Class::Aside, "a case that it needs failed before"),
];

const fn mark(word: &'static str, sign: &'static str, class: Class, says: &'static str) -> Mark {
    Mark { word, sign, class, says }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::verdict::Verdict;

    #[test]
    fn every_verdict_has_a_sign_of_its_own() {
        assert!(Verdict::WORDS.iter().all(|word| Mark::of(word).word == *word));
        let signs: BTreeSet<&str> = MARKS.iter().map(|mark| mark.sign).collect();
        assert_eq!(signs.len(), MARKS.len());
    }
}
