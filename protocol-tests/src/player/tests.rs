//! The judge, judged: what is right passes, and what is wrong in one way does not.

mod model;

use std::path::Path;
use std::time::Duration;

use self::model::{Bug, Model};
use super::{Played, play};
use crate::case::{Case, Profile};
use crate::chapter::Chapter;
use crate::notation::Transport;
use crate::setting::Setting;
use crate::verdict::Verdict;

fn case(header: &str, block: &str) -> Case {
    let text =
        format!("## It holds\n\n`g/x` · {header} · [x]\n\nBecause.\n\n```conversation\n{block}\n```\n");
    let (mut chapter, faults) = Chapter::read(Path::new("c.md"), &text);
    assert_eq!(faults, []);
    chapter.cases.remove(0)
}

fn setting() -> Setting {
    Setting { profiles: [Profile::Echo, Profile::EngineEcho].into(), ..Setting::default() }
}

fn on(bug: Bug, header: &str, block: &str) -> (Played, Model) {
    let mut model = Model::new(bug);
    let played = play(&case(header, block), Some(Transport::Polling), &mut model, &setting());
    (played, model)
}

fn verdict(bug: Bug, block: &str) -> Verdict {
    on(bug, "MUST · engine-echo", block).0.verdict
}

fn fails(bug: Bug, block: &str, why: &str) {
    match verdict(bug, block) {
        Verdict::Fail(got) => assert!(got.contains(why), "{got}"),
        other => panic!("{other}, not a failure"),
    }
}

const ECHO: &str = "alice opens websocket\nalice > 42[\"message\",1]\nalice < 42[\"message-back\",1]";
const POLL: &str = "alice opens polling\nalice > 42[\"message\",1]\n      > 42[\"message\",2]\n\
                    alice < 42[\"message-back\",1]\n      < 42[\"message-back\",2]";

#[test]
fn what_is_right_passes_over_both_transports() {
    assert_eq!(verdict(Bug::None, ECHO), Verdict::Ok);
    assert_eq!(verdict(Bug::None, POLL), Verdict::Ok);
}

#[test]
fn what_does_not_come_or_differs_fails() {
    fails(Bug::Mute, ECHO, "nothing came");
    fails(Bug::Shuffles, POLL, "expected 1, got 2");
    fails(Bug::RefusesAll, ECHO, "400");
    fails(Bug::RefusesAll, POLL, "expected 200");
}

#[test]
fn attachments_are_judged_in_their_places() {
    let block = "alice opens websocket\n\
        alice > 452-[\"message\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]\n      >> 01\n      >> 02\n\
        alice < 452-[\"message-back\",bytes 01,bytes 02]";
    assert_eq!(verdict(Bug::None, block), Verdict::Ok);
    fails(Bug::SwapsAttachments, block, "expected bytes 01, got bytes 02");
}

#[test]
fn an_end_has_a_bound() {
    let block = "alice opens websocket\nalice > 4abc\nalice closed strictly within 0.9pi";
    assert_eq!(verdict(Bug::None, block), Verdict::Ok);
    fails(Bug::NeverCloses, block, "it is open");
    let late = "alice opens websocket  heartbeat by hand\nalice < 2  within pi + tol\nalice closed within pt + tol  not before 0.7pt";
    assert_eq!(verdict(Bug::None, late), Verdict::Ok);
    fails(Bug::NoPing, late, "nothing came");
}

#[test]
fn a_goodbye_may_stand_before_the_end_and_is_none() {
    for step in ["alice closed strictly within 0.9pi", "alice silent 0.9pi or closed"] {
        let block = format!("alice opens websocket\nalice > 4abc\n{step}");
        assert_eq!(verdict(Bug::SaysGoodbye, &block), Verdict::Ok, "{step}");
        fails(Bug::OnlySaysGoodbye, &block, "it is open");
    }
    fails(Bug::OnlySaysGoodbye, "alice opens websocket\nalice > 4abc\nalice silent 0.5pi", "got 1");
}

