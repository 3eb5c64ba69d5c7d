#![deny(warnings, clippy::pedantic)]
//! Values of every kind of parameter, in functions of every kind.

use std::future::Future;
use std::pin::Pin;

use futures::executor::block_on;
use scopes_core::{AuthorizeError, Caller, ScopeCatalog, requires_scopes};

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("projects:write", implies(ProjectWrite))]
    ProjectsWrite,
    #[scope("projects:{project}:write")]
    ProjectWrite,
    #[scope("repos/{owner}/{repo}:read")]
    RepoRead,
}

type Answer<T = ()> = Result<T, AuthorizeError>;

fn caller(scopes: &str) -> Caller {
    scopes_core::testing::caller("ada", scopes).unwrap()
}

/// Project 1 is allowed, project 2 denied; who may change all may change both.
fn assert_decides<T>(decide: impl Fn(u64) -> Answer<T>) {
    caller("projects:1:write").enter(|| {
        assert!(decide(1).is_ok());
        assert!(decide(2).is_err());
    });
    caller("projects:write").enter(|| assert!(decide(2).is_ok()));
    assert!(decide(1).is_err());
}

#[derive(Clone, serde::Deserialize)]
struct Deploy {
    project: u64,
    tags: Vec<String>,
}

struct Parameters<T>(T);

#[requires_scopes("projects:{project}:write")]
fn binding(project: u64) -> Answer<u64> {
    Ok(project)
}

#[requires_scopes("projects:{project}:write")]
fn moved(project: String) -> Answer<String> {
    let moved = project;
    Ok(moved)
}

#[requires_scopes("projects:{project}:write")]
fn borrowed(project: &str) -> Answer<&str> {
    Ok(project)
}

#[requires_scopes("projects:{project}:write")]
fn changed(mut project: u64) -> Answer<u64> {
    project += 1;
    Ok(project)
}

#[requires_scopes("projects:{project}:write")]
fn pattern(Parameters(Deploy { project, tags }): Parameters<Deploy>) -> Answer<usize> {
    let _ = project;
    Ok(tags.len())
}

#[requires_scopes("projects:{id}:write")]
fn renamed(Parameters(Deploy { project: id, .. }): Parameters<Deploy>) -> Answer<u64> {
    Ok(id)
}

#[requires_scopes("projects:{project}:write")]
fn inside([(_, ref project @ _), _]: [(u8, u64); 2]) -> Answer<u64> {
    Ok(*project)
}

#[requires_scopes("projects:{deploy.project}:write")]
fn member(deploy: &Deploy) -> Answer<u64> {
    Ok(deploy.project)
}

#[requires_scopes("projects:{projectId}:write", args(projectId = request.0.project))]
fn expression(request: Parameters<Deploy>) -> Answer<usize> {
    Ok(request.0.tags.len())
}

#[requires_scopes("projects:{project-id}:write", args("project-id" = [project].iter().find(|one| **one > 0)))]
fn computed(project: u64) -> Answer<u64> {
    Ok(project)
}

#[requires_scopes("projects:{type}:write")]
fn keyword(r#type: u64) -> Answer<u64> {
    Ok(r#type)
}

#[requires_scopes("projects:{project}:write")]
async fn later(project: String) -> Answer<String> {
    std::future::ready(()).await;
    Ok(project)
}

#[requires_scopes("projects:{project}:write")]
fn opaque(project: String) -> impl Future<Output = Answer<String>> + Send {
    async move { Ok(project) }
}

#[requires_scopes("projects:{project}:write")]
fn boxed(project: &str) -> Pin<Box<dyn Future<Output = Answer<usize>> + Send + '_>> {
    Box::pin(async move { Ok(project.len()) })
}

#[requires_scopes("projects:{project}:write")]
fn generic<P: serde::Serialize + ?Sized>(project: &P) -> Answer<&P> {
    Ok(project)
}

