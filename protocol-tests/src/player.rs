//! Plays a case on a target and judges it.
//!
//! One sequence of steps and no threads: every step does something, or waits until what it expects has come
//! or cannot come any more. Each participant has an inbox of its own; while one step waits, the heartbeats of all are answered.

mod actor;
mod deeds;
mod flow;
mod look;
mod sessions;
mod storm;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use self::actor::{Actor, Carrier, Pending};
use self::flow::{Look, Take};
use self::wire::Wire;
use crate::case::{Case, Level};
use crate::json::{Json, Number};
use crate::notation::{Branch, Step, StepKind, Timing, Transport};
use crate::pattern::Bindings;
use crate::scope::Scope;
use crate::setting::Setting;
use crate::span::Intervals;
use crate::target::Target;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// What playing a case came to.
#[derive(Clone, Debug)]
pub struct Played {
    /// The judgement.
    pub verdict: Verdict,
    /// The step that failed.
    pub step: Option<FailedStep>,
    /// What went over the wire.
    pub transcript: Transcript,
    /// How long it took on the target's clock.
    pub took: Duration,
}

/// The step at which a case failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedStep {
    /// Its line in the chapter.
    pub line: usize,
    /// Its text.
    pub source: String,
}

/// Plays a case over one transport.
pub fn play(case: &Case, over: Option<Transport>, target: &mut dyn Target, setting: &Setting) -> Played {
    let mut player = Player::new(case, over, target, setting);
    let began = player.wire.now();
    let mut verdict = Verdict::Ok;
    let mut step = None;
    match player.steps(&case.conversation.setup) {
        Err(trouble) => {
            step = trouble.step;
            verdict = Verdict::Setup(trouble.why);
        }
        Ok(()) => {
            if let Err(trouble) = player.steps(&case.conversation.steps) {
                step = trouble.step;
                verdict = Verdict::of_failure(case.header.level, trouble.why);
            } else if let Some((warned, why)) = player.warnings.first() {
                step = Some(warned.clone());
                verdict = match case.header.level {
                    Level::Info => Verdict::Info(why.clone()),
                    _ => Verdict::Warn(why.clone()),
                };
            } else if let Some(why) = player.lax.first() {
                verdict = Verdict::Lax(why.clone());
            }
        }
    }
    // After a warning it may be the server's fault that something was not there to be referred to.
    if let (Some(what), true, true) = (player.scope.missed(), step.is_some(), player.warnings.is_empty()) {
        verdict = Verdict::BadFixture(what);
    }
    let took = player.wire.now().saturating_sub(began);
    player.clean_up();
    Played { verdict, step, transcript: player.wire.transcript, took }
}

/// Why a step failed.
#[derive(Clone, Debug)]
struct Trouble {
    step: Option<FailedStep>,
    why: String,
}

impl Trouble {
    fn new(why: impl Into<String>) -> Trouble {
        Trouble { step: None, why: why.into() }
    }

    /// Adds the step, unless one inside it was at fault.
    fn at(mut self, step: &Step) -> Trouble {
        self.step.get_or_insert_with(|| FailedStep::of(step));
        self
    }
}

impl FailedStep {
    fn of(step: &Step) -> FailedStep {
        FailedStep { line: step.line, source: step.source.clone() }
    }
}

struct Player<'a> {
    case: &'a Case,
    setting: &'a Setting,
    over: Transport,
    wire: Wire<'a>,
    scope: Scope,
    intervals: Intervals,
    actors: BTreeMap<String, Actor>,
    requests: BTreeMap<String, Pending>,
    lax: Vec<String>,
    warnings: Vec<(FailedStep, String)>,
    polls: usize,
    playing: Option<FailedStep>,
}

