//! Compiles the chapters into the program, so that it judges a server on a machine that has nothing but it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root =
        PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the package is")).join("..");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where to write"));
    let mut files = Vec::new();
    markdown(&root.join("fixtures"), &mut files)?;
    let mut list = String::from("static CHAPTERS: &[(&str, &str)] = &[\n");
    for file in files {
        let file = file.canonicalize()?;
        let root = root.canonicalize()?;
        let name = file.strip_prefix(&root).expect("the chapters are below the root");
        let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        writeln!(list, "    ({:?}, include_str!({:?})),", name.join("/"), file).expect("a string takes all");
    }
    list.push_str("];\n");
    fs::write(out.join("chapters.rs"), list)
}

/// Collects the chapters below a directory in the order of their names; cargo builds again when one comes or goes.
fn markdown(directory: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", directory.display());
    let entries = fs::read_dir(directory)?.map(|entry| entry.map(|entry| entry.path()));
    let mut entries: Vec<PathBuf> = entries.collect::<io::Result<_>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            markdown(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
    Ok(())
}
