//! What a fixture must be besides readable: ids used once, names bound before use, every end bounded, every case explained.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::{Case, Need, Profile};
use crate::fault::{Fault, Unread};
use crate::fuzz::Kind;
use crate::notation::{Answers, BodyPattern, Headers, Sending, SocketTarget, Status, Step, StepKind};
use crate::suite::Suite;
use crate::text::Text;

/// Lists what is wrong with the chapters.
pub fn lint(suite: &Suite) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut seen = BTreeMap::new();
    for case in suite.cases() {
        for id in case.header.ids() {
            if let Some(before) = seen.insert(id.to_owned(), case) {
                let place = format!("an id of its own; {}:{} has it too", before.file.display(), before.line);
                faults.push(Unread::new(id, place).at(&case.file, case.line));
            }
        }
        Linter { case, bound: BTreeSet::new(), faults: &mut faults }.case();
    }
    for vector in suite.vectors() {
        if !seen.contains_key(&vector.id)
            && suite.vectors().filter(|other| other.id == vector.id).count() == 1
        {
            continue;
        }
        faults.push(Unread::new(&vector.id, "an id of its own").at(&vector.file, vector.line));
    }
    for case in suite.cases() {
        for need in &case.header.needs {
            // An alias is no answer here: what blocks a case is looked up by its own id.
            if let Need::Case(id) = need
                && seen.get(id).is_none_or(|needed| needed.header.id != *id)
            {
                faults.push(Unread::new(id, "the id of a case, and no alias").at(&case.file, case.line));
            }
        }
    }
    faults
}

/// Lists the names that a case uses.
pub fn names(case: &Case) -> Vec<String> {
    let mut used = Vec::new();
    let conversation = &case.conversation;
    for step in conversation.setup.iter().chain(&conversation.steps) {
        each(step, &mut |step| used.extend(uses(&step.kind).0));
    }
    used
}

/// Visits a step and those inside it.
fn each<'a>(step: &'a Step, visit: &mut impl FnMut(&'a Step)) {
    visit(step);
    match &step.kind {
        StepKind::Repeat { steps, .. } => steps.iter().for_each(|step| each(step, visit)),
        StepKind::Either(branches) => {
            branches.iter().flat_map(|branch| &branch.steps).for_each(|step| each(step, visit));
        }
        _ => {}
    }
}

struct Linter<'a> {
    case: &'a Case,
    bound: BTreeSet<String>,
    faults: &'a mut Vec<Fault>,
}

impl Linter<'_> {
    fn case(&mut self) {
        let case = self.case;
        let header = &case.header;
        if case.why.split_whitespace().count() < 3 {
            self.fault(case.line, &header.id, "a sentence that says why, between header and conversation");
        }
        if header.sections.iter().all(String::is_empty) {
            self.fault(case.line, &header.id, "the section that says so, in brackets");
        }
        if header.live.as_deref() == Some("") {
            self.fault(case.line, "live", "`live: why it needs a wire`");
        }
        if case.conversation.steps.is_empty() {
            self.fault(case.line, &header.id, "steps");
        }
        for name in ["path", "bare-path", "maxPayload", "pi", "pt", "room", "room2"] {
            self.bound.insert(name.to_owned());
        }
        self.steps(&case.conversation.setup);
        self.steps(&case.conversation.steps);
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        let (used, mut bound) = uses(&step.kind);
        if let StepKind::Join { actor, .. } = &step.kind
            && self.case.header.recovers()
        {
            bound.push(format!("{actor}.pid"));
            bound.extend((self.case.header.profile == Profile::Recovery).then(|| format!("{actor}.offset")));
        }
        for name in used.iter().filter(|name| !self.bound.contains(*name)).cloned().collect::<Vec<_>>() {
            self.fault(step.line, &format!("{{{name}}}"), "a name that is bound above, or `{{` for a brace");
        }
        self.bound.extend(bound);
        match &step.kind {
            StepKind::Repeat { steps, name, .. } => {
                self.bound.extend(name.clone());
                self.steps(steps);
            }
            StepKind::Either(branches) => {
                for (i, branch) in branches.iter().enumerate() {
                    let first = branch.steps.first();
                    if !first.is_some_and(|step| expects(&step.kind)) {
                        self.fault(
                            step.line,
                            &step.source,
                            "an expectation as the first step of each branch",
                        );
                    }
                    if i > 0 && branch.lax.as_deref() == Some("") {
                        self.fault(step.line, &step.source, "a reason after `lax:`");
                    }
                    self.steps(&branch.steps);
                }
            }
            StepKind::Closed { timing, .. } if timing.within.is_none() => {
                self.fault(step.line, &step.source, "`within T`: everything is closed in the end");
            }
            kind if needs_a_wire(kind) && self.case.header.live.is_none() => {
                self.fault(step.line, &step.source, "`live: why` in the header, because of this step");
            }
            _ => {}
        }
    }

    fn fault(&mut self, line: usize, read: &str, expected: &str) {
        self.faults.push(Unread::new(read, expected).at(&self.case.file, line));
    }
}

