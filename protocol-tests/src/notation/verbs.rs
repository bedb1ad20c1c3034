//! What actors do: sessions, WebSockets, TCP connections, requests.

use super::exchange;
use super::frames;
use super::line::Words;
use super::{Answers, Deed, Headers, SocketTarget, StepKind, Timing, Transport};
use crate::fault::Unread;
use crate::fuzz::Kind;
use crate::pattern::{PacketPattern, Pattern};
use crate::span::Span;
use crate::text::Text;

/// Reads a line that begins with an actor or with a word that needs none. `is_tcp` tells whether a name is a TCP connection.
pub(super) fn step(line: &str, is_tcp: &dyn Fn(&str) -> bool) -> Result<StepKind, Unread> {
    let mut words = Words::new(line);
    match words.word() {
        "http" => exchange::request(words),
        "settle" => {
            words.modifiers()?.none()?;
            Ok(StepKind::Settle)
        }
        "wait" => {
            let span = Span::read(words.operand()?)?;
            words.modifiers()?.none()?;
            Ok(StepKind::Wait(span))
        }
        "fuzz" => fuzz(line, words),
        "check" => {
            let value = Text::read(words.head())?;
            let pattern = Pattern::read(words.operand()?)?;
            words.modifiers()?.none()?;
            Ok(StepKind::Check { value, pattern })
        }
        actor if is_name(actor) => verb(line, actor.to_owned(), words, is_tcp),
        _ => Err(Unread::new(
            line,
            "an actor, `http`, `repeat`, `either`, `settle`, `wait`, `fuzz` or `check`",
        )),
    }
}

fn verb(
    line: &str,
    actor: String,
    mut words: Words<'_>,
    is_tcp: &dyn Fn(&str) -> bool,
) -> Result<StepKind, Unread> {
    let verb = words.word();
    match verb {
        "opens" => opens(actor, words),
        "upgrades" => {
            let session = words.operand()?.to_owned();
            let modifiers = words.modifiers()?;
            let (target, headers) = (SocketTarget::Session(session), Headers::new());
            let answer = Answers::default();
            Ok(StepKind::OpenSocket { actor, target, headers, by_hand: modifiers.by_hand, answer })
        }
        "joins" => joins(actor, words),
        ">" | ">>" => sends(actor, verb, words),
        "<" | "<=" | "<<" => expects(is_tcp(&actor), actor, verb, words),
        "->" => {
            let mut answer = Answers::default();
            exchange::answer_line(&mut answer, &format!("-> {}", words.rest()))?;
            Ok(StepKind::Answer { request: actor, answer })
        }
        "silent" => silent(actor, words),
        "closed" => closed(actor, words),
        "frames" => plain(words, StepKind::Frames { actor, frames: Vec::new() }),
        "hears" => hears(actor, words),
        _ => deed(line, actor, verb, words),
    }
}

/// Reads `2000 frames from seed 1`.
fn fuzz(line: &str, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let unread =
        || Unread::new(line, "`fuzz N KIND from seed S`; KIND is frames, packets, events or requests");
    let parts: Vec<&str> = words.operand()?.split(' ').collect();
    let [times, kind, "from", "seed", seed] = parts[..] else { return Err(unread()) };
    let kind = Kind::named(kind).ok_or_else(unread)?;
    let times = times.parse().map_err(|_| unread())?;
    plain(words, StepKind::Fuzz { kind, times, seed: seed.parse().map_err(|_| unread())? })
}

/// Reads the verbs that have at most one word behind them.
fn deed(line: &str, actor: String, verb: &str, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let polling = |words: &mut Words<'_>| words.eat("polling");
    let deed = match verb {
        "keeps" if polling(&mut words) => return plain(words, StepKind::KeepPolling { actor, on: true }),
        "stops" if polling(&mut words) => return plain(words, StepKind::KeepPolling { actor, on: false }),
        "parks" => {
            let request = words.head().to_owned();
            return plain(words, StepKind::Park { actor, request });
        }
        "leaves" => return plain(words, StepKind::Leave { actor }),
        "aborts" => return plain(words, StepKind::Abort { request: actor }),
        "connects" => return plain(words, StepKind::Connect { actor }),
        "drops" => Deed::Drop,
        "half-closes" => Deed::HalfClose,
        "pauses" => Deed::Pause,
        "resumes" => Deed::Resume,
        "closes" => match words.operand()? {
            "" => Deed::Close(None),
            code => Deed::Close(Some(code.parse().map_err(|_| Unread::new(code, "a close code"))?)),
        },
        _ => return Err(Unread::new(line, format!("a verb after `{actor}`"))),
    };
    plain(words, StepKind::Do { actor, deed })
}

fn plain(words: Words<'_>, kind: StepKind) -> Result<StepKind, Unread> {
    words.modifiers()?.none()?;
    Ok(kind)
}

/// Reads `polling with QUERY`, or a WebSocket's `QUERY -> 101`.
fn opens(actor: String, mut words: Words<'_>) -> Result<StepKind, Unread> {
    if words.peek().starts_with(['?', '/']) {
        let target = SocketTarget::At(Text::read(words.head())?);
        let mut answer = Answers::default();
        let mut by_hand = false;
        if words.peek() == "->" {
            words.head();
            exchange::expected(&mut answer, words)?;
        } else {
            let modifiers = words.modifiers()?;
            by_hand = modifiers.by_hand;
            answer.timing = modifiers.timing;
        }
        return Ok(StepKind::OpenSocket { actor, target, headers: Headers::new(), by_hand, answer });
    }
    let over = Transport::named(words.peek());
    if over.is_some() {
        words.head();
    }
    let mut query = None;
    if words.peek() == "with" {
        words.head();
        query = Some(Text::read(words.head())?);
    }
    let mut by_hand = false;
    if words.peek() == "heartbeat" {
        match words.operand()? {
            "heartbeat by hand" => by_hand = true,
            other => return Err(Unread::new(other, "`heartbeat by hand`")),
        }
    }
    by_hand |= words.modifiers()?.by_hand;
    Ok(StepKind::Open { actor, over, query, headers: Headers::new(), by_hand })
}

