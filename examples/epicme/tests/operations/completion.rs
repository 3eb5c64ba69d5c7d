//! Completion takes as much as what it completes, and suggests the user's own numbers.

use serde_json::{Value, json};

use crate::client::{ALL, Answer, Client, start};
use crate::table::{TABLE, scope_sets};

async fn complete(client: &Client, reference: &Value, argument: &str, begin: &str) -> Answer {
    let argument = json!({ "name": argument, "value": begin });
    let params = json!({ "ref": reference, "argument": argument });
    client.request("completion/complete", params).await
}

fn references() -> [(&'static str, Value, &'static str); 4] {
    let resource = |uri: &'static str| (uri, json!({ "type": "ref/resource", "uri": uri }), "id");
    let prompt = json!({ "type": "ref/prompt", "name": "suggest_tags" });
    let notebook = "epicme://notebooks/{notebook}/entries/{id}";
    [
        (
            notebook,
            json!({ "type": "ref/resource", "uri": notebook }),
            "notebook",
        ),
        resource("epicme://entries/{id}"),
        resource("epicme://tags/{id}"),
        ("suggest_tags", prompt, "entry_id"),
    ]
}

#[tokio::test]
async fn completion_takes_what_its_operation_takes() {
    let server = start().await;
    for scopes in scope_sets() {
        let client = server.client("ada", &scopes.join(" "));
        for (name, reference, argument) in references() {
            let row = TABLE.iter().find(|row| row.name == name).expect("a row");
            let answer = complete(&client, &reference, argument, "").await;
            let allowed = matches!(answer, Answer::Done(_));
            assert_eq!(allowed, row.is_satisfied_by(&scopes), "{name}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn completion_suggests_own_numbers() {
    let server = start().await;
    let (ada, bob) = (server.client("ada", ALL), server.client("bob", ALL));
    ada.create_entry("Secret").await;
    ada.create_tag("secret").await;
    let (entry, tag) = (bob.create_entry("Mine").await, bob.create_tag("mine").await);
    for (name, reference, argument) in references() {
        let own = match argument {
            "notebook" => 1,
            _ if name.contains("tags/") => tag,
            _ => entry,
        };
        let own = own.to_string();
        for (begin, expected) in [("", json!([own])), (&own, json!([own])), ("x", json!([]))] {
            let done = complete(&bob, &reference, argument, begin).await.done();
            assert_eq!(
                done["completion"]["values"], expected,
                "{name} from {begin:?}"
            );
        }
    }
    let unknown = json!({ "type": "ref/resource", "uri": "epicme://entries/1" });
    complete(&bob, &unknown, "id", "").await.failed();
}
