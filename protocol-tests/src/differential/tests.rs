//! Without the reference: the model stands for it, and what is judged is wire42, the ledger and the judge.

use super::class::Class;
use super::reading::Reading;
use super::*;
use crate::vector;

/// Judges a row as the ledger writes it, with what the reference would have read.
fn judged(kind: Kind, wire: &str, theirs: &str) -> Judged {
    let wire: Vec<Content> = wire.split("  ").map(|frame| vector::content(frame).unwrap()).collect();
    judge(kind, &wire, &decoders::read(kind, &wire).reading, &Reading::of_line(theirs))
}

fn explained(classes: &[Class]) -> Judged {
    Judged::Explained(classes.to_vec())
}

#[test]
fn wire42_reads_as_its_model_does_and_the_ledger_holds() {
    let results = run(&Suite::embedded().0, &Options { adapter: None, wires: 6_000, seed: 1 });
    assert_eq!(results.exit_code(), 0, "{}", results.text());
}

#[test]
fn a_difference_has_the_classes_that_it_cannot_do_without() {
    let socket = Kind::SocketPacket;
    assert_eq!(judged(socket, r#"2["a"]"#, r#"event "/" ["a"]"#), Judged::Same);
    assert_eq!(judged(socket, r#"50-["a"]"#, "! Illegal attachments"), explained(&[Class::CountOfZero]));
    let both = [Class::CountNotInDigits, Class::NumFraction];
    let wire = r#"50x1-["a",{"_placeholder":true,"num":0.5}]  >> 00"#;
    assert_eq!(judged(socket, wire, r#"event "/" ["a",undefined]"#), explained(&both));
    // The white space would be an id, had the packet a use for one.
    let two = [Class::WhiteSpaceIsIdZero, Class::IdOfNoUse];
    assert_eq!(judged(socket, "\"0 {}\"", r#"connect "/" id 0 {}"#), explained(&two));
    let mixed = [Class::Base64LoneDigit, Class::DataOfNoUse];
    assert_eq!(judged(Kind::Payload, "1x␞bAQIDB", "close \"x\"; <010203>"), explained(&mixed));
}

#[test]
fn another_outcome_of_the_same_wire_is_unexplained() {
    let socket = Kind::SocketPacket;
    for (wire, theirs) in [
        (r#"50-["a"]"#, r#"event "/" ["b"]"#),
        (r#"2["a"]"#, "! invalid payload"),
        (r#"2["a"]"#, r#"event "/" ["a",-0]"#),
        (r#"2["a"]x"#, r#"event "/" ["a"]"#),
        (r#"29007199254740993["a"]"#, r#"event "/" id 3 ["a"]"#),
        (r#"51-["a",{"_placeholder":true,"num":1}]  >> 00"#, r#"event "/" ["a",undefined]"#),
    ] {
        assert!(matches!(judged(socket, wire, theirs), Judged::Unexplained(_)), "{wire} {theirs}");
    }
}

#[test]
fn every_class_occurs_alone_in_its_direction() {
    let mut results = Results::default();
    let options = Options { adapter: None, wires: 0, seed: 1 };
    compare(&mut Reference::Model, &Suite::embedded().0, &options, &mut results).unwrap();
    assert!(results.faults.is_empty(), "{:?}", results.faults);
}

#[test]
fn a_ledger_that_does_not_fit_is_told() {
    let row = "| `count-of-zero` | `sio-packet  50-[\"a\"]` | `event \"/\" [\"a\"]` | refused | why | `sio-packet/none` |";
    let suite = Suite::embedded().0;
    let ledger = Ledger::read(&format!(
        "{row}\n| `no-such-class` | `sio-packet  2` | refused | refused | why | `x/y` |"
    ));
    let faults = ledger.faults(&suite).join("\n");
    for fault in ["no class no-such-class", "0 rows for long-id", "sio-packet/none, which is no fixture"] {
        assert!(faults.contains(fault), "{fault}: {faults}");
    }
    assert!(ledger.entries[0].fault(&Reading::of_line("! too many")).is_none());
    assert!(ledger.entries[0].fault(&Reading::of_line("event \"/\" [\"a\"]")).is_some());
}

#[test]
fn a_class_that_never_occurs_in_a_long_run_is_an_error() {
    assert_eq!(Results { wires: 99_999, ..Results::default() }.exit_code(), 0);
    let results = Results { wires: 100_000, ..Results::default() };
    assert_eq!(results.exit_code(), 1);
    assert!(results.text().contains("long-id stands in the ledger, and never occurred"));
}

#[test]
fn what_is_made_is_the_same_every_time_and_is_not_all_refused() {
    let made = |seed| {
        let mut dice = Dice::new(seed);
        (0..600).map(|index| sample(&mut dice, index).wire).collect::<Vec<_>>()
    };
    assert_eq!(made(1), made(1));
    assert_ne!(made(1), made(2));
    let results = run(&Suite::embedded().0, &Options { adapter: None, wires: 1_200, seed: 2 });
    assert!(results.tallies.values().all(|tally| tally.both_read > 0), "{}", results.text());
}

#[test]
fn what_is_told_can_be_read_again() {
    for text in [r#"2["a"]"#, "", " 2", "2\u{a0}\u{feff}", "\"x\"", "4a\u{1e}😀", "2  []", "2\t\0"] {
        let wire = [Content::Text(text.to_owned())];
        assert_eq!(vector::content(&notation::show(&wire)).unwrap(), wire[0], "{text:?}");
    }
}
