//! A client that does as it is told and knows every byte it sent and received.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection.
pub(crate) struct Client {
    tcp: TcpStream,
    traffic: Traffic,
    is_upgraded: bool,
}

/// Bytes that a client sent, and those it received.
#[derive(Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) http: [u64; 2],
    /// From the first byte of the 101 on.
    pub(crate) websocket: [u64; 2],
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Client {
        let tcp = TcpStream::connect(address).unwrap();
        tcp.set_read_timeout(Some(PATIENCE)).unwrap();
        Client { tcp, traffic: Traffic::default(), is_upgraded: false }
    }

    /// Sends a request without a body, and reads the answer.
    pub(crate) fn get(&mut self, target: &str) -> Answer {
        self.ask("GET", target, "")
    }

    /// Sends a request, and reads the answer.
    pub(crate) fn ask(&mut self, method: &str, target: &str, body: &str) -> Answer {
        let length =
            if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        self.write(format!("{method} {target} HTTP/1.1\r\nHost: x\r\n{length}\r\n{body}").as_bytes());
        let head = self.head();
        let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
        let length = if method == "HEAD" { 0 } else { length.unwrap().parse().unwrap() };
        let body = String::from_utf8(self.take(length)).unwrap();
        Answer { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head, body }
    }

    /// Goes on in WebSocket.
    pub(crate) fn upgrade(&mut self, target: &str) {
        let key = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        self.write(format!("GET {target} HTTP/1.1\r\nHost: x\r\n{key}\r\n").as_bytes());
        self.is_upgraded = true;
        let head = self.head();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    }

    /// Sends one small text message.
    pub(crate) fn say(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes());
    }

    /// Sends one small frame, with a mask that changes nothing.
    pub(crate) fn frame(&mut self, first: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).ok().filter(|length| *length < 126).unwrap();
        self.write(&[&[first, 0x80 | length, 0, 0, 0, 0], payload].concat());
    }

    /// Reads one message.
    pub(crate) fn hear(&mut self) -> String {
        let [_, length] = self.take(2)[..] else { unreachable!("two were asked for") };
        let length = match length {
            126 => self.take(2).iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            length => usize::from(length),
        };
        String::from_utf8(self.take(length)).unwrap()
    }

    /// Reads what else comes, until the server hangs up.
    pub(crate) fn hear_out(&mut self) {
        let mut rest = Vec::new();
        self.traffic()[1] += self.tcp.read_to_end(&mut rest).unwrap() as u64;
    }

    /// Hangs up; says what was spent.
    pub(crate) fn hang_up(self) -> Traffic {
        self.traffic
    }

    fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push(char::from(self.take(1)[0]));
        }
        head
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.tcp.read_exact(&mut bytes).unwrap();
        self.traffic()[1] += count as u64;
        bytes
    }

    fn write(&mut self, bytes: &[u8]) {
        self.tcp.write_all(bytes).unwrap();
        self.traffic()[0] += bytes.len() as u64;
    }

    fn traffic(&mut self) -> &mut [u64; 2] {
        if self.is_upgraded { &mut self.traffic.websocket } else { &mut self.traffic.http }
    }
}

/// For anything to come.
const PATIENCE: Duration = Duration::from_secs(20);
