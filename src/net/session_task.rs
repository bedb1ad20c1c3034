//! The task of one session: it owns the state machine and the WebSocket, so that neither needs a lock.
//!
//! ```text
//!               ┌── the WebSocket       first, so that `5` is seen before the GET that was sent behind it
//!  one turn ────┼── an errand of HTTP
//!  (in this     ├── the client of a held GET hung up
//!   order)      ├── what everyone hears
//!               └── a deadline
//! ```

use std::pin::Pin;

use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};
use tracing::debug;

use super::clock::Clock;
use super::sessions::{Entered, Errand, Poll};
use super::shutdown::{Busy, Shutdown};
use super::websocket::{self, Farewell, WebSocket};
use crate::engine_io::{Input, Reason, Refusal, Transport};
use crate::hub::{Guest, Heard, Output, hear};

/// One session and all that belongs to it.
pub(super) struct SessionTask {
    guest: Guest,
    clock: Clock,
    entered: Entered,
    /// A GET that may not be looked at before what came over the WebSocket.
    deferred: Option<Deferred>,
    websocket: Option<Box<WebSocket>>,
    /// A WebSocket whose 101 is being written.
    arriving: Option<oneshot::Receiver<Box<WebSocket>>>,
    /// The GET that is held.
    held: Option<oneshot::Sender<Result<String, Refusal>>>,
    /// Whoever is to be told that it is.
    tell_held: Option<oneshot::Sender<()>>,
    timer: Pin<Box<Sleep>>,
    shutdown: Shutdown,
    _busy: Busy,
}

/// An errand that was put off.
struct Deferred {
    errand: Errand,
    /// The WebSocket was there: it has had its turn. Otherwise it was to arrive, and there is one more look at it.
    is_final: bool,
}

enum Turn {
    Rest,
    Arrived(Option<Box<WebSocket>>),
    WebSocket(websocket::Event),
    Errand(Option<Errand>),
    Deferred(Errand),
    HungUp,
    Heard(Heard),
    Timeout,
    Shutdown,
}

impl SessionTask {
    pub(super) fn new(guest: Guest, entered: Entered, clock: Clock, shutdown: Shutdown) -> Self {
        let timer = Box::pin(sleep_until(clock.instant(guest.poll_timeout().unwrap_or_default())));
        let busy = shutdown.busy();
        Self {
            guest,
            clock,
            entered,
            deferred: None,
            websocket: None,
            arriving: None,
            held: None,
            tell_held: None,
            timer,
            shutdown,
            _busy: busy,
        }
    }

    /// Begins with the WebSocket on which the session was born.
    pub(super) fn on(mut self, websocket: WebSocket) -> Self {
        self.websocket = Some(Box::new(websocket));
        self
    }

    /// Looks after the session until it is over.
    pub(super) async fn run(mut self) {
        debug!(sid = %self.entered.sid(), transport = ?self.guest.transport(), "session opened");
        let mut turns = 0u32;
        while self.carry_out() {
            if let Some(waiting) = self.tell_held.take() {
                tell(waiting, ());
            }
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(TURNS) {
                tokio::task::yield_now().await;
            }
            match self.turn().await {
                Turn::Rest => self.guest.handle_rest(self.clock.now()),
                Turn::Arrived(websocket) => {
                    if !self.handle_arrival(websocket) {
                        break;
                    }
                }
                Turn::WebSocket(event) => self.handle_websocket(event),
                Turn::Deferred(errand) => self.carry_on(errand),
                Turn::Errand(Some(errand)) => self.handle_errand(errand).await,
                // The table holds a sender for as long as this task is entered.
                Turn::Errand(None) => unreachable!("a session that runs is in the table"),
                Turn::HungUp => {
                    self.held = None;
                    self.input(Input::GetAborted).unwrap_or_default();
                }
                Turn::Heard(heard) => self.guest.handle_heard(heard, self.clock.now()),
                Turn::Timeout => self.guest.handle_timeout(self.clock.now()),
                Turn::Shutdown => self.guest.close(Reason::Shutdown, self.clock.now()),
            }
        }
        if let Some(websocket) = self.arriving.take() {
            self.turn_away(websocket);
        }
        debug!(sid = %self.entered.sid(), "session closed");
    }

