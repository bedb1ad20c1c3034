//! Holds a codec against the vectors: what it reads a wire as, and what it writes.
//!
//! ```text
//! trailing  2["a"]x  ! invalid-payload      read as event ["a"]        FAIL, as bad as the vector's level
//!                                           refused as bad-id          LAX: a refusal, but of another class
//!                                           refused                    OK: not every codec says why
//! event     2["a"]   = event ["a"]          written as 2/,["a"]        LAX: it is read as the same packet
//! ```

use super::packets::{all_mean, describe};
use super::{Judgement, Kind, Meaning, Packet, Vector};
use crate::packet::{self, Content, EnginePacket, SocketPacket};
use crate::verdict::Verdict;

/// A codec that reads: the packets, or the class of what is wrong with the wire.
pub type Reads<'a> = dyn Fn(Kind, &[Content]) -> Result<Vec<Packet>, String> + 'a;

impl Vector {
    /// Judges a codec that reads.
    pub fn judge(&self, read: &Reads<'_>) -> Verdict {
        self.judge_reading(&read(self.kind, &self.wire))
    }

    /// Judges what a codec has read the wire as.
    pub fn judge_reading(&self, got: &Result<Vec<Packet>, String>) -> Verdict {
        let fits = |meaning: &Meaning| match (meaning, got) {
            (Meaning::Packets(expected), Ok(packets)) => all_mean(expected, packets),
            (Meaning::Refused(_), Err(_)) => true,
            (Meaning::Packets(_), Err(_)) | (Meaning::Refused(_), Ok(_)) => false,
        };
        let Some(meaning) = self.meanings.iter().find(|meaning| fits(meaning)) else {
            let expected: Vec<String> = self.meanings.iter().map(ToString::to_string).collect();
            let why = format!("expected {}, got {}", expected.join(" or "), outcome(got));
            return Verdict::of_failure(self.level, why);
        };
        match (self.judgement, meaning, got) {
            (Judgement::Refuse, Meaning::Refused(expected), Err(class))
                if class != expected && class != UNCLASSED =>
            {
                Verdict::Lax(format!("refused as {class}, not as {expected}"))
            }
            (Judgement::Either, _, got) => Verdict::Info(outcome(got)),
            _ => Verdict::Ok,
        }
    }

    /// Judges what a codec has written for the vector's meaning; only `=` asks for it.
    pub fn judge_writing(&self, got: &Result<Vec<Content>, String>) -> Verdict {
        let written = match got {
            Ok(written) if *written == self.wire => return Verdict::Ok,
            Ok(written) => written,
            Err(class) => {
                return Verdict::of_failure(self.level, format!("refused to write it: {class}"));
            }
        };
        let shown: Vec<String> = written.iter().map(ToString::to_string).collect();
        let shown = shown.join("  ");
        match (read_strictly(self.kind, written), self.packets()) {
            // A peer reads JSON by its structure: the order of keys and the spelling of a string are the writer's.
            (Ok(packets), Some(meant)) if all_mean(&packets, meant) => {
                Verdict::Lax(format!("written as {shown}"))
            }
            (Ok(packets), _) => Verdict::of_failure(
                self.level,
                format!("written as {shown}, which means {}", describe(&packets)),
            ),
            (Err(class), _) => Verdict::of_failure(self.level, format!("written as {shown}: {class}")),
        }
    }

    /// The packets to write, of a vector that is written.
    pub fn packets(&self) -> Option<&[Packet]> {
        match (self.judgement, &self.meanings[..]) {
            (Judgement::Both, [Meaning::Packets(packets)]) => Some(packets),
            _ => None,
        }
    }
}

/// Reads a vector's wire with the judge's own reader: what every other codec is held against must hold itself.
pub fn read_strictly(kind: Kind, wire: &[Content]) -> Result<Vec<Packet>, String> {
    match kind {
        Kind::EnginePacket => {
            let packets: Result<Vec<_>, _> = wire.iter().map(EnginePacket::read).collect();
            Ok(packets?.into_iter().map(Packet::Engine).collect())
        }
        Kind::Payload => {
            let body = wire.first().and_then(Content::as_text).ok_or("empty")?;
            let contents = packet::payload(body)?;
            let packets: Result<Vec<_>, _> = contents.iter().map(EnginePacket::read).collect();
            Ok(packets?.into_iter().map(Packet::Engine).collect())
        }
        Kind::SocketPacket => Ok(SocketPacket::read_all(wire)?.into_iter().map(Packet::Socket).collect()),
    }
}

