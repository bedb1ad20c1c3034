//! A disk in memory: what was synced stays, and what was only written is at the mercy of the dice when the power fails.
//!
//! ```text
//! write ──> pending ── sync ──> synced             read: synced, and all that is pending on top
//!              │
//!              └── crash: all of it stays, or none, or what came first, or any of it in any order;
//!                         one write may be torn at any byte
//! ```
//!
//! A sync that fails may take what was pending with it: the system forgets that it was not written, and the next sync says
//! that all is well. Names are on the disk at once, as a directory that is synced has them.

#[cfg(feature = "sqlite")]
pub(super) mod vfs;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::fuzz::Dice;

/// The disk; a clone is the same one.
#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    files: BTreeMap<String, File>,
    /// What is written and not synced, of all files, in its order.
    pending: Vec<Change>,
    dice: Dice,
    /// Who opened a file before the last crash is dead, and writes nothing.
    crashes: u32,
    trouble: Trouble,
}

#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    /// As whoever reads it sees it.
    seen: Vec<u8>,
}

#[derive(Debug)]
struct Change {
    file: String,
    what: What,
}

#[derive(Debug)]
enum What {
    Write { at: usize, bytes: Vec<u8> },
    Cut(usize),
}

/// What goes wrong from now on, after so many writes or syncs that go well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// There is no space left.
    Full {
        after: usize,
    },
    /// Nothing can be written.
    Writes {
        after: usize,
    },
    /// Nothing can be synced.
    Syncs {
        after: usize,
    },
    /// The power fails: nothing more is done.
    Power {
        after: usize,
    },
}

/// Why something was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Broken,
}

/// A file that someone has open.
#[derive(Debug)]
pub(super) struct Handle {
    disk: Disk,
    file: String,
    crashes: u32,
}

impl Disk {
    pub(super) fn new(seed: u64) -> Disk {
        Disk(Arc::new(Mutex::new(State {
            files: BTreeMap::new(),
            pending: Vec::new(),
            dice: Dice::new(seed),
            crashes: 0,
            trouble: Trouble::None,
        })))
    }

    /// Opens a file, or makes it.
    pub(super) fn open(&self, file: &str) -> Handle {
        let mut state = self.state();
        state.files.entry(file.to_owned()).or_default();
        Handle { disk: self.clone(), file: file.to_owned(), crashes: state.crashes }
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.state().files.contains_key(file)
    }

    /// Removes a file; says whether there was one.
    pub(super) fn remove(&self, file: &str) -> bool {
        let mut state = self.state();
        state.pending.retain(|change| change.file != file);
        state.files.remove(file).is_some()
    }

    /// From now on this goes wrong, and nothing else.
    pub(super) fn trouble(&self, trouble: Trouble) {
        self.state().trouble = trouble;
    }

    /// The power fails, and comes back.
    pub(super) fn crash(&self) {
        let mut state = self.state();
        state.crashes += 1;
        state.trouble = Trouble::None;
        for change in state.survivors() {
            if let Some(file) = state.files.get_mut(&change.file) {
                change.what.apply(&mut file.synced);
            }
        }
        state.files.values_mut().for_each(|file| file.seen.clone_from(&file.synced));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes what is pending, and gives what of it is on the disk after all.
    fn survivors(&mut self) -> Vec<Change> {
        let mut pending = std::mem::take(&mut self.pending);
        match self.dice.below(5) {
            0 => pending.clear(),
            // The process died, and the system did not.
            1 => {}
            2 | 3 => {
                pending.truncate(self.dice.below(pending.len() + 1));
                pending.last_mut().into_iter().for_each(|change| self.tear(change));
            }
            _ => {
                pending.retain(|_| !self.dice.one_in(2));
                let torn = self.dice.below(pending.len().max(1));
                pending.get_mut(torn).into_iter().for_each(|change| self.tear(change));
            }
        }
        pending
    }

    fn tear(&mut self, change: &mut Change) {
        if let What::Write { bytes, .. } = &mut change.what {
            bytes.truncate(self.dice.below(bytes.len() + 1));
        }
    }

    /// Finds out whether a write goes well.
    fn may_write(&mut self) -> Result<(), Refused> {
        match &mut self.trouble {
            Trouble::Full { after } => count_down(after).ok_or(Refused::Full),
            Trouble::Writes { after } | Trouble::Power { after } => count_down(after).ok_or(Refused::Broken),
            Trouble::None | Trouble::Syncs { .. } => Ok(()),
        }
    }

    fn may_sync(&mut self) -> Result<(), Refused> {
        match &mut self.trouble {
            Trouble::Syncs { after } | Trouble::Power { after } => count_down(after).ok_or(Refused::Broken),
            Trouble::None | Trouble::Full { .. } | Trouble::Writes { .. } => Ok(()),
        }
    }

    fn change(&mut self, name: &str, what: What) -> Result<(), Refused> {
        let file = self.files.get_mut(name).ok_or(Refused::Broken)?;
        what.apply(&mut file.seen);
        self.pending.push(Change { file: name.to_owned(), what });
        Ok(())
    }
}

impl What {
    fn apply(&self, file: &mut Vec<u8>) {
        match self {
            What::Cut(length) => file.resize(*length, 0),
            What::Write { at, bytes } => {
                let end = at + bytes.len();
                if file.len() < end {
                    file.resize(end, 0);
                }
                file[*at..end].copy_from_slice(bytes);
            }
        }
    }
}

impl Handle {
    pub(super) fn len(&self) -> Result<usize, Refused> {
        let state = self.alive()?;
        state.files.get(&self.file).map(|file| file.seen.len()).ok_or(Refused::Broken)
    }

