//! `epicme scopes doctor` finds nothing to change at `EpicMe` itself.

use serde_json::Value;

use crate::program::{Home, text};

#[test]
fn the_doctor_finds_no_problem() {
    let home = Home::new();
    let mut program = home.start(&["--listen", "127.0.0.1:0"]);
    let first = program.line();
    let url = first.split([' ', ';']).nth(3).expect("a URL");
    let examined = home.run(&["scopes", "doctor", url, "--register", "--format", "json"]);
    let (output, errors) = (text(examined.stdout), text(examined.stderr));
    assert_eq!(
        (examined.status.code(), errors.as_str()),
        (Some(0), ""),
        "{output}"
    );
    let document: Value = serde_json::from_str(&output).expect("JSON");
    assert_eq!(document["healthy"], true);
    let checks = document["checks"].as_array().expect("an array");
    let is_not_ok = |check: &&Value| check["result"] != "ok";
    let others: Vec<_> = checks.iter().filter(is_not_ok).collect();
    assert!(others.is_empty(), "{others:#?}");
    assert!(checks.len() > 25, "{output}");
    drop(program);
    let gone = home.run(&["scopes", "doctor", url]);
    assert_eq!(gone.status.code(), Some(3));
}
