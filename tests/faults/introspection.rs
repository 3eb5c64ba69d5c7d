//! An authorization server that cannot be asked about tokens.

use scopes_core::introspection::{ClientAuthentication, IntrospectionVerifier};
use scopes_core::reqwest::ReqwestFetch;
use scopes_tests::faulty::{FaultyServer, Received, Reply};
use scopes_tests::issuer::{RESOURCE, now_plus};
use serde_json::json;

use crate::load::{
    CLIENTS, Presented, ROUNDS, TIMEOUT, WELL_KNOWN, application, fail, faults, fetch, load,
    runtime,
};

/// An authorization server that is asked about tokens.
struct TokenSite(FaultyServer);

impl TokenSite {
    fn start() -> Self {
        let site = Self(FaultyServer::start());
        site.recover();
        site
    }

    fn recover(&self) {
        let endpoint = self.0.url("/introspect");
        let metadata = json!({ "issuer": self.0.url(""), "introspection_endpoint": endpoint });
        self.0.bring_up();
        self.0.reply(WELL_KNOWN, Reply::json(&metadata));
        self.0.reply("/introspect", Reply::by(introspected));
    }

    fn verifier(&self) -> IntrospectionVerifier<ReqwestFetch> {
        let client = ClientAuthentication::secret_basic("resource", "secret");
        IntrospectionVerifier::builder(RESOURCE, client)
            .issuer(self.0.url(""))
            .timeout(TIMEOUT)
            .discover_lazily(fetch())
            .expect("valid settings")
    }

    /// Tokens of the clients' own and one that they share, by turns good and bad.
    fn tokens(name: &'static str) -> impl Fn(usize, usize) -> Presented + Send + Sync + 'static {
        move |client, round| match round % 3 {
            0 => (format!("good-{name}"), true),
            1 => (format!("good-{name}-{client}"), true),
            _ => (format!("bad-{name}-{client}"), false),
        }
    }
}

fn introspected(request: &Received) -> Reply {
    let token = request.field("token").unwrap_or_default();
    if token.starts_with("start-up-check") {
        return Reply::json(&json!({ "active": false }));
    }
    let other = if token.starts_with("bad") {
        "https://other.example"
    } else {
        RESOURCE
    };
    Reply::json(&json!({ "active": true, "sub": "ada", "aud": other, "exp": now_plus(600) }))
}

#[test]
fn a_server_that_cannot_be_asked_from_the_start() {
    let (site, runtime) = (TokenSite::start(), runtime());
    for (name, fault) in faults(&Reply::by(introspected)) {
        for paths in [&[WELL_KNOWN][..], &["/introspect"]] {
            site.recover();
            fail(&site.0, fault.as_ref(), paths);
            let application = application(site.verifier());
            let figures = runtime.block_on(load(&application, TokenSite::tokens("start")));
            let figures = figures.report("introspection, from start", name);
            assert_eq!(figures.unavailable, CLIENTS * ROUNDS, "nothing is known");

            site.recover();
            let figures = runtime.block_on(load(&application, TokenSite::tokens("after")));
            let figures = figures.report("introspection, after", name);
            assert_eq!(figures.allowed, CLIENTS * ROUNDS * 2 / 3);
            assert_eq!(figures.unavailable, 0);
        }
    }
}

#[test]
fn a_server_that_cannot_be_asked_later() {
    let (site, runtime) = (TokenSite::start(), runtime());
    for (name, fault) in faults(&Reply::by(introspected)) {
        site.recover();
        let application = application(site.verifier());
        let figures = runtime.block_on(load(&application, TokenSite::tokens("known")));
        assert_eq!(figures.report("introspection, before", name).unavailable, 0);

        fail(&site.0, fault.as_ref(), &[WELL_KNOWN, "/introspect"]);
        let known = runtime.block_on(load(&application, TokenSite::tokens("known")));
        let known = known.report("introspection, remembered", name);
        assert_eq!(
            known.allowed,
            CLIENTS * ROUNDS * 2 / 3,
            "for as long as it may be"
        );
        let new = runtime.block_on(load(&application, TokenSite::tokens("new")));
        let new = new.report("introspection, new", name);
        assert_eq!(new.unavailable, CLIENTS * ROUNDS);
    }
}
