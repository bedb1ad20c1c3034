//! From a path to a database that is ours, sound, of a version that we know, and nobody else's; or to one sentence, with the file
//! as it was.
//!
//! ```text
//! is it a file? ─> the first 100 bytes: SQLite's, ours? ─> lock ─> SQLite: free, sound, our tables? ─┬─> WAL, migration
//!                                                                                            no: ─┴─> OpenError
//! ```
//!
//! Nothing is written before the last question: SQLite would merge a log into a file that it is only asked about.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{error, fmt};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema;
use crate::planted::planted;

/// Where SQLite finds the file.
///
/// ```
/// use wire42::sqlite::Options;
///
/// assert_eq!(Options::default(), Options { vfs: None, exclusive: false });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options<'a> {
    /// A file system that is registered with SQLite; the machine's, if none is named. Any other is a file system of tests: the
    /// file is then neither looked at nor locked before SQLite has it.
    pub vfs: Option<&'a str>,
    /// Nobody else may read while it is open, and no memory is shared with anyone.
    pub exclusive: bool,
}

/// Why a file is not taken. It is as it was.
///
/// ```
/// use std::path::Path;
/// use wire42::sqlite::{OpenError, Options, Sqlite};
///
/// let error = Sqlite::open(Path::new("Cargo.toml"), Options::default()).err().expect("it is no database");
/// assert_eq!(error, OpenError::Foreign("it is no SQLite database"));
/// assert_eq!(error.to_string(), "this is no history of wire42: it is no SQLite database");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenError {
    /// It is something else.
    Foreign(&'static str),
    /// It was ours, and can no longer be read.
    Damaged(String),
    /// A later version of this program wrote it.
    Newer(i32),
    /// Another wire42 has it.
    Taken,
    /// Another program is writing to it.
    Busy,
    /// The machine does not let us.
    Io(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Foreign(what) => write!(f, "this is no history of wire42: {what}"),
            OpenError::Damaged(how) => write!(f, "this history is damaged: {how}"),
            OpenError::Newer(version) => {
                let ours = schema::VERSION;
                write!(
                    f,
                    "a newer wire42 wrote this history: it has version {version}, and this one knows {ours}"
                )
            }
            OpenError::Taken => f.write_str("another wire42 is using this history"),
            OpenError::Busy => f.write_str("another program is writing to this history"),
            OpenError::Io(sentence) => f.write_str(sentence),
        }
    }
}

impl error::Error for OpenError {}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        let sentence = one_line(&error);
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => OpenError::Damaged(sentence),
            _ => OpenError::Io(sentence),
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        OpenError::Io(error.to_string())
    }
}

/// Where a store is, so that it can be opened again.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    vfs: Option<String>,
    exclusive: bool,
}

impl Place {
    /// Takes the file for this process, unless it is plainly not ours, or somebody has it.
    pub(super) fn take(path: &Path, options: Options<'_>) -> Result<(Self, Option<File>), OpenError> {
        let vfs = options.vfs.map(str::to_owned);
        if vfs.is_some() {
            return Ok((Self { path: path.to_owned(), vfs, exclusive: options.exclusive }, None));
        }
        if is_missing(path)? {
            private().create(true).truncate(false).open(path)?;
        }
        look_at(path)?;
        // By whatever name it is called: there is one lock.
        let path = fs::canonicalize(path)?;
        let lock = lock(&path)?;
        Ok((Self { path, vfs, exclusive: options.exclusive }, Some(lock)))
    }