fn expects(kind: &StepKind) -> bool {
    matches!(
        kind,
        StepKind::Expect { .. }
            | StepKind::Closed { .. }
            | StepKind::Silent { .. }
            | StepKind::Answer { .. }
            | StepKind::Hear { .. }
    )
}

fn needs_a_wire(kind: &StepKind) -> bool {
    use crate::notation::Deed::{HalfClose, Pause, Resume};
    match kind {
        StepKind::Frames { .. } | StepKind::Connect { .. } | StepKind::Hear { .. } => true,
        // Such input is bytes of a wire; packets are what the core reads.
        StepKind::Fuzz { kind, .. } => matches!(kind, Kind::Frames | Kind::Requests),
        StepKind::Do { deed, .. } => matches!(deed, HalfClose | Pause | Resume),
        _ => false,
    }
}

type Names = (Vec<String>, Vec<String>);

/// The names that a step uses and those that it binds.
fn uses(kind: &StepKind) -> Names {
    let mut names = Names::default();
    match kind {
        StepKind::Check { value, pattern } => {
            text(&mut names, value);
            add(&mut names, pattern.names());
        }
        StepKind::Open { actor, query, headers, .. } => {
            query.iter().for_each(|query| text(&mut names, query));
            header_lines(&mut names, headers);
            names.1.push(format!("{actor}.sid"));
        }
        StepKind::Join { actor, namespace, auth, .. } => {
            namespace.iter().chain(auth).for_each(|part| text(&mut names, part));
            names.1.extend([format!("{actor}.sid"), format!("{actor}.id")]);
        }
        StepKind::Send { burst, .. } => burst.iter().for_each(|part| sending(&mut names, part)),
        StepKind::Expect { packets, .. } => packets.iter().for_each(|packet| add(&mut names, packet.names())),
        StepKind::Request { request, answer, .. } => {
            text(&mut names, &request.target);
            header_lines(&mut names, &request.headers);
            request.body.iter().chain(&request.chunks).for_each(|part| sending(&mut names, part));
            answers(&mut names, answer);
        }
        StepKind::Answer { answer, .. } => answers(&mut names, answer),
        StepKind::OpenSocket { target, headers, answer, .. } => {
            match target {
                SocketTarget::At(target) => text(&mut names, target),
                SocketTarget::Session(session) => names.0.push(format!("{session}.sid")),
            }
            header_lines(&mut names, headers);
            answers(&mut names, answer);
        }
        StepKind::Frames { frames, .. } => {
            frames
                .iter()
                .filter_map(|frame| frame.payload.as_ref())
                .for_each(|part| sending(&mut names, part));
        }
        _ => {}
    }
    names
}

fn add(names: &mut Names, (used, bound): (Vec<&str>, Vec<&str>)) {
    let before = names.1.clone();
    names.0.extend(used.into_iter().filter(|name| !before.iter().any(|b| b == name)).map(str::to_owned));
    names.1.extend(bound.into_iter().map(str::to_owned));
}

fn text(names: &mut Names, text: &Text) {
    add(names, text.names());
}

fn sending(names: &mut Names, part: &Sending) {
    if let Sending::Text(part) = part {
        text(names, part);
    }
}

fn header_lines(names: &mut Names, headers: &Headers) {
    headers.iter().for_each(|(_, value)| text(names, value));
}

