//! The one order of a room, as it must be: the order in which the server was given what was said there.
//!
//! ```text
//! given     m1  m2  m3  m4  m5            the server may refuse one (its sender was gone), but then for everyone:
//! heard         m2      m4                who hears m2 and then m4 says that m3 was passed over,
//!                                         and nobody may hear m3 any more, or have heard it
//! ```
//!
//! So two clients that hear two orders, a gap, a repetition or a message from nowhere contradict each other here. Where what is
//! said is stored first, nobody may hear it before, and what the store has counts as heard.

use std::collections::BTreeMap;
use std::ops::Range;

/// A room's order, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Order {
    said: Vec<Said>,
    places: BTreeMap<u32, usize>,
    /// Histories that were read already: what many are sent is read once.
    read: BTreeMap<String, Range<usize>>,
    /// What is said is stored before anyone hears it.
    is_stored: bool,
    /// Up to where the store has answered.
    stored: usize,
    /// By which offset clients know how much they have heard, and how much that is.
    offsets: BTreeMap<u64, usize>,
}

#[derive(Debug)]
struct Said {
    token: u32,
    /// The socket that said it.
    by: String,
    fate: Fate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Unknown,
    /// It is stored, and everyone is about to hear it.
    Stored,
    Heard,
    PassedOver,
    /// It could not be stored, or the server ended before.
    Lost,
}

impl Order {
    /// Of a room that stores what is said there, or does not.
    pub(super) fn new(is_stored: bool) -> Order {
        Order { is_stored, ..Order::default() }
    }

    /// The server was given a message.
    pub(super) fn give(&mut self, token: u32, by: &str) {
        self.places.insert(token, self.said.len());
        self.said.push(Said { token, by: by.to_owned(), fate: Fate::Unknown });
    }

    /// How many there were.
    pub(super) fn len(&self) -> usize {
        self.said.len()
    }

    /// How many of them whoever comes now must know.
    pub(super) fn settled(&self) -> usize {
        if self.is_stored { self.stored } else { self.said.len() }
    }

    /// A message is stored.
    pub(super) fn store(&mut self, token: u32) -> Result<(), String> {
        let place =
            *self.places.get(&token).ok_or_else(|| format!("m{token} is stored, and was never said"))?;
        match self.said[place].fate {
            Fate::Unknown => self.said[place].fate = Fate::Stored,
            fate => return Err(format!("m{token} is stored, and was {fate:?}")),
        }
        if place < self.stored {
            return Err(format!("m{token} is stored behind one that was said after it"));
        }
        self.stored = place + 1;
        Ok(())
    }

    /// A message was not stored, and its sender is told so, or nobody is there any more who could be.
    pub(super) fn lose(&mut self, token: u32) -> Result<(), String> {
        let Some(place) = self.places.get(&token) else { return Ok(()) };
        match self.said[*place].fate {
            Fate::Unknown | Fate::PassedOver => self.said[*place].fate = Fate::Lost,
            fate => return Err(format!("m{token} was {fate:?}, and is gone")),
        }
        Ok(())
    }

    /// The server ended: what is not stored by now never will be.
    pub(super) fn end(&mut self) {
        self.said
            .iter_mut()
            .filter(|said| said.fate == Fate::Unknown)
            .for_each(|said| said.fate = Fate::Lost);
    }

    /// Says whether a message could not be stored.
    pub(super) fn has_lost(&self, token: u32) -> bool {
        self.places.get(&token).is_some_and(|place| self.said[*place].fate == Fate::Lost)
    }

    /// Someone who has heard so much is told this offset: everyone else must be told the same.
    pub(super) fn mark(&mut self, offset: u64, heard: usize) -> Result<(), String> {
        let known = *self.offsets.entry(offset).or_insert(heard);
        let before = self.offsets.range(..offset).next_back().is_none_or(|(_, before)| *before <= heard);
        let behind = self.offsets.range(offset + 1..).next().is_none_or(|(_, behind)| *behind >= heard);
        match known == heard && before && behind {
            true => Ok(()),
            false => Err(format!("the offset {offset} stands for {heard} messages, and others contradict")),
        }
    }

    /// Someone heard a message, or was told that it counts; gives its place.
    pub(super) fn hear(&mut self, token: u32, by: Option<&str>) -> Result<usize, String> {
        let place =
            *self.places.get(&token).ok_or_else(|| format!("m{token} was never said in this room"))?;
        let said = &mut self.said[place];
        if by.is_some_and(|by| by != said.by) {
            return Err(format!(
                "m{token} is told as said by {}, and was by {}",
                by.unwrap_or_default(),
                said.by
            ));
        }
        match said.fate {
            Fate::PassedOver => {
                return Err(format!(
                    "m{token} is heard, and others heard what was before and behind it without it"
                ));
            }
            Fate::Lost => return Err(format!("m{token} is heard, and could not be stored")),
            Fate::Unknown if self.is_stored => {
                return Err(format!("m{token} is heard before it is stored"));
            }
            Fate::Unknown | Fate::Stored | Fate::Heard => said.fate = Fate::Heard,
        }
        Ok(place)
    }

