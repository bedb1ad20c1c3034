//! A note as a line.
//!
//! ```text
//! 14:03:22.118Z  #3     >  websocket       23 B  EVENT "message", 1 argument               42["message",{"name":"Jo…
//! │              │      │  │               │     │                                         └ the packet, as far as there is room
//! │              │      │  │               │     └ what it means
//! │              │      │  └ what it travels on    and how long it is
//! │              │      └ > from the client, < to it, * what is no packet
//! │              └ the client
//! └ UTC, as in the log
//! ```
//!
//! Every line is one line, and harmless in a terminal, whatever the packet is.

use std::borrow::Cow;
use std::time::Duration;

use super::{Note, Seen};
use crate::engine_io::Transport;
use crate::explain::{Reader, Side, brief, brief_bytes, escape};
use crate::net::meter::Direction;

/// Writes a note as a line, with its end.
pub(super) fn of(note: &Note<'_>) -> String {
    let (mark, size, meaning, text) = match &note.seen {
        Seen::Text(direction, bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let shown = without_secrets(&text, *direction);
            (arrow(*direction), size(bytes), meaning(bytes, *direction), shown.into_owned())
        }
        Seen::Binary(direction, bytes) => (arrow(*direction), size(bytes), brief_bytes(bytes), hex(bytes)),
        Seen::Opened => happened("session opened"),
        Seen::WebSocketOpened => happened("WebSocket opened"),
        Seen::WebSocketRefused => happened("WebSocket refused: the session wants none now"),
        Seen::WebSocketClosed => happened("WebSocket closed"),
        Seen::Upgraded => happened("upgrade done"),
        Seen::Closed(reason) => happened(&format!("session closed: {reason}")),
    };
    let transport = match note.transport {
        Transport::Polling => "polling",
        Transport::WebSocket => "websocket",
    };
    let (time, client) = (time(note.at), format!("#{}", note.client));
    let (meaning, text) = (shorten(&meaning, LONGEST_MEANING), shorten(&text, LONGEST_TEXT));
    let line = format!("{time}  {client:<5}  {mark}  {transport:<9}  {size:>9}  {meaning:<MEANING$}  {text}");
    line.trim_end().to_owned() + "\n"
}

type Columns = (char, String, String, String);

fn happened(what: &str) -> Columns {
    ('*', String::new(), what.to_owned(), String::new())
}

fn arrow(direction: Direction) -> char {
    match direction {
        Direction::In => '>',
        Direction::Out => '<',
    }
}

fn size(bytes: &[u8]) -> String {
    format!("{} B", bytes.len())
}

fn meaning(bytes: &[u8], direction: Direction) -> String {
    let side = match direction {
        Direction::In => Side::Client,
        Direction::Out => Side::Server,
    };
    match std::str::from_utf8(bytes) {
        Ok(text) => brief(text, side),
        Err(_) => Reader::default().explain_bytes(bytes).packets.remove(0).brief,
    }
}

/// Leaves out what would let whoever reads the line speak as the client: the session's id, what a CONNECT shows, and what it is
/// to show when it comes back.
fn without_secrets(text: &str, direction: Direction) -> Cow<'_, str> {
    match direction {
        Direction::Out if text.starts_with('0') => without_sid(text).into(),
        // A client opens nothing; it can only repeat what it was told.
        Direction::In if text.starts_with('0') => "0…".into(),
        Direction::In if text.starts_with("40") => without_auth(text).into(),
        Direction::Out if text.starts_with("40") => without_pid(text).into(),
        Direction::In | Direction::Out => text.into(),
    }
}

fn without_sid(open: &str) -> String {
    let parts = open.split_once(SID).and_then(|(before, sid)| Some((before, sid.split_once('"')?.1)));
    parts.map_or_else(|| "0…".to_owned(), |(before, behind)| format!("{before}{SID}…\"{behind}"))
}

