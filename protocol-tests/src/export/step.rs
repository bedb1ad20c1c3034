//! Steps as objects: `do` says what, the other members how.

use super::tree::{Object, list};
use super::value::{packet, pattern, span, text, timing};
use crate::json::{Json, Number};
use crate::notation::{
    AnswerOption, Answers, BodyPattern, Branch, Deed, FrameLine, HeaderCheck, Headers, RequestLine, Sending,
    SocketTarget, Status, Step, StepKind, Transport,
};

/// Writes steps in their order.
pub(super) fn steps(of: &[Step]) -> Json {
    list(of, step)
}

fn step(step: &Step) -> Json {
    let named = |verb: &str| Object::new().with("do", verb);
    let object = match &step.kind {
        StepKind::Repeat { times, name, steps: inner } => {
            named("repeat").with("times", *times).maybe("as", name.as_deref()).with("steps", steps(inner))
        }
        StepKind::Either(branches) => named("either").with("branches", list(branches, branch)),
        StepKind::Settle => named("settle"),
        StepKind::Wait(time) => named("wait").with("for", span(time)),
        StepKind::Fuzz { kind, times, seed } => {
            let (times, seed) = (*times, Json::Number(Number(seed.to_string())));
            named("fuzz").with("kind", kind.name()).with("times", times).with("seed", seed)
        }
        StepKind::Check { value, pattern: expected } => {
            named("check").with("value", text(value)).with("expect", pattern(expected))
        }
        StepKind::Request { .. } | StepKind::Answer { .. } | StepKind::Abort { .. } => http(&step.kind),
        StepKind::Open { .. }
        | StepKind::Join { .. }
        | StepKind::KeepPolling { .. }
        | StepKind::Park { .. }
        | StepKind::Leave { .. }
        | StepKind::Connect { .. }
        | StepKind::OpenSocket { .. } => connections(&step.kind),
        StepKind::Send { .. }
        | StepKind::Expect { .. }
        | StepKind::Silent { .. }
        | StepKind::Closed { .. }
        | StepKind::Do { .. }
        | StepKind::Frames { .. }
        | StepKind::Hear { .. } => traffic(&step.kind),
    };
    object.with("line", step.line).with("source", step.source.as_str()).done()
}

/// Writes the steps that make requests and look at their answers.
fn http(kind: &StepKind) -> Object {
    let named = |verb: &str| Object::new().with("do", verb);
    match kind {
        StepKind::Request { request: line, name, pending, answer } => {
            let object = request(named("request").maybe("as", name.as_deref()), line);
            answers(object.flag("pending", *pending), answer)
        }
        StepKind::Answer { request, answer } => {
            answers(named("answer").with("request", request.as_str()), answer)
        }
        StepKind::Abort { request } => named("abort").with("request", request.as_str()),
        other => unreachable!("no step of HTTP: {other:?}"),
    }
}

/// Writes the steps that make, keep and leave connections.
fn connections(kind: &StepKind) -> Object {
    match kind {
        StepKind::Open { actor, over, query, headers: lines, by_hand } => by("open", actor)
            .maybe("over", over.map(Transport::name))
            .maybe("query", query.as_ref().map(text))
            .some("headers", headers(lines))
            .flag("heartbeatByHand", *by_hand),
        StepKind::Join { actor, namespace, auth, quietly } => by("join", actor)
            .maybe("namespace", namespace.as_ref().map(text))
            .maybe("auth", auth.as_ref().map(text))
            .flag("quietly", *quietly),
        StepKind::KeepPolling { actor, on } => by(if *on { "keep-polling" } else { "stop-polling" }, actor),
        StepKind::Park { actor, request } => by("park", actor).with("as", request.as_str()),
        StepKind::Leave { actor } => by("leave", actor),
        StepKind::Connect { actor } => by("connect", actor),
        StepKind::OpenSocket { actor, target, headers: lines, by_hand, answer } => {
            let object = match target {
                SocketTarget::At(target) => by("open-socket", actor).with("target", text(target)),
                SocketTarget::Session(session) => by("open-socket", actor).with("session", session.as_str()),
            };
            answers(object.some("headers", headers(lines)).flag("heartbeatByHand", *by_hand), answer)
        }
        other => unreachable!("no connection: {other:?}"),
    }
}

