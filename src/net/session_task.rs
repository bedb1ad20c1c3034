//! The task of one session: it owns the state machine and the WebSocket, so that neither needs a lock.
//!
//! ```text
//!               ┌── the WebSocket       first, so that `5` is seen before the GET that was sent behind it
//!  one turn ────┼── an errand of HTTP
//!  (in this     ├── the client of a held GET hung up
//!   order)      └── a deadline
//!
//!  what everyone hears comes between turns, from the [ear](super::ear) of the room, and wakes nobody
//! ```

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::spawn_local;
use tokio::time::{Sleep, sleep_until};

use super::clock::Clock;
use super::ear::{Ears, Listening};
use super::incomplete::Portion;
use super::leaving::Leaving;
use super::sessions::{Entered, Errand, HeldGet};
use super::shutdown::Busy;
use super::watch::Watch;
use super::websocket::{self, WebSocket};
use super::worker::Local;
use crate::engine_io::{Input, Reason, Refusal, Transport};
use crate::hub::{Guest, Membership, Output};
use crate::now::Now;

/// One session and all that belongs to it.
pub(super) struct SessionTask {
    /// Itself, for the lists of the rooms it is in.
    me: Weak<RefCell<SessionTask>>,
    guest: Guest,
    clock: Clock,
    entered: Entered,
    websocket: Option<WebSocket>,
    /// A GET that may not be looked at before what came over the WebSocket.
    deferred: Option<HeldGet>,
    /// The GET that is held.
    held: Option<oneshot::Sender<Result<String, Refusal>>>,
    /// Whoever is to be told that it is.
    tell_held: Option<oneshot::Sender<()>>,
    /// Goes off when the guest's next deadline is due, and for when it is set.
    timer: Pin<Box<Sleep>>,
    set_for: Duration,
    ears: Ears,
    listening: Vec<Listening>,
    leaving: Leaving,
    waker: Waker,
    watch: Watch,
    /// Room for a packet whose attachments are still to come.
    portion: Portion,
    is_over: bool,
    _busy: Busy,
}

/// What happened.
enum Turn {
    WebSocket(websocket::Event),
    Errand(Errand),
    Deferred(HeldGet),
    HungUp,
    Timeout,
    Shutdown,
}

impl SessionTask {
    /// Begins to look after a session, with the WebSocket on which it was born if there is one, until it is over.
    pub(super) fn spawn(guest: Guest, entered: Entered, local: &Local, websocket: Option<WebSocket>) {
        let (clock, shutdown) = (local.shared.clock, local.shared.shutdown.clone());
        let due = guest.poll_timeout().unwrap_or_default();
        let task = Rc::new_cyclic(|me| {
            RefCell::new(Self {
                me: me.clone(),
                timer: Box::pin(sleep_until(clock.instant(due))),
                set_for: due,
                watch: local.shared.watch(entered.sid(), guest.transport()),
                portion: local.shared.incomplete.portion(),
                guest,
                clock,
                entered,
                websocket,
                deferred: None,
                held: None,
                tell_held: None,
                ears: local.ears.clone(),
                listening: Vec::new(),
                _busy: shutdown.busy(),
                leaving: Leaving::new(shutdown),
                waker: Waker::noop().clone(),
                is_over: false,
            })
        });
        spawn_local(async move {
            poll_fn(|cx| task.borrow_mut().poll(cx)).await;
        });
    }

    /// Passes on what was said in its rooms, and writes it. The task is woken only if there is more to be done.
    pub(super) fn hear(&mut self, now: Now) {
        if self.is_over {
            return;
        }
        self.guest.handle_broadcasts(now);
        self.transmit(WebSocket::is_full);
        let is_stuck = self.websocket.as_mut().is_some_and(|websocket| !websocket.try_write());
        self.take_stock();
        if is_stuck || self.guest.has_output() || self.guest.poll_timeout() < Some(self.set_for) {
            self.waker.wake_by_ref();
        }
    }

    /// Ends the session without a word: what is left of it cannot be trusted.
    pub(super) fn abandon(&mut self) {
        self.is_over = true;
        self.waker.wake_by_ref();
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.is_over {
            let polled = self.poll_turns(cx);
            self.take_stock();
            ready!(polled);
        }
        while let Some(errand) = ready!(self.entered.poll_late(cx)) {
            // Whoever waits for an answer sees that there will be none; what is left of this session cannot be trusted.
            if let Errand::Upgrade(websocket) = *errand {
                self.refuse_websocket(*websocket);
            }
        }
        Poll::Ready(())
    }

