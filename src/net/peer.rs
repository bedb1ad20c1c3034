//! One HTTP connection: its requests are read one by one and walked to their sessions.
//!
//! ```text
//! GET, no sid        a session is born; its open packet is the answer
//! GET, sid           an errand; held until the session answers, or the client hangs up
//! POST, sid          two errands: when the head is there, and when the body is
//! Upgrade            101, then the connection belongs to a session task
//! POST /explain      read, and answered, here
//! ```

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::mpsc::error::SendError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tracing::debug;

use super::admission::Full;
use super::connections::Place;
use super::http::{BodyError, Connection, Request, RequestError, Response, Upgrade};
use super::incomplete::Portion;
use super::meter::{self, Count, Metered};
use super::page::{EXPLAIN_LIMIT, explained};
use super::route::Route;
use super::sessions::{Errand, HeldGet};
use super::shutdown::Phase;
use super::stream::Stream;
use super::websocket::{Farewell, WebSocket};
use super::worker::{Arrival, Local};
use crate::engine_io::{Intent, Refusal, Transport, Want};
use crate::planted::planted;

/// Serves one connection until it is closed, or has become a WebSocket. In a crowd it is served once, and only if it comes
/// for a session that there is.
pub(super) async fn serve(tcp: TcpStream, mut place: Place, local: Local) {
    let Some(stream) = open(tcp, &mut place, &local).await else { return };
    let mut peer = Peer {
        http: Connection::with_deadlines(Metered::new(stream), local.shared.deadlines()),
        place,
        has_served: false,
        local,
    };
    loop {
        let request = match peer.next_request().await {
            None => return,
            Some(Ok(Some(request))) => request,
            Some(Ok(None)) => break,
            Some(Err(error)) => {
                debug!(%error, "bad request");
                peer.reply(None, &error.response()).await;
                break;
            }
        };
        let busy = peer.local.shared.shutdown.busy();
        match peer.walk(&request).await {
            Walked::Answer(response) => peer.reply(Some(&request), &response).await,
            Walked::Explained(response, room) => {
                peer.reply(Some(&request), &response).await;
                drop(room);
            }
            Walked::Refused(refusal) => peer.refuse(&request, refusal).await,
            Walked::TurnedAway(full) => peer.turn_away(&request, full).await,
            Walked::Gone => break,
            Walked::Upgrade(upgrade) => return peer.upgrade(upgrade).await,
        }
        drop(busy);
    }
    peer.http.linger().await;
}

struct Peer {
    http: Connection<Metered<Stream>>,
    place: Place,
    /// It has come for a session that there is.
    has_served: bool,
    local: Local,
}

/// What became of a request.
enum Walked {
    Answer(Response),
    /// With the room that the explanation takes until it is written: it may be many times as long as what it explains.
    Explained(Response, Portion),
    Refused(Refusal),
    TurnedAway(Full),
    /// The client is not there to be answered.
    Gone,
    Upgrade(Upgraded),
}

/// A WebSocket handshake that succeeded, and for whom.
struct Upgraded {
    response: Response,
    session: Whose,
}

/// Whose a WebSocket is.
enum Whose {
    /// A session's that polls.
    Polling(mpsc::Sender<Box<Errand>>),
    /// A session's that is born with it.
    New(Arrival),
}

impl Peer {
    /// Waits for the next request; none if others need the room more.
    async fn next_request(&mut self) -> Option<Result<Option<Request>, RequestError>> {
        let spare = self.place.wait(self.has_served, self.local.shared.clock.mono());
        let request = tokio::select! {
            biased;
            request = self.http.next_request() => Some(request),
            () = spare.let_go() => None,
        };
        drop(spare);
        let request = match request {
            // The kernel may have a request of which the runtime was not told: behind a stop of the process all have waited.
            None if self.http.stream().get_ref().has_unread() => {
                timeout(AT_ONCE, self.http.next_request()).await.ok()
            }
            request => request,
        };
        if request.is_some() {
            self.place.take_again();
        }
        request
    }

