//! Support for several tests and benchmarks.

pub mod clients;
pub mod documented;
pub mod faulty;
pub mod issuer;
pub mod measure;
pub mod ports;
pub mod recorded;
pub mod vocabulary;

/// The code of the guide.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../docs/guide/quick-start.md")]
    mod quick_start {}
    #[doc = include_str!("../../docs/guide/catalog-and-naming.md")]
    mod catalog_and_naming {}
    #[doc = include_str!("../../docs/guide/requirements.md")]
    mod requirements {}
    #[doc = include_str!("../../docs/guide/mcp-server.md")]
    mod mcp_server {}
    #[doc = include_str!("../../docs/guide/coming-from-older-rmcp.md")]
    mod coming_from_older_rmcp {}
    #[doc = include_str!("../../docs/guide/arguments.md")]
    mod arguments {}
    #[doc = include_str!("../../docs/guide/public-tools.md")]
    mod public_tools {}
    #[doc = include_str!("../../docs/guide/deployment.md")]
    mod deployment {}
    #[doc = include_str!("../../docs/guide/api-keys.md")]
    mod api_keys {}
    #[doc = include_str!("../../docs/guide/access-token-profile.md")]
    mod access_token_profile {}
    #[doc = include_str!("../../docs/guide/providers/auth0.md")]
    mod auth0 {}
    #[doc = include_str!("../../docs/guide/providers/authentik.md")]
    mod authentik {}
    #[doc = include_str!("../../docs/guide/providers/cognito.md")]
    mod cognito {}
    #[doc = include_str!("../../docs/guide/providers/entra.md")]
    mod entra {}
    #[doc = include_str!("../../docs/guide/providers/okta.md")]
    mod okta {}
    #[doc = include_str!("../../docs/guide/providers/zitadel.md")]
    mod zitadel {}
    #[doc = include_str!("../../docs/guide/revocation.md")]
    mod revocation {}
    #[doc = include_str!("../../docs/guide/new-scope.md")]
    mod new_scope {}
    #[doc = include_str!("../../docs/guide/start.md")]
    mod start {}
    #[doc = include_str!("../../docs/guide/verifier.md")]
    mod verifier {}
    #[doc = include_str!("../../docs/guide/review.md")]
    mod review {}
    #[doc = include_str!("../../docs/guide/audit.md")]
    mod audit {}
    #[doc = include_str!("../../docs/guide/metrics.md")]
    mod metrics {}
    #[doc = include_str!("../../docs/guide/testing.md")]
    mod testing {}
}
