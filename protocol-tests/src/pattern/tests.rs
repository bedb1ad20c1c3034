use super::*;
use crate::packet::Content;

fn fits(pattern: &str, json: &str) -> bool {
    let mut scope = Scope::default();
    scope.bind_text("x", "one");
    scope.bind_text("alice.sid", "S");
    let value = Json::read(json).unwrap();
    Pattern::read(pattern).unwrap().check(&value, &scope, &mut Bindings::new()).is_ok()
}

#[test]
fn objects_are_closed_unless_they_say_more() {
    assert!(fits(r#"{"a":1,"b":[true,null]}"#, r#"{"b":[true,null],"a":1.0}"#));
    assert!(!fits(r#"{"a":1}"#, r#"{"a":1,"b":2}"#));
    assert!(fits(r#"{"a":1,...}"#, r#"{"a":1,"b":2}"#));
    assert!(!fits(r#"{"a":1,...}"#, r#"{"b":2}"#));
}

#[test]
fn arrays_have_an_order_and_a_length() {
    assert!(!fits("[1,2]", "[2,1]"));
    assert!(!fits("[1]", "[1,2]"));
    assert!(fits("[1,...]", "[1,2]"));
    assert!(fits("[...,2]", "[1,2]"));
    assert!(fits("[...,2,...]", "[1,2,3]"));
    assert!(fits(r#"[{"n":{number}} x3]"#, r#"[{"n":1},{"n":2},{"n":3}]"#));
    assert!(!fits("[{any} x3]", "[1,2]"));
}

#[test]
fn kinds_have_bounds() {
    assert!(fits("{string 2..3}", r#""ab""#) && !fits("{string 2..3}", r#""a""#));
    assert!(fits("{number 1..}", "1") && !fits("{number 1..}", "0.5") && !fits("{number}", r#""1""#));
    assert!(fits("{array 1..1}", "[{}]") && !fits("{array 1..1}", "[]"));
    assert!(fits("{object}", "{}") && !fits("{object}", "[]"));
    assert!(fits("{any}", "null"));
    assert!(fits(r#"{"name":"{/^m\d{1,2}$/}"}"#, r#"{"name":"m17"}"#));
    assert!(!fits(r"{/^m\d+$/}", r#""xm1""#));
}

#[test]
fn names_are_compared_and_bound() {
    assert!(fits("{=x}", r#""one""#) && fits("{x}", r#""one""#) && !fits("{=x}", r#""two""#));
    assert!(!fits("{!= x, alice.sid}", r#""S""#) && fits("{!= x}", r#""S""#));
    assert!(fits(r#"["{alice.sid}-{x}"]"#, r#"["S-one"]"#));
    assert!(fits("[{y:=number},{=y}]", "[3,3]") && !fits("[{y:=number},{=y}]", "[3,4]"));
}

fn receive(pattern: &PacketPattern, come: &[Content]) -> Received {
    pattern.check(come.iter(), &Scope::default())
}

fn text(text: &str) -> Content {
    Content::Text(text.into())
}

#[test]
fn the_text_before_the_json_is_exact() {
    let pattern = PacketPattern::read(r#"42/a,["x",...]"#).unwrap();
    assert!(matches!(receive(&pattern, &[text(r#"42/a,["x",1]"#)]), Received::Fits { messages: 1, .. }));
    assert!(matches!(receive(&pattern, &[text(r#"42["x",1]"#)]), Received::Differs(_)));
    assert!(matches!(receive(&pattern, &[]), Received::Waiting));
    let ping = PacketPattern::read("2").unwrap();
    assert!(matches!(receive(&ping, &[text("2probe")]), Received::Differs(_)));
    assert!(ping.is("2"));
}

#[test]
fn attachments_may_come_in_any_order_of_their_numbers() {
    let pattern = PacketPattern::read(r#"452-["x",bytes 00ff,{"a":[bytes 01]}]"#).unwrap();
    let header = text(r#"452-["x",{"_placeholder":true,"num":1},{"a":[{"_placeholder":true,"num":0}]}]"#);
    let bytes = |b: &[u8]| Content::Binary(b.to_vec());
    let come = [header.clone(), bytes(&[1]), bytes(&[0, 255])];
    assert!(matches!(receive(&pattern, &come), Received::Fits { messages: 3, .. }));
    let swapped = [header.clone(), bytes(&[0, 255]), bytes(&[1])];
    assert!(matches!(receive(&pattern, &swapped), Received::Differs(_)));
    assert!(matches!(receive(&pattern, &[header]), Received::Waiting));
}

#[test]
fn exact_text_is_compared_by_its_characters() {
    let pattern = PacketPattern::exact(r#"42["m",{"t":"{/\d{1,2}:\d{2}/}"}]"#).unwrap();
    assert!(matches!(receive(&pattern, &[text(r#"42["m",{"t":"9:05"}]"#)]), Received::Fits { .. }));
    assert!(matches!(receive(&pattern, &[text(r#"42["m", {"t":"9:05"}]"#)]), Received::Differs(_)));
}

#[test]
fn a_regular_expression_may_stand_before_the_json() {
    let pattern = PacketPattern::read(r#"42{id:=/\d+/}["q"]"#).unwrap();
    let Received::Fits { bound, .. } = receive(&pattern, &[text(r#"4217["q"]"#)]) else { panic!("no match") };
    assert_eq!(bound, [("id".to_owned(), Json::Text("17".into()))]);
}

#[test]
fn what_is_no_pattern_is_refused() {
    for source in ["", "[1", "{x:=nothing}", "{string 8-9}", r#"{"a"}"#, "[1,,2]", "{/(/}", "bytes 0"] {
        assert!(Pattern::read(source).is_err(), "{source}");
    }
}
