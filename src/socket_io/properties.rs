//! What holds for every packet and for every text, tried on thousands of made-up ones.

use std::fmt;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::args::Args;
use super::decoder::{DecodeError, Decoded};
use super::header::MAX_ATTACHMENTS;
use super::namespace::Namespace;
use super::packet::{Kind, Packet};
use super::placeholders;
use super::reassembly::Reassembly;
use crate::frame::Frame;

proptest! {
    // A failure belongs into a unit test, not into a file of seeds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_encoded_decodes_to_the_same(packet in packets()) {
        let mut reassembly = Reassembly::default();

        let mut results: Vec<_> = packet.clone().encode("").frames().iter().map(|frame| match frame {
            Frame::Text(text) => reassembly.accept_text(text.clone()),
            Frame::Binary(bytes) => reassembly.accept_binary(bytes.clone()),
        }).collect();

        prop_assert_eq!(results.pop(), Some(Ok(Some(packet))));
        prop_assert!(results.iter().all(|result| *result == Ok(None)), "{:?}", results);
    }

    #[test]
    fn no_text_panics_the_decoder(text in any::<String>()) {
        let _ = Packet::decode(text);
    }

    #[test]
    fn no_text_that_looks_like_a_packet_panics_the_decoder(text in r#"[0-7][0-9]{0,2}-?(/[a-z]{0,2},?)?[0-9]{0,17}[ \[\]{}",:a-z0-9\\-]{0,12}"#) {
        survive(text)?;
    }

    #[test]
    fn no_damage_to_a_packet_panics_the_decoder(packet in packets(), damage in vec(damages(), 1..4)) {
        let parcel = packet.encode("");
        let mut text: Vec<char> = String::from_utf8_lossy(parcel.frames()[0].bytes()).chars().collect();
        for (place, length, patch) in damage {
            let start = place.index(text.len() + 1);
            let end = text.len().min(start + length);
            text.splice(start..end, patch.chars());
        }
        survive(text.into_iter().collect())?;
    }

    #[test]
    fn no_order_of_frames_panics_the_reassembly(frames in vec(frames(), 0..12)) {
        let mut reassembly = Reassembly::default();
        for frame in frames {
            let waited = reassembly.is_waiting();
            let (is_text, result) = match frame {
                Frame::Text(text) => (true, reassembly.accept_text(text)),
                Frame::Binary(bytes) => (false, reassembly.accept_binary(bytes)),
            };
            prop_assert!(result.is_err() || waited != is_text, "a text, or else an attachment, was due");
        }
    }

    #[test]
    fn the_elements_of_an_array_make_the_array(elements in vec(json(), 0..6), white_space in "[ \t\r\n]{0,2}") {
        let glue = format!("{white_space},{white_space}");
        let array = format!("[{white_space}{}{white_space}]", elements.join(&glue));

        let args = Args::parse(array).expect("the elements are JSON");

        prop_assert_eq!(args.elements().collect::<Vec<_>>(), elements);
    }

    #[test]
    fn the_scanner_finds_what_a_tree_walk_finds(tree in trees(), attachments in 0..3_usize) {
        prop_assert_eq!(placeholders::fit(&tree.to_string(), attachments), tree.fits(attachments), "{}", tree);
    }
}

