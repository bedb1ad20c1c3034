//! The page `/metrics`: what was counted, and what the operating system says of the process.
//!
//! ```text
//! wire42_build_info{version="0.1.0"} 1
//! wire42_sessions{transport="polling"} 3                       from the table
//! wire42_heartbeat_round_trip_seconds_bucket{le="0.05"} 7      how long pings took to be answered
//! process_resident_memory_bytes 5242880                        from the operating system
//! ```

use std::time::Duration;

use super::exposition::Exposition;
use super::process;
use crate::net::meter::{BOUNDS, Head, Kind, Sums};
use crate::net::server::Shared;

/// Writes the page.
pub(super) fn page(shared: &Shared) -> String {
    let mut page = Exposition::default();
    page.family(BUILD).sample("", &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let reading = shared.read();
    for numbers in reading.families() {
        let mut family = page.family(numbers.head);
        for (labels, number) in numbers.series {
            family.sample("", &labels, number);
        }
    }
    round_trips(&mut page, &reading.sums);
    shared.storage.write(&mut page);
    process::write(&mut page);
    page.finish()
}

fn round_trips(page: &mut Exposition, sums: &Sums) {
    let mut family = page.family(ROUND_TRIPS);
    let mut count = 0;
    for (number, (_, bound)) in sums.round_trips.iter().zip(BOUNDS) {
        count += number;
        family.sample("_bucket", &[("le", bound)], count);
    }
    let count: u64 = sums.round_trips.iter().sum();
    family.sample("_bucket", &[("le", "+Inf")], count);
    family.sample("_sum", &[], Duration::from_nanos(sums.round_trip_nanos).as_secs_f64());
    family.sample("_count", &[], count);
}

const BUILD: Head = Head {
    kind: Kind::Gauge,
    name: "wire42_build_info",
    help: "Always 1; the label says which version runs.",
};

const ROUND_TRIPS: Head = Head {
    kind: Kind::Histogram,
    name: "wire42_heartbeat_round_trip_seconds",
    help: "From when a ping was due to when its pong was read.",
};
