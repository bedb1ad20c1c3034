//! The README's transcript is what the server really says, and its words are the fixture's.
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
