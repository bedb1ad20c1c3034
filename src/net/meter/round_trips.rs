//! How long pings take to be answered, in a few steps.
//!
//! ```text
//!  … ─┬───────┬───────┬─ …
//!   50 ms  100 ms  250 ms      70 ms is counted between 50 and 100
//! ```

use std::time::Duration;

/// The upper bounds of the steps, in milliseconds, and as Prometheus writes them, in seconds: from a machine next door to
/// one that hardly answers in time.
pub(in crate::net) const BOUNDS: [(u64, &str); 13] = [
    (1, "0.001"),
    (5, "0.005"),
    (10, "0.01"),
    (25, "0.025"),
    (50, "0.05"),
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (1_000, "1"),
    (2_500, "2.5"),
    (5_000, "5"),
    (10_000, "10"),
    (20_000, "20"),
];

/// Finds the step; the one behind all bounds has no upper one.
pub(super) fn place(took: Duration) -> usize {
    BOUNDS.partition_point(|(bound, _)| took > Duration::from_millis(*bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_its_step() {
        assert_eq!(place(Duration::ZERO), 0);
        assert_eq!(place(Duration::from_millis(5)), 1);
        assert_eq!(place(Duration::from_micros(5_001)), 2);
        assert_eq!(place(Duration::from_secs(20)), BOUNDS.len() - 1);
        assert_eq!(place(Duration::MAX), BOUNDS.len());
    }

    #[test]
    fn the_bounds_rise_and_are_written_in_seconds() {
        assert!(BOUNDS.is_sorted());
        for (milliseconds, seconds) in BOUNDS {
            assert_eq!(seconds.parse::<f64>().unwrap(), milliseconds as f64 / 1_000.0);
        }
    }
}