    /// Waits for the next thing to happen.
    async fn turn(&mut self) -> Turn {
        let deadline = self.guest.poll_timeout().map(|at| self.clock.instant(at));
        self.arm(deadline);
        let Self { guest, websocket, arriving, entered, deferred, held, timer, shutdown, .. } = self;
        let waits = arriving.is_some();
        if guest.is_busy() {
            // Everyone else first.
            tokio::task::yield_now().await;
            return Turn::Rest;
        }
        tokio::select! {
            biased;
            websocket = arrival(arriving) => Turn::Arrived(websocket),
            event = next(websocket) => Turn::WebSocket(event),
            errand = next_deferred(deferred), if !waits => errand,
            errand = entered.errands.recv() => Turn::Errand(errand),
            () = hung_up(held) => Turn::HungUp,
            heard = hear(guest.seats()) => Turn::Heard(heard),
            () = timer, if deadline.is_some() => Turn::Timeout,
            () = shutdown.requested() => Turn::Shutdown,
        }
    }

    /// Does what the guest decided, and hands frames on, until there is nothing of either; says whether there is a session
    /// still.
    fn carry_out(&mut self) -> bool {
        loop {
            while let Some(output) = self.guest.poll_output() {
                match output {
                    Output::Answer(body) => self.answer(body),
                    Output::CloseWebSocket => self.close_websocket(),
                    Output::Closed(reason) => {
                        debug!(sid = %self.entered.sid(), ?reason, "session ends");
                        return false;
                    }
                }
            }
            // Room for a frame may be room for something that decides more.
            if !self.transmit(WebSocket::is_full) {
                return true;
            }
        }
    }

    fn answer(&mut self, body: String) {
        let Some(held) = self.held.take() else { return };
        if held.send(Ok(body)).is_err() {
            // The client hung up just now, and the body is lost: the session must not go on with a gap.
            self.guest.close(Reason::TransportError, self.clock.now());
        }
    }

    fn handle_websocket(&mut self, event: websocket::Event) {
        let result = match event {
            websocket::Event::Text(text) => self.input(Input::Text(&text)),
            websocket::Event::Binary(bytes) => self.input(Input::Binary(&bytes)),
            websocket::Event::Writable => Ok(()),
            websocket::Event::Closed => {
                if let Some(websocket) = self.websocket.take() {
                    self.part_from(websocket.finish(self.farewell()));
                }
                self.input(Input::WebSocketClosed)
            }
        };
        // A refusal is for a request, and this was none: the session is over, and says so by itself.
        result.unwrap_or_default();
    }

    async fn handle_errand(&mut self, errand: Errand) {
        if matches!(errand, Errand::Get(_)) && self.deferred.is_none() && self.is_upgrading_unseen().await {
            let is_announced = self.arriving.is_some();
            self.deferred = Some(Deferred { errand, is_final: !is_announced });
            return;
        }
        self.carry_on(errand);
    }

    /// Says whether there may be a `5` that was sent before a GET which has just come on another connection.
    ///
    /// The kernel has both in that order, but the runtime may have been told of the GET alone.
    async fn is_upgrading_unseen(&self) -> bool {
        match &self.websocket {
            _ if self.guest.transport() == Transport::WebSocket => false,
            None => self.arriving.is_some(),
            Some(websocket) => {
                let has_unread = websocket.has_unread();
                if has_unread {
                    websocket.readable().await;
                }
                has_unread
            }
        }
    }

    fn carry_on(&mut self, errand: Errand) {
        match errand {
            Errand::Get(Poll { answer, held }) => match self.input(Input::Get) {
                Ok(()) => (self.held, self.tell_held) = (Some(answer), Some(held)),
                Err(refusal) => tell(answer, Err(refusal)),
            },
            Errand::StartPost { content_type, done } => {
                tell(done, self.input(Input::PostStarted { content_type: content_type.as_deref() }));
            }
            Errand::Post { body, done } => tell(done, self.input(Input::Post(body))),
            Errand::RefusePost => self.input(Input::PostRefused).unwrap_or_default(),
            Errand::AbortPost => self.input(Input::PostAborted).unwrap_or_default(),
            Errand::Upgrade(websocket) => self.expect(websocket),
        }
    }

