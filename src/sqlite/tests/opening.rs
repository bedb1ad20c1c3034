use super::*;

/// Says why the file is refused, and that neither it nor its log was changed.
fn refused(path: &Path) -> OpenError {
    let wal = PathBuf::from(format!("{}-wal", path.display()));
    let bytes = || (fs::read(path).unwrap(), fs::read(&wal).unwrap_or_default());
    let before = bytes();
    let error = Sqlite::open(path, Options::default()).err().expect("it is refused");
    assert!(bytes() == before, "the file was changed: {error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
    error
}

fn filled(scratch: &Scratch) -> Sqlite {
    let mut log = scratch.open();
    let message = "x".repeat(1_000);
    log.commit((0..200).map(|ticket| append("/", ticket, &message)).collect());
    log
}

#[test]
fn a_new_file_is_ours_alone() {
    let scratch = Scratch::new();
    let log = scratch.open();
    let text = |pragma| {
        let connection = log.connection.as_ref().unwrap();
        connection.pragma_query_value(None, pragma, |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
    };
    assert_eq!(text("journal_mode"), "wal".to_owned().into());
    assert_eq!(text("synchronous"), 2.into());
    #[cfg(unix)]
    for name in ["chat.db", "chat.db-wal", "chat.db-lock"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(scratch.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn an_empty_file_becomes_a_history() {
    let scratch = Scratch::new();
    fs::write(scratch.file("chat.db"), "").unwrap();
    drop(scratch.open());
    assert_eq!(fs::read(scratch.file("chat.db")).unwrap()[68..72], *b"wi42");
}

#[test]
fn what_is_no_database_is_refused() {
    let scratch = Scratch::new();
    let file = scratch.file("notes.txt");
    for content in [&b"Dear John"[..], b"SQLite format 3\0", &[0; 4096], b"SQLite format 3\0and then a text of some length, which goes on until it is longer than a header ever was."] {
        fs::write(&file, content).unwrap();
        assert!(matches!(refused(&file), OpenError::Foreign(_)));
        assert!(!scratch.file("notes.txt-lock").exists(), "nothing is put beside what is not ours");
    }
}

#[test]
fn another_programs_database_is_refused() {
    let scratch = Scratch::new();
    let others = Connection::open(scratch.file("chat.db")).unwrap();
    others.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE rooms (id)").unwrap();
    assert_eq!(refused(&scratch.killed("killed.db")), OpenError::Foreign("it is another program's database"));
    others.pragma_update(None, "user_version", 2).unwrap();
    others.pragma_update(None, "application_id", 7).unwrap();
    drop(others);
    assert_eq!(refused(&scratch.file("chat.db")), OpenError::Foreign("it is another program's database"));
}

#[test]
fn other_tables_under_our_name_are_refused() {
    let scratch = Scratch::new();
    drop(scratch.open());
    other(&scratch).execute_batch("DROP VIEW history; CREATE INDEX theirs ON messages (time)").unwrap();
    assert_eq!(refused(&scratch.file("chat.db")), OpenError::Foreign("it has other tables"));
}

#[test]
fn what_an_operator_adds_is_no_harm() {
    let scratch = Scratch::new();
    drop(scratch.open());
    other(&scratch).execute_batch("CREATE INDEX by_time ON messages (time); ANALYZE").unwrap();
    drop(scratch.open());
}

#[test]
fn a_newer_version_is_refused_also_when_only_its_log_says_so() {
    let scratch = Scratch::new();
    drop(filled(&scratch));
    let newer = other(&scratch);
    newer.pragma_update(None, "user_version", schema::VERSION + 1).unwrap();
    let killed = scratch.killed("killed.db");
    assert_eq!(fs::read(&killed).unwrap()[63], schema::VERSION as u8, "the header says nothing");
    assert_eq!(refused(&killed), OpenError::Newer(schema::VERSION + 1));
    drop(newer);
    assert_eq!(refused(&scratch.file("chat.db")), OpenError::Newer(schema::VERSION + 1));
}

#[test]
fn a_damaged_file_is_refused() {
    let scratch = Scratch::new();
    drop(filled(&scratch));
    let whole = fs::read(scratch.file("chat.db")).unwrap();
    let damaged = scratch.file("damaged.db");
    let mut page = whole.clone();
    page[10 * 4096..11 * 4096].fill(0xff);
    let mut header = whole.clone();
    header[16..18].fill(0xff);
    for bytes in [&page[..], &header, &whole[..whole.len() / 2]] {
        fs::write(&damaged, bytes).unwrap();
        let error = refused(&damaged);
        assert!(matches!(error, OpenError::Damaged(_)), "{error}");
    }
}

#[test]
fn a_file_that_another_wire42_has_is_refused_by_every_name() {
    let scratch = Scratch::new();
    let _log = filled(&scratch);
    assert_eq!(refused(&scratch.file("chat.db")), OpenError::Taken);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(scratch.file("chat.db"), scratch.file("link.db")).unwrap();
        assert_eq!(refused(&scratch.file("link.db")), OpenError::Taken);
    }
}

#[test]
fn a_file_that_another_program_writes_to_is_refused() {
    let scratch = Scratch::new();
    drop(filled(&scratch));
    let others = other(&scratch);
    others.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(refused(&scratch.file("chat.db")), OpenError::Busy);
    drop(others);
    drop(scratch.open());
}

#[test]
fn what_is_no_file_or_may_not_be_written_is_refused() {
    let scratch = Scratch::new();
    let error =
        |path: &Path| Sqlite::open(path, Options::default()).err().expect("it is refused").to_string();
    assert_eq!(error(&scratch.0), "it is a directory");
    assert!(error(&scratch.file("nowhere/chat.db")).starts_with("No such file or directory"));
    assert!(!scratch.file("nowhere").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(error(Path::new("/dev/null")), "this is no history of wire42: it is no file");
        drop(scratch.open());
        let path = scratch.file("chat.db");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        // Root may write to it all the same.
        if fs::OpenOptions::new().write(true).open(&path).is_err() {
            assert_eq!(error(&path), "it may only be read");
        }
    }
}

#[test]
fn a_file_of_the_first_version_goes_on() {
    let scratch = Scratch::new();
    let mut first = other(&scratch);
    schema::migrate_to(1, &mut first).unwrap();
    first
        .execute_batch(
            "INSERT INTO rooms (id, name) VALUES (1, '/');
             INSERT INTO messages (room, position, time, message) VALUES (1, 1, 1000, '{}')",
        )
        .unwrap();
    drop(first);
    let mut log = scratch.open();
    let outcomes = log.commit(vec![append("/", 0, "[]"), enroll("/", "john")]);
    assert_eq!(outcomes[0], appended("/", 0, 2, "[]"));
    assert_eq!(seen(&mut log, "/"), (2, vec!["{}".into(), "[]".into()], vec![("john".into(), None)]));
}

#[test]
fn a_creation_that_was_killed_begins_anew() {
    let scratch = Scratch::new();
    drop(scratch.open());
    let whole = fs::read(scratch.file("chat.db")).unwrap();
    let mut others = Connection::open(scratch.file("others.db")).unwrap();
    let all = others.transaction().unwrap();
    // More than the cache holds: then the journal is a whole one, of a file that had no pages.
    all.execute_batch("PRAGMA cache_size = 1; CREATE TABLE t (b); INSERT INTO t VALUES (zeroblob(1000000))")
        .unwrap();
    fs::copy(scratch.file("others.db-journal"), scratch.file("killed.db-journal")).unwrap();
    fs::write(scratch.file("killed.db"), &whole[..4096]).unwrap();
    let mut log = Sqlite::open(&scratch.file("killed.db"), Options::default()).unwrap();
    assert_eq!(seen(&mut log, "/"), (0, vec![], vec![]));
    assert!(!scratch.file("killed.db-journal").exists());
}
