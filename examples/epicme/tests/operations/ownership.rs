//! Nobody sees anything of another user, or learns that it is there.

use std::collections::BTreeSet;

use epicme::journal::{
    DEFAULT_NOTEBOOK, EntryDraft, EntryQuery, Identity, Journal, UseJournalError,
};
use serde_json::{Value, json};

use crate::client::{ALL, Answer, Client, id, start};
use crate::table::TABLE;

/// Every call that names an entry or a tag, with these numbers.
async fn by_number(
    client: &Client,
    own: [i64; 2],
    [entry, tag]: [i64; 2],
) -> Vec<(String, Answer)> {
    let [own_entry, own_tag] = own;
    let tools = [
        ("get_entry", json!({ "id": entry })),
        ("update_entry", json!({ "id": entry, "title": "Mine" })),
        ("list_entries", json!({ "tag_id": tag })),
        ("get_tag", json!({ "id": tag })),
        ("update_tag", json!({ "id": tag, "name": "mine" })),
        (
            "add_tag_to_entry",
            json!({ "entry_id": own_entry, "tag_id": tag }),
        ),
        (
            "add_tag_to_entry",
            json!({ "entry_id": entry, "tag_id": own_tag }),
        ),
        (
            "add_tag_to_entry",
            json!({ "entry_id": entry, "tag_id": tag }),
        ),
        ("delete_entry", json!({ "id": entry })),
        ("delete_tag", json!({ "id": tag })),
    ];
    let mut answers = Vec::new();
    for (name, arguments) in tools {
        answers.push((name.to_owned(), client.tool(name, arguments).await));
    }
    for (template, number) in [
        ("epicme://entries/{id}", entry),
        ("epicme://notebooks/{notebook}/entries/{id}", entry),
        ("epicme://tags/{id}", tag),
    ] {
        let uri = template.replace("{id}", &number.to_string());
        let uri = uri.replace("{notebook}", "1");
        answers.push((template.to_owned(), client.read(&uri).await));
    }
    let prompt = client.suggest_tags(entry).await;
    answers.push(("suggest_tags".to_owned(), prompt));
    answers
}

/// Every call that shows what the user has.
async fn everything(client: &Client) -> Vec<(String, Value)> {
    let mut shown = Vec::new();
    for name in ["whoami", "list_entries", "list_notebooks", "list_tags"] {
        let answer = client.tool(name, json!({})).await;
        shown.push((name.to_owned(), answer.done()));
    }
    let notebook = json!({ "notebook": 1, "action": "list_entries" });
    let answer = client.tool("use_notebook", notebook).await;
    shown.push(("use_notebook".to_owned(), answer.done()));
    for uri in ["epicme://users/current", "epicme://tags"] {
        shown.push((uri.to_owned(), client.read(uri).await.done()));
    }
    shown
}

#[tokio::test]
async fn foreign_numbers_are_answered_like_missing_ones() {
    let server = start().await;
    let (ada, bob) = (server.client("ada", ALL), server.client("bob", ALL));
    let foreign = [
        ada.create_entry("Secret").await,
        ada.create_tag("secret").await,
    ];
    let [entry, tag] = foreign;
    let both = json!({ "entry_id": entry, "tag_id": tag });
    ada.tool("add_tag_to_entry", both).await.done();
    let own = [
        bob.create_entry("Bob's").await,
        bob.create_tag("bob's").await,
    ];
    let before = everything(&ada).await;
    let secret = ada.tool("get_entry", json!({ "id": entry })).await.done();

    let missing = [999_001, 999_002];
    let of_foreign = by_number(&bob, own, foreign).await;
    let of_missing = by_number(&bob, own, missing).await;
    for ((name, foreign_answer), (_, missing_answer)) in of_foreign.iter().zip(of_missing) {
        let message = missing_answer.failed();
        let expected = message
            .replace("999001", &entry.to_string())
            .replace("999002", &tag.to_string());
        assert_ne!(message, expected, "{name} says which number is wrong");
        assert_eq!(*foreign_answer, Answer::Failed(expected), "{name}");
    }

    assert_eq!(everything(&ada).await, before);
    let after = ada.tool("get_entry", json!({ "id": entry })).await;
    assert_eq!(after.done(), secret);

    // No operation is forgotten here that takes a number or shows something.
    let mut tried: BTreeSet<String> = of_foreign.into_iter().map(|(name, _)| name).collect();
    tried.extend(before.into_iter().map(|(name, _)| name));
    tried.extend(["create_entry", "create_notebook", "create_tag"].map(str::to_owned));
    // The same for everybody.
    tried.insert("about".to_owned());
    // A number of a notebook is always one of the user's own.
    tried.insert("write_in_notebook".to_owned());
    let all: BTreeSet<String> = TABLE.iter().map(|row| row.name.to_owned()).collect();
    assert_eq!(tried, all);
}

#[tokio::test]
async fn lists_hold_what_is_the_users_own() {
    let server = start().await;
    let (ada, bob) = (server.client("ada", ALL), server.client("bob", ALL));
    let entry = ada.create_entry("Secret").await;
    ada.create_tag("secret").await;
    for (name, shown) in everything(&bob).await {
        let shown = shown.to_string().to_lowercase();
        assert!(!shown.contains("secret"), "{name}: {shown}");
        assert!(!shown.contains("ada"), "{name}: {shown}");
    }
    let own = bob.create_entry("Mine").await;
    assert_ne!(own, entry);
    // Two users may call a tag the same.
    bob.create_tag("secret").await;
    let prompt = bob.suggest_tags(own).await.done().to_string();
    assert!(
        prompt.contains("Mine") && !prompt.contains("Secret"),
        "{prompt}"
    );
}

#[test]
fn a_subject_of_another_issuer_is_another_user() {
    let journal = Journal::open(None).expect("a journal");
    let of = |issuer: &str| Identity {
        issuer: issuer.to_owned(),
        subject: "ada".to_owned(),
    };
    let draft = EntryDraft {
        title: "Secret".to_owned(),
        content: "Dear diary".to_owned(),
        ..EntryDraft::default()
    };
    let here = of("https://here.example");
    let entry = journal.of_user(&here, |own| own.create_entry(DEFAULT_NOTEBOOK, &draft));
    let entry = entry.expect("an entry");
    for other in [of("https://there.example"), of("")] {
        let seen = journal.of_user(&other, |own| own.entries(&EntryQuery::default()));
        assert_eq!(seen.expect("a page").entries, []);
        let read = journal.of_user(&other, |own| own.entry(entry.id));
        assert!(matches!(read, Err(UseJournalError::NotFound { .. })));
    }
    let read = journal.of_user(&here, |own| own.entry(entry.id));
    assert_eq!(read.expect("the entry"), entry);
}

#[tokio::test]
async fn a_deleted_number_is_never_given_out_again() {
    let server = start().await;
    let (ada, bob) = (server.client("ada", ALL), server.client("bob", ALL));
    let entry = ada.create_entry("Gone").await;
    ada.tool("delete_entry", json!({ "id": entry }))
        .await
        .done();
    let next = bob.tool("create_entry", json!({ "title": "New", "content": "x" }));
    assert_ne!(id(&next.await.done()), entry);
}
