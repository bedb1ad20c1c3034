//! The positive control: a server that does not even greet would pass every case that only wants a refusal.
//!
//! It is played before the first case and after the last one.

use std::path::Path;
use std::time::Duration;

use crate::case::Profile;
use crate::chapter::Chapter;
use crate::json::Json;
use crate::notation::Transport;
use crate::player::{Played, play};
use crate::setting::Setting;
use crate::target::{Body, Happening, Opening, Request, Target};
use crate::verdict::Verdict;

/// Greets a server: takes its intervals and its limit from the handshake into the setting, or tells what is wrong.
pub fn greet(target: &mut dyn Target, setting: &mut Setting) -> Result<(), String> {
    let polling = format!("{}?EIO=4&transport=polling", setting.path);
    let request =
        Request { method: "GET".to_owned(), target: polling, headers: Vec::new(), body: Body::None };
    let link = target.request(&request);
    let polled = first(target, setting, link);
    let open = match polled {
        Ok(open) => open,
        Err(polling) => {
            let websocket = format!("{}?EIO=4&transport=websocket", setting.path);
            let link = target.open(&Opening { target: websocket, headers: Vec::new() });
            first(target, setting, link).map_err(|why| format!("polling: {polling}; WebSocket: {why}"))?
        }
    };
    let handshake = open.strip_prefix('0').and_then(|json| Json::read(json).ok());
    let handshake = handshake.ok_or_else(|| format!("no open packet: {}", crate::pattern::shorten(&open)))?;
    let number =
        |key: &str| handshake.member(key).and_then(Json::as_u64).ok_or_else(|| format!("no {key} in {open}"));
    setting.intervals.ping_interval = Duration::from_millis(number("pingInterval")?);
    setting.intervals.ping_timeout = Duration::from_millis(number("pingTimeout")?);
    if let Ok(limit) = number("maxPayload") {
        setting.max_payload = usize::try_from(limit).unwrap_or(usize::MAX);
    }
    Ok(())
}

/// Opens a session, and holds the target to the least of each contract that it is said to keep.
pub fn control(target: &mut dyn Target, setting: &Setting) -> Result<(), String> {
    let (profile, lines) = if setting.is_engine_alone() {
        ("engine-echo", ENGINE_ECHO)
    } else if setting.keeps(Profile::Echo) {
        // On joining it is sent `auth`: the steps of a case with this profile wait for it.
        ("echo", ECHO)
    } else if setting.keeps(Profile::Recovery) {
        ("recovery", RECOVERY)
    } else {
        ("core", CORE)
    };
    let text = format!(
        "## Greets\n\n`control/greets` · MUST · {profile} · [control]\n\nIt must.\n\n```conversation\n{lines}```\n"
    );
    let (chapter, faults) = Chapter::read(Path::new("control"), &text);
    let case = chapter.cases.first().ok_or_else(|| format!("{faults:?}"))?;
    let mut reasons = Vec::new();
    // A server may have only one of the transports.
    for over in [Transport::Polling, Transport::WebSocket] {
        match play(case, Some(over), target, setting) {
            Played { verdict: Verdict::Ok, .. } => return Ok(()),
            Played { verdict, step, .. } => {
                let step = step.map_or(String::new(), |step| format!(" at `{}`", step.source));
                reasons.push(format!("over {}: {verdict}{step}", over.name()));
            }
        }
    }
    Err(reasons.join("; "))
}

/// Waits for the first words of a server on a link.
fn first(target: &mut dyn Target, setting: &Setting, link: crate::target::Link) -> Result<String, String> {
    let until = target.now() + setting.intervals.patience;
    loop {
        while let Some(event) = target.event(link) {
            match event.what {
                Happening::Answer(response) if response.status == 200 => return Ok(response.text()),
                Happening::Answer(response) => return Err(format!("status {}", response.status)),
                Happening::Message(content) => return Ok(content.to_string()),
                Happening::Closed(closing) => return Err(closing.how),
                Happening::Opened(_) | Happening::Control(..) | Happening::Bytes(_) => {}
            }
        }
        if target.now() >= until {
            return Err("no answer".to_owned());
        }
        target.pump(until);
    }
}

const CORE: &str = "alice opens\nalice joins\n";

const ECHO: &str = "alice opens\nalice joins\n\
                    alice > 42[\"message\",\"control\"]\nalice < 42[\"message-back\",\"control\"]\n";

const RECOVERY: &str = "alice opens\nalice joins\n\
                        alice > 42[\"message\",\"control\"]\nalice < 42[\"message-back\",\"control\",{string}]\n";

const ENGINE_ECHO: &str = "alice opens\nalice > 4control\nalice < 4control\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ours::{self, Pace};
    use crate::sans_io::SansIo;

    fn controlled(app: Profile, said: Profile) -> Result<(), String> {
        let setting = Setting { profiles: [said].into(), ..Setting::default() };
        control(&mut SansIo::new(ours::config(app, Pace::Slow)), &setting)
    }

    #[test]
    fn an_application_keeps_the_contract_that_it_is_said_to_keep() {
        for (app, said) in [
            (Profile::Echo, Profile::Echo),
            (Profile::Echo, Profile::Core),
            (Profile::EngineEcho, Profile::EngineEcho),
            (Profile::Recovery, Profile::Recovery),
            (Profile::Chat, Profile::Core),
        ] {
            assert_eq!(controlled(app, said), Ok(()), "{app:?} as {said:?}");
        }
    }

    #[test]
    fn an_application_that_does_not_is_found_out_before_it_is_judged() {
        for (app, said) in [
            (Profile::Chat, Profile::Echo),
            (Profile::Echo, Profile::Recovery),
            (Profile::Echo, Profile::EngineEcho),
            (Profile::EngineEcho, Profile::Core),
        ] {
            assert!(controlled(app, said).is_err(), "{app:?} as {said:?}");
        }
    }
}
