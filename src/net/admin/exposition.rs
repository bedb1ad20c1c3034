//! Prometheus' text format, version 0.0.4.
//!
//! ```text
//! # HELP wire42_sessions Sessions that exist, by the transport that carries them.
//! # TYPE wire42_sessions gauge
//! wire42_sessions{transport="polling"} 3
//! ```

use std::fmt::{Display, Write as _};

use crate::net::meter::{Head, Kind, Shown};

/// A page that is being written, family by family.
#[derive(Default)]
pub(in crate::net) struct Exposition(String);

impl Exposition {
    /// Begins a family.
    pub(in crate::net) fn family(&mut self, head: Head) -> Family<'_> {
        let kind = match head.kind {
            Kind::Counter | Kind::Refusals => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let help = head.help.replace('\\', r"\\").replace('\n', r"\n");
        self.line(format_args!("# HELP {} {help}", head.name));
        self.line(format_args!("# TYPE {} {kind}", head.name));
        Family { page: self, name: head.name }
    }

    /// Writes a family of one series without labels.
    pub(in crate::net) fn single(&mut self, head: Head, value: impl Display) {
        self.family(head).sample("", &[], value);
    }

    /// Gives the text.
    pub(super) fn finish(self) -> String {
        self.0
    }

    fn line(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").expect("a String takes all");
    }
}

/// A family of which the samples are being written.
pub(in crate::net) struct Family<'a> {
    page: &'a mut Exposition,
    name: &'static str,
}

impl Family<'_> {
    /// Writes a sample; those of a histogram have a suffix to their name.
    pub(in crate::net) fn sample(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        self.page.line(format_args!("{}{suffix}{} {value}", self.name, Shown(labels)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_says_what_it_is_and_then_its_samples() {
        let mut page = Exposition::default();
        let head = Head { kind: Kind::Histogram, name: "x_seconds", help: "a \\ and\na line" };
        let mut family = page.family(head);
        family.sample("_bucket", &[("le", "0.5")], 1);
        family.sample("_sum", &[], 0.25);
        assert_eq!(
            page.finish(),
            "# HELP x_seconds a \\\\ and\\na line\n# TYPE x_seconds histogram\n\
             x_seconds_bucket{le=\"0.5\"} 1\nx_seconds_sum 0.25\n"
        );
    }
}
