//! A token for one notebook opens that one, in each of the ways that lead to it.

use serde_json::{Value, json};

use crate::client::{ALL, Answer, Client, Server, id, start};

/// Ada's server, with a second notebook, and an entry in each.
async fn with_two_notebooks() -> (Server, [i64; 2]) {
    let server = start().await;
    let ada = server.client("ada", ALL);
    let second = ada.tool("create_notebook", json!({ "title": "Travels" }));
    assert_eq!(id(&second.await.done()), 2);
    let mut entries = [0; 2];
    for (entry, notebook) in entries.iter_mut().zip([1, 2]) {
        *entry = id(&ada
            .tool("write_in_notebook", written(notebook))
            .await
            .done());
    }
    (server, entries)
}

fn written(notebook: i64) -> Value {
    json!({ "notebook": notebook, "title": "A day", "content": "Dear notebook" })
}

/// Each operation on a notebook, with one of its entries: what it needs, and how it is answered.
async fn operations(client: &Client, notebook: i64, entry: i64) -> [(String, Answer); 4] {
    let [read, write] = ["read", "write"].map(|what| format!("notebooks:{notebook}:{what}"));
    let list = json!({ "notebook": notebook, "action": "list_entries" });
    let rename = json!({ "notebook": notebook, "action": "rename", "title": "Days" });
    let uri = format!("epicme://notebooks/{notebook}/entries/{entry}");
    [
        (read.clone(), client.tool("use_notebook", list).await),
        (write.clone(), client.tool("use_notebook", rename).await),
        (
            write,
            client.tool("write_in_notebook", written(notebook)).await,
        ),
        (read, client.read(&uri).await),
    ]
}

#[tokio::test]
async fn a_notebook_takes_its_own_scope() {
    let (server, entries) = with_two_notebooks().await;
    for scope in ["notebooks:1:read", "notebooks:1:write", "notebooks:2:write"] {
        let client = server.client("ada", scope);
        for (notebook, entry) in [1, 2].into_iter().zip(entries) {
            for (needed, answer) in operations(&client, notebook, entry).await {
                // Write implies read, of the same notebook.
                if needed == scope || needed.replace("read", "write") == scope {
                    answer.done();
                    continue;
                }
                // What is held is asked for again: some clients replace what they had.
                let Answer::Refused(asked) = answer else {
                    panic!("{needed} with {scope}: {answer:?}");
                };
                let mut asked: Vec<_> = asked.split(' ').collect();
                asked.retain(|name| *name != scope);
                assert_eq!(asked, [needed], "with {scope}");
            }
        }
    }
}

#[tokio::test]
async fn a_scope_of_every_entry_is_one_of_every_notebook() {
    let (server, entries) = with_two_notebooks().await;
    let client = server.client("ada", "entries:read entries:write");
    for (notebook, entry) in [1, 2].into_iter().zip(entries) {
        for (_, answer) in operations(&client, notebook, entry).await {
            answer.done();
        }
    }
}

#[tokio::test]
async fn an_entry_of_another_notebook_is_not_shown() {
    let (server, [first, second]) = with_two_notebooks().await;
    let client = server.client("ada", "notebooks:1:read");
    let read = async |entry| {
        let uri = format!("epicme://notebooks/1/entries/{entry}");
        client.read(&uri).await
    };
    read(first).await.done();
    let message = read(second).await.failed();
    assert_eq!(message, format!("There is no entry {second}."));
    // No other spelling of a number leads to it.
    for number in ["01", "1%20", "+1", "1:read", "2"] {
        let uri = format!("epicme://notebooks/{number}/entries/{first}");
        let answer = client.read(&uri).await;
        assert!(!matches!(answer, Answer::Done(_)), "{number}: {answer:?}");
    }
}

#[tokio::test]
async fn a_scope_is_one_of_the_users_own_notebooks() {
    let (server, _) = with_two_notebooks().await;
    let bob = server.client("bob", "notebooks:1:write notebooks:2:write");
    bob.tool("write_in_notebook", written(1)).await.done();
    let message = bob.tool("write_in_notebook", written(2)).await.failed();
    assert_eq!(message, "There is no notebook 2.");
}

#[tokio::test]
async fn completion_shows_entries_of_the_chosen_notebook() {
    let (server, [first, _]) = with_two_notebooks().await;
    let client = server.client("ada", "notebooks:1:read");
    let complete = async |context: Value| {
        let uri = "epicme://notebooks/{notebook}/entries/{id}";
        let params = json!({
            "ref": { "type": "ref/resource", "uri": uri },
            "argument": { "name": "id", "value": "" },
            "context": context,
        });
        client.request("completion/complete", params).await
    };
    let chosen = complete(json!({ "arguments": { "notebook": "1" } })).await;
    assert_eq!(
        chosen.done()["completion"]["values"],
        json!([first.to_string()])
    );
    let other = complete(json!({ "arguments": { "notebook": "2" } })).await;
    assert!(matches!(other, Answer::Refused(_)), "{other:?}");
    // Before a notebook is chosen, what would show entries of each.
    let none = complete(json!({})).await;
    assert_eq!(none, Answer::Refused("entries:read".to_owned()));
}

#[tokio::test]
async fn arguments_that_choose_no_scope_are_told_to_the_client() {
    let (server, _) = with_two_notebooks().await;
    let client = server.client("ada", ALL);
    for arguments in [
        json!({ "action": "list_entries" }),
        json!({ "notebook": 1 }),
        json!({ "notebook": null, "action": "list_entries" }),
        json!({ "notebook": 1, "action": "delete" }),
        json!({ "notebook": [1], "action": "rename", "title": "Days" }),
    ] {
        let message = client.tool("use_notebook", arguments.clone()).await;
        let message = message.failed();
        assert!(message.contains("argument"), "{arguments}: {message}");
    }
}
