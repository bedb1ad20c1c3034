//! One message as a line.

use serde::Deserialize;
use serde_json::value::RawValue;
use wire42::explain::escape;
use wire42::socket_io::Namespace;
use wire42::store::Record;

use super::LONGEST;

/// Writes a message as it is exported.
pub(super) fn write(room: &Namespace, record: &Record) -> String {
    let room = serde_json::to_string(room.as_str()).expect("a text always serializes");
    let Record { position, unix, json } = record;
    format!(r#"{{"room":{room},"position":{position},"time":{unix},"message":{json}}}"#)
}

/// Reads what was exported; an error is one sentence.
pub(super) fn parse(text: &[u8]) -> Result<(Namespace, Record), String> {
    if text.len() as u64 > LONGEST {
        return Err(format!("it is longer than {LONGEST} bytes"));
    }
    let text = std::str::from_utf8(text).map_err(|_| "it is no UTF-8".to_owned())?;
    // The reader would take a list for an object with these members.
    if !text.trim_start().starts_with('{') {
        return Err("it is no object".to_owned());
    }
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| sentence(&error))?;
    let room = Namespace::parse(&line.room).ok_or("a room begins with / and has no comma")?;
    if !(1..=LAST).contains(&line.position) {
        return Err(format!("a position is a number from 1 to {LAST}"));
    }
    let json = line.message.get();
    if message(json).is_none() {
        return Err(
            "a message is an object with clientId, name, message and timeStamp, each a string".to_owned()
        );
    }
    Ok((room, Record { position: line.position, unix: line.time, json: json.into() }))
}

/// Writes a message for people.
pub(super) fn show(room: &Namespace, record: &Record) -> String {
    let said = match message(&record.json) {
        Some(message) => format!("{}: {}", plain(message.name), plain(message.message)),
        None => record.json.to_string(),
    };
    format!("{} {} {} {}", escape(room.as_str()), record.position, utc(record.unix), escape(&said))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    room: String,
    position: u64,
    time: i64,
    #[serde(borrow)]
    message: &'a RawValue,
}

/// What the chat stores: each member is a JSON string's text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Message<'a> {
    #[serde(borrow)]
    client_id: &'a RawValue,
    #[serde(borrow)]
    name: &'a RawValue,
    #[serde(borrow)]
    message: &'a RawValue,
    #[serde(borrow)]
    time_stamp: &'a RawValue,
}

fn message(json: &str) -> Option<Message<'_>> {
    let message: Message<'_> = serde_json::from_str(json).ok().filter(|_| json.starts_with('{'))?;
    let members = [message.client_id, message.name, message.message, message.time_stamp];
    members.iter().all(|member| member.get().starts_with('"')).then_some(message)
}

/// Gives the text of a JSON string; one with half a character in it stays as it is written.
fn plain(json: &RawValue) -> String {
    serde_json::from_str(json.get()).unwrap_or_else(|_| json.get().to_owned())
}

/// The reader's error says "line 1": it saw only this line.
fn sentence(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    format!("column {}: {what}", error.column())
}

/// Writes a second as a day and a time: <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn utc(unix: i64) -> String {
    let (days, second) = (unix.div_euclid(86_400) + 719_468, unix.rem_euclid(86_400));
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}Z")
}

/// The largest number that every reader of JSON reads alike.
const LAST: u64 = (1 << 53) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_is_a_day_and_a_time() {
        assert_eq!(utc(0), "1970-01-01 00:00:00Z");
        assert_eq!(utc(-1), "1969-12-31 23:59:59Z");
        assert_eq!(utc(1_709_164_800), "2024-02-29 00:00:00Z");
        assert_eq!(utc(1_709_251_200), "2024-03-01 00:00:00Z");
        assert_eq!(utc(1_795_345_598), "2026-11-22 11:06:38Z");
        assert_eq!(utc(951_868_799), "2000-02-29 23:59:59Z");
        utc(i64::MAX);
        utc(i64::MIN);
    }

    #[test]
    fn nothing_that_was_said_is_obeyed_by_a_terminal() {
        let room = Namespace::parse("/a\u{1b}[2J").unwrap();
        let json = r#"{"clientId":"x","name":"J\u001b[1m","message":"a\nb\ud800","timeStamp":"12:00"}"#;
        let record = Record { position: 7, unix: 0, json: json.into() };
        let shown = show(&room, &record);
        assert_eq!(shown, r#"/a\u{1b}[2J 7 1970-01-01 00:00:00Z J\u{1b}[1m: "a\nb\ud800""#);
    }

    #[test]
    fn what_is_not_as_it_was_exported_is_refused() {
        let said = r#"{"clientId":"x","name":"J","message":"a","timeStamp":"12:00"}"#;
        let good = format!(r#"{{"room":"/","position":1,"time":0,"message":{said}}}"#);
        assert!(parse(good.as_bytes()).is_ok());
        assert!(parse(b"\xff").is_err());
        let member = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            good.replace(from, to)
        };
        for bad in [
            String::new(),
            "[]".to_owned(),
            format!(r#"["/",1,0,{said}]"#),
            good.clone() + "x",
            member(r#""position":1,"#, ""),
            member(r#""position":1,"#, r#""position":1,"position":1,"#),
            member(r#""position":1,"#, r#""position":1,"more":1,"#),
            member(r#""position":1,"#, r#""position":0,"#),
            member(r#""position":1,"#, r#""position":9007199254740992,"#),
            member(r#""position":1,"#, r#""position":"1","#),
            member(r#""time":0"#, r#""time":0.5"#),
            member(r#""room":"/""#, r#""room":"a""#),
            member(r#""room":"/""#, r#""room":"/a,b""#),
            member(said, "[]"),
            member(said, r#"["x","J","a","12:00"]"#),
            member(r#""name":"J","#, ""),
            member(r#""name":"J","#, r#""name":7,"#),
            member(r#""name":"J","#, r#""name":"J","more":"","#),
        ] {
            let sentence = parse(bad.as_bytes()).expect_err(&bad);
            assert_eq!(sentence.lines().count(), 1, "{sentence}");
        }
    }
}
