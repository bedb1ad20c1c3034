//! One client in the hub: its stack, and its seats in the rooms it joined.
//!
//! ```text
//!            inputs, timeouts                     what everyone hears
//! driver ──────────────────────> Guest { Client, [Seat] } <────────── rooms
//!        <──────────────────────
//!          Answer, CloseWebSocket, frames, Closed
//! ```
//!
//! It is all that a driver sees: the one over sockets, and the conformance kit's in virtual time.
//!
//! ```
//! # use std::time::Duration;
//! # use wire42::{app::ChatConfig, bucket::Rate, client::{Client, Terms}, engine_io::{Config, Session}, net::AppConfig};
//! use wire42::engine_io::Input;
//! use wire42::hub::Guest;
//! use wire42::now::Now;
//!
//! # let now = Now::default();
//! # let rate = Rate::default();
//! # let chat = AppConfig::Chat { room: ChatConfig::default(), doors: vec![], max_namespaces: 0, rate };
//! # let hub = chat.hub(Box::new(|| "John".into()));
//! # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
//! let (mut john, mut mary) = (Guest::new(client("Kx"), hub.clone()), Guest::new(client("Lx"), hub));
//! john.handle_input(Input::Text("40"), now)?;
//! mary.handle_input(Input::Text("40"), now)?;
//! // Her CONNECT is answered, and what is behind it waits for a moment.
//! while mary.poll_transmit().is_some() {}
//!
//! let later = Now { mono: Duration::from_millis(5), ..now };
//! john.handle_input(Input::Text(r#"42["message",{"name":"John","input":"Hello"}]"#), later)?;
//! mary.handle_timeout(later);
//! mary.handle_broadcasts(later);
//! let heard: Vec<_> = std::iter::from_fn(|| mary.poll_transmit()).collect();
//! assert_eq!(heard[0].frame().bytes(), br#"42["message",[]]"#);
//! let said = br#"42["message",[{"clientId":"John","name":"John","message":"Hello""#;
//! assert!(heard[1].frame().bytes().starts_with(said));
//! # Ok::<(), wire42::engine_io::Refusal>(())
//! ```

mod attending;
mod joining;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tracing::debug;

use super::asking::Asking;
use super::seat::Seat;
use super::throttle::Throttle;
use super::token::Token;
use super::{Hub, Membership};
use crate::client::{self, Client};
use crate::engine_io::{Input, Reason, Refusal, Slip, Tally, Transport, Unsent};
use crate::now::Now;

/// A client and what it has joined.
pub struct Guest {
    client: Client,
    seats: Vec<Seat>,
    /// Where it asked to be let in and the room could not say yet.
    asking: Vec<Asking>,
    hub: Arc<Hub>,
    throttle: Throttle,
    /// What a CONNECT must still show.
    token: Option<Token>,
    decided: VecDeque<Output>,
    /// The seat whose turn it is to catch up.
    next_seat: usize,
    /// A polling body was not read to its end.
    is_busy: bool,
    joins: u32,
    now: Now,
}

/// What the driver is to do.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Answer the GET that is held with this body.
    Answer(String),
    /// Close the WebSocket, behind what [`Guest::poll_transmit`] still gives.
    CloseWebSocket,
    /// Forget the guest. Always the last, always once.
    Closed(Reason),
}

impl Guest {
    /// Brings a client to the hub.
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
    /// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
    /// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
    /// let mut john = Guest::new(client("Kx"), hub);
    /// assert_eq!((john.seats().len(), john.transport()), (0, wire42::engine_io::Transport::WebSocket));
    /// john.handle_input(Input::Text("40"), now)?;
    /// assert_eq!((john.seats().len(), john.take_tally().deliveries), (1, 0));
    /// // Its open packet and its CONNECT's answer wait to be sent; it has sent nothing by halves.
    /// assert!(john.unsent().own_bytes > 0 && john.incomplete() == 0);
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn new(client: Client, hub: Arc<Hub>) -> Self {
        Self {
            client,
            seats: Vec::new(),
            asking: Vec::new(),
            hub,
            throttle: Throttle::default(),
            token: None,
            decided: VecDeque::new(),
            next_seat: 0,
            is_busy: false,
            joins: 0,
            now: Now::default(),
        }
    }

