//! What a peer cannot see of a session, and that nothing a peer does can break it.

use std::time::Duration;

use proptest::prelude::*;

use super::{Config, Input, Output, Reason, Session};
use crate::engine_io::Refusal;
use crate::frame::{Frame, Parcel};
use crate::now::Now;

fn at(ms: u64) -> Now {
    Now { mono: Duration::from_millis(ms), unix: 0 }
}

fn config() -> Config {
    let ms = Duration::from_millis;
    Config { ping_interval: ms(300), ping_timeout: ms(200), upgrade_timeout: ms(250), ..Config::default() }
}

fn outputs(session: &mut Session) -> Vec<Output> {
    std::iter::from_fn(|| session.poll_output()).collect()
}

fn frames(session: &mut Session) -> Vec<String> {
    std::iter::from_fn(|| session.poll_transmit())
        .map(|slip| String::from_utf8_lossy(slip.frame().bytes()).into_owned())
        .collect()
}

fn text(text: &str) -> Parcel {
    Parcel::from(Frame::Text(text.to_owned()))
}

/// A session on polling whose handshake was answered.
fn polling() -> Session {
    let mut session = Session::polling("Kx", config(), at(0));
    session.handle_input(Input::Get, at(0)).unwrap();
    outputs(&mut session);
    session
}

fn probing() -> Session {
    let mut session = polling();
    session.handle_input(Input::WebSocketOpened, at(1)).unwrap();
    session.handle_input(Input::Text("2probe"), at(2)).unwrap();
    assert_eq!(frames(&mut session), ["3probe"]);
    session
}

#[test]
fn an_input_behind_a_deadline_finds_it_handled() {
    let mut session = polling();
    session.handle_timeout(at(300));
    assert_eq!(session.handle_input(Input::Get, at(500)), Err(Refusal::UnknownSession));
    assert_eq!(outputs(&mut session), [Output::Ended(Reason::PingTimeout), Output::Closed]);
}

#[test]
fn closed_comes_last_and_once() {
    let mut session = polling();
    session.handle_input(Input::Get, at(1)).unwrap();
    session.close(Reason::ForcedClose);
    session.close(Reason::Kicked);
    let ended = [Output::Answer("1".to_owned()), Output::Ended(Reason::ForcedClose), Output::Closed];
    assert_eq!(outputs(&mut session), ended);
    assert_eq!(session.handle_input(Input::Get, at(2)), Err(Refusal::UnknownSession));
    assert_eq!(outputs(&mut session), []);
    assert_eq!(session.poll_timeout(), None);
}

#[test]
fn a_get_that_was_overtaken_by_the_close_is_let_go_within_twenty_milliseconds() {
    for (later, answered) in [(19, true), (20, false)] {
        let mut session = polling();
        session.handle_input(Input::PostStarted { content_type: None }, at(1)).unwrap();
        session.handle_input(Input::Post(b"1".to_vec()), at(1)).unwrap();
        assert_eq!(outputs(&mut session), [Output::Ended(Reason::TransportClose)]);
        assert_eq!(session.handle_input(Input::Get, at(1 + later)).is_ok(), answered);
        let released = outputs(&mut session).contains(&Output::Answer("6".to_owned()));
        assert_eq!(released, answered);
    }
}

#[test]
fn what_the_application_said_before_it_closed_can_still_be_fetched() {
    let mut session = polling();
    (0..17).for_each(|_| session.send(text("4x")));
    session.close(Reason::Kicked);
    session.handle_input(Input::Get, at(1)).unwrap();
    session.handle_input(Input::Get, at(2)).unwrap();
    let bodies: Vec<_> = outputs(&mut session);
    assert_eq!(bodies[2], Output::Answer("4x\u{1e}4x\u{1e}1".to_owned()));
    assert_eq!(bodies[3], Output::Closed);
}

#[test]
fn a_second_noop_waits_for_its_time() {
    let mut session = probing();
    let noop = [Output::Answer("6".to_owned())];
    session.handle_input(Input::Get, at(3)).unwrap();
    assert_eq!(outputs(&mut session), noop);
    session.handle_input(Input::Get, at(4)).unwrap();
    assert_eq!(outputs(&mut session), []);
    assert_eq!(session.poll_timeout(), Some(Duration::from_millis(103)));
    session.handle_timeout(at(103));
    assert_eq!(outputs(&mut session), noop);
}