/// Writes the steps that send and receive on what is open.
fn traffic(kind: &StepKind) -> Object {
    match kind {
        StepKind::Send { actor, burst } => by("send", actor).with("frames", list(burst, sending)),
        StepKind::Expect { actor, packets, timing: when } => {
            timing(by("expect", actor).with("packets", list(packets, packet)), when)
        }
        StepKind::Silent { actor, span: time, or_closed, timing: when } => {
            timing(by("silent", actor).with("for", span(time)).flag("orClosed", *or_closed), when)
        }
        StepKind::Closed { actor, strictly, codes, codes_should, timing: when } => {
            let codes = list(codes, |code| Json::from(usize::from(*code)));
            let object = by("closed", actor).flag("strictly", *strictly).some("codes", codes);
            timing(object.flag("codesShould", *codes_should), when)
        }
        StepKind::Do { actor, deed } => match deed {
            Deed::Drop => by("drop", actor),
            Deed::Close(code) => by("close", actor).maybe("code", code.map(usize::from)),
            Deed::HalfClose => by("half-close", actor),
            Deed::Pause => by("pause", actor),
            Deed::Resume => by("resume", actor),
        },
        StepKind::Frames { actor, frames } => by("frames", actor).with("frames", list(frames, frame)),
        StepKind::Hear { actor, opcode, payload, timing: when } => {
            let object = by("hear", actor).with("opcode", usize::from(*opcode));
            timing(object.maybe("payload", payload.as_ref().map(sending)), when)
        }
        other => unreachable!("no traffic: {other:?}"),
    }
}

fn by(verb: &str, actor: &str) -> Object {
    Object::new().with("do", verb).with("actor", actor)
}

fn branch(branch: &Branch) -> Json {
    Object::new().maybe("lax", branch.lax.as_deref()).with("steps", steps(&branch.steps)).done()
}

fn sending(sending: &Sending) -> Json {
    match sending {
        Sending::Text(operand) => Object::new().with("text", text(operand)).done(),
        Sending::Bytes(bytes) => Object::new().with("hex", crate::hex::whole(bytes)).done(),
    }
}

fn headers(headers: &Headers) -> Json {
    list(headers, |(name, value)| Object::new().with("name", name.as_str()).with("value", text(value)).done())
}

fn request(object: Object, line: &RequestLine) -> Object {
    object
        .with("method", line.method.as_str())
        .with("target", text(&line.target))
        .some("headers", headers(&line.headers))
        .maybe("body", line.body.as_ref().map(sending))
        .some("chunks", list(&line.chunks, sending))
}

/// Adds what may be answered; nothing, where any answer will do.
fn answers(object: Object, answers: &Answers) -> Object {
    let object = object
        .some("answers", list(&answers.options, option))
        .some("answerHeaders", list(&answers.headers, header_check))
        .some("answerBodies", list(&answers.bodies, text));
    timing(object, &answers.timing)
}

fn option(option: &AnswerOption) -> Json {
    let object = match &option.status {
        Status::Any => Object::new().with("status", "any"),
        Status::Refused => Object::new().with("status", "refused"),
        Status::Dropped => Object::new().with("status", "dropped"),
        Status::Codes(codes) => {
            let range = |(least, most): &(u16, u16)| {
                Object::new().with("least", usize::from(*least)).with("most", usize::from(*most)).done()
            };
            Object::new().with("status", list(codes, range))
        }
    };
    match &option.body {
        BodyPattern::Any => object,
        BodyPattern::Text(body) => object.with("body", text(body)),
        BodyPattern::Json(expected) => object.with("json", pattern(expected)),
        BodyPattern::Packets(packets) => object.with("packets", list(packets, packet)),
    }
    .maybe("lax", option.lax.as_deref())
    .done()
}

fn header_check(check: &HeaderCheck) -> Json {
    Object::new()
        .with("name", check.name.as_str())
        .maybe("value", check.value.as_ref().map(text))
        .flag("absent", check.value.is_none())
        .flag("should", check.should)
        .done()
}

fn frame(frame: &FrameLine) -> Json {
    Object::new()
        .maybe("opcode", frame.opcode.map(usize::from))
        .flag("raw", frame.opcode.is_none())
        .flag("more", !frame.fin)
        .maybe("reserved", (frame.rsv > 0).then_some(usize::from(frame.rsv)))
        .flag("unmasked", !frame.masked)
        .maybe("lengthBits", frame.length_bits.map(usize::from))
        .maybe("length", frame.length.map(|length| Json::Number(Number(length.to_string()))))
        .maybe("payload", frame.payload.as_ref().map(sending))
        .done()
}
