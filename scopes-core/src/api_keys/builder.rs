//! The settings of a verifier of API keys, which are validated before the first request.

use std::ffi::OsString;
use std::path::PathBuf;

use super::prefix::problem_of_prefix;
use super::ring::Ring;
use super::setting::{ApiKeyVerifierSetting, BuildApiKeyVerifierError};
use super::source::Source;
use super::verifier::ApiKeyVerifier;
use crate::setting::InvalidSetting;
use crate::token::TokenVerifier;

/// Collects the settings of an [`ApiKeyVerifier`].
///
/// ```
/// use scopes_core::api_keys::ApiKeyVerifier;
/// # use scopes_core::testing::StaticVerifier;
///
/// let builder = ApiKeyVerifier::builder("journal_").file("/no/such/file");
/// let error = builder.build(StaticVerifier::new()).unwrap_err();
/// assert!(error.to_string().contains("/no/such/file"));
/// ```
#[derive(Clone, Debug)]
#[must_use = "the settings take effect with `build`"]
pub struct ApiKeyVerifierBuilder {
    prefix: String,
    sources: Vec<Source>,
}

impl ApiKeyVerifierBuilder {
    pub(super) const fn new(prefix: String) -> Self {
        Self {
            prefix,
            sources: Vec::new(),
        }
    }

    /// Takes the entries in this file, which is [read again](super#changes) when it is used; can be
    /// called several times. Replace the file by renaming another one to its path: in a file that is half
    /// written keys are missing, and are rejected. A line that was cut off is invalid.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.push(Source::File(path.into()));
        self
    }

    /// Takes the entries in this variable of the environment, one a line, as they are at the start; can
    /// be called several times.
    pub fn environment(mut self, variable: impl Into<OsString>) -> Self {
        self.sources.push(Source::Environment(variable.into()));
        self
    }

    /// Returns a verifier for the keys in the lists. It leaves tokens without the prefix to `others`. Put
    /// a cache around `others` alone: keys need none.
    ///
    /// # Errors
    ///
    /// All invalid settings, and every mistake in every list.
    pub fn build<V: TokenVerifier>(
        self,
        others: V,
    ) -> Result<ApiKeyVerifier<V>, BuildApiKeyVerifierError> {
        self.read().map(|in_front_of| in_front_of(others))
    }

    /// Validates the settings and reads the lists. Returns the verifier in front of another one.
    pub(crate) fn read<V: TokenVerifier>(
        self,
    ) -> Result<impl FnOnce(V) -> ApiKeyVerifier<V>, BuildApiKeyVerifierError> {
        let mut problems = Vec::new();
        if let Some(problem) = problem_of_prefix(&self.prefix) {
            let setting = ApiKeyVerifierSetting::Prefix;
            problems.push(InvalidSetting::new(setting, &self.prefix, problem));
        }
        if self.sources.is_empty() {
            let setting = ApiKeyVerifierSetting::File;
            let problem = "is missing, and so is `environment`; set one of them";
            problems.push(InvalidSetting::new(setting, "", problem));
        }
        let ring = Ring::read(self.prefix, self.sources, &mut problems);
        BuildApiKeyVerifierError::check((), problems)?;
        Ok(move |others| ApiKeyVerifier::new(ring, others))
    }
}
