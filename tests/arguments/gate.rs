//! Arguments at the gate, through the layer, with default settings.

use scopes_core::{Expression, OperationKind, Registry};
use serde_json::{Value, json};

use crate::catalog::leaf;
use crate::site::{Site, operation};

fn registry() -> Registry {
    use OperationKind::{Method, Prompt, Resource, Tool};
    let by_action = Expression::matching(
        "action",
        [
            (vec!["list", "get"], leaf("projects:list")),
            (vec!["deploy"], leaf("projects:{project}:write")),
        ],
    );
    [
        operation(Tool, "deploy", leaf("projects:{project}:write")),
        operation(Tool, "nested", leaf("projects:{project.id}:write")),
        operation(Tool, "act", by_action),
        operation(Tool, "own", leaf("owners:{owner}")),
        operation(Prompt, "review", leaf("projects:{project}:read")),
        operation(Prompt, "greet", leaf("owners:{owner}")),
        operation(
            Resource,
            "repo://{owner}/{repo}/readme",
            leaf("repos/{owner}/{repo}:write"),
        ),
        operation(Method, "acme/deploy", leaf("projects:{project}:write")),
    ]
    .into_iter()
    .collect()
}

const TOKENS: [&str; 8] = [
    "none",
    "projects:write",
    "projects:1:write",
    "projects:2:write",
    "projects:1:read",
    "projects:list",
    "owners:ada",
    "repos/ada/journal:write",
];

fn site() -> Site {
    Site::new(&registry(), &TOKENS)
}

