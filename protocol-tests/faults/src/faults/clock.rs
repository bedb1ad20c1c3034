//! The clock jumps: the wall's, and the server's own, which stands still while it is stopped.
//!
//! ```text
//! wall    +1 day ─ −1 day ─ +20 years ─ back          only the time stamps of the chat follow
//! own     STOP ─ interval and timeout and more ─ CONT  nobody is let go for the server's sleep
//! ```
//!
//! The wall clock is moved by libfaketime, which reads its offset from a file; without it only the second half is done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::client::{Client, Way, chat};
use crate::dice::Dice;
use crate::stage::{BRISK, Fault, LAST_WORDS, Scene, WallClock};
use crate::target::Target;

pub(super) const FAULT: Fault = Fault {
    name: "clock-jumps",
    promise: "whatever the wall clock does nobody is let go and nothing is late, nor is anybody let go for the server's own sleep",
    flags: BRISK,
    // A message may wait for all of the sleep.
    bound: Duration::from_secs(7),
    settles: LAST_WORDS,
    memory: 8,
    wall_clock: WallClock::Movable,
    run,
};

fn run(scene: &mut Scene<'_>) -> io::Result<String> {
    let moved = match library() {
        Some(_) => move_wall(scene)?,
        None => "the wall clock was not moved: no libfaketime (Debian: faketime)".to_owned(),
    };
    sleep(scene.target, ASLEEP)?;
    // Longer than a client that was given up by mistake would live.
    thread::sleep(AFTERWARDS);
    Ok(format!("{moved}; asleep for {ASLEEP:?}"))
}

/// The server sleeps; the sentinels know for how long at most.
pub(super) fn mischief(target: Target, dice: &mut Dice) -> io::Result<()> {
    sleep(target, dice.millis(100, 5_000))
}

/// Gives the variables under which a server's wall clock can be moved; none if it cannot.
///
/// # Errors
///
/// The file of the offset cannot be written.
pub fn variables(scratch: &Path) -> io::Result<Vec<(&'static str, String)>> {
    let Some(library) = library() else { return Ok(Vec::new()) };
    set(scratch, "+0")?;
    Ok(vec![
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", offset_file(scratch).display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        // The same, as versions before 0.9.9 call it.
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
    ])
}

fn move_wall(scene: &Scene<'_>) -> io::Result<String> {
    let mut client = Client::join(Way::WebSocket, scene.target.port)?;
    let mut stamps = Vec::new();
    for (round, offset) in OFFSETS.into_iter().enumerate() {
        set(scene.scratch, offset)?;
        thread::sleep(BETWEEN);
        stamps.push(stamp(&mut client, &format!("round {round}"))?);
    }
    // The first and the last are the machine's time, the others are hours ahead and behind.
    let [now, ahead, behind, years, back] = stamps[..] else { unreachable!("one stamp for each offset") };
    let apart = |from: u32, to: u32| (to + DAY - from) % DAY;
    let is_moved = apart(now, ahead).abs_diff(5 * 60) < 3
        && apart(behind, now).abs_diff(5 * 60) < 3
        && apart(now, years).abs_diff(7 * 60) < 3
        && apart(now, back) < 3;
    if !is_moved {
        return Err(io::Error::other(format!(
            "the time stamps did not follow the wall clock: {stamps:?} minutes"
        )));
    }
    Ok(format!("wall clock {}", OFFSETS.join(", ")))
}

/// Says something and reads the minute of the day under which everyone hears it.
fn stamp(client: &mut Client, text: &str) -> io::Result<u32> {
    client.say(&chat(text))?;
    let before = format!("{text}\",\"timeStamp\":\"");
    let by = Instant::now() + BETWEEN * 10;
    while let Some(packet) = client.hear(by)? {
        let packet = String::from_utf8_lossy(&packet).into_owned();
        if let Some((_, clock)) = packet.rsplit_once(&before) {
            let (hour, minute) = clock.get(..5).and_then(|clock| clock.split_once(':')).unwrap_or_default();
            let number = |text: &str| text.parse::<u32>().map_err(io::Error::other);
            return Ok(number(hour)? * 60 + number(minute)?);
        }
    }
    Err(io::Error::other("its own message did not come back"))
}

fn sleep(target: Target, time: Duration) -> io::Result<()> {
    target.signal(Signal::STOP)?;
    thread::sleep(time);
    target.signal(Signal::CONT)
}

fn set(scratch: &Path, offset: &str) -> io::Result<()> {
    // Put in place as a whole: the server reads it at any time.
    let fresh = scratch.join("wall-clock.new");
    fs::write(&fresh, format!("{offset}\n"))?;
    fs::rename(fresh, offset_file(scratch))
}

fn offset_file(scratch: &Path) -> PathBuf {
    scratch.join("wall-clock")
}

/// Finds it where Debian has it, under the name of the architecture.
fn library() -> Option<PathBuf> {
    let directories = fs::read_dir("/usr/lib").ok()?.flatten();
    let mut candidates = directories.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    candidates.find(|path| path.exists())
}

/// In hours, so that the time of day shows them: a day and 5 hours, and 20 years of 8,766 hours and 7.
const OFFSETS: [&str; 5] = ["+0", "+29h", "-29h", "+175327h", "+0"];

/// Minutes.
const DAY: u32 = 24 * 60;

/// For the sentinels to notice.
const BETWEEN: Duration = Duration::from_millis(700);

/// Interval and timeout, and more.
const ASLEEP: Duration = Duration::from_secs(4);

/// Interval and timeout.
const AFTERWARDS: Duration = Duration::from_secs(3);
