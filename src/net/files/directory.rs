//! Reads a directory once, and no byte outside it.
//!
//! ```text
//! dist/index.html                     /index.html
//! dist/assets/index.js                /assets/index.js
//! dist/.git/  dist/.env               hidden: not served, and not told
//! dist/.well-known/security.txt       /.well-known/security.txt: that directory is for the public
//! dist/logo.png -> brand/logo.png     /logo.png
//! dist/secret -> /etc/passwd          left out, and told: it is outside
//! ```
//!
//! What is served is decided here, before anyone asks: a file that appears later, or a link that is bent later, is not seen.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Files with their paths, and a line for each thing that was left out.
type Found = (Vec<(String, Vec<u8>)>, Vec<String>);

/// Reads a directory, or says in one line why it cannot be served.
pub(super) fn read(directory: &Path) -> Result<Found, String> {
    let told = |error: io::Error| format!("--static {}: {error}", directory.display());
    let root = fs::canonicalize(directory).map_err(told)?;
    if !fs::metadata(&root).map_err(told)?.is_dir() {
        return Err(format!("--static {}: this is not a directory", directory.display()));
    }
    let mut reader =
        Reader { root: root.clone(), entries: 0, bytes: 0, found: Vec::new(), left_out: Vec::new() };
    let result = reader.enter(&root, "", &mut Vec::new());
    result.map_err(|sentence| format!("--static {}: {sentence}", directory.display()))?;
    if !reader.found.iter().any(|(path, _)| path == "/index.html") {
        return Err(format!("--static {}: there is no index.html in it", directory.display()));
    }
    Ok((reader.found, reader.left_out))
}

struct Reader {
    /// Without links, as all paths are that are compared with it.
    root: PathBuf,
    entries: usize,
    bytes: u64,
    found: Vec<(String, Vec<u8>)>,
    left_out: Vec<String>,
}

impl Reader {
    /// Reads one directory. `above` are those on the way to it: a link to one of them would go round for ever.
    fn enter(&mut self, real: &Path, path: &str, above: &mut Vec<PathBuf>) -> Result<(), String> {
        if above.contains(&real.to_owned()) {
            self.leave_out(path, "it links to a directory that it is in");
            return Ok(());
        }
        if above.len() == DEPTH {
            return Err(format!("{path} is more than {DEPTH} directories deep"));
        }
        above.push(real.to_owned());
        let entries = fs::read_dir(real).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut names: Vec<_> =
            entries.map_err(|error| tell(path, &error))?.iter().map(fs::DirEntry::file_name).collect();
        // So that what is said of it is the same at each start.
        names.sort();
        for name in names {
            match name.to_str() {
                None => self.leave_out(&format!("{path}/{}", name.display()), "its name is not UTF-8"),
                Some(name) if name.starts_with('.') && name != ".well-known" => {}
                Some(name) => self.look_at(&real.join(name), &format!("{path}/{name}"), above)?,
            }
        }
        above.pop();
        Ok(())
    }

    fn look_at(&mut self, entry: &Path, path: &str, above: &mut Vec<PathBuf>) -> Result<(), String> {
        self.entries += 1;
        if self.entries > ENTRIES {
            return Err(format!("there are more than {ENTRIES} files and directories in it"));
        }
        let real = match fs::canonicalize(entry) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.leave_out(path, "it links to nothing");
                return Ok(());
            }
            Err(error) => return Err(tell(path, &error)),
        };
        if !real.starts_with(&self.root) {
            self.leave_out(path, "it links to what is outside");
            return Ok(());
        }
        let metadata = fs::metadata(&real).map_err(|error| tell(path, &error))?;
        if metadata.is_dir() {
            return self.enter(&real, path, above);
        }
        // Reading a pipe or a device may never end.
        if !metadata.is_file() {
            self.leave_out(path, "it is neither a file nor a directory");
            return Ok(());
        }
        self.make_room(metadata.len())?;
        let content = fs::read(&real).map_err(|error| tell(path, &error))?;
        self.found.push((path.to_owned(), content));
        Ok(())
    }

    fn make_room(&mut self, bytes: u64) -> Result<(), String> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > BYTES {
            return Err(format!("there are more than {} MiB in it", BYTES / 1024 / 1024));
        }
        Ok(())
    }

    fn leave_out(&mut self, path: &str, reason: &str) {
        self.left_out.push(format!("{path:?} is not served: {reason}"));
    }
}

fn tell(path: &str, error: &io::Error) -> String {
    format!("{path:?}: {error}")
}

/// A built front end has some hundreds; who points to the wrong directory shall not wait until all of it is read.
const ENTRIES: usize = 10_000;

/// All of it is held in memory, text a second time in gzip. A built front end has a few, with source maps 20.
const BYTES: u64 = 64 * 1024 * 1024;

/// Deeper is no front end.
const DEPTH: usize = 32;

#[cfg(test)]
mod tests;
