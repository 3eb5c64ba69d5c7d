//! The verdict on what a client did.

use super::programs::Steps;
use super::task::{FirstGrant, Task};

/// Returns in one line what the client did if it did all that it has to.
///
/// # Errors
///
/// What the client should have done, or why it could not be tried.
pub fn judged(steps: Result<Steps, String>, task: &Task, grants: bool) -> Result<String, String> {
    let steps = steps?;
    let said: Vec<(&str, String)> = steps
        .iter()
        .map(|(step, said)| {
            let text = said
                .as_str()
                .map_or_else(|| said.to_string(), str::to_owned);
            (step.as_str(), text)
        })
        .collect();
    if let Some(should) = problem(&said, task, grants) {
        return Err(format!("it should be that it {should}: {said:?}"));
    }
    let asked = of(&said, "asks for").join(" -> ");
    let end = if grants { "done" } else { "declined, goes on" };
    Ok(format!("{asked}: {end}"))
}

fn problem(said: &[(&str, String)], task: &Task, grants: bool) -> Option<&'static str> {
    let asked = of(said, "asks for");
    let done = |tool| of(said, tool).into_iter().filter(|said| *said == "done");
    let (first, step) = (&task.first, &task.step);
    let steps_up = task.grant != FirstGrant::Everything;
    let asks_for_all = task.grant != FirstGrant::Asked;
    let has_asked = |number: usize, scope| asked[number].split(' ').any(|name| name == scope);
    if asked.len() != if steps_up { 2 } else { 1 } {
        Some("asks as often as it needs to")
    } else if !has_asked(0, first.scope) || has_asked(0, step.scope) != asks_for_all {
        Some("asks first for what the server names")
    } else if steps_up && !(has_asked(1, step.scope) && has_asked(1, first.scope)) {
        Some("asks for what it lacks and keeps what it has")
    } else if of(said, "tools") != [task.tools.to_string()] {
        Some("lists all tools")
    } else if done(first.tool).count() != 2 {
        Some("calls what it may before and after")
    } else if grants && done(step.tool).count() != 1 {
        Some("succeeds with the new token")
    } else if !grants && (done(step.tool).count() != 0 || of(said, "declined") != ["access_denied"])
    {
        Some("learns that the user declines")
    } else {
        None
    }
}

fn of<'a>(said: &'a [(&str, String)], step: &str) -> Vec<&'a str> {
    let said = said.iter().filter(|(name, _)| *name == step);
    said.map(|(_, text)| text.as_str()).collect()
}
