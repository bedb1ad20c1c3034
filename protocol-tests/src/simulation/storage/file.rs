//! The store that people use, on the virtual disk.

use std::path::Path;
use std::time::Duration;

use wire42::sqlite::{Options, Sqlite};

use super::super::disk::vfs::{self, Mounted};
use super::super::disk::{Disk, Trouble};
use super::{Outcomes, Requests};
use crate::fuzz::Dice;

/// The database; none while no server is there.
pub(super) struct Log {
    sqlite: Option<Sqlite>,
    disk: Disk,
    mounted: Mounted,
}

impl Log {
    pub(super) fn new(seed: u64) -> Result<Log, String> {
        let disk = Disk::new(seed);
        let mut log = Log { sqlite: None, mounted: Mounted::new(disk.clone()), disk };
        log.begin()?;
        Ok(log)
    }

    pub(super) fn open(&mut self, unix: i64, keep: Duration, dice: &mut Dice) -> Result<(), String> {
        while dice.one_in(4) {
            // It fails again while what is left is put in order.
            self.disk.trouble(Trouble::Power { after: dice.below(16) });
            if self.begin().is_ok() {
                self.sqlite().mark_restart(unix, keep);
            }
            self.disk.crash();
            self.sqlite = None;
        }
        self.begin()?;
        self.sqlite().mark_restart(unix, keep);
        Ok(())
    }

    pub(super) fn close(&mut self) {
        self.sqlite = None;
    }

    pub(super) fn crash(&mut self, batch: Option<Requests>, dice: &mut Dice) {
        if let Some(batch) = batch.filter(|_| !dice.one_in(3)) {
            // At some write, or behind the last.
            self.disk.trouble(Trouble::Power { after: dice.below(16) });
            self.sqlite().commit(batch);
        }
        self.disk.crash();
        self.sqlite = None;
    }

    pub(super) fn is_failing(&self) -> bool {
        self.sqlite.as_ref().is_some_and(Sqlite::is_failing)
    }

    pub(super) fn retry(&mut self, fails: Option<&mut Dice>) -> Outcomes {
        self.with(fails, Sqlite::retry)
    }

    pub(super) fn commit(&mut self, requests: Requests, fails: Option<&mut Dice>) -> Outcomes {
        self.with(fails, |sqlite| sqlite.commit(requests))
    }

    fn with(&mut self, fails: Option<&mut Dice>, act: impl FnOnce(&mut Sqlite) -> Outcomes) -> Outcomes {
        if let Some(dice) = fails {
            let after = dice.below(8);
            let troubles =
                [Trouble::Full { after }, Trouble::Writes { after }, Trouble::Syncs { after: after / 4 }];
            self.disk.trouble(*dice.one_of(&troubles));
        }
        let outcomes = act(self.sqlite());
        self.disk.trouble(Trouble::None);
        outcomes
    }

    fn begin(&mut self) -> Result<(), String> {
        let options = Options { vfs: Some(&vfs::name()), exclusive: true };
        let opened = Sqlite::open(Path::new(self.mounted.path()), options);
        self.sqlite = Some(opened.map_err(|error| format!("the store cannot be opened: {error}"))?);
        Ok(())
    }

    fn sqlite(&mut self) -> &mut Sqlite {
        self.sqlite.as_mut().expect("a server is there")
    }
}
