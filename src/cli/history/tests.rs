use std::fs;
use std::path::Path;

use super::*;

/// A directory that goes with the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("wire42-history-{name}-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        Self(directory)
    }

    fn history(&self, name: &str) -> History {
        let file = self.0.join(name);
        History { help: None, file, export: true, import: false, room: None, last: None }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn line(room: &str, position: u64, message: &str) -> String {
    let said = format!(r#"{{"clientId":"Kx","name":"J\u00f6rg","message":"{message}","timeStamp":"05:30"}}"#);
    format!(r#"{{"room":"{room}","position":{position},"time":{},"message":{said}}}"#, 1_000 + position)
        + "\n"
}

fn import(history: &History, lines: &str) -> Result<u64, String> {
    history.import(lines.as_bytes()).map_err(|stop| match stop {
        Stop::Failed(sentence) => sentence,
        Stop::File(error) => error.to_string(),
        Stop::Unread => "unread".to_owned(),
    })
}

fn printed(history: &History) -> String {
    let mut out = Vec::new();
    assert!(history.print(&mut out).is_ok());
    String::from_utf8(out).unwrap()
}

#[test]
fn what_was_exported_and_imported_is_exported_the_same() {
    let scratch = Scratch::new("round");
    // What an operator deleted leaves gaps.
    let lines =
        [line("/", 7, "a"), line("/", 8, r"\/\ud800"), line("/", 10, "c"), line("/team", 1, "d")].concat();
    let (first, second) = (scratch.history("first.db"), scratch.history("second.db"));
    assert_eq!(import(&first, &lines), Ok(4));
    let exported = printed(&first);
    assert_eq!(exported, lines);
    assert_eq!(import(&second, &exported), Ok(4));
    assert_eq!(printed(&second), lines);
}

#[test]
fn where_something_was_said_positions_go_on() {
    let scratch = Scratch::new("behind");
    let history = scratch.history("chat.db");
    import(&history, &(line("/", 7, "a") + &line("/team", 1, "d"))).unwrap();
    import(&history, &(line("/", 3, "b") + &line("/", 5, "c"))).unwrap();
    let positions = printed(&history).lines().map(|line| line[..25].to_owned()).collect::<Vec<_>>();
    let expected =
        [r#"{"room":"/","position":7,""#, r#"{"room":"/","position":8,""#, r#"{"room":"/","position":10,"#];
    assert_eq!(positions[..3], expected.map(|text| text[..25].to_owned()));
}

#[test]
fn a_wrong_line_is_named_and_nothing_is_imported() {
    let scratch = Scratch::new("wrong");
    let history = scratch.history("chat.db");
    let sentence = import(&history, &(line("/", 1, "a") + "{}\n")).unwrap_err();
    assert_eq!(sentence, "standard input, line 2: column 2: missing field `room`");
    let sentence = import(&history, &(line("/", 2, "a") + &line("/", 2, "b"))).unwrap_err();
    assert_eq!(sentence, "standard input, line 2: position 2 comes behind 2");
    assert_eq!(printed(&history), "");
}

#[test]
fn it_is_read_while_a_server_has_it_and_not_imported_into() {
    let scratch = Scratch::new("taken");
    let history = scratch.history("chat.db");
    import(&history, &line("/", 1, "a")).unwrap();
    let _server = Sqlite::open(&history.file, Options::default()).unwrap();
    assert_eq!(printed(&history), line("/", 1, "a"));
    assert_eq!(import(&history, &line("/", 2, "b")).unwrap_err(), "another wire42 is using this history");
}

#[test]
fn people_read_one_room_or_the_last_of_each() {
    let scratch = Scratch::new("people");
    let history = scratch.history("chat.db");
    import(&history, &[line("/", 1, "a"), line("/", 2, "b"), line("/team", 1, "d")].concat()).unwrap();
    let people = |room: Option<&str>, last| {
        printed(&History { export: false, room: room.map(str::to_owned), last, ..scratch.history("chat.db") })
    };
    assert_eq!(
        people(None, Some(1)),
        "/ 2 1970-01-01 00:16:42Z Jörg: b\n/team 1 1970-01-01 00:16:41Z Jörg: d\n"
    );
    assert_eq!(people(Some("/"), None).lines().count(), 2);
    assert_eq!(people(None, Some(0)), "");
    let nowhere = History { room: Some("/nowhere".to_owned()), ..scratch.history("chat.db") };
    assert!(matches!(nowhere.print(&mut Vec::new()), Err(Stop::Failed(_))));
}

#[test]
fn what_is_not_damaged_is_printed_and_the_damage_is_told() {
    let scratch = Scratch::new("damaged");
    let history = scratch.history("chat.db");
    let rooms =
        ["/", "/team"].map(|room| (1..=2_000).map(|position| line(room, position, "a")).collect::<Vec<_>>());
    import(&history, &rooms.concat().concat()).unwrap();
    let mut bytes = fs::read(&history.file).unwrap();
    let page = bytes.len() / 4 / 4096 * 4096;
    bytes[page..page + 4096].fill(0xff);
    fs::write(&history.file, bytes).unwrap();
    let mut out = Vec::new();
    assert!(matches!(history.print(&mut out), Err(Stop::File(OpenError::Damaged(_)))));
    let out = String::from_utf8(out).unwrap();
    let of = |room| out.lines().filter(|line| line.starts_with(&format!(r#"{{"room":"{room}","#))).count();
    assert!((500..1_500).contains(&of("/")), "{}", of("/"));
    assert!(out.starts_with(&rooms[0].concat()[..500]) && of("/team") == 2_000);
}

#[test]
fn what_is_no_history_is_not_read() {
    let scratch = Scratch::new("none");
    let history = scratch.history("chat.db");
    assert!(matches!(history.print(&mut Vec::new()), Err(Stop::File(OpenError::Io(_)))));
    fs::write(&history.file, "Dear John").unwrap();
    assert!(matches!(history.print(&mut Vec::new()), Err(Stop::File(OpenError::Foreign(_)))));
    assert_eq!(
        fs::read_dir(&scratch.0).unwrap().count(),
        1,
        "and nothing is put beside it: {}",
        Path::new(&history.file).display()
    );
}
