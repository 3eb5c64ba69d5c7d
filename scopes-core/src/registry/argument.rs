//! An argument that the decision of a guard depends on.

/// An argument by which a guard decides.
///
/// ```
/// use scopes_core::{AuthorizeError, Registry, ScopeCatalog, requires_scopes};
///
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     #[scope("boards:{board}:write")]
/// #     BoardWrite,
/// # }
/// #[requires_scopes("boards:{board}:write", catalog = Scope)]
/// fn clear_board(board: &str) -> Result<(), AuthorizeError> {
///     Ok(())
/// }
///
/// let operations = Registry::of_program().operations();
/// let clears = operations.iter().find(|operation| operation.name.ends_with("clear_board"));
/// let board = clears.map(|operation| operation.arguments[0]).ok_or("it is annotated")?;
/// assert_eq!(board.name, "board");
/// assert!(board.in_request);
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct ReadArgument {
    /// The name on the wire. One with dots is a path into an object.
    pub name: &'static str,
    /// The expression by which the function reads it, as it stands in `args(..)`; `None` where it is
    /// the binding of that name.
    pub expression: Option<&'static str>,
    /// `true` if the value stands in the request under that name: the expression is a path into a
    /// parameter of the function. If not, only the guard can decide.
    pub in_request: bool,
}

impl ReadArgument {
    pub(crate) const fn new(
        name: &'static str,
        expression: Option<&'static str>,
        in_request: bool,
    ) -> Self {
        Self {
            name,
            expression,
            in_request,
        }
    }
}
