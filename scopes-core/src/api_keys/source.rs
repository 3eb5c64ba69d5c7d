//! Where the entries are.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use super::setting::ApiKeyVerifierSetting;

/// A file, or a variable of the environment.
#[derive(Clone, Debug)]
pub(super) enum Source {
    File(PathBuf),
    Environment(OsString),
}

impl Source {
    const MAX_BYTES: u64 = 1 << 20;

    pub(super) const fn setting(&self) -> ApiKeyVerifierSetting {
        match self {
            Self::File(_) => ApiKeyVerifierSetting::File,
            Self::Environment(_) => ApiKeyVerifierSetting::Environment,
        }
    }

    pub(super) const fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Returns the text, or the reason why it cannot be read.
    pub(super) fn read(&self) -> Result<String, String> {
        match self {
            Self::File(path) => {
                // A pipe can be read only once, and some devices have no end.
                let is_file = path.metadata().map(|metadata| metadata.is_file());
                match is_file {
                    Ok(true) => {}
                    Ok(false) => return Err("is not a regular file".to_owned()),
                    Err(error) => return Err(format!("cannot be read: {error}")),
                }
                let mut text = String::new();
                let read = File::open(path).and_then(|file| {
                    let mut file = file.take(Self::MAX_BYTES + 1);
                    file.read_to_string(&mut text)
                });
                read.map_err(|error| format!("cannot be read: {error}"))?;
                if text.len() as u64 > Self::MAX_BYTES {
                    return Err("is larger than 1 MiB".to_owned());
                }
                Ok(text)
            }
            Self::Environment(name) => match std::env::var(name) {
                Ok(text) => Ok(text),
                Err(std::env::VarError::NotPresent) => Err("is not set".to_owned()),
                Err(std::env::VarError::NotUnicode(_)) => Err("is not UTF-8".to_owned()),
            },
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(formatter),
            Self::Environment(name) => name.display().fmt(formatter),
        }
    }
}
