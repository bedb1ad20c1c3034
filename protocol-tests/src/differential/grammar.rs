//! Wires by the grammar, as wide as it is: every spelling of a number, every escape, every corner of a header.
//!
//! ```text
//! 52-/admin,007["a\ud800",{"__proto__":-0.0e+1,"num":[]},{"_placeholder":true,"num":1}]  >> 00ff  >>
//! ```

use crate::fuzz::Dice;
use crate::packet::Content;
use crate::vector::Kind;

/// Makes a wire of this kind that some reader may well take.
pub(super) fn wire(dice: &mut Dice, kind: Kind) -> Vec<Content> {
    match kind {
        Kind::EnginePacket if dice.one_in(10) => vec![Content::Binary(dice.bytes(20))],
        Kind::EnginePacket => vec![Content::Text(engine(dice))],
        Kind::Payload => {
            let packets: Vec<String> = (0..=dice.below(5)).map(|_| engine(dice)).collect();
            vec![Content::Text(packets.join("\u{1e}"))]
        }
        Kind::SocketPacket => {
            let mut frames = socket(dice);
            if dice.one_in(8) {
                frames.extend(socket(dice));
            }
            frames
        }
    }
}

fn engine(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => dice.one_of(&["1", "3", "5", "6", "2probe", "3probe", "2", "4"]).to_string(),
        1..=3 => format!("b{}", base64(dice)),
        4 => format!("4{}", socket(dice)[0].as_text().expect("a packet begins with its text")),
        _ => {
            let data = if dice.one_in(2) { json(dice, 0) } else { words(dice) };
            format!("{}{data}", dice.one_of(&["0", "2", "3", "4", "4", "4"]))
        }
    }
}

/// Writes random bytes, mostly padded.
fn base64(dice: &mut Dice) -> String {
    let bytes = dice.bytes(12);
    let text = data_encoding::BASE64.encode(&bytes);
    if dice.one_in(4) { text.trim_end_matches('=').to_owned() } else { text }
}

/// Makes the frames of one packet.
fn socket(dice: &mut Dice) -> Vec<Content> {
    let digit = *dice.one_of(&['0', '1', '2', '2', '2', '3', '3', '4', '5', '5', '5', '6']);
    let is_binary = matches!(digit, '5' | '6');
    let count = if is_binary { attachments(dice) } else { 0 };
    let mut text = digit.to_string();
    if is_binary {
        text += if dice.one_in(16) { "0" } else { "" };
        text += &match dice.below(80) {
            0 => format!("{count}.0-"),
            1 => format!("0x{count:X}-"),
            2 => format!("+{count}-"),
            3 => format!("\u{feff}{count} -"),
            _ => format!("{count}-"),
        };
    }
    text.push_str(dice.one_of::<&str>(&NAMESPACES));
    if dice.one_in(if matches!(digit, '3' | '6') { 1 } else { 3 }) {
        text += &id(dice);
    }
    text += &space(dice);
    text += &match digit {
        '0' if dice.one_in(2) => String::new(),
        '0' => object(dice, 0),
        '1' => String::new(),
        '3' if dice.one_in(6) => String::new(),
        '4' => {
            if dice.one_in(2) {
                object(dice, 0)
            } else {
                string(dice)
            }
        }
        _ => arguments(dice, matches!(digit, '2' | '5'), count),
    };
    text += &space(dice);
    // Now and then the last one is still on its way.
    let come = count - usize::from(count > 0 && dice.one_in(20));
    let bytes = (0..come).map(|_| Content::Binary(dice.bytes(6)));
    [Content::Text(text)].into_iter().chain(bytes).collect()
}

fn attachments(dice: &mut Dice) -> usize {
    match dice.below(16) {
        0 => 0,
        1 => 10 + dice.below(3),
        2 => dice.below(11),
        _ => 1 + dice.below(3),
    }
}

fn id(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => dice.one_of(&["0", "00", "007", "9007199254740991", "9007199254740990"]).to_string(),
        1 => {
            dice.one_of(&["9007199254740992", "18446744073709551616", "12345678901234567890123"]).to_string()
        }
        _ => (dice.number() >> (20 + dice.below(44))).to_string(),
    }
}

/// Makes an array: a name if one is asked for, values, and a placeholder for most of the attachments.
fn arguments(dice: &mut Dice, has_name: bool, count: usize) -> String {
    let mut items: Vec<String> = Vec::new();
    for num in 0..count {
        if !dice.one_in(12) {
            items.push(placeholder(dice, num));
        }
    }
    for _ in 0..dice.below(4) {
        let at = dice.below(items.len() + 1);
        items.insert(at, json(dice, 1));
    }
    if items.len() > 1 && dice.one_in(4) {
        let inside = items.pop().expect("there are two");
        items.push(format!("{{{}:{inside}}}", string(dice)));
    }
    if count > 0 && dice.one_in(16) {
        items.push(format!("{{\"a\":{MISFIT},\"a\":{}}}", json(dice, 2)));
    }
    if has_name {
        items.insert(0, if dice.one_in(10) { number(dice) } else { string(dice) });
    }
    list(dice, '[', &items, ']')
}

