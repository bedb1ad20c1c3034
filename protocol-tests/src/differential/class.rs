//! The classes of difference: each is one habit of the reference that wire42 does not have, or the other way round.
//!
//! ```text
//! model without a habit           reads as wire42 does
//! model with ZeroAttachments      refuses 50-["hello"]
//! model with every habit          reads as the reference does
//! ```
//!
//! So a class is neither a list of wires nor a kind of outcome, but the line of the [model](super::model) at which
//! the two part. What a wire differs by are the habits that the model needs, all of them and no other, to read as the
//! reference does. The reasons stand in `differential.md`.

use std::cell::Cell;
use std::fmt;

use super::reading::Reading;

/// What one of the two does and the other does not; the ledger says what each is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Base64LowByte,
    Base64UrlAlphabet,
    Base64Skips,
    Base64EndsAtPadding,
    Base64LoneDigit,
    Base64LooseBits,
    DataOfNoUse,
    NoType,
    WhiteSpaceType,
    CountNotInDigits,
    CountOfZero,
    LongId,
    WhiteSpaceIsIdZero,
    WhiteSpaceAlone,
    WhiteSpaceInId,
    ForeignWhiteSpace,
    IdOfNoUse,
    EventWithoutPayload,
    BinaryAckWithoutPayload,
    ConnectErrorWithoutPayload,
    NumNotInDigits,
    NumFraction,
    PlaceholderInPlaceholder,
    PlaceholderOverwritten,
    PlaceholderSeenLate,
}

/// Who takes what the other does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// wire42 refuses what the reference takes.
    WeRefuse,
    /// The reference refuses what wire42 takes.
    TheyRefuse,
    /// Both take it, for something else.
    OtherValue,
}

impl Class {
    /// Every class, in the order of the ledger.
    pub(super) const ALL: [Class; 25] = [
        Class::Base64LowByte,
        Class::Base64UrlAlphabet,
        Class::Base64Skips,
        Class::Base64EndsAtPadding,
        Class::Base64LoneDigit,
        Class::Base64LooseBits,
        Class::DataOfNoUse,
        Class::NoType,
        Class::WhiteSpaceType,
        Class::CountNotInDigits,
        Class::CountOfZero,
        Class::LongId,
        Class::WhiteSpaceIsIdZero,
        Class::WhiteSpaceAlone,
        Class::WhiteSpaceInId,
        Class::ForeignWhiteSpace,
        Class::IdOfNoUse,
        Class::EventWithoutPayload,
        Class::BinaryAckWithoutPayload,
        Class::ConnectErrorWithoutPayload,
        Class::NumNotInDigits,
        Class::NumFraction,
        Class::PlaceholderInPlaceholder,
        Class::PlaceholderOverwritten,
        Class::PlaceholderSeenLate,
    ];

    /// The name in the ledger.
    pub(super) fn name(self) -> &'static str {
        match self {
            Class::Base64LowByte => "base64-low-byte",
            Class::Base64UrlAlphabet => "base64-url-alphabet",
            Class::Base64Skips => "base64-skips",
            Class::Base64EndsAtPadding => "base64-ends-at-padding",
            Class::Base64LoneDigit => "base64-lone-digit",
            Class::Base64LooseBits => "base64-loose-bits",
            Class::DataOfNoUse => "data-of-no-use",
            Class::NoType => "no-type",
            Class::WhiteSpaceType => "white-space-type",
            Class::CountNotInDigits => "count-not-in-digits",
            Class::CountOfZero => "count-of-zero",
            Class::LongId => "long-id",
            Class::WhiteSpaceIsIdZero => "white-space-is-id-zero",
            Class::WhiteSpaceAlone => "white-space-alone",
            Class::WhiteSpaceInId => "white-space-in-id",
            Class::ForeignWhiteSpace => "foreign-white-space",
            Class::IdOfNoUse => "id-of-no-use",
            Class::EventWithoutPayload => "event-without-payload",
            Class::BinaryAckWithoutPayload => "binary-ack-without-payload",
            Class::ConnectErrorWithoutPayload => "connect-error-without-payload",
            Class::NumNotInDigits => "num-not-in-digits",
            Class::NumFraction => "num-fraction",
            Class::PlaceholderInPlaceholder => "placeholder-in-placeholder",
            Class::PlaceholderOverwritten => "placeholder-overwritten",
            Class::PlaceholderSeenLate => "placeholder-seen-late",
        }
    }

    /// What the class does to a wire that differs by nothing else; in another direction it explains nothing.
    pub(super) fn direction(self) -> Direction {
        match self {
            Class::CountOfZero => Direction::TheyRefuse,
            Class::DataOfNoUse | Class::WhiteSpaceIsIdZero | Class::IdOfNoUse => Direction::OtherValue,
            _ => Direction::WeRefuse,
        }
    }
}

impl Direction {
    /// Says in which direction two readings differ, if they do.
    pub(super) fn between(ours: &Reading, theirs: &Reading) -> Option<Direction> {
        match (ours.is_accepted(), theirs.is_accepted()) {
            (false, true) => Some(Direction::WeRefuse),
            (true, false) => Some(Direction::TheyRefuse),
            _ if ours == theirs => None,
            _ => Some(Direction::OtherValue),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::WeRefuse => "wire42 refuses it",
            Direction::TheyRefuse => "the reference refuses it",
            Direction::OtherValue => "another value",
        })
    }
}

/// Which habits a model has, and which it was asked about.
pub(super) struct Habits {
    had: u32,
    asked: Cell<u32>,
}

impl Habits {
    pub(super) fn of(classes: &[Class]) -> Habits {
        let had = classes.iter().fold(0, |had, class| had | bit(*class));
        Habits { had, asked: Cell::new(0) }
    }

    /// Says whether the model has this habit; it asks only where that makes a difference.
    pub(super) fn has(&self, class: Class) -> bool {
        self.asked.set(self.asked.get() | bit(class));
        self.had & bit(class) != 0
    }

    pub(super) fn asked(&self) -> Vec<Class> {
        Class::ALL.into_iter().filter(|class| self.asked.get() & bit(*class) != 0).collect()
    }
}

fn bit(class: Class) -> u32 {
    1 << class as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_listed_once() {
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, index, "{class:?}");
        }
    }
}
