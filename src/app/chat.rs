//! The sidebar chat: whoever joins sees what was said, whoever speaks is heard by all.
//!
//! ```text
//! client  42["message",{"name":"John","input":"Hello"}]
//! server  42["message",[{"clientId":"<John's socket id>","name":"John","message":"Hello","timeStamp":"19:03"}]]
//! ```
//!
//! `name` and `input` are kept as the JSON text that came. Anything but an object with two strings is refused: the front
//! end would stumble over it in every browser. Reference: there it is stored, or ends the process.
//!
//! ```
//! use wire42::app::{App, Chat, ChatConfig, Effect, SocketId};
//! use wire42::now::Now;
//! use wire42::socket_io::Args;
//!
//! let mut chat = Chat::new(ChatConfig::default());
//! let said = Args::event("message", &[r#"{"name":"John","input":"Hello"}"#]);
//! let now = Now { unix: 1_795_345_598, ..Now::default() };
//! let entry = r#"{"clientId":"Kx","name":"John","message":"Hello","timeStamp":"16:36"}"#;
//! let append = Effect::Append { json: entry.to_owned(), answer: None };
//! assert_eq!(chat.event(&SocketId::from("Kx"), said, None, now), [append]);
//! // Once it is in the room's log, everyone is shown it.
//! chat.record(entry.into());
//! let snapshot = chat.snapshot().expect("a chat has one");
//! assert_eq!(snapshot.json(), format!(r#"["message",[{entry}]]"#));
//! ```

use super::history::History;
use super::json::{decoded_len, last_members};
use super::{Ack, App, Effect, Kept, Rejection, SocketId, snippet};
use crate::now::Now;
use crate::planted::planted;
use crate::socket_io::Args;

/// One room of the chat.
#[derive(Debug)]
pub struct Chat {
    config: ChatConfig,
    history: History,
    refused: u64,
}

/// The limits of a room, and its clock.
#[derive(Clone, Debug)]
pub struct ChatConfig {
    /// Bytes of decoded UTF-8 in a name.
    pub name_bytes: usize,
    /// Bytes of decoded UTF-8 in a message.
    pub input_bytes: usize,
    /// Messages that are kept.
    pub history: usize,
    /// Bytes of JSON that are kept.
    pub history_bytes: usize,
    /// Store snippets of code as they came: the front end will take them for HTML.
    pub raw_snippets: bool,
    /// Seconds that the time stamps are ahead of UTC.
    pub utc_offset: i32,
}

impl Default for ChatConfig {
    fn default() -> Self {
        Self {
            name_bytes: 128,
            input_bytes: 128 * 1024,
            history: 500,
            history_bytes: 1024 * 1024,
            raw_snippets: false,
            utc_offset: 5 * 3600 + 30 * 60,
        }
    }
}

impl ChatConfig {
    /// Computes the most bytes that one message may need in the history: with every byte of it as a `\u0000` escape. An
    /// entity in a snippet of code is shorter.
    ///
    /// ```
    /// use wire42::app::ChatConfig;
    ///
    /// let config = ChatConfig { name_bytes: 0, input_bytes: 1, ..ChatConfig::default() };
    /// let largest = r#"{"clientId":"socket-number-000001","name":"","message":"\u0000","timeStamp":"19:03"},"#;
    /// assert_eq!(config.largest_entry(), largest.len());
    /// ```
    pub fn largest_entry(&self) -> usize {
        const ESCAPE: usize = r"\u0000".len();
        const SOCKET_ID: usize = 20;
        let frame = entry("", r#""""#, r#""""#, "00:00").len();
        let text = self.name_bytes.saturating_add(self.input_bytes).saturating_mul(ESCAPE);
        text.saturating_add(frame + SOCKET_ID + 1)
    }
}

impl Chat {
    /// Opens a room in which nothing was said.
    pub fn new(config: ChatConfig) -> Self {
        let history = History::new(config.history, config.history_bytes);
        Self { config, history, refused: 0 }
    }

    /// Writes the message as the history has it.
    fn write(&self, from: &SocketId, args: &Args, now: Now) -> Result<String, &'static str> {
        let said = args.elements().nth(1).and_then(|json| last_members(json, ["name", "input"]));
        let Some([name, input]) = said else { return Err("a message is an object with a name and an input") };
        let name = name.filter(is_string).ok_or("the name must be a string")?;
        let input = input.filter(is_string).ok_or("the input must be a string")?;
        if decoded_len(name) > self.config.name_bytes && !planted("chat-name-of-any-length") {
            return Err("the name is too long");
        }
        if decoded_len(input) > self.config.input_bytes {
            return Err("the input is too long");
        }
        let input = if self.config.raw_snippets { input.into() } else { snippet::defuse(input) };
        Ok(entry(from.as_str(), name, &input, &clock(now.unix, self.config.utc_offset)))
    }
}

impl App for Chat {
    fn join(&mut self, _: &SocketId, _: Option<&str>) -> Result<Vec<Effect>, Rejection> {
        Ok(if planted("chat-no-history") { vec![] } else { vec![Effect::EmitSnapshot] })
    }

