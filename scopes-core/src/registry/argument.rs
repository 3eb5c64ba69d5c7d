//! An argument that the decision of a guard depends on.

/// An argument by which a guard decides.
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