    fn poll_turns(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.waker.clone_from(cx.waker());
        if self.guest.is_busy() {
            self.guest.handle_rest(self.clock.now());
        }
        for _ in 0..TURNS {
            if !self.is_over {
                self.carry_out();
            }
            if self.is_over {
                return Poll::Ready(());
            }
            if self.listen() {
                continue;
            }
            if let Some(waiting) = self.tell_held.take() {
                tell(waiting, ());
            }
            if self.guest.is_busy() {
                break;
            }
            let Poll::Ready(turn) = self.poll_turn(cx) else { return Poll::Pending };
            self.take(turn);
        }
        // Everyone else first.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Gets on the list of every room that it is in, and off all others; says whether there may be news because of that.
    fn listen(&mut self) -> bool {
        if self.guest.rooms().map(Membership::room).eq(self.listening.iter().map(Listening::room)) {
            return false;
        }
        let mut before = std::mem::take(&mut self.listening);
        for place in self.guest.rooms() {
            let known = before.iter().position(|listening| listening.room() == place.room());
            let listening = match known {
                Some(index) => before.swap_remove(index),
                None => self.ears.listen(place, self.me.clone()),
            };
            self.listening.reserve_exact(1);
            self.listening.push(listening);
        }
        self.guest.handle_broadcasts(self.clock.now());
        true
    }

    /// Waits for the next thing to happen.
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if let Some(websocket) = &mut self.websocket
            && let Poll::Ready(event) = websocket.poll_next(cx)
        {
            return Poll::Ready(Turn::WebSocket(event));
        }
        if self.deferred.is_some()
            && !self.may_be_upgraded_unseen()
            && let Some(get) = self.deferred.take()
        {
            return Poll::Ready(Turn::Deferred(get));
        }
        if let Poll::Ready(errand) = self.entered.errands.poll_recv(cx) {
            let errand = errand.expect("a session that runs is in the table, with a sender");
            return Poll::Ready(Turn::Errand(*errand));
        }
        if let Some(held) = &mut self.held
            && held.poll_closed(cx).is_ready()
        {
            return Poll::Ready(Turn::HungUp);
        }
        if self.poll_timer(cx).is_ready() {
            return Poll::Ready(Turn::Timeout);
        }
        self.leaving.poll(cx, self.clock).map(|()| Turn::Shutdown)
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let deadlines = [self.guest.poll_timeout(), self.leaving.poll_timeout()];
        let Some(due) = deadlines.into_iter().flatten().min() else { return Poll::Pending };
        if due != self.set_for {
            self.timer.as_mut().reset(self.clock.instant(due));
            self.set_for = due;
        }
        self.timer.as_mut().poll(cx)
    }

    fn take(&mut self, turn: Turn) {
        match turn {
            Turn::WebSocket(event) => self.handle_websocket(event),
            Turn::Errand(Errand::Get(get)) if self.deferred.is_none() => self.deferred = Some(get),
            Turn::Errand(errand) => self.handle_errand(errand),
            Turn::Deferred(get) => self.handle_errand(Errand::Get(get)),
            Turn::HungUp => {
                self.held = None;
                self.input(Input::GetAborted).unwrap_or_default();
            }
            Turn::Timeout => self.handle_timeout(),
            Turn::Shutdown => self.guest.close(Reason::Shutdown, self.clock.now()),
        }
    }

    fn handle_timeout(&mut self) {
        let now = self.clock.now();
        self.guest.handle_timeout(now);
        if self.leaving.is_due(now.mono) {
            self.guest.close(Reason::Shutdown, now);
        }
    }

    /// Does what the guest decided, and hands frames on, until there is nothing of either.
    fn carry_out(&mut self) {
        loop {
            while let Some(output) = self.guest.poll_output() {
                match output {
                    Output::Answer(body) => self.answer(body),
                    Output::CloseWebSocket => self.close_websocket(),
                    Output::Closed(reason) => {
                        if let Some(held) = self.held.take() {
                            tell(held, Err(Refusal::after(reason)));
                        }
                        self.watch.close(self.entered.sid(), reason);
                        self.is_over = true;
                    }
                }
            }
            // Room for a frame may be room for something that decides more.
            if !self.transmit(WebSocket::is_full) {
                return;
            }
        }
    }

    fn answer(&mut self, body: String) {
        let Some(held) = self.held.take() else { return };
        self.watch.body_out(&body);
        if held.send(Ok(body)).is_err() {
            // The client hung up just now, and the body is lost: the session must not go on with a gap.
            self.guest.close(Reason::TransportError, self.clock.now());
        }
    }

