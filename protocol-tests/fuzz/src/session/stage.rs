//! Where a program is played: one hub, the client that the program moves, and one that always listens.

use std::sync::Arc;
use std::time::Duration;

use wire42::app::{ChatConfig, SocketId};
use wire42::bucket::Rate;
use wire42::client::Terms;
use wire42::engine_io::{Config, Input, Reason, Session};
use wire42::hub::{Door, Guest, Hub};
use wire42::net::AppConfig;
use wire42::now::Now;

use super::ear::Ear;
use super::player::{Player, WebSocket};
use super::step::Step;

/// Both clients, and the time.
pub(super) struct Stage {
    now: Now,
    alice: Player,
    bob: Player,
}

impl Stage {
    /// `length` is that of the program: nobody can say more than is in it.
    pub(super) fn new(scene: &[u8], length: usize) -> Self {
        let app = app(scene.first());
        let is_tight = scene.get(2) == Some(&b't');
        let config = if is_tight { tight() } else { Config::default() };
        let mut count = 0;
        let hub = app.hub(Box::new(move || {
            count += 1;
            SocketId::from(format!("socket-{count}").as_str())
        }));
        let is_polling = scene.get(1) != Some(&b'w');
        let alice = player(&app, &hub, is_polling, &config, length);
        let bob = player(&app, &hub, false, &Config::default(), length);
        let mut stage = Self { now: Now::default(), alice, bob };
        stage.bob.input(Input::Text("40"), stage.now);
        stage.turn();
        stage
    }

    pub(super) fn play(&mut self, step: Step<'_>) {
        let (now, alice) = (self.now, &mut self.alice);
        match step {
            Step::Get => alice.input(Input::Get, now),
            Step::AbortGet => alice.input(Input::GetAborted, now),
            Step::Post(body) => {
                alice.input(Input::PostStarted { content_type: Some("text/plain") }, now);
                alice.input(Input::Post(body.to_vec()), now);
            }
            Step::StartPost(media) => {
                let content_type = Some(media).filter(|media| !media.is_empty());
                alice.input(Input::PostStarted { content_type }, now);
            }
            Step::FinishPost(body) => alice.input(Input::Post(body.to_vec()), now),
            Step::RefusePost => alice.input(Input::PostRefused, now),
            Step::AbortPost => alice.input(Input::PostAborted, now),
            Step::Open => alice.input(Input::WebSocketOpened, now),
            Step::Text(text) => alice.input(Input::Text(text), now),
            Step::Binary(bytes) => alice.input(Input::Binary(bytes), now),
            Step::Lose => alice.input(Input::WebSocketClosed, now),
            Step::Take(frames) => alice.take(frames, now),
            Step::Say(event) => self.bob.input(Input::Text(&format!("42{event}")), now),
            Step::Wait(time) => return self.pass(now.mono + time),
            Step::Sleep(time) => {
                self.now.mono += time;
                self.alice.wake(self.now);
            }
            Step::End => alice.close(Reason::Shutdown, now),
        }
        self.turn();
    }

    /// Lets both hear all that was said, compares what they heard, and ends both: one by its silence.
    pub(super) fn end(mut self) {
        let mut heard = None;
        while heard.replace(self.alice.ear().heard()) != Some(self.alice.ear().heard()) {
            self.pass(self.now.mono + ROUND);
            self.alice.input(Input::Get, self.now);
            self.alice.take(usize::MAX, self.now);
        }
        if self.alice.shares_a_room(&self.bob) {
            self.alice.ear().has_heard_what(self.bob.ear());
        }
        self.bob.close(Reason::Shutdown, self.now);
        assert!(self.bob.is_closed(), "who is ended is closed");
        let Config { ping_interval, ping_timeout, .. } = Config::default();
        self.pass(self.now.mono + ping_interval + ping_timeout);
        assert!(self.alice.is_closed(), "who is silent for so long is closed");
    }

    /// Time passes, and no deadline passes unheeded.
    fn pass(&mut self, until: Duration) {
        while let Some(due) = self.due().filter(|due| *due <= until) {
            self.now.mono = self.now.mono.max(due);
            for player in [&mut self.alice, &mut self.bob] {
                player.wake(self.now);
            }
            self.turn();
        }
        self.now.mono = until;
        self.turn();
    }

    fn due(&self) -> Option<Duration> {
        [&self.alice, &self.bob].into_iter().filter_map(Player::due).min()
    }

    /// What one said the other hears. Bob reads all, and answers the heartbeat.
    fn turn(&mut self) {
        self.alice.hear(self.now);
        self.bob.hear(self.now);
        self.bob.take(usize::MAX, self.now);
        if self.bob.due().is_some_and(|due| due <= self.now.mono) {
            self.bob.wake(self.now);
            self.bob.take(usize::MAX, self.now);
            self.bob.input(Input::Text("3"), self.now);
        }
    }
}

fn app(letter: Option<&u8>) -> AppConfig {
    match letter {
        Some(b'c') => AppConfig::Chat {
            room: ChatConfig { history: 8, history_bytes: HISTORY_BYTES, ..ChatConfig::default() },
            doors: vec![Door::parse("/team-*").expect("a door")],
            max_namespaces: 3,
            rate: Rate { per_second: 5, burst: 20 },
        },
        Some(b'e') => AppConfig::Echo,
        Some(b'p') => AppConfig::Plus,
        _ => AppConfig::EngineEcho,
    }
}

fn player(app: &AppConfig, hub: &Arc<Hub>, is_polling: bool, config: &Config, length: usize) -> Player {
    let now = Now::default();
    let begin = if is_polling { Session::polling } else { Session::websocket };
    let client = app.client(begin("Kx", config.clone(), now), Terms::default(), now);
    let bound = 2 * config.max_unsent + HISTORY_BYTES + length + LARGEST_EXTRA;
    let ear = Ear::new(config.max_payload, matches!(app, AppConfig::EngineEcho));
    let websocket = if is_polling { WebSocket::None } else { WebSocket::Open };
    Player::new(Guest::new(client, hub.clone()), ear, websocket, bound)
}

/// Limits that a program of a few lines can reach.
fn tight() -> Config {
    Config { max_payload: 300, max_unsent: 2_000, ..Config::default() }
}

const HISTORY_BYTES: usize = 2_000;

/// What a parcel costs beside the bytes of its program: eleven frames, and the names that an application adds.
const LARGEST_EXTRA: usize = 2_000;

/// Between two looks at what waits: longer than the pause behind a packet that stands apart, and than that between two noops.
const ROUND: Duration = Duration::from_millis(101);
