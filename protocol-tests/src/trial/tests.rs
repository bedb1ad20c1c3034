//! Every verdict and every exit code, on a server that does what the test says.

mod script;

use std::path::Path;
use std::time::Duration;

use self::script::Script;
use super::*;
use crate::case::Profile;
use crate::chapter::Chapter;
use crate::setting::Rooms;
use crate::suite::Suite;

/// A suite of cases `g/1`, `g/2` ... from their headers and blocks.
fn suite(cases: &[(&str, &str)]) -> Suite {
    let case = |(i, (header, block)): (usize, &(&str, &str))| {
        format!(
            "## It holds\n\n`g/{}` · {header} · [x]\n\nBecause.\n\n```conversation\n{block}\n```\n\n",
            i + 1
        )
    };
    let text: String = cases.iter().enumerate().map(case).collect();
    let (chapter, faults) = Chapter::read(Path::new("c.md"), &text);
    assert_eq!(faults, []);
    Suite { chapters: vec![chapter] }
}

/// The words of the verdicts and the exit code, each case played `repeat` times.
fn held(script: &Script, cases: &[(&str, &str)], known: &str, repeat: usize) -> (Vec<&'static str>, u8) {
    let suite = suite(cases);
    let known = Known::read("known.md", known).unwrap();
    let mut setting = Setting { profiles: [script.app].into(), ..Setting::default() };
    let trial = Trial { runs: &suite.runs(), jobs: 1, repeat, venue: script, known: &known };
    let finding = trial.hold(&mut setting, &mut |_| {});
    (finding.judged.iter().map(|(_, played)| played.verdict.word()).collect(), finding.exit_code())
}

fn once(cases: &[(&str, &str)]) -> (Vec<&'static str>, u8) {
    held(&Script::of(Profile::Echo), cases, "", 1)
}

const HOLDS_ALWAYS: &str = "alice opens\nalice joins";
const HOLDS_NEVER: &str = "alice opens\nalice closed within 100ms";
const DEADLY: &str = "alice opens websocket\nalice > 42[\"die\"]\nalice silent 100ms";

#[test]
fn what_holds_exits_with_zero() {
    let lax = "http GET ?EIO=9 -> 201\n  or 400  lax: 400";
    assert_eq!(once(&[("MUST · core", HOLDS_ALWAYS), ("MUST · core", lax)]), (vec!["OK", "LAX"], HOLDS));
}

#[test]
fn only_what_binds_is_red() {
    assert_eq!(once(&[("MUST · core", HOLDS_NEVER)]), (vec!["FAIL"], FAILED));
    assert_eq!(once(&[("ours · core", HOLDS_NEVER)]), (vec!["FAIL"], FAILED));
    assert_eq!(once(&[("SHOULD · core", HOLDS_NEVER)]), (vec!["WARN"], HOLDS));
    assert_eq!(once(&[("INFO · core", HOLDS_NEVER)]), (vec!["INFO"], HOLDS));
    assert_eq!(once(&[("MUST · core · disputed: why", HOLDS_NEVER)]), (vec!["FAIL"], HOLDS));
    let setup = format!("{HOLDS_NEVER}\n---\nsettle");
    assert_eq!(once(&[("MUST · core", &setup)]), (vec!["SETUP"], FAILED));
    assert_eq!(once(&[("INFO · core", &setup)]), (vec!["SETUP"], HOLDS));
}

#[test]
fn what_is_not_played_is_named_and_proves_nothing() {
    let (words, code) = once(&[
        ("MUST · chat", "settle"),
        ("MUST · core · live: a wire", "settle"),
        ("MUST · core", "wait 30s"),
        ("MUST · core · needs pi > 60s", "settle"),
    ]);
    assert_eq!((words, code), (vec!["N/A", "SKIP", "TOO SLOW", "TOO SHORT"], NOTHING_RAN));
}

#[test]
fn a_case_is_blocked_by_the_failure_of_one_that_it_needs() {
    let cases = [("MUST · core", HOLDS_NEVER), ("MUST · core · needs g/1", HOLDS_NEVER)];
    assert_eq!(once(&cases), (vec!["FAIL", "BLOCKED"], FAILED));
    let script = Script::of(Profile::Echo);
    assert_eq!(held(&script, &cases, "- g/1 known", 1), (vec!["KNOWN", "BLOCKED"], HOLDS));
}

