//! Where the rooms' histories are: in memory, or in a file that a thread of its own writes.
//!
//! ```text
//! workers ── Request ──> Queue ──> the writer's thread ──> file
//!    ^                                     │
//!    └──── bells <── Hub::handle_outcomes ─┘
//! ```

use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::admin::Exposition;
use crate::hub::{Hub, Keeping};

#[cfg(feature = "sqlite")]
mod file;

/// Where histories are to be kept.
///
/// ```
/// use wire42::net::StoreConfig;
///
/// assert!(matches!(StoreConfig::parse("memory"), Ok(StoreConfig::Memory)));
/// assert!(StoreConfig::parse("paper").is_err());
/// assert_eq!(StoreConfig::Memory.waiting_bytes(), 0, "it answers at once");
/// ```
#[derive(Clone, Debug, Default)]
pub enum StoreConfig {
    /// In memory: they end with the process.
    #[default]
    Memory,
    /// In a SQLite database.
    #[cfg(feature = "sqlite")]
    Sqlite(std::path::PathBuf),
}

impl StoreConfig {
    /// Reads `memory` or `sqlite:FILE`.
    ///
    /// # Errors
    ///
    /// One sentence, also when this build has no SQLite.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text == "memory" => Ok(StoreConfig::Memory),
            Some(("sqlite", "")) => Err("sqlite: wants a file, as in sqlite:chat.db".to_owned()),
            #[cfg(feature = "sqlite")]
            Some(("sqlite", file)) => Ok(StoreConfig::Sqlite(file.into())),
            #[cfg(not(feature = "sqlite"))]
            Some(("sqlite", _)) => {
                Err("this build has no SQLite: build it with --features sqlite, or use memory".to_owned())
            }
            _ => Err("a store is memory, or sqlite:FILE".to_owned()),
        }
    }

    /// Says how many bytes of messages may wait to be stored.
    pub fn waiting_bytes(&self) -> usize {
        match self {
            StoreConfig::Memory => 0,
            // While some are being stored, as many may come.
            #[cfg(feature = "sqlite")]
            StoreConfig::Sqlite(_) => 2 * file::MAX_WAITING,
        }
    }
}

/// A store that is open, and in time running.
pub(super) enum Storage {
    Memory,
    #[cfg(feature = "sqlite")]
    File(Box<file::Store>),
}

impl Storage {
    /// Opens the file, if there is one.
    pub(super) fn open(config: &StoreConfig) -> io::Result<Self> {
        match config {
            StoreConfig::Memory => Ok(Storage::Memory),
            #[cfg(feature = "sqlite")]
            StoreConfig::Sqlite(path) => Ok(Storage::File(Box::new(file::Store::open(path)?))),
        }
    }

    /// Gives what a hub needs to keep histories here.
    pub(super) fn keeping(&self, recovery: Option<Duration>) -> Keeping {
        match self {
            Storage::Memory => Keeping { recovery, ..Keeping::default() },
            #[cfg(feature = "sqlite")]
            Storage::File(store) => Keeping { store: store.rooms(), recovery },
        }
    }

    /// Begins to write for this hub.
    pub(super) fn start(&self, hub: &Arc<Hub>, unix: i64, recovery: Option<Duration>) -> io::Result<()> {
        match self {
            Storage::Memory => {
                let _ = (hub, unix, recovery);
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Storage::File(store) => store.start(hub, unix, recovery),
        }
    }

    /// Writes what still waits, and ends.
    pub(super) fn finish(&self) {
        match self {
            Storage::Memory => {}
            #[cfg(feature = "sqlite")]
            Storage::File(store) => store.finish(),
        }
    }

    /// Says whether messages cannot be stored now.
    pub(super) fn is_failing(&self) -> bool {
        match self {
            Storage::Memory => false,
            #[cfg(feature = "sqlite")]
            Storage::File(store) => store.is_failing(),
        }
    }

    /// Writes what is counted.
    pub(super) fn write(&self, page: &mut Exposition) {
        match self {
            Storage::Memory => {
                let _ = page;
            }
            #[cfg(feature = "sqlite")]
            Storage::File(store) => store.write(page),
        }
    }
}
