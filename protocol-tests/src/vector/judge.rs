//! Holds a codec against the vectors: it reads the wire and says what it means in the words of the fixtures.

use super::{Judgement, Kind, Meaning, Vector};
use crate::packet::{self, Content, EnginePacket, SocketPacket};
use crate::verdict::Verdict;

/// A codec that reads: the meaning in the words of the fixtures, or the class of what is wrong with the wire.
pub type Reads<'a> = dyn Fn(Kind, &[Content]) -> Result<String, String> + 'a;

impl Vector {
    /// Judges a codec that reads.
    pub fn judge(&self, read: &Reads<'_>) -> Verdict {
        let got = read(self.kind, &self.wire);
        let fits = |meaning: &Meaning| match (meaning, &got) {
            (Meaning::Value(expected), Ok(value)) => self.canonical(expected) == squeeze(value),
            (Meaning::Refused(_), Err(_)) => true,
            _ => false,
        };
        let Some(meaning) = self.meanings.iter().find(|meaning| fits(meaning)) else {
            let expected: Vec<String> = self.meanings.iter().map(|meaning| format!("{meaning:?}")).collect();
            return Verdict::of_failure(
                self.level,
                format!("expected {}, got {got:?}", expected.join(" or ")),
            );
        };
        match (meaning, got, self.judgement) {
            (Meaning::Refused(expected), Err(class), Judgement::Refuse) if *expected != class => {
                Verdict::Lax(format!("refused as {class}, not as {expected}"))
            }
            _ => Verdict::Ok,
        }
    }

    /// Writes a value out: repeated packets one by one, `verbatim` as the wire has it, no blanks outside strings.
    fn canonical(&self, value: &str) -> String {
        if value == "verbatim" {
            return read_strictly(self.kind, &self.wire).map_or_else(|class| class, |value| squeeze(&value));
        }
        if value == "nothing" {
            return String::new();
        }
        let parts = if self.kind == Kind::Payload { split(value) } else { vec![value.to_owned()] };
        let repeated = parts.iter().flat_map(|part| {
            let (part, times) = match part.rsplit_once(" x").map(|(part, times)| (part, times.parse())) {
                Some((part, Ok(times))) => (part, times),
                _ => (part.as_str(), 1),
            };
            std::iter::repeat_n(squeeze(part), times)
        });
        repeated.collect::<Vec<_>>().join(",")
    }
}

/// Reads a vector's wire with the judge's own reader: what every other codec is held against must hold itself.
pub fn read_strictly(kind: Kind, wire: &[Content]) -> Result<String, String> {
    match kind {
        Kind::EnginePacket => Ok(EnginePacket::read(&wire[0])?.to_string()),
        Kind::Payload => {
            let contents = packet::payload(wire[0].as_text().unwrap_or(""))?;
            let packets: Result<Vec<_>, _> = contents.iter().map(EnginePacket::read).collect();
            Ok(packets?.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        Kind::SocketPacket => {
            let packets = SocketPacket::read_all(wire)?;
            Ok(packets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" then "))
        }
    }
}

/// Splits at commas outside strings.
fn split(value: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    each(value, |c, quoted| match (c, quoted) {
        (',', false) => parts.push(String::new()),
        (c, _) => parts.last_mut().expect("there is always a part").push(c),
    });
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// Leaves out the blanks outside strings, and writes strings as the judge does.
fn squeeze(value: &str) -> String {
    let mut out = String::new();
    each(value, |c, quoted| {
        if quoted || c != ' ' {
            out.push(c);
        }
    });
    let mut plain = String::new();
    let mut rest = out.as_str();
    while let Some((before, tail)) = rest.split_once('"') {
        plain.push_str(before);
        let mut cursor = crate::cursor::Cursor::new(tail);
        match crate::json::string(&mut cursor) {
            Ok(text) => plain.push_str(&crate::json::quote(&text)),
            Err(_) => return out,
        }
        rest = cursor.rest();
    }
    plain + rest
}

/// Visits the characters, and whether each stands in a string.
fn each(value: &str, mut visit: impl FnMut(char, bool)) {
    let (mut quoted, mut escaped) = (false, false);
    for c in value.chars() {
        visit(c, quoted);
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(kind: Kind, row: &str, got: Result<&str, &str>) -> Verdict {
        let vector = Vector::read(kind, row).unwrap().unwrap();
        vector.judge(&|_, _| got.map(str::to_owned).map_err(str::to_owned))
    }

    #[test]
    fn blanks_and_escapes_do_not_matter() {
        let row = r#"a  2["\u00e9 x"]  = event ["\u00e9 x", bytes aa]"#;
        assert_eq!(judged(Kind::SocketPacket, row, Ok(r#"event ["é x",bytes aa]"#)), Verdict::Ok);
        assert!(judged(Kind::SocketPacket, row, Ok(r#"event ["éx",bytes aa]"#)).is_bad());
        assert!(judged(Kind::SocketPacket, row, Err("x")).is_bad());
    }

    #[test]
    fn packets_may_be_counted() {
        let row = r#"a  4␞4␞2  = message x2, ping"#;
        assert_eq!(judged(Kind::Payload, row, Ok("message, message, ping")), Verdict::Ok);
        assert!(judged(Kind::Payload, row, Ok("message, ping")).is_bad());
    }

    #[test]
    fn a_refusal_of_another_class_is_lax() {
        let row = "a  7  ! unknown-type";
        assert_eq!(judged(Kind::EnginePacket, row, Err("unknown-type")), Verdict::Ok);
        assert!(matches!(judged(Kind::EnginePacket, row, Err("other")), Verdict::Lax(_)));
        assert!(judged(Kind::EnginePacket, row, Ok("message")).is_bad());
        assert!(matches!(judged(Kind::EnginePacket, "a  7  ! x  SHOULD", Ok("message")), Verdict::Warn(_)));
    }
}