/// Hides the last one: what stands before it may be the client's choice, and it itself has no quotes.
fn without_pid(connect: &str) -> String {
    let parts = connect.rsplit_once(PID).and_then(|(before, pid)| Some((before, pid.split_once('"')?.1)));
    parts.map_or_else(|| connect.to_owned(), |(before, behind)| format!("{before}{PID}…\"{behind}"))
}

/// Keeps the namespace alone: its name is in every packet that follows.
fn without_auth(connect: &str) -> String {
    let behind = &connect["40".len()..];
    let end = match behind.find(',') {
        _ if !behind.starts_with('/') => 0,
        Some(comma) => comma + 1,
        None => behind.len(),
    };
    let hidden = if end < behind.len() { "…" } else { "" };
    format!("40{}{hidden}", &behind[..end])
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().take(LONGEST_TEXT).map(|byte| format!("{byte:02x}")).collect();
    digits.join(" ")
}

/// Shows as much as there is room for, escapes included.
fn shorten(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for char in text.chars() {
        let char = escape(char.encode_utf8(&mut [0; 4]));
        length += char.chars().count();
        if length > longest {
            return shown + "…";
        }
        shown.push_str(&char);
    }
    shown
}

fn time(at: Duration) -> String {
    let seconds = at.as_secs();
    let (hours, minutes) = (seconds / 3600 % 24, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{:03}Z", seconds % 60, at.subsec_millis())
}

/// What stands before the session's id in an open packet of ours.
const SID: &str = "\"sid\":\"";

/// What stands before the secret in an answer to CONNECT of ours.
const PID: &str = "\"pid\":\"";

/// Columns of what a packet means; what is longer pushes the packet to the right. An answer to CONNECT fits.
const MEANING: usize = 40;

/// Characters of a packet that are shown: a short message of the chat fits, with all that is said of it.
const LONGEST_TEXT: usize = 120;

/// Characters of what it means: the rule that a broken packet breaks is a sentence, and a namespace may be long.
const LONGEST_MEANING: usize = 120;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine_io::{Config, Output, Session};
    use crate::now::Now;

    fn line(seen: Seen<'_>) -> String {
        of(&Note::new(Duration::from_millis(1_795_345_598_118), 3, Transport::Polling, seen))
    }

    fn text(direction: Direction, bytes: &[u8]) -> String {
        line(Seen::Text(direction, bytes.into()))
    }

    #[test]
    fn a_line_says_when_who_which_way_on_what_how_long_and_what() {
        assert_eq!(
            text(Direction::In, br#"42["message",{"name":"John"}]"#),
            "11:06:38.118Z  #3     >  polling         29 B  EVENT \"message\", 1 argument               \
             42[\"message\",{\"name\":\"John\"}]\n"
        );
        assert_eq!(
            line(Seen::Binary(Direction::Out, (&[1, 2, 255]).into())),
            "11:06:38.118Z  #3     <  polling          3 B  ATTACHMENT of 3 bytes                     01 02 ff\n"
        );
        assert_eq!(
            line(Seen::Closed("ping_timeout")),
            "11:06:38.118Z  #3     *  polling               session closed: ping_timeout\n"
        );
    }

    #[test]
    fn the_id_of_a_session_is_in_no_line() {
        let now = Now::default();
        let mut session = Session::polling("a-secret-of-20-chars", Config::default(), now);
        session.handle_input(crate::engine_io::Input::Get, now).unwrap();
        let Some(Output::Answer(open)) = session.poll_output() else { panic!("a session opens") };
        assert!(open.contains("a-secret-of-20-chars"));

        let line = text(Direction::Out, open.as_bytes());

        assert!(line.contains(r#"  0{"sid":"…","upgrades":["websocket"],"#), "{line}");
        for (direction, open) in [(Direction::In, open.as_str()), (Direction::Out, r#"0{"sid": "a-secret"}"#)]
        {
            let line = text(direction, open.as_bytes());
            assert!(line.ends_with("  0…\n") && !line.contains("secret"), "{line}");
        }
    }

    #[test]
    fn what_a_client_shows_to_be_let_in_is_in_no_line() {
        let shown = |connect: &str| {
            let line = text(Direction::In, connect.as_bytes());
            assert!(!line.contains("secret"), "{line}");
            line.split_once("  40").expect("the packet is shown").1.trim_end().to_owned()
        };
        let connects = [
            ("40", ""),
            (r#"40{"token":"secret"}"#, "…"),
            (r#"40{"sid":"secret"}"#, "…"),
            (r#"40{"token":"secret"#, "…"),
            ("40\"secret\"", "…"),
            ("40/admin", "/admin"),
            ("40/admin,", "/admin,"),
            (r#"40/admin,{"token":"secret"}"#, "/admin,…"),
            (r#"40/admin?x=1,{"token":"secret"}"#, "/admin?x=1,…"),
        ];
        for (connect, kept) in connects {
            assert_eq!(shown(connect), kept, "{connect}");
        }
    }

    #[test]
    fn what_a_client_is_to_show_when_it_comes_back_is_in_no_line() {
        for (connect, shown) in [
            (r#"40{"sid":"John","pid":"secret"}"#, r#"40{"sid":"John","pid":"…"}"#),
            (r#"40/"pid":"x",{"sid":"John","pid":"secret"}"#, r#"40/"pid":"x",{"sid":"John","pid":"…"}"#),
            (r#"40{"sid":"John"}"#, r#"40{"sid":"John"}"#),
        ] {
            let line = text(Direction::Out, connect.as_bytes());
            assert!(line.ends_with(&format!("  {shown}\n")) && !line.contains("secret"), "{line}");
        }
    }

    #[test]
    fn a_packet_cannot_forge_a_line_or_move_a_cursor() {
        let line = text(Direction::In, "42[\"\u{1b}[2J\r\n14:03\u{1e}\u{9b}\u{202e}\u{2028}\"]".as_bytes());
        assert!(line.ends_with("\n") && !line.trim_end_matches('\n').contains(char::is_control), "{line:?}");
        assert!(line.contains(r#"42["\u{1b}[2J\u{d}\u{a}14:03\u{1e}\u{9b}\u{202e}\u{2028}"]"#), "{line:?}");
    }

    #[test]
    fn bytes_that_are_no_text_are_told() {
        let line = text(Direction::In, b"4hi\xff");
        assert!(line.contains("  4 B  BROKEN at byte 3: ") && line.ends_with("  4hi\u{fffd}\n"), "{line}");
    }

    #[test]
    fn the_longest_packet_has_a_line_of_usual_length() {
        let event = format!("42/{},[\"{}\"]", "n".repeat(5_000), "e".repeat(500_000));
        let line = text(Direction::Out, event.as_bytes());
        assert!(line.contains("nnn…  42/nnn") && line.ends_with("nnn…\n"), "{line}");
        assert_eq!(line.chars().count(), COLUMNS_BEFORE + LONGEST_MEANING + 3 + LONGEST_TEXT + 2, "{line}");
        let escapes = "4".to_owned() + &"\u{1}".repeat(9_999);
        let line = text(Direction::In, escapes.as_bytes());
        assert!(line.chars().count() <= COLUMNS_BEFORE + LONGEST_MEANING + 3 + LONGEST_TEXT + 2, "{line}");
    }

    proptest! {
        #[test]
        fn whatever_it_is_has_one_line(bytes: Vec<u8>, is_in: bool) {
            let direction = if is_in { Direction::In } else { Direction::Out };
            for line in [text(direction, &bytes), line(Seen::Binary(direction, (&bytes).into()))] {
                prop_assert_eq!(line.find(|c: char| c.is_control()), Some(line.len() - 1));
            }
        }
    }

    /// Columns before those of what a packet means.
    const COLUMNS_BEFORE: usize = "14:03:22.118Z  #3     >  websocket       23 B  ".len();
}
