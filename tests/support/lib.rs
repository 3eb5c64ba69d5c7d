//! Support for several tests and benchmarks.

pub mod clients;
pub mod faulty;
pub mod issuer;
pub mod measure;
pub mod recorded;
pub mod vocabulary;

/// The code of the guide.
#[cfg(doctest)]
mod guide {
    #[doc = include_str!("../../docs/guide/quick-start.md")]
    mod quick_start {}
    #[doc = include_str!("../../docs/guide/coming-from-older-rmcp.md")]
    mod coming_from_older_rmcp {}
    #[doc = include_str!("../../docs/guide/arguments.md")]
    mod arguments {}
    #[doc = include_str!("../../docs/guide/public-tools.md")]
    mod public_tools {}
    #[doc = include_str!("../../docs/guide/api-keys.md")]
    mod api_keys {}
    #[doc = include_str!("../../docs/guide/access-token-profile.md")]
    mod access_token_profile {}
    #[doc = include_str!("../../docs/guide/start.md")]
    mod start {}
    #[doc = include_str!("../../docs/guide/testing.md")]
    mod testing {}
}
