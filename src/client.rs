//! One client's whole stack: a Socket.IO connection that rides in an Engine.IO session.
//!
//! ```text
//!   Joining, Event, Ack, Left      accept, refuse, send
//!            ^                              │
//!       Connection        2["message",…]    │       socket_io
//!            │  the one place that knows of the 4   client
//!         Session        42["message",…]    v       engine_io
//!            ^                              │
//!      GET, POST, text, binary       bodies, frames
//! ```
//!
//! With the application `engine-echo` there is no Socket.IO: every message goes back as it came.
//!
//! ```
//! use wire42::client::{Client, Output, Terms};
//! use wire42::engine_io::{Config, Input, Session};
//! use wire42::now::Now;
//! use wire42::socket_io::Happening;
//!
//! let now = Now::default();
//! let mut client = Client::new(Session::websocket("Kx", Config::default(), now), Terms::default(), now);
//! client.handle_input(Input::Text("40"), now)?;
//! assert!(matches!(client.poll_output(), Some(Output::Happened(Happening::Joining { .. }))));
//! # Ok::<(), wire42::engine_io::Refusal>(())
//! ```
//!
//! What becomes of it is said by an application, in [`app`](crate::app).

use std::collections::VecDeque;
use std::time::Duration;

use crate::engine_io::{self, Input, Reason, Refusal, Session, Slip, Tally};
use crate::frame::{Frame, Parcel};
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::{Connection, Happening, Kind, MAX_EVENT, Namespace, Packet, Violation};

/// One client, from the bytes of its transport to its sockets.
///
/// ```
/// use wire42::client::{Client, Terms};
/// use wire42::engine_io::{Config, Input, Session, Transport};
/// use wire42::now::Now;
/// use wire42::socket_io::Namespace;
///
/// let now = Now::default();
/// let mut client = Client::new(Session::websocket("Kx", Config::default(), now), Terms::default(), now);
/// client.handle_input(Input::Text("40"), now)?;
/// client.poll_output();
/// client.accept(&Namespace::main(), "John", None);
///
/// let sent: Vec<_> = std::iter::from_fn(|| client.poll_transmit()).collect();
/// assert!(sent[0].frame().bytes().starts_with(br#"0{"sid":"Kx""#));
/// assert_eq!(sent[1].frame().bytes(), br#"40{"sid":"John"}"#);
/// assert_eq!(client.session().transport(), Transport::WebSocket);
/// # Ok::<(), wire42::engine_io::Refusal>(())
/// ```
#[derive(Debug)]
pub struct Client {
    session: Session,
    upper: Upper,
    connect_timeout: Duration,
    decided: VecDeque<Output>,
    now: Duration,
    reason: Reason,
}

/// What a client must keep to.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// From the handshake, or from leaving the last namespace, to joining one.
    pub connect_timeout: Duration,
    /// Bytes of a binary packet, with all its attachments.
    pub max_event: usize,
}

impl Default for Terms {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(45), max_event: MAX_EVENT }
    }
}

/// What the caller is to do.
#[derive(Debug, PartialEq)]
pub enum Output {
    /// Something for the hub.
    Happened(Happening),
    /// Answer the GET that is held with this body.
    Answer(String),
    /// Close the WebSocket, behind what [`Client::poll_transmit`] still gives.
    CloseWebSocket,
    /// Forget the client. Always the last, always once.
    Closed(Reason),
}

/// What stands on the session.
#[derive(Debug)]
enum Upper {
    SocketIo(Connection),
    /// Engine.IO alone, for those who test a transport.
    Echo,
}

impl Client {
    /// Puts Socket.IO on a session.
    pub fn new(session: Session, terms: Terms, now: Now) -> Self {
        let connection = Connection::new(now.mono + terms.connect_timeout, terms.max_event);
        Self::on(session, Upper::SocketIo(connection), terms, now)
    }

