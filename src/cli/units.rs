//! Durations and offsets as people write them.

use std::time::Duration;

use wire42::net::Whom;

/// Reads `300ms`, `25s` or `2m`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err("a duration reads 300ms, 25s or 2m".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "a duration reads 300ms, 25s or 2m".to_owned())?;
    match number.checked_mul(milliseconds).map(Duration::from_millis) {
        Some(duration) if duration.is_zero() => Err("it cannot be zero".to_owned()),
        Some(duration) if duration <= LONGEST => Ok(duration),
        _ => Err("it cannot be longer than a day".to_owned()),
    }
}

/// Reads a port; an empty `PORT`, as compose files make it, is none.
pub(super) fn port(text: &str) -> Result<u16, String> {
    match text {
        "" => Ok(3030),
        text => text.parse().map_err(|_| "a port is a number up to 65535".to_owned()),
    }
}

/// Reads `all`, or the number of a client.
pub(super) fn whom(text: &str) -> Result<Whom, String> {
    match text {
        "all" => Ok(Whom::All),
        number => {
            number.parse().map(Whom::One).map_err(|_| "clients are numbered from 1 as they come".to_owned())
        }
    }
}

/// Reads `+05:30`, in seconds.
pub(super) fn utc_offset(text: &str) -> Result<i32, String> {
    let wrong = || "an offset reads +05:30 or -03:00".to_owned();
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(wrong()),
    };
    let two_digits =
        |digits: &str| match digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.parse::<i32>().ok(),
            false => None,
        };
    let (hours, minutes) = rest.split_once(':').ok_or_else(wrong)?;
    match (two_digits(hours), two_digits(minutes)) {
        (Some(hours @ ..=14), Some(minutes @ ..60)) => Ok(sign * (hours * 60 + minutes) * 60),
        _ => Err(wrong()),
    }
}

const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_number_and_a_unit() {
        assert_eq!(duration("300ms"), Ok(Duration::from_millis(300)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "s", "25", "-1s", "1.5s", "0ms", "25 s", "99999999999999999999s", "2000m"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_offset_has_a_sign_hours_and_minutes() {
        assert_eq!(utc_offset("+05:30"), Ok(19_800));
        assert_eq!(utc_offset("-03:00"), Ok(-10_800));
        for text in ["", "05:30", "+5:30", "+05:60", "+15:00", "+05", "é5:30", "++5:30"] {
            assert!(utc_offset(text).is_err(), "{text}");
        }
    }
}
