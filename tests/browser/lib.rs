//! EpicMe's pages in Chromium: `cargo test -p scopes-browser`.
