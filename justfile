# Lists the recipes.
default:
    @just --list

# Everything that must hold before a change lands.
check: lint docs features test

# Formatting and lints, with all features and with none.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    cargo clippy -p scopes-core --no-default-features -- -D warnings

# The documentation, without a warning.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --all-features

# Every two features build together.
features:
    cargo hack check -p scopes-core --feature-powerset --depth 2 --no-dev-deps

# Every test.
test:
    cargo test --workspace --all-features

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

# Licences, sources and duplicate versions of the dependencies.
deny:
    cargo deny check licenses bans sources
