//! All that is counted, summed up at one moment.
//!
//! ```text
//! meters of the threads ─┐
//! rooms of the hub      ─┴─> Reading ──> families of series: /metrics, and the log of refusals
//! ```

use std::borrow::Cow;
use std::fmt;

use super::table::{COUNTED, Head, Kind, Label, ROOMS};
use super::{PACKETS, Sums};
use crate::hub::Totals;

/// What was read.
pub(in crate::net) struct Reading {
    pub(in crate::net) sums: Sums,
    pub(in crate::net) totals: Totals,
}

/// A family with its numbers.
pub(in crate::net) struct Family {
    pub(in crate::net) head: Head,
    pub(in crate::net) series: Vec<(Cow<'static, [Label]>, u64)>,
}

impl Reading {
    /// Lists all whole numbers.
    pub(in crate::net) fn families(&self) -> impl Iterator<Item = Family> {
        let counted = COUNTED.iter().map(|(head, series)| Family {
            head: *head,
            series: series.iter().map(|(count, labels)| ((*labels).into(), self.sums.of(*count))).collect(),
        });
        let rooms = ROOMS.iter().map(|(head, series)| Family {
            head: *head,
            series: series.iter().map(|(read, labels)| ((*labels).into(), read(&self.totals))).collect(),
        });
        counted.chain([self.packets()]).chain(rooms)
    }

    fn packets(&self) -> Family {
        let head = Head {
            kind: Kind::Counter,
            name: "wire42_packets_total",
            help: "Packets, by their first characters; an Engine.IO message holds a Socket.IO packet, which counts too.",
        };
        let directions = ["in", "out"].into_iter().zip(&self.sums.packets);
        let series = directions.flat_map(|(direction, sums)| {
            PACKETS.iter().zip(sums).map(move |((protocol, kind), sum)| {
                let labels = vec![("direction", direction), ("protocol", *protocol), ("type", *kind)];
                (labels.into(), *sum)
            })
        });
        Family { head, series: series.collect() }
    }
}

/// Labels as Prometheus writes them, and nothing if there are none.
pub(in crate::net) struct Shown<'a>(pub(in crate::net) &'a [(&'a str, &'a str)]);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            let value = value.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n");
            write!(f, "{}{name}=\"{value}\"", if index == 0 { '{' } else { ',' })?;
        }
        f.write_str(if self.0.is_empty() { "" } else { "}" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(Shown(&[]).to_string(), "");
        let labels = [("a", "1"), ("b", "\"\\\n")];
        assert_eq!(Shown(&labels).to_string(), r#"{a="1",b="\"\\\n"}"#);
    }

    #[test]
    fn no_family_is_there_twice() {
        let reading = Reading { sums: Sums::default(), totals: Totals::default() };
        let mut names: Vec<&str> = reading.families().map(|family| family.head.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
