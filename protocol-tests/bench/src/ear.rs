//! Which messages one client has heard.
//!
//! ```text
//! heard   5 6 8 7 8      5, 6, 8: in order (7 may still come); 7: late; 8: again
//! ```
//!
//! ```
//! use wire42_bench::ear::{Ear, Order};
//!
//! let mut ear = Ear::from(5);
//! assert_eq!([5, 6, 8, 7, 8].map(|number| ear.hear(number)),
//!     [Order::Ahead, Order::Ahead, Order::Ahead, Order::Late, Order::Again].map(Some));
//! ```

/// What a client has heard since it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ear {
    /// What was said before this is history.
    first: u32,
    /// Behind the highest that was heard.
    next: u32,
    /// Bit `n` stands for message `next - 1 - n`.
    heard: u128,
}

/// How a message stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// It is newer than all that was heard.
    Ahead,
    /// A newer one was heard before.
    Late,
    /// It was heard before; or it is too late to tell.
    Again,
}

impl Ear {
    /// Listens to message `first` and what comes after it.
    pub fn from(first: u32) -> Self {
        Self { first, next: first, heard: 0 }
    }

    /// Takes a message; nothing if it belongs to the history.
    pub fn hear(&mut self, number: u32) -> Option<Order> {
        if number < self.first {
            return None;
        }
        if number >= self.next {
            self.heard = self.heard.checked_shl(number - self.next + 1).unwrap_or(0) | 1;
            self.next = number + 1;
            return Some(Order::Ahead);
        }
        let bit = 1_u128.checked_shl(self.next - 1 - number).unwrap_or(0);
        let order = if bit == 0 || self.heard & bit != 0 { Order::Again } else { Order::Late };
        self.heard |= bit;
        Some(order)
    }

    /// Says whether it has heard a message, one of the last 128.
    pub fn has(&self, number: u32) -> bool {
        let age = self.next.checked_sub(number + 1);
        age.and_then(|age| self.heard.checked_shr(age)).is_some_and(|heard| heard & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_before_is_history() {
        let mut ear = Ear::from(5);

        assert_eq!([4, 5, 4].map(|number| ear.hear(number)), [None, Some(Order::Ahead), None]);
    }

    #[test]
    fn a_gap_can_be_filled_once() {
        let mut ear = Ear::from(1);
        ear.hear(1);
        ear.hear(4);
        assert_eq!([1, 2, 3, 4, 5].map(|number| ear.has(number)), [true, false, false, true, false]);

        assert_eq!(
            [2, 2, 3].map(|number| ear.hear(number)),
            [Order::Late, Order::Again, Order::Late].map(Some)
        );

        assert_eq!([1, 2, 3, 4, 5].map(|number| ear.has(number)), [true, true, true, true, false]);
    }

    #[test]
    fn a_leap_forgets_what_is_far_behind() {
        let mut ear = Ear::from(1);
        ear.hear(1);

        assert_eq!(ear.hear(1_000), Some(Order::Ahead));

        assert_eq!((ear.has(1), ear.has(1_000), ear.hear(1)), (false, true, Some(Order::Again)));
    }
}
