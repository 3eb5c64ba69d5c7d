//! Invalid inputs are explained to the model; valid ones are stored.

use serde_json::{Value, json};

use crate::client::{ALL, start};

#[tokio::test]
async fn wrong_inputs_are_told_to_the_model() {
    let server = start().await;
    let client = server.client("ada", ALL);
    client.create_tag("work").await;
    let long = "x".repeat(201);
    let cases = [
        (
            "create_entry",
            json!({ "content": "x" }),
            "missing field `title`",
        ),
        (
            "create_entry",
            json!({ "title": " ", "content": "x" }),
            "`title` is empty.",
        ),
        (
            "create_entry",
            json!({ "title": "x", "content": "" }),
            "`content` is empty.",
        ),
        (
            "create_entry",
            json!({ "title": long, "content": "x" }),
            "`title` has 201 characters; 200 are the most.",
        ),
        (
            "create_entry",
            json!({ "title": "x", "content": "x", "colour": "red" }),
            "unknown field `colour`",
        ),
        ("get_entry", json!({ "id": "one" }), "invalid type"),
        ("get_entry", json!({ "id": 7 }), "There is no entry 7."),
        ("get_tag", json!({ "id": -7 }), "There is no tag -7."),
        (
            "list_entries",
            json!({ "limit": 0 }),
            "`limit` is 0; write a number from 1 to 100.",
        ),
        (
            "create_tag",
            json!({ "name": "Work" }),
            "`name` is \"Work\", which another tag is called already.",
        ),
    ];
    for (tool, arguments, said) in cases {
        let params = json!({ "name": tool, "arguments": arguments });
        let message = client.request("tools/call", params).await.failed();
        assert!(message.contains(said), "{tool} {arguments}: {message}");
    }
    let message = client.tool("forget_entry", json!({})).await.failed();
    assert!(!message.is_empty());
}

#[tokio::test]
async fn entries_are_kept_and_changed_as_they_are_said() {
    let server = start().await;
    let client = server.client("ada", ALL);
    let draft = json!({
        "title": " Rain ", "content": "Line one\nline two; Ä '\" \\ %_",
        "mood": "calm", "weather": "rain", "location": "",
    });
    let entry = client.tool("create_entry", draft).await.done();
    assert_eq!(entry["title"], "Rain");
    assert_eq!(entry["content"], "Line one\nline two; Ä '\" \\ %_");
    assert_eq!(entry.get("location"), None);
    let change = json!({ "id": entry["id"], "mood": "", "location": "home" });
    let changed = client.tool("update_entry", change).await.done();
    assert_eq!(changed.get("mood"), None);
    assert_eq!(changed["location"], "home");
    assert_eq!(changed["weather"], "rain");
    assert_eq!(changed["content"], entry["content"]);
}

#[tokio::test]
async fn entries_come_in_pages_and_by_tag() {
    let server = start().await;
    let client = server.client("ada", ALL);
    let mut written = Vec::new();
    for number in 0..7 {
        written.push(client.create_entry(&format!("Entry {number}")).await);
    }
    let tag = client.create_tag("odd").await;
    for entry in written.iter().skip(1).step_by(2) {
        let both = json!({ "entry_id": entry, "tag_id": tag });
        client.tool("add_tag_to_entry", both.clone()).await.done();
        // Once more changes nothing.
        let twice = client.tool("add_tag_to_entry", both).await.done();
        assert_eq!(twice["tags"].as_array().map(Vec::len), Some(1));
    }
    let mut read: Vec<i64> = Vec::new();
    let mut cursor = Value::Null;
    let mut pages = 0;
    loop {
        let query = json!({ "limit": 3, "cursor": cursor });
        let page = client.tool("list_entries", query).await.done();
        let entries = page["entries"].as_array().expect("entries");
        read.extend(entries.iter().filter_map(|entry| entry["id"].as_i64()));
        pages += 1;
        match page.get("next_cursor") {
            Some(next) => cursor = next.clone(),
            None => break,
        }
    }
    written.reverse();
    assert_eq!((read, pages), (written, 3));
    let query = json!({ "tag_id": tag });
    let page = client.tool("list_entries", query).await.done();
    assert_eq!(page["entries"].as_array().map(Vec::len), Some(3));

    client.tool("delete_tag", json!({ "id": tag })).await.done();
    let untagged = page["entries"][0]["id"].clone();
    let entry = client.tool("get_entry", json!({ "id": untagged })).await;
    assert_eq!(entry.done()["tags"], json!([]));
}
