//! The four ways in which services name their scopes, each declared, required, refused and
//! published.

use scopes_core::{
    AuthorizeError, Registry, ResourceServer, ScopeCatalog, requires_scopes, testing,
};

/// One macro for what the four have in common: who is allowed, what a refused caller is told.
macro_rules! pattern {
    ($pattern:ident, $allowed:literal, $refused:literal, $told:literal, $published:literal) => {
        #[test]
        fn $pattern() {
            let caller = |scopes| testing::caller("ada", scopes).expect("valid scopes");
            assert_eq!(caller($allowed).enter(super::$pattern::operation), Ok(()));
            let refusal = caller($refused)
                .enter(super::$pattern::operation)
                .expect_err("refused");
            assert_eq!(refusal.to_string(), $told);
            let server = ResourceServer::builder("https://api.example.com")
                .authorization_server("https://auth.example.com")
                .name(stringify!($pattern))
                .build()
                .expect("valid settings");
            assert_eq!(server.metadata().scopes_supported.to_string(), $published);
        }
    };
}

/// What is touched, then what is done with it.
mod resource_based {
    use super::{AuthorizeError, ScopeCatalog, requires_scopes};

    #[derive(ScopeCatalog)]
    pub(super) enum Scope {
        /// See your photos.
        #[scope("photos:read")]
        PhotosRead,
        /// Change your photos.
        #[scope("photos:write")]
        PhotosWrite,
        /// See your albums.
        #[scope("albums:read")]
        AlbumsRead,
    }

    #[requires_scopes(
        any(Scope::PhotosRead, Scope::PhotosWrite, Scope::AlbumsRead),
        server = "resource_based"
    )]
    pub(super) fn operation() -> Result<(), AuthorizeError> {
        Ok(())
    }
}

/// What is done, whatever it is done to.
mod action_based {
    use super::{AuthorizeError, ScopeCatalog, requires_scopes};

    #[derive(ScopeCatalog)]
    pub(super) enum Scope {
        /// See everything.
        #[scope("read")]
        Read,
        /// Change everything.
        #[scope("write", implies(Read))]
        Write,
        /// Manage accounts.
        #[scope("admin", implies(Write))]
        Admin,
    }

    #[requires_scopes(Scope::Read, server = "action_based")]
    pub(super) fn operation() -> Result<(), AuthorizeError> {
        Ok(())
    }
}

/// Which part of the product is used.
mod feature_based {
    use super::{AuthorizeError, ScopeCatalog, requires_scopes};

    #[derive(ScopeCatalog)]
    pub(super) enum Scope {
        /// See the dashboards.
        #[scope("analytics:view")]
        AnalyticsView,
        /// Take the figures with you.
        #[scope("analytics:export")]
        AnalyticsExport,
    }

    #[requires_scopes(all("analytics:view", "analytics:export"), catalog = Scope, server = "feature_based")]
    pub(super) fn operation() -> Result<(), AuthorizeError> {
        Ok(())
    }
}

/// From the general to the particular. Spelling implies nothing: `implies` does.
mod hierarchical {
    use super::{AuthorizeError, ScopeCatalog, requires_scopes};

    #[derive(ScopeCatalog)]
    pub(super) enum Scope {
        /// See and change everything of yours.
        #[scope("user", implies(UserProfile))]
        User,
        /// See and change your profile.
        #[scope("user:profile", implies(UserProfileRead))]
        UserProfile,
        /// See your profile.
        #[scope("user:profile:read")]
        UserProfileRead,
        /// See your settings.
        #[scope("user:settings:read")]
        UserSettingsRead,
    }

    #[requires_scopes("user:profile:read", catalog = Scope, server = "hierarchical")]
    pub(super) fn operation() -> Result<(), AuthorizeError> {
        Ok(())
    }

    #[requires_scopes("user:settings:read", catalog = Scope, server = "hierarchical")]
    pub(super) fn settings() -> Result<(), AuthorizeError> {
        Ok(())
    }
}

mod patterns {
    use super::{ResourceServer, testing};

    pattern!(
        resource_based,
        "albums:read",
        "albums:write photos",
        "At least one of: photos:read photos:write albums:read is required.",
        "photos:read photos:write albums:read"
    );
    pattern!(
        action_based,
        "admin",
        "Read readonly",
        "read is required.",
        "read"
    );
    pattern!(
        feature_based,
        "analytics:export analytics:view",
        "analytics:view",
        "All of: analytics:view analytics:export are required.",
        "analytics:view analytics:export"
    );
    pattern!(
        hierarchical,
        "user",
        "user:settings:read user:profile:readonly",
        "user:profile:read is required.",
        "user:profile:read user:settings:read"
    );
}

#[test]
fn a_prefix_implies_nothing() {
    let user = testing::caller("ada", "user").expect("valid scopes");
    assert!(
        user.enter(hierarchical::settings).is_err(),
        "`user` does not name the settings"
    );
}

#[test]
fn each_pattern_is_a_server_of_its_own() {
    let registry = Registry::of_program();
    let servers: Vec<_> = registry.servers().collect();
    assert_eq!(
        servers,
        [
            "action_based",
            "feature_based",
            "hierarchical",
            "resource_based"
        ]
    );
}
