//! The settings of a verifier of JWTs.

use super::reader::Reader;
use super::server::Shared;
use crate::jwt::{Algorithm, Issuer, JwtVerifier, JwtVerifierBuilder, JwtVerifierSetting, Profile};

type MakeProfile = fn() -> Profile;

/// The profiles, each with the name of its constructor.
const PROFILES: [(&str, MakeProfile); 10] = [
    ("access_token", Profile::access_token),
    ("at_jwt", Profile::at_jwt),
    ("auth0", Profile::auth0),
    ("cognito", Profile::cognito),
    ("entra", Profile::entra),
    ("entra_v1", Profile::entra_v1),
    ("keycloak", Profile::keycloak),
    ("okta", Profile::okta),
    ("zitadel", Profile::zitadel),
    ("insecure_any_jwt", Profile::insecure_any_jwt),
];

pub(super) fn builder(reader: &mut Reader, shared: &Shared) -> JwtVerifierBuilder {
    let profile = profile(reader);
    let audiences = reader.list("jwt.audience");
    let accepts_missing_audience = reader.is_set("jwt.insecure_accept_missing_audience");
    let jwks_url = reader.text("jwt.jwks_url");
    if jwks_url.is_some() && shared.issuers.len() > 1 {
        let problem = "goes with one `authorization_server`, and there are several";
        reader.note("jwt.jwks_url", None, problem.to_owned());
    }
    let mut builder = JwtVerifier::builder(&shared.resource);
    for url in &shared.issuers {
        let mut issuer = Issuer::new(url).profile(profile.clone());
        for audience in &audiences {
            issuer = issuer.audience(audience);
        }
        if accepts_missing_audience {
            issuer = issuer.insecure_accept_missing_audience();
        }
        if let Some(url) = &jwks_url {
            issuer = issuer.jwks_url(url);
        }
        builder = builder.issuer(issuer);
    }
    for host in &shared.plain_http {
        builder = builder.insecure_allow_http(host);
    }
    if let Some(leeway) = reader.duration("jwt.leeway") {
        builder = builder.leeway(leeway);
    }
    if let Some(lifetime) = reader.duration("jwt.keys_lifetime") {
        builder = builder.keys_lifetime(lifetime);
    }
    if let Some(max_age) = reader.duration("jwt.keys_max_age") {
        builder = builder.keys_max_age(max_age);
    }
    if let Some(interval) = reader.duration("jwt.unknown_key_interval") {
        builder = builder.unknown_key_interval(interval);
    }
    if let Some(cooldown) = reader.duration("jwt.cooldown") {
        builder = builder.cooldown(cooldown);
    }
    if let Some(timeout) = reader.duration("jwt.timeout") {
        builder = builder.timeout(timeout);
    }
    builder
}

fn profile(reader: &mut Reader) -> Profile {
    let profile = reader.choice("jwt.profile", &PROFILES);
    let mut profile = profile.map_or_else(Profile::default, |profile| profile());
    let mut algorithms: Vec<Algorithm> = Vec::new();
    let named = reader.list("jwt.algorithms");
    let is_named = !named.is_empty();
    for name in named {
        use Algorithm::{HS256, HS384, HS512};
        match name.parse() {
            // `Profile::algorithms` ignores these, and a setting that does nothing is a mistake.
            Ok(HS256 | HS384 | HS512) | Err(_) => {
                let problem = "is not a supported algorithm; write one such as `RS256` or `ES256`";
                reader.note("jwt.algorithms", Some(name), problem.to_owned());
            }
            Ok(algorithm) => algorithms.push(algorithm),
        }
    }
    if is_named {
        profile = profile.algorithms(algorithms);
    }
    let claims = reader.list("jwt.scope_claims");
    if claims.is_empty() {
        profile
    } else {
        profile.scope_claims(claims)
    }
}

pub(super) const fn key_of(setting: JwtVerifierSetting) -> &'static str {
    use JwtVerifierSetting as Setting;
    match setting {
        Setting::Resource => "resource",
        Setting::Issuer => "authorization_server",
        Setting::InsecureAllowHttp => "insecure_allow_http",
        Setting::Audience => "jwt.audience",
        // A word for a profile is checked before; what is left are its algorithms.
        Setting::Profile => "jwt.algorithms",
        Setting::Jwks | Setting::JwksUrl => "jwt.jwks_url",
        Setting::Leeway => "jwt.leeway",
        Setting::Timeout => "jwt.timeout",
        Setting::KeysMaxAge => "jwt.keys_max_age",
        Setting::UnknownKeyInterval => "jwt.unknown_key_interval",
    }
}