#[tokio::test]
async fn a_call_needs_the_scope_of_its_own_argument() {
    let site = site();
    for (token, project, allowed) in [
        ("projects:1:write", "1", true),
        ("projects:1:write", "\"1\"", true),
        ("projects:1:write", "\"\\u0031\"", true),
        ("projects:write", "2", true),
        ("projects:2:write", "1", false),
        ("projects:1:read", "1", false),
        ("none", "1", false),
    ] {
        let arguments = format!(r#"{{"project":{project}}}"#);
        let answer = site.call(token, "deploy", &arguments).await;
        assert_eq!(answer.ran(), allowed, "{token} {project}: {answer:?}");
        if !allowed {
            assert_eq!(answer.status, 403, "{token} {project}");
            let asked = answer.scope.expect("a challenge");
            assert!(
                asked.split(' ').any(|scope| scope == "projects:write"),
                "{asked}"
            );
        }
    }
    // No plain scope implies this one: clients ask for the concrete name.
    let answer = site.call("none", "own", r#"{"owner":"ada"}"#).await;
    assert_eq!(answer.scope.as_deref(), Some("owners:ada"));
    assert!(
        site.call("owners:ada", "own", r#"{"owner":"ada"}"#)
            .await
            .ran()
    );
    assert!(
        !site
            .call("owners:ada", "own", r#"{"owner":"bob"}"#)
            .await
            .ran()
    );
}

#[tokio::test]
async fn arguments_without_a_usable_value_are_invalid_parameters_and_no_challenge() {
    let site = site();
    for arguments in [
        "{}",
        "null",
        "[]",
        "7",
        r#"{"project":null}"#,
        r#"{"project":1.0}"#,
        r#"{"project":1e0}"#,
        r#"{"project":-0}"#,
        r#"{"project":[1]}"#,
        r#"{"project":{"id":1}}"#,
        r#"{"project":""}"#,
        r#"{"project":"1:write"}"#,
        r#"{"project":"1 "}"#,
        r#"{"project":"1\u0000"}"#,
        r#"{"project":"\ud800"}"#,
        r#"{"project":".."}"#,
        r#"{"project":"*"}"#,
        r#"{"project":"1","project":"2"}"#,
        r#"{"project":"1","\u0070roject":"2"}"#,
        r#"{"project":"1","Project":"2"}"#,
        r#"{"PROJECT":"1"}"#,
        r#"{"project":123456789012345678901234567890}"#,
    ] {
        // Even the scope that stands for every project does not help.
        for token in ["projects:1:write", "projects:write"] {
            let answer = site.call(token, "deploy", arguments).await;
            assert!(!answer.ran(), "{arguments}");
            assert_eq!(answer.scope, None, "{arguments}");
            assert_eq!(answer.code(), Some(-32602), "{arguments}: {answer:?}");
            assert_eq!(answer.status, 200, "{arguments}");
        }
    }
}

#[tokio::test]
async fn an_argument_may_stand_inside_of_an_object() {
    let site = site();
    let call = async |arguments| site.call("projects:1:write", "nested", arguments).await;
    assert!(call(r#"{"project":{"id":1,"name":"x"}}"#).await.ran());
    assert_eq!(call(r#"{"project":{"id":2}}"#).await.status, 403);
    for arguments in [
        r#"{"project":1}"#,
        r#"{"project":{}}"#,
        r#"{"project.id":1}"#,
        r#"{"project":{"id":1,"id":2}}"#,
        r#"{"project":{"id":1},"project":{"id":1}}"#,
    ] {
        assert_eq!(call(arguments).await.code(), Some(-32602), "{arguments}");
    }
}

#[tokio::test]
async fn match_asks_for_what_this_call_needs() {
    let site = site();
    let listed = site
        .call("projects:list", "act", r#"{"action":"get"}"#)
        .await;
    assert!(listed.ran(), "no project is needed: {listed:?}");
    let answer = site
        .call("projects:1:read", "act", r#"{"action":"list"}"#)
        .await;
    assert_eq!(answer.scope.as_deref(), Some("projects:list"));
    let deploy = r#"{"action":"deploy","project":"1"}"#;
    assert!(site.call("projects:1:write", "act", deploy).await.ran());
    let answer = site.call("projects:2:write", "act", deploy).await;
    assert_eq!(answer.status, 403);
    let sentence = answer.body["error"]["data"]["error_description"].to_string();
    assert!(!sentence.contains("projects:list"), "{sentence}");
    for arguments in [
        r#"{"action":"restart"}"#,
        r#"{"action":"deploy"}"#,
        r#"{"action":null}"#,
        r#"{"action":"Deploy","project":"1"}"#,
        "{}",
    ] {
        let answer = site.call("projects:write", "act", arguments).await;
        assert_eq!(answer.code(), Some(-32602), "{arguments}");
    }
}

#[tokio::test]
async fn a_resource_needs_the_scope_of_the_variables_in_its_uri() {
    let site = site();
    let token = "repos/ada/journal:write";
    let uri = "repo://ada/journal/readme";
    for method in [
        "resources/read",
        "resources/subscribe",
        "resources/unsubscribe",
    ] {
        assert!(
            site.ask(token, method, json!({ "uri": uri })).await.ran(),
            "{method}"
        );
        let answer = site
            .ask(token, method, json!({ "uri": "repo://ada/other/readme" }))
            .await;
        assert_eq!(answer.status, 403, "{method}");
        let asked = answer.scope.expect("a challenge");
        assert_eq!(asked, "repos/ada/journal:write repos/ada/other:write");
    }
    let listen = |uris: &[&str]| json!({ "notifications": { "resourceSubscriptions": uris } });
    let one = site
        .ask(token, "subscriptions/listen", listen(&[uri]))
        .await;
    assert!(one.ran());
    let both = [uri, "repo://bob/journal/readme"];
    let answer = site.ask(token, "subscriptions/listen", listen(&both)).await;
    assert_eq!(answer.status, 403);
    // What a handler might decode otherwise decides nothing.
    let encoded = json!({ "uri": "repo://ad%C3%A1/journal/readme" });
    let answer = site.ask(token, "resources/read", encoded).await;
    assert_eq!(answer.code(), Some(-32602), "{answer:?}");
}

#[tokio::test]
async fn what_is_being_completed_has_no_value_yet() {
    let site = site();
    let complete = |prompt: &str, context: Value| {
        json!({
            "ref": { "type": "ref/prompt", "name": prompt },
            "argument": { "name": "project", "value": "1" },
            "context": context,
        })
    };
    let ask = async |token, params| site.ask(token, "completion/complete", params).await;
    assert!(
        ask("projects:write", complete("review", Value::Null))
            .await
            .ran()
    );
    let answer = ask("projects:1:read", complete("review", json!({}))).await;
    assert_eq!(
        answer.status, 403,
        "the value in the request is none: {answer:?}"
    );
    // An argument that was completed before is a value.
    let given = json!({ "arguments": { "owner": "ada" } });
    assert!(
        ask("owners:ada", complete("greet", given.clone()))
            .await
            .ran()
    );
    assert_eq!(
        ask("projects:write", complete("greet", given)).await.status,
        403
    );
    let answer = ask("owners:ada", complete("greet", json!({}))).await;
    assert_eq!(
        answer.code(),
        Some(-32602),
        "nothing to ask for: {answer:?}"
    );
}

#[tokio::test]
async fn a_task_needs_what_its_own_call_needed() {
    let site = site();
    let started = site
        .call("projects:1:write", "deploy", r#"{"project":"1"}"#)
        .await;
    assert!(started.ran());
    let task = json!({ "taskId": "t1" });
    assert!(
        site.ask("projects:1:write", "tasks/get", task.clone())
            .await
            .ran()
    );
    // The same person, with a token for another project.
    let answer = site.ask("projects:2:write", "tasks/get", task).await;
    assert_eq!(answer.status, 403, "{answer:?}");
}

#[tokio::test]
async fn a_task_with_too_many_requirements_is_forgotten() {
    let site = site();
    let task = json!({ "taskId": "t1" });
    for project in 0..8 {
        let arguments = format!(r#"{{"project":{project}}}"#);
        assert!(
            site.call("projects:write", "deploy", &arguments)
                .await
                .ran()
        );
    }
    assert!(
        site.ask("projects:write", "tasks/get", task.clone())
            .await
            .ran()
    );
    assert!(
        site.call("projects:write", "deploy", r#"{"project":8}"#)
            .await
            .ran()
    );
    let answer = site.ask("projects:write", "tasks/get", task).await;
    assert_eq!(answer.code(), Some(-32602), "{answer:?}");
}

#[tokio::test]
async fn one_message_names_a_bounded_number_of_resources_with_arguments() {
    let site = site();
    let uris = |count: usize| {
        let uris = (0..count).map(|number| format!("repo://ada/{number}/readme"));
        json!({ "notifications": { "resourceSubscriptions": uris.collect::<Vec<_>>() } })
    };
    let answer = site.ask("none", "subscriptions/listen", uris(32)).await;
    assert_eq!(answer.status, 403);
    let answer = site.ask("none", "subscriptions/listen", uris(33)).await;
    assert_eq!(answer.code(), Some(-32602), "{answer:?}");
    let answer = site.ask("none", "subscriptions/listen", uris(20_000)).await;
    assert_eq!(answer.code(), Some(-32602), "{answer:?}");
}

#[tokio::test]
async fn a_completion_takes_no_value_from_a_uri() {
    let site = site();
    let complete = json!({
        "ref": { "type": "ref/resource", "uri": "repo://ada/journal/readme" },
        "argument": { "name": "repo", "value": "j" },
        "context": { "arguments": { "owner": "bob" } },
    });
    let answer = site
        .ask("repos/ada/journal:write", "completion/complete", complete)
        .await;
    assert!(!answer.ran(), "{answer:?}");
}

#[tokio::test]
async fn methods_of_a_server_take_their_parameters_for_arguments() {
    let site = site();
    let ask = async |token, params| site.ask(token, "acme/deploy", params).await;
    assert!(
        ask("projects:1:write", json!({ "project": "1" }))
            .await
            .ran()
    );
    assert_eq!(
        ask("projects:1:write", json!({ "project": "2" }))
            .await
            .status,
        403
    );
    assert_eq!(
        ask("projects:1:write", json!({})).await.code(),
        Some(-32602)
    );
}

#[tokio::test]
async fn without_a_token_no_argument_is_looked_at() {
    let site = site();
    let answer = site.call("unknown", "deploy", "{}").await;
    assert_eq!(answer.status, 401);
}