#[test]
fn a_noop_on_a_websocket_is_ignored_by_sessions_alone() {
    assert_eq!(verdict(Bug::NoopOnSocket, "alice opens websocket\nalice silent 0.5pi"), Verdict::Ok);
    let bare = "w opens ?EIO=4&transport=websocket\nw < 0{object}\nw silent 0.5pi";
    assert_eq!(verdict(Bug::None, bare), Verdict::Ok);
    fails(Bug::NoopOnSocket, bare, "expected silence, got 6");
}

#[test]
fn what_comes_too_early_fails_or_warns() {
    let block = "alice opens websocket  heartbeat by hand\nalice < 2  within pi + tol  not before 0.8pi";
    assert_eq!(verdict(Bug::None, block), Verdict::Ok);
    fails(Bug::PingsEarly, block, "before 0.8pi");
    let warned = verdict(Bug::PingsEarly, &format!("{block} (SHOULD)"));
    assert!(matches!(warned, Verdict::Warn(_)), "{warned}");
}

#[test]
fn silence_is_broken_by_packets_and_not_by_pings() {
    let block = "alice opens\nalice silent 2.5pi";
    let (played, model) = on(Bug::None, "MUST · engine-echo", block);
    assert_eq!((played.verdict, model.pongs), (Verdict::Ok, 2));
    fails(Bug::None, "alice opens\nalice > 42[\"message\"]\nalice silent 0.4pi", "expected silence");
    fails(
        Bug::None,
        "alice opens websocket  heartbeat by hand\nalice silent 2.5pi",
        "expected silence, got the end",
    );
    assert_eq!(
        verdict(Bug::None, "alice opens websocket\nalice > 4abc\nalice silent 1s or closed"),
        Verdict::Ok
    );
}

#[test]
fn a_get_is_open_only_while_a_step_waits() {
    let block = "alice opens\nalice > 42[\"message\",1]\nsettle\nhttp GET ?sid={alice.sid} -> 200 < 42[\"message-back\",1]";
    let (played, model) = on(Bug::None, "MUST · engine-echo", block);
    assert_eq!((played.verdict, model.gets), (Verdict::Ok, 1));
}

#[test]
fn a_parked_get_waits_through_pings() {
    let block = "alice opens\nalice parks g\ng silent 1.5pi\nalice > 42[\"message\",1]\ng -> 200 < 42[\"message-back\",1]";
    assert_eq!(verdict(Bug::None, block), Verdict::Ok);
}

#[test]
fn a_session_that_polls_is_cut_off_where_it_waits() {
    let (played, model) =
        on(Bug::None, "MUST · engine-echo", "alice opens\nalice drops\nalice opens\nalice drops");
    assert_eq!((played.verdict, model.gets), (Verdict::Ok, 2));
    let parked = "alice opens\nalice parks g\nalice drops\nalice silent 1s or closed";
    let (played, model) = on(Bug::None, "MUST · engine-echo", parked);
    assert_eq!((played.verdict, model.gets), (Verdict::Ok, 1));
}

#[test]
fn a_storm_of_noops_does_not_freeze_time() {
    fails(Bug::NoopStorm, "alice opens\nalice silent 3pi", "polls were answered");
}

#[test]
fn a_storm_needs_a_server_that_goes_on_accepting() {
    for block in ["fuzz 300 packets from seed 1", "fuzz 300 events from seed 1"] {
        assert_eq!(verdict(Bug::None, block), Verdict::Ok);
        fails(Bug::RefusesAll, block, "was not opened");
    }
}

#[test]
fn the_branch_that_comes_first_holds() {
    let block = "alice opens websocket\nalice > 4abc\neither\nalice < 4abc\nor (lax: closed)\nalice closed within 0.9pi\nend";
    assert_eq!(verdict(Bug::None, block), Verdict::Lax("closed".into()));
    fails(Bug::NeverCloses, block, "nothing came; or: expected the end");
    let answers = "alice opens\nhttp GET ?x -> 201\n  or 200  lax: 200\n  -> header x-model yes\n  -> no header x-other";
    assert_eq!(verdict(Bug::None, answers), Verdict::Lax("200".into()));
    fails(Bug::None, "http GET ?x -> 200\n  -> no header x-model", "expected header x-model: none");
    assert_eq!(verdict(Bug::None, "http GET ?x -> 200\n  -> header x-other no or absent"), Verdict::Ok);
    fails(Bug::None, "http GET ?x -> 200\n  -> header x-model no or absent", "expected header x-model: no");
}

