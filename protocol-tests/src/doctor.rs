//! A look at a server before it is judged: is it there, does it greet, what are its times, what does it seem to be?
//!
//! ```text
//! polling      yes   0{"sid":"…","upgrades":["websocket"],"pingInterval":25000,…} after 2 ms
//! websocket    yes
//! echo         no    expected 42["message-back","doctor"], nothing came (after 1000 ms)
//! clock        this machine wakes up to 1.3 ms late; tolerance 250 ms
//! ```

use std::path::Path;
use std::time::Duration;

use crate::case::Profile;
use crate::chapter::Chapter;
use crate::control;
use crate::notation::Transport;
use crate::player::play;
use crate::setting::Setting;
use crate::suite::Suite;
use crate::target::Target;
use crate::venue::Venue;
use crate::verdict::Verdict;

/// What was found out.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// For people, one finding a line.
    pub lines: Vec<String>,
    /// The contracts that the application seems to keep.
    pub profiles: Vec<Profile>,
    /// The server greets, so that it can be judged.
    pub is_fit: bool,
}

/// Examines a server; the handshake completes the setting.
pub fn examine(venue: &dyn Venue, setting: &mut Setting, suite: &Suite) -> Diagnosis {
    let mut diagnosis = Diagnosis::default();
    let mut target = match venue.target() {
        Ok(target) => target,
        Err(why) => {
            diagnosis.find("reachable", false, &why);
            return diagnosis;
        }
    };
    let before = target.now();
    if let Err(why) = control::greet(&mut *target, setting) {
        diagnosis.find("greets", false, &why);
        return diagnosis;
    }
    let took = target.now().saturating_sub(before);
    diagnosis.find("greets", true, &format!("after {:.1} ms", took.as_secs_f64() * 1e3));
    diagnosis.is_fit = true;
    // What does not come within a second is not what this server does.
    setting.intervals.patience = setting.intervals.patience.min(PATIENCE.mul_f64(setting.intervals.scale));
    diagnosis.probe(&mut *target, setting);
    diagnosis.measure(&mut *target, setting);
    setting.profiles = diagnosis.profiles.iter().copied().chain([Profile::Core]).collect();
    if diagnosis.profiles == [Profile::EngineEcho] {
        setting.profiles = [Profile::EngineEcho].into();
    }
    diagnosis.count(setting, suite);
    diagnosis
}

impl Diagnosis {
    fn find(&mut self, name: &str, yes: bool, more: &str) {
        let answer = if yes { "yes" } else { "no" };
        self.lines.push(format!("{name:<14} {answer:<4} {more}").trim_end().to_owned());
    }

    /// Plays a short conversation for each thing that a server may be able to do.
    fn probe(&mut self, target: &mut dyn Target, setting: &Setting) {
        for Probe { name, profile, lines } in PROBES {
            let contract = profile.unwrap_or(Profile::Core).name();
            let text = format!(
                "## Does it?\n\n`doctor/probe` · MUST · {contract} · [doctor]\n\nLet us see.\n\n```conversation\n{lines}```\n"
            );
            let (chapter, faults) = Chapter::read(Path::new("doctor"), &text);
            let case = chapter.cases.first().unwrap_or_else(|| panic!("a probe is a case: {faults:?}"));
            let verdict = [Transport::Polling, Transport::WebSocket]
                .map(|over| play(case, Some(over), target, setting).verdict)
                .into_iter()
                .min_by_key(|verdict| *verdict != Verdict::Ok)
                .expect("two were played");
            let holds = verdict == Verdict::Ok;
            self.find(name, holds, &if holds { String::new() } else { verdict.to_string() });
            self.profiles.extend(profile.filter(|_| holds));
        }
    }

    /// Tells the server's times, and how punctual this machine is.
    fn measure(&mut self, target: &mut dyn Target, setting: &Setting) {
        let times = &setting.intervals;
        self.lines.push(format!(
            "times          pings every {:.1} s, waits {:.1} s for the pong; payloads up to {} bytes",
            times.ping_interval.as_secs_f64(),
            times.ping_timeout.as_secs_f64(),
            setting.max_payload
        ));
        let until = target.now() + WATCH;
        while target.now() < until {
            target.pump(until);
        }
        let late = target.lag().as_secs_f64() * 1e3;
        let tolerance = times.tolerance.as_millis();
        self.lines.push(format!(
            "clock          this machine wakes up to {late:.1} ms late; tolerance {tolerance} ms"
        ));
    }

    /// Counts what could be played.
    fn count(&mut self, setting: &Setting, suite: &Suite) {
        let hindered = suite.runs().into_iter().map(|run| setting.hinders(run.case, run.over, true));
        let words: Vec<&str> = hindered.map(|verdict| verdict.map_or("", |verdict| verdict.word())).collect();
        let count = |word: &str| words.iter().filter(|other| **other == word).count();
        self.lines.push(format!(
            "runs           {} of {} can be played; {} are TOO SLOW and {} TOO SHORT at these times, {} N/A, {} SKIP",
            count(""),
            words.len(),
            count("TOO SLOW"),
            count("TOO SHORT"),
            count("N/A"),
            count("SKIP"),
        ));
    }
}

struct Probe {
    name: &'static str,
    /// What the application is if it does this.
    profile: Option<Profile>,
    lines: &'static str,
}

const PROBES: [Probe; 10] = [
    Probe { name: "polling", profile: None, lines: "alice opens polling\n" },
    Probe { name: "websocket", profile: None, lines: "alice opens websocket\n" },
    Probe { name: "upgrade", profile: None, lines: "alice opens upgrade\n" },
    Probe {
        name: "cors",
        profile: None,
        lines: "http GET ?EIO=4&transport=polling\n     header Origin: http://example.com\n     -> 200\n     \
                -> header access-control-allow-origin {/^(\\*|http:\\/\\/example\\.com)$/}\n",
    },
    Probe { name: "Socket.IO", profile: Some(Profile::Core), lines: "alice opens\nalice joins\n" },
    Probe {
        name: "echo",
        profile: Some(Profile::Echo),
        lines: "alice opens\nalice joins\nalice > 42[\"message\",\"doctor\"]\nalice < 42[\"message-back\",\"doctor\"]\n\
                alice > 427[\"message-with-ack\",\"doctor\"]\nalice < 437[\"doctor\"]\n",
    },
    Probe {
        name: "plus",
        profile: Some(Profile::Plus),
        lines: "alice opens\nalice joins\nalice > 42[\"burst\",1,1]\nalice < 42[\"burst-back\",0,\"x\"]\n",
    },
    Probe {
        name: "recovery",
        profile: Some(Profile::Recovery),
        lines: "alice opens\nalice joins\nalice > 42[\"message\",\"doctor\"]\n\
                alice < 42[\"message-back\",\"doctor\",{string}]\n",
    },
    Probe {
        name: "engine-echo",
        profile: Some(Profile::EngineEcho),
        lines: "alice opens\nalice > 4doctor\nalice < 4doctor\n",
    },
    Probe {
        name: "chat",
        profile: Some(Profile::Chat),
        lines: "alice opens\nalice joins\nalice < 42[\"message\",{array}]\n",
    },
];

/// A server answers at once or not at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long the clock is watched.
const WATCH: Duration = Duration::from_millis(500);
