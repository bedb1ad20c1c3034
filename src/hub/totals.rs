//! What happened in the rooms, in numbers.
//!
//! ```text
//! room /        ┐
//! room /team-a  ├─ sum ──> Totals
//! forgotten     ┘          broadcasts, skips, refused: of all that ever were; rooms, kept: of those that are
//! ```

use std::ops::{Add, AddAssign};

use super::rooms::NoEntry;
use crate::app::Kept;

/// The sums over all rooms.
///
/// ```
/// # use wire42::{app::ChatConfig, bucket::Rate, client::{Client, Terms}, engine_io::{Config, Input, Session}};
/// # use wire42::{hub::*, net::AppConfig, now::Now};
/// # let now = Now::default();
/// # let rate = Rate::default();
/// # let chat = AppConfig::Chat { room: ChatConfig::default(), doors: vec![], max_namespaces: 0, rate };
/// # let hub = chat.hub(Box::new(|| "John".into()));
/// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
/// # let mut john = Guest::new(client("Kx"), hub.clone());
/// for text in ["40/nowhere,", "40", r#"42["message","Hello"]"#] {
///     john.handle_input(Input::Text(text), now)?;
/// }
/// let turned_away = TurnedAway { unknown: 1, ..TurnedAway::default() };
/// assert_eq!(hub.totals(), Totals { rooms: 1, refused: 1, turned_away, ..Totals::default() });
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rooms that exist.
    pub rooms: usize,
    /// What they keep of what was said.
    pub kept: Kept,
    /// Events that were told to everyone in a room.
    pub broadcasts: u64,
    /// Snapshots that a client was given in place of what it had no room for.
    pub skips: u64,
    /// Events that applications did not accept.
    pub refused: u64,
    /// Messages that the log did not take.
    pub unstored: u64,
    /// Sockets that came back.
    pub recovered: u64,
    /// Those who wanted to come back as a socket that is not known, or no longer.
    pub unrecovered: u64,
    /// Sockets that are gone and may come back.
    pub away: usize,
    /// Messages over the rate of their client.
    pub throttled: u64,
    /// CONNECTs that were answered by CONNECT_ERROR.
    pub turned_away: TurnedAway,
}

/// Who did not get in, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnedAway {
    /// There is no such namespace.
    pub unknown: u64,
    /// All rooms were taken.
    pub full: u64,
    /// The client was in as many as one may be.
    pub too_many: u64,
    /// The history of the room could not be read.
    pub unreadable: u64,
    /// The client said too much.
    pub too_often: u64,
    /// The client had not shown the token.
    pub unauthorized: u64,
    /// The application did not want it.
    pub rejected: u64,
}

impl Totals {
    /// Leaves what goes on to count when a room is forgotten.
    pub(super) fn without_what_is_kept(self) -> Self {
        Self { rooms: 0, kept: Kept::default(), away: 0, ..self }
    }
}

impl Add for Totals {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            rooms: self.rooms + other.rooms,
            kept: Kept {
                messages: self.kept.messages + other.kept.messages,
                bytes: self.kept.bytes + other.kept.bytes,
            },
            broadcasts: self.broadcasts + other.broadcasts,
            skips: self.skips + other.skips,
            refused: self.refused + other.refused,
            unstored: self.unstored + other.unstored,
            recovered: self.recovered + other.recovered,
            unrecovered: self.unrecovered + other.unrecovered,
            away: self.away + other.away,
            throttled: self.throttled + other.throttled,
            turned_away: self.turned_away + other.turned_away,
        }
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl TurnedAway {
    pub(super) fn count(&mut self, reason: NoEntry) {
        *match reason {
            NoEntry::Unknown => &mut self.unknown,
            NoEntry::Full => &mut self.full,
            NoEntry::TooMany => &mut self.too_many,
            NoEntry::Unreadable => &mut self.unreadable,
            NoEntry::TooOften => &mut self.too_often,
            NoEntry::Unauthorized => &mut self.unauthorized,
            NoEntry::Rejected(_) => &mut self.rejected,
        } += 1;
    }
}

impl Add for TurnedAway {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            unknown: self.unknown + other.unknown,
            full: self.full + other.full,
            too_many: self.too_many + other.too_many,
            unreadable: self.unreadable + other.unreadable,
            too_often: self.too_often + other.too_often,
            unauthorized: self.unauthorized + other.unauthorized,
            rejected: self.rejected + other.rejected,
        }
    }
}