    /// Takes the WebSocket that was announced; says whether there is a session still.
    fn handle_arrival(&mut self, websocket: Option<Box<WebSocket>>) -> bool {
        self.arriving = None;
        let Some(websocket) = websocket else { return true };
        // If the one before it is due to be given up, that one must be closed first.
        let now = self.clock.now();
        self.guest.handle_timeout(now);
        let lives = self.carry_out();
        match self.guest.handle_input(Input::WebSocketOpened, now) {
            Ok(()) => self.websocket = Some(websocket),
            // Ours: 101, then a close frame at once. Public suites take an HTTP refusal here for a failure of their own.
            Err(_) => self.part_from(websocket.close(self.farewell())),
        }
        lives
    }

    /// Waits for a WebSocket; a second one is closed as soon as it comes.
    fn expect(&mut self, websocket: oneshot::Receiver<Box<WebSocket>>) {
        if self.arriving.is_none() {
            self.arriving = Some(websocket);
            return;
        }
        self.turn_away(websocket);
    }

    fn turn_away(&self, websocket: oneshot::Receiver<Box<WebSocket>>) {
        let farewell = self.farewell();
        self.part_from(async move {
            if let Ok(websocket) = websocket.await {
                websocket.close(farewell).await;
            }
        });
    }

    fn farewell(&self) -> Farewell {
        if self.shutdown.is_requested() { Farewell::Hurried } else { Farewell::Patient }
    }

    fn input(&mut self, input: Input<'_>) -> Result<(), Refusal> {
        self.guest.handle_input(input, self.clock.now())
    }

    fn close_websocket(&mut self) {
        let _ = self.transmit(|_| false);
        if let Some(websocket) = self.websocket.take() {
            self.part_from(websocket.close(self.farewell()));
        }
    }

    /// Hands frames to the WebSocket until it has enough of them; says whether there were any.
    fn transmit(&mut self, is_enough: impl Fn(&mut WebSocket) -> bool) -> bool {
        let Some(websocket) = &mut self.websocket else { return false };
        let mut any = false;
        while !is_enough(websocket) {
            let Some(slip) = self.guest.poll_transmit() else { break };
            websocket.send(slip);
            any = true;
        }
        any
    }

    /// Lets a WebSocket say its last words while the session goes on, or is over.
    fn part_from(&self, farewell: impl Future<Output = ()> + Send + 'static) {
        let busy = self.shutdown.busy();
        tokio::spawn(async move {
            farewell.await;
            drop(busy);
        });
    }

    fn arm(&mut self, deadline: Option<Instant>) {
        if let Some(deadline) = deadline
            && deadline != self.timer.deadline()
        {
            self.timer.as_mut().reset(deadline);
        }
    }
}

/// A client may send a thousand messages in one segment. After so many turns everyone else gets one, so that those who
/// listen are not overtaken by what they are to hear.
const TURNS: u32 = 16;

fn tell<T>(who: oneshot::Sender<T>, what: T) {
    // Who hung up does not want to know.
    let _ = who.send(what);
}

async fn next(websocket: &mut Option<Box<WebSocket>>) -> websocket::Event {
    match websocket {
        Some(websocket) => websocket.next().await,
        None => std::future::pending().await,
    }
}

async fn arrival(arriving: &mut Option<oneshot::Receiver<Box<WebSocket>>>) -> Option<Box<WebSocket>> {
    match arriving {
        Some(websocket) => websocket.await.ok(),
        None => std::future::pending().await,
    }
}

async fn next_deferred(deferred: &mut Option<Deferred>) -> Turn {
    match deferred.take() {
        Some(Deferred { errand, is_final: true }) => Turn::Deferred(errand),
        Some(Deferred { errand, is_final: false }) => Turn::Errand(Some(errand)),
        None => std::future::pending().await,
    }
}

async fn hung_up(held: &mut Option<oneshot::Sender<Result<String, Refusal>>>) {
    match held {
        Some(held) => held.closed().await,
        None => std::future::pending().await,
    }
}
