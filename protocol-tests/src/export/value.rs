//! Texts, patterns and times as trees.
//!
//! ```text
//! 40{room},{100*x}{alice.sid}     ["40",{"name":"room","comma":true},{"repeat":"x","times":100},{"name":"alice.sid"}]
//! {"sid":{x:=string 8..64},...}   {"members":[{"key":"sid","value":{"bind":"x","as":{"string":{"least":8,"most":64}}}}],"more":true}
//! 2pi - 50ms                      {"pi":2,"ms":-50}
//! ```

use regex::Regex;

use super::tree::{Object, list, number};
use crate::json::Json;
use crate::notation::Timing;
use crate::pattern::{Bounds, PacketPattern, Pattern};
use crate::span::Span;
use crate::text::{Count, Piece, Text};

/// Writes a text: a string, or its pieces where it has places.
pub(super) fn text(text: &Text) -> Json {
    let mut pieces = Vec::new();
    let mut comma_taken = false;
    for (i, piece) in text.pieces.iter().enumerate() {
        match piece {
            Piece::Literal(literal) => {
                let literal = if comma_taken { &literal[1..] } else { literal };
                if !literal.is_empty() {
                    pieces.push(Json::from(literal));
                }
            }
            other => pieces.push(place(other, text.pieces.get(i + 1))),
        }
        comma_taken = takes_comma(piece, text.pieces.get(i + 1));
    }
    match &pieces[..] {
        [] => Json::from(""),
        [Json::Text(only)] => Json::from(only.as_str()),
        _ => Json::Array(pieces),
    }
}

/// Writes what one packet must be.
pub(super) fn packet(packet: &PacketPattern) -> Json {
    let object = Object::new();
    match packet {
        PacketPattern::Binary(bytes) => object.with("hex", crate::hex::whole(bytes)).done(),
        PacketPattern::Exact(exact) | PacketPattern::Structure { prefix: exact, json: None, .. } => {
            object.with("text", text(exact)).done()
        }
        PacketPattern::Structure { prefix, json: Some(json), .. } => {
            object.with("prefix", text(prefix)).with("json", pattern(json)).done()
        }
    }
}

/// Writes what a value must be: an object with one member that names the kind.
pub(super) fn pattern(of: &Pattern) -> Json {
    let object = Object::new();
    match of {
        Pattern::Any => object.flag("any", true),
        Pattern::Object => object.flag("object", true),
        Pattern::Text(range) => object.with("string", bounds(*range)),
        Pattern::Number(range) => object.with("number", bounds(*range)),
        Pattern::Array(range) => object.with("array", bounds(*range)),
        Pattern::Regex(expression) => regex(object, expression.as_str()),
        Pattern::Same(name) => object.with("same", name.as_str()),
        Pattern::NoneOf(names) => object.with("differs", list(names, |name| name.as_str().into())),
        Pattern::Bind(name, inner) => object.with("bind", name.as_str()).with("as", pattern(inner)),
        Pattern::Bytes(bytes) => object.with("bytes", crate::hex::whole(bytes)),
        Pattern::Characters(characters) => object.with("text", text(characters)),
        Pattern::Scalar(scalar) => object.with("value", scalar.clone()),
        Pattern::Elements(elements) => {
            let element = |(item, times): &(Pattern, usize)| match times {
                1 => pattern(item),
                _ => Object::new().with("repeat", pattern(item)).with("times", *times).done(),
            };
            object
                .with("elements", list(&elements.items, element))
                .flag("before", elements.more_before)
                .flag("behind", elements.more_behind)
        }
        Pattern::Members(members) => {
            let member = |(key, value): &(Text, Pattern)| {
                Object::new().with("key", text(key)).with("value", pattern(value)).done()
            };
            object.with("members", list(&members.items, member)).flag("more", members.more)
        }
    }
    .done()
}

/// Writes a sum of times: a factor for each unit.
pub(super) fn span(span: &Span) -> Json {
    let mut sum: Vec<(String, f64)> = Vec::new();
    for (factor, unit) in span.terms() {
        match sum.iter_mut().find(|(known, _)| *known == unit) {
            Some((_, total)) => *total += factor,
            None => sum.push((unit, factor)),
        }
    }
    Json::Object(sum.into_iter().map(|(unit, factor)| (unit, number(factor))).collect())
}

/// Adds when something must be there.
pub(super) fn timing(object: Object, timing: &Timing) -> Object {
    let when =
        |(time, should): &(Span, bool)| Object::new().with("time", span(time)).flag("should", *should).done();
    object
        .maybe("within", timing.within.as_ref().map(when))
        .maybe("notBefore", timing.not_before.as_ref().map(when))
        .flag("should", timing.should)
}

