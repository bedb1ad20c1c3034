//! Wires that nobody meant: valid ones changed in a few places, and texts that never were any.

use crate::fuzz::Dice;
use crate::packet::Content;
use crate::vector::Kind;

/// Changes a wire in one to four places; `other` lends pieces.
pub(super) fn mutate(dice: &mut Dice, kind: Kind, mut wire: Vec<Content>, other: &[Content]) -> Vec<Content> {
    let most = *dice.one_of(&[1, 1, 2, 4]);
    for _ in 0..=dice.below(most) {
        if kind == Kind::SocketPacket && dice.one_in(6) {
            shuffle(dice, &mut wire);
            continue;
        }
        // An attachment means nothing, so most changes are to the texts.
        let at = if dice.one_in(8) { dice.below(wire.len()) } else { 0 };
        match &mut wire[at] {
            Content::Text(text) => *text = changed(dice, text, other),
            Content::Binary(bytes) => *bytes = dice.bytes(8),
        }
    }
    wire
}

/// Makes a wire of random letters that the grammar knows, and of some that it does not.
pub(super) fn broken(dice: &mut Dice, kind: Kind) -> Vec<Content> {
    let is_framed = kind == Kind::SocketPacket && dice.one_in(2);
    let (first, last) = if is_framed { *dice.one_of(&FRAMES) } else { ("", "") };
    let most = *dice.one_of(&[3, 24]);
    let mut wire = vec![Content::Text(format!("{first}{}{last}", letters(dice, most)))];
    if kind == Kind::SocketPacket {
        wire.extend((0..dice.below(3)).map(|_| Content::Binary(dice.bytes(4))));
        if dice.one_in(16) {
            wire.swap_remove(0);
        }
        if wire.is_empty() {
            wire.push(Content::Text(letters(dice, 4)));
        }
    } else if kind == Kind::EnginePacket && dice.one_in(16) {
        wire = vec![Content::Binary(dice.bytes(24))];
    }
    wire
}

/// Drops a frame, says one twice, or lets two change places.
fn shuffle(dice: &mut Dice, wire: &mut Vec<Content>) {
    let (at, to) = (dice.below(wire.len()), dice.below(wire.len()));
    match dice.below(3) {
        0 if wire.len() > 1 => drop(wire.remove(at)),
        1 => wire.insert(at, wire[to].clone()),
        _ => wire.swap(at, to),
    }
}

fn changed(dice: &mut Dice, text: &str, other: &[Content]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    // Half of the changes are where the header is.
    let most = if dice.one_in(2) { chars.len().min(8) } else { chars.len() };
    let from = dice.below(most + 1);
    let to = (from + dice.below(6)).min(chars.len());
    match dice.below(8) {
        0 => drop(chars.drain(from..to)),
        1 => {
            let piece = chars[from..to].to_vec();
            chars.splice(from..from, piece);
        }
        2 => drop(chars.splice(from..to, letters(dice, 4).chars())),
        3 | 4 => drop(chars.splice(from..from, dice.one_of(&WORDS).chars())),
        5 => chars.truncate(to),
        6 => {
            let lent: Vec<char> = other.iter().filter_map(Content::as_text).flat_map(str::chars).collect();
            let (start, end) = dice.range(lent.len(), 12);
            chars.splice(from..to, lent[start..end].iter().copied());
        }
        _ => {
            if let Some(c) = chars.get_mut(from) {
                *c = letter(dice);
            }
        }
    }
    chars.into_iter().collect()
}

fn letters(dice: &mut Dice, most: usize) -> String {
    (0..dice.below(most + 1)).map(|_| letter(dice)).collect()
}

fn letter(dice: &mut Dice) -> char {
    if dice.one_in(16) { dice.letter() } else { *dice.one_of(&LETTERS) }
}

/// What a packet may begin and end with, whatever stands between.
const FRAMES: [(&str, &str); 12] = [
    ("0", "{}"),
    ("0{", "}"),
    ("1", ""),
    ("2[\"a\",", "]"),
    ("2[\"", "\"]"),
    ("2", "[\"a\"]"),
    ("2/", ",[1]"),
    ("3[", "]"),
    ("4\"", "\""),
    ("51-", "[\"a\"]"),
    ("5", "-[\"a\",{\"_placeholder\":true,\"num\":0}]"),
    ("61-[{\"_placeholder\":true,\"num\":", "}]"),
];

const WORDS: [&str; 32] = [
    " ",
    "\t",
    "\n",
    "\u{a0}",
    "\u{feff}",
    "\u{2028}",
    "\u{b}",
    "0",
    "1",
    "12",
    "9999999999999999999",
    "-",
    "0-",
    "0x1-",
    "1e0-",
    " 1-",
    "+1-",
    "1.5-",
    "11-",
    "/",
    "/n,",
    ",",
    "=",
    "==",
    "_",
    "null",
    "[]",
    "\"a\":1,",
    "{\"_placeholder\":true,\"num\":0}",
    "\"num\":0.5,",
    "{\"_placeholder\":true,\"num\":99}",
    "\u{1e}",
];

const LETTERS: [char; 48] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'b', 'A', 'Q', 'I', 'D', '=', '=', '+', '/', '-', '_',
    ',', '[', ']', '{', '}', '"', '"', ':', '\\', 'u', 'n', 't', 'e', 'E', 'x', '.', ' ', '\t', '\n',
    '\u{a0}', '\u{feff}', '\u{1e}', '\0', 'é', 'Ł', '😀', 'a',
];