    /// Reads as much as there is; says how much.
    pub(super) fn read(&self, at: usize, into: &mut [u8]) -> Result<usize, Refused> {
        let state = self.alive()?;
        let file = state.files.get(&self.file).ok_or(Refused::Broken)?;
        let rest = file.seen.get(at..).unwrap_or_default();
        let length = rest.len().min(into.len());
        into[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    /// Writes all, or, when that fails, what came first.
    pub(super) fn write(&self, at: usize, bytes: &[u8]) -> Result<(), Refused> {
        let mut state = self.alive()?;
        let may = state.may_write();
        let length = if may.is_ok() { bytes.len() } else { state.dice.below(bytes.len() + 1) };
        state.change(&self.file, What::Write { at, bytes: bytes[..length].to_vec() })?;
        may
    }

    pub(super) fn cut(&self, length: usize) -> Result<(), Refused> {
        let mut state = self.alive()?;
        state.may_write()?;
        state.change(&self.file, What::Cut(length))
    }

    pub(super) fn sync(&self) -> Result<(), Refused> {
        let mut state = self.alive()?;
        let may = state.may_sync();
        let forgets = may.is_err() && state.dice.one_in(2);
        if may.is_err() && !forgets {
            return may;
        }
        let State { files, pending, .. } = &mut *state;
        let file = files.get_mut(&self.file).ok_or(Refused::Broken)?;
        for change in pending.extract_if(.., |change| change.file == self.file) {
            if !forgets {
                change.what.apply(&mut file.synced);
            }
        }
        may
    }

    /// The disk, unless the power failed since the file was opened.
    fn alive(&self) -> Result<MutexGuard<'_, State>, Refused> {
        let state = self.disk.state();
        if state.crashes == self.crashes { Ok(state) } else { Err(Refused::Broken) }
    }
}

fn count_down(after: &mut usize) -> Option<()> {
    *after = after.checked_sub(1)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(disk: &Disk) -> Vec<u8> {
        let mut bytes = vec![0; 100];
        let length = disk.open("f").read(0, &mut bytes).unwrap();
        bytes.truncate(length);
        bytes
    }

    /// What is there after a crash, for many dice.
    fn after_crashes(write: impl Fn(&Handle)) -> std::collections::BTreeSet<Vec<u8>> {
        let crash = |seed| {
            let disk = Disk::new(seed);
            write(&disk.open("f"));
            disk.crash();
            content(&disk)
        };
        (0..200).map(crash).collect()
    }

    #[test]
    fn what_was_synced_stays() {
        let left = after_crashes(|file| {
            file.write(0, b"abc").unwrap();
            file.sync().unwrap();
        });
        assert_eq!(left, [b"abc".to_vec()].into());
    }

    #[test]
    fn of_what_was_only_written_anything_may_be_left() {
        let left = after_crashes(|file| {
            file.write(0, b"ab").unwrap();
            file.write(2, b"cd").unwrap();
        });
        for bytes in [&b""[..], b"a", b"ab", b"abc", b"abcd", b"\0\0cd"] {
            assert!(left.contains(bytes), "{bytes:?} in {left:?}");
        }
    }

    #[test]
    fn a_sync_that_fails_may_forget() {
        let left = after_crashes(|file| {
            file.write(0, b"ab").unwrap();
            file.disk.trouble(Trouble::Syncs { after: 0 });
            assert_eq!(file.sync(), Err(Refused::Broken));
            file.disk.trouble(Trouble::None);
            assert_eq!(content(&file.disk), b"ab", "whoever reads sees it still");
            file.sync().unwrap();
        });
        assert_eq!(left, [b"".to_vec(), b"ab".to_vec()].into());
    }

    #[test]
    fn whoever_died_writes_nothing() {
        let disk = Disk::new(1);
        let file = disk.open("f");
        disk.crash();
        assert_eq!(file.write(0, b"ab"), Err(Refused::Broken));
        assert_eq!(content(&disk), b"");
    }
}
