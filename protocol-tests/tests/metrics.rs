//! What an operator sees: every number is right after a conversation of which every byte is known.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

#[path = "metrics/client.rs"]
mod client;
#[path = "metrics/exposition.rs"]
mod exposition;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use protocol_tests::case::Profile;
use protocol_tests::ours::{self, Pace, Running};
use wire42::net::StoreConfig;

use client::{Client, Traffic};
use exposition::Page;

#[test]
fn every_number_is_right() {
    let (server, admin) = start(Duration::from_secs(25));
    let (polling, entry) = poll(server.address);
    let clients = [[polling, speak(server.address)], upgrade(server.address)];
    let sum = |of: fn(&Traffic) -> u64| clients.as_flattened().iter().map(of).sum::<u64>() as f64;
    let traffic = [
        ("wire42_traffic_bytes_total direction=in transport=http", sum(|client| client.http[0])),
        ("wire42_traffic_bytes_total direction=out transport=http", sum(|client| client.http[1])),
        ("wire42_traffic_bytes_total direction=in transport=websocket", sum(|client| client.websocket[0])),
        ("wire42_traffic_bytes_total direction=out transport=websocket", sum(|client| client.websocket[1])),
        ("wire42_history_bytes", (entry + ",".len()) as f64),
    ];
    let expected: BTreeMap<_, _> = COUNTED.into_iter().chain(traffic).collect();

    let mut counted = counted_when_all_is_over(admin);

    let is_ours = |series: &str| !series.starts_with("process_") && !series.starts_with("wire42_build_info");
    counted.retain(|series, value| is_ours(series) && *value != 0.0);
    let counted: BTreeMap<_, _> = counted.iter().map(|(series, value)| (series.as_str(), *value)).collect();
    assert_eq!(counted, expected);
}

/// All that is not nothing after [`poll`], [`speak`] and [`upgrade`], but for bytes.
const COUNTED: [(&str, f64); 28] = [
    ("wire42_connections_accepted_total", 4.0),
    ("wire42_handshakes_total transport=polling", 2.0),
    ("wire42_handshakes_total transport=websocket", 1.0),
    ("wire42_upgrades_total", 1.0),
    ("wire42_sessions_closed_total reason=transport_close", 3.0),
    ("wire42_refusals_total status=400 code=1 reason=session_id_unknown", 1.0),
    ("wire42_refusals_total status=404 code= reason=not_found", 1.0),
    ("wire42_connect_errors_total reason=invalid_namespace", 1.0),
    ("wire42_events_refused_total", 1.0),
    ("wire42_broadcasts_total", 1.0),
    ("wire42_deliveries_total", 4.0),
    ("wire42_rooms", 1.0),
    ("wire42_history_messages", 1.0),
    ("wire42_packets_total direction=in protocol=engine.io type=close", 3.0),
    ("wire42_packets_total direction=in protocol=engine.io type=ping", 1.0),
    ("wire42_packets_total direction=in protocol=engine.io type=upgrade", 1.0),
    ("wire42_packets_total direction=in protocol=engine.io type=message", 8.0),
    ("wire42_packets_total direction=in protocol=engine.io type=binary", 1.0),
    ("wire42_packets_total direction=in protocol=socket.io type=connect", 4.0),
    ("wire42_packets_total direction=in protocol=socket.io type=disconnect", 1.0),
    ("wire42_packets_total direction=in protocol=socket.io type=event", 2.0),
    ("wire42_packets_total direction=in protocol=socket.io type=binary_event", 1.0),
    ("wire42_packets_total direction=out protocol=engine.io type=open", 3.0),
    ("wire42_packets_total direction=out protocol=engine.io type=pong", 1.0),
    ("wire42_packets_total direction=out protocol=engine.io type=message", 8.0),
    ("wire42_packets_total direction=out protocol=socket.io type=connect", 3.0),
    ("wire42_packets_total direction=out protocol=socket.io type=event", 4.0),
    ("wire42_packets_total direction=out protocol=socket.io type=connect_error", 1.0),
];

