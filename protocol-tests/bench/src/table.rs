//! The table of one scenario, in Markdown that is aligned, so that it reads as well in a terminal.
//!
//! ```text
//! | server       | CPU a delivery, µs | × wire42 | × floor | round p50, ms |
//! |--------------|-------------------:|---------:|--------:|--------------:|
//! | wire42       |               6.99 |     1.00 |    1.60 |           6.8 |
//! | socketioxide |              13.70 |     1.96 |    3.14 |          14.1 |
//! ```

use crate::outcome::Outcome;
use crate::results::Results;
use crate::scenario::{Column, Row, Scenario};

/// Draws the table of a scenario, with a line for each note; nothing if nobody ran it.
pub fn scenario_table(results: &Results, scenario: Scenario) -> Option<String> {
    let name = scenario.name();
    let outcomes: Vec<(&str, Outcome)> = results
        .peers
        .iter()
        .filter_map(|peer| Some((&*peer.name, results.median(&name, &peer.name)?)))
        .collect();
    let columns = scenario.columns();
    let mut rows = vec![heading(columns)];
    for &row in scenario.rows() {
        for (peer, outcome) in &outcomes {
            let has = |column: &Column| outcome.figures.contains_key(&column.key_in(row));
            // Small sizes have fewer rows, and so has who failed; a note says that.
            if scenario.rows().len() > 1 && !columns.iter().any(has) {
                continue;
            }
            let mark = if outcome.flawed { " \\*" } else { "" };
            let label = if row.label.is_empty() { String::new() } else { format!(", {}", row.label) };
            let mut line = vec![format!("{peer}{label}{mark}")];
            line.extend(columns.iter().flat_map(|column| cells(results, &name, outcome, *column, row)));
            rows.push(line);
        }
    }
    let mut text = aligned(&rows);
    for (peer, outcome) in &outcomes {
        for note in &outcome.notes {
            text.push_str(&format!("\n{}{peer}: {note}", if outcome.flawed { "\\* " } else { "" }));
            text.push_str("  ");
        }
    }
    (!outcomes.is_empty()).then_some(text)
}

/// Lays cells out under each other: the first row is the heading, the first column stands left, the others right.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let line: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| match column {
                0 => format!(" {cell:<width$} "),
                _ => format!(" {cell:>width$} "),
            })
            .collect();
        text.push_str(&format!("|{}|\n", line.join("|")));
        if number == 0 {
            let rule = |(column, width): (usize, &usize)| match column {
                0 => "-".repeat(width + 2),
                _ => format!("{}:", "-".repeat(width + 1)),
            };
            let rules: Vec<String> = widths.iter().enumerate().map(rule).collect();
            text.push_str(&format!("|{}|\n", rules.join("|")));
        }
    }
    text
}

/// Writes a figure with so many digits behind the point, and commas between thousands.
pub fn figure(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, whole) = whole.split_at(usize::from(whole.starts_with('-')));
    let thousands: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().filter_map(|group| str::from_utf8(group).ok()).collect();
    format!("{sign}{}{fraction}", thousands.join(","))
}

/// Divides a figure by that of another peer.
pub fn ratio(value: f64, other: Option<f64>) -> Option<f64> {
    other.filter(|other| *other != 0.0).map(|other| value / other)
}

fn heading(columns: &[Column]) -> Vec<String> {
    let mut heading = vec!["server".to_owned()];
    for column in columns {
        heading.push(column.heading.to_owned());
        heading.extend(column.by.iter().map(|peer| format!("× {peer}")));
    }
    heading
}

fn cells(results: &Results, scenario: &str, outcome: &Outcome, column: Column, row: Row) -> Vec<String> {
    let key = column.key_in(row);
    let own = outcome.figures.get(&key).copied();
    let mut cells = vec![own.map_or_else(absent, |own| figure(own, column.digits))];
    cells.extend(column.by.iter().map(|peer| {
        let other = results.figure(scenario, peer, &key);
        own.and_then(|own| ratio(own, other)).map_or_else(absent, |ratio| figure(ratio, 2))
    }));
    cells
}

fn absent() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::sample;

    #[test]
    fn figures_stand_beside_their_multiples_of_ours_and_of_the_floor() {
        let results = sample(&[
            ("rounds", "floor", "cpu_us", 4.0),
            ("rounds", "wire42", "cpu_us", 5.0),
            ("rounds", "socketioxide", "cpu_us", 12.5),
        ]);

        let table = scenario_table(&results, Scenario::Rounds).unwrap();

        let row = table.lines().find(|line| line.contains("socketioxide")).unwrap();
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells[1..5], ["socketioxide", "12.50", "2.50", "3.12"]);
    }

    #[test]
    fn rows_of_a_kind_stand_beside_each_other() {
        let results = sample(&[
            ("store", "wire42", "per_s_1", 900.0),
            ("store", "wire42", "per_s_16", 8_000.0),
            ("store", "socketioxide", "per_s_1", 300.0),
        ]);

        let table = scenario_table(&results, Scenario::Store).unwrap();

        let names: Vec<&str> =
            table.lines().skip(2).filter_map(|line| line.split('|').nth(1)).map(str::trim).collect();
        assert_eq!(names, ["wire42, 1 writer", "socketioxide, 1 writer", "wire42, 16 writers"]);
    }

    #[test]
    fn what_was_not_measured_is_no_number() {
        let results = sample(&[("rounds", "wire42", "cpu_us", 5.0)]);

        let table = scenario_table(&results, Scenario::Rounds).unwrap();

        let row = table.lines().find(|line| line.starts_with("| wire42")).unwrap();
        assert_eq!(row.split('|').map(str::trim).nth(4), Some("–"));
        assert_eq!(scenario_table(&results, Scenario::Burst), None);
    }

    #[test]
    fn a_flaw_marks_its_row_and_is_told() {
        let mut results = sample(&[("burst", "wire42", "per_s", 5.0)]);
        results.runs[0].get_mut("burst").unwrap().insert("floor".into(), Outcome::failed("it died"));

        let table = scenario_table(&results, Scenario::Burst).unwrap();

        assert!(table.contains("| floor \\* |"), "{table}");
        assert!(table.contains("\\* floor: failed: it died"), "{table}");
    }

    #[test]
    fn thousands_have_commas() {
        let figures = [(0.0, 0), (999.0, 0), (1_000.0, 0), (-1_234_567.891, 2)];

        assert_eq!(
            figures.map(|(value, digits)| figure(value, digits)),
            ["0", "999", "1,000", "-1,234,567.89"]
        );
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        assert_eq!([ratio(3.0, Some(2.0)), ratio(3.0, Some(0.0)), ratio(3.0, None)], [Some(1.5), None, None]);
    }
}