#[test]
fn the_level_grades_a_failure() {
    let graded = |header: &str, block: &str| on(Bug::Mute, header, block).0;
    let failed = graded("MUST · engine-echo", ECHO);
    assert_eq!(failed.step.unwrap().line, 10);
    assert!(failed.transcript.tail(9).iter().any(|line| line.contains("> alice")), "{:?}", failed.transcript);
    assert!(matches!(graded("SHOULD · engine-echo", ECHO).verdict, Verdict::Warn(_)));
    assert!(matches!(graded("INFO · engine-echo", ECHO).verdict, Verdict::Info(_)));
    assert!(matches!(graded("ours · engine-echo", ECHO).verdict, Verdict::Fail(_)));
    assert!(matches!(
        graded("MUST · engine-echo", &format!("{ECHO}\n---\nsettle")).verdict,
        Verdict::Setup(_)
    ));
    let should = format!("{ECHO}  (SHOULD)");
    assert!(matches!(graded("MUST · engine-echo", &should).verdict, Verdict::Warn(_)));
}

#[test]
fn names_bind_and_are_compared() {
    let block = "alice opens\nalice > 40\nalice < 40{\"sid\":{x:=string 2..2}}\ncheck {x} {!= alice.sid}\n\
                 repeat 2 as i\n  alice > 42[\"message\",\"{x}\",{i}]\n  alice < 42[\"message-back\",{=x},{i}]\nend";
    assert_eq!(verdict(Bug::None, block), Verdict::Ok);
    fails(Bug::None, "alice opens\ncheck {alice.sid} \"S2\"", "expected S2, got S1");
}

#[test]
fn in_a_core_case_events_of_the_application_are_noise() {
    let block =
        "alice opens websocket\nalice > 42[\"message\"]\nalice > 40\nalice < 40{object}\nalice silent 0.5pi";
    assert_eq!(on(Bug::None, "MUST · core", block).0.verdict, Verdict::Ok);
    assert!(on(Bug::None, "MUST · echo", block).0.verdict.is_bad());
}

#[test]
fn a_refusal_is_an_error_or_an_end_before_any_packet() {
    let block = "x opens ?EIO=4&transport=websocket -> refused";
    assert_eq!(verdict(Bug::RefusesAll, block), Verdict::Ok);
    fails(Bug::None, block, "got 101 and 0{");
    assert_eq!(verdict(Bug::None, &format!("{block}\n  or 101  lax: taken")), Verdict::Lax("taken".into()));
}

#[test]
fn what_cannot_be_played_says_why() {
    let hinders =
        |header: &str, block: &str| setting().hinders(&case(header, block), None, false).unwrap().word();
    assert_eq!(hinders("MUST · echo · live: a wire", "settle"), "SKIP");
    assert_eq!(hinders("MUST · echo · needs pi > 60s", "settle"), "TOO SHORT");
    assert_eq!(hinders("MUST · echo · needs cors", "settle"), "N/A");
    assert_eq!(hinders("MUST · chat", "settle"), "N/A");
    assert_eq!(hinders("MUST · echo", "alice joins {room}"), "N/A");
    assert_eq!(hinders("MUST · echo", "repeat 3\n  wait 10s\nend"), "TOO SLOW");
    assert!(setting().hinders(&case("MUST · echo", "wait 10s"), None, false).is_none());
    assert!(setting().budget > Duration::from_secs(10));
}

#[test]
fn a_control_fails_on_a_server_that_refuses_everything() {
    let controlled = |bug: Bug| crate::control::control(&mut Model::new(bug), &Setting::default());
    assert_eq!(controlled(Bug::None), Ok(()));
    assert!(controlled(Bug::RefusesAll).is_err());
    assert!(controlled(Bug::Mute).is_err());
    let mut greeted = setting();
    crate::control::greet(&mut Model::new(Bug::None), &mut greeted).unwrap();
    assert_eq!((greeted.intervals.ping_interval.as_millis(), greeted.max_payload), (1000, 100));
}
