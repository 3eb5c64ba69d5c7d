//! One annotated function.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Shared;
use super::argument::ReadArgument;
use crate::scope::Requirement;

/// A protected operation: its kind, its name and its requirement. Created by
/// `#[requires_scopes(..)]`, or with [`new`](Self::new) for an operation that has no function.
///
/// ```
/// use scopes_core::{OperationKind, ProtectedOperation, Registry, Requirement, ScopeName};
///
/// // A tool of a plugin, which has no function to annotate.
/// let requirement = Requirement::one(ScopeName::from_static("search:read"));
/// let search = ProtectedOperation::at_run_time(OperationKind::Tool, "search", requirement);
/// assert_eq!(search.requirement.to_string(), "search:read");
///
/// let registry = Registry::of_program();
/// registry.add(search);
/// assert!(registry.requirements(OperationKind::Tool, "search").is_some());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtectedOperation {
    /// The kind of operation that clients see.
    pub kind: OperationKind,
    /// The name under which clients reach it; of a plain function, its path.
    pub name: Cow<'static, str>,
    /// The requirement.
    pub requirement: Shared<Requirement>,
    /// The server of the program that serves it; empty for the unnamed one.
    pub server: Cow<'static, str>,
    /// The path of the function, with its module and its type: `journal::Journal::purge`, or
    /// `<journal::Journal as journal::Entries>::purge`. Empty where there is no function.
    pub path: &'static str,
    /// The package of the function, by the name in its `Cargo.toml`; empty if cargo did not build
    /// it.
    pub package: &'static str,
    /// `true` for a function in an integration test or a benchmark.
    pub in_test_target: bool,
    /// The source file of the function.
    pub file: &'static str,
    /// The line of the annotation, counted from 1.
    pub line: u32,
    /// `true` if the guard uses the current caller, which it does unless `from = ..` names one.
    pub asks_context: bool,
    /// The arguments on which the decision of its guard depends.
    pub arguments: &'static [ReadArgument],
    /// The first paragraph of the function's doc comment; empty if there is none.
    pub description: Cow<'static, str>,
}

/// The kind of an operation, as clients see it.
///
/// ```
/// use scopes_core::OperationKind;
///
/// let kind: OperationKind = "tool".parse()?;
/// assert_eq!(kind, OperationKind::Tool);
/// let names = OperationKind::ALL.map(OperationKind::as_str);
/// assert_eq!(names, ["tool", "prompt", "resource", "method", "function"]);
/// # Ok::<(), scopes_core::registry::ParseOperationKindError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// An MCP tool.
    Tool,
    /// An MCP prompt.
    Prompt,
    /// An MCP resource or resource template.
    Resource,
    /// A JSON-RPC method that MCP does not define.
    Method,
    /// Any other function, such as an HTTP handler.
    Function,
}

impl ProtectedOperation {
    /// Creates an operation of the unnamed server. A resource's name is its URI, or a template of RFC 6570
    /// level 1, whose expressions are `{name}`; the gate finds no URI for other expressions.
    #[must_use]
    #[track_caller]
    pub const fn new(
        kind: OperationKind,
        name: &'static str,
        requirement: &'static Requirement,
    ) -> Self {
        let caller = std::panic::Location::caller();
        Self {
            kind,
            name: Cow::Borrowed(name),
            requirement: Shared::from_static(requirement),
            server: Cow::Borrowed(""),
            path: "",
            package: "",
            in_test_target: false,
            file: caller.file(),
            line: caller.line(),
            asks_context: false,
            arguments: &[],
            description: Cow::Borrowed(""),
        }
    }

    /// Creates an operation of the unnamed server that is known at run time only, such as a tool of a plugin
    /// or of a server behind a proxy; [`Registry::add`](super::Registry::add) makes it known.
    #[must_use]
    #[track_caller]
    pub fn at_run_time(
        kind: OperationKind,
        name: impl Into<Cow<'static, str>>,
        requirement: impl Into<Shared<Requirement>>,
    ) -> Self {
        static NONE: Requirement = Requirement::authenticated();
        Self {
            name: name.into(),
            requirement: requirement.into(),
            ..Self::new(kind, "", &NONE)
        }
    }

    /// Returns the same operation, served by `server`.
    #[must_use]
    pub fn on_server(mut self, server: impl Into<Cow<'static, str>>) -> Self {
        self.server = server.into();
        self
    }

    /// Returns the same operation, guarded by a function that asks for the current caller.
    #[must_use]
    pub const fn asking_context(mut self) -> Self {
        self.asks_context = true;
        self
    }
}

impl fmt::Display for ProtectedOperation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} `{}` ({}:{})",
            self.kind, self.name, self.file, self.line
        )
    }
}

impl OperationKind {
    /// Every kind, in order.
    pub const ALL: [Self; 5] = [
        Self::Tool,
        Self::Prompt,
        Self::Resource,
        Self::Method,
        Self::Function,
    ];

    /// Returns the kind as it is written in reports and lock files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Method => "method",
            Self::Function => "function",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// Returned when a text is not the name of an operation's kind.
///
/// ```
/// use scopes_core::OperationKind;
///
/// let message = "tols".parse::<OperationKind>().map_err(|error| error.to_string());
/// let expected = "unknown kind \"tols\"; expected one of tool, prompt, resource, method, function";
/// assert_eq!(message, Err(expected.to_owned()));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ParseOperationKindError(String);

impl FromStr for OperationKind {
    type Err = ParseOperationKindError;

    fn from_str(text: &str) -> Result<Self, ParseOperationKindError> {
        let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        kind.ok_or_else(|| ParseOperationKindError(text.to_owned()))
    }
}

/// Prints what `Display` does: `main` shows the error that it returns by `Debug`.
impl fmt::Debug for ParseOperationKindError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for ParseOperationKindError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = OperationKind::ALL.map(OperationKind::as_str).join(", ");
        write!(
            formatter,
            "unknown kind {:?}; expected one of {known}",
            self.0
        )
    }
}

impl std::error::Error for ParseOperationKindError {}

impl Serialize for OperationKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for OperationKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