#[test]
fn nothing_goes_out_right_behind_what_is_sent_apart() {
    let mut session = Session::websocket("Kx", config(), at(0));
    session.send_apart(text("40"));
    session.send(text("42"));
    assert_eq!(frames(&mut session).len(), 2);
    assert_eq!(session.poll_timeout(), Some(Duration::from_millis(5)));
    session.handle_timeout(at(5));
    assert_eq!(frames(&mut session), ["42"]);
}

#[test]
fn the_end_does_not_wait_for_what_was_sent_apart() {
    let mut session = Session::websocket("Kx", config(), at(0));
    session.send_apart(text("40"));
    session.send(text("42"));
    session.close(Reason::Kicked);
    assert_eq!(frames(&mut session).len(), 3);
}

#[test]
fn a_client_that_does_not_read_its_answers_is_let_go() {
    let mut session = Session::polling("Kx", Config { max_unsent: 200, ..config() }, at(0));
    session.send(text(&"x".repeat(201)));
    assert_eq!(outputs(&mut session), [Output::Ended(Reason::Backlog)]);
    assert_eq!(session.handle_input(Input::Get, at(1)), Err(Refusal::SessionClosed(Reason::Backlog)));
    assert_eq!(outputs(&mut session), [Output::Closed]);
}

#[test]
fn who_holds_a_get_when_a_limit_ends_the_session_is_told_by_the_caller() {
    let mut session = polling();
    session.handle_input(Input::Get, at(1)).unwrap();
    session.close(Reason::Lagged);
    assert_eq!(outputs(&mut session), [Output::Ended(Reason::Lagged), Output::Closed]);
    assert_eq!(session.handle_input(Input::Get, at(2)), Err(Refusal::UnknownSession));
}

#[test]
fn a_last_body_has_room_for_the_last_packet() {
    let mut session = polling();
    session.handle_input(Input::Get, at(1)).unwrap();
    (0..17).for_each(|_| session.send(text("4x")));
    session.close(Reason::ForcedClose);
    let Output::Answer(body) = &outputs(&mut session)[0] else { panic!("a GET was held") };
    assert_eq!((body.split('\u{1e}').count(), body.split('\u{1e}').next_back()), (16, Some("1")));
}

#[test]
fn a_probe_is_answered_also_when_the_upgrade_came_with_it() {
    let mut session = polling();
    session.handle_input(Input::WebSocketOpened, at(1)).unwrap();
    session.handle_input(Input::Text("2probe"), at(1)).unwrap();
    session.handle_input(Input::Text("5"), at(1)).unwrap();
    session.send(text("4x"));
    assert_eq!(frames(&mut session), ["3probe", "4x"]);
}

#[test]
fn a_websocket_that_comes_when_the_one_before_is_due_does_not_take_its_close() {
    let mut session = probing();
    assert_eq!(session.handle_input(Input::WebSocketOpened, at(251)), Err(Refusal::BadRequest));
    assert_eq!(outputs(&mut session), [Output::CloseWebSocket]);
    assert_eq!(session.handle_input(Input::WebSocketOpened, at(251)), Ok(()));
}

#[test]
fn a_post_that_was_begun_before_the_upgrade_is_processed_behind_it() {
    let mut session = probing();
    session.handle_input(Input::PostStarted { content_type: None }, at(3)).unwrap();
    session.handle_input(Input::Text("5"), at(4)).unwrap();
    session.handle_input(Input::Post(b"4late".to_vec()), at(5)).unwrap();
    assert_eq!(outputs(&mut session), [Output::Message(Frame::Text("late".to_owned()))]);
    assert_eq!(
        session.handle_input(Input::PostStarted { content_type: None }, at(6)),
        Err(Refusal::BadRequest)
    );
}

#[test]
fn a_client_that_was_dismissed_may_post_until_it_knows() {
    let mut session = polling();
    session.close(Reason::Kicked);
    session.handle_input(Input::PostStarted { content_type: None }, at(1)).unwrap();
    session.handle_input(Input::Post(b"4x".to_vec()), at(1)).unwrap();
    session.handle_input(Input::Get, at(1)).unwrap();
    assert_eq!(outputs(&mut session)[1..], [Output::Answer("1".to_owned()), Output::Closed]);
}

