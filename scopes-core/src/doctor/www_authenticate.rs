//! The challenge of the 401, by the rules that shipped clients need.

use http::header::WWW_AUTHENTICATE;

use super::challenge::{ReadChallenge, read};
use super::client::Answer;
use super::finding::Finding;
use crate::document::shortened;
use crate::resource::{OFFLINE_ACCESS, parameter_problem};
use crate::scope::ScopeSet;

const CHECK: &str = "challenge";

/// Clients and proxies refuse longer headers, and no challenge needs so much.
const MAX_BYTES: usize = 8 * 1024;
const MAX_PARAMETERS: usize = 32;

/// Returns the challenge that clients act on, without judging it.
pub(super) fn challenge_of(answer: &Answer) -> Option<ReadChallenge> {
    chosen(read_all(answer).ok()?)
}

/// Clients that know Bearer pass over the other schemes.
fn chosen(mut challenges: Vec<ReadChallenge>) -> Option<ReadChallenge> {
    let is_bearer = |challenge: &ReadChallenge| challenge.scheme.eq_ignore_ascii_case("Bearer");
    let place = challenges.iter().position(is_bearer).unwrap_or(0);
    (place < challenges.len()).then(|| challenges.swap_remove(place))
}

/// Reads the challenges of all headers.
///
/// # Errors
///
/// Returns the first problem.
fn read_all(answer: &Answer) -> Result<Vec<ReadChallenge>, Finding> {
    let values = answer.texts(WWW_AUTHENTICATE);
    let bytes: usize = values.iter().map(|value| value.len()).sum();
    let advice = "clients and proxies refuse long headers: keep it below 8 KiB and 32 parameters";
    if bytes > MAX_BYTES {
        let found = format!("`WWW-Authenticate` has {bytes} bytes");
        return Err(Finding::problem(CHECK, found, advice));
    }
    let mut challenges = Vec::new();
    for value in values {
        challenges.extend(read(value).map_err(|problem| {
            Finding::problem(
                CHECK,
                format!("`{}` cannot be read: {problem}", shortened(value)),
                "write `Bearer` and parameters as `name=\"value\"`, with commas between them \
                 (RFC 9110 section 11.6.1)",
            )
        })?);
    }
    let parameters = challenges
        .iter()
        .map(|challenge| challenge.parameters.len());
    let parameters: usize = parameters.sum();
    if parameters > MAX_PARAMETERS {
        let found = format!("`WWW-Authenticate` has {parameters} parameters");
        return Err(Finding::problem(CHECK, found, advice));
    }
    Ok(challenges)
}

/// Returns the challenge that clients act on.
pub(super) fn read_challenge(
    answer: &Answer,
    findings: &mut Vec<Finding>,
) -> Option<ReadChallenge> {
    if answer.has_foreign_text(WWW_AUTHENTICATE) {
        findings.push(Finding::problem(
            CHECK,
            "`WWW-Authenticate` has characters other than visible ASCII",
            "write visible ASCII only (RFC 6750 section 3)",
        ));
    }
    if answer.texts(WWW_AUTHENTICATE).is_empty() && !answer.has_foreign_text(WWW_AUTHENTICATE) {
        let advice = "send `WWW-Authenticate: Bearer resource_metadata=\"..\"`; if a proxy stands in \
                      between, let the header pass";
        findings.push(Finding::problem(CHECK, "no `WWW-Authenticate`", advice));
    }
    let challenges = match read_all(answer) {
        Ok(challenges) => challenges,
        Err(problem) => {
            findings.push(problem);
            return None;
        }
    };
    if challenges.len() > 1 {
        let schemes = challenges.iter().map(|challenge| challenge.scheme.as_str());
        let schemes = schemes.collect::<Vec<_>>().join(", ");
        findings.push(Finding::warning(
            CHECK,
            format!("{} challenges: {}", challenges.len(), shortened(&schemes)),
            "send one: some clients read the first alone, others mix the parameters",
        ));
    }
    let challenge = chosen(challenges)?;
    let before = findings.len();
    judge(&challenge, findings);
    if findings.len() == before {
        let parameters = challenge.parameters.iter();
        let names: Vec<_> = parameters.map(|(name, _)| name.as_str()).collect();
        let found = format!("{} with {}", challenge.scheme, names.join(", "));
        findings.push(Finding::ok(CHECK, shortened(&found)));
    }
    Some(challenge)
}

fn judge(challenge: &ReadChallenge, findings: &mut Vec<Finding>) {
    let scheme = challenge.scheme.as_str();
    if !["Bearer", "DPoP"].contains(&scheme) {
        let known = scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("DPoP");
        let finding = Finding::warning(
            CHECK,
            format!("the scheme is `{}`", shortened(scheme)),
            "write `Bearer`: some clients compare the letters",
        );
        findings.push(finding.problem_if(!known));
    }
    if let Some(name) = challenge.repeated() {
        findings.push(Finding::problem(
            CHECK,
            format!("`{}` is there more than once", shortened(name)),
            "write each parameter once (RFC 6750 section 3)",
        ));
    }
    if challenge.parameter("resource_metadata").is_none() {
        findings.push(Finding::warning(
            CHECK,
            "no `resource_metadata`",
            "add the URL of the metadata (RFC 9728 section 5.1): clients then need not guess it",
        ));
    }
    if challenge.parameter("error").is_some() {
        findings.push(Finding::warning(
            CHECK,
            "`error` in the answer to a request without a token",
            "leave it out there (RFC 6750 section 3.1)",
        ));
    }
    for (name, value) in &challenge.parameters {
        if let Some(problem) = parameter_problem(value) {
            findings.push(Finding::warning(
                CHECK,
                format!("`{}` {problem}", shortened(name)),
                "write the value without it",
            ));
        }
    }
    match challenge.parameter("scope").map(str::parse::<ScopeSet>) {
        Some(Ok(scope)) if scope.is_empty() => findings.push(Finding::problem(
            CHECK,
            "`scope` is empty",
            "leave `scope` out: some clients then ask for no scope at all",
        )),
        Some(Ok(scope)) if scope.contains(OFFLINE_ACCESS) => findings.push(Finding::warning(
            CHECK,
            "`scope` contains `offline_access`",
            "leave it out: clients ask for it where they want a refresh token (MCP authorization)",
        )),
        Some(Err(problem)) => findings.push(Finding::problem(
            CHECK,
            format!("`scope` is not a list of scopes: {problem}"),
            "separate scopes by one space (RFC 6749 section 3.3)",
        )),
        _ => {}
    }
}
