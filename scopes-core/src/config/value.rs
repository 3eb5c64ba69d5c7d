//! The values of settings, read from text. Problems are put behind the value.

use std::time::Duration;

use crate::scope::catalog::typo;

pub(super) fn flag(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("is not `true` or `false`".to_owned()),
    }
}

/// A whole number and a unit.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.len()
        - text
            .trim_start_matches(|byte: char| byte.is_ascii_digit())
            .len();
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => None,
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(60 * 60),
        "d" => Some(24 * 60 * 60),
        _ => return Err(NO_DURATION.to_owned()),
    };
    let number = number.parse::<u64>().map_err(|_| NO_DURATION.to_owned())?;
    match seconds {
        None => Ok(Duration::from_millis(number)),
        Some(seconds) => {
            let seconds = number
                .checked_mul(seconds)
                .filter(|all| *all <= MAX_SECONDS);
            let seconds = seconds.ok_or("is longer than 100 years")?;
            Ok(Duration::from_secs(seconds))
        }
    }
}

const NO_DURATION: &str = "is not a duration; write a number and a unit, such as `500ms`, `30s`, `10m`, \
                           `24h` or `7d`";

/// Points in time are computed from durations.
const MAX_SECONDS: u64 = 100 * 365 * 24 * 60 * 60;

pub(super) fn number<T: TryFrom<u64>>(text: &str) -> Result<T, String> {
    let number = text.parse::<u64>().ok();
    let number = number.and_then(|number| number.try_into().ok());
    number.ok_or_else(|| "is not a whole number".to_owned())
}

pub(super) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, String> {
    if let Some((_, meant)) = choices.iter().find(|(word, _)| *word == text) {
        return Ok(*meant);
    }
    let near = choices.iter().filter_map(|(word, _)| {
        let distance = typo::distance(word, text)?;
        Some((distance, *word))
    });
    if let Some((_, meant)) = near.min() {
        return Err(format!("is unknown; did you mean `{meant}`?"));
    }
    let words: Vec<_> = choices
        .iter()
        .map(|(word, _)| format!("`{word}`"))
        .collect();
    Err(format!("is unknown; write one of {}", words.join(", ")))
}

/// The text in the file, without the end of its last line, which editors add.
pub(super) fn secret_in(path: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("cannot be read: {error}"))?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err("is an empty file".to_owned()),
        secret => Ok(secret.to_owned()),
    }
}
