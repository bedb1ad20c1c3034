//! The disk as SQLite sees it.
//!
//! There is no memory to share with other processes: a database must be opened in exclusive locking mode, so that the index
//! of its write-ahead log is its own. Each thread registers a name of its own, as the crate counts handles without a lock.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlite_vfs::wip::{WalIndex, WalIndexLock};
use sqlite_vfs::{DatabaseHandle, LockKind, OpenOptions, Vfs, register};

use super::{Disk, Handle, Refused};

/// A disk that is there under a name, until it is dropped.
#[derive(Debug)]
pub(in super::super) struct Mounted {
    path: String,
}

impl Mounted {
    /// Gives the disk a name that no other has.
    pub(in super::super) fn new(disk: Disk) -> Mounted {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let path = format!("disk-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        disks().insert(path.clone(), disk);
        Mounted { path }
    }

    /// Where the database is.
    pub(in super::super) fn path(&self) -> &str {
        &self.path
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        disks().remove(&self.path);
    }
}

/// The name by which this thread's databases find their disks.
pub(in super::super) fn name() -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NAME: OnceCell<String> = const { OnceCell::new() };
    }
    NAME.with(|name| {
        let make = || {
            let name = format!("virtual-{}", COUNT.fetch_add(1, Ordering::Relaxed));
            register(&name, Disks, false).expect("the name is new");
            name
        };
        name.get_or_init(make).clone()
    })
}

/// The disks of this process.
static DISKS: LazyLock<Mutex<BTreeMap<String, Disk>>> = LazyLock::new(Mutex::default);

fn disks() -> MutexGuard<'static, BTreeMap<String, Disk>> {
    DISKS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Finds the disk of a database, its journal or its log.
fn disk(path: &str) -> Result<Disk, Error> {
    let database = path.strip_suffix("-wal").or_else(|| path.strip_suffix("-journal")).unwrap_or(path);
    disks().get(database).cloned().ok_or_else(|| ErrorKind::NotFound.into())
}

struct Disks;

impl Vfs for Disks {
    type Handle = Handle;

    fn open(&self, path: &str, _: OpenOptions) -> Result<Handle, Error> {
        Ok(disk(path)?.open(path))
    }

    fn delete(&self, path: &str) -> Result<(), Error> {
        if disk(path)?.remove(path) { Ok(()) } else { Err(ErrorKind::NotFound.into()) }
    }

    fn exists(&self, path: &str) -> Result<bool, Error> {
        Ok(disk(path)?.has(path))
    }

    fn temporary_name(&self) -> String {
        "temporary".to_owned()
    }

    fn random(&self, buffer: &mut [i8]) {
        buffer.fill(7);
    }

    fn sleep(&self, duration: Duration) -> Duration {
        duration
    }
}

impl DatabaseHandle for Handle {
    type WalIndex = Unshared;

    fn size(&self) -> Result<u64, Error> {
        Ok(self.len()? as u64)
    }

    fn read_exact_at(&mut self, buffer: &mut [u8], offset: u64) -> Result<(), Error> {
        let length = self.read(place(offset)?, buffer)?;
        // SQLite, xRead: what could not be read must be filled with zeros.
        buffer[length..].fill(0);
        if length < buffer.len() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    fn write_all_at(&mut self, buffer: &[u8], offset: u64) -> Result<(), Error> {
        Ok(self.write(place(offset)?, buffer)?)
    }

    fn sync(&mut self, _: bool) -> Result<(), Error> {
        Ok(Handle::sync(self)?)
    }

    fn set_len(&mut self, length: u64) -> Result<(), Error> {
        Ok(self.cut(place(length)?)?)
    }

    fn lock(&mut self, _: LockKind) -> Result<bool, Error> {
        Ok(true)
    }

    fn reserved(&mut self) -> Result<bool, Error> {
        Ok(false)
    }

    fn current_lock(&self) -> Result<LockKind, Error> {
        Ok(LockKind::None)
    }

    fn wal_index(&self, _: bool) -> Result<Unshared, Error> {
        Err(ErrorKind::Unsupported.into())
    }
}

/// The index of a log that is not shared: SQLite keeps it to itself, and asks for none.
pub(in super::super) enum Unshared {}

impl WalIndex for Unshared {
    fn enabled() -> bool {
        false
    }

    fn map(&mut self, _: u32) -> Result<[u8; 32_768], Error> {
        match *self {}
    }

    fn lock(&mut self, _: Range<u8>, _: WalIndexLock) -> Result<bool, Error> {
        match *self {}
    }

    fn delete(self) -> Result<(), Error> {
        match self {}
    }
}

fn place(offset: u64) -> Result<usize, Error> {
    usize::try_from(offset).map_err(|_| ErrorKind::InvalidInput.into())
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Error {
        match refused {
            // By this the crate tells SQLite that the disk is full.
            Refused::Full => ErrorKind::WriteZero.into(),
            Refused::Broken => ErrorKind::Other.into(),
        }
    }
}
