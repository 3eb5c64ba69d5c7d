//! Handlers that serve callers without a token.

/// The entries of lists that a caller without a token is shown, in ascending order.
///
/// ```
/// # #[cfg(feature = "mcp")] {
/// use scopes_core::AnonymousLists;
/// use scopes_core::{mcp::Gate, tower::Protect};
///
/// /// Serves public operations without a token, and lists no others.
/// fn admit<S, V>(server: Protect<Gate<S>, V>) -> Protect<Gate<S>, V> {
///     server.anonymous_access(AnonymousLists::Public)
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnonymousLists {
    /// Those of public operations.
    Public,
    /// All. The lock file and the log name this a loosening.
    Whole,
}

impl AnonymousLists {
    /// The word for it in reports and lock files.
    #[cfg(feature = "report")]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Whole => "whole",
        }
    }

    #[cfg(feature = "report")]
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Public, Self::Whole]
            .into_iter()
            .find(|lists| lists.word() == word)
    }
}

/// A handler with `#[scoped_handler(anonymous = ..)]`, as the linker collects it.
#[doc(hidden)]
#[derive(Debug)]
#[cfg_attr(
    not(feature = "report"),
    expect(dead_code, reason = "only reports read it")
)]
pub struct AnonymousHandler {
    path: &'static str,
    lists: AnonymousLists,
    in_test_target: bool,
}

inventory::collect!(AnonymousHandler);

impl AnonymousHandler {
    /// Cargo sets `CARGO_TARGET_TMPDIR` while it compiles integration tests and benchmarks, and for
    /// nothing else.
    #[must_use]
    pub const fn new(
        path: &'static str,
        lists: AnonymousLists,
        cargo_target_tmpdir: Option<&'static str>,
    ) -> Self {
        Self {
            path,
            lists,
            in_test_target: cargo_target_tmpdir.is_some(),
        }
    }
}

/// The handlers of the program, outside of test and benchmark targets, by path. They count whichever
/// package has the operations: the handler that admits callers may stand in another one.
#[cfg(feature = "report")]
pub(crate) fn anonymous_handlers() -> Vec<(String, AnonymousLists)> {
    let all = inventory::iter::<AnonymousHandler>.into_iter();
    let counted = all.filter(|handler| !handler.in_test_target);
    let mut handlers: Vec<_> = counted
        .map(|handler| (handler.path.to_owned(), handler.lists))
        .collect();
    handlers.sort_unstable();
    handlers
}