    /// Someone did not hear these, and must therefore never; but his own, if they are not told to himself.
    pub(super) fn pass_over(&mut self, places: Range<usize>, except: Option<&str>) -> Result<(), String> {
        for said in &mut self.said[places] {
            match said.fate {
                _ if except == Some(&said.by) => {}
                Fate::Heard | Fate::Stored => return Err(format!("m{} counts, and is missing", said.token)),
                Fate::Unknown | Fate::PassedOver => said.fate = Fate::PassedOver,
                Fate::Lost => {}
            }
        }
        Ok(())
    }

    /// Someone heard a history of at most so many messages, each with who said it; gives the places that it spans.
    pub(super) fn hear_history(
        &mut self,
        text: &str,
        read: impl FnOnce(&str) -> Result<Vec<(u32, String)>, String>,
        most: usize,
    ) -> Result<Range<usize>, String> {
        if let Some(places) = self.read.get(text) {
            return Ok(places.clone());
        }
        let entries = read(text)?;
        if entries.len() > most {
            return Err(format!("a history of {} messages, and {most} are kept", entries.len()));
        }
        let mut places = 0..0;
        for (index, (token, by)) in entries.iter().enumerate() {
            let place = self.hear(*token, Some(by))?;
            match index {
                0 if entries.len() < most => self.pass_over(0..place, None)?,
                0 => {}
                _ if place < places.end => {
                    return Err(format!("m{token} stands behind one that was said after it"));
                }
                _ => self.pass_over(places.end..place, None)?,
            }
            if index == 0 {
                places.start = place;
            }
            places.end = place + 1;
        }
        self.read.insert(text.to_owned(), places.clone());
        Ok(places)
    }

    /// Says whether a socket said what stands at a place.
    pub(super) fn is_by(&self, place: usize, socket: &str) -> bool {
        self.said[place].by == socket
    }

    /// Says whether it was never given to the server, or someone heard what was before and behind it without it. (What
    /// nobody heard may have been overtaken by newer histories.)
    pub(super) fn is_lost(&self, token: u32) -> bool {
        self.places.get(&token).is_none_or(|place| self.said[*place].fate == Fate::PassedOver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        let mut order = Order::default();
        (1..=5).for_each(|token| order.give(token, "x"));
        order
    }

    #[test]
    fn what_is_stored_counts_and_nothing_is_heard_before() {
        let mut order = Order::new(true);
        (1..=3).for_each(|token| order.give(token, "x"));
        assert!(history(&mut order, &[1], 3).unwrap_err().contains("before it is stored"));
        order.store(1).unwrap();
        order.lose(2).unwrap();
        order.store(3).unwrap();
        assert_eq!(history(&mut order, &[1], 3), Ok(0..1));
        assert_eq!(order.pass_over(1..3, None), Err("m3 counts, and is missing".to_owned()));
        assert!(history(&mut order, &[1, 2, 3], 3).unwrap_err().contains("m2 is heard"));
        assert!(order.lose(1).is_err());
    }

    #[test]
    fn an_offset_means_the_same_to_everyone() {
        let mut order = order();
        order.mark(7, 3).unwrap();
        assert_eq!(order.mark(7, 3), Ok(()));
        assert!(order.mark(7, 4).is_err() && order.mark(8, 2).is_err() && order.mark(6, 4).is_err());
    }

    fn history(order: &mut Order, tokens: &[u32], most: usize) -> Result<Range<usize>, String> {
        let entries = tokens.iter().map(|token| (*token, "x".to_owned())).collect();
        order.hear_history(&format!("{tokens:?}"), |_| Ok(entries), most)
    }

    #[test]
    fn two_who_hear_two_orders_contradict_each_other() {
        let mut order = order();
        assert_eq!(history(&mut order, &[2, 4], 2), Ok(1..4));
        assert!(history(&mut order, &[3, 4], 2).unwrap_err().contains("m3 is heard"));
        assert!(history(&mut order, &[4, 2], 2).is_err());
    }

    #[test]
    fn what_one_heard_may_not_be_missing_for_another() {
        let mut order = order();
        history(&mut order, &[2, 3], 2).unwrap();
        assert_eq!(history(&mut order, &[2, 4], 2), Err("m3 counts, and is missing".to_owned()));
        assert_eq!(order.pass_over(0..2, None), Err("m2 counts, and is missing".to_owned()));
        assert_eq!(order.pass_over(0..2, Some("x")), Ok(()));
    }

    #[test]
    fn a_history_that_is_not_full_goes_back_to_the_beginning() {
        let mut order = order();
        history(&mut order, &[1], 3).unwrap();
        assert!(history(&mut order, &[2, 3], 3).is_err());
        assert!(history(&mut order, &[1, 2, 3, 4], 3).is_err());
    }

    #[test]
    fn what_was_never_said_is_not_heard() {
        assert!(history(&mut order(), &[9], 3).is_err());
    }
}
