//! Holds what has come against what a step expects.

use std::time::Duration;

use super::Player;
use super::actor::Reply;
use super::flow::{Look, Take};
use crate::json::Json;
use crate::notation::{AnswerOption, Answers, BodyPattern, FrameLine, Sending, Status, StepKind, Timing};
use crate::packet::{self, Content};
use crate::pattern::{Bindings, PacketPattern, Received, match_text, shorten};
use crate::target::Response;

impl Player<'_> {
    /// Looks at the first thing that a step expects; `since` is when the step began.
    pub(super) fn look(&mut self, kind: &StepKind, since: Duration) -> Look {
        match kind {
            StepKind::Expect { actor, packets, .. } => self.look_at_packet(actor, &packets[0]),
            StepKind::Silent { actor, span, or_closed, .. } => {
                let until = since + span.resolve(&self.intervals);
                self.look_at_silence(actor, until, *or_closed)
            }
            StepKind::Closed { actor, strictly, codes, codes_should, .. } => {
                self.look_at_closing(actor, *strictly, codes, *codes_should)
            }
            StepKind::Answer { request, answer } => self.look_at_answer(request, answer),
            StepKind::Hear { actor, opcode, payload, .. } => {
                self.look_at_control(actor, *opcode, payload.as_ref())
            }
            other => Look::Differs(self.scope.miss(format!("{other:?} expects nothing"))),
        }
    }

    pub(super) fn look_at_packet(&self, name: &str, pattern: &PacketPattern) -> Look {
        let Some(actor) = self.actors.get(name) else { return self.unknown(name) };
        if matches!(actor.carrier, super::actor::Carrier::Tcp(_)) {
            return self.look_at_bytes(name, pattern);
        }
        let kept = actor.of_interest(Some(pattern), self.case.header.profile);
        let come = kept.iter().map(|i| &actor.inbox[*i].content);
        match pattern.check(come, &self.scope) {
            Received::Fits { messages, bound } => {
                let at = actor.inbox[kept[messages - 1]].at;
                Look::Fits(Take { at, bound, mail: (kept, messages), ..Take::default() })
            }
            Received::Differs(why) => Look::Differs(why),
            Received::Waiting => match &actor.closed {
                Some((_, closing)) => {
                    Look::Differs(format!("expected {pattern}, got the end: {}", closing.how))
                }
                None => Look::Waiting(format!("expected {pattern}, nothing came")),
            },
        }
    }

    fn look_at_bytes(&self, name: &str, pattern: &PacketPattern) -> Look {
        let Some(actor) = self.actors.get(name) else { return self.unknown(name) };
        let PacketPattern::Exact(expected) = pattern else {
            return Look::Differs(self.scope.miss("of bytes only text can be expected".to_owned()));
        };
        let got = String::from_utf8_lossy(&actor.bytes);
        let (regex, names) = match expected.regex(&self.scope, false) {
            Ok(regex) => regex,
            Err(why) => return Look::Differs(why),
        };
        let captures = regex.captures(&got);
        // Text must be what comes next; a regular expression searches.
        let found = captures.filter(|found| expected.is_regex() || found.get_match().start() == 0);
        let at = self.wire.now();
        match (found, &actor.closed) {
            (Some(found), _) => {
                let bytes = found.get_match().end().min(actor.bytes.len());
                let value = |i| found.name(&format!("bound{i}")).map_or("", |value| value.as_str());
                let values = names.into_iter().enumerate();
                let bound = values.map(|(i, name)| (name, Json::Text(value(i).to_owned()))).collect();
                Look::Fits(Take { at, bytes, bound, ..Take::default() })
            }
            (None, Some(_)) => {
                Look::Differs(format!("expected {expected}, got {} and the end", shorten(&got)))
            }
            (None, None) => Look::Waiting(format!("expected {expected}, got {}", shorten(&got))),
        }
    }

    fn look_at_silence(&self, name: &str, until: Duration, or_closed: bool) -> Look {
        let now = self.wire.now();
        let passed = || match now >= until {
            true => Look::Fits(Take { at: now, ..Take::default() }),
            false => Look::Waiting("silence".to_owned()),
        };
        if let Some(pending) = self.requests.get(name) {
            return match &pending.reply {
                Some((_, reply)) => Look::Differs(format!("expected no answer yet, got {reply}")),
                None => passed(),
            };
        }
        let Some(actor) = self.actors.get(name) else { return self.unknown(name) };
        let heard = actor.of_interest(None, self.case.header.profile);
        let heard = heard.first().map(|i| &actor.inbox[*i].content);
        let unsaid = if or_closed { actor.unsaid(self.case.header.profile) } else { heard };
        if let Some(content) = unsaid {
            return Look::Differs(format!("expected silence, got {content}"));
        }
        if !actor.bytes.is_empty() {
            return Look::Differs(format!(
                "expected silence, got {}",
                shorten(&String::from_utf8_lossy(&actor.bytes))
            ));
        }
        match &actor.closed {
            Some((at, _)) if or_closed => Look::Fits(Take { at: *at, ..Take::default() }),
            Some((_, closing)) => Look::Differs(format!("expected silence, got the end: {}", closing.how)),
            // A goodbye is not the end yet.
            None if heard.is_some() => Look::Waiting("expected the end behind 1, it is open".to_owned()),
            None => passed(),
        }
    }

    fn look_at_closing(&self, name: &str, strictly: bool, codes: &[u16], codes_should: bool) -> Look {
        let Some(actor) = self.actors.get(name) else { return self.unknown(name) };
        if strictly && let Some(content) = actor.unsaid(self.case.header.profile) {
            return Look::Differs(format!("expected the end and nothing before, got {content}"));
        }
        let Some((at, closing)) = &actor.closed else {
            return Look::Waiting("expected the end, it is open".to_owned());
        };
        let mut take = Take { at: *at, ..Take::default() };
        if !codes.is_empty() && !closing.code.is_some_and(|code| codes.contains(&code)) {
            let got =
                closing.code.map_or_else(|| format!("no code: {}", closing.how), |code| code.to_string());
            let why = format!("expected close code {}, got {got}", alternatives(codes));
            if !codes_should {
                return Look::Differs(why);
            }
            take.warnings.push(why);
        }
        Look::Fits(take)
    }

    fn look_at_control(&self, name: &str, opcode: u8, payload: Option<&Sending>) -> Look {
        let Some(actor) = self.actors.get(name) else { return self.unknown(name) };
        let expected = match payload.map(|payload| self.bytes(payload)).transpose() {
            Ok(expected) => expected,
            Err(why) => return Look::Differs(why),
        };
        let found = actor.inbox.iter().position(|mail| {
            let fits = expected.as_deref().is_none_or(|bytes| mail.content.as_bytes() == Some(bytes));
            mail.control == Some(opcode) && fits
        });
        match (found, &actor.closed) {
            (Some(i), _) => Look::Fits(Take { at: actor.inbox[i].at, control: Some(i), ..Take::default() }),
            (None, Some((_, closing))) => {
                Look::Differs(format!("expected a control frame, got the end: {}", closing.how))
            }
            (None, None) => {
                Look::Waiting(format!("expected a control frame with opcode {opcode}, none came"))
            }
        }
    }

    pub(super) fn look_at_answer(&self, name: &str, answers: &Answers) -> Look {
        let reply = match (self.requests.get(name), self.actors.get(name)) {
            (Some(pending), _) => &pending.reply,
            (None, Some(actor)) => &actor.reply,
            (None, None) => return self.unknown(name),
        };
        match reply {
            None => Look::Waiting(format!("expected {}, no answer came", expected(answers))),
            Some((at, reply)) => match self.judge(answers, reply) {
                Ok(take) => Look::Fits(Take { at: *at, ..take }),
                Err(why) => Look::Differs(why),
            },
        }
    }

    /// Holds an answer against what may be answered.
    pub(super) fn judge(&self, answers: &Answers, reply: &Reply) -> Result<Take, String> {
        let mut take = Take::default();
        let mut reasons = Vec::new();
        let chosen = answers.options.iter().find(|option| {
            let mut bound = Bindings::new();
            let fits = self.option(option, reply, &mut bound).map_err(|why| reasons.push(why)).is_ok();
            take.bound = if fits { bound } else { Bindings::new() };
            fits
        });
        match chosen {
            Some(option) => take.lax.clone_from(&option.lax),
            None if answers.options.is_empty() => {}
            None => {
                return Err(format!("expected {}, got {reply} ({})", expected(answers), reasons.join("; ")));
            }
        }
        let Reply::Response(response) = reply else { return Ok(take) };
        for check in &answers.headers {
            let got = response.header(&check.name);
            let fits = match (&check.value, got) {
                (Some(text), Some(got)) => match_text(text, got, &self.scope, &mut take.bound).is_ok(),
                (None, None) => true,
                (Some(_), None) => check.may_lack,
                (None, Some(_)) => false,
            };
            if !fits {
                let value = check.value.as_ref().map_or("none".to_owned(), ToString::to_string);
                let why = format!("expected header {}: {value}, got {}", check.name, got.unwrap_or("none"));
                if check.should { take.warnings.push(why) } else { return Err(why) }
            }
        }
        for body in &answers.bodies {
            match_text(body, &response.text(), &self.scope, &mut take.bound)?;
        }
        Ok(take)
    }

    fn option(&self, option: &AnswerOption, reply: &Reply, bound: &mut Bindings) -> Result<(), String> {
        let response = match (&option.status, reply) {
            (Status::Dropped, Reply::Dropped(_)) | (Status::Any, Reply::Dropped(_)) => return Ok(()),
            (Status::Dropped, Reply::Response(_)) => return Err("it was answered".to_owned()),
            (_, Reply::Dropped(why)) => return Err(why.clone()),
            (_, Reply::Response(response)) => response,
        };
        if let Status::Codes(codes) = &option.status
            && !codes.iter().any(|(least, most)| (*least..=*most).contains(&response.status))
        {
            return Err(format!("the status is {}", response.status));
        }
        self.body(&option.body, response, bound)
    }

    fn body(&self, pattern: &BodyPattern, response: &Response, bound: &mut Bindings) -> Result<(), String> {
        let got = response.text();
        match pattern {
            BodyPattern::Any => Ok(()),
            BodyPattern::Text(text) if text.is_plain() => {
                let expected = text.render(&self.scope)?;
                if expected == got { Ok(()) } else { Err(format!("the body is {}", shorten(&got))) }
            }
            BodyPattern::Text(text) => match_text(text, &got, &self.scope, bound),
            BodyPattern::Json(pattern) => {
                let value =
                    Json::read(&got).map_err(|unread| format!("the body is no JSON: {}", unread.expected))?;
                pattern.check(&value, &self.scope, bound)
            }
            BodyPattern::Packets(patterns) => {
                let contents =
                    packet::payload(&got).map_err(|class| format!("the body is no payload: {class}"))?;
                self.payload(patterns, &contents, bound)
            }
        }
    }

    fn payload(
        &self,
        patterns: &[PacketPattern],
        contents: &[Content],
        bound: &mut Bindings,
    ) -> Result<(), String> {
        let mut scope = self.scope.clone();
        let mut rest = contents;
        for pattern in patterns {
            match pattern.check(rest.iter(), &scope) {
                Received::Fits { messages, bound: more } => {
                    more.iter().for_each(|(name, value)| scope.bind(name, value.clone()));
                    bound.extend(more);
                    rest = &rest[messages..];
                }
                Received::Differs(why) => return Err(why),
                Received::Waiting => return Err(format!("no packet {pattern} in the body")),
            }
        }
        match rest.first() {
            Some(content) => Err(format!("{content} should not be in the body")),
            None => Ok(()),
        }
    }

    pub(super) fn unknown(&self, name: &str) -> Look {
        Look::Differs(self.nobody(name).why)
    }

    pub(super) fn bytes(&self, sending: &Sending) -> Result<Vec<u8>, String> {
        match sending {
            Sending::Text(text) => text.render(&self.scope).map(String::into_bytes),
            Sending::Bytes(bytes) => Ok(bytes.clone()),
        }
    }

    pub(super) fn frame(&self, line: &FrameLine) -> Result<crate::target::Frame, String> {
        let FrameLine { opcode, fin, rsv, masked, length_bits, length, payload } = line.clone();
        let payload = payload.map_or(Ok(Vec::new()), |payload| self.bytes(&payload))?;
        Ok(crate::target::Frame { opcode, fin, rsv, masked, length_bits, length, payload })
    }
}

