//! Plays the vectors on another implementation's codec: a child process that speaks lines of JSON.
//!
//! ```text
//! protocol-tests                                                       adapter
//!   {"id":1,"op":"hello","protocol":1}                          ──>
//!                                                               <──     {"id":1,"name":"parser 4.2.7","decode":[...],"encode":[...]}
//!   {"id":2,"op":"decode","kind":"sio-packet","wire":[{"text":"2[\"hi\"]"}]}   ──>
//!                                                               <──     {"id":2,"packets":[{"type":"event","data":["hi"]}]}
//! ```
//!
//! An adapter that answers garbage, hangs or dies has failed the vector that it did so on, at whatever level; it is started
//! again and the run goes on. What the lines may hold is described in `adapters/README.md`, and in a schema.
//!
//! ```no_run
//! use protocol_tests::{codec, suite::Suite};
//!
//! let (suite, _) = Suite::load("fixtures".as_ref());
//! let vectors: Vec<_> = suite.vectors().collect();
//! let options = codec::Options { adapter: "python3 adapter.py".to_owned(), ..codec::Options::default() };
//! let results = codec::run(&vectors, &options, &mut |played| eprintln!("{} {}", played.id(), played.verdict));
//! print!("{}", results.text());
//! std::process::exit(results.exit_code().into());
//! ```

mod adapter;
mod child;
mod line;
mod results;

use std::time::Duration;

use crate::vector::{Kind, Vector};
use crate::verdict::Verdict;
pub(crate) use adapter::{Adapter, Fault};

pub use line::{Asked, PROTOCOL};
pub use results::{Played, Results};

/// Which adapter, and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The command line, for `sh -c`.
    pub adapter: String,
    /// How long an answer may take. A codec needs microseconds; a garbage collector may need a while.
    pub patience: Duration,
    /// How long the first answer after a start may take: interpreters and virtual machines are slow to wake.
    pub startup: Duration,
}

impl Default for Options {
    fn default() -> Options {
        let (patience, startup) = (Duration::from_secs(2), Duration::from_secs(10));
        Options { adapter: String::new(), patience, startup }
    }
}

/// Plays vectors in their order; `told` hears of each verdict when it is known.
pub fn run<'a>(vectors: &[&'a Vector], options: &Options, told: &mut dyn FnMut(&Played<'a>)) -> Results<'a> {
    let mut adapter = Adapter::new(options);
    let started = adapter.start().map_err(|fault| fault.to_string());
    let mut results = Results { name: adapter.name().to_owned(), played: Vec::new(), trouble: None };
    results.trouble = started.and_then(|()| control(&mut adapter, vectors)).err();
    for vector in vectors {
        for asked in Asked::of(vector) {
            let verdict = match &results.trouble {
                Some(why) => Verdict::Blocked(why.clone()),
                None => play(&mut adapter, vector, asked),
            };
            let played = Played { vector, asked, verdict };
            told(&played);
            results.played.push(played);
        }
    }
    if results.trouble.is_none() {
        let lost =
            |why| format!("the adapter does not answer any more, so nothing above can be trusted: {why}");
        results.trouble = control(&mut adapter, vectors).map_err(lost).err();
    }
    results
}

/// Plays what every codec can do: one that refuses all, or knows only the fixtures' words, must not look good.
fn control(adapter: &mut Adapter, vectors: &[&Vector]) -> Result<(), String> {
    for (kind, row) in CONTROLS {
        if !vectors.iter().any(|vector| vector.kind == kind) {
            continue;
        }
        let vector = Vector::read(kind, row).ok().flatten().expect("the controls are vectors");
        for asked in Asked::of(&vector) {
            let verdict = play(adapter, &vector, asked);
            if verdict.is_bad() || matches!(verdict, Verdict::Blocked(_)) {
                return Err(format!("the positive control {row} failed: {verdict}"));
            }
        }
    }
    Ok(())
}

fn play(adapter: &mut Adapter, vector: &Vector, asked: Asked) -> Verdict {
    if !adapter.can(asked, vector.kind) {
        return Verdict::NotApplicable(format!(
            "the adapter does not {} {}",
            asked.name(),
            vector.kind.group()
        ));
    }
    let judged = match asked {
        Asked::Decode => adapter.decode(vector).map(|got| vector.judge_reading(&got)),
        Asked::Encode => adapter.encode(vector).map(|got| vector.judge_writing(&got)),
    };
    match judged {
        Ok(verdict) => verdict,
        Err(fault @ Fault::Garbage(_)) => Verdict::Fail(fault.to_string()),
        Err(fault @ (Fault::Hung(_) | Fault::Died(_))) => Verdict::Crash(fault.to_string()),
        Err(fault @ Fault::Lost(_)) => Verdict::Blocked(fault.to_string()),
    }
}

/// Rows that no fixture has, so that an adapter cannot have them by heart.
const CONTROLS: [(Kind, &str); 3] = [
    (Kind::EnginePacket, r#"control  4kit  = message "kit""#),
    (Kind::Payload, r#"control  4kit␞2  = message "kit", ping"#),
    (Kind::SocketPacket, r#"control  2/kit,1["kit",{"a":[1]}]  = verbatim"#),
];

#[cfg(test)]
#[cfg(unix)]
mod tests;