    async fn walk(&mut self, request: &Request) -> Walked {
        let intent = match self.local.shared.site.route(request) {
            Route::Engine(intent) => intent,
            Route::Refused(refusal) => return Walked::Refused(refusal),
            Route::Explain => return self.explain(request).await,
            Route::Answer(response) => return Walked::Answer(response),
        };
        match intent {
            Intent::Open(Transport::Polling) => match self.admit(request) {
                Ok(arrival) => {
                    let session = self.local.open_polling(arrival);
                    self.poll(request, session).await
                }
                Err(full) => Walked::TurnedAway(full),
            },
            Intent::Open(Transport::WebSocket) => self.shake_hands(request, None),
            Intent::Resume { sid, want } => {
                let Some(session) = self.local.shared.sessions.find(sid) else {
                    if planted("unknown-sid-ok") {
                        return match want {
                            Want::Upgrade => self.shake_hands(request, None),
                            _ => Walked::Answer(self.local.shared.site.cors.apply(request, Response::ok())),
                        };
                    }
                    return Walked::Refused(Refusal::UnknownSession);
                };
                self.has_served = true;
                match want {
                    Want::Poll => self.poll(request, session).await,
                    Want::Post => self.post(request, session).await,
                    Want::Upgrade => self.shake_hands(request, Some(session)),
                    Want::Refused(refusal) => Walked::Refused(refusal),
                }
            }
        }
    }

    async fn poll(&mut self, request: &Request, session: mpsc::Sender<Box<Errand>>) -> Walked {
        let (answer, mut answered) = oneshot::channel();
        let (held, is_held) = oneshot::channel();
        if session.send(Box::new(Errand::Get(HeldGet { answer, held }))).await.is_err() {
            return Walked::Refused(Refusal::UnknownSession);
        }
        drop(session);
        // A client that closed its sending half behind the request still reads what there is for it at once.
        let at_once = tokio::select! {
            biased;
            answer = &mut answered => Some(answer),
            _ = is_held => None,
        };
        let answer = match at_once {
            Some(answer) => answer,
            None => tokio::select! {
                biased;
                answer = answered => answer,
                // The session learns of it by the answer's channel, which is dropped here.
                () = self.http.hang_up() => return Walked::Gone,
            },
        };
        match answer {
            Ok(Ok(body)) => {
                Walked::Answer(self.local.shared.site.cors.apply(request, Response::payload(body)))
            }
            Ok(Err(refusal)) => Walked::Refused(refusal),
            Err(_) => Walked::Refused(Refusal::UnknownSession),
        }
    }

    async fn post(&mut self, request: &Request, session: mpsc::Sender<Box<Errand>>) -> Walked {
        let content_type = request.header("content-type").map(str::to_owned);
        if let Some(body) = self.http.body_at_hand(request, self.local.shared.max_payload()) {
            let taken = ask(&session, |done| Errand::WholePost { content_type, body, done }).await;
            return self.posted(request, taken);
        }
        if let Err(refusal) = ask(&session, |done| Errand::StartPost { content_type, done }).await {
            return Walked::Refused(refusal);
        }
        let mut portion = self.local.shared.incomplete.portion();
        let has_room = |bytes| portion.hold(bytes);
        match self.http.read_body_while(request, self.local.shared.max_payload(), has_room).await {
            Ok(body) => {
                let taken = ask(&session, |done| Errand::Post { body, done }).await;
                self.posted(request, taken)
            }
            Err(error) => {
                // Reference: a body that is too large costs the request, not the session.
                let errand = match error {
                    BodyError::TooLarge | BodyError::Malformed(_) | BodyError::NoRoom => Errand::RefusePost,
                    BodyError::Gone | BodyError::Timeout => Errand::AbortPost,
                };
                // A session that is over does not mind.
                let _ = session.send(Box::new(errand)).await;
                match error.response() {
                    Some(response) => Walked::Answer(self.local.shared.site.cors.apply(request, response)),
                    None => Walked::Gone,
                }
            }
        }
    }

    async fn explain(&mut self, request: &Request) -> Walked {
        let mut portion = self.local.shared.incomplete.portion();
        let has_room = |bytes| portion.hold(bytes);
        let error = match self.http.read_body_while(request, EXPLAIN_LIMIT, has_room).await {
            Ok(body) => {
                let response = explained(&body);
                if portion.hold(response.body.len()) {
                    return Walked::Explained(response, portion);
                }
                BodyError::NoRoom
            }
            Err(error) => error,
        };
        error.response().map_or(Walked::Gone, Walked::Answer)
    }

    fn posted(&self, request: &Request, taken: Result<(), Refusal>) -> Walked {
        match taken {
            Ok(()) => Walked::Answer(self.local.shared.site.cors.apply(request, Response::ok())),
            Err(refusal) => Walked::Refused(refusal),
        }
    }

