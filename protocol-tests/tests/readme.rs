//! The README's transcript is what the server really says, and its tour goes where it says.
//!
//! `UPDATE_README=1 cargo test -p protocol-tests --test readme` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use protocol_tests::case::Case;
use protocol_tests::ours::{self, Pace};
use protocol_tests::recording::Recording;
use protocol_tests::sans_io::SansIo;
use protocol_tests::suite::{Run, Suite};
use protocol_tests::verdict::Verdict;

#[test]
fn the_transcript_is_that_of_the_fixture() {
    let (suite, _) = Suite::load(&root().join("fixtures"));
    let case = suite.cases().find(|case| case.header.id == ID).expect("the fixture exists");
    let transcript = transcript(case);
    let file = root().join("README.md");
    let readme = fs::read_to_string(&file).expect("the README can be read");
    let begin = readme.find(BEGIN).expect("the README has a place for the transcript") + BEGIN.len();
    let end = readme.find(END).expect("the place has an end");
    if std::env::var_os("UPDATE_README").is_some() {
        let written = format!("{}\n{transcript}{}", &readme[..begin], &readme[end..]);
        return fs::write(file, written).expect("the README can be written");
    }
    assert_eq!(readme[begin..end].trim_start_matches('\n'), transcript, "UPDATE_README=1 writes it anew");
}

/// Each stop of the tour names a function: its line is the one that the link goes to, and its case is in a chapter.
#[test]
fn the_tour_goes_where_it_says() {
    let (suite, _) = Suite::load(&root().join("fixtures"));
    let file = root().join("README.md");
    let readme = fs::read_to_string(&file).expect("the README can be read");
    let begin = readme.find(TOUR).expect("the README has a tour") + TOUR.len();
    let end = begin + readme[begin..].find(TOUR_END).expect("the tour has an end");
    let stops: Vec<&str> = readme[begin..end].lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    assert_eq!(stops.len(), 10, "the stops of the tour");
    let mut tour = readme[begin..end].to_owned();
    for stop in stops {
        let columns: Vec<&str> = stop.split(" | ").collect();
        for link in columns[2].split(", ") {
            tour = tour.replace(link, &up_to_date(link));
        }
        let case = columns[3].trim_matches('`');
        assert!(suite.cases().any(|known| known.header.id == case), "no chapter has {case}");
    }
    if std::env::var_os("UPDATE_README").is_some() {
        let written = format!("{}{tour}{}", &readme[..begin], &readme[end..]);
        return fs::write(file, written).expect("the README can be written");
    }
    assert_eq!(readme[begin..end], tour, "UPDATE_README=1 writes it anew");
}

/// Gives a link to a function with the line where it is now: `` [`accept`](src/net/worker.rs#L121) ``.
fn up_to_date(link: &str) -> String {
    let (name, target) = link.trim_start_matches("[`").split_once("`](").expect("a link to a function");
    let (path, _) = target.split_once("#L").expect("a link to a line");
    let source = fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let is_it = |line: &str| line.contains(&format!("fn {name}(")) && !line.trim_start().starts_with("//");
    let line = 1 + source.lines().position(is_it).unwrap_or_else(|| panic!("{path} has no function {name}"));
    format!("[`{name}`]({path}#L{line})")
}

/// Plays the case, and puts behind each packet the word that stands behind it in the fixture.
fn transcript(case: &Case) -> String {
    let mut config = ours::config(case.header.profile, Pace::Slow);
    config.session = wire42::engine_io::Config::default();
    let mut setting = ours::setting(&config, Pace::Slow);
    setting.rooms = protocol_tests::setting::Rooms::Fresh;
    let mut target = Recording::new(SansIo::new(config));
    let played = Run { case, over: None }.play(&mut target, &setting);
    assert_eq!(played.verdict, Verdict::Ok);
    let (packets, words) = (target.packets(), words(case));
    assert_eq!(packets.len(), words.len(), "one word for each packet: {packets:?} {words:?}");
    let mut text = String::from("```text\n");
    for (index, (packet, word)) in packets.iter().zip(words).enumerate() {
        let arrow = if packet.from_client { "client >" } else { "server <" };
        writeln!(text, "{:2}  {arrow}  {}\n              {word}", index + 1, packet.text)
            .expect("a String takes all");
    }
    text + "```\n"
}

/// The comments of the case's conversation.
fn words(case: &Case) -> Vec<String> {
    let chapter = fs::read_to_string(&case.file).expect("the chapter can be read");
    let lines =
        chapter.lines().skip(case.line).skip_while(|line| !line.starts_with("```conversation")).skip(1);
    let block = lines.take_while(|line| !line.starts_with("```"));
    block.filter_map(|line| line.split_once("  # ")).map(|(_, word)| word.trim().to_owned()).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

const ID: &str = "chat/first-ten-packets";
const BEGIN: &str = "<!-- transcript: chat/first-ten-packets -->\n";
const END: &str = "<!-- end of transcript -->";
const TOUR: &str = "<!-- tour -->\n";
const TOUR_END: &str = "<!-- end of tour -->";