#[test]
fn no_depth_exhausts_the_stack() {
    let nest = |open: &str, inmost: &str, close: &str| {
        format!("[\"e\",{}{inmost}{}]", open.repeat(400_000), close.repeat(400_000))
    };
    let arrays = nest("[", "", "]");
    let objects = nest("{\"a\":", r#"{"_placeholder":true,"num":1}"#, "}");
    let unclosed = "[".repeat(400_000);
    let small_stack = std::thread::Builder::new().stack_size(64 * 1024);

    let outcomes = small_stack.spawn(move || {
        let good =
            [format!("2{arrays}"), format!("51-{arrays}"), format!("52-{objects}"), format!("30{arrays}")];
        let bad = [format!("51-{objects}"), format!("2{unclosed}"), format!("0{{\"a\":{unclosed}")];
        (good.map(|text| Packet::decode(text).err()), bad.map(|text| Packet::decode(text).err()))
    });

    let illegal = Some(DecodeError::IllegalAttachments);
    let invalid = Some(DecodeError::InvalidPayload);
    assert_eq!(outcomes.unwrap().join().unwrap(), ([None; 4], [illegal, invalid, invalid]));
}

/// Decodes the text, and if it is a packet, uses all that can be asked of one.
fn survive(text: String) -> Result<(), TestCaseError> {
    let Ok(Decoded::Whole(packet) | Decoded::Awaiting { packet, .. }) = Packet::decode(text) else {
        return Ok(());
    };
    if let Kind::Event { args, .. } | Kind::Ack { args: Some(args), .. } = &packet.kind {
        let count = args.elements().count();
        let renamed = args.clone().renamed("another name");
        prop_assert_eq!(Args::parse(renamed.json()), Ok(renamed.clone()));
        prop_assert_eq!(renamed.elements().count(), count.max(1));
        let answer = renamed.without_name();
        prop_assert_eq!(Args::parse(answer.json()), Ok(answer.clone()));
        prop_assert!(answer.elements().eq(args.elements().skip(1)));
    }
    let text = packet.clone().encode("").frames()[0].clone();
    let again = Packet::decode(String::from_utf8_lossy(text.bytes()).into_owned());
    prop_assert_eq!(again, Ok(Decoded::Whole(packet)), "without its attachments it is a plain packet");
    Ok(())
}

fn packets() -> impl Strategy<Value = Packet> {
    let namespace = prop_oneof![Just("/".to_owned()), "/[a-z0-9/-]{0,6}", "/[^,]{0,4}"];
    (namespace, kinds()).prop_map(|(name, kind)| {
        let namespace = Namespace::parse(&name).expect("the name begins with a slash and holds no comma");
        Packet { namespace, kind }
    })
}

fn kinds() -> impl Strategy<Value = Kind> {
    let id = || option::of(0..1_u64 << 53);
    let name = prop_oneof![
        "[A-Z]{0,6}".prop_map(|name| format!("\"{name}\"")),
        Just("\"\\ud800\"".to_owned()),
        numbers()
    ];
    prop_oneof![
        option::of(objects(json())).prop_map(|data| Kind::Connect { data }),
        Just(Kind::Disconnect),
        (id(), args(name)).prop_map(|(id, args)| Kind::Event { id, args }),
        (id(), option::of(args(json()))).prop_map(|(id, args)| Kind::Ack { id, args }),
        prop_oneof![objects(json()), strings()].prop_map(|data| Kind::ConnectError { data }),
    ]
}

/// Makes an array of `first` and more, among it a placeholder for each attachment.
fn args(first: impl Strategy<Value = String>) -> impl Strategy<Value = Args> {
    let attachments = prop_oneof![Just(vec![]), vec(vec(any::<u8>(), 0..4), 1..=MAX_ATTACHMENTS)];
    (first, vec(json(), 0..4), attachments).prop_map(|(first, rest, attachments)| {
        let placeholders =
            (0..attachments.len()).map(|num| format!("{{\"_placeholder\":true,\"num\":{num}}}"));
        let elements: Vec<_> = [first].into_iter().chain(rest).chain(placeholders).collect();
        let args = Args::parse(format!("[{}]", elements.join(","))).expect("the elements are JSON");
        args.with_attachments(attachments)
    })
}

fn frames() -> impl Strategy<Value = Frame> {
    let damaged = "[0-6][0-3]-\\[\"e\"\\]?";
    prop_oneof![
        packets().prop_map(|packet| packet.encode("").frames()[0].clone()),
        damaged.prop_map(Frame::Text),
        vec(any::<u8>(), 0..4).prop_map(Frame::Binary),
    ]
}

/// A place, how much is lost there, and what comes instead.
fn damages() -> impl Strategy<Value = (prop::sample::Index, usize, String)> {
    let patch = prop_oneof![
        Just(String::new()),
        "[\\[\\]{}\",:/ 0-9\\\\-]{1,3}",
        any::<char>().prop_map(String::from)
    ];
    (any::<prop::sample::Index>(), prop_oneof![0..3_usize, Just(usize::MAX / 2)], patch)
}

fn json() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec!["null", "true", "false"]).prop_map(str::to_owned);
    let leaf = prop_oneof![word, numbers(), strings()];
    leaf.prop_recursive(4, 16, 4, |inner| {
        let array = vec(inner.clone(), 0..4).prop_map(|elements| format!("[{}]", elements.join(" ,")));
        prop_oneof![array, objects(inner)]
    })
}

fn numbers() -> impl Strategy<Value = String> {
    r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?"
}

fn strings() -> impl Strategy<Value = String> {
    r#""([^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,6}""#
}

fn objects(values: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let member = (strings(), values).prop_map(|(key, value)| format!("{key}: {value}"));
    vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(", ")))
}

/// JSON whose keys and values are often those of a placeholder.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(&'static str),
    Array(Vec<Tree>),
    Object(Vec<(&'static str, Tree)>),
}

impl Tree {
    fn fits(&self, attachments: usize) -> bool {
        match self {
            Tree::Leaf(_) => true,
            Tree::Array(elements) => elements.iter().all(|element| element.fits(attachments)),
            Tree::Object(members) => {
                let is_placeholder = Self::leaf(members, PLACEHOLDER_KEYS) == Some("true");
                let num_fits = match Self::leaf(members, NUM_KEYS) {
                    Some("0") => attachments > 0,
                    Some("1") => attachments > 1,
                    _ => false,
                };
                (!is_placeholder || num_fits) && members.iter().all(|(_, member)| member.fits(attachments))
            }
        }
    }

    /// Finds what the last of the keys says, if it is a leaf.
    fn leaf(members: &[(&str, Tree)], spellings: [&str; 2]) -> Option<&'static str> {
        match members.iter().rfind(|(key, _)| spellings.contains(key)) {
            Some((_, Tree::Leaf(text))) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Tree::Leaf(text) => f.write_str(text),
            Tree::Array(elements) => {
                let elements: Vec<_> = elements.iter().map(Tree::to_string).collect();
                write!(f, "[{}]", elements.join(" , "))
            }
            Tree::Object(members) => {
                let members: Vec<_> =
                    members.iter().map(|(key, member)| format!("{key}: {member}")).collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaves =
        vec!["true", "true", "false", "0", "0", "1", "-0", "-1", "1.0", "1e0", "\"0\"", "\"\\\\\"", "null"];
    let keys: Vec<_> = PLACEHOLDER_KEYS.into_iter().chain(NUM_KEYS).chain([r#""x\"""#, r#""""#]).collect();
    prop::sample::select(leaves).prop_map(Tree::Leaf).prop_recursive(5, 24, 4, move |inner| {
        let member = (prop::sample::select(keys.clone()), inner.clone());
        prop_oneof![
            3 => vec(member, 0..5).prop_map(Tree::Object),
            1 => vec(inner, 0..3).prop_map(Tree::Array),
        ]
    })
}

const PLACEHOLDER_KEYS: [&str; 2] = [r#""_placeholder""#, r#""\u005fplaceholder""#];
const NUM_KEYS: [&str; 2] = [r#""num""#, r#""n\u0075m""#];
