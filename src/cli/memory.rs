//! What the settings allow the server to hold.

use wire42::hub::{CHANNEL_CAPACITY, Door, MAX_GONE_BYTES, MAX_SEATS, MAX_WAITING};
use wire42::net::{AppConfig, Config, Front, UNCOUNTED};

/// Computes the worst case, as a paragraph.
pub(super) fn worst_case(config: &Config) -> String {
    let (rooms, room, snapshot) = match &config.app {
        AppConfig::Chat { room, doors, max_namespaces, .. } => {
            let exact = doors.iter().filter(|door| !door.is_pattern()).count() + 1;
            let dynamic = if doors.iter().any(Door::is_pattern) { *max_namespaces } else { 0 };
            // The messages, the snapshot that is being written, and those that a listener has not taken from the channel.
            (exact + dynamic, room.history_bytes.saturating_mul(CHANNEL_CAPACITY + 2), room.history_bytes)
        }
        AppConfig::Echo | AppConfig::Plus | AppConfig::Recovery | AppConfig::EngineEcho => (2, 0, 0),
    };
    let away = config.recovery.map_or(0, |_| MAX_GONE_BYTES);
    let room = room.saturating_add(away);
    let session = &config.session;
    let waiting = MAX_SEATS * MAX_WAITING;
    let unsent = session.max_unsent.saturating_mul(2).saturating_add(snapshot).saturating_add(waiting);
    let limits = &config.limits;
    let uncounted = limits.max_sessions.saturating_mul(3 * UNCOUNTED);
    let received = limits.max_incomplete.saturating_add(uncounted);
    let files = match &config.site.front {
        Front::Static(files) => format!(" The files of --static take {} MiB.", mebibytes(files.bytes())),
        Front::Page(_) | Front::Nothing => String::new(),
    };
    let store = match config.store.waiting_bytes() {
        0 => String::new(),
        bytes => format!(" In front of the file {} MiB may wait.", mebibytes(bytes)),
    };
    format!(
        "Memory, worst case with these settings: {rooms} rooms of {} MiB, {} MiB in all; for each of {} clients {} MiB unsent \
         (histories that several clients wait for are held once); and {} MiB of what is not complete, for all together.{store}{files}",
        mebibytes(room),
        mebibytes(room.saturating_mul(rooms)),
        limits.max_sessions,
        mebibytes(unsent),
        mebibytes(received),
    )
}

fn mebibytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / (1024.0 * 1024.0))
}
