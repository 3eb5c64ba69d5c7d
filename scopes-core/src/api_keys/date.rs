//! The dates on which keys expire.

use std::time::{Duration, SystemTime};

/// Returns the beginning of a date in UTC, written as `2027-03-01`; `None` if it is no date since 1970.
pub(super) fn beginning_of(date: &str) -> Option<SystemTime> {
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts[..] else {
        return None;
    };
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let years = (1970..year).map(days_of_year).sum::<u64>();
    let months = (1..month).map(|month| days_of(year, month)).sum::<u64>();
    let days = years + months + day - 1;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(days * 24 * 60 * 60))
}

fn number(text: &str, digits: usize) -> Option<u64> {
    let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

const fn is_leap_year(year: u64) -> bool {
    year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400)
}

const fn days_of_year(year: u64) -> u64 {
    if is_leap_year(year) { 366 } else { 365 }
}

const fn days_of(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap_year(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (date, days) in [
            ("1970-01-01", 0),
            ("1970-12-31", 364),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2026-11-26", 20_783),
            ("2100-03-01", 47_541),
            ("9999-12-31", 2_932_896),
        ] {
            let expected = SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400);
            assert_eq!(beginning_of(date), Some(expected), "{date}");
        }
        for date in [
            "",
            "2027",
            "2027-3-1",
            "2027-03-00",
            "2027-02-29",
            "2100-02-29",
            "2027-13-01",
            "1969-12-31",
            "27-03-01",
            "+027-03-01",
            "2027-03-01T00",
            "2027-03-01-",
            "2027/03/01",
        ] {
            assert_eq!(beginning_of(date), None, "{date}");
        }
    }
}
