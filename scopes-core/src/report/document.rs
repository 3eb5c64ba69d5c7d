//! The report as JSON, by the schema in `schema.md`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::alternatives::cases_of;
use super::contents::{
    Report, ReportedAnonymous, ReportedArgument, ReportedProgram, ReportedRequirement,
    ReportedScope,
};
use super::draft::{Draft, DraftOperation, DraftScope};
use super::label::Labels;
use super::problem::{ReportProblem, SCHEMA, VERSION};
use super::rows::rows;
use super::safe_text;
use crate::registry::{AnonymousLists, OperationKind};
use crate::scope::{Access, ScopeName};

#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    program: Option<Program>,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    anonymous: Vec<Anonymous>,
    #[serde(default)]
    scopes: Vec<Scope>,
    #[serde(default)]
    servers: Vec<Server>,
}

#[derive(Serialize, Deserialize)]
struct Program {
    name: String,
    #[serde(default)]
    version: String,
}

#[derive(Serialize, Deserialize)]
struct Anonymous {
    handler: String,
    lists: String,
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
    #[serde(default, skip_serializing_if = "is_false")]
    requestable: bool,
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    placeholders: Vec<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the member by reference"
)]
fn is_false(member: &bool) -> bool {
    !member
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
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    requires: Access<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<Argument>,
    #[serde(flatten, skip_deserializing)]
    enough: Option<Enough>,
    #[serde(default, skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    cases: Vec<Case>,
}

#[derive(Serialize, Deserialize)]
struct Argument {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
}

/// The least sets that are enough.
#[derive(Clone, Serialize)]
struct Enough {
    alternatives: Vec<Vec<String>>,
    alternatives_complete: bool,
}

/// The same, for some values of arguments.
#[derive(Clone, Serialize)]
struct Case {
    values: Vec<Values>,
    #[serde(flatten)]
    enough: Enough,
}

#[derive(Clone, Serialize)]
struct Values {
    argument: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
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
    /// Returns the report as JSON, indented, with a newline at the end: see the
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
            requestable: scope.requestable,
            placeholders: scope.placeholders().map(str::to_owned).collect(),
        });
    let servers = report.servers().map(|(name, operations)| {
        let about = |requirement: &ReportedRequirement| {
            let required = requirement.map(|leaf| labels.of_leaf(leaf));
            (required, enough(report, requirement, &labels))
        };
        let operations = rows(operations, about).map(|row| {
            let (requires, (enough, cases)) = row.about;
            let arguments = row.operation.arguments.iter().map(|argument| Argument {
                name: argument.name.clone(),
                expression: argument.expression.clone(),
            });
            Operation {
                kind: row.operation.kind,
                name: row.operation.name.clone(),
                path: row.operation.path.clone(),
                description: row.operation.description.clone(),
                requires,
                arguments: arguments.collect(),
                enough,
                cases,
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
        program: report.program.as_ref().map(|program| Program {
            name: program.name.clone(),
            version: program.version.clone(),
        }),
        packages: report.packages.clone(),
        anonymous: report
            .anonymous
            .iter()
            .map(|anonymous| Anonymous {
                handler: anonymous.handler.clone(),
                lists: anonymous.lists.word().to_owned(),
            })
            .collect(),
        scopes: scopes.collect(),
        servers: servers.collect(),
    }
}

/// Returns what is enough: for every call, or for each of several cases.
fn enough(
    report: &Report,
    requirement: &ReportedRequirement,
    labels: &Labels<'_>,
) -> (Option<Enough>, Vec<Case>) {
    let cases = cases_of(requirement).into_iter().map(|case| {
        let alternatives = report.alternatives(&case.requirement);
        let sets = alternatives.sets().iter();
        let values = case.values.into_iter().map(|known| Values {
            argument: known.argument,
            values: known.values,
        });
        Case {
            values: values.collect(),
            enough: Enough {
                alternatives: sets.map(|set| labels.of_leaves(set)).collect(),
                alternatives_complete: alternatives.is_complete(),
            },
        }
    });
    let mut cases: Vec<Case> = cases.collect();
    if cases.first().is_some_and(|case| case.values.is_empty()) {
        return (cases.pop().map(|case| case.enough), Vec::new());
    }
    (None, cases)
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
            requestable: scope.requestable,
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
            description: operation.description,
            arguments: operation
                .arguments
                .into_iter()
                .map(|argument| ReportedArgument {
                    name: argument.name,
                    expression: argument.expression,
                })
                .collect(),
        })
    });
    let anonymous = document.anonymous.into_iter().map(|anonymous| {
        let lists = AnonymousLists::from_word(&anonymous.lists);
        let lists = lists.ok_or(ReportProblem::UnknownLists(anonymous.lists))?;
        let handler = anonymous.handler;
        Ok(ReportedAnonymous { handler, lists })
    });
    let draft = Draft {
        program: document.program.map(|program| ReportedProgram {
            name: program.name,
            version: program.version,
        }),
        packages: document.packages,
        anonymous: anonymous.collect::<Result<_, _>>()?,
        scopes: scopes.collect(),
        operations: operations.collect(),
    };
    draft.finish().map_err(|(_, problem)| problem)
}