    /// Sends every message of a session back.
    ///
    /// ```
    /// # use wire42::{client::Client, engine_io::{Config, Input, Session}, now::Now};
    /// # let now = Now::default();
    /// let mut client = Client::echoing(Session::websocket("Kx", Config::default(), now), now);
    /// # client.poll_transmit();
    /// client.handle_input(Input::Text("4hello"), now)?;
    /// assert_eq!(client.poll_output(), None);
    /// assert_eq!(client.poll_transmit().expect("an echo").frame().bytes(), b"4hello");
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn echoing(session: Session, now: Now) -> Self {
        Self::on(session, Upper::Echo, Terms::default(), now)
    }

    fn on(session: Session, upper: Upper, terms: Terms, now: Now) -> Self {
        Self {
            session,
            upper,
            connect_timeout: terms.connect_timeout,
            // One thing at a time is decided; a queue that grows by itself would begin with four places.
            decided: VecDeque::with_capacity(1),
            now: now.mono,
            reason: Reason::TransportClose,
        }
    }

    /// Takes an input. Deadlines that have passed are handled first.
    ///
    /// # Errors
    ///
    /// What the HTTP request, or the WebSocket, that caused the input is to be told.
    pub fn handle_input(&mut self, input: Input<'_>, now: Now) -> Result<(), Refusal> {
        self.handle_timeout(now);
        self.session.handle_input(input, now)
    }

    /// Does what is due: of the session, and of a client that has joined no namespace in time.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use wire42::{client::{Client, Output, Terms}, engine_io::{Config, Reason, Session}, now::Now};
    /// # let now = Now::default();
    /// let terms = Terms { connect_timeout: Duration::from_secs(10), ..Terms::default() };
    /// let mut client = Client::new(Session::websocket("Kx", Config::default(), now), terms, now);
    /// assert_eq!(client.poll_timeout(), Some(Duration::from_secs(10)));
    /// client.handle_timeout(Now { mono: Duration::from_secs(10), unix: 0 });
    /// assert_eq!(client.poll_output(), Some(Output::CloseWebSocket));
    /// assert_eq!(client.poll_output(), Some(Output::Closed(Reason::ForcedClose)));
    /// ```
    pub fn handle_timeout(&mut self, now: Now) {
        self.now = now.mono;
        self.session.handle_timeout(now);
        if self.connect_by().is_some_and(|by| by <= now.mono) {
            self.session.close(Reason::ForcedClose);
        }
    }

