//! Every operation with every set of scopes: it does its work, or says what to ask for.

use scopes_core::OperationKind;
use serde_json::{Value, json};

use crate::client::{ALL, Answer, Client, start};
use crate::table::{Row, TABLE, scope_sets};

/// Calls the operation with what it needs, all of it there.
async fn call(row: &Row, client: &Client, entry: i64, tag: i64, count: usize) -> Answer {
    match row.kind {
        OperationKind::Prompt => client.suggest_tags(entry).await,
        OperationKind::Resource => {
            let id = if row.name.contains("tags") {
                tag
            } else {
                entry
            };
            let uri = row.name.replace("{id}", &id.to_string());
            let uri = uri.replace("{notebook}", "1");
            client.read(&uri).await
        }
        _ => {
            let arguments = match row.name {
                "create_entry" => json!({ "title": "New", "content": "Written" }),
                "update_entry" => json!({ "id": entry, "title": "Changed" }),
                "create_tag" => json!({ "name": format!("new {count}") }),
                "update_tag" => json!({ "id": tag, "name": format!("changed {count}") }),
                "add_tag_to_entry" => json!({ "entry_id": entry, "tag_id": tag }),
                "about" | "whoami" | "list_entries" | "list_notebooks" | "list_tags" => json!({}),
                "create_notebook" => json!({ "title": "Travels" }),
                "write_in_notebook" => {
                    json!({ "notebook": 1, "title": "New", "content": "Written" })
                }
                "use_notebook" => json!({ "notebook": 1, "action": "list_entries" }),
                "get_entry" | "delete_entry" => json!({ "id": entry }),
                _ => json!({ "id": tag }),
            };
            client.tool(row.name, arguments).await
        }
    }
}

/// Returns whether the result is that of the operation.
fn shows(row: &Row, done: &Value, entry: i64, tag: i64) -> bool {
    match row.name {
        "about" => done["scopes"][0]["name"] == "user:read",
        "whoami" | "epicme://users/current" => done["user"]["subject"] == "ada",
        "create_entry" | "write_in_notebook" => {
            done["title"] == "New" && done["content"] == "Written"
        }
        "update_entry" => done["title"] == "Changed" && done["content"] == "Dear diary",
        "delete_entry" => done["deleted_entry_id"] == entry,
        "get_entry" | "epicme://entries/{id}" | "epicme://notebooks/{notebook}/entries/{id}" => {
            done["id"] == entry
        }
        "list_notebooks" => done["notebooks"][0]["title"] == "Journal",
        "create_notebook" => done["title"] == "Travels",
        "use_notebook" => done["page"]["entries"][0]["id"] == entry,
        "list_entries" => done["entries"][0]["id"] == entry,
        "create_tag" | "update_tag" => done["name"].is_string(),
        "delete_tag" => done["deleted_tag_id"] == tag,
        "get_tag" | "epicme://tags/{id}" => done["id"] == tag,
        "list_tags" | "epicme://tags" => {
            let tags = done["tags"].as_array().expect("tags");
            tags.iter().any(|listed| listed["id"] == tag)
        }
        "add_tag_to_entry" => done["tags"][0]["id"] == tag,
        "suggest_tags" => {
            let text = done["messages"][0]["content"]["text"].as_str();
            text.is_some_and(|text| text.contains("Dear diary"))
        }
        other => panic!("{other} is new"),
    }
}

#[tokio::test]
async fn every_operation_works_with_enough_and_asks_for_what_is_missing() {
    let server = start().await;
    let owner = server.client("ada", ALL);
    for (count, scopes) in scope_sets().into_iter().enumerate() {
        let client = server.client("ada", &scopes.join(" "));
        for row in TABLE {
            let entry = owner.create_entry("Hello").await;
            let tag = owner.create_tag(&format!("{} {count}", row.name)).await;
            let answer = call(row, &client, entry, tag, count).await;
            let what = format!("{} with {scopes:?}", row.name);
            if row.is_satisfied_by(&scopes) {
                let done = answer.done();
                assert!(shows(row, &done, entry, tag), "{what}: {done}");
                continue;
            }
            let Answer::Refused(asked) = answer else {
                panic!("{what}: {answer:?}");
            };
            let mut granted: Vec<_> = asked.split(' ').collect();
            granted.extend(&scopes);
            assert!(row.is_satisfied_by(&granted), "{what} asks for {asked}");
            // What is refused has not been done.
            let kept = owner.tool("get_entry", json!({ "id": entry })).await;
            assert_eq!(kept.done()["title"], "Hello", "{what}");
            owner.tool("get_tag", json!({ "id": tag })).await.done();
        }
    }
}

#[tokio::test]
async fn whoami_says_what_was_granted() {
    let server = start().await;
    let client = server.client("ada", "user:read tags:read");
    let told = client.tool("whoami", json!({})).await.done();
    assert_eq!(told["scopes"], json!(["user:read", "tags:read"]));
    assert_eq!(told["user"]["issuer"], server.origin());
    assert_eq!(client.read("epicme://users/current").await.done(), told);
}
