//! The floor of a disk: how often a second it can be made to keep what was just written.
//!
//! ```text
//! write 4 KiB, fdatasync, write the next 4 KiB, fdatasync, …      over and over the same 4 MiB
//! ```
//!
//! The file has its size and its blocks from the beginning, as a write-ahead log has after its first round, so that nothing but
//! the data must reach the disk.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// Counts how often a second a file in this directory is written and synced.
///
/// # Errors
///
/// The directory takes no file.
pub fn syncs_per_second(directory: &Path, time: Duration) -> io::Result<f64> {
    let path = directory.join("syncs");
    let file = File::create(&path)?;
    let block = [b'x'; BLOCK];
    let offset = |number: u64| number % BLOCKS * BLOCK as u64;
    (0..BLOCKS).try_for_each(|number| file.write_all_at(&block, offset(number)))?;
    file.sync_all()?;

    let began = Instant::now();
    let mut synced = 0;
    while synced == 0 || began.elapsed() < time {
        file.write_all_at(&block, offset(synced))?;
        file.sync_data()?;
        synced += 1;
    }
    let rate = synced as f64 / began.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok(rate)
}

/// A page of most file systems, and of SQLite.
const BLOCK: usize = 4_096;
const BLOCKS: u64 = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_left_as_it_was() {
        let directory = std::env::temp_dir().join(format!("wire42-bench-disk-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();

        let rate = syncs_per_second(&directory, Duration::ZERO).unwrap();

        assert!(rate > 0.0, "{rate}");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 0);
        fs::remove_dir(&directory).unwrap();
        assert!(syncs_per_second(&directory, Duration::ZERO).is_err());
    }
}
