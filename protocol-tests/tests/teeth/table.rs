//! `TEETH.md`: which cases kill each bug, and why some kill none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use protocol_tests::case::Level;
use protocol_tests::suite::{Run, Suite};

use crate::hunt::{How, Kill};
use crate::stage;

/// The table as it was last written.
#[derive(Default)]
pub(crate) struct Table {
    killers: BTreeMap<String, Vec<String>>,
    /// Why a case kills nothing, as somebody who looked at it wrote it down.
    reasons: BTreeMap<String, String>,
}

impl Table {
    /// Reads the table; there need not be one.
    pub(crate) fn read(file: &Path) -> Table {
        let text = fs::read_to_string(file).unwrap_or_default();
        let mut table = Table::default();
        for line in text.lines() {
            let names: Vec<String> = line.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            match (line.strip_prefix("- "), line.strip_prefix("| `"), names.split_first()) {
                (None, Some(_), Some((bug, killers))) => {
                    table.killers.insert(bug.clone(), killers.to_vec());
                }
                (Some(rest), _, Some(_)) => {
                    let reason = rest.split(": `").next().unwrap_or_default();
                    table.reasons.extend(names.into_iter().map(|case| (case, reason.to_owned())));
                }
                _ => {}
            }
        }
        table
    }

    /// Puts those in front that killed the bug the last time.
    pub(crate) fn known_killers_first<'a>(&self, bug: &str, mut runs: Vec<Run<'a>>) -> Vec<Run<'a>> {
        let known = self.killers.get(bug).map_or(&[][..], Vec::as_slice);
        runs.sort_by_key(|run| !known.contains(&run.case.header.id));
        runs
    }

    /// Writes the table anew; the reasons that people gave are kept.
    pub(crate) fn write(&self, suite: &Suite, found: &BTreeMap<&str, Vec<Kill>>) -> String {
        let mut text = HEAD.to_owned();
        for (bug, kills) in found {
            text.push_str(&row(bug, kills));
        }
        text.push_str(NOT_PLANTED);
        text.push_str(BACK);
        let killers: BTreeSet<&str> = found.values().flatten().map(|kill| kill.case.as_str()).collect();
        let mut idle: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for case in suite.cases().filter(|case| !killers.contains(case.header.id.as_str())) {
            let id = case.header.id.as_str();
            let reason = match case.header.level {
                _ if !stage::is_ours(case) => OTHERS,
                Level::Info => RECORDED,
                _ => self.reasons.get(id).map_or(UNSEEN, String::as_str),
            };
            idle.entry(reason.to_owned()).or_default().push(id);
        }
        for (reason, cases) in idle {
            text.push_str(&format!("- {reason}: `{}`\n", cases.join("`, `")));
        }
        text
    }
}

fn row(bug: &str, kills: &[Kill]) -> String {
    let mut cases: Vec<&str> = kills.iter().map(|kill| kill.case.as_str()).collect();
    cases.dedup();
    let count = cases.iter().collect::<BTreeSet<_>>().len();
    let named: Vec<String> = cases.iter().take(NAMED).map(|case| format!("`{case}`")).collect();
    let panics = kills.iter().filter(|kill| kill.how == How::Panic).count();
    let hangs = kills.iter().filter(|kill| kill.how == How::Hang).count();
    let more = match (panics, hangs) {
        (0, 0) => String::new(),
        _ => format!(" ({panics} panic, {hangs} hang)"),
    };
    let place = if stage::on_wire(bug).is_some() { "wire" } else { "core" };
    format!("| `{bug}` | {place} | {count}{more} | {} |\n", named.join(", "))
}

/// Cases that are named for each bug.
const NAMED: usize = 3;

const OTHERS: &str = "judges others: our server does not have it, or does otherwise on purpose";

const RECORDED: &str = "recorded only: never red";

const UNSEEN: &str = "not looked at yet";

const HEAD: &str = "\
# Teeth

Every bug that can be planted in our server (`src/planted.rs`), and the cases that notice it. Written by

    TEETH_TABLE=1 cargo test -p protocol-tests --features mutants --test teeth

A bug of the core is looked for by all cases that are not live, one of the wire by the live and other cases of its groups.

| bug | where | cases that kill it | the first |
|---|---|---|---|
";

const NOT_PLANTED: &str = "
## Bugs that are not planted

- sio-sid-is-eio-sid: what answers a CONNECT never learns the session's id; `socket-id-constant` and `sid-constant` stand
  nearest.
- no-pause-behind-connect: five milliseconds are too short to be judged over a network; a unit test of the session judges them.
- Three are not what their names say, word for word, because the state they need does not exist here:
  `ping-on-both-transports` sends a second ping on the WebSocket that takes over, `timer-not-cancelled-on-close` keeps the
  upgrade's timer when its WebSocket is closed, `binary-split-across-upgrade` lets what waits stand between a header and
  its attachments.
";

const BACK: &str = "
## Cases that kill none of them

";