fn placeholder(dice: &mut Dice, num: usize) -> String {
    let num = match dice.below(24) {
        0 => format!("{num}.0"),
        1 => format!("{num}.5"),
        2 => format!("{num}e0"),
        3 => "-0".to_owned(),
        4 => (num + 1).to_string(),
        _ => num.to_string(),
    };
    let mut members = vec!["\"_placeholder\":true".to_owned(), format!("\"num\":{num}")];
    if dice.one_in(8) {
        let at = dice.below(3);
        let value = if dice.one_in(3) { MISFIT.to_owned() } else { json(dice, 2) };
        members.insert(at, format!("{}:{value}", dice.one_of(&KEYS)));
    }
    list(dice, '{', &members, '}')
}

fn json(dice: &mut Dice, depth: usize) -> String {
    match dice.below(if depth < 4 { 10 } else { 7 }) {
        0 => dice.one_of(&["null", "true", "false"]).to_string(),
        1 | 2 => number(dice),
        3..=5 => string(dice),
        6 => dice.one_of(&["[]", "{}", "[[]]", "\"\"", PLACEHOLDER]).to_string(),
        7 => object(dice, depth),
        8 if dice.one_in(20) => format!("{}{}", "[".repeat(50), "]".repeat(50)),
        _ => {
            let items: Vec<String> = (0..dice.below(4)).map(|_| json(dice, depth + 1)).collect();
            list(dice, '[', &items, ']')
        }
    }
}

fn object(dice: &mut Dice, depth: usize) -> String {
    let member = |dice: &mut Dice| {
        let key = if dice.one_in(2) { dice.one_of(&KEYS).to_string() } else { string(dice) };
        format!("{key}{}:{}{}", space(dice), space(dice), json(dice, depth + 1))
    };
    let members: Vec<String> = (0..dice.below(4)).map(|_| member(dice)).collect();
    list(dice, '{', &members, '}')
}

fn list(dice: &mut Dice, open: char, items: &[String], close: char) -> String {
    let mut out = open.to_string();
    for (index, item) in items.iter().enumerate() {
        out += if index == 0 { "" } else { "," };
        out += &space(dice);
        out += item;
        out += &space(dice);
    }
    out.push(close);
    out
}

fn number(dice: &mut Dice) -> String {
    if dice.one_in(2) {
        return dice.one_of(&NUMBERS).to_string();
    }
    let double = f64::from_bits(dice.number());
    if double.is_finite() && dice.one_in(2) { format!("{double:e}") } else { dice.below(1000).to_string() }
}

fn string(dice: &mut Dice) -> String {
    format!("\"{}\"", words(dice))
}

/// Text that is also the inside of a JSON string.
fn words(dice: &mut Dice) -> String {
    (0..dice.below(4)).map(|_| *dice.one_of(&WORDS)).collect()
}

fn space(dice: &mut Dice) -> String {
    if dice.one_in(24) { dice.one_of(&[" ", "\t", "\r\n", "\n", "  "]).to_string() } else { String::new() }
}

const NAMESPACES: [&str; 16] = [
    "",
    "",
    "",
    "",
    "",
    "",
    "/,",
    "/a,",
    "/admin,",
    "/a-1/2-b,",
    "/é中😀,",
    "//,",
    "/a?b=c d,",
    "/\"[]\",",
    "/0,",
    "/ ,",
];

const NUMBERS: [&str; 24] = [
    "0",
    "-0",
    "-0.0",
    "1",
    "1.0",
    "1e0",
    "1E+2",
    "-1.5e-3",
    "0.1",
    "1e21",
    "1e-7",
    "123456789012345678901234567890",
    "9007199254740991",
    "9007199254740993",
    "-9007199254740993",
    "0.30000000000000004",
    "1e400",
    "-1e400",
    "1e-400",
    "5e-324",
    "2.2250738585072011e-308",
    "1.7976931348623159e308",
    "0e99",
    "4.35",
];

const KEYS: [&str; 12] = [
    "\"_placeholder\"",
    "\"num\"",
    "\"__proto__\"",
    "\"constructor\"",
    "\"toJSON\"",
    "\"a\"",
    "\"a\"",
    "\"\\u0061\"",
    "\"\"",
    "\"1\"",
    "\"_placeholde\\u0072\"",
    "\"\\ud800\"",
];

const WORDS: [&str; 28] = [
    "a",
    "message",
    "connect",
    "disconnect",
    "newListener",
    "e",
    "é",
    "中",
    "😀",
    "\u{2028}",
    "\u{7f}",
    "\u{feff}",
    "\\ud800",
    "\\udfff",
    "\\ud83d\\ude00",
    "\\uD83D",
    "\\u0000",
    "\\n",
    "\\\"",
    "\\\\",
    "\\/",
    "\\b\\f\\r\\t",
    "0",
    "-",
    ",",
    "/",
    "[]{}:",
    " ",
];

/// Names an attachment that never comes.
const MISFIT: &str = "{\"_placeholder\":true,\"num\":99}";

const PLACEHOLDER: &str = "{\"_placeholder\":true,\"num\":0}";