    fn shake_hands(&self, request: &Request, session: Option<mpsc::Sender<Box<Errand>>>) -> Walked {
        match Upgrade::agreed(request) {
            Ok(upgrade) => {
                let session = match session {
                    Some(session) => Whose::Polling(session),
                    None => match self.admit(request) {
                        Ok(arrival) => Whose::New(arrival),
                        Err(full) => return Walked::TurnedAway(full),
                    },
                };
                let response = self.local.shared.site.cors.apply(request, upgrade.response());
                Walked::Upgrade(Upgraded { response, session })
            }
            Err(error) => Walked::Answer(self.local.shared.site.cors.apply(request, error.response())),
        }
    }

    async fn upgrade(self, upgrade: Upgraded) {
        // The session's time begins when its handshake was read, not when the answer was written.
        let born = self.local.shared.clock.now();
        let (stream, early) = self.http.into_upgraded();
        // Behind the head of a 101 there is no HTTP any more, and no date in it.
        let head = upgrade.response.to_bytes(false, false, 0);
        let portion = self.local.shared.incomplete.portion();
        let max_payload = self.local.shared.max_payload();
        let websocket =
            WebSocket::new(stream.into_inner(), self.place, portion, head, early, max_payload).await;
        let session = match upgrade.session {
            Whose::New(arrival) => return self.local.open_websocket(arrival, websocket, born),
            Whose::Polling(session) => session,
        };
        if let Err(SendError(errand)) = session.send(Box::new(Errand::Upgrade(Box::new(websocket)))).await
            && let Errand::Upgrade(websocket) = *errand
        {
            // The session has just ended.
            meter::count(Count::UnwantedWebSocket);
            websocket.close(Farewell::Patient).await;
        }
    }

    fn admit(&self, handshake: &Request) -> Result<Arrival, Full> {
        if self.place.is_crowded() { Err(Full::Connections) } else { self.local.admit(handshake) }
    }

    async fn turn_away(&mut self, request: &Request, full: Full) {
        debug!(?full, "turned away");
        meter::count(full.into());
        let response = self.local.shared.site.cors.apply(request, full.response());
        self.answer(Some(request), &response).await;
    }

    /// Answers; what HTTP calls an error is a refusal.
    async fn reply(&mut self, request: Option<&Request>, response: &Response) {
        if let Some(refused) = Count::of_status(response.status) {
            meter::count(refused);
        }
        self.answer(request, response).await;
    }

    /// Answers with a refusal of Engine.IO.
    async fn refuse(&mut self, request: &Request, refusal: Refusal) {
        debug!(%refusal, "refused");
        meter::count(refusal.into());
        let response = self.local.shared.site.refuse(request, refusal);
        self.answer(Some(request), &response).await;
    }

    async fn answer(&mut self, request: Option<&Request>, response: &Response) {
        let is_last = match self.local.shared.shutdown.phase() {
            Phase::Serving => false,
            // A session that stays a little longer could not open another connection: nobody accepts any more.
            Phase::Draining => !self.has_served,
            Phase::Ending => true,
        };
        if is_last || self.place.is_crowded() {
            self.http.end();
        }
        // A peer that is gone, or does not read, is not served again: the next request is `None`.
        let _ = self.http.respond(response, request, self.local.shared.clock.unix()).await;
    }
}

/// Opens a connection: where there is TLS, the peer shakes hands first.
async fn open(tcp: TcpStream, place: &mut Place, local: &Local) -> Option<Stream> {
    let Some(tls) = local.shared.tls() else { return Some(Stream::Plain(tcp)) };
    let spare = place.wait(false, local.shared.clock.mono());
    let accepted = tokio::select! {
        biased;
        accepted = tls.accept(tcp, local.shared.deadlines().head) => accepted,
        () = spare.let_go() => return None,
    };
    if let Err(error) = &accepted {
        debug!(%error, "TLS handshake failed");
        meter::count(Count::TlsFailed);
    }
    accepted.ok()
}

/// Sends a session on an errand and waits for its answer.
async fn ask(
    session: &mpsc::Sender<Box<Errand>>,
    errand: impl FnOnce(oneshot::Sender<Result<(), Refusal>>) -> Errand,
) -> Result<(), Refusal> {
    let (done, answer) = oneshot::channel();
    session.send(Box::new(errand(done))).await.map_err(|_| Refusal::UnknownSession)?;
    answer.await.unwrap_or(Err(Refusal::UnknownSession))
}

/// For a request that is there to be read: not for one that comes byte by byte.
const AT_ONCE: Duration = Duration::from_millis(100);