fn outcome(got: &Result<Vec<Packet>, String>) -> String {
    match got {
        Ok(packets) => describe(packets),
        Err(class) if class == UNCLASSED => "a refusal".to_owned(),
        Err(class) => format!("a refusal ({class})"),
    }
}

/// The class of a refusal that does not say why.
const UNCLASSED: &str = "refused";

/// The classes that a refusal may name.
pub(crate) const CLASSES: [&str; 12] = [
    UNCLASSED,
    "empty",
    "unknown-type",
    "bad-base64",
    "invalid-payload",
    "reserved-event",
    "illegal-attachments",
    "too-many-attachments",
    "unexpected-binary",
    "unexpected-text",
    "missing-id",
    "bad-id",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: Kind, row: &str) -> Vector {
        Vector::read(kind, row).unwrap().unwrap()
    }

    fn read_as(kind: Kind, vector: &str, got: Result<&str, &str>) -> Verdict {
        let packets = |words: &str| super::super::words::packets(kind, words).unwrap();
        row(kind, vector).judge_reading(&got.map(packets).map_err(str::to_owned))
    }

    fn written_as(vector: &str, text: &str) -> Verdict {
        row(Kind::SocketPacket, vector).judge_writing(&Ok(vec![Content::Text(text.to_owned())]))
    }

    #[test]
    fn the_meaning_counts_and_not_its_spelling() {
        let vector = r#"a  2["\u00e9 x"]  = event ["\u00e9 x", bytes aa]"#;
        assert_eq!(read_as(Kind::SocketPacket, vector, Ok(r#"event ["é x",bytes aa]"#)), Verdict::Ok);
        assert!(read_as(Kind::SocketPacket, vector, Ok(r#"event ["éx",bytes aa]"#)).is_bad());
        assert!(read_as(Kind::SocketPacket, vector, Err("bad-id")).is_bad());
    }

    #[test]
    fn a_refusal_of_another_class_is_lax() {
        let vector = "a  7  ! unknown-type";
        assert_eq!(read_as(Kind::EnginePacket, vector, Err("unknown-type")), Verdict::Ok);
        assert_eq!(read_as(Kind::EnginePacket, vector, Err("refused")), Verdict::Ok);
        assert!(matches!(read_as(Kind::EnginePacket, vector, Err("bad-id")), Verdict::Lax(_)));
        assert!(read_as(Kind::EnginePacket, vector, Ok("message")).is_bad());
        assert!(matches!(
            read_as(Kind::EnginePacket, "a  7  ! empty  SHOULD", Ok("message")),
            Verdict::Warn(_)
        ));
    }

    #[test]
    fn what_may_be_taken_either_way_is_recorded() {
        let vector = "a  b-_  ? binary 00  or  ! bad-base64  INFO";
        assert_eq!(read_as(Kind::Payload, vector, Ok("binary 00")), Verdict::Info("binary 00".to_owned()));
        let refused = Verdict::Info("a refusal (bad-base64)".to_owned());
        assert_eq!(read_as(Kind::Payload, vector, Err("bad-base64")), refused);
    }

    #[test]
    fn what_is_written_otherwise_but_read_alike_is_lax() {
        let vector = r#"a  2["é",{"x":1,"y":2}]  = verbatim"#;
        assert_eq!(written_as(vector, r#"2["é",{"x":1,"y":2}]"#), Verdict::Ok);
        assert!(matches!(written_as(vector, r#"2/,["\u00e9", {"y":2,"x":1}]"#), Verdict::Lax(_)));
        assert!(written_as(vector, r#"2["é",{"x":1}]"#).is_bad());
        assert!(written_as(vector, r#"2["é""#).is_bad());
        assert!(row(Kind::SocketPacket, vector).judge_writing(&Err("refused".to_owned())).is_bad());
    }
}
