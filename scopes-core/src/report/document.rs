//! The report as JSON, by the schema in `schema.md`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::contents::{
    Report, ReportedExpression, ReportedOperation, ReportedRequirement, ReportedScope,
};
use super::label::{KnownLabels, Labels};
use super::safe_text;
use crate::registry::OperationKind;
use crate::scope::ScopeName;

const SCHEMA: &str = "scopes-report";
const VERSION: u32 = 1;

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
    kind: Kind,
    name: String,
    #[serde(default)]
    path: String,
    requires: Requires,
    #[serde(default, skip_deserializing)]
    alternatives: Vec<Vec<String>>,
    #[serde(default, skip_deserializing)]
    alternatives_complete: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Tool,
    Prompt,
    Resource,
    Method,
    Function,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Requires {
    Public,
    Authenticated,
    #[serde(untagged)]
    Scopes(Expression),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expression {
    Scope(String),
    Any(Vec<Expression>),
    All(Vec<Expression>),
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
    let mut known = std::collections::HashMap::new();
    let servers = report.servers().map(|(name, operations)| {
        let operations = operations.iter().map(|operation| {
            let requirement = &operation.requirement;
            let alternatives = known
                .entry(requirement)
                .or_insert_with(|| report.alternatives(requirement));
            Operation {
                kind: operation.kind.into(),
                name: operation.name.clone(),
                path: operation.path.clone(),
                requires: requires(requirement, &labels),
                alternatives: alternatives.sets().iter().map(|set| all(set)).collect(),
                alternatives_complete: alternatives.is_complete(),
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

fn requires(requirement: &ReportedRequirement, labels: &Labels) -> Requires {
    match requirement {
        ReportedRequirement::Public => Requires::Public,
        ReportedRequirement::Authenticated => Requires::Authenticated,
        ReportedRequirement::Scopes(expression) => Requires::Scopes(written(expression, labels)),
    }
}

fn written(expression: &ReportedExpression, labels: &Labels) -> Expression {
    let members = |members: &[ReportedExpression]| {
        let members = members.iter();
        members.map(|member| written(member, labels)).collect()
    };
    match expression {
        ReportedExpression::Scope(place) => Expression::Scope(labels.get(*place).to_owned()),
        ReportedExpression::Any(inner) => Expression::Any(members(inner)),
        ReportedExpression::All(inner) => Expression::All(members(inner)),
    }
}

fn read(document: Document) -> Result<Report, String> {
    if document.schema != SCHEMA {
        return Err(format!("schema is {:?}, not {SCHEMA:?}", document.schema));
    }
    if document.version != VERSION {
        let version = document.version;
        return Err(format!("version {version}; this program reads {VERSION}"));
    }
    let implies: Vec<Vec<String>>;
    let mut scopes: Vec<ReportedScope>;
    (scopes, implies) = document
        .scopes
        .into_iter()
        .map(|scope| {
            let read = ReportedScope {
                catalog: scope.catalog,
                name: scope.name,
                description: scope.description,
                implies: Vec::new(),
                implied: Vec::new(),
                baseline: scope.baseline,
                hidden: scope.hidden,
            };
            (read, scope.implies)
        })
        .unzip();
    let labels = Labels::of(&scopes);
    let known = labels.known()?;
    for (scope, implies) in scopes.iter_mut().zip(implies) {
        let places = implies.iter().map(|label| known.find(label));
        scope.implies = places.collect::<Result<_, _>>()?;
    }
    let mut operations = Vec::new();
    for server in document.servers {
        for operation in server.operations {
            operations.push(ReportedOperation {
                server: server.name.clone(),
                kind: operation.kind.into(),
                name: operation.name,
                path: operation.path,
                requirement: match operation.requires {
                    Requires::Public => ReportedRequirement::Public,
                    Requires::Authenticated => ReportedRequirement::Authenticated,
                    Requires::Scopes(inner) => {
                        ReportedRequirement::Scopes(known_expression(inner, &known)?)
                    }
                },
            });
        }
    }
    Ok(Report::assembled(document.packages, scopes, operations))
}

fn known_expression(
    expression: Expression,
    known: &KnownLabels<'_>,
) -> Result<ReportedExpression, String> {
    let members = |members: Vec<Expression>| -> Result<Vec<_>, String> {
        let members = members.into_iter();
        members
            .map(|member| known_expression(member, known))
            .collect()
    };
    Ok(match expression {
        Expression::Scope(label) => ReportedExpression::Scope(known.find(&label)?),
        Expression::Any(inner) => ReportedExpression::Any(members(inner)?),
        Expression::All(inner) => ReportedExpression::All(members(inner)?),
    })
}

impl From<OperationKind> for Kind {
    fn from(kind: OperationKind) -> Self {
        match kind {
            OperationKind::Tool => Self::Tool,
            OperationKind::Prompt => Self::Prompt,
            OperationKind::Resource => Self::Resource,
            OperationKind::Method => Self::Method,
            OperationKind::Function => Self::Function,
        }
    }
}

impl From<Kind> for OperationKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Tool => Self::Tool,
            Kind::Prompt => Self::Prompt,
            Kind::Resource => Self::Resource,
            Kind::Method => Self::Method,
            Kind::Function => Self::Function,
        }
    }
}