    /// Lets the client in where it asked to be, under this socket id, and with what it must show to have that id again.
    pub fn accept(&mut self, namespace: &Namespace, socket: &str, pid: Option<&str>) {
        let Upper::SocketIo(connection) = &mut self.upper else { return };
        connection.accept(namespace);
        let data = Some(match pid {
            // Reference: connection state recovery, in this order.
            Some(pid) => format!(r#"{{"sid":"{socket}","pid":"{pid}"}}"#),
            None => format!(r#"{{"sid":"{socket}"}}"#),
        });
        self.session
            .send_apart(message(Packet { namespace: namespace.clone(), kind: Kind::Connect { data } }));
    }

    /// Keeps the client out, with a JSON object that says why.
    ///
    /// ```
    /// # use wire42::{client::{Client, Output, Terms}, engine_io::{Config, Input, Session}, now::Now, socket_io::Namespace};
    /// # let now = Now::default();
    /// # let mut client = Client::new(Session::websocket("Kx", Config::default(), now), Terms::default(), now);
    /// # client.poll_transmit();
    /// client.handle_input(Input::Text("40/nowhere,"), now)?;
    /// # client.poll_output();
    /// let nowhere = Namespace::parse("/nowhere").expect("it begins with a slash");
    /// client.refuse(&nowhere, r#"{"message":"Invalid namespace"}"#.to_owned());
    /// let told = client.poll_transmit().expect("a CONNECT is answered");
    /// assert_eq!(told.frame().bytes(), br#"44/nowhere,{"message":"Invalid namespace"}"#);
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn refuse(&mut self, namespace: &Namespace, data: String) {
        let Upper::SocketIo(connection) = &mut self.upper else { return };
        connection.refuse(namespace);
        self.send(message(Packet { namespace: namespace.clone(), kind: Kind::ConnectError { data } }));
    }

    /// Takes the client out of a namespace, and tells it.
    ///
    /// ```
    /// # use wire42::{client::{Client, Output, Terms}, engine_io::{Config, Input, Session}, now::Now, socket_io::Namespace};
    /// # let now = Now::default();
    /// # let mut client = Client::new(Session::websocket("Kx", Config::default(), now), Terms::default(), now);
    /// # client.handle_input(Input::Text("40"), now)?;
    /// # client.poll_output();
    /// client.accept(&Namespace::main(), "John", None);
    /// client.disconnect(&Namespace::main());
    /// assert!(matches!(client.poll_output(), Some(Output::Happened(_))));
    /// # let later = Now { mono: std::time::Duration::from_millis(5), unix: 0 };
    /// # while client.poll_transmit().is_some() {}
    /// # client.handle_timeout(later);
    /// assert_eq!(client.poll_transmit().expect("it is told").frame().bytes(), b"41");
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn disconnect(&mut self, namespace: &Namespace) {
        let Upper::SocketIo(connection) = &mut self.upper else { return };
        if !connection.joined().contains(namespace) {
            return;
        }
        connection.leave(namespace, self.now + self.connect_timeout);
        let left = Happening::Left { namespace: namespace.clone(), for_good: true };
        self.decided.push_back(Output::Happened(left));
        self.send(message(Packet { namespace: namespace.clone(), kind: Kind::Disconnect }));
    }

    /// Queues a parcel that this client is owed.
    pub fn send(&mut self, parcel: Parcel) {
        self.session.send(parcel);
    }

    /// Queues a parcel that everyone is told; to be called while there [is room](Self::has_room).
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Session}, now::Now, frame::{Frame, Parcel}};
    /// # let now = Now::default();
    /// # let mut client = Client::new(Session::websocket("Kx", Config::default(), now), Terms::default(), now);
    /// let parcel = Parcel::from(Frame::Text(r#"42["message",[]]"#.to_owned()));
    /// client.send(parcel.clone());
    /// assert_eq!(client.take_tally().deliveries, 0);
    /// assert!(client.has_room());
    /// client.send_broadcast(parcel);
    /// assert_eq!(client.take_tally().deliveries, 1);
    /// ```
    pub fn send_broadcast(&mut self, parcel: Parcel) {
        self.session.send_broadcast(parcel);
    }

    /// Ends the session.
    ///
    /// ```
    /// # use wire42::{client::{Client, Output, Terms}, engine_io::{Config, Reason, Session}, now::Now};
    /// # let now = Now::default();
    /// # let mut client = Client::new(Session::websocket("Kx", Config::default(), now), Terms::default(), now);
    /// client.close(Reason::Kicked);
    /// assert_eq!(client.poll_output(), Some(Output::CloseWebSocket));
    /// assert_eq!(client.poll_output(), Some(Output::Closed(Reason::Kicked)));
    /// ```
    pub fn close(&mut self, reason: Reason) {
        self.session.close(reason);
    }