    /// Gives a connection to a file that was checked, and brought to our version.
    pub(super) fn open(&self) -> Result<Connection, OpenError> {
        let mut connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        // Until all is asked, closing must not merge the log into the file.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        connection.busy_timeout(PATIENCE_AT_START)?;
        if self.exclusive {
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        if connection.is_readonly("main")? {
            return Err(OpenError::Io("it may only be read".to_owned()));
        }
        check(&connection)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        self.prepare(&mut connection)?;
        connection.busy_timeout(PATIENCE)?;
        Ok(connection)
    }

    /// Gives a connection that only reads.
    pub(super) fn read(path: &Path) -> Result<Connection, OpenError> {
        // That there is none, is said by whoever opens it.
        is_missing(path)?;
        look_at(path)?;
        let place = Self { path: path.to_owned(), vfs: None, exclusive: false };
        let connection = place.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.busy_timeout(PATIENCE)?;
        check_kind(&connection)?;
        Ok(connection)
    }

    fn connect(&self, flags: OpenFlags) -> Result<Connection, OpenError> {
        // One thread at a time has it. A path is a path, and no URI.
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(match &self.vfs {
            None => Connection::open_with_flags(&self.path, flags)?,
            Some(vfs) => {
                let flags = flags | OpenFlags::SQLITE_OPEN_CREATE;
                Connection::open_with_flags_and_vfs(&self.path, flags, vfs.as_str())?
            }
        })
    }

    fn prepare(&self, connection: &mut Connection) -> Result<(), OpenError> {
        // A new file gets its tables before it becomes a WAL file, so that its first bytes say at once whose it is.
        let is_new = schema::found(connection)?.is_empty();
        if is_new {
            schema::migrate(connection)?;
        }
        let mode: String =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        if mode != "wal" {
            return Err(OpenError::Io("this file system does not do what SQLite's WAL needs".to_owned()));
        }
        // Each commit is on the disk before it is reported.
        let synchronous = if planted("commits-not-synced") { "NORMAL" } else { "FULL" };
        connection.pragma_update(None, "synchronous", synchronous)?;
        // Where there is such a thing, on macOS: through the disk's own cache.
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        connection.pragma_update_and_check(None, "journal_size_limit", MAX_IDLE_WAL, |_| Ok(()))?;
        schema::migrate(connection)?;
        match checkpoint(connection) {
            // It begins on a full disk, too: what was said can be read.
            Err(error) if error.sqlite_error_code() != Some(ErrorCode::DiskFull) => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// Merges the log into the file; says whether all of it is there now. What is in the log after a crash was perhaps never written
/// to the disk; the file is synced after it is written.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i32>(0)? == 0))
}

/// Asks SQLite all that must hold before anything is written.
fn check(connection: &Connection) -> Result<(), OpenError> {
    // Reading takes no lock that a writer would mind; this does.
    connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK")?;
    if is_empty(connection)? {
        return Ok(());
    }
    check_kind(connection)?;
    let bytes: u64 = connection
        .query_row("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", [], |row| {
            row.get::<_, i64>(0)
        })?
        .unsigned_abs();
    if bytes > CHECKED {
        return Ok(());
    }
    match connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))? {
        fine if fine == "ok" => Ok(()),
        found => Err(OpenError::Damaged(flat(&found))),
    }
}

/// Asks whose it is, and of which version.
fn check_kind(connection: &Connection) -> Result<(), OpenError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    if pragma("application_id")? != schema::APPLICATION_ID {
        return Err(OpenError::Foreign(ANOTHERS));
    }
    let version = pragma("user_version")?;
    if version > schema::VERSION {
        return Err(OpenError::Newer(version));
    }
    let found = schema::found(connection)?;
    let has_all = version > 0 && schema::expected(version)?.iter().all(|table| found.contains(table));
    if has_all { Ok(()) } else { Err(OpenError::Foreign("it has other tables")) }
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT page_count = 0 FROM pragma_page_count", [], |row| row.get(0))
}

fn is_missing(path: &Path) -> Result<bool, OpenError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(OpenError::Io("it is a directory".to_owned())),
        Ok(metadata) if !metadata.is_file() => Err(OpenError::Foreign("it is no file")),
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Looks at the header, without SQLite: <https://www.sqlite.org/fileformat2.html#the_database_header>.
fn look_at(path: &Path) -> Result<(), OpenError> {
    let mut header = Vec::new();
    File::open(path)?.take(HEADER).read_to_end(&mut header)?;
    if header.is_empty() {
        return Ok(());
    }
    if !header.starts_with(MAGIC) || (header.len() as u64) < HEADER {
        return Err(OpenError::Foreign("it is no SQLite database"));
    }
    let number = |at| i32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    match (number(68), number(60)) {
        (schema::APPLICATION_ID, version) if version > schema::VERSION => Err(OpenError::Newer(version)),
        (schema::APPLICATION_ID, _) => Ok(()),
        _ => Err(OpenError::Foreign(ANOTHERS)),
    }
}

/// Locks a file beside this one for as long as the process lives. SQLite's own locks cannot be asked for this without keeping
/// those who only read away, and a lock on the file itself is, on some systems, the same as SQLite's.
fn lock(path: &Path) -> Result<File, OpenError> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = private().create(true).truncate(false).open(name);
    let locked = file.map_err(TryLockError::Error).and_then(|file| file.try_lock().map(|()| file));
    locked.map_err(|error| match error {
        TryLockError::WouldBlock => OpenError::Taken,
        TryLockError::Error(error) => OpenError::Io(format!("the lock beside it: {error}")),
    })
}

/// For what only its owner may read: with the secrets in it, anyone could come back as a socket that is gone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Gives SQLite's own words.
pub(super) fn one_line(error: &rusqlite::Error) -> String {
    flat(&error.to_string())
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const MAGIC: &[u8] = b"SQLite format 3\0";
const HEADER: u64 = 100;
const ANOTHERS: &str = "it is another program's database";

/// At the start, whoever is writing is more likely a program that stays than one that is done in a moment.
const PATIENCE_AT_START: Duration = Duration::from_millis(500);

/// For an operator's own transaction. What waits meanwhile is bounded by the queue.
const PATIENCE: Duration = Duration::from_secs(5);

/// The log is emptied at a thousand pages, 4 MB. After a long backup it may be larger, and keeps at most this.
const MAX_IDLE_WAL: i64 = 16 * 1024 * 1024;

/// Bytes of a file that is read through at the start: what a slow disk reads in some seconds. In a larger one damage shows when
/// it is read.
const CHECKED: u64 = 256 * 1024 * 1024;
