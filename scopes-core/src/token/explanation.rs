//! Every check of one token, for its operator.

use std::fmt::{self, Write as _};

use super::provider::Provider;
use super::rejection::Rejection;
use crate::scope::GrantedScopes;

/// The checks of a token by a verifier: what was expected, what the token has, and what to change.
///
/// Returned by [`JwtVerifier::explain`](crate::jwt::JwtVerifier::explain), and printed by
/// `scopes explain --token`. It contains the issuer, the audiences, the scopes and the types of the
/// token, and nothing about the user.
///
/// ```
/// # fn print(explanation: &scopes_core::token::TokenExplanation) {
/// for check in explanation.checks() {
///     println!("{}: expected {}, found {}", check.name(), check.expected(), check.found());
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TokenExplanation {
    checks: Vec<TokenCheck>,
    granted: Option<GrantedScopes>,
    provider: Option<Provider>,
}

/// One check of a token.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "testing-issuer")] {
/// # use scopes_core::{ResourceServer, jwt::JwtVerifier, testing::Issuer};
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp")
/// #     .authorization_server("https://auth.example.com")
/// #     .build()?;
/// # let issuer = Issuer::start_as("https://auth.example.com").await?;
/// # let verifier = JwtVerifier::discover(&server, issuer.fetch()).await?;
/// let token = issuer.token("https://other.example.com/mcp").sign()?;
/// let explanation = verifier.explain(&token).await;
/// let mut checks = explanation.checks().iter();
/// let audience = checks.find(|check| check.name() == "audience").ok_or("it is checked")?;
/// assert!(audience.expected().contains("mcp.example.com"));
/// assert!(audience.found().contains("other.example.com"));
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TokenCheck {
    name: &'static str,
    expected: String,
    found: String,
    result: CheckResult,
}

/// The result of a [`TokenCheck`].
///
/// ```
/// use scopes_core::token::CheckResult;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(feature = "testing-issuer")] {
/// # use scopes_core::{ResourceServer, jwt::JwtVerifier, testing::Issuer};
/// # let server = ResourceServer::builder("https://mcp.example.com/mcp")
/// #     .authorization_server("https://auth.example.com")
/// #     .build()?;
/// # let issuer = Issuer::start_as("https://auth.example.com").await?;
/// # let verifier = JwtVerifier::discover(&server, issuer.fetch()).await?;
/// let token = issuer.token("https://other.example.com/mcp").sign()?;
/// let explanation = verifier.explain(&token).await;
/// let checks = explanation.checks().iter();
/// let failed = checks.filter(|check| matches!(check.result(), CheckResult::Failed(_)));
/// let failed: Vec<&str> = failed.map(|check| check.name()).collect();
/// assert_eq!(failed, ["audience"]);
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckResult {
    /// The token has what is expected.
    Passed,
    /// The token is rejected for this reason.
    Failed(Box<Rejection>),
    /// The check could not be made, such as that of a signature without keys.
    NotMade(String),
}

impl TokenExplanation {
    pub(crate) fn new(checks: Vec<TokenCheck>, provider: Option<Provider>) -> Self {
        Self {
            checks,
            granted: None,
            provider,
        }
    }

    /// Returns the explanation of an accepted token that grants these scopes.
    pub(crate) fn accepted(mut self, granted: GrantedScopes) -> Self {
        self.granted = Some(granted);
        self
    }

    /// Returns every check, in the order in which the verifier makes them.
    #[must_use]
    pub fn checks(&self) -> &[TokenCheck] {
        &self.checks
    }

    /// Returns the scopes that the token grants; `None` if the verifier does not accept it.
    #[must_use]
    pub fn granted(&self) -> Option<&GrantedScopes> {
        self.granted.as_ref()
    }

    fn verdict(&self) -> String {
        let failed = self.checks.iter().filter(|check| check.has_failed());
        match failed.count() {
            _ if self.granted.is_some() => "The token is accepted.".to_owned(),
            0 => "The token cannot be verified.".to_owned(),
            1 => "The token is rejected.".to_owned(),
            failed => format!("The token is rejected: {failed} checks fail."),
        }
    }
}

impl TokenCheck {
    pub(crate) fn new(
        name: &'static str,
        expected: impl Into<String>,
        found: impl Into<String>,
        result: Result<(), Rejection>,
    ) -> Self {
        Self {
            name,
            expected: expected.into(),
            found: found.into(),
            result: match result {
                Ok(()) => CheckResult::Passed,
                Err(rejection) => CheckResult::Failed(Box::new(rejection)),
            },
        }
    }

    pub(crate) fn not_made(name: &'static str, expected: impl Into<String>, why: String) -> Self {
        Self {
            name,
            expected: expected.into(),
            found: String::new(),
            result: CheckResult::NotMade(why),
        }
    }

    pub(crate) const fn has_failed(&self) -> bool {
        matches!(self.result, CheckResult::Failed(_))
    }

    /// Returns the name of the check, such as `audience`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns what the verifier's settings expect.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Returns what the token has, escaped and shortened; empty if the check was not made.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Returns the result.
    #[must_use]
    pub const fn result(&self) -> &CheckResult {
        &self.result
    }
}

/// Prints a line for each check and, below a failed one, the setting to change.
impl fmt::Display for TokenExplanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.verdict())?;
        for check in &self.checks {
            let TokenCheck {
                name,
                expected,
                found,
                result,
            } = check;
            match result {
                CheckResult::Passed => writeln!(formatter, "  ok    {name:<9}  {found}")?,
                CheckResult::Failed(rejection) => {
                    writeln!(formatter, "  FAIL  {name:<9}  found {found}")?;
                    writeln!(formatter, "{INDENT}expected {expected}")?;
                    writeln!(formatter, "{INDENT}{rejection}")?;
                    let provider = self.provider.as_ref();
                    if let Some((name, advice)) = provider.and_then(|it| it.advice(rejection)) {
                        writeln!(formatter, "{INDENT}At {name}: {advice}")?;
                    }
                }
                CheckResult::NotMade(why) => {
                    writeln!(formatter, "  ?     {name:<9}  not checked: {why}")?;
                }
            }
        }
        Ok(())
    }
}

const INDENT: &str = "                   ";

/// Returns a value of the token for display: escaped, and cut after 200 characters.
pub(crate) fn shown(value: &str) -> String {
    let mut shown = String::from("`");
    let mut characters = value.chars();
    for character in characters.by_ref().take(200) {
        // Writing to a string does not fail.
        let _ = write!(shown, "{}", character.escape_debug());
    }
    shown.push_str(if characters.next().is_some() {
        "..`"
    } else {
        "`"
    });
    shown
}