impl<'a> Player<'a> {
    fn new(
        case: &'a Case,
        over: Option<Transport>,
        target: &'a mut dyn Target,
        setting: &'a Setting,
    ) -> Player<'a> {
        let mut scope = Scope::default();
        scope.max_payload = setting.max_payload;
        scope.bind_text("path", &setting.path);
        scope.bind_text("bare-path", setting.path.trim_end_matches('/'));
        for (name, room) in setting.rooms.draw() {
            scope.bind_text(name, &room);
        }
        let mut player = Player {
            case,
            setting,
            over: over.unwrap_or(Transport::WebSocket),
            wire: Wire::new(target),
            scope,
            intervals: setting.intervals.clone(),
            actors: BTreeMap::new(),
            requests: BTreeMap::new(),
            lax: Vec::new(),
            warnings: Vec::new(),
            polls: 0,
            playing: None,
        };
        player.bind_intervals();
        player
    }

    fn bind_intervals(&mut self) {
        let Intervals { ping_interval, ping_timeout, .. } = self.intervals;
        for (name, span) in [("pi", ping_interval), ("pt", ping_timeout)] {
            self.scope.bind(name, Json::Number(Number(span.as_millis().to_string())));
        }
    }

    fn steps(&mut self, steps: &[Step]) -> Result<(), Trouble> {
        for (i, step) in steps.iter().enumerate() {
            self.step(step, steps.get(i + 1)).map_err(|trouble| trouble.at(step))?;
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, next: Option<&Step>) -> Result<(), Trouble> {
        self.playing = Some(FailedStep::of(step));
        self.wire.transcript.begin(Some(step.line));
        self.polls = 0;
        match &step.kind {
            StepKind::Repeat { times, name, steps } => {
                for i in 1..=*times {
                    if let Some(name) = name {
                        self.scope.bind(name, Json::Number(Number(i.to_string())));
                    }
                    self.steps(steps).map_err(|mut trouble| {
                        trouble.why = format!("{} (time {i} of {times})", trouble.why);
                        trouble
                    })?;
                }
                Ok(())
            }
            StepKind::Either(branches) => self.either(branches),
            StepKind::Check { value, pattern } => {
                let value = match &value.pieces[..] {
                    [crate::text::Piece::Reference(name)] => self.scope.value(name),
                    _ => value.render(&self.scope).map(Json::Text),
                };
                let mut bound = Bindings::new();
                let checked = value.and_then(|value| pattern.check(&value, &self.scope, &mut bound));
                bound.into_iter().for_each(|(name, value)| self.scope.bind(&name, value));
                checked.map_err(Trouble::new)
            }
            kind => match look::timing(kind) {
                Some(_) => self.expect(kind, self.wire.now()),
                None => self.act(kind, next),
            },
        }
    }

    /// Waits for what a step expects; `since` is when the step began.
    fn expect(&mut self, kind: &StepKind, since: Duration) -> Result<(), Trouble> {
        let Some((name, timing)) = look::timing(kind) else { return Ok(()) };
        let until = self.until_for(kind, timing, since);
        if let StepKind::Expect { packets, .. } = kind {
            for packet in packets {
                let take = self.wait(until, &[name], |player| player.look_at_packet(name, packet));
                self.conclude(name, timing, since, take)?;
            }
            return Ok(());
        }
        let wanted = if matches!(kind, StepKind::Answer { .. }) { vec![] } else { vec![name] };
        let take = self.wait(until, &wanted, |player| player.look(kind, since));
        if let (Ok(_), StepKind::Answer { request, .. }) = (&take, kind) {
            self.unpark(request);
        }
        self.conclude(name, timing, since, take)
    }

    /// Takes the branch whose first step is met first, and holds it to the rest.
    fn either(&mut self, branches: &[Branch]) -> Result<(), Trouble> {
        let since = self.wire.now();
        let firsts: Vec<&StepKind> =
            branches.iter().filter_map(|b| b.steps.first()).map(|s| &s.kind).collect();
        let timings = firsts.iter().filter_map(|kind| look::timing(kind).map(|timing| (*kind, timing)));
        let (wanted, untils): (Vec<&str>, Vec<Duration>) =
            timings.map(|(kind, (name, timing))| (name, self.until_for(kind, timing, since))).unzip();
        let until = untils.into_iter().max().unwrap_or(since);
        let mut chosen = 0;
        let take = self.wait(until, &wanted, |player| {
            let mut reasons = Vec::new();
            let mut waiting = false;
            for (i, kind) in firsts.iter().enumerate() {
                match player.look(kind, since) {
                    Look::Fits(_) => {
                        chosen = i;
                        return Look::Fits(Take::default());
                    }
                    Look::Waiting(why) => {
                        waiting = true;
                        reasons.push(why);
                    }
                    Look::Differs(why) => reasons.push(why),
                }
            }
            let why = reasons.join("; or: ");
            if waiting { Look::Waiting(why) } else { Look::Differs(why) }
        });
        take.map_err(Trouble::new)?;
        let Branch { lax, steps } = &branches[chosen];
        self.lax.extend(lax.clone());
        let Some((first, rest)) = steps.split_first() else { return Ok(()) };
        self.expect(&first.kind, since).map_err(|trouble| trouble.at(first))?;
        self.steps(rest)
    }

    /// Until when a step waits: what it expects may be late where that is only a SHOULD.
    fn until(&self, timing: &Timing, since: Duration) -> Duration {
        since
            + match &timing.within {
                Some((span, false)) => span.resolve(&self.intervals),
                Some((span, true)) => span.resolve(&self.intervals).max(self.intervals.patience),
                None => self.intervals.patience,
            }
    }

    fn until_for(&self, kind: &StepKind, timing: &Timing, since: Duration) -> Duration {
        match kind {
            StepKind::Silent { span, .. } => since + span.resolve(&self.intervals),
            _ => self.until(timing, since),
        }
    }

    /// Ends an expectation: takes what met it and looks at the clock, or fails, or warns where it was only a SHOULD.
    fn conclude(
        &mut self,
        name: &str,
        timing: &Timing,
        since: Duration,
        take: Result<Take, String>,
    ) -> Result<(), Trouble> {
        let take = match take {
            Ok(take) => take,
            Err(why) if timing.should => {
                self.warn(why);
                return Ok(());
            }
            Err(why) => {
                let waited = self.wire.now().saturating_sub(since);
                return Err(Trouble::new(format!("{why} (after {:.0} ms)", waited.as_secs_f64() * 1e3)));
            }
        };
        let after = take.at.saturating_sub(since);
        self.accept(name, take);
        if let Some((span, true)) = &timing.within
            && after > span.resolve(&self.intervals)
        {
            self.warn(format!("it came after {} ms, not within {span}", after.as_millis()));
        }
        if let Some((span, should)) = &timing.not_before
            && after < span.resolve(&self.intervals)
        {
            let why = format!("it came after {} ms, before {span}", after.as_millis());
            if *should { self.warn(why) } else { return Err(Trouble::new(why)) }
        }
        Ok(())
    }

    /// Takes what met an expectation.
    fn accept(&mut self, name: &str, take: Take) {
        if let Some(actor) = self.actors.get_mut(name) {
            actor.take(&take.mail.0, take.mail.1);
            actor.bytes.drain(..take.bytes);
            if let Some(i) = take.control {
                actor.inbox.remove(i);
            }
        }
        take.bound.into_iter().for_each(|(name, value)| self.scope.bind(&name, value));
        self.lax.extend(take.lax);
        take.warnings.into_iter().for_each(|why| self.warn(why));
    }

    fn settling(&self) -> Duration {
        SETTLE.mul_f64(self.intervals.scale)
    }

    /// The complaint that a step names somebody whom no step has made.
    fn nobody(&self, name: &str) -> Trouble {
        Trouble::new(self.scope.miss(format!("nobody is called {name} here")))
    }

    fn warn(&mut self, why: String) {
        self.warnings.extend(self.playing.clone().map(|step| (step, why)));
    }

    /// Leaves nothing behind: sessions are closed, connections dropped.
    fn clean_up(&mut self) {
        self.wire.transcript.begin(None);
        for name in self.actors.keys().cloned().collect::<Vec<_>>() {
            let Some(actor) = self.actors.get(&name) else { continue };
            let path = self.polling_path(&actor.sid);
            match &actor.carrier {
                Carrier::WebSocket(link) | Carrier::Tcp(link) => self.wire.forget(*link),
                Carrier::Polling(_) if actor.closed.is_none() && !actor.sid.is_empty() => {
                    self.wire.request(&name, &flow::post(&path, b"1".to_vec()));
                }
                Carrier::Polling(_) => {}
            }
        }
        let until = self.wire.now() + self.settling();
        while self.wire.now() < until && self.wire.pump(until) {}
        for pending in std::mem::take(&mut self.requests).into_values() {
            self.wire.forget(pending.link);
        }
    }
}

/// How long `settle` lets things happen, on either clock.
pub const SETTLE: Duration = Duration::from_millis(30);
