//! Links between documents lead somewhere, and those of the README also from docs.rs and crates.io.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// What an absolute link to a file of the repository begins with.
const HERE: [&str; 3] = [
    "https://github.com/scopes-rs/scopes/blob/main/",
    "https://github.com/scopes-rs/scopes/tree/main/",
    "https://raw.githubusercontent.com/scopes-rs/scopes/main/",
];

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the root").to_owned()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The documents in the root and below `docs`.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root(), root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && folder != root() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// Where the links and images of a document lead.
fn links(document: &str) -> Vec<String> {
    let source = Regex::new(r#"<(?:img|a)\s[^>]*(?:src|href)="([^"]+)""#).expect("a pattern");
    let mut found = Vec::new();
    for event in Parser::new_ext(document, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                found.push(dest_url.into_string());
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let sources = source.captures_iter(&html);
                found.extend(sources.map(|captures| captures[1].to_owned()));
            }
            _ => {}
        }
    }
    found
}

/// The names under which the headings of a document are linked to.
fn anchors(document: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(document, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let heading = heading.take().unwrap_or_default().to_lowercase();
                let kept = heading
                    .chars()
                    .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                found.push(kept.collect::<String>().replace(' ', "-"));
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    found
}

/// Returns whether a relative path leads to a file of the folder, by its segments alone.
fn is_below(folder: &Path, from: &Path, path: &str) -> bool {
    let parent = from.parent().expect("a folder");
    let depth = parent
        .strip_prefix(folder)
        .expect("below")
        .components()
        .count();
    let up = path
        .split('/')
        .take_while(|segment| *segment == "..")
        .count();
    up <= depth
}

/// What is wrong with a link that is in this document.
fn problem(from: &Path, link: &str) -> Option<String> {
    let here = HERE.iter().find_map(|prefix| link.strip_prefix(prefix));
    if here.is_none() && (link.contains("://") || link.starts_with("mailto:")) {
        return None;
    }
    let (path, anchor) = match here.unwrap_or(link).split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (here.unwrap_or(link), None),
    };
    let is_relative = here.is_none() && !path.is_empty();
    if is_relative && from == root().join("README.md") {
        return Some("a relative link of the README is broken on docs.rs".to_owned());
    }
    let guide = root().join("docs/guide");
    if is_relative && from.starts_with(&guide) && !is_below(&guide, from, path) {
        return Some("a relative link out of the guide is broken in the book".to_owned());
    }
    let to = match path {
        "" => from.to_owned(),
        path if here.is_some() => root().join(path),
        path => from.parent().expect("a folder").join(path),
    };
    if !to.exists() {
        return Some("there is no such file".to_owned());
    }
    let is_missing = |anchor: &str| !anchors(&text(&to)).iter().any(|name| name == anchor);
    anchor
        .is_some_and(is_missing)
        .then(|| "there is no such heading".to_owned())
}

#[test]
fn every_link_leads_somewhere() {
    let mut checked = 0;
    let mut broken = Vec::new();
    for document in documents() {
        for link in links(&text(&document)) {
            checked += 1;
            if let Some(problem) = problem(&document, &link) {
                broken.push(format!("{}: {link}: {problem}", document.display()));
            }
        }
    }
    assert!(checked > 20, "{checked} links were found");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn broken_links_are_found() {
    let readme = root().join("README.md");
    let summary = root().join("docs/guide/SUMMARY.md");
    let broken = [
        (&readme, "docs/consent.png"),
        (&readme, "#no-such-heading"),
        (
            &readme,
            "https://github.com/scopes-rs/scopes/blob/main/docs/none.md",
        ),
        (&summary, "none.md"),
        (&summary, "quick-start.md#none"),
        (&summary, "../interop.md"),
    ];
    for (document, link) in broken {
        assert!(problem(document, link).is_some(), "{link}");
    }
    assert_eq!(problem(&readme, "#run-it"), None);
    assert_eq!(problem(&summary, "quick-start.md#try-it"), None);
}

/// The summary is the table of contents that mdBook reads.
#[test]
fn the_guide_lists_every_page_once_and_none_is_empty() {
    let folder = root().join("docs/guide");
    let mut listed = links(&text(&folder.join("SUMMARY.md")));
    listed.sort();
    let below = documents().into_iter().filter_map(|path| {
        let name = path.strip_prefix(&folder).ok()?;
        Some(name.to_str().expect("UTF-8").to_owned())
    });
    let mut pages: Vec<_> = below.filter(|name| name != "SUMMARY.md").collect();
    pages.sort();
    assert_eq!(listed, pages);
    for page in pages {
        let text = text(&folder.join(&page));
        assert!(text.starts_with("# "), "{page} begins with its title");
        assert!(text.lines().count() > 10, "{page} has no content yet");
    }
}

/// Where a new user looks for what is not on the first screen.
#[test]
fn the_readme_names_the_page_of_each_topic_that_a_deployment_needs() {
    let readme = text(&root().join("README.md"));
    for (topic, page) in [
        ("upgraded first", "coming-from-older-rmcp.md"),
        ("Keycloak", "providers/keycloak.md"),
        ("Hydra", "providers/hydra.md"),
        ("Auth0", "providers/auth0.md"),
        ("Okta", "providers/okta.md"),
        ("Entra ID", "providers/entra.md"),
        ("Cognito", "providers/cognito.md"),
        ("Zitadel", "providers/zitadel.md"),
        ("Authentik", "providers/authentik.md"),
        ("other access tokens", "access-token-profile.md"),
        ("token is rejected", "#why-a-token-is-rejected"),
        ("Add a scope", "new-scope.md"),
        ("reverse proxy", "reverse-proxy.md"),
        ("several instances", "deployment.md"),
        ("readiness", "start.md"),
        ("existing tests", "#your-existing-tests"),
        ("clock in tests", "#set-the-clock"),
    ] {
        let line = readme
            .lines()
            .find(|line| line.contains(topic) && line.contains(page));
        assert!(line.is_some(), "{topic}: {page}");
    }
}
