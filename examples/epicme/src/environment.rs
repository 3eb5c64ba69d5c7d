//! The variables of the environment, and of a file with more of them.

use std::ffi::OsString;
use std::path::Path;

use crate::start::StartServerError;

/// Returns the variables in `file`, and those of the environment, which come before them.
///
/// # Errors
///
/// If the file cannot be read, or a line is no setting.
pub(crate) fn variables(
    file: Option<&Path>,
) -> Result<Vec<(OsString, OsString)>, StartServerError> {
    let mut variables = Vec::new();
    if let Some(file) = file {
        let invalid = |error: dotenvy::Error| {
            let file = file.display();
            StartServerError::because(match error {
                // The line may have a secret.
                dotenvy::Error::LineParse(..) => {
                    format!("--env-file {file} has a line that is not `NAME=value`")
                }
                error => format!("--env-file {file} cannot be read: {error}"),
            })
        };
        for line in dotenvy::from_path_iter(file).map_err(invalid)? {
            let (name, value) = line.map_err(invalid)?;
            variables.push((name.into(), value.into()));
        }
    }
    variables.extend(std::env::vars_os());
    Ok(variables)
}
