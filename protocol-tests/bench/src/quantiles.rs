//! Times and their quantiles.
//!
//! ```
//! use std::time::Duration;
//! use wire42_bench::quantiles::{millis, times};
//!
//! let mut histogram = times();
//! histogram.saturating_record(1_500);
//! assert_eq!(millis(&histogram, 0.99), 1.5);
//! ```

use hdrhistogram::Histogram;

/// Opens a histogram of microseconds: exact to a thousandth, up to ten minutes.
pub fn times() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order")
}

/// Gives a quantile in milliseconds: at least this share of the times is not longer.
pub fn millis(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    histogram.value_at_quantile(quantile) as f64 / 1_000.0
}

/// Gives the middle of several runs; the mean of the two middle ones if their number is even.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        len if len % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_least_time_that_so_many_do_not_exceed() {
        let mut histogram = times();
        for micros in 1..=1_000 {
            histogram.saturating_record(micros);
        }

        assert_eq!([0.5, 0.99, 0.999, 1.0].map(|q| millis(&histogram, q)), [0.5, 0.99, 0.999, 1.0]);
    }

    #[test]
    fn a_median_is_the_middle_or_between_the_two_middle_ones() {
        assert_eq!(median(&[3.0, 1.0, 100.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0, 100.0, 2.0]), Some(3.0));
        assert_eq!(median(&[]), None);
    }
}
