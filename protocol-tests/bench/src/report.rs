//! All tables, and the part of the project's README that shows them.
//!
//! ```text
//! <!-- bench -->
//! 2026-01-31, AMD EPYC, 2 cores, …
//! <!-- end of bench -->
//! ```

use std::io;

use clap::ValueEnum;

use crate::projection::projection;
use crate::results::Results;
use crate::scenario::Scenario;
use crate::table::scenario_table;
use crate::target::target_table;

/// Draws everything.
pub fn report(results: &Results) -> String {
    let mut parts = vec![preface(results), peers(results)];
    for &scenario in Scenario::value_variants() {
        if let Some(table) = scenario_table(results, scenario) {
            parts.push(format!("**`{}`** {}", scenario.name(), scenario.sentence()));
            parts.push(table.trim_end().to_owned());
        }
    }
    if let Some(table) = target_table(results) {
        parts.push("**Targets**".to_owned());
        parts.push(table.trim_end().to_owned());
    }
    parts.extend(projection(results));
    parts.join("\n\n")
}

/// Puts the report between the marks of a README.
///
/// # Errors
///
/// It has not exactly these two marks, in this order.
pub fn splice(readme: &str, report: &str) -> io::Result<String> {
    let no_marks = || io::Error::other(format!("the README has no {BEGIN} before a {END}, or has several"));
    let (before, rest) = readme.split_once(BEGIN).ok_or_else(no_marks)?;
    let (_, after) = rest.split_once(END).ok_or_else(no_marks)?;
    if [before, after].iter().any(|part| part.contains(BEGIN) || part.contains(END)) {
        return Err(no_marks());
    }
    Ok(format!("{before}{BEGIN}\n\n{report}\n\n{END}{after}"))
}

fn preface(results: &Results) -> String {
    let machine = &results.machine;
    let runs = match results.runs.len() {
        1 => "one run".to_owned(),
        several => format!("medians of {several} runs"),
    };
    let warning =
        if results.quick { " **Small sizes, to try it out: no figure stands for anything.**" } else { "" };
    format!(
        "{}, {}, {} cores shared with the load, {} GiB, Linux {}; {runs}. `protocol-tests/bench/run{}` measures \
         again.{warning}",
        results.date,
        machine.cpu,
        machine.cores,
        machine.memory_gib,
        machine.kernel,
        if results.runs.len() > 1 { format!(" --runs {}", results.runs.len()) } else { String::new() },
    )
}

fn peers(results: &Results) -> String {
    let mut lines: Vec<String> =
        results.peers.iter().map(|peer| format!("- {}: {}", peer.name, peer.version)).collect();
    lines.extend(results.left_out.iter().map(|peer| format!("- {} is left out: {}", peer.name, peer.reason)));
    lines.join("\n")
}

const BEGIN: &str = "<!-- bench -->";
const END: &str = "<!-- end of bench -->";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{LeftOut, sample};

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let readme = "# wire42\n\n<!-- bench -->\nold\n<!-- end of bench -->\n\nAnd so on.\n";

        let spliced = splice(readme, "new").unwrap();

        assert_eq!(spliced, "# wire42\n\n<!-- bench -->\n\nnew\n\n<!-- end of bench -->\n\nAnd so on.\n");
        assert_eq!(splice(&spliced, "new").unwrap(), spliced);
    }

    #[test]
    fn a_readme_without_its_marks_stays_as_it_is() {
        for readme in [
            "",
            "<!-- bench -->",
            "<!-- end of bench -->\n<!-- bench -->",
            "<!-- bench --><!-- end of bench --><!-- bench --><!-- end of bench -->",
        ] {
            assert!(splice(readme, "new").is_err(), "{readme}");
        }
    }

    #[test]
    fn who_is_left_out_is_named_with_the_reason() {
        let mut results = sample(&[("rounds", "wire42", "cpu_us", 6.9)]);
        results.left_out.push(LeftOut { name: "bun".into(), reason: "npm: not found".into() });

        let text = report(&results);

        assert!(text.contains("- bun is left out: npm: not found"), "{text}");
        assert!(text.contains("- wire42: wire42 1.0"), "{text}");
    }
}
