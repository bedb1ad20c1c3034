//! The lines: a request goes out as one line of ASCII, its answer comes back as one line of JSON.
//!
//! ```text
//! {"id":7,"op":"encode","kind":"sio-packet","packets":[...]}        {"id":7,"wire":[{"text":"2[\"hi\"]"}]}
//!                                                                   {"id":7,"error":"invalid-payload"}
//! ```

use crate::json::{Json, Number};
use crate::packet::Content;
use crate::vector::{self, CLASSES, Judgement, Kind, Packet, Vector};

/// What is asked of a codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To read a wire.
    Decode,
    /// To write packets.
    Encode,
}

impl Asked {
    /// Lists what a vector asks for.
    pub fn of(vector: &Vector) -> Vec<Asked> {
        match vector.judgement {
            Judgement::Both => vec![Asked::Decode, Asked::Encode],
            Judgement::Read | Judgement::Refuse | Judgement::Either => vec![Asked::Decode],
        }
    }

    /// The name in the lines and in `id[decode]`.
    pub fn name(self) -> &'static str {
        match self {
            Asked::Decode => "decode",
            Asked::Encode => "encode",
        }
    }
}

/// What an adapter says of itself.
#[derive(Debug)]
pub(super) struct Hello {
    pub(super) name: String,
    pub(super) decode: Vec<Kind>,
    pub(super) encode: Vec<Kind>,
}

/// What a codec made of a request: the answer proper, or the class of its refusal.
pub(super) type Outcome<T> = Result<T, String>;

pub(super) fn hello() -> Vec<(&'static str, Json)> {
    vec![("op", text("hello")), ("protocol", Json::Number(Number(PROTOCOL.to_string())))]
}

pub(super) fn decode(vector: &Vector) -> Vec<(&'static str, Json)> {
    let kind = text(vector.kind.group());
    vec![("op", text("decode")), ("kind", kind), ("wire", vector::contents_to_json(&vector.wire))]
}

pub(super) fn encode(kind: Kind, packets: &[Packet]) -> Vec<(&'static str, Json)> {
    vec![("op", text("encode")), ("kind", text(kind.group())), ("packets", vector::packets_to_json(packets))]
}

pub(super) fn readings(kind: Kind, wires: &[Vec<Content>]) -> Vec<(&'static str, Json)> {
    let wires = wires.iter().map(|wire| vector::contents_to_json(wire)).collect();
    vec![("op", text("readings")), ("kind", text(kind.group())), ("wires", Json::Array(wires))]
}

/// Writes a request as a line, in ASCII: some readers of lines end one at U+2028, or guess at encodings.
pub(super) fn request(id: u64, members: Vec<(&'static str, Json)>) -> String {
    let mut all = vec![("id".to_owned(), Json::Number(Number(id.to_string())))];
    all.extend(members.into_iter().map(|(key, value)| (key.to_owned(), value)));
    let mut line = String::new();
    for c in Json::Object(all).to_string().chars() {
        if c.is_ascii() {
            line.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| line.push_str(&format!("\\u{unit:04x}")));
        }
    }
    line + "\n"
}

/// Reads a line as the answer to a request; the error says what is wrong with it.
pub(super) fn answer(id: u64, line: &str) -> Result<Json, String> {
    let json = Json::read(line).map_err(|unread| format!("no JSON: expected {}", unread.expected))?;
    match json.member("id") {
        Some(got) if got.as_u64() == Some(id) => Ok(json),
        Some(got) => Err(format!("an answer to {got}, not to {id}")),
        None => Err("no \"id\"".to_owned()),
    }
}

pub(super) fn read_hello(json: &Json) -> Result<Hello, String> {
    let name = json.member("name").and_then(Json::as_text).ok_or("no \"name\"")?.to_owned();
    Ok(Hello { name, decode: kinds(json, "decode")?, encode: kinds(json, "encode")? })
}

pub(super) fn read_packets(kind: Kind, json: &Json) -> Result<Outcome<Vec<Packet>>, String> {
    one_of(json, "packets", |packets| vector::packets_from_json(kind, packets))
}

pub(super) fn read_wire(json: &Json) -> Result<Outcome<Vec<Content>>, String> {
    one_of(json, "wire", vector::contents_from_json)
}

/// Reads what was made of so many wires, a line each.
pub(super) fn read_readings(json: &Json, count: usize) -> Result<Vec<String>, String> {
    let Some(Json::Array(readings)) = json.member("readings") else {
        return Err("no \"readings\"".to_owned());
    };
    let readings: Option<Vec<&str>> = readings.iter().map(Json::as_text).collect();
    let readings = readings.filter(|readings| readings.len() == count);
    let readings = readings.ok_or_else(|| format!("\"readings\" are {count} strings"))?;
    Ok(readings.into_iter().map(str::to_owned).collect())
}

