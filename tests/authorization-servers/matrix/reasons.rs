//! The clients that end early, for a reason that lies with them or with the authorization server.

/// A client that ends early at an authorization server, where it registers itself or is registered.
pub(crate) struct EndsEarly {
    pub(crate) server: &'static str,
    pub(crate) registers: bool,
    pub(crate) client: &'static str,
    /// What the client then says.
    pub(crate) said: &'static str,
    pub(crate) reason: &'static str,
}

/// One of these that is complete is a problem too.
pub(crate) const END_EARLY: [EndsEarly; 12] = [
    refreshes("Keycloak", false),
    refreshes("Django", false),
    refreshes("Django", true),
    does_not_step_up("Ory Hydra"),
    does_not_step_up("better-auth"),
    does_not_step_up("Django"),
    EndsEarly {
        server: "Keycloak",
        registers: true,
        client: "Inspector",
        said: "Policy 'Trusted Hosts' rejected",
        reason: "The Inspector registers with the URL of its home page. Keycloak refuses clients with a URL on a \
                 host that its *Trusted Hosts* policy does not name.",
    },
    EndsEarly {
        server: "Keycloak",
        registers: true,
        client: "mcp-go",
        said: "Unrecognized field \"resource\"",
        reason: "mcp-go sends a member `resource` when it registers. Keycloak refuses members that it does not \
                 know.",
    },
    EndsEarly {
        server: "Ory Hydra",
        registers: true,
        client: "Go SDK",
        said: "declined invalid_scope",
        reason: "The Go SDK registers with the members that the application sets in advance, without the scopes \
                 of the server. A client of Hydra may ask only for the scopes that it registered for.",
    },
    EndsEarly {
        server: "better-auth",
        registers: true,
        client: "Go SDK",
        said: "insufficient_scope: entries:write is required.",
        reason: "The Go SDK registers anew at every authorization. At the step-up it is a client that the user \
                 has granted nothing yet, and here the user grants such a client a part.",
    },
    EndsEarly {
        server: "better-auth",
        registers: true,
        client: "mcp-go",
        said: "web clients require https redirect URIs",
        reason: "mcp-go registers without `application_type`. better-auth takes it for a web client, which may \
                 not be sent back to a loopback URL.",
    },
    EndsEarly {
        server: "better-auth",
        registers: false,
        client: "mcp-go",
        said: "failed to decode token response",
        reason: "better-auth adds a member `expires_at` to the token response, a number. mcp-go reads it as a \
                 text and fails.",
    },
];

const fn refreshes(server: &'static str, registers: bool) -> EndsEarly {
    EndsEarly {
        server,
        registers,
        client: "TypeScript 1.x",
        said: "after trying upscoping",
        reason: "The authorization server issues a refresh token even if the client does not register for one. \
                 TypeScript 1.x answers a 403 by refreshing, which adds no scope, and does not ask the user.",
    }
}

const fn does_not_step_up(server: &'static str) -> EndsEarly {
    EndsEarly {
        server,
        registers: true,
        client: "Inspector",
        said: "auth() returned AUTHORIZED without authorization code",
        reason: "Without `--client-id`, the Inspector's command line answers a 403 by refreshing, and ends.",
    }
}
