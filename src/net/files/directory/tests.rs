use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[test]
fn everything_below_is_found_under_its_path() {
    let scratch = Scratch::new();
    scratch.write("dist/assets/deep/app.js", "app");
    scratch.write("dist/.well-known/security.txt", "mail");

    let (paths, left_out) = scratch.read();

    assert_eq!(paths, ["/.well-known/security.txt", "/assets/deep/app.js", "/index.html"]);
    assert!(left_out.is_empty(), "{left_out:?}");
}

#[test]
fn what_a_dot_hides_is_not_found_and_not_told() {
    let scratch = Scratch::new();
    for hidden in ["dist/.env", "dist/.git/config", "dist/assets/.cache/x", "dist/.well-known/.secret"] {
        scratch.write(hidden, "secret");
    }

    assert_eq!(scratch.read(), (vec!["/index.html".to_owned()], vec![]));
}

#[test]
fn links_are_followed_inside_and_nowhere_else() {
    let scratch = Scratch::new();
    scratch.write("secret.txt", "secret");
    scratch.write("other/secret.txt", "secret");
    // A sibling whose name begins with the directory's is outside, too.
    scratch.write("dist-old/secret.txt", "secret");
    scratch.write("dist/brand/logo.png", "logo");
    for (target, link) in [
        ("brand/logo.png", "dist/logo.png"),
        ("brand", "dist/images"),
        ("../secret.txt", "dist/relative.txt"),
        ("../other", "dist/other"),
        ("../dist-old", "dist/sibling"),
        ("/dev/null", "dist/device"),
        ("brand/../../secret.txt", "dist/climbing.txt"),
        ("other", "dist/hop"),
        ("nowhere", "dist/broken"),
        ("loop", "dist/loop"),
    ] {
        symlink(target, scratch.0.join(link)).unwrap();
    }
    symlink(scratch.0.join("secret.txt"), scratch.0.join("dist/brand/absolute.txt")).unwrap();

    let result = read(&scratch.0.join("dist"));

    // A link to itself is an error of the file system's, as of every program that opens it.
    assert!(result.unwrap_err().contains("/loop"));
    fs::remove_file(scratch.0.join("dist/loop")).unwrap();
    let (paths, left_out) = scratch.read();
    assert_eq!(paths, ["/brand/logo.png", "/images/logo.png", "/index.html", "/logo.png"]);
    assert_eq!(left_out.len(), 9, "{left_out:#?}");
    assert!(left_out.contains(&r#""/sibling" is not served: it links to what is outside"#.to_owned()));
    assert!(left_out.contains(&r#""/broken" is not served: it links to nothing"#.to_owned()));
}

#[test]
fn links_that_go_round_end() {
    let scratch = Scratch::new();
    scratch.write("dist/a/one.txt", "1");
    scratch.write("dist/b/two.txt", "2");
    symlink("../b", scratch.0.join("dist/a/b")).unwrap();
    symlink("../a", scratch.0.join("dist/b/a")).unwrap();
    symlink("..", scratch.0.join("dist/a/up")).unwrap();

    let (paths, left_out) = scratch.read();

    assert_eq!(paths, ["/a/b/two.txt", "/a/one.txt", "/b/a/one.txt", "/b/two.txt", "/index.html"]);
    assert!(left_out.iter().all(|line| line.ends_with("it links to a directory that it is in")));
    assert_eq!(left_out.len(), 4, "{left_out:#?}");
}

#[test]
fn what_is_no_file_is_not_opened() {
    let scratch = Scratch::new();
    let listener = UnixListener::bind(scratch.0.join("dist/socket")).unwrap();

    let (paths, left_out) = scratch.read();

    drop(listener);
    assert_eq!(paths, ["/index.html"]);
    assert_eq!(left_out, [r#""/socket" is not served: it is neither a file nor a directory"#]);
}

#[test]
fn the_directory_itself_may_be_a_link() {
    let scratch = Scratch::new();
    symlink("dist", scratch.0.join("current")).unwrap();

    let (found, _) = read(&scratch.0.join("current")).unwrap();

    assert_eq!(found.len(), 1);
}

#[test]
fn what_cannot_be_served_is_told_in_one_line_with_the_directory() {
    let scratch = Scratch::new();
    scratch.write("empty/readme.txt", "no index");
    scratch.write("big/index.html", "");
    // A sparse file: it takes no room on the disk.
    fs::File::create(scratch.0.join("big/video.mp4")).unwrap().set_len(BYTES + 1).unwrap();
    scratch.write("many/index.html", "");
    (0..ENTRIES).for_each(|number| scratch.write(&format!("many/{number}.txt"), ""));
    scratch.write(&format!("deep/{}/x.txt", ["d"; DEPTH].join("/")), "");
    for (directory, reason) in [
        ("nowhere", "No such file or directory"),
        ("empty", "there is no index.html in it"),
        ("empty/readme.txt", "this is not a directory"),
        ("big", "there are more than 64 MiB in it"),
        ("many", "there are more than 10000 files and directories in it"),
        ("deep", "is more than 32 directories deep"),
    ] {
        let directory = scratch.0.join(directory);

        let sentence = read(&directory).unwrap_err();

        assert!(sentence.starts_with(&format!("--static {}: ", directory.display())), "{sentence}");
        assert!(sentence.contains(reason) && sentence.lines().count() == 1, "{sentence}");
    }
}

/// A directory with a front end in `dist`, gone when it is dropped.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("wire42-files-{}-{number}", std::process::id()));
        let scratch = Scratch(path);
        scratch.write("dist/index.html", "<!doctype html>");
        scratch
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Reads `dist`, and gives the paths in their order.
    fn read(&self) -> (Vec<String>, Vec<String>) {
        let (found, left_out) = read(&self.0.join("dist")).unwrap();
        let mut paths: Vec<String> = found.into_iter().map(|(path, _)| path).collect();
        paths.sort();
        (paths, left_out)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Whoever ran the test can clear what could not be cleared here.
        let _ = fs::remove_dir_all(&self.0);
    }
}