fn one_of<T>(
    json: &Json,
    key: &str,
    read: impl Fn(&Json) -> Result<T, String>,
) -> Result<Outcome<T>, String> {
    match (json.member(key), json.member("error")) {
        (Some(found), None) => read(found).map(Ok),
        (None, Some(Json::Text(class))) if CLASSES.contains(&class.as_str()) => Ok(Err(class.clone())),
        (None, Some(other)) => Err(format!("\"error\" is {other}; it is one of {}", CLASSES.join(", "))),
        (Some(_), Some(_)) | (None, None) => Err(format!("either \"{key}\" or \"error\"")),
    }
}

/// Reads a list of kinds; without it, all.
fn kinds(json: &Json, key: &str) -> Result<Vec<Kind>, String> {
    let unknown =
        |item: &Json| format!("\"{key}\" lists {item}; the kinds are eio-packet, eio-payload, sio-packet");
    match json.member(key) {
        None => Ok(Kind::ALL.to_vec()),
        Some(Json::Array(items)) => {
            let kind = |item: &Json| item.as_text().and_then(Kind::of_group).ok_or_else(|| unknown(item));
            items.iter().map(kind).collect()
        }
        Some(other) => Err(unknown(other)),
    }
}

fn text(text: &str) -> Json {
    Json::Text(text.to_owned())
}

/// The version of the lines.
pub const PROTOCOL: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::Suite;

    #[test]
    fn a_request_is_one_line_of_ascii() {
        let vector = Vector::read(Kind::EnginePacket, r#"a  "4\u20ac\ud83d\ude00\u2028\n"  ~ message"#);
        let line = request(7, decode(&vector.unwrap().unwrap()));
        assert!(line.is_ascii() && line.find('\n') == Some(line.len() - 1), "{line}");
        let wire = r#""wire":[{"text":"4\u20ac\ud83d\ude00\u2028\n"}]}"#;
        assert_eq!(line.trim_end(), format!(r#"{{"id":7,"op":"decode","kind":"eio-packet",{wire}"#));
    }

    #[test]
    fn an_answer_is_one_thing_or_the_other() {
        let read = |line: &str| answer(1, line).and_then(|json| read_wire(&json));
        assert_eq!(read(r#"{"id":1,"error":"bad-id"}"#), Ok(Err("bad-id".to_owned())));
        assert_eq!(read(r#"{"id":1,"wire":[{"hex":"00"}]}"#), Ok(Ok(vec![Content::Binary(vec![0])])));
        for line in [
            "",
            "[1]",
            r#"{"wire":[]}"#,
            r#"{"id":2,"wire":[]}"#,
            r#"{"id":1}"#,
            r#"{"id":1,"wire":[],"error":"bad-id"}"#,
            r#"{"id":1,"error":"E42"}"#,
            r#"{"id":1,"wire":[{"text":1}]}"#,
        ] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn every_wire_has_a_reading() {
        let read = |line: &str| answer(1, line).and_then(|json| read_readings(&json, 2));
        assert_eq!(read(r#"{"id":1,"readings":["ping","! no"]}"#).unwrap(), ["ping", "! no"]);
        for line in [r#"{"id":1}"#, r#"{"id":1,"readings":["ping"]}"#, r#"{"id":1,"readings":["ping",2]}"#] {
            assert!(read(line).is_err(), "{line}");
        }
    }

    #[test]
    fn an_adapter_may_know_some_kinds_only() {
        let hello = |line: &str| read_hello(&Json::read(line).unwrap());
        let some = hello(r#"{"name":"x","decode":["sio-packet"],"encode":[]}"#).unwrap();
        assert_eq!((some.decode, some.encode), (vec![Kind::SocketPacket], vec![]));
        assert_eq!(hello(r#"{"name":"x"}"#).unwrap().encode.len(), 3);
        assert!(hello("{}").is_err() && hello(r#"{"name":"x","decode":["sio"]}"#).is_err());
    }

    #[test]
    fn every_request_obeys_the_published_schema() {
        let schema = serde_json::from_str(crate::export::ADAPTER_SCHEMA).unwrap();
        let schema = jsonschema::validator_for(&schema).unwrap();
        let obeys = |line: &str| schema.is_valid(&serde_json::from_str(line).unwrap());
        assert!(obeys(&request(1, hello())));
        let wire = vec![Content::Text("2".to_owned()), Content::Binary(vec![0])];
        assert!(obeys(&request(1, readings(Kind::SocketPacket, &[wire, vec![]]))));
        for vector in Suite::embedded().0.vectors() {
            assert!(obeys(&request(2, decode(vector))), "{}", vector.id);
            if let Some(packets) = vector.packets() {
                assert!(obeys(&request(3, encode(vector.kind, packets))), "{}", vector.id);
            }
        }
        assert!(!obeys(r#"{"id":1,"op":"decode","kind":"sio-packet"}"#));
    }

    #[test]
    fn the_published_schema_knows_all_classes() {
        let schema: serde_json::Value = serde_json::from_str(crate::export::ADAPTER_SCHEMA).unwrap();
        assert_eq!(schema["$defs"]["error"]["enum"], serde_json::json!(CLASSES));
    }
}
