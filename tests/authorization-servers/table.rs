//! What was tried, and what happened.

use std::process::ExitCode;
use std::time::Instant;

use scopes_interop::clients::Client;
use scopes_interop::outcome::judged;
use scopes_interop::task::Task;

pub(crate) struct Table {
    rows: Vec<Result<String, String>>,
    passed_over: Vec<String>,
    begin: Instant,
}

impl Default for Table {
    fn default() -> Self {
        println!(
            "\n{:<34} {:<31} what happened",
            "authorization server", "client"
        );
        Self {
            rows: Vec::new(),
            passed_over: Vec::new(),
            begin: Instant::now(),
        }
    }
}

impl Table {
    /// A row of what was tried with an authorization server.
    pub(crate) fn row(&mut self, server: &str, client: &str, outcome: Result<String, String>) {
        let said = match &outcome {
            Ok(said) => said.clone(),
            Err(problem) => format!("FAILED: {problem}"),
        };
        println!("{server:<34} {client:<31} {said}");
        self.rows.push(outcome);
    }

    /// Has each of these clients do its task.
    pub(crate) async fn clients(
        &mut self,
        server: &str,
        clients: &[&Client],
        task: &Task,
        browser: &str,
    ) {
        for client in clients {
            let steps = client.steps(task, browser, true).await;
            let how = task.client_id.as_deref().unwrap_or("registers");
            let name = format!("{}, {how}", client.name);
            self.row(server, &name, judged(steps, task, true));
        }
    }

    /// What cannot be tried here, and why.
    pub(crate) fn passed_over(&mut self, what: String) {
        println!("not tried: {what}");
        self.passed_over.push(what);
    }

    /// Fails if anything has. Where everything has to be there, nothing is passed over.
    pub(crate) fn finish(self) -> ExitCode {
        let failed = self.rows.iter().filter(|row| row.is_err()).count();
        let (rows, seconds) = (self.rows.len(), self.begin.elapsed().as_secs());
        println!("{} passed, {failed} failed, in {seconds} s", rows - failed);
        let incomplete = !self.passed_over.is_empty() && std::env::var_os("CI").is_some();
        ExitCode::from(u8::from(failed > 0 || incomplete))
    }
}
