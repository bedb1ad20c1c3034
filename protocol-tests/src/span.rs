//! Lengths of time relative to the server's own intervals: `0.9pi`, `pt + tol`, `500ms`.
//!
//! ```
//! use protocol_tests::span::{Intervals, Span};
//! let intervals = Intervals::default();
//! assert_eq!(Span::read("2pi - 100ms").unwrap().resolve(&intervals).as_millis(), 49_900);
//! ```

use std::fmt;
use std::time::Duration;

use crate::cursor::Cursor;
use crate::fault::Unread;

/// The times a server lives by.
#[derive(Clone, Debug)]
pub struct Intervals {
    /// `pi`: how long after the last pong (or the handshake) a ping is due.
    pub ping_interval: Duration,
    /// `pt`: how long a ping may stay unanswered.
    pub ping_timeout: Duration,
    /// `ct`: how long a client may stay without a namespace.
    pub connect_timeout: Duration,
    /// `ut`: how long a probe may go without its upgrade packet.
    pub upgrade_timeout: Duration,
    /// `tol`: how late a deadline may be on this machine.
    pub tolerance: Duration,
    /// How long an answer may take where a step does not say.
    pub patience: Duration,
    /// What every time that the fixtures state in `ms` and `s` is multiplied by, for a slow machine or a long way.
    pub scale: f64,
}

impl Intervals {
    /// Slows down everything that is not the server's own: the fixtures' times, the tolerance and the patience.
    pub fn scaled(self, scale: f64) -> Intervals {
        let Intervals { tolerance, patience, .. } = self;
        Intervals { tolerance: tolerance.mul_f64(scale), patience: patience.mul_f64(scale), scale, ..self }
    }
}

impl Default for Intervals {
    /// The reference server's defaults, and the patience of a live run.
    fn default() -> Intervals {
        Intervals {
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            connect_timeout: Duration::from_secs(45),
            upgrade_timeout: Duration::from_secs(10),
            tolerance: Duration::from_millis(250),
            patience: Duration::from_secs(3),
            scale: 1.0,
        }
    }
}

/// A sum of times.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    terms: Vec<(f64, Unit)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Ms,
    S,
    Pi,
    Pt,
    Ct,
    Ut,
    Tol,
}

impl Span {
    /// Reads `0.9pi`, `pi + tol`, `2pi - 50ms`.
    pub fn read(text: &str) -> Result<Span, Unread> {
        let mut cursor = Cursor::new(text.trim());
        let mut terms = vec![term(&mut cursor)?];
        loop {
            cursor.skip_space();
            if cursor.is_done() {
                return Ok(Span { terms });
            }
            let sign = match cursor.next() {
                Some('+') => 1.0,
                Some('-') => -1.0,
                _ => return Err(Unread::new(text, "a sum of times such as `pi + tol`")),
            };
            cursor.skip_space();
            let (factor, unit) = term(&mut cursor)?;
            terms.push((sign * factor, unit));
        }
    }

    /// Lists the terms of the sum, each a factor and its unit: ms, s, pi, pt, ct, ut or tol.
    pub fn terms(&self) -> impl Iterator<Item = (f64, String)> {
        self.terms.iter().map(|(factor, unit)| (*factor, format!("{unit:?}").to_lowercase()))
    }

    /// Computes the span for a server's intervals; a negative sum is zero.
    pub fn resolve(&self, intervals: &Intervals) -> Duration {
        let seconds = |unit: Unit| match unit {
            Unit::Ms => 0.001 * intervals.scale,
            Unit::S => intervals.scale,
            Unit::Pi => intervals.ping_interval.as_secs_f64(),
            Unit::Pt => intervals.ping_timeout.as_secs_f64(),
            Unit::Ct => intervals.connect_timeout.as_secs_f64(),
            Unit::Ut => intervals.upgrade_timeout.as_secs_f64(),
            Unit::Tol => intervals.tolerance.as_secs_f64(),
        };
        let sum: f64 = self.terms.iter().map(|(factor, unit)| factor * seconds(*unit)).sum();
        Duration::from_micros((sum.max(0.0) * 1e6).round() as u64)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (factor, unit)) in self.terms.iter().enumerate() {
            let sign = match (i, *factor < 0.0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            let name = format!("{unit:?}").to_lowercase();
            let factor = factor.abs();
            if factor == 1.0 && !matches!(unit, Unit::Ms | Unit::S) {
                write!(f, "{sign}{name}")?;
            } else {
                write!(f, "{sign}{factor}{name}")?;
            }
        }
        Ok(())
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<(f64, Unit), Unread> {
    let start = *cursor;
    let digits = cursor.take_while(|c| c.is_ascii_digit() || c == '.');
    let unit = match cursor.take_while(|c| c.is_ascii_alphabetic()) {
        "ms" => Unit::Ms,
        "s" => Unit::S,
        "pi" => Unit::Pi,
        "pt" => Unit::Pt,
        "ct" => Unit::Ct,
        "ut" => Unit::Ut,
        "tol" => Unit::Tol,
        _ => return start.unread("a time in ms, s, pi, pt, ct, ut or tol"),
    };
    let factor = match digits.parse() {
        Ok(factor) => factor,
        Err(_) if digits.is_empty() && !matches!(unit, Unit::Ms | Unit::S) => 1.0,
        Err(_) => return start.unread("a number before the unit of time"),
    };
    Ok((factor, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_resolved() {
        let intervals = Intervals { ping_interval: Duration::from_millis(300), ..Intervals::default() };
        for (text, millis) in
            [("0.9pi", 270), ("pi + 50ms", 350), ("2pi - 1s", 0), ("1.5s", 1500), ("ut + 2pi", 10_600)]
        {
            assert_eq!(Span::read(text).unwrap().resolve(&intervals).as_millis(), millis, "{text}");
        }
    }

    #[test]
    fn a_scale_leaves_the_servers_own_times_alone() {
        let intervals = Intervals::default().scaled(2.0);
        for (text, millis) in [("500ms", 1000), ("1s", 2000), ("pi", 25_000), ("tol", 500)] {
            assert_eq!(Span::read(text).unwrap().resolve(&intervals).as_millis(), millis, "{text}");
        }
        assert_eq!(intervals.patience.as_secs(), 6);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "5", "ms", "pi tol", "2 pi", "3h"] {
            assert!(Span::read(text).is_err(), "{text}");
        }
    }
}
