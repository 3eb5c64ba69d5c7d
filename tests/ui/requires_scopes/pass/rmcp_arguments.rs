use futures::executor::block_on;
use rmcp::ErrorData;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::schemars::{self, JsonSchema};
use rmcp::{tool, tool_router};
use scopes_core::{Registry, ScopeCatalog, requires_scopes};
use serde::Deserialize;

#[derive(ScopeCatalog)]
pub enum Scope {
    #[scope("projects:{project}:write")]
    ProjectWrite,
    #[scope("projects:{project}:read")]
    ProjectRead,
}

#[derive(Deserialize, JsonSchema)]
struct Deploy {
    project: u64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Show {
    project_id: String,
}

#[derive(Clone)]
struct Projects;

#[tool_router]
impl Projects {
    /// Deploys a project.
    #[requires_scopes("projects:{project}:write")]
    #[tool]
    async fn deploy(&self, Parameters(Deploy { project, .. }): Parameters<Deploy>) -> Result<String, ErrorData> {
        Ok(project.to_string())
    }

    /// Shows a project.
    #[requires_scopes("projects:{projectId}:read", args(projectId = request.project_id))]
    #[tool]
    fn show(&self, Parameters(request): Parameters<Show>) -> Result<String, ErrorData> {
        Ok(request.project_id)
    }

    /// Below `#[tool]`, which writes a function that returns a future.
    #[tool]
    #[requires_scopes("projects:{project}:write", tool = "remove")]
    async fn remove(&self, Parameters(Deploy { project }): Parameters<Deploy>) -> Result<String, ErrorData> {
        Ok(project.to_string())
    }
}

fn main() {
    let deploy = |project| block_on(Projects.deploy(Parameters(Deploy { project })));
    let remove = |project| block_on(Projects.remove(Parameters(Deploy { project })));
    let show = |project_id: &str| Projects.show(Parameters(Show { project_id: project_id.to_owned() }));
    let caller = scopes_core::testing::caller("ada", "projects:1:write projects:x:read").unwrap();
    caller.enter(|| {
        assert!(deploy(1).is_ok());
        assert!(deploy(2).is_err());
        assert!(remove(1).is_ok());
        assert!(remove(2).is_err());
        assert!(show("x").is_ok());
        assert!(show("X").is_err());
    });
    assert_eq!(Projects::tool_router().list_all().len(), 3);
    assert_eq!(Registry::of_program().operations().len(), 3);
}