fn answers(names: &mut Names, answers: &Answers) {
    for option in &answers.options {
        match &option.body {
            BodyPattern::Any => {}
            BodyPattern::Text(body) => text(names, body),
            BodyPattern::Json(pattern) => add(names, pattern.names()),
            BodyPattern::Packets(packets) => packets.iter().for_each(|packet| add(names, packet.names())),
        }
        debug_assert!(option.status != Status::Codes(Vec::new()), "a status has at least one code");
    }
    answers.bodies.iter().for_each(|body| text(names, body));
    answers.headers.iter().filter_map(|check| check.value.as_ref()).for_each(|value| text(names, value));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::chapter::Chapter;

    fn faults(header: &str, why: &str, block: &str) -> Vec<String> {
        let text = format!("## A\n\n`g/x` · MUST · core{header}\n\n{why}\n\n```conversation\n{block}\n```\n");
        let (chapter, faults) = Chapter::read(Path::new("c.md"), &text);
        assert_eq!(faults, []);
        lint(&Suite { chapters: vec![chapter] }).into_iter().map(|fault| fault.expected).collect()
    }

    #[test]
    fn a_sound_case_has_no_fault() {
        let block =
            "alice joins\nalice > 42[\"{alice.id}\"]\nalice < 42[{x:=string},{=x}]\nalice closed within 1s";
        assert_eq!(faults(" · [eio4#x]", "Because it must.", block), Vec::<String>::new());
    }

    #[test]
    fn each_fault_is_found() {
        let sections = " · [eio4#x]";
        for (header, why, block, expected) in [
            (sections, "", "settle", "why"),
            ("", "Because it must.", "settle", "section"),
            (sections, "Because it must.", "alice closed", "within T"),
            (sections, "Because it must.", "bob opens\nalice > 4{carol.sid}", "bound above"),
            (sections, "Because it must.", "alice opens\nalice frames\n  text  a", "live: why"),
            (" · live · [x#y]", "Because it must.", "settle", "live: why"),
            (" · needs g/y · [x#y]", "Because it must.", "settle", "the id of a case"),
            (sections, "Because it must.", "either\nsettle\nend", "an expectation"),
        ] {
            let found = faults(header, why, block);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
    }

    #[test]
    fn what_a_server_with_recovery_tells_is_bound() {
        let case = |header: &str, name: &str| {
            let text = format!(
                "## A\n\n`g/x` · MUST · {header} · [x#y]\n\nIt must be.\n\n```conversation\nalice joins\nalice > 4{{alice.{name}}}\n```\n"
            );
            let (chapter, faults) = Chapter::read(Path::new("c.md"), &text);
            assert_eq!(faults, []);
            lint(&Suite { chapters: vec![chapter] }).len()
        };
        assert_eq!((case("recovery", "pid"), case("recovery", "offset")), (0, 0));
        // The chat's history is not swallowed, and so its offset is the case's to bind.
        assert_eq!((case("chat · needs recovery", "pid"), case("chat · needs recovery", "offset")), (0, 1));
        assert_eq!((case("chat", "pid"), case("echo", "offset")), (1, 1));
    }

    #[test]
    fn an_id_is_used_once() {
        let case = "## A\n\n`g/x` · MUST · core · [x#y]\n\nIt must be.\n\n```conversation\nsettle\n```\n";
        let count = |text: &str| {
            let (chapter, faults) = Chapter::read(Path::new("c.md"), text);
            assert_eq!(faults, []);
            lint(&Suite { chapters: vec![chapter] }).len()
        };
        assert_eq!(count(&case.repeat(2)), 1);
        let merged =
            |id: &str, also: &str| case.replace("g/x", id).replace("core", &format!("core · also `{also}`"));
        assert_eq!(count(&format!("{case}{}", merged("g/y", "g/x"))), 1);
        assert_eq!(count(&format!("{}{}", merged("g/x", "g/z"), merged("g/y", "g/w"))), 0);
        let needs = case.replace("g/x", "g/n").replace("core", "core · needs g/z");
        assert_eq!(count(&format!("{}{needs}", merged("g/x", "g/z"))), 1);
    }
}