    /// Gives the next thing to do.
    pub fn poll_output(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.decided.pop_front() {
                return Some(output);
            }
            match self.session.poll_output()? {
                engine_io::Output::Message(frame) => self.receive(frame),
                engine_io::Output::Ended(reason) => self.end(reason),
                engine_io::Output::Answer(body) => return Some(Output::Answer(body)),
                engine_io::Output::CloseWebSocket => return Some(Output::CloseWebSocket),
                engine_io::Output::Closed => return Some(Output::Closed(self.reason)),
            }
        }
    }

    /// Gives the next frame for the WebSocket, when that has room for one.
    pub fn poll_transmit(&mut self) -> Option<Slip> {
        self.session.poll_transmit()
    }

    /// Says when [`handle_timeout`](Self::handle_timeout) is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let session = self.session.poll_timeout()?;
        Some(self.connect_by().map_or(session, |by| by.min(session)))
    }

    /// Gives what was counted, and begins anew.
    pub fn take_tally(&mut self) -> Tally {
        self.session.take_tally()
    }

    /// Says whether another broadcast fits.
    pub fn has_room(&self) -> bool {
        self.session.has_room()
    }

    /// Counts the bytes of a packet that is not complete.
    ///
    /// ```
    /// # use wire42::{client::{Client, Terms}, engine_io::{Config, Input, Session}, now::Now, socket_io::Namespace};
    /// # let now = Now::default();
    /// # let mut client = Client::new(Session::websocket("Kx", Config::default(), now), Terms::default(), now);
    /// # client.handle_input(Input::Text("40"), now)?;
    /// # client.poll_output();
    /// # client.accept(&Namespace::main(), "John", None);
    /// client.handle_input(Input::Text(r#"451-["photo",{"_placeholder":true,"num":0}]"#), now)?;
    /// assert!(client.poll_output().is_none() && client.incomplete() > 0);
    /// client.handle_input(Input::Binary(&[0x89, 0x50]), now)?;
    /// assert!(client.poll_output().is_some() && client.incomplete() == 0);
    /// # Ok::<(), wire42::engine_io::Refusal>(())
    /// ```
    pub fn incomplete(&self) -> usize {
        match &self.upper {
            Upper::SocketIo(connection) => connection.incomplete(),
            Upper::Echo => 0,
        }
    }

    /// Gives the session below.
    pub fn session(&self) -> &Session {
        &self.session
    }

    fn receive(&mut self, frame: Frame) {
        let connection = match &mut self.upper {
            Upper::SocketIo(connection) => connection,
            Upper::Echo => return self.session.send(echo(frame)),
        };
        match connection.receive(frame) {
            Ok(None) => {}
            Ok(Some(happening)) => {
                // Socket.IO v5, Disconnection from a namespace: no answer, and the transport stays.
                if let Happening::Left { namespace, .. } = &happening {
                    connection.leave(namespace, self.now + self.connect_timeout);
                    if planted("disconnect-closes-transport") {
                        self.session.close(Reason::ForcedClose);
                    }
                }
                self.decided.push_back(Output::Happened(happening));
            }
            Err(Violation::Unreadable(_)) if planted("sio-garbage-ignored") => {}
            Err(Violation::OutOfPlace) if planted("state-violation-ignored") => {}
            Err(_) => self.session.close(Reason::ForcedClose),
        }
    }

    fn end(&mut self, reason: Reason) {
        self.reason = reason;
        if let Upper::SocketIo(connection) = &mut self.upper {
            let for_good = reason.is_for_good();
            let left = connection.leave_all().into_iter();
            let left = left.map(|namespace| Happening::Left { namespace, for_good });
            self.decided.extend(left.map(Output::Happened));
        }
    }

    fn connect_by(&self) -> Option<Duration> {
        match &self.upper {
            Upper::SocketIo(connection) => connection.poll_timeout(),
            Upper::Echo => None,
        }
    }
}

/// Puts a Socket.IO packet into an Engine.IO message: the text behind a `4`, each attachment in a frame of its own.
///
/// ```
/// use wire42::client::message;
/// use wire42::socket_io::{Args, Kind, Namespace, Packet};
///
/// let args = Args::event("hello", &["1"]);
/// let parcel = message(Packet { namespace: Namespace::main(), kind: Kind::Event { id: None, args } });
/// assert_eq!(parcel.frames()[0].bytes(), br#"42["hello",1]"#);
/// ```
pub fn message(packet: Packet) -> Parcel {
    packet.encode("4")
}

fn echo(frame: Frame) -> Parcel {
    Parcel::from(match frame {
        Frame::Text(text) => Frame::Text(format!("4{text}")),
        binary @ Frame::Binary(_) => binary,
    })
}
