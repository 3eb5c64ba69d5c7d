//! Handlers that serve callers without a token.

/// The entries of lists that a caller without a token is shown, in ascending order.
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
pub struct AnonymousHandler {
    path: &'static str,
    lists: AnonymousLists,
    package: Option<&'static str>,
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
        cargo_pkg_name: Option<&'static str>,
        cargo_target_tmpdir: Option<&'static str>,
    ) -> Self {
        Self {
            path,
            lists,
            package: cargo_pkg_name,
            in_test_target: cargo_target_tmpdir.is_some(),
        }
    }
}

/// The handlers of these packages, outside of their test and benchmark targets, by path.
#[cfg(feature = "report")]
pub(crate) fn anonymous_handlers(packages: &[&str]) -> Vec<(String, AnonymousLists)> {
    let all = inventory::iter::<AnonymousHandler>.into_iter();
    let counted = all.filter(|handler| {
        let package = handler.package.unwrap_or_default();
        !handler.in_test_target && packages.contains(&package)
    });
    let mut handlers: Vec<_> = counted
        .map(|handler| (handler.path.to_owned(), handler.lists))
        .collect();
    handlers.sort_unstable();
    handlers
}
