# Lists the recipes.
default:
    @just --list

# Everything that must hold before a change lands.
check: lint dependencies docs api features packages test

# Formatting and lints, with all features and with none.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    cargo clippy -p scopes-core --no-default-features -- -D warnings

# Licences, sources, advisories, dependencies of the bare core, the declared Rust version, and unused
# dependencies.
dependencies:
    .ci/deny
    .ci/bare-core
    .ci/msrv
    .ci/unused-dependencies

# The documentation, without a warning, also as docs.rs builds it, and the guide as a book in target/book.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features
    .ci/examples
    .ci/docs-rs
    .ci/book

# Types of other crates in the public API, and what breaks since the latest release.
api:
    .ci/external-types
    .ci/semver

# Lints with every two features together.
features:
    PATH="$(.ci/tools cargo-hack):$PATH" .ci/feature-pairs

# The packed crates build, with the lowest versions of their dependencies.
packages:
    .ci/packages

# Every test.
test:
    cargo test --workspace --all-features

# Every client at every authorization server; writes docs/interop.md.
interop:
    tests/authorization-servers/install keycloak
    tests/authorization-servers/install hydra
    tests/authorization-servers/install better-auth
    tests/authorization-servers/install django
    tests/interop/install go
    tests/interop/install java
    tests/interop/install inspector
    cargo build -p epicme
    cargo test -p scopes-authorization-servers -- --write

# What decisions, tokens, requests, registries and compilations cost, as ratios to a limit.
bench:
    cargo bench -p scopes-tests -p scopes-peers

# The picture of the page, made by Debian's Chromium from a program that mounts the command.
screenshot program="cargo run -q -p epicme --" scopes="entries:read":
    {{program}} scopes report --format html --output target/scopes.html
    cd tests/page && npm ci --ignore-scripts && node screenshot.mjs ../../target/scopes.html ../../docs/report-page.png {{scopes}}

# Fuzzes every target for twenty minutes each, or one for so many seconds.
fuzz target="" seconds="1200":
    tests/fuzz/run {{seconds}} {{target}}
