//! What lists show to callers without a token, and how a tool says what it takes.

use serde_json::{Value, json};

use crate::site::{Answer, NEWEST, Site, VERSIONS};

const LISTS: [(&str, &str, &str, &[&str], &[&str]); 4] = [
    (
        "tools/list",
        "tools",
        "name",
        &["about", "glance", "peek"],
        &["about", "browse", "glance", "list_entries", "peek"],
    ),
    (
        "prompts/list",
        "prompts",
        "name",
        &["greet"],
        &["greet", "sum_up"],
    ),
    (
        "resources/list",
        "resources",
        "uri",
        &["journal://about"],
        &["journal://about", "journal://latest"],
    ),
    (
        "resources/templates/list",
        "resourceTemplates",
        "uriTemplate",
        &[],
        &["journal://entries/{id}"],
    ),
];

fn names(answer: &Answer, items: &str, name: &str) -> Vec<String> {
    let message = answer.message();
    let items = message["result"][items].as_array().expect("a list");
    let names = items
        .iter()
        .map(|item| item[name].as_str().expect("a name"));
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_show_what_is_public() {
    let (open, whole) = (Site::open().await, Site::whole().await);
    for version in VERSIONS {
        for (method, items, name, public, all) in LISTS {
            let answer = open.ask(version, method, json!({})).await;
            assert_eq!(names(&answer, items, name), public, "{version} {method}");
            let scope = answer.message()["result"]["cacheScope"].clone();
            assert!(
                scope.is_null() || scope == "private",
                "{version}: {answer:?}"
            );
            assert_eq!(
                scope == "private",
                version == NEWEST,
                "{version}: {answer:?}"
            );
            let answer = whole.ask(version, method, json!({})).await;
            assert_eq!(names(&answer, items, name), all, "{version} {method}");
            // A token, of any scopes, is shown all.
            let session = match version {
                NEWEST => None,
                _ => Some(open.open_session(Some("ada"), version).await),
            };
            let ada = [("authorization", "Bearer ada")];
            let answer = open.ask_in(session.as_deref(), &ada, version, method, json!({}));
            assert_eq!(names(&answer.await, items, name), all, "{version} {method}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_lists_open_no_operation() {
    let site = Site::whole().await;
    for version in VERSIONS {
        for tool in ["browse", "list_entries"] {
            let answer = site
                .ask(version, "tools/call", crate::site::call(tool))
                .await;
            assert_eq!(answer.status, 401, "{version} {tool}");
        }
    }
}

async fn schemes(site: &Site, headers: &[(&str, &str)]) -> Value {
    let answer = site.ask_in(None, headers, NEWEST, "tools/list", json!({}));
    let message = answer.await.message();
    let tools = message["result"]["tools"].as_array().expect("tools").iter();
    let scheme = |tool: &Value| {
        let name = tool["name"].as_str().expect("a name").to_owned();
        (name, tool["_meta"]["securitySchemes"].clone())
    };
    tools.map(scheme).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tool_says_what_it_takes() {
    let noauth = json!([{ "type": "noauth" }]);
    let oauth = |scopes: &[&str]| json!([{ "type": "oauth2", "scopes": scopes }]);
    let said = |public: &Value| {
        json!({
            "about": public,
            "peek": public,
            "glance": public,
            "browse": oauth(&[]),
            "list_entries": oauth(&["entries:read"]),
        })
    };
    assert_eq!(schemes(&Site::whole().await, &[]).await, said(&noauth));
    let ada = [("authorization", "Bearer ada")];
    assert_eq!(schemes(&Site::open().await, &ada).await, said(&noauth));
    // Where nobody is admitted without a token, a public tool takes one.
    assert_eq!(
        schemes(&Site::closed().await, &ada).await,
        said(&oauth(&[]))
    );
}
