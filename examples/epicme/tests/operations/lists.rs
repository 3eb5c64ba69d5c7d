//! The entries of lists, their descriptions, and `--hide-unpermitted`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{ALL, Client, start, start_with};
use crate::table::{TABLE, scope_sets};

const LISTS: [(&str, &str, &str); 4] = [
    ("tools/list", "tools", "name"),
    ("prompts/list", "prompts", "name"),
    ("resources/list", "resources", "uri"),
    (
        "resources/templates/list",
        "resourceTemplates",
        "uriTemplate",
    ),
];

async fn listed(client: &Client) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (method, items, name) in LISTS {
        let list = client.request(method, json!({})).await.done();
        let items = list[items].as_array().expect("a list");
        names.extend(items.iter().map(|item| {
            let name = item[name].as_str();
            name.expect("a name").to_owned()
        }));
    }
    names
}

fn all_names() -> BTreeSet<String> {
    TABLE.iter().map(|row| row.name.to_owned()).collect()
}

#[tokio::test]
async fn everything_is_listed_to_everybody() {
    let server = start().await;
    for scopes in ["", ALL] {
        let client = server.client("ada", scopes);
        assert_eq!(listed(&client).await, all_names());
    }
}

#[tokio::test]
async fn what_is_not_permitted_is_hidden_on_demand() {
    let server = start_with(|options| options.hide_unpermitted = true).await;
    for scopes in scope_sets() {
        let client = server.client("ada", &scopes.join(" "));
        let permitted = TABLE.iter().filter(|row| row.is_satisfied_by(&scopes));
        let permitted: BTreeSet<_> = permitted.map(|row| row.name.to_owned()).collect();
        assert_eq!(listed(&client).await, permitted, "{scopes:?}");
    }
    let client = server.client("ada", ALL);
    let list = client.request("tools/list", json!({})).await.done();
    assert_eq!(list["cacheScope"], "private");
}

#[tokio::test]
async fn tools_say_what_they_do_and_what_they_answer() {
    let server = start().await;
    let client = server.client("ada", ALL);
    let list = client.request("tools/list", json!({})).await.done();
    for tool in list["tools"].as_array().expect("a list") {
        let name = tool["name"].as_str().expect("a name");
        let says = |field: &str| tool[field].as_str().is_some_and(|text| text.len() > 5);
        assert!(says("title") && says("description"), "{name}");
        let hint = |hint: &str| tool["annotations"][hint].as_bool();
        let reads = [
            "about",
            "whoami",
            "get_entry",
            "list_entries",
            "list_notebooks",
            "get_tag",
            "list_tags",
        ]
        .contains(&name);
        let destroys = ["delete_", "update_", "use_"]
            .iter()
            .any(|verb| name.starts_with(verb));
        assert_eq!(hint("readOnlyHint"), Some(reads), "{name}");
        assert_eq!(
            hint("destructiveHint"),
            (!reads).then_some(destroys),
            "{name}"
        );
        assert_eq!(hint("idempotentHint").is_some(), !reads, "{name}");
        assert_eq!(hint("openWorldHint"), Some(false), "{name}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{name}");
        let properties = tool["outputSchema"]["properties"].as_object();
        assert!(properties.is_some_and(|some| !some.is_empty()), "{name}");
        let inputs = tool["inputSchema"]["properties"].as_object();
        for (input, schema) in inputs.into_iter().flatten() {
            assert!(schema["description"].is_string(), "{name}: {input}");
        }
    }
}

#[tokio::test]
async fn answers_are_what_their_schema_says() {
    let server = start().await;
    let client = server.client("ada", ALL);
    let list = client.request("tools/list", json!({})).await.done();
    let schema = |name: &str| {
        let tools = list["tools"].as_array().expect("a list");
        let tool = tools.iter().find(|tool| tool["name"] == name);
        tool.expect("the tool")["outputSchema"].clone()
    };
    let required = |schema: &Value| -> BTreeSet<String> {
        let names = schema["required"].as_array().into_iter().flatten();
        names
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    client.create_entry("Hello").await;
    for (name, arguments) in [
        ("about", json!({})),
        ("whoami", json!({})),
        ("list_entries", json!({})),
        ("list_tags", json!({})),
        ("get_entry", json!({ "id": 1 })),
    ] {
        let (done, schema) = (client.tool(name, arguments).await.done(), schema(name));
        let properties = schema["properties"].as_object().expect("properties");
        let fields: BTreeSet<_> = done
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        let known: BTreeSet<_> = properties.keys().cloned().collect();
        assert!(fields.is_subset(&known), "{name}: {done}");
        assert!(required(&schema).is_subset(&fields), "{name}: {done}");
    }
}

#[tokio::test]
async fn the_server_introduces_itself() {
    let server = start().await;
    let client = server.client("ada", "");
    let told = client.request("server/discover", json!({})).await.done();
    let instructions = told["instructions"].as_str().expect("instructions");
    assert!(instructions.contains("journal"));
    for capability in ["tools", "prompts", "resources", "completions"] {
        assert!(told["capabilities"][capability].is_object(), "{told}");
    }
}
