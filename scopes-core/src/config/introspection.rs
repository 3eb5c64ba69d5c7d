//! The settings of a verifier by introspection.

use super::reader::Reader;
use super::server::Shared;
use crate::introspection::{
    ClientAuthentication, IntrospectionVerifier, IntrospectionVerifierBuilder,
    IntrospectionVerifierSetting,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    SecretBasic,
    SecretPost,
    Bearer,
    None,
}

/// The ways to authenticate the client, each with the name of its constructor.
const METHODS: [(&str, Method); 4] = [
    ("secret_basic", Method::SecretBasic),
    ("secret_post", Method::SecretPost),
    ("bearer", Method::Bearer),
    ("none", Method::None),
];

/// `is_used` is `false` for another verifier, which needs no client.
pub(super) fn builder(
    reader: &mut Reader,
    shared: &Shared,
    is_used: bool,
) -> IntrospectionVerifierBuilder {
    let client = client(reader, is_used);
    let mut builder = IntrospectionVerifier::builder(&shared.resource, client);
    let issuer = reader.text("introspection.issuer");
    let issuer = issuer.or_else(|| match shared.issuers.as_slice() {
        [issuer] => Some(issuer.clone()),
        _ => None,
    });
    if let Some(issuer) = issuer {
        builder = builder.issuer(issuer);
    }
    if let Some(endpoint) = reader.text("introspection.endpoint") {
        builder = builder.endpoint(endpoint);
    }
    for audience in reader.list("introspection.audience") {
        builder = builder.audience(audience);
    }
    if reader.is_set("introspection.insecure_accept_missing_audience") {
        builder = builder.insecure_accept_missing_audience();
    }
    if let Some(claim) = reader.text("introspection.subject_claim") {
        builder = builder.subject_claim(claim);
    }
    if reader.is_set("introspection.insecure_accept_made_up_tokens") {
        builder = builder.insecure_accept_made_up_tokens();
    }
    for host in &shared.plain_http {
        builder = builder.insecure_allow_http(host);
    }
    if let Some(timeout) = reader.duration("introspection.timeout") {
        builder = builder.timeout(timeout);
    }
    if let Some(max_age) = reader.duration("introspection.max_age") {
        builder = builder.max_age(max_age);
    }
    if let Some(max_age) = reader.duration("introspection.max_rejection_age") {
        builder = builder.max_rejection_age(max_age);
    }
    if let Some(bytes) = reader.number("introspection.max_bytes") {
        builder = builder.max_bytes(bytes);
    }
    if let Some(questions) = reader.number("introspection.max_questions") {
        builder = builder.max_questions(questions);
    }
    builder
}

const METHOD: &str = "introspection.client_authentication";
const CLIENT_ID: &str = "introspection.client_id";
const CLIENT_SECRET: &str = "introspection.client_secret";
const BEARER: &str = "introspection.bearer";

fn client(reader: &mut Reader, is_used: bool) -> ClientAuthentication {
    let method = reader.choice(METHOD, &METHODS);
    let id = reader.text(CLIENT_ID);
    let secret = reader.secret(CLIENT_SECRET);
    let token = reader.secret(BEARER);
    // An unknown method is a mistake already; what it needs is unknown, too.
    let is_unknown = method.is_none() && reader.is_written(METHOD);
    if !is_used || is_unknown {
        return ClientAuthentication::none();
    }
    let method = method.unwrap_or(Method::SecretBasic);
    let has_client = matches!(method, Method::SecretBasic | Method::SecretPost);
    need(
        reader,
        CLIENT_ID,
        has_client,
        "`secret_basic` or `secret_post`",
    );
    need_secret(
        reader,
        CLIENT_SECRET,
        has_client,
        "`secret_basic` or `secret_post`",
    );
    need_secret(reader, BEARER, method == Method::Bearer, "`bearer`");
    match (method, id, secret, token) {
        (Method::SecretBasic, Some(id), Some(secret), _) => {
            ClientAuthentication::secret_basic(id, secret)
        }
        (Method::SecretPost, Some(id), Some(secret), _) => {
            ClientAuthentication::secret_post(id, secret)
        }
        (Method::Bearer, _, _, Some(token)) => ClientAuthentication::bearer(token),
        // None is needed, or its lack is reported.
        _ => ClientAuthentication::none(),
    }
}

fn need(reader: &mut Reader, key: &str, is_needed: bool, methods: &str) {
    if is_needed && !reader.is_written(key) {
        let problem = "is missing; `verify` with `introspection` needs it, unless \
                       `introspection.client_authentication` is `bearer` or `none`";
        reader.note(key, None, problem.to_owned());
    } else if !is_needed {
        refuse(reader, key, methods);
    }
}

fn need_secret(reader: &mut Reader, key: &str, is_needed: bool, methods: &str) {
    let in_file = format!("{key}_file");
    if !is_needed {
        refuse(reader, key, methods);
        refuse(reader, &in_file, methods);
    } else if !reader.is_written(key) && !reader.is_written(&in_file) {
        let problem = format!("is missing; set it, or name a file with `{in_file}`");
        reader.note(key, None, problem);
    }
}

fn refuse(reader: &mut Reader, key: &str, methods: &str) {
    if reader.is_chosen(key) {
        let problem = format!("goes with `{METHOD}` {methods}");
        reader.note(key, None, problem);
    }
}

pub(super) const fn key_of(setting: IntrospectionVerifierSetting) -> &'static str {
    use IntrospectionVerifierSetting as Setting;
    match setting {
        Setting::Resource => "resource",
        Setting::Client => "introspection.client_authentication",
        Setting::Issuer => "introspection.issuer",
        Setting::Endpoint => "introspection.endpoint",
        Setting::Audience => "introspection.audience",
        Setting::SubjectClaim => "introspection.subject_claim",
        Setting::Timeout => "introspection.timeout",
        Setting::MaxQuestions => "introspection.max_questions",
        Setting::InsecureAllowHttp => "insecure_allow_http",
    }
}
