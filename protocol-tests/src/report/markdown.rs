//! The matrix as Markdown, for a README: how many runs of each group hold on each target, then what is noted.
//!
//! ```text
//! | group   | ours  | other         |
//! |---------|------:|--------------:|
//! | upgrade | 24/24 | 21/24 ✗2 !1   |
//! ```

use std::collections::BTreeMap;

use super::mark::{Class, MARKS, Mark};
use super::matrix::{Cell, Matrix, Row};
use super::visible::visible;

/// Writes the table and the notes.
pub(super) fn write(matrix: &Matrix) -> String {
    let names: Vec<String> = matrix.columns.iter().map(|column| plain(&column.target.name)).collect();
    let mut out = format!("| group | {} |\n|---|{}\n", names.join(" | "), "---:|".repeat(names.len()));
    for (group, rows) in groups(matrix) {
        out += &line(matrix, &plain(group), &rows);
    }
    out += &line(matrix, "**all**", &matrix.rows.iter().collect::<Vec<_>>());
    out += &legend(matrix);
    for (column, name) in matrix.columns.iter().zip(&names) {
        if let Some(trouble) = &column.trouble {
            out += &format!("\n**{name}** cannot be trusted: {}\n", plain(trouble));
        }
        if !column.notes.is_empty() {
            out += &format!("\n### Notes on {name}\n\n");
        }
        for (id, words) in &column.notes {
            out += &format!("- `{id}`: {}\n", visible(words));
        }
    }
    out
}

/// The rows of each group, in the order in which the groups first come.
fn groups(matrix: &Matrix) -> Vec<(&str, Vec<&Row>)> {
    let mut order: Vec<(&str, Vec<&Row>)> = Vec::new();
    let mut places = BTreeMap::new();
    for row in &matrix.rows {
        let group = row.id.split('/').next().unwrap_or_default();
        let place = *places.entry(group).or_insert_with(|| {
            order.push((group, Vec::new()));
            order.len() - 1
        });
        order[place].1.push(row);
    }
    order
}

fn line(matrix: &Matrix, group: &str, rows: &[&Row]) -> String {
    let cells = (0..matrix.columns.len()).map(|column| {
        let cells: Vec<&Cell> = rows.iter().flat_map(|row| row.cells[column].iter().flatten()).collect();
        tally(&cells)
    });
    format!("| {group} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// How many hold of those that were judged, and how many do not, by sign.
fn tally(cells: &[&Cell]) -> String {
    let count = |fits: &dyn Fn(Mark) -> bool| cells.iter().filter(|cell| fits(Mark::of(&cell.word))).count();
    let judged = count(&|mark| mark.class.is_judged());
    if judged == 0 {
        return "–".to_owned();
    }
    let held = count(&|mark| matches!(mark.class, Class::Good | Class::Lax));
    let mut out = format!("{held}/{judged}");
    for mark in MARKS.iter().filter(|mark| mark.class.is_judged() && mark.class != Class::Good) {
        match count(&|other| other.word == mark.word) {
            0 => {}
            many => out += &format!(" {}{many}", mark.sign),
        }
    }
    out
}

/// Explains the signs that occur.
fn legend(matrix: &Matrix) -> String {
    let cells = || matrix.rows.iter().flat_map(|row| row.cells.iter().flatten().flatten());
    let used = MARKS.iter().filter(|mark| mark.class.is_judged() && mark.class != Class::Good);
    let used = used.filter(|mark| cells().any(|cell| cell.word == mark.word));
    let signs: Vec<String> =
        used.map(|mark| format!("{} {} ({})", mark.sign, mark.word, mark.says)).collect();
    let counted = "Runs that hold, of those that were judged";
    if signs.is_empty() { format!("\n{counted}.\n") } else { format!("\n{counted}; {}.\n", signs.join("; ")) }
}

/// Text that is nothing but text in a table.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '\n' => out.push(' '),
            '\\' | '`' | '|' | '*' | '_' | '[' | ']' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::notes::Notes;
    use crate::report::tests::results;

    #[test]
    fn a_group_is_a_line_and_a_target_a_column() {
        let ours = results("ours", &[("a/x", "OK", ""), ("b/x[polling]", "LAX", "l"), ("b/y", "INFO", "i")]);
        let other = results("oth|er", &[("a/x", "FAIL", "f"), ("b/x[polling]", "N/A", "n")]);
        let notes = Notes::read("- `a/x`: mend it");
        let text = write(&Matrix::new(vec![(ours, Notes::default()), (other, notes)]));
        let expected = "| group | ours | oth\\|er |\n|---|---:|---:|\n| a | 1/1 | 0/1 ✗1 |\n| b | 1/1 ~1 | – |\n| **all** | 2/2 ~1 | 0/1 ✗1 |\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.contains("### Notes on oth\\|er\n\n- `a/x`: mend it\n"), "{text}");
    }
}
