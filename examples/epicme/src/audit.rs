//! The audit trail: JSON lines, in a file for each day.

use std::fs;
use std::path::Path;

use scopes_core::observe::Audit;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::settings::Settings;
use crate::start::StartServerError;

/// Returns the settings of the trail, if there is one.
pub(crate) fn settings(settings: &Settings) -> Result<Option<Audit>, StartServerError> {
    if settings.audit_file.is_none() {
        return Ok(None);
    }
    let audit = Audit::new().allowed(true);
    let Some(file) = &settings.audit_key_file else {
        return Ok(Some(audit));
    };
    let key = fs::read_to_string(file).map_err(|error| {
        let file = file.display();
        StartServerError::because(format!("--audit-key-file {file} cannot be read: {error}"))
    })?;
    let key = bytes(key.trim()).ok_or_else(|| {
        let file = file.display();
        StartServerError::because(format!(
            "--audit-key-file {file} is not 64 hexadecimal digits"
        ))
    })?;
    Ok(Some(audit.subject_key(key)))
}

fn bytes(hexadecimal: &str) -> Option<[u8; 32]> {
    let digits = hexadecimal.as_bytes();
    let mut key = [0; 32];
    if digits.len() != 2 * key.len() {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(key)
}

/// The layer that writes the trail to `file`, with the date behind its name. Lines are written before the
/// request goes on, so that none is lost when the program ends.
pub(crate) fn layer(file: &Path) -> Result<impl Layer<Registry> + use<>, StartServerError> {
    let because = |problem: String| {
        let file = file.display();
        StartServerError::because(format!("--audit-file {file} cannot be written: {problem}"))
    };
    let name = file.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| because("it has no name".to_owned()))?;
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let writer = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(name)
        .build(folder)
        .map_err(|error| because(error.to_string()))?;
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer);
    let trail =
        Targets::new().with_target(Audit::TARGET, tracing_subscriber::filter::LevelFilter::INFO);
    Ok(lines.with_filter(trail))
}