/// The timing of a step, and the actors whose packets it waits for.
pub(super) fn timing(kind: &StepKind) -> Option<(&str, &Timing)> {
    match kind {
        StepKind::Expect { actor, timing, .. }
        | StepKind::Silent { actor, timing, .. }
        | StepKind::Closed { actor, timing, .. }
        | StepKind::Hear { actor, timing, .. } => Some((actor, timing)),
        StepKind::Answer { request, answer } => Some((request, &answer.timing)),
        _ => None,
    }
}

fn alternatives(codes: &[u16]) -> String {
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

fn expected(answers: &Answers) -> String {
    let options: Vec<String> = answers.options.iter().map(ToString::to_string).collect();
    if options.is_empty() { "an answer".to_owned() } else { options.join(" or ") }
}

impl std::fmt::Display for AnswerOption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.status {
            Status::Any => f.write_str("any answer")?,
            Status::Refused => f.write_str("a refusal")?,
            Status::Dropped => f.write_str("no answer")?,
            Status::Codes(codes) => {
                let names = codes.iter().map(|(least, most)| match least == most {
                    true => least.to_string(),
                    false => format!("{}xx", least / 100),
                });
                f.write_str(&names.collect::<Vec<_>>().join("|"))?;
            }
        }
        match &self.body {
            BodyPattern::Any => Ok(()),
            BodyPattern::Text(text) => write!(f, " {}", shorten(&text.to_string())),
            BodyPattern::Json(pattern) => write!(f, " json {pattern}"),
            BodyPattern::Packets(packets) => packets.iter().try_for_each(|packet| write!(f, " < {packet}")),
        }
    }
}

impl std::fmt::Display for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Reply::Response(response) => write!(f, "{} {}", response.status, shorten(&response.text())),
            Reply::Dropped(why) => write!(f, "no answer: {why}"),
        }
    }
}
