//! The built command, as the author of another server uses it: exit codes, null servers, a server that it starts itself.
//!
//! The servers that it starts are this very program: `--spawn` runs one of the ignored tests below.

#![expect(clippy::unwrap_used, reason = "helpers of tests may do what tests may")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use protocol_tests::case::Profile;
use protocol_tests::ours::{self, Pace, Setup};

/// Answers one connection.
type Answer = fn(TcpStream);

#[test]
fn a_server_that_refuses_everything_has_not_been_judged() {
    nothing_was_run(|stream| reply(stream, "400 Bad Request"));
}

#[test]
fn a_server_that_agrees_to_everything_has_not_been_judged() {
    nothing_was_run(|stream| reply(stream, "200 OK"));
}

#[test]
fn a_server_that_drops_every_connection_has_not_been_judged() {
    nothing_was_run(drop);
}

#[test]
fn a_server_that_is_silent_has_not_been_judged() {
    // It keeps what it accepts until the client has enough.
    nothing_was_run(|mut stream| while stream.read(&mut [0; 1024]).is_ok_and(|length| length > 0) {});
}

#[test]
fn where_nobody_listens_nothing_was_run() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ran = command(&["run", "--url", &format!("http://127.0.0.1:{port}"), "--only", "close/*"]);
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn our_server_holds_and_a_case_that_no_server_can_pass_fails() {
    let (_, address) = ours::serve(Profile::Echo, Pace::Fast, Setup::Usual);
    let fixtures = fixtures(&[("can", "alice opens\nalice joins"), ("cannot", IMPOSSIBLE)]);
    let run = |only: &str| {
        let url = format!("http://{address}");
        let fixtures = fixtures.to_str().unwrap();
        command(&["run", "--fixtures", fixtures, "--url", &url, "--profile", "echo", "--only", only])
    };
    assert_eq!(run("kit/can").code, 0, "{:?}", run("kit/can"));
    let failed = run("kit/*");
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.out.contains("FAIL kit/cannot") && failed.out.contains("alice closed"), "{failed:?}");
    assert_eq!(run("nothing/*").code, 3);
}

#[test]
fn a_list_of_known_failures_is_believed_until_one_passes() {
    let (_, address) = ours::serve(Profile::Echo, Pace::Fast, Setup::Usual);
    let fixtures = fixtures(&[("can", "alice opens\nalice joins"), ("cannot", IMPOSSIBLE)]);
    let run = |list: &str| {
        let file = scratch().join("known.md");
        std::fs::write(&file, list).unwrap();
        let (url, fixtures) = (format!("http://{address}"), fixtures.to_str().unwrap());
        command(&["run", "--fixtures", fixtures, "--url", &url, "--known", file.to_str().unwrap()])
    };
    assert_eq!(run("- `kit/cannot` nobody can\n").code, 0);
    assert_eq!(run("- `kit/cannot` nobody can\n- `kit/can` not yet\n").code, 1);
    assert_eq!(run("- `kit/canot` mistyped\n").code, 2);
    assert_eq!(run("- `kit/cannot`\n").code, 2);
}