#[test]
fn probes_without_end_are_given_up() {
    let mut session = probing();
    for _ in 0..256 {
        session.handle_input(Input::Text("2probe"), at(3)).unwrap();
    }
    assert_eq!(outputs(&mut session), [Output::CloseWebSocket]);
}

#[derive(Clone, Debug)]
enum Step {
    Get,
    GetAborted,
    PostStarted,
    Post(Vec<u8>),
    PostRefused,
    PostAborted,
    WebSocketOpened,
    Text(String),
    Binary(Vec<u8>),
    WebSocketClosed,
    Send,
    Broadcast,
    Close,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let packet = prop_oneof!["[0-7b]", "2probe", "5", "4.{0,3}", "bAQID", "\\PC{0,4}"];
    let body =
        prop::collection::vec(packet.clone(), 1..4).prop_map(|packets| packets.join("\u{1e}").into_bytes());
    prop_oneof![
        3 => Just(Step::Get),
        1 => Just(Step::GetAborted),
        3 => Just(Step::PostStarted),
        3 => body.prop_map(Step::Post),
        1 => prop::collection::vec(any::<u8>(), 0..4).prop_map(Step::Post),
        1 => Just(Step::PostRefused),
        1 => Just(Step::PostAborted),
        2 => Just(Step::WebSocketOpened),
        4 => packet.prop_map(Step::Text),
        1 => prop::collection::vec(any::<u8>(), 0..4).prop_map(Step::Binary),
        1 => Just(Step::WebSocketClosed),
        2 => Just(Step::Send),
        1 => Just(Step::Broadcast),
        1 => Just(Step::Close),
        4 => (0u64..400).prop_map(Step::Wait),
    ]
}

/// Does a step as a driver would; it holds at most one GET, as the session's answers say.
fn take(session: &mut Session, step: &Step, now: &mut u64) {
    let input = match step {
        Step::Get => Input::Get,
        Step::GetAborted => Input::GetAborted,
        Step::PostStarted => Input::PostStarted { content_type: None },
        Step::Post(body) => Input::Post(body.clone()),
        Step::PostRefused => Input::PostRefused,
        Step::PostAborted => Input::PostAborted,
        Step::WebSocketOpened => Input::WebSocketOpened,
        Step::Text(text) => Input::Text(text),
        Step::Binary(bytes) => Input::Binary(bytes),
        Step::WebSocketClosed => Input::WebSocketClosed,
        Step::Send => return session.send(text("4s")),
        Step::Broadcast => return session.send_broadcast(text("4b")),
        Step::Close => return session.close(Reason::ForcedClose),
        Step::Wait(ms) => {
            *now += ms;
            return session.handle_timeout(at(*now));
        }
    };
    session.handle_input(input, at(*now)).unwrap_or_default();
}

proptest! {
    #[test]
    fn no_input_breaks_a_session(born_on_websocket: bool, steps in prop::collection::vec(step(), 0..60)) {
        let begin = if born_on_websocket { Session::websocket } else { Session::polling };
        let mut session = begin("Kx", config(), at(0));
        let (mut now, mut ended, mut closed) = (0, 0, 0);
        for step in steps {
            take(&mut session, &step, &mut now);
            for output in outputs(&mut session) {
                prop_assert_eq!(closed, 0, "{:?} came behind Closed", output);
                prop_assert!(ended == 0 || !matches!(output, Output::Message(_)));
                ended += usize::from(matches!(output, Output::Ended(_)));
                closed += usize::from(output == Output::Closed);
            }
            frames(&mut session);
            let due = session.poll_timeout();
            prop_assert!(due.is_none_or(|due| due > at(now).mono), "{:?} is due at {} ms", due, now);
        }
        // Left alone, it ends: no session lives without a client.
        for _ in 0..8 {
            let Some(due) = session.poll_timeout() else { break };
            session.handle_timeout(Now { mono: due, unix: 0 });
            closed += outputs(&mut session).iter().filter(|output| **output == Output::Closed).count();
        }
        prop_assert_eq!((session.poll_timeout(), closed), (None, 1));
    }
}