    fn handle_websocket(&mut self, event: websocket::Event) {
        let result = match event {
            websocket::Event::Text(text) => {
                self.watch.text_in(&text);
                self.input(Input::Text(&text))
            }
            websocket::Event::Binary(bytes) => {
                self.watch.binary_in(&bytes);
                self.input(Input::Binary(&bytes))
            }
            websocket::Event::Writable => Ok(()),
            websocket::Event::Closed => {
                if let Some(websocket) = self.watch.see_off(self.websocket.take()) {
                    self.leaving.let_finish(websocket.finish(self.leaving.farewell()));
                }
                self.input(Input::WebSocketClosed)
            }
        };
        // A refusal is for a request, and this was none: the session is over, and says so by itself.
        result.unwrap_or_default();
    }

    /// Says whether there may be a `5` that was sent before a GET which has just come on another connection: the kernel has
    /// both in that order, but the runtime may have been told of the GET alone.
    fn may_be_upgraded_unseen(&self) -> bool {
        self.guest.transport() == Transport::Polling
            && self.websocket.as_ref().is_some_and(WebSocket::has_unread)
    }

    fn handle_errand(&mut self, errand: Errand) {
        match errand {
            Errand::Get(HeldGet { answer, held }) => match self.input(Input::Get) {
                Ok(()) => (self.held, self.tell_held) = (Some(answer), Some(held)),
                Err(refusal) => tell(answer, Err(refusal)),
            },
            Errand::StartPost { content_type, done } => {
                tell(done, self.input(Input::PostStarted { content_type: content_type.as_deref() }));
            }
            Errand::Post { body, done } => tell(done, self.input_body(body)),
            Errand::WholePost { content_type, body, done } => {
                let started = self.input(Input::PostStarted { content_type: content_type.as_deref() });
                tell(done, started.and_then(|()| self.input_body(body)));
            }
            Errand::RefusePost => self.input(Input::PostRefused).unwrap_or_default(),
            Errand::AbortPost => self.input(Input::PostAborted).unwrap_or_default(),
            Errand::Upgrade(websocket) => self.handle_upgrade(*websocket),
        }
    }

    fn handle_upgrade(&mut self, websocket: WebSocket) {
        // If the one before it is due to be given up, that one must be closed first.
        let now = self.clock.now();
        self.guest.handle_timeout(now);
        self.carry_out();
        match self.guest.handle_input(Input::WebSocketOpened, now) {
            Ok(()) => self.websocket = Some(self.watch.welcome(websocket)),
            // Ours: 101, then a close frame at once. Public suites take an HTTP refusal here for a failure of their own.
            Err(_) => self.refuse_websocket(websocket),
        }
    }

    fn refuse_websocket(&self, websocket: WebSocket) {
        self.watch.refuse_websocket();
        self.leaving.let_finish(websocket.close(self.leaving.farewell()));
    }

    fn input(&mut self, input: Input<'_>) -> Result<(), Refusal> {
        let now = self.clock.now();
        let result = self.guest.handle_input(input, now);
        self.watch.is_on(self.guest.transport());
        if !self.portion.hold(self.guest.incomplete()) {
            self.guest.close(Reason::NoRoom, now);
        }
        result
    }

    fn input_body(&mut self, body: Vec<u8>) -> Result<(), Refusal> {
        self.watch.body_in(&body);
        self.input(Input::Post(body))
    }

    fn close_websocket(&mut self) {
        let _ = self.transmit(|_| false);
        if let Some(websocket) = self.watch.see_off(self.websocket.take()) {
            self.leaving.let_finish(websocket.close(self.leaving.farewell()));
        }
    }

    /// Hands frames to the WebSocket until it has enough of them; says whether there were any.
    fn transmit(&mut self, is_enough: impl Fn(&mut WebSocket) -> bool) -> bool {
        let Some(websocket) = &mut self.websocket else { return false };
        let mut any = false;
        while !is_enough(websocket) {
            let Some(slip) = self.guest.poll_transmit() else { break };
            self.watch.frame_out(slip.frame());
            websocket.send(slip);
            any = true;
        }
        any
    }

    /// Brings the session's share of the gauges up to date.
    fn take_stock(&mut self) {
        let queued = self.guest.unsent().bytes() + self.websocket.as_ref().map_or(0, WebSocket::queued);
        self.watch.take_stock(self.guest.transport(), queued, self.guest.take_tally());
    }
}

/// A client may send a thousand messages in one segment. After so many turns everyone else gets one, so that those who
/// listen are not overtaken by what they are to hear.
const TURNS: u32 = 16;

fn tell<T>(who: oneshot::Sender<T>, what: T) {
    // Who hung up does not want to know.
    let _ = who.send(what);
}
