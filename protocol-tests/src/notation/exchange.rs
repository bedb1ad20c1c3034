//! HTTP in the notation: a request with its indented lines, and the answers that may come.

use super::frames::sending;
use super::line::Words;
use super::{AnswerOption, Answers, BodyPattern, HeaderCheck, Headers, RequestLine, Status, StepKind};
use crate::fault::Unread;
use crate::pattern::{PacketPattern, Pattern};
use crate::text::Text;

/// Reads what follows `http`.
pub(super) fn request(mut words: Words<'_>) -> Result<StepKind, Unread> {
    let method = words.head().to_owned();
    let target = words.head();
    if target.is_empty() {
        return Err(Unread::new(method, "`http METHOD TARGET`"));
    }
    let target = Text::read(target)?;
    let mut name = None;
    if words.peek() == "as" {
        words.head();
        name = Some(words.head().to_owned());
    }
    let mut answer = Answers::default();
    let mut pending = false;
    if words.peek() == "->" {
        words.head();
        expected(&mut answer, words)?;
    } else {
        let modifiers = words.modifiers()?;
        pending = modifiers.pending;
        answer.timing = modifiers.timing;
    }
    let request = RequestLine { method, target, headers: Headers::new(), body: None, chunks: Vec::new() };
    Ok(StepKind::Request { request, name, pending, answer })
}

/// Reads a line under `http`.
pub(super) fn request_line(
    request: &mut RequestLine,
    answer: &mut Answers,
    line: &str,
) -> Result<(), Unread> {
    let mut words = Words::new(line);
    match words.peek() {
        "header" => {
            words.word();
            request.headers.push(header(words)?);
        }
        "body" => {
            words.head();
            request.body = Some(sending(&mut words)?);
            words.modifiers()?.none()?;
        }
        "chunk" => {
            words.head();
            request.chunks.push(sending(&mut words)?);
            words.modifiers()?.none()?;
        }
        _ => answer_line(answer, line)?,
    }
    Ok(())
}

/// Reads `NAME: VALUE`; the value may be empty.
pub(super) fn header(mut words: Words<'_>) -> Result<(String, Text), Unread> {
    let line = words.rest();
    let operand = words.operand()?;
    words.modifiers()?.none()?;
    let (name, value) = operand.split_once(':').ok_or_else(|| Unread::new(line, "`header NAME: VALUE`"))?;
    Ok((name.trim().to_owned(), Text::read(value.trim())?))
}

/// Reads `-> ...`, `or ...` or a further `< PACKET` of the payload.
pub(super) fn answer_line(answer: &mut Answers, line: &str) -> Result<(), Unread> {
    let mut words = Words::new(line);
    match words.word() {
        "->" => match words.peek() {
            "header" | "no" => header_check(answer, words),
            "body" => {
                words.head();
                answer.bodies.push(Text::read(words.operand()?)?);
                answer.timing.should |= words.modifiers()?.only_timing()?.should;
                Ok(())
            }
            _ => expected(answer, words),
        },
        "or" => option(answer, words),
        "<" | "<=" | "<<" => {
            let Some(AnswerOption { body: BodyPattern::Packets(packets), .. }) = answer.options.last_mut()
            else {
                return Err(Unread::new(line, "`-> STATUS < PACKET` above a further packet"));
            };
            packets.push(packet(line)?);
            Ok(())
        }
        _ => Err(Unread::new(line, "`->`, `or`, `<`, `header`, `body` or `chunk`")),
    }
}

/// Reads `< P`, `<= P` or `<< hex`, and no modifier.
fn packet(line: &str) -> Result<PacketPattern, Unread> {
    let mut words = Words::new(line);
    let sign = words.head();
    let operand = words.operand()?;
    words.modifiers()?.none()?;
    pattern(sign, operand)
}

pub(super) fn pattern(sign: &str, operand: &str) -> Result<PacketPattern, Unread> {
    match sign {
        "<" => PacketPattern::read(operand),
        "<=" => PacketPattern::exact(operand),
        _ => PacketPattern::binary(operand),
    }
}

/// Reads the first answer, `STATUS BODY` and modifiers.
pub(super) fn expected(answer: &mut Answers, words: Words<'_>) -> Result<(), Unread> {
    if !answer.options.is_empty() {
        return Err(Unread::new(words.rest(), "`or`: an answer stands here already"));
    }
    option(answer, words)
}

fn option(answer: &mut Answers, mut words: Words<'_>) -> Result<(), Unread> {
    let status = status(words.head())?;
    let body = match words.peek() {
        "<" | "<=" | "<<" => {
            let sign = words.head();
            BodyPattern::Packets(vec![pattern(sign, words.operand()?)?])
        }
        "json" => {
            words.head();
            BodyPattern::Json(Pattern::read(words.operand()?)?)
        }
        _ => match words.operand()? {
            "" => BodyPattern::Any,
            operand => BodyPattern::Text(Text::read(operand)?),
        },
    };
    let mut modifiers = words.modifiers()?;
    let lax = modifiers.lax.take();
    let timing = modifiers.only_timing()?;
    answer.timing.should |= timing.should;
    answer.timing.within = timing.within.or(answer.timing.within.take());
    answer.timing.not_before = timing.not_before.or(answer.timing.not_before.take());
    answer.options.push(AnswerOption { status, body, lax });
    Ok(())
}

/// Reads `400|405`, `2xx`, `any`, `refused`, `dropped`.
fn status(word: &str) -> Result<Status, Unread> {
    let code = |code: &str| -> Option<(u16, u16)> {
        if let Some(class) = code.strip_suffix("xx") {
            let class: u16 = class.parse().ok()?;
            return Some((class * 100, class * 100 + 99));
        }
        let code = code.parse().ok().filter(|code| (100..600).contains(code))?;
        Some((code, code))
    };
    match word {
        "any" => Ok(Status::Any),
        "refused" => Ok(Status::Refused),
        "dropped" => Ok(Status::Dropped),
        _ => {
            let codes: Option<Vec<(u16, u16)>> = word.split('|').map(code).collect();
            let expected = || Unread::new(word, "a status: 400, 400|405, 2xx, any, dropped or refused");
            codes.map(Status::Codes).ok_or_else(expected)
        }
    }
}

/// Reads `header NAME PATTERN` or `no header NAME`.
fn header_check(answer: &mut Answers, mut words: Words<'_>) -> Result<(), Unread> {
    let line = words.rest();
    let absent = words.eat("no");
    if !words.eat("header") {
        return Err(Unread::new(line, "`-> header NAME PATTERN` or `-> no header NAME`"));
    }
    let name = words.head().to_owned();
    let operand = words.operand()?;
    let should = words.modifiers()?.only_timing()?.should;
    let (operand, may_lack) = match operand.strip_suffix(" or absent") {
        Some(operand) => (operand, true),
        None => (operand, false),
    };
    let value = match operand {
        "absent" => None,
        "{any}" => Some(Text::read("{/.*/}")?),
        "" if absent => None,
        "" => return Err(Unread::new(line, "a pattern after the header's name")),
        operand => Some(Text::read(operand)?),
    };
    answer.headers.push(HeaderCheck { name, value, may_lack, should });
    Ok(())
}