    /// Lets only those CONNECTs in that show the token, if there is one.
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
    /// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
    /// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
    /// let token = Token::new("open-sesame")?;
    /// let mut john = Guest::new(client("Kx"), hub).asked_for(Some(token));
    /// # john.poll_transmit();
    /// john.handle_input(Input::Text("40"), now)?;
    /// let told = john.poll_transmit().expect("a CONNECT is answered");
    /// assert_eq!(told.frame().bytes(), br#"44{"message":"unauthorized"}"#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn asked_for(mut self, token: Option<Token>) -> Self {
        self.token = token;
        self
    }

    /// Takes an input and does all it causes. Deadlines that have passed are handled first.
    ///
    /// # Errors
    ///
    /// What the HTTP request, or the WebSocket, that caused the input is to be told.
    pub fn handle_input(&mut self, input: Input<'_>, now: Now) -> Result<(), Refusal> {
        while self.is_busy {
            self.settle(now);
        }
        self.wake(now);
        let result = self.client.handle_input(input, now);
        self.settle(now);
        result
    }

    /// Goes on with a polling body that holds more than is looked at in one turn.
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
    /// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
    /// # let client = |sid| Client::new(Session::polling(sid, Config::default(), now), Terms::default(), now);
    /// # let mut john = Guest::new(client("Kx"), hub);
    /// let body = ["40", &[r#"42["hello"]"#; HAPPENINGS_A_TURN].join("\x1e")].join("\x1e");
    /// john.handle_input(Input::PostStarted { content_type: None }, now)?;
    /// john.handle_input(Input::Post(body.into_bytes()), now)?;
    /// assert!(john.is_busy());
    /// john.handle_rest(now);
    /// assert!(!john.is_busy());
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn handle_rest(&mut self, now: Now) {
        self.settle(now);
    }

    /// Says whether [`handle_rest`](Self::handle_rest) has something to do.
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Does what is due.
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Session}, hub::*, net::AppConfig, now::Now};
    /// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
    /// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
    /// # let mut john = Guest::new(client("Kx"), hub);
    /// # john.poll_transmit();
    /// let mono = john.poll_timeout().expect("whoever lives has a heartbeat");
    /// john.handle_timeout(Now { mono, unix: 0 });
    /// assert_eq!(john.poll_transmit().expect("a ping").frame().bytes(), b"2");
    /// ```
    pub fn handle_timeout(&mut self, now: Now) {
        self.client.handle_timeout(now);
        self.settle(now);
        self.wake(now);
    }

    /// Passes on whatever was said in its [rooms](Self::rooms) meanwhile; to be called when the bell of one has rung.
    pub fn handle_broadcasts(&mut self, now: Now) {
        self.seats.iter_mut().for_each(|seat| seat.drain(&mut self.client));
        self.ask_again(now);
        self.make_way();
        self.settle(now);
    }

    /// Ends the session.
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Reason, Session}, hub::*, net::AppConfig, now::Now};
    /// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
    /// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
    /// # let mut john = Guest::new(client("Kx"), hub);
    /// john.close(Reason::Shutdown, now);
    /// assert!(john.is_over() && john.has_output());
    /// let outputs: Vec<_> = std::iter::from_fn(|| john.poll_output()).collect();
    /// assert_eq!(outputs, [Output::CloseWebSocket, Output::Closed(Reason::Shutdown)]);
    /// ```
    pub fn close(&mut self, reason: Reason, now: Now) {
        self.client.close(reason);
        self.settle(now);
    }

    /// Gives the next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.decided.pop_front()
    }

    /// Gives the next frame for the WebSocket, when that has room for one.
    pub fn poll_transmit(&mut self) -> Option<Slip> {
        let slip = self.client.poll_transmit()?;
        if self.catch_up() {
            self.settle(self.now);
        }
        Some(slip)
    }

    /// Says when [`handle_timeout`](Self::handle_timeout) is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let seats = self.seats.iter().filter_map(Seat::poll_timeout);
        self.client.poll_timeout().map(|due| seats.fold(due, Duration::min))
    }

    /// Gives what was counted of this client, and begins anew.
    pub fn take_tally(&mut self) -> Tally {
        self.client.take_tally()
    }

    /// Says what carries the session's packets now.
    pub fn transport(&self) -> Transport {
        self.client.session().transport()
    }

    /// Says whether the session has ended; then it stays only for last words.
    pub fn is_over(&self) -> bool {
        self.client.session().is_over()
    }

    /// Says what waits to be sent, behind what a WebSocket has taken already; more [waits](Seat::waiting) in the seats.
    pub fn unsent(&self) -> Unsent {
        self.client.session().unsent()
    }

    /// Counts the bytes of a packet from the client that is not complete.
    pub fn incomplete(&self) -> usize {
        self.client.incomplete()
    }

    /// Gives the seats that it has now.
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Gives its places in rooms: where it sits, and where it still waits to be let in.
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, hub::*, net::AppConfig, now::Now};
    /// # let (now, hub) = (Now::default(), AppConfig::Plus.hub(Box::new(|| "John".into())));
    /// # let client = |sid| Client::new(Session::websocket(sid, Config::default(), now), Terms::default(), now);
    /// # let mut john = Guest::new(client("Kx"), hub);
    /// john.handle_input(Input::Text("40"), now)?;
    /// assert!(john.rooms().map(Membership::room).eq(john.seats().iter().map(Seat::room)));
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn rooms(&self) -> impl Iterator<Item = &Membership> {
        let seats = self.seats.iter().map(Seat::membership);
        seats.chain(self.asking.iter().map(Asking::membership))
    }

    /// Says whether [`poll_output`](Self::poll_output) has something to give.
    pub fn has_output(&self) -> bool {
        !self.decided.is_empty()
    }

    fn settle(&mut self, now: Now) {
        self.now = now;
        self.is_busy = false;
        let mut happened = 0;
        while let Some(output) = self.client.poll_output() {
            match output {
                client::Output::Happened(happening) => {
                    self.attend(happening, now);
                    happened += 1;
                    if happened == HAPPENINGS_A_TURN {
                        self.is_busy = true;
                        return;
                    }
                }
                client::Output::Answer(body) => {
                    self.decided.push_back(Output::Answer(body));
                    let _ = self.catch_up();
                }
                client::Output::CloseWebSocket => self.decided.push_back(Output::CloseWebSocket),
                client::Output::Closed(reason) => {
                    debug!(?reason, "session closed");
                    self.stop_asking(reason.is_for_good(), now);
                    self.decided.push_back(Output::Closed(reason));
                }
            }
        }
    }

    /// Goes on with what applications put off.
    fn wake(&mut self, now: Now) {
        if self.seats.iter().any(|seat| seat.poll_timeout().is_some_and(|due| due <= now.mono)) {
            self.seats.iter_mut().for_each(|seat| seat.handle_timeout(&mut self.client, now));
            self.settle(now);
        }
    }

    /// Gives the room that there is to the seats that are behind, in turns, or a busy room would keep it for itself. Says
    /// whether any was behind.
    fn catch_up(&mut self) -> bool {
        if !self.seats.iter().any(Seat::is_behind) {
            return false;
        }
        let count = self.seats.len();
        for index in (0..count).map(|step| (self.next_seat + step) % count).collect::<Vec<_>>() {
            if self.seats[index].catch_up(&mut self.client) {
                self.next_seat = index + 1;
            }
        }
        true
    }
}

/// Messages of one polling body between two turns of everyone else: each may make a history anew.
pub const HAPPENINGS_A_TURN: usize = 16;

/// Namespaces that one client may be in: each costs a seat, and its share of every broadcast there.
pub const MAX_SEATS: usize = 16;