#[test]
fn a_ping_that_was_answered_is_one_round_trip() {
    let (server, admin) = start(Duration::from_millis(50));
    let mut client = Client::connect(server.address);
    client.upgrade(WEBSOCKET);
    client.hear();
    assert_eq!(client.hear(), "2");
    client.say("3");
    client.say("1");
    client.hear_out();
    drop(client);

    let counted = counted_when_all_is_over(admin);

    assert_eq!(counted["wire42_heartbeat_round_trip_seconds_count"], 1.0);
    assert_eq!(counted["wire42_heartbeat_round_trip_seconds_bucket le=20"], 1.0);
    let sum = counted["wire42_heartbeat_round_trip_seconds_sum"];
    assert!(sum > 0.0 && sum < 20.0, "{sum}");
}

#[test]
fn health_and_metrics_can_only_be_read() {
    let (_server, admin) = start(Duration::from_secs(25));
    let ask = |method, target, body| Client::connect(admin).ask(method, target, body);
    assert_eq!((ask("GET", "/healthz", "").status, ask("GET", "/readyz?now", "").status), (200, 200));
    let head = ask("HEAD", "/metrics", "");
    assert!(head.head.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{head:?}");
    let post = ask("POST", "/metrics", "x");
    assert!(post.status == 405 && post.head.contains("\r\nAllow: GET, HEAD\r\n"), "{post:?}");
    let lost = ask("GET", "/socket.io/?EIO=4&transport=polling", "");
    assert_eq!(lost.status, 404);
    assert!(["/healthz", "/readyz", "/metrics"].iter().all(|path| lost.body.contains(path)), "{lost:?}");
}

#[test]
fn a_server_that_drains_is_not_ready_but_answers() {
    let (server, admin) = start(Duration::from_secs(25));
    let mut operator = Client::connect(admin);
    // As long as this client does not hang up, the server is not done.
    let mut client = Client::connect(server.address);
    client.upgrade(WEBSOCKET);
    client.hear();
    assert_eq!(operator.get("/readyz").body, "ready\n");

    server.end();

    let mut answer = operator.get("/readyz");
    while answer.status == 200 {
        answer = operator.get("/readyz");
    }
    assert_eq!((answer.status, answer.body.as_str()), (503, "draining\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn the_readme_lists_what_there_is() {
    let file = std::env::temp_dir().join(format!("wire42-metrics-{}.db", std::process::id()));
    let mut config = ours::config(Profile::Chat, Pace::Slow);
    config.admin = Some((IpAddr::from(Ipv4Addr::LOCALHOST), 0).into());
    let has_file =
        StoreConfig::parse(&format!("sqlite:{}", file.display())).map(|store| config.store = store);
    let server = ours::start(config);
    let printed = Page::parse(&Client::connect(server.admin.unwrap()).get("/metrics").body);
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let section = readme.split("\n## Metrics\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    // Only a build with SQLite has the numbers of a file.
    let is_there = |row: &&str| has_file.is_ok() || !row.starts_with("| `wire42_store_");
    let listed: BTreeSet<_> = rows.filter(is_there).map(listed_in).collect();
    server.end();
    ["", "-lock", "-shm", "-wal"].iter().for_each(|suffix| {
        std::fs::remove_file(format!("{}{suffix}", file.display())).unwrap_or_default();
    });
    assert_eq!(listed, printed.0.iter().map(printed_of).collect());
}

/// A family's name, its type, and the names of its labels.
#[cfg(target_os = "linux")]
type Described = (String, String, BTreeSet<String>);

#[cfg(target_os = "linux")]
fn printed_of(family: &exposition::Family) -> Described {
    let labels = family.samples.iter().flat_map(|sample| &sample.labels).map(|(name, _)| name.clone());
    (family.name.clone(), family.kind.clone(), labels.filter(|name| name != "le").collect())
}

/// Reads a row of the README's table.
#[cfg(target_os = "linux")]
fn listed_in(row: &str) -> Described {
    let cells: Vec<String> = row.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect();
    let labels = cells[3].split(", ").filter(|label| !label.is_empty()).map(str::to_owned);
    (cells[1].clone(), cells[2].clone(), labels.collect())
}

/// Starts a server for this test alone.
fn start(ping_interval: Duration) -> (Running, SocketAddr) {
    let mut config = ours::config(Profile::Chat, Pace::Slow);
    config.admin = Some((IpAddr::from(Ipv4Addr::LOCALHOST), 0).into());
    config.session.ping_interval = ping_interval;
    config.session.ping_timeout = Duration::from_secs(20);
    let server = ours::start(config);
    let admin = server.admin.unwrap();
    (server, admin)
}

/// Lives on polling: joins, says something that is taken and something that is not, and goes where nothing is. Says
/// also how long what it said is in the history.
fn poll(address: SocketAddr) -> (Traffic, usize) {
    let mut client = Client::connect(address);
    let session = format!("{POLLING}&sid={}", sid(&client.get(POLLING).body));
    client.ask("POST", &session, "40");
    let joined = client.get(&session).body;
    assert!(joined.ends_with("\u{1e}42[\"message\",[]]"), "{joined}");
    client.ask("POST", &session, r#"42["message",{"name":"John","input":"Hello"}]"#);
    let history = client.get(&session).body;
    client.ask("POST", &session, r#"42["message",0]"#);
    client.ask("POST", &session, "40/nowhere,");
    assert!(client.get(&session).body.starts_with("44/nowhere,"));
    assert_eq!(client.get(&format!("{POLLING}&sid=nobody")).status, 400);
    assert_eq!(client.get("/nowhere").status, 404);
    client.ask("POST", &session, "1");
    (client.hang_up(), history.len() - r#"42["message",[]]"#.len())
}

/// Lives on a WebSocket: joins, and says something that the chat does not know.
fn speak(address: SocketAddr) -> Traffic {
    let mut client = Client::connect(address);
    client.upgrade(WEBSOCKET);
    client.hear();
    join(&mut client);
    client.say(r#"451-["x",{"_placeholder":true,"num":0}]"#);
    client.frame(0x82, b"123");
    leave(client)
}

/// Moves from polling to a WebSocket, joins there, and leaves what it joined.
fn upgrade(address: SocketAddr) -> [Traffic; 2] {
    let mut polling = Client::connect(address);
    let sid = sid(&polling.get(POLLING).body);
    let mut client = Client::connect(address);
    client.upgrade(&format!("{WEBSOCKET}&sid={sid}"));
    client.say("2probe");
    assert_eq!(client.hear(), "3probe");
    client.say("5");
    join(&mut client);
    client.say("41");
    [polling.hang_up(), leave(client)]
}

fn join(client: &mut Client) {
    client.say("40");
    assert!(client.hear().starts_with("40{"));
    assert!(client.hear().starts_with("42["));
}

fn leave(mut client: Client) -> Traffic {
    client.say("1");
    client.hear_out();
    client.hang_up()
}

fn sid(open: &str) -> String {
    open.split('"').nth(3).unwrap().to_owned()
}

/// Reads the metrics until neither a connection nor a session is left.
fn counted_when_all_is_over(admin: SocketAddr) -> BTreeMap<String, f64> {
    let mut operator = Client::connect(admin);
    for _ in 0..LOOKS {
        let counted = Page::parse(&operator.get("/metrics").body).values();
        let mut open = counted.iter().filter(|(series, _)| {
            series.starts_with("wire42_connections transport=")
                || series.starts_with("wire42_sessions transport=")
        });
        if open.all(|(_, value)| *value == 0.0) {
            return counted;
        }
    }
    panic!("something stays open: {}", operator.get("/metrics").body);
}

/// Each is a round trip and a page that is read: some seconds.
const LOOKS: usize = 3_000;

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";
const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";
