//! The positive control: a server that does not even greet would pass every case that only wants a refusal.
//!
//! It is played before the first case and after the last one.

use std::path::Path;
use std::time::Duration;

use crate::case::Profile;
use crate::chapter::Chapter;
use crate::json::Json;
use crate::player::play;
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

/// Opens a session, and joins the main namespace unless the server is said to speak Engine.IO alone.
pub fn control(target: &mut dyn Target, setting: &Setting) -> Result<(), String> {
    let engine_alone = setting.profiles.iter().all(|profile| *profile == Profile::EngineEcho);
    let text = if engine_alone { ENGINE } else { SOCKET };
    let (chapter, faults) = Chapter::read(Path::new("control"), text);
    let case = chapter.cases.first().ok_or_else(|| format!("{faults:?}"))?;
    match play(case, None, target, setting).verdict {
        Verdict::Ok => Ok(()),
        other => Err(other.to_string()),
    }
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

const ENGINE: &str = "## Greets\n\n`control/open` · MUST · core · [control]\n\nIt must.\n\n\
                      ```conversation\nalice opens polling\n```\n";

const SOCKET: &str = "## Greets\n\n`control/join` · MUST · core · [control]\n\nIt must.\n\n\
                      ```conversation\nalice opens polling\nalice joins\n```\n";
