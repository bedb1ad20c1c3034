use std::path::Path;

use super::*;
use crate::fault::Fault;

fn read_block(block: &str) -> Result<Conversation, Fault> {
    let lines: Vec<(usize, &str)> = block.lines().enumerate().map(|(i, line)| (i + 1, line)).collect();
    read(Path::new("x.md"), &lines)
}

fn only(line: &str) -> StepKind {
    let mut steps = read_block(line).unwrap().steps;
    assert_eq!(steps.len(), 1, "{line}");
    steps.remove(0).kind
}

#[test]
fn sessions_open_and_join() {
    assert!(matches!(only("alice opens"), StepKind::Open { over: None, by_hand: false, .. }));
    let step = only("alice opens websocket with &b64=1 heartbeat by hand");
    assert!(matches!(
        step,
        StepKind::Open { over: Some(Transport::WebSocket), query: Some(_), by_hand: true, .. }
    ));
    assert!(matches!(only("alice opens polling  heartbeat by hand"), StepKind::Open { by_hand: true, .. }));
    let StepKind::Join { namespace, auth, quietly, .. } = only(r#"alice joins /custom with {"a":1} quietly"#)
    else {
        panic!("no join")
    };
    assert_eq!(
        (namespace.unwrap().to_string(), auth.unwrap().to_string()),
        ("/custom".into(), r#"{"a":1}"#.into())
    );
    assert!(quietly);
    assert!(matches!(
        only("alice joins"),
        StepKind::Join { namespace: None, auth: None, quietly: false, .. }
    ));
    assert!(matches!(only("alice parks g"), StepKind::Park { request, .. } if request == "g"));
    assert!(matches!(only("alice keeps polling   # or it dies"), StepKind::KeepPolling { on: true, .. }));
}

#[test]
fn a_storm_has_a_seed() {
    let StepKind::Fuzz { kind, times, seed } = only("fuzz 2000 events from seed 7  # the same everywhere")
    else {
        panic!("no storm")
    };
    assert_eq!((kind, times, seed), (crate::fuzz::Kind::Events, 2000, 7));
    for line in
        ["fuzz 2000 events", "fuzz 2000 words from seed 1", "fuzz many frames from seed 1", "fuzz frames"]
    {
        assert!(read_block(line).is_err(), "{line}");
    }
}

#[test]
fn numbered_actors_are_as_many_as_the_repeat() {
    let block = "repeat 3 as i\n  c{i} opens\n  c{i} > 4{c{i}.sid}\n  repeat 2 as k\n    c{i} > 4{k}\n  end\nend\nc3 > 4x";
    let conversation = read_block(block).unwrap();
    let StepKind::Repeat { times: 1, name: None, steps } = &conversation.steps[0].kind else {
        panic!("no repeat")
    };
    let opened = steps.iter().filter_map(|step| match &step.kind {
        StepKind::Open { actor, .. } => Some((actor.as_str(), step.line)),
        _ => None,
    });
    assert_eq!(opened.collect::<Vec<_>>(), [("c1", 2), ("c2", 2), ("c3", 2)]);
    assert_eq!(steps[4].source, "c2 > 4{c2.sid}");
    assert!(matches!(&steps[8].kind, StepKind::Repeat { times: 2, .. }));
    let plain = read_block("repeat 3 as i\n  alice > 42[\"m{i}\",{i}]\nend").unwrap();
    assert!(matches!(&plain.steps[0].kind, StepKind::Repeat { times: 3, name: Some(_), .. }));
    assert_eq!(read_block("repeat 3 as i\n  c{i} opens\n  nonsense{i}\nend").unwrap_err().line, 3);
    assert!(read_block("repeat 3 as i\n  c{i} opens").is_err());
}

#[test]
fn a_burst_is_one_step() {
    let block = "alice > 452-[\"m\"]\n      >> 0102\n      > 2  # a comment";
    assert!(matches!(only(block), StepKind::Send { burst, .. } if burst.len() == 3));
}

#[test]
fn two_spaces_end_the_operand() {
    let StepKind::Expect { packets, timing, .. } =
        only("alice < 2       within pi + tol  not before 0.8pi (SHOULD)")
    else {
        panic!("no expectation")
    };
    assert!(packets[0].is("2"));
    assert_eq!(timing.within.unwrap().0.to_string(), "pi + tol");
    assert!(timing.not_before.unwrap().1 && !timing.should);
    let StepKind::Send { burst, .. } = only(r#"alice > "4a  b\u0001"  # two spaces"#) else {
        panic!("no sending")
    };
    assert!(matches!(&burst[0], Sending::Text(text) if text.to_string() == "4a  b\u{1}"));
}

#[test]
fn silence_and_closing_have_bounds() {
    assert!(matches!(only("alice silent 0.9pi or closed"), StepKind::Silent { or_closed: true, .. }));
    let StepKind::Closed { strictly, codes, timing, .. } =
        only("w closed strictly within 0.9pi  code 1002|1009")
    else {
        panic!("no closing")
    };
    assert!(strictly && timing.within.is_some());
    assert_eq!(codes, [1002, 1009]);
}

#[test]
fn a_request_has_lines_and_answers() {
    let block = "http POST ?EIO=4&sid={alice.sid} as p\n     header Content-Type:\n     body 4a\n     -> 413\n     \
                 -> header x-y {/z/}  (SHOULD)\n     -> no header set-cookie\n     or 400|405  lax: why\n     or dropped";
    let StepKind::Request { request, name, pending, answer } = only(block) else { panic!("no request") };
    assert_eq!((request.method.as_str(), name.as_deref(), pending), ("POST", Some("p"), false));
    assert_eq!(request.headers[0].1.to_string(), "");
    assert_eq!(answer.options.len(), 3);
    assert_eq!(answer.options[1].lax.as_deref(), Some("why"));
    assert_eq!(answer.options[2].status, Status::Dropped);
    assert!(answer.headers[0].should && answer.headers[1].value.is_none());
}

#[test]
fn answers_stand_on_the_line_too() {
    let StepKind::Request { answer, .. } = only("http GET ?EIO=4 -> 200 < 0{object}  within 500ms") else {
        panic!("no request")
    };
    assert!(matches!(&answer.options[0].body, BodyPattern::Packets(packets) if packets.len() == 1));
    assert!(answer.timing.within.is_some());
    assert!(matches!(
        only("http GET ?EIO=4 as g  pending"),
        StepKind::Request { pending: true, name: Some(_), .. }
    ));
    assert!(matches!(only("g -> 200 1  within 0.5pi\n  or 200 6  lax: noop"), StepKind::Answer { .. }));
    let StepKind::OpenSocket { answer, .. } = only("x     opens ?EIO=4&transport=websocket -> refused")
    else {
        panic!("no socket")
    };
    assert_eq!(answer.options[0].status, Status::Refused);
}

#[test]
fn frames_are_made_by_hand() {
    let block = "alice frames\n  text fin=0  42[\"m\n  ping  >> 70\n  continuation\n  op11 rsv=4 mask=0 len=64 length=0x10  x\n  raw  >> 8100";
    let StepKind::Frames { frames, .. } = only(block) else { panic!("no frames") };
    assert_eq!(
        frames.iter().map(|f| f.opcode).collect::<Vec<_>>(),
        [Some(1), Some(9), Some(0), Some(11), None]
    );
    let FrameLine { fin, rsv, masked, length_bits, length, .. } = frames[3].clone();
    assert_eq!((fin, rsv, masked, length_bits, length), (true, 4, false, Some(64), Some(16)));
    assert!(!frames[0].fin && frames[2].payload.is_none());
}

#[test]
fn blocks_nest_and_the_setup_is_apart() {
    let block = "alice joins\n---\nrepeat 40 as i\n  alice > 4{i}\nend\neither\n  alice < 4a\nor (lax: closed)\n\
                 alice closed within 0.9pi\nor\nalice silent 1s\nend\nbob joins";
    let conversation = read_block(block).unwrap();
    assert_eq!((conversation.setup.len(), conversation.steps.len()), (1, 3));
    assert!(
        matches!(&conversation.steps[0].kind, StepKind::Repeat { times: 40, name: Some(_), steps } if steps.len() == 1)
    );
    let StepKind::Either(branches) = &conversation.steps[1].kind else { panic!("no either") };
    assert_eq!(branches.iter().map(|b| b.lax.as_deref()).collect::<Vec<_>>(), [None, Some("closed"), None]);
}

#[test]
fn tcp_is_text_and_not_json() {
    let conversation = read_block("t connects\nt > GET / HTTP/1.1␍␊\nt < {/^HTTP/}\nt < [x").unwrap();
    assert!(matches!(&conversation.steps[3].kind, StepKind::Expect { .. }));
}

#[test]
fn errors_point_at_the_line() {
    for (block, line, expected) in [
        ("alice joins\nalice silnt 2s", 2, "a verb"),
        ("repeat 3\nsettle", 1, "end"),
        ("end", 1, "nothing is open"),
        ("alice < 42[\"a\"", 1, "`,` or `]`"),
        ("alice < 2  whithin 3s", 1, "within T"),
        ("  > 4a", 1, "a step above"),
        ("http GET ?a -> 99", 1, "a status"),
        ("alice joins custom", 1, "a namespace"),
        ("alice closed within soon", 1, "a time"),
        ("alice frames\n  text fim=0  a", 2, "fin=0"),
        ("settle  within 3s", 1, "no modifier"),
        ("either\nalice < 2\nor (because)\nend", 3, "or (lax: why)"),
    ] {
        let fault = read_block(block).expect_err(block);
        assert_eq!(fault.line, line, "{block}");
        assert!(fault.expected.contains(expected), "{block}: {fault}");
    }
}