/// Reads `/nsp with JSON quietly`, each of which may be missing.
fn joins(actor: String, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let mut operand = words.operand()?;
    words.modifiers()?.none()?;
    let quietly = operand == "quietly" || operand.ends_with(" quietly");
    if quietly {
        operand = operand.strip_suffix("quietly").unwrap_or(operand).trim_end();
    }
    let (namespace, auth) = match operand.strip_prefix("with ") {
        Some(auth) => ("", Some(auth)),
        None => match operand.split_once(" with ") {
            Some((namespace, auth)) => (namespace, Some(auth)),
            None => (operand, None),
        },
    };
    if !namespace.is_empty() && !namespace.starts_with(['/', '{']) {
        return Err(Unread::new(namespace, "a namespace such as `/custom` or `{room}`"));
    }
    let namespace = if namespace.is_empty() { None } else { Some(Text::read(namespace)?) };
    Ok(StepKind::Join { actor, namespace, auth: auth.map(Text::read).transpose()?, quietly })
}

fn sends(actor: String, sign: &str, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let operand = words.operand()?;
    let sending = match sign {
        ">>" => frames::bytes(operand)?,
        _ if operand.is_empty() => return Err(Unread::new(sign, "a text; `\"\"` is the empty one")),
        _ => super::Sending::Text(Text::read(operand)?),
    };
    plain(words, StepKind::Send { actor, burst: vec![sending] })
}

fn expects(is_tcp: bool, actor: String, sign: &str, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let operand = words.operand()?;
    let timing = words.modifiers()?.only_timing()?;
    // Bytes of a TCP connection are no packets: nothing in them is compared as JSON.
    let packet = if is_tcp { PacketPattern::exact(operand)? } else { exchange::pattern(sign, operand)? };
    Ok(StepKind::Expect { actor, packets: vec![packet], timing })
}

fn silent(actor: String, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let operand = words.operand()?;
    let (span, or_closed) = match operand.strip_suffix(" or closed") {
        Some(span) => (span, true),
        None => (operand, false),
    };
    let timing = words.modifiers()?.only_timing()?;
    Ok(StepKind::Silent { actor, span: Span::read(span)?, or_closed, timing })
}

fn closed(actor: String, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let strictly = words.eat("strictly");
    let modifiers = words.modifiers()?;
    let (codes, codes_should) = (modifiers.codes.clone(), modifiers.codes_should);
    let timing = super::line::Modifiers { codes: Vec::new(), ..modifiers }.only_timing()?;
    Ok(StepKind::Closed { actor, strictly, codes, codes_should, timing })
}

fn hears(actor: String, mut words: Words<'_>) -> Result<StepKind, Unread> {
    let word = words.head();
    let Some(Some(opcode)) = frames::opcode(word) else {
        return Err(Unread::new(word, "pong, ping or close"));
    };
    let mut words = Words::new(words.rest());
    let is_payload =
        !words.rest().is_empty() && !words.rest().starts_with(['#', '(']) && words.peek() != "within";
    let payload = if is_payload { Some(frames::sending(&mut words)?) } else { None };
    let timing: Timing = words.modifiers()?.only_timing()?;
    Ok(StepKind::Hear { actor, opcode, payload, timing })
}

/// Adds an indented line to the step above it.
pub(super) fn continue_step(kind: &mut StepKind, line: &str) -> Result<(), Unread> {
    let mut words = Words::new(line);
    match kind {
        StepKind::Send { burst, .. } => match words.head() {
            ">" => burst.push(super::Sending::Text(Text::read(words.operand()?)?)),
            ">>" => burst.push(frames::bytes(words.operand()?)?),
            _ => return Err(Unread::new(line, "`>` or `>>`: the same burst")),
        },
        StepKind::Expect { packets, timing, .. } => {
            let sign = words.head();
            if !matches!(sign, "<" | "<=" | "<<") {
                return Err(Unread::new(line, "`<`, `<=` or `<<`: a further packet"));
            }
            packets.push(exchange::pattern(sign, words.operand()?)?);
            let more = words.modifiers()?.only_timing()?;
            timing.within = more.within.or(timing.within.take());
            timing.should |= more.should;
            return Ok(());
        }
        StepKind::Request { request, answer, .. } => return exchange::request_line(request, answer, line),
        StepKind::Answer { answer, .. } => return exchange::answer_line(answer, line),
        StepKind::Frames { frames, .. } => {
            frames.push(frames::read(line)?);
            return Ok(());
        }
        StepKind::Open { headers, .. } if words.eat("header") => {
            headers.push(exchange::header(words)?);
            return Ok(());
        }
        StepKind::OpenSocket { headers, answer, .. } => {
            if !words.eat("header") {
                return exchange::answer_line(answer, line);
            }
            headers.push(exchange::header(words)?);
            return Ok(());
        }
        _ => return Err(Unread::new(line, "a step of its own: the one above cannot be continued")),
    }
    words.modifiers()?.none()
}

pub(super) fn is_name(word: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(letters)
        && !RESERVED.contains(&word)
}

const RESERVED: [&str; 15] = [
    "http", "fuzz", "repeat", "either", "or", "end", "settle", "wait", "check", "header", "body", "chunk",
    "room", "path", "text",
];