#[test]
fn a_fixture_that_refers_to_nothing_is_told_before_anything_runs() {
    let fixtures = fixtures(&[("unbound", "alice opens\nalice > 42[\"{x}\"]")]);
    let ran = command(&["run", "--fixtures", fixtures.to_str().unwrap(), "--url", "http://127.0.0.1:9"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("chapter.md:9") && ran.err.contains("{x}"), "{ran:?}");
}

#[test]
fn arguments_that_make_no_sense_are_refused() {
    for args in [
        &["run"][..],
        &["run", "--url", "localhost:3000"],
        &["run", "--url", "http://h", "--spawn", "x"],
        &["run", "--url", "http://127.0.0.1:9", "--profile", "ecco"],
        &["run", "--url", "http://127.0.0.1:9", "--profile", "core,engine-echo"],
        &["run", "--url", "http://127.0.0.1:9", "--auth", "{"],
        &["run", "--url", "http://127.0.0.1:9", "--format", "json,html"],
        &["run", "--url", "http://127.0.0.1:9", "--known", "/does/not/exist.md"],
    ] {
        assert_eq!(command(args).code, 2, "{args:?}");
    }
}

#[test]
fn a_spawned_server_is_started_judged_and_ended() {
    let pid = scratch().join("pid");
    let spawn = format!("echo $$ > {}; {}", pid.display(), myself("serve_chat"));
    let ran =
        command(&["run", "--spawn", &spawn, "--profile", "chat", "--only", "chat/empty-history-on-connect"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.contains("3 OK"), "each has a room without a past: {ran:?}");
    let pid = std::fs::read_to_string(pid).unwrap();
    let alive = Command::new("kill").args(["-0", pid.trim()]).output().unwrap().status.success();
    assert!(!alive, "{pid} runs on");
}

#[test]
fn a_spawned_server_that_dies_names_the_case_and_the_rest_is_played() {
    let steps = "alice opens\nhttp GET /die -> 200";
    let list: Vec<(String, &str)> =
        (0..6).map(|i| (format!("fine-{i}"), "alice opens\nalice joins")).collect();
    let mut cases: Vec<(&str, &str)> = list.iter().map(|(name, steps)| (name.as_str(), *steps)).collect();
    cases.insert(3, ("deadly", steps));
    let fixtures = fixtures(&cases);
    let ran =
        command(&["run", "--fixtures", fixtures.to_str().unwrap(), "--spawn", &myself("serve_and_die")]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.out.contains("CRASH kit/deadly") && ran.out.contains("6 OK"), "{ran:?}");
    assert!(ran.out.contains("exit status: 7") && ran.out.contains("I was told to"), "{ran:?}");
}

#[test]
fn a_command_that_does_not_start_is_no_judgement() {
    let ran = command(&["run", "--spawn", "echo no such thing; exit 5", "--only", "close/*"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.out.contains("no such thing"), "{ran:?}");
}

#[test]
fn the_doctor_says_what_a_server_seems_to_be() {
    let (_, address) = ours::serve(Profile::Echo, Pace::Fast, Setup::Usual);
    let ran = command(&["doctor", "--url", &format!("http://{address}")]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for found in ["echo           yes", "engine-echo    no", "pings every 1.0 s", "--profile core,echo"] {
        assert!(ran.out.contains(found), "{found}: {ran:?}");
    }
    let null = null_server(|stream| reply(stream, "400 Bad Request"));
    assert_eq!(command(&["doctor", "--url", &format!("http://{null}")]).code, 3);
}

#[test]
fn what_a_server_in_the_wild_wants_to_hear_is_sent_with_every_request() {
    let fixtures = fixtures(&[
        ("joins", "alice opens\nalice joins"),
        ("asks", "http GET ?EIO=4&transport=polling -> any"),
    ]);
    let fixtures = fixtures.to_str().unwrap();
    let mut args = vec!["run", "--fixtures", fixtures, "--header", "X-Key: secret", "--query", "token=t"];
    args.extend(["--auth", "{\"a\":1}", "--namespace", "/custom", "--spawn"]);
    let spawn = myself("serve_keys");
    args.push(&spawn);
    let ran = command(&args);
    assert_eq!(ran.code, 0, "{ran:?}");
    let args: Vec<&str> = args.into_iter().filter(|arg| *arg != "--query" && *arg != "token=t").collect();
    assert_eq!(command(&args).code, 3, "the server asks for the token");
}

#[test]
fn the_core_is_judged_without_a_server_and_cases_are_shown_without_a_directory() {
    let ran = command(&["core", "--only", "close/*"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let shown = command(&["show", "upgrade/probe-answered"]);
    assert!(shown.code == 0 && shown.out.starts_with("fixtures/engine.io/") && shown.out.contains("3probe"));
    assert_eq!(command(&["show", "no/such-case"]).code, 3);
}

#[test]
#[ignore = "a server for the tests above"]
fn serve_chat() {
    start(Profile::Chat, |_| Fate::Serve);
}

#[test]
#[ignore = "a server for the tests above"]
fn serve_and_die() {
    start(Profile::Echo, |head| if head.starts_with("GET /die") { Fate::Die } else { Fate::Serve });
}

#[test]
#[ignore = "a server for the tests above"]
fn serve_keys() {
    start(Profile::Echo, |head| {
        let has_keys = head.contains("token=t ") && head.contains("X-Key: secret\r\n");
        if has_keys { Fate::Serve } else { Fate::Refuse }
    });
}

/// What becomes of a connection that begins with these bytes.
enum Fate {
    Serve,
    Refuse,
    Die,
}

/// Serves on the port that the command chose, until it is killed.
fn start(profile: Profile, fate: fn(&str) -> Fate) {
    let port: u16 = std::env::var("PORT").unwrap().parse().unwrap();
    let (_, address) = ours::serve(profile, Pace::Fast, Setup::Usual);
    for stream in TcpListener::bind(("127.0.0.1", port)).unwrap().incoming() {
        let stream = stream.unwrap();
        thread::spawn(move || forward(stream, address, fate));
    }
}

fn forward(mut stream: TcpStream, address: SocketAddr, fate: fn(&str) -> Fate) {
    let mut head = vec![0; 4096];
    // Whoever only looks whether somebody is there sends nothing.
    let Ok(length @ 1..) = stream.read(&mut head) else { return };
    match fate(&String::from_utf8_lossy(&head[..length])) {
        Fate::Serve => {}
        Fate::Refuse => return reply(stream, "403 Forbidden"),
        Fate::Die => {
            eprintln!("I was told to");
            std::process::exit(7);
        }
    }
    let mut server = TcpStream::connect(address).unwrap();
    server.write_all(&head[..length]).unwrap();
    let (mut from_client, mut to_server) = (stream.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ended = std::io::copy(&mut from_client, &mut to_server);
        let _gone = to_server.shutdown(std::net::Shutdown::Write);
    });
    let _ended = std::io::copy(&mut server, &mut stream);
    let _gone = stream.shutdown(std::net::Shutdown::Both);
}

/// The shell command that runs one of the servers above.
fn myself(server: &str) -> String {
    let program = std::env::current_exe().unwrap();
    format!("exec {} --ignored --exact {server} --nocapture", program.display())
}

fn reply(mut stream: TcpStream, status: &str) {
    let _received = stream.read(&mut [0; 4096]);
    let _gone = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

fn nothing_was_run(answer: Answer) {
    let url = format!("http://{}", null_server(answer));
    let ran = command(&["run", "--url", &url, "--patience", "200"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    let summary = ran.out.lines().rfind(|line| line.contains(" runs:")).unwrap_or_default();
    assert!(summary.contains("BLOCKED") && !summary.contains(" OK"), "{ran:?}");
}

fn null_server(answer: Answer) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        listener.incoming().for_each(|stream| drop(thread::spawn(move || answer(stream.unwrap()))));
    });
    address
}

#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn command(args: &[&str]) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_protocol-tests")).args(args).output().unwrap();
    let Output { status, stdout, stderr } = ran;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

/// A directory of its own with one chapter of these cases.
fn fixtures(cases: &[(&str, &str)]) -> PathBuf {
    let mut text = String::new();
    for (name, block) in cases {
        let head = format!("## It holds\n\n`kit/{name}` · MUST · core · [kit]\n\nBecause it must.\n\n");
        text.push_str(&format!("{head}```conversation\n{block}\n```\n\n"));
    }
    let directory = scratch();
    std::fs::write(directory.join("chapter.md"), text).unwrap();
    directory
}

fn scratch() -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("command-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&directory).unwrap();
    directory
}

/// Nobody ends a session that has just begun, and nobody may.
const IMPOSSIBLE: &str = "alice opens\nalice closed strictly within 100ms";
