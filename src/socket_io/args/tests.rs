//! What is kept to the byte, and what is no array.

use super::*;

fn args(json: &str) -> Args {
    Args::parse(json).unwrap()
}

#[test]
fn white_space_around_the_array_is_dropped_and_inside_is_kept() {
    assert_eq!(args("\r\n\t [ 1 , 2 ] ").json(), "[ 1 , 2 ]");
}

#[test]
fn what_is_no_array_is_refused() {
    for json in ["", " ", "{}", "null", "\"[]\"", "[", "[1,]", "[1]]", "[1] 2", "[01]", "\u{a0}[]"] {
        assert_eq!(Args::parse(json), Err(NotAnArray), "{json:?}");
    }
    assert_eq!(Args::parse("[\"a\nb\"]"), Err(NotAnArray), "a raw control character");
}

#[test]
fn elements_are_given_as_they_are_spelled() {
    let args = args(r#"["a\/\ud800", 1.0e+3 ,-0,{"k":1,"k":[2]} , [ ],null]"#);

    let elements: Vec<_> = args.elements().collect();

    assert_eq!(elements, [r#""a\/\ud800""#, "1.0e+3", "-0", r#"{"k":1,"k":[2]}"#, "[ ]", "null"]);
}

#[test]
fn an_empty_array_has_neither_elements_nor_a_name() {
    for json in ["[]", "[ \n]"] {
        assert_eq!((args(json).elements().count(), args(json).name()), (0, None));
    }
}

#[test]
fn a_name_is_what_its_string_means() {
    assert!(args(r#"["mess\u0061ge"]"#).is_event("message"));
    assert!(args(r#"["a\\nb"]"#).is_event(r"a\nb"));
    assert!(!args(r#"["a\nb"]"#).is_event(r"a\nb"), "an escape is not the letters it is spelled with");
    assert!(!args(r#"["Message"]"#).is_event("message"));
    assert!(!args(r#"["\ud800"]"#).is_event("\u{fffd}"), "a lone surrogate equals no text");
    assert!(!args("[1]").is_event("1"), "a number is not a string");
    assert!(!args("[]").is_event(""));
}

#[test]
fn a_new_name_changes_nothing_behind_it() {
    let echoed =
        args(r#"[ "message" , 1.0 ,{"a":1} ]"#).with_attachments(vec![vec![7]]).renamed("message-back");

    assert_eq!(echoed.json(), r#"["message-back", 1.0 ,{"a":1} ]"#);
    assert_eq!(echoed.attachments(), [[7]]);
    assert_eq!(args(r#"["x"]"#).renamed("a\"b").json(), r#"["a\"b"]"#);
    assert_eq!(args("[]").renamed("y").json(), r#"["y"]"#);
}

#[test]
fn without_its_name_an_event_is_an_answer() {
    let pairs =
        [(r#"["m",1,"2"]"#, r#"[1,"2"]"#), (r#"["m" , 1 ]"#, "[ 1 ]"), (r#"["m"]"#, "[]"), ("[]", "[]")];
    for (event, answer) in pairs {
        assert_eq!(args(event).without_name().json(), answer, "{event}");
    }
    assert_eq!(Args::within("212[\"m\",1]".to_owned(), 3).unwrap().without_name().json(), "[1]");
}

#[test]
fn a_header_in_front_makes_no_difference() {
    let args = Args::within("212 [\"m\"]\n".to_owned(), 3).unwrap();

    assert_eq!(args, Args::event("m", &[]));
    assert_ne!(args, Args::event("n", &[]));
    assert_ne!(args, Args::event("m", &[]).with_attachments(vec![vec![]]));
    assert_eq!(args.name(), Some("\"m\""));
}

#[test]
fn the_depth_of_an_argument_does_not_matter() {
    let deep = format!("[\"m\",{}{}]", "[".repeat(400_000), "]".repeat(400_000));
    let small_stack = std::thread::Builder::new().stack_size(64 * 1024);

    let lengths = small_stack.spawn(move || {
        let args = args(&deep).renamed("back").without_name();
        (args.elements().count(), args.json().len())
    });

    assert_eq!(lengths.unwrap().join().unwrap(), (1, 800_002));
}