#[test]
fn a_known_failure_is_no_failure_until_it_passes() {
    let cases = [("MUST · core", HOLDS_NEVER), ("MUST · core", HOLDS_ALWAYS)];
    let script = Script::of(Profile::Echo);
    assert_eq!(held(&script, &cases, "- g/1 not yet", 1), (vec!["KNOWN", "OK"], HOLDS));
    let both = "- g/1 not yet\n- g/2 nor this";
    assert_eq!(held(&script, &cases, both, 1), (vec!["KNOWN", "UNEXPECTED"], FAILED));
}

#[test]
fn a_server_that_dies_names_the_case_and_the_rest_is_played() {
    let cases = [("SHOULD · core", DEADLY), ("MUST · core", HOLDS_ALWAYS)];
    assert_eq!(once(&cases), (vec!["CRASH", "OK"], FAILED));
    let script = Script { revives: false, ..Script::of(Profile::Echo) };
    assert_eq!(held(&script, &cases, "", 1), (vec!["CRASH", "BLOCKED"], FAILED));
    assert_eq!(once(&[("MUST · core · disputed: why", DEADLY)]), (vec!["CRASH"], HOLDS));
}

#[test]
fn of_those_played_at_once_the_one_that_does_it_alone_is_guilty() {
    let suite =
        suite(&[("MUST · core", HOLDS_ALWAYS), ("MUST · core", DEADLY), ("MUST · core", HOLDS_ALWAYS)]);
    let (runs, script, setting) = (suite.runs(), Script::of(Profile::Echo), Setting::default());
    let playlist = Playlist { runs: &runs, jobs: 3, repeat: 1, setting: &setting, venue: &script };
    let died = || unplayed(Verdict::Crash("killed".to_owned()));
    let words = |suspects: &[usize]| {
        let suspects = suspects.iter().map(|i| (*i, (runs[*i], died()))).collect();
        let judged = playlist.confront(suspects);
        judged.iter().map(|(_, (_, played))| played.verdict.word()).collect::<Vec<_>>()
    };
    assert_eq!(words(&[0, 1, 2]), ["OK", "CRASH", "OK"]);
    assert_eq!(words(&[0, 2]), ["CRASH", "OK"], "a death is never forgotten");
}

#[test]
fn what_does_not_always_come_to_the_same_is_flaky() {
    let cases = [("MUST · core", "http GET ?moody -> 400"), ("MUST · core", HOLDS_ALWAYS)];
    let script = Script::of(Profile::Echo);
    assert_eq!(held(&script, &cases, "", 4), (vec!["FLAKY", "OK"], OPEN));
    assert_eq!(held(&Script::of(Profile::Echo), &cases, "", 1).1, FAILED);
    assert_eq!(held(&Script::of(Profile::Echo), &cases, "- g/1 moody", 2), (vec!["KNOWN", "OK"], HOLDS));
}

#[test]
fn a_failure_while_this_machine_lagged_is_inconclusive() {
    let script = Script { lag: Duration::from_secs(1), ..Script::of(Profile::Echo) };
    let cases = [("MUST · core", HOLDS_NEVER), ("MUST · core", HOLDS_ALWAYS)];
    assert_eq!(held(&script, &cases, "", 1), (vec!["INCONCLUSIVE", "OK"], OPEN));
    let script = Script { lag: Duration::from_millis(100), ..Script::of(Profile::Echo) };
    assert_eq!(held(&script, &cases, "", 1).1, FAILED);
}

#[test]
fn a_step_that_refers_to_nothing_is_the_fixtures_fault() {
    for block in
        ["alice > 42", "alice opens\nalice > 42[\"{x}\"]", "http GET ?sid={bob.sid} -> 200", "g -> 200"]
    {
        assert_eq!(once(&[("MUST · core", block)]), (vec!["BAD FIXTURE"], BAD_FIXTURE), "{block}");
    }
    let should = "alice opens\nalice < 42{x:=array}  within 100ms  (SHOULD)\ncheck {x} []";
    assert_eq!(once(&[("MUST · core", should)]).0, ["FAIL"], "the server did not say it");
}