fn place(piece: &Piece, next: Option<&Piece>) -> Json {
    let object = Object::new();
    match piece {
        Piece::Literal(literal) => Json::from(literal.as_str()),
        Piece::Reference(name) => {
            object.with("name", name.as_str()).flag("comma", takes_comma(piece, next)).done()
        }
        Piece::Repeat { count: Count::Fixed(times), text } => {
            object.with("repeat", text.as_str()).with("times", *times).done()
        }
        Piece::Repeat { count: Count::MaxPayload(more), text } => {
            let times = Object::new().with("maxPayload", number(*more as f64)).done();
            object.with("repeat", text.as_str()).with("times", times).done()
        }
        Piece::Regex { name, source } => regex(object.maybe("bind", name.as_deref()), source).done(),
    }
}

/// Tells whether the comma behind a room goes with it: on `/` there is neither.
fn takes_comma(piece: &Piece, next: Option<&Piece>) -> bool {
    let follows = matches!(next, Some(Piece::Literal(literal)) if literal.starts_with(','));
    follows && matches!(piece, Piece::Reference(name) if name.starts_with("room"))
}

/// Writes a regular expression, its flags apart: not every dialect has them inside.
fn regex(object: Object, source: &str) -> Object {
    let apart = source.strip_prefix("(?").and_then(|rest| rest.strip_suffix(')')).and_then(|rest| {
        let (flags, inner) = rest.split_once(':')?;
        let all_letters = !flags.is_empty() && flags.bytes().all(|b| b.is_ascii_lowercase());
        // `(?i:a)|(b)` begins and ends alike, but is no whole.
        (all_letters && Regex::new(inner).is_ok()).then_some((flags, inner))
    });
    match apart {
        Some((flags, inner)) => object.with("regex", inner).with("flags", flags),
        None => object.with("regex", source),
    }
}

fn bounds(bounds: Bounds) -> Json {
    let finite = |bound: f64| bound.is_finite().then(|| number(bound));
    Object::new().maybe("least", finite(bounds.least)).maybe("most", finite(bounds.most)).done()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(operand: &str) -> String {
        text(&Text::read(operand).unwrap()).to_string()
    }

    #[test]
    fn a_text_without_places_is_a_string() {
        assert_eq!(written("4a␞4b"), r#""4a\u001e4b""#);
        assert_eq!(written(r#""""#), r#""""#);
    }

    #[test]
    fn places_are_pieces() {
        assert_eq!(
            written("4{maxPayload-1*x}{100*y}{alice.sid}!"),
            r#"["4",{"repeat":"x","times":{"maxPayload":-1}},{"repeat":"y","times":100},{"name":"alice.sid"},"!"]"#
        );
        assert_eq!(written(r"43{id:=/\d+/i}"), r#"["43",{"bind":"id","regex":"\\d+","flags":"i"}]"#);
    }

    #[test]
    fn the_comma_goes_with_its_room() {
        assert_eq!(written("42{room},[1]"), r#"["42",{"name":"room","comma":true},"[1]"]"#);
        assert_eq!(written("40{room},"), r#"["40",{"name":"room","comma":true}]"#);
        assert_eq!(written("40{room}"), r#"["40",{"name":"room"}]"#);
        assert_eq!(written("{x},"), r#"[{"name":"x"},","]"#);
    }

    #[test]
    fn patterns_are_trees() {
        let written = |source: &str| pattern(&Pattern::read(source).unwrap()).to_string();
        assert_eq!(
            written(r#"{"sid":{x:=string 8..64},...}"#),
            r#"{"members":[{"key":"sid","value":{"bind":"x","as":{"string":{"least":8,"most":64}}}}],"more":true}"#
        );
        assert_eq!(
            written(r#"[...,{number 1..} x3,bytes 00ff,-1.50,...]"#),
            r#"{"elements":[{"repeat":{"number":{"least":1}},"times":3},{"bytes":"00ff"},{"value":-1.50}],"before":true,"behind":true}"#
        );
        assert_eq!(written("{!= a.sid, b.sid}"), r#"{"differs":["a.sid","b.sid"]}"#);
    }

    #[test]
    fn a_time_is_a_sum() {
        let written = |source: &str| span(&Span::read(source).unwrap()).to_string();
        assert_eq!(written("2pi - 50ms + pi"), r#"{"pi":3,"ms":-50}"#);
        assert_eq!(written("tol"), r#"{"tol":1}"#);
    }
}
