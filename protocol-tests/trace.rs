//! What `wire42 --trace` prints while clients live, with nothing changed but times and ids.
//!
//! A test of this package, because only here the path of the command is known.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

#[expect(dead_code, reason = "another test asks it more")]
#[path = "tests/metrics/client.rs"]
mod client;

use std::io::{BufRead as _, BufReader, Lines};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, Stdio};

use client::Client;

#[test]
fn a_client_that_moves_to_a_websocket_is_told_packet_by_packet() {
    let mut server = Server::start(&["--trace", "--token", TOKEN]);
    let mut polling = Client::connect(server.address);
    let sid = sid(&polling.get(POLLING).body);
    let session = format!("{POLLING}&sid={sid}");
    polling.ask("POST", &session, &format!(r#"40{{"token":"{TOKEN}"}}"#));
    polling.get(&session);
    let mut websocket = Client::connect(server.address);
    websocket.upgrade(&format!("{WEBSOCKET}&sid={sid}"));
    websocket.say("2probe");
    websocket.hear();
    polling.ask("POST", &session, r#"42["message",{"name":"J","input":"\u001b[2J"}]"#);
    websocket.say("5");
    let history = websocket.hear();
    websocket.say(r#"451-["x",{"_placeholder":true,"num":0}]"#);
    websocket.frame(0x82, b"123");
    websocket.say("1\x1b[2J\n14:03:22.118Z  #2");
    websocket.hear_out();

    let told = server.told_until("session closed");

    let (id, time) = (string_behind("clientId", &history), string_behind("timeStamp", &history));
    assert_eq!(told.replace(id, "socket-number-000001").replace(time, "00:13"), MOVES);
}

const MOVES: &str = r##"#1     *  polling               session opened
#1     <  polling        118 B  OPEN: a ping every 25000 ms, an answer within 20000  0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
#1     >  polling         34 B  CONNECT to /                              40…
#1     <  polling         32 B  CONNECT: in / as "socket-number-000001"   40{"sid":"socket-number-000001"}
#1     <  polling         16 B  EVENT "message", 1 argument               42["message",[]]
#1     *  websocket             WebSocket opened
#1     >  websocket        6 B  PING probe                                2probe
#1     <  websocket        6 B  PONG probe                                3probe
#1     >  polling         46 B  EVENT "message", 1 argument               42["message",{"name":"J","input":"\u001b[2J"}]
#1     >  websocket        1 B  UPGRADE to the WebSocket                  5
#1     *  websocket             upgrade done
#1     <  websocket      104 B  EVENT "message", 1 argument               42["message",[{"clientId":"socket-number-000001","name":"J","message":"\u001b[2J","timeStamp":"00:13…
#1     >  websocket       39 B  BINARY_EVENT "x", 1 argument, 1 attachment follows  451-["x",{"_placeholder":true,"num":0}]
#1     >  websocket        3 B  ATTACHMENT of 3 bytes                     31 32 33
#1     >  websocket       23 B  CLOSE                                     1\u{1b}[2J\u{a}14:03:22.118Z  #2
#1     *  websocket             WebSocket closed
#1     *  websocket             session closed: transport_close
"##;

#[test]
fn one_client_alone_can_be_traced() {
    let mut server = Server::start(&["--trace=2"]);
    let mut first = Client::connect(server.address);
    let session = format!("{POLLING}&sid={}", sid(&first.get(POLLING).body));
    let mut second = Client::connect(server.address);
    second.upgrade(WEBSOCKET);
    second.hear();
    first.ask("POST", &session, "1");
    second.say("41");
    second.hear_out();

    let told = server.told_until("session closed");

    assert_eq!(told, ONE);
}

const ONE: &str = r##"#2     *  websocket             session opened
#2     <  websocket      107 B  OPEN: a ping every 25000 ms, an answer within 20000  0{"sid":"…","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}
#2     >  websocket        2 B  DISCONNECT from /                         41
#2     *  websocket             WebSocket closed
#2     *  websocket             session closed: forced_close
"##;

/// The string that stands behind a key.
fn string_behind<'a>(key: &str, json: &'a str) -> &'a str {
    json.split_once(&format!("\"{key}\":\"")).unwrap().1.split('"').next().unwrap()
}

/// The binary, until it is dropped.
struct Server {
    process: Child,
    address: SocketAddr,
    told: Lines<BufReader<ChildStderr>>,
}

impl Server {
    fn start(flags: &[&str]) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wire42"));
        command.args(["--host", "127.0.0.1", "--port", "0"]).args(flags).env("RUST_LOG", "off");
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_once("://").unwrap().1.split('/').next().unwrap().parse().unwrap();
        let told = BufReader::new(process.stderr.take().unwrap()).lines();
        Server { process, address, told }
    }

    /// Reads the trace up to a line in which this stands, without the times.
    fn told_until(&mut self, end: &str) -> String {
        let mut told = String::new();
        for line in self.told.by_ref() {
            let line = line.unwrap();
            let (time, rest) = line.split_once("  ").unwrap();
            assert!(is_time(time), "{line}");
            told.push_str(&format!("{rest}\n"));
            if line.contains(end) {
                return told;
            }
        }
        panic!("the trace has no line with {end}: {told}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Says whether it reads 14:03:22.118Z.
fn is_time(text: &str) -> bool {
    text.len() == PICTURE.len()
        && text.chars().zip(PICTURE.chars()).all(|(c, p)| c == p || p == '0' && c.is_ascii_digit())
}

fn sid(open: &str) -> String {
    open.split('"').nth(3).unwrap().to_owned()
}

const PICTURE: &str = "00:00:00.000Z";
const TOKEN: &str = "let-me-in-0123456789";
const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";
