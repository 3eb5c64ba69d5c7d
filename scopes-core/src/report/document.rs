//! The report as JSON, by the schema in `schema.md`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::contents::{Report, ReportedRequirement, ReportedScope};
use super::draft::{Draft, DraftOperation, DraftScope};
use super::label::Labels;
use super::problem::{ReportProblem, SCHEMA, VERSION};
use super::rows::rows;
use super::safe_text;
use crate::registry::OperationKind;
use crate::scope::{Access, ScopeName};

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    version: u32,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    scopes: Vec<Scope>,
    #[serde(default)]
    servers: Vec<Server>,
}

#[derive(Serialize, Deserialize)]
struct Scope {
    name: ScopeName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(default)]
    catalog: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    implies: Vec<String>,
    #[serde(default, skip_deserializing)]
    implied: Vec<String>,
    #[serde(default)]
    baseline: bool,
    #[serde(default)]
    hidden: bool,
}

#[derive(Serialize, Deserialize)]
struct Server {
    name: String,
    #[serde(default)]
    operations: Vec<Operation>,
}

#[derive(Serialize, Deserialize)]
struct Operation {
    kind: OperationKind,
    name: String,
    #[serde(default)]
    path: String,
    requires: Access<String>,
    #[serde(default, skip_deserializing)]
    alternatives: Vec<Vec<String>>,
    #[serde(default, skip_deserializing)]
    alternatives_complete: bool,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Document::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Report {
    /// The report as JSON, indented, with a newline at the end: see the
    /// [schema](crate::report#the-report-as-json).
    #[must_use]
    pub fn json(&self) -> String {
        // Strings, numbers and lists always are JSON.
        let json = serde_json::to_string_pretty(self).unwrap_or_default();
        safe_text::json(&json) + "\n"
    }
}

fn write(report: &Report) -> Document {
    let labels = Labels::of_report(report);
    let label = |place: &usize| labels.get(*place).to_owned();
    let all = |places: &[usize]| places.iter().map(label).collect();
    let scopes = report
        .scopes
        .iter()
        .enumerate()
        .map(|(place, scope)| Scope {
            name: scope.name.clone(),
            label: Some(label(&place)).filter(|label| label != scope.name.as_str()),
            catalog: scope.catalog.clone(),
            description: scope.description.clone(),
            implies: all(&scope.implies),
            implied: all(&scope.implied),
            baseline: scope.baseline,
            hidden: scope.hidden,
        });
    let servers = report.servers().map(|(name, operations)| {
        let about = |requirement: &ReportedRequirement| {
            let alternatives = report.alternatives(requirement);
            let sets: Vec<_> = alternatives.sets().iter().map(|set| all(set)).collect();
            (requirement.map(label), sets, alternatives.is_complete())
        };
        let operations = rows(operations, about).map(|row| {
            let (requires, alternatives, alternatives_complete) = row.about;
            Operation {
                kind: row.operation.kind,
                name: row.operation.name.clone(),
                path: row.operation.path.clone(),
                requires,
                alternatives,
                alternatives_complete,
            }
        });
        Server {
            name: name.to_owned(),
            operations: operations.collect(),
        }
    });
    Document {
        schema: SCHEMA.to_owned(),
        version: VERSION,
        packages: report.packages.clone(),
        scopes: scopes.collect(),
        servers: servers.collect(),
    }
}

fn read(document: Document) -> Result<Report, ReportProblem> {
    if document.schema != SCHEMA {
        return Err(ReportProblem::OtherSchema(document.schema));
    }
    if document.version != VERSION {
        return Err(ReportProblem::OtherVersion(document.version));
    }
    let scopes = document.scopes.into_iter().map(|scope| DraftScope {
        line: 0,
        scope: ReportedScope {
            catalog: scope.catalog,
            name: scope.name,
            description: scope.description,
            implies: Vec::new(),
            implied: Vec::new(),
            baseline: scope.baseline,
            hidden: scope.hidden,
        },
        implies: scope.implies,
    });
    let operations = document.servers.into_iter().flat_map(|server| {
        let operations = server.operations.into_iter();
        operations.map(move |operation| DraftOperation {
            line: 0,
            server: server.name.clone(),
            kind: operation.kind,
            name: operation.name,
            path: operation.path,
            requires: operation.requires,
        })
    });
    let draft = Draft {
        packages: document.packages,
        scopes: scopes.collect(),
        operations: operations.collect(),
    };
    draft.finish().map_err(|(_, problem)| problem)
}