#[requires_scopes("projects:{project}:write")]
fn of_any_type(project: impl serde::Serialize) -> Answer {
    let _ = project;
    Ok(())
}

#[requires_scopes("projects:{project}:write")]
async fn axum_path(axum::extract::Path(project): axum::extract::Path<u64>) -> Answer<u64> {
    Ok(project)
}

#[requires_scopes("repos/{owner}/{repo}:read", resource = "repo://{owner}/{repo}/readme")]
async fn resource(owner: &str, repo: &str) -> Answer<String> {
    Ok(format!("{owner} {repo}"))
}

struct Project {
    id: u64,
    caller: Caller,
}

impl Project {
    #[requires_scopes("projects:{project}:write", args(project = self.id))]
    fn method(&self) -> Answer<u64> {
        Ok(self.id)
    }

    #[requires_scopes("projects:{project}:write", args(project = self.id))]
    async fn later(self) -> Answer<u64> {
        Ok(self.id)
    }

    #[requires_scopes("projects:{project}:write", args(project = self.id))]
    fn opaque(&self) -> impl Future<Output = Answer<u64>> + Send + '_ {
        async move { Ok(self.id) }
    }

    #[requires_scopes("projects:{project}:write", from = self.caller)]
    fn from(&self, project: u64) -> Answer<u64> {
        Ok(project + self.id)
    }
}

#[async_trait::async_trait]
trait Deployer {
    async fn deploy(&self, project: String) -> Answer<usize>;
}

#[async_trait::async_trait]
impl Deployer for () {
    #[requires_scopes("projects:{project}:write")]
    async fn deploy(&self, project: String) -> Answer<usize> {
        Ok(project.len())
    }
}

macro_rules! deploys {
    ($name:ident) => {
        #[requires_scopes("projects:{project}:write")]
        fn $name(project: u64) -> Answer<u64> {
            Ok(project)
        }
    };
}
deploys!(of_a_macro);

fn assert_send<T: Send>(value: T) -> T {
    value
}

fn deploy(project: u64) -> Deploy {
    Deploy { project, tags: Vec::new() }
}

fn project(id: u64, caller: Caller) -> Project {
    Project { id, caller }
}

fn main() {
    assert_decides(binding);
    assert_decides(of_a_macro);
    assert_decides(|id| moved(id.to_string()));
    assert_decides(|id| borrowed(&id.to_string()).map(drop));
    assert_decides(changed);
    assert_decides(|id| pattern(Parameters(deploy(id))));
    assert_decides(|id| renamed(Parameters(deploy(id))));
    assert_decides(|id| inside([(0, id), (0, 1)]));
    assert_decides(|id| member(&deploy(id)));
    assert_decides(|id| expression(Parameters(deploy(id))));
    assert_decides(computed);
    assert_decides(keyword);
    assert_decides(|id| block_on(assert_send(later(id.to_string()))));
    assert_decides(|id| block_on(assert_send(opaque(id.to_string()))));
    assert_decides(|id| block_on(boxed(&id.to_string())));
    assert_decides(|id| generic(&id).map(drop));
    assert_decides(|id| generic(id.to_string().as_str()).map(drop));
    assert_decides(of_any_type);
    assert_decides(|id| block_on(axum_path(axum::extract::Path(id))));
    assert_decides(|id| project(id, Caller::anonymous()).method());
    assert_decides(|id| block_on(project(id, Caller::anonymous()).later()));
    assert_decides(|id| block_on(project(id, Caller::anonymous()).opaque()));
    assert_decides(|id| block_on(().deploy(id.to_string())));

    let reader = project(0, caller("projects:1:write"));
    assert!(reader.from(1).is_ok());
    assert!(reader.from(2).is_err());

    caller("repos/ada/notes:read").enter(|| {
        assert!(block_on(resource("ada", "notes")).is_ok());
        assert!(block_on(resource("notes", "ada")).is_err());
        // No value speaks for two segments.
        assert!(block_on(resource("ada/notes", "x")).is_err());
    });
}
