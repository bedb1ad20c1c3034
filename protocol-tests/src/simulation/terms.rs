//! What a seed decides before anything happens: the server's limits, the rooms, the network's manners.

use std::time::Duration;

use wire42::app::ChatConfig;
use wire42::bucket::Rate;
use wire42::client;
use wire42::engine_io;
use wire42::hub::Door;
use wire42::net::{AppConfig, Config};

use crate::case::Profile;
use crate::fuzz::Dice;
use crate::ours::{self, Pace};

/// The terms of one world.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) config: Config,
    /// The application is the chat; otherwise `plus`, whose broadcasts do not stand for one another.
    pub(super) is_chat: bool,
    /// The namespaces that clients like to join. Some may be full, and one does not exist.
    pub(super) namespaces: Vec<String>,
    /// Messages that the chat keeps.
    pub(super) history: usize,
    /// Rooms behind patterns.
    pub(super) max_namespaces: usize,
    /// Bytes that a WebSocket's queue takes before it is full.
    pub(super) wire: usize,
    /// How late the server's timers may be.
    pub(super) lateness: u64,
    /// How long the server may take until it listens, in milliseconds.
    pub(super) deafness: u64,
    /// Between two deeds, in milliseconds.
    pub(super) gap: u64,
    /// The slowest usual connection, in milliseconds.
    pub(super) latency: u64,
    /// One deed in so many is a misdeed.
    pub(super) virtue: usize,
    /// What is said is stored, and outlives the server.
    pub(super) is_durable: bool,
    /// How long a socket may be away and still come back.
    pub(super) recovery: Option<Duration>,
    /// One deed in so many is an end of the server, and a new beginning; none, if it never ends.
    pub(super) mortality: Option<usize>,
    /// One commit in so many fails; none, if the disk is in order.
    pub(super) decay: Option<usize>,
    /// The slowest usual commit, in milliseconds.
    pub(super) commit: u64,
}

impl Terms {
    /// Lets the dice decide.
    pub(super) fn draw(dice: &mut Dice) -> Terms {
        let is_chat = !dice.one_in(3);
        let history = *dice.one_of(&[1, 3, 5, 5, 8, 50]);
        let max_namespaces = if is_chat { 1 + dice.below(3) } else { 1_000 };
        let app = match is_chat {
            true => AppConfig::Chat {
                room: ChatConfig { history, ..ChatConfig::default() },
                doors: ["/hall", "/team-*"].map(|door| Door::parse(door).expect("a door")).into(),
                max_namespaces,
                rate: UNTHROTTLED,
            },
            false => AppConfig::Plus,
        };
        let ms = |low: usize, high: usize, dice: &mut Dice| {
            Duration::from_millis((low + dice.below(high - low)) as u64)
        };
        let session = engine_io::Config {
            ping_interval: ms(300, 2_000, dice),
            ping_timeout: ms(200, 1_000, dice),
            upgrade_timeout: ms(100, 1_000, dice),
            max_payload: *dice.one_of(&[1_000, 1_000_000]),
            max_unsent: *dice.one_of(&[2_048, 4_096, 16_384, 65_536, 4_194_304]),
            ..engine_io::Config::default()
        };
        let terms = client::Terms { connect_timeout: ms(500, 3_000, dice), ..client::Terms::default() };
        let calm = Terms {
            config: Config { session, terms, app, ..ours::config(Profile::Chat, Pace::Slow) },
            is_chat,
            namespaces: namespaces(is_chat, dice),
            history,
            max_namespaces,
            wire: *dice.one_of(&[1_024, 8_192, 65_536]),
            lateness: *dice.one_of(&[0, 1, 5]),
            deafness: *dice.one_of(&[0, 1, 20, 400]),
            gap: *dice.one_of(&[2, 10, 40, 120]),
            latency: *dice.one_of(&[1, 10, 100]),
            virtue: *dice.one_of(&[4, 12, 60]),
            is_durable: false,
            recovery: None,
            mortality: None,
            decay: None,
            commit: 0,
        };
        if dice.one_in(3) { calm } else { calm.with_a_past(dice) }
    }

    /// What is said, or who said it, is known for longer than a connection.
    fn with_a_past(self, dice: &mut Dice) -> Terms {
        let is_durable = self.is_chat && !dice.one_in(4);
        let windows = [200, 1_500, 5_000, 60_000].map(|window| Some(Duration::from_millis(window)));
        Terms {
            is_durable,
            recovery: if is_durable && dice.one_in(4) { None } else { *dice.one_of(&windows) },
            mortality: *dice.one_of(&[None, Some(400), Some(150), Some(50)]),
            decay: if is_durable { *dice.one_of(&[None, None, Some(20), Some(4)]) } else { None },
            commit: *dice.one_of(&[0, 2, 20, 300]),
            ..self
        }
    }

    /// The longest that a silent session may live: from its last sign of life to its end.
    pub(super) fn patience(&self) -> Duration {
        self.config.session.ping_interval + self.config.session.ping_timeout
    }

    /// How late the server may do what is due.
    pub(super) fn slack(&self) -> Duration {
        Duration::from_millis(3 * self.lateness)
    }
}

fn namespaces(is_chat: bool, dice: &mut Dice) -> Vec<String> {
    let all: &[&str] = match is_chat {
        true => &["/", "/hall", "/team-a", "/team-b", "/team-c", "/team-d", "/nowhere"],
        false => &["/kit-a", "/kit-b", "/", "/custom", "/kit-c", "/kit-d", "/nowhere"],
    };
    all[..1 + dice.below(all.len())].iter().map(|name| (*name).to_owned()).collect()
}

/// A crowd says more than anybody would read; what is over the rate is for the fixtures.
const UNTHROTTLED: Rate = Rate { per_second: 1_000_000, burst: 1_000_000 };

/// Where Engine.IO is served.
pub(super) const PATH: &str = "/socket.io/";