#[test]
fn without_the_control_before_and_after_all_is_blocked() {
    let cases = [("MUST · core", HOLDS_ALWAYS), ("MUST · core", HOLDS_NEVER)];
    for lives_for in [0, 3] {
        let script = Script { lives_for, ..Script::of(Profile::Echo) };
        assert_eq!(held(&script, &cases, "", 1), (vec!["BLOCKED", "BLOCKED"], NOTHING_RAN), "{lives_for}");
    }
    let wrong = Script::of(Profile::Chat);
    let mut setting = Setting { profiles: [Profile::Echo].into(), ..Setting::default() };
    let (suite, known) = (suite(&cases), Known::default());
    let trial = Trial { runs: &suite.runs(), jobs: 1, repeat: 1, venue: &wrong, known: &known };
    assert_eq!(trial.hold(&mut setting, &mut |_| {}).exit_code(), NOTHING_RAN);
}

#[test]
fn engine_io_alone_is_not_asked_for_socket_io() {
    let cases = [
        ("MUST · core", "alice opens\nalice joins"),
        ("MUST · core", "alice opens\nalice > 40\nsettle"),
        ("MUST · core", "alice opens\nhttp POST ?sid={alice.sid}\n     body 4a\n     -> any"),
        ("MUST · core", "http GET ?EIO=9 -> 400"),
        ("MUST · engine-echo", "alice opens\nalice > 4a\nalice < 4a"),
    ];
    let script = Script::of(Profile::EngineEcho);
    assert_eq!(held(&script, &cases, "", 1), (vec!["N/A", "N/A", "N/A", "OK", "OK"], HOLDS));
}

#[test]
fn a_room_without_a_past_costs_a_new_server() {
    let (script, known) = (Script::of(Profile::Chat), Known::default());
    let suite = suite(&[
        ("MUST · chat", "alice opens\nalice joins {room}\nalice < 42{room},[\"message\",[]]"),
        ("MUST · core", HOLDS_ALWAYS),
    ]);
    let mut setting = Setting { profiles: [Profile::Chat].into(), rooms: Rooms::Fresh, ..Setting::default() };
    let trial = Trial { runs: &suite.runs(), jobs: 2, repeat: 2, venue: &script, known: &known };
    let finding = trial.hold(&mut setting, &mut |_| {});
    assert!(finding.judged.iter().all(|(_, played)| played.verdict == Verdict::Ok), "{:?}", finding.judged);
    assert_eq!((script.renewed(), finding.exit_code()), (2, HOLDS));
}

#[test]
fn a_server_that_was_asked_to_end_has_not_crashed() {
    let (script, known) = (Script::of(Profile::Echo), Known::default());
    let suite = suite(&[("MUST · core · needs shut-down", DEADLY), ("MUST · core", HOLDS_ALWAYS)]);
    let capabilities = ["shut-down".to_owned()].into();
    let mut setting = Setting { profiles: [Profile::Echo].into(), capabilities, ..Setting::default() };
    let trial = Trial { runs: &suite.runs(), jobs: 2, repeat: 1, venue: &script, known: &known };
    let finding = trial.hold(&mut setting, &mut |_| {});
    let crashed = |played: &crate::player::Played| matches!(played.verdict, Verdict::Crash(_));
    assert!(!finding.judged.iter().any(|(_, played)| crashed(played)), "{:?}", finding.judged);
    assert_eq!(script.renewed(), 1);
}

#[test]
fn a_server_that_is_not_ours_is_spared() {
    let suite = suite(&[("MUST · core", HOLDS_ALWAYS)]);
    let mut case = suite.chapters[0].cases[0].clone();
    let hinders = |case: &crate::case::Case, is_spared: bool| {
        let setting = Setting { is_spared, ..Setting::default() };
        setting.hinders(case, None, true).map(|verdict| verdict.word())
    };
    for (id, word) in [("robust/x", Some("SKIP")), ("cve/x", Some("SKIP")), ("close/x", None)] {
        id.clone_into(&mut case.header.id);
        assert_eq!(hinders(&case, true), word, "{id}");
        assert_eq!(hinders(&case, false), None, "{id}");
    }
}
