//! A packet as a picture: its text, and under each part what it means.
//!
//! ```text
//! 42["connect"]
//! ││ ^^^^^^^^^ byte 3: this name is the library's own: no peer may send it
//! ││└ payload         JSON, or what was meant to be
//! │└ Socket.IO type   EVENT
//! └ Engine.IO type    message: what follows is a Socket.IO packet
//! ```
//!
//! The text may be anything: what a terminal would obey is written as an escape.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;
use wire42::explain::{Explained, escape};

/// Whether there are colours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// As a terminal shows them.
    Colours,
    /// For a file, or another program.
    None,
}

/// What is drawn, and how.
pub(super) struct Picture<'a> {
    pub(super) packet: &'a Explained,
    /// Its number, and of how many, in a body.
    pub(super) of: Option<(usize, usize)>,
    pub(super) ink: Ink,
    pub(super) width: usize,
}

impl Picture<'_> {
    pub(super) fn draw(&self, out: &mut String) {
        let shown = Shown::of(self.packet, self.width);
        if let Some((number, count)) = self.of {
            line(out, &format!("packet {number} of {count}, at byte {}", self.packet.at));
        }
        line(out, &self.paint(BOLD, &escape(&self.packet.brief)));
        out.push('\n');
        self.draw_text(&shown, out);
        self.draw_error(&shown, out);
        self.draw_parts(&shown, out);
        out.push('\n');
        self.tell("does", &self.packet.does, out);
        if let Some(answer) = &self.packet.answer {
            self.tell("answer", answer, out);
        }
        if let Some(error) = &self.packet.error {
            self.tell("then", &error.then, out);
        }
        let fixture = self.packet.error.as_ref().map_or(self.packet.fixture, |error| error.fixture);
        self.tell("proven", &format!("fixtures/{fixture}.md"), out);
    }

    fn draw_text(&self, shown: &Shown, out: &mut String) {
        let mut painted = String::new();
        for cell in &shown.cells {
            let colour = match self.part_at(cell.at) {
                _ if self.error().is_some_and(|error| error.contains(&cell.at)) => RED,
                Some(index) => COLOURS[index % COLOURS.len()],
                None => PLAIN,
            };
            painted.push_str(&self.paint(colour, &cell.text));
        }
        line(out, &painted);
    }

    /// Points at what is wrong.
    fn draw_error(&self, shown: &Shown, out: &mut String) {
        let (Some(error), Some(range)) = (&self.packet.error, self.error()) else { return };
        let from = shown.column(range.start);
        let to = shown.column(range.end).max(from + 1);
        let before = self.columns(shown).into_iter().filter(|(column, _)| *column < from).collect::<Vec<_>>();
        let carets = self.paint(RED, &"^".repeat(to - from));
        let rule = self.paint(RED, &format!("byte {}: {}", error.at, escape(&error.rule)));
        line(out, &format!("{}{carets} {rule}", self.ticks(&before, from)));
    }

    /// Says what each part means, the last first, so that no line crosses another.
    fn draw_parts(&self, shown: &Shown, out: &mut String) {
        let columns = self.columns(shown);
        let names =
            columns.iter().zip(&self.packet.parts).map(|((column, _), part)| column + 2 + part.name.len());
        let meanings = 2 + names.filter(|end| *end <= self.width / 2).max().unwrap_or_default();
        for (index, part) in self.packet.parts.iter().enumerate().rev() {
            let (column, colour) = columns[index];
            let ticks = self.ticks(&columns[..index], column);
            let name = self.paint(colour, &format!("└ {}", part.name));
            let padding = meanings.saturating_sub(column + 2 + part.name.len()).max(2);
            let indent = column + 2 + part.name.len() + padding;
            let words = wrap(&escape(&part.means), self.width.saturating_sub(indent).max(SHORTEST));
            for (row, words) in words.iter().enumerate() {
                match row {
                    0 => line(out, &format!("{ticks}{name}{}{words}", " ".repeat(padding))),
                    _ => line(out, &format!("{}{words}", self.ticks(&columns[..index], indent))),
                }
            }
        }
    }

    /// A sentence behind its label.
    fn tell(&self, label: &str, sentence: &str, out: &mut String) {
        for (row, words) in wrap(&escape(sentence), self.width - LABEL).iter().enumerate() {
            let label = if row == 0 { label } else { "" };
            line(out, &format!("{}{words}", self.paint(DIM, &format!("{label:LABEL$}"))));
        }
    }

    /// Where each part begins, and its colour.
    fn columns(&self, shown: &Shown) -> Vec<(usize, &'static str)> {
        let parts = self.packet.parts.iter().enumerate();
        parts.map(|(index, part)| (shown.column(part.at), COLOURS[index % COLOURS.len()])).collect()
    }

    /// A line of strokes under parts, up to a column.
    fn ticks(&self, columns: &[(usize, &'static str)], until: usize) -> String {
        let mut text = String::new();
        let mut at = 0;
        for (column, colour) in columns.iter().filter(|(column, _)| *column < until) {
            // Two parts behind an ellipsis share its column.
            if *column < at {
                continue;
            }
            text.push_str(&" ".repeat(column - at));
            text.push_str(&self.paint(colour, "│"));
            at = column + 1;
        }
        text + &" ".repeat(until.saturating_sub(at))
    }

    fn part_at(&self, at: usize) -> Option<usize> {
        self.packet.parts.iter().position(|part| (part.at..part.at + part.length).contains(&at))
    }

    fn error(&self) -> Option<Range<usize>> {
        self.packet.error.as_ref().map(|error| error.at..error.at + error.length)
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        match self.ink {
            Ink::Colours if !colour.is_empty() && !text.is_empty() => format!("\x1b[{colour}m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// A text as it is shown: one cell a character, and an ellipsis where there is no room.
struct Shown {
    cells: Vec<Cell>,
}

struct Cell {
    /// The byte at which it stands in the text.
    at: usize,
    text: String,
    column: usize,
    width: usize,
}

impl Shown {
    fn of(packet: &Explained, width: usize) -> Self {
        let cells = packet.text.char_indices().map(|(at, char)| Cell::of(at, char)).collect::<Vec<_>>();
        let mut shown = Self { cells };
        shown.place();
        if shown.end() > width {
            shown.shorten(packet.error.as_ref().map_or(0, |error| error.at), width);
            shown.place();
        }
        shown
    }

    /// Leaves out what has no room: behind the beginning if something is to be seen further on, and at the end.
    fn shorten(&mut self, wanted: usize, width: usize) {
        let wanted = self.column(wanted);
        let (head, tail) = if wanted + SEEN < width {
            (width - 1, 0..0)
        } else {
            let from = wanted.saturating_sub(width / 3);
            (width / 4, from..from + width * 3 / 4 - 3)
        };
        let is_seen = |cell: &Cell| cell.column + cell.width <= head || tail.contains(&cell.column);
        let mut cells = Vec::new();
        for cell in std::mem::take(&mut self.cells) {
            if is_seen(&cell) {
                cells.push(cell);
            } else if cells.last().is_none_or(|last: &Cell| last.text != "…") {
                cells.push(Cell { text: "…".to_owned(), width: 1, ..cell });
            }
        }
        self.cells = cells;
    }

    fn place(&mut self) {
        let mut column = 0;
        for cell in &mut self.cells {
            cell.column = column;
            column += cell.width;
        }
    }

    /// The column in which the byte at this offset is to be seen.
    fn column(&self, at: usize) -> usize {
        let behind = self.cells.partition_point(|cell| cell.at <= at);
        match self.cells.get(behind.wrapping_sub(1)) {
            Some(cell) if cell.at == at || behind < self.cells.len() => cell.column,
            _ => self.end(),
        }
    }

    fn end(&self) -> usize {
        self.cells.last().map_or(0, |cell| cell.column + cell.width)
    }
}

impl Cell {
    fn of(at: usize, char: char) -> Self {
        let text = escape(char.encode_utf8(&mut [0; 4]));
        let width = if text.len() == char.len_utf8() { char.width().unwrap_or_default() } else { text.len() };
        Self { at, text, column: 0, width }
    }
}

/// Breaks words into lines; a word that is too long has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if columns(line) + 1 + columns(word) <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn columns(text: &str) -> usize {
    text.chars().map(|char| char.width().unwrap_or_default()).sum()
}

fn line(out: &mut String, text: &str) {
    out.push_str(text.trim_end());
    out.push('\n');
}

/// Colours of a terminal, as it knows them; each part has the next.
const COLOURS: [&str; 6] = ["33", "36", "35", "32", "34", "37"];
const PLAIN: &str = "";
const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "1;31";

/// Columns of a label with the blank behind it.
const LABEL: usize = 8;

/// Columns in which a meaning is told at least.
const SHORTEST: usize = 20;

/// Columns that are to be seen behind the place that is wrong.
const SEEN: usize = 10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire42::explain::Reader;

    use super::*;

    fn drawn(input: &[u8], width: usize) -> String {
        let mut text = String::new();
        for packet in &Reader::default().explain_bytes(input).packets {
            Picture { packet, of: None, ink: Ink::None, width }.draw(&mut text);
        }
        text
    }

    /// The line of the text, and the one that points into it.
    fn pointed_at(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let (shown, pointer) = (lines[2], lines[3]);
        let from = columns(&pointer[..pointer.find('^').unwrap()]);
        let mut column = 0;
        let seen = shown.chars().filter(|char| {
            column += char.width().unwrap_or_default();
            column > from && column <= from + pointer.matches('^').count()
        });
        seen.collect()
    }

    #[test]
    fn what_is_wrong_is_pointed_at_wherever_it_is() {
        let long = "x".repeat(300);
        for (text, width) in [
            ("42[\"你好\",oops]".to_owned(), 100),
            (format!("42[\"{long}\",oops]"), 60),
            (format!("42[\"{long}\",oops,\"{long}\"]"), 100),
            (format!("42/{long},[\"{long}\",oops]"), 80),
        ] {
            assert_eq!(pointed_at(&drawn(text.as_bytes(), width)), "o", "{text}");
        }
    }

    #[test]
    fn colours_change_nothing_else() {
        let packet = &Reader::default().explain("42[\"connect\"]").packets[0];
        let mut coloured = String::new();
        Picture { packet, of: None, ink: Ink::Colours, width: 100 }.draw(&mut coloured);
        assert!(coloured.contains("\x1b[1;31m"));
        let plain: String = coloured
            .split('\x1b')
            .map(|part| part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, text)| text))
            .collect();
        assert_eq!(plain, drawn(b"42[\"connect\"]", 100));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_nothing_is_obeyed(bytes in prop::collection::vec(any::<u8>(), 0..300), width in 60..140_usize) {
            let text = drawn(&bytes, width);
            prop_assert!(text.chars().all(|char| char == '\n' || !char.is_control()));
        }

        #[test]
        fn the_text_keeps_within_the_terminal(text in "4[0-6](/[a-z]{0,90},)?\\PC{0,200}", width in 60..140_usize) {
            let drawn = drawn(text.as_bytes(), width);
            let shown = drawn.lines().nth(2).unwrap_or_default();
            prop_assert!(columns(shown) <= width, "{shown}");
        }
    }
}
