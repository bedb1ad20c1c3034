//! The floor: what this machine takes for a broadcast, without a protocol.
//!
//! One thread a core, each with its own share of the sockets. A message becomes one frame, and every thread writes it to each
//! of its sockets by one `write`: what that costs is the kernel's, and every server pays it.
//!
//! ```text
//!                 accept ──> thread 0 ── its sockets      "GET …"   -> 101, open packet
//!                       └──> thread 1 ── its sockets      40        -> the CONNECT answer
//!  message at thread 0: frame ──> thread 1                42…       -> one frame to everyone
//! ```
//!
//! Nothing is known of a socket but the socket: a request or a frame that is split over two reads is not understood, and
//! a frame that does not fit a socket's buffer is dropped, and counted (SIGTERM is the end; the count is told as it grows).
//! It never pings and knows no polling. A history it pretends: the newest message as often as the others would send older ones
//! along, so that as many bytes go out.
//!
//! ```text
//! PORT=3000 HISTORY=1 floor
//! ```

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use memchr::memmem;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token, Waker};
use wire42_bench::frame::{Head, Opcode, unmask, write_plain};

fn main() -> io::Result<()> {
    let setting = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u16>().ok());
    let listener = TcpListener::bind(("127.0.0.1", setting("PORT").unwrap_or(3000)))?;
    let history = setting("HISTORY").unwrap_or(1).into();
    let mut shares = Vec::new();
    let mut doors = Vec::new();
    for _ in 0..thread::available_parallelism()?.get() {
        let (share, door) = Share::new(history)?;
        shares.push(share);
        doors.push(door);
    }
    for mut share in shares {
        share.doors = doors.clone();
        thread::spawn(move || share.serve().expect("epoll works"));
    }
    for turn in 0.. {
        let (stream, _) = listener.accept()?;
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        doors[turn % doors.len()].hand(Errand::Serve(TcpStream::from_std(stream)));
    }
    Ok(())
}

/// What one thread is given by another.
enum Errand {
    Serve(TcpStream),
    Write(Arc<[u8]>),
}

/// The way to a thread.
#[derive(Clone)]
struct Door {
    errands: Sender<Errand>,
    waker: Arc<Waker>,
}

impl Door {
    fn hand(&self, errand: Errand) {
        self.errands.send(errand).expect("a thread never ends");
        self.waker.wake().expect("an eventfd takes a wake-up");
    }
}

/// One thread and its sockets.
struct Share {
    poll: Poll,
    errands: Receiver<Errand>,
    /// Every thread's, this one's too.
    doors: Vec<Door>,
    /// By token; a place is not used again.
    sockets: Vec<Option<TcpStream>>,
    /// How often a message stands in a frame.
    history: usize,
}

impl Share {
    fn new(history: usize) -> io::Result<(Self, Door)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), DOOR)?);
        let (sender, errands) = channel();
        let share = Self { poll, errands, doors: Vec::new(), sockets: Vec::new(), history };
        Ok((share, Door { errands: sender, waker }))
    }

    fn serve(&mut self) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        let mut buffer = vec![0; READ_BUFFER];
        loop {
            match self.poll.poll(&mut events, None) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                if event.token() != DOOR {
                    self.read(event.token().0, &mut buffer);
                }
            }
            while let Ok(errand) = self.errands.try_recv() {
                match errand {
                    Errand::Serve(stream) => self.admit(stream)?,
                    Errand::Write(frame) => self.write(&frame),
                }
            }
        }
    }

    fn admit(&mut self, mut stream: TcpStream) -> io::Result<()> {
        self.poll.registry().register(&mut stream, Token(self.sockets.len()), Interest::READABLE)?;
        self.sockets.push(Some(stream));
        Ok(())
    }

    fn write(&mut self, frame: &[u8]) {
        for socket in &mut self.sockets {
            let Some(stream) = socket else { continue };
            match stream.write(frame) {
                Ok(len) if len == frame.len() => continue,
                // Half a frame: what follows would be read as its end.
                Ok(_) => *socket = None,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => *socket = None,
            }
            eprintln!("floor: {} frames dropped", DROPPED.fetch_add(1, Ordering::Relaxed) + 1);
        }
    }

    fn read(&mut self, index: usize, buffer: &mut [u8]) {
        loop {
            let Some(stream) = &mut self.sockets[index] else { return };
            match stream.read(buffer) {
                Ok(0) => self.sockets[index] = None,
                Ok(len) => {
                    self.answer(index, &mut buffer[..len]);
                    if len < buffer.len() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.sockets[index] = None,
            }
        }
    }

    fn answer(&mut self, index: usize, mut bytes: &mut [u8]) {
        if bytes.starts_with(b"GET ") {
            self.tell(index, &[SWITCHING_PROTOCOLS.as_bytes(), &text(OPEN)].concat());
            return;
        }
        while let Some(head) = Head::parse(bytes).filter(|head| head.len + head.payload_len <= bytes.len()) {
            let (frame, rest) = bytes.split_at_mut(head.len + head.payload_len);
            bytes = rest;
            let payload = &mut frame[head.len..];
            unmask(payload, head.mask.unwrap_or_default());
            match payload {
                [b'4', b'0', ..] => self.tell(index, &[text(CONNECTED), text(NOTHING_SAID)].concat()),
                [b'4', b'2', ..] => self.broadcast(payload),
                _ => {}
            }
        }
    }

    fn tell(&mut self, index: usize, bytes: &[u8]) {
        if let Some(stream) = &mut self.sockets[index] {
            // What does not fit is lost; so little fits.
            let _ = stream.write(bytes);
        }
    }

    /// As many bytes as the others send, made from what came without a look at it.
    fn broadcast(&mut self, packet: &[u8]) {
        let Some(at) = memmem::find(packet, INPUT) else { return };
        let said = packet[at + INPUT.len()..].strip_suffix(br#""}]"#).unwrap_or_default();
        let entries = vec![[BEFORE, said, BEHIND].concat(); self.history].join(&b',');
        let frame: Arc<[u8]> = text(&[br#"42["message",["#, &entries[..], b"]]"].concat()).into();
        for door in &self.doors {
            door.hand(Errand::Write(Arc::clone(&frame)));
        }
    }
}

fn text(payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    write_plain(&mut frame, Opcode::TEXT, payload);
    frame
}

/// Frames that did not fit, of all threads.
static DROPPED: AtomicU64 = AtomicU64::new(0);

const DOOR: Token = Token(usize::MAX);

/// A message of 4 KB and its head, many times.
const READ_BUFFER: usize = 64 * 1024;

/// The answer to the key that the load sends in every request.
const SWITCHING_PROTOCOLS: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const OPEN: &[u8] = br#"0{"sid":"AAAAAAAAAAAAAAAAAAAA","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
const CONNECTED: &[u8] = br#"40{"sid":"AAAAAAAAAAAAAAAAAAAA"}"#;
const NOTHING_SAID: &[u8] = br#"42["message",[]]"#;
const INPUT: &[u8] = br#""input":""#;
const BEFORE: &[u8] = br#"{"clientId":"AAAAAAAAAAAAAAAAAAAA","name":"bench","message":""#;
const BEHIND: &[u8] = br#"","timeStamp":"19:03"}"#;