    fn event(&mut self, from: &SocketId, args: Args, ack: Option<Ack>, now: Now) -> Vec<Effect> {
        if !args.is_event("message") {
            return Vec::new();
        }
        match self.write(from, &args, now) {
            Ok(json) => {
                let answer = ack.map(|ack| (ack, Args::written(r#"[{"ok":true}]"#.to_owned())));
                vec![Effect::Append { json, answer }]
            }
            Err(sentence) => {
                self.refused += 1;
                let answer = Args::written(format!(r#"[{{"error":"{sentence}"}}]"#));
                ack.map(|ack| Effect::Ack(ack, answer)).into_iter().collect()
            }
        }
    }

    fn record(&mut self, json: Box<str>) {
        self.history.push(json);
    }

    fn wanted(&self) -> Kept {
        Kept { messages: self.config.history, bytes: self.config.history_bytes }
    }

    fn snapshot(&self) -> Option<Args> {
        Some(self.history.snapshot())
    }

    fn refused(&self) -> u64 {
        self.refused
    }

    fn kept(&self) -> Kept {
        self.history.kept()
    }
}

/// Reference: these keys, in this order.
fn entry(client: &str, name: &str, input: &str, clock: &str) -> String {
    let (name, input) = if planted("chat-name-input-swap") { (input, name) } else { (name, input) };
    format!(r#"{{"clientId":"{client}","name":{name},"message":{input},"timeStamp":"{clock}"}}"#)
}

fn is_string(json: &&str) -> bool {
    json.starts_with('"') || planted("chat-takes-anything")
}

/// Reference: `en-IN`, hours and minutes, as Node 22 and later write them; up to Node 20 midnight is `24:05`.
fn clock(unix: i64, utc_offset: i32) -> String {
    let minutes = (unix + i64::from(utc_offset)).div_euclid(60).rem_euclid(24 * 60);
    let hour = if minutes < 60 && planted("midnight-is-24") { 24 } else { minutes / 60 };
    format!("{hour:02}:{:02}", minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(chat: &mut Chat, argument: &str) -> Vec<Effect> {
        let args = Args::parse(format!(r#"["message",{argument}]"#)).unwrap();
        chat.event(&SocketId::from("Kx"), args, Some(Ack { id: 7 }), Now::default())
    }

    fn stored(effects: &[Effect]) -> String {
        let [Effect::Append { json, .. }] = effects else { panic!("it is stored: {effects:?}") };
        json.clone()
    }

    fn is_refused(effects: &[Effect]) -> bool {
        matches!(effects, [Effect::Ack(Ack { id: 7 }, args)] if args.json().contains("error"))
    }

    #[test]
    fn midnight_is_zero() {
        let india = ChatConfig::default().utc_offset;
        assert_eq!(clock(-india as i64 + 5 * 60, india), "00:05");
        assert_eq!(clock(0, india), "05:30");
        assert_eq!(clock(-1, 0), "23:59");
    }

    #[test]
    fn limits_count_decoded_bytes() {
        let mut chat = Chat::new(ChatConfig { name_bytes: 4, input_bytes: 3, ..ChatConfig::default() });
        assert!(!is_refused(&say(&mut chat, r#"{"name":"\ud83d\ude00","input":"\u20ac"}"#)));
        assert!(is_refused(&say(&mut chat, r#"{"name":"\ud83d\ude00x","input":""}"#)));
        assert!(is_refused(&say(&mut chat, r#"{"name":"","input":"€x"}"#)));
        assert_eq!(chat.refused(), 2);
    }

    #[test]
    fn the_largest_message_fits_what_was_computed_for_it() {
        let config = ChatConfig { name_bytes: 5, input_bytes: 7, ..ChatConfig::default() };
        let escapes = |count| format!("\"{}\"", r"\u0001".repeat(count));
        let largest = entry(&"x".repeat(20), &escapes(5), &escapes(7), "23:59");
        assert_eq!(largest.len() + 1, config.largest_entry());
    }

    #[test]
    fn no_snippet_needs_more_than_was_computed_for_the_largest_message() {
        let config = ChatConfig { name_bytes: 0, input_bytes: 9, ..ChatConfig::default() };
        for input in
            ["//&&&&&&&", r"//\u0026\u003c\u003e\u003C\u003E&&", r"\u002f\u002F&\u0026&\u0026&\u0026&"]
        {
            let mut chat = Chat::new(config.clone());
            let said = format!(r#"{{"name":"","input":"{input}"}}"#);
            assert!(!is_refused(&say(&mut chat, &said)), "what was typed counts: {input}");
            let stored = snippet::defuse(&format!("\"{input}\"")).into_owned();
            let entry = entry(&"x".repeat(20), "\"\"", &stored, "23:59");
            assert!(stored.contains("&amp;") && entry.len() < config.largest_entry(), "{entry}");
        }
    }

    #[test]
    fn raw_snippets_are_kept_as_they_came() {
        let mut chat = Chat::new(ChatConfig { raw_snippets: true, ..ChatConfig::default() });
        let said = stored(&say(&mut chat, r#"{"name":"x","input":"//<b>"}"#));
        assert!(said.contains(r#""message":"//<b>""#));
    }

    #[test]
    fn what_stands_alone_in_a_string_is_kept_as_it_came() {
        let mut chat = Chat::new(ChatConfig::default());
        let said =
            stored(&say(&mut chat, r#"{"input":"\/\ud800","extra":1,"name":"first","name":"\u004a"}"#));
        assert!(said.contains(r#""name":"\u004a","message":"\/\ud800""#));
    }
}
