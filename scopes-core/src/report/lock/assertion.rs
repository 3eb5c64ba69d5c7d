//! The assertion of a test.

use std::path::{Path, PathBuf};

use super::{Acceptance, CheckLockError, check};
use crate::registry::Registry;
use crate::report::contents::Report;
use crate::report::diff::OperationChange;

/// Fails a test unless `scopes.lock`, beside the package's `Cargo.toml`, matches the annotations of
/// the package; see [the module](crate::report::lock).
///
/// | | |
/// |---|---|
/// | `assert_scopes_locked!()` | `scopes.lock`, the operations of this package |
/// | `assert_scopes_locked!("path/to/scopes.lock")` | another path, from the package's folder |
/// | `assert_scopes_locked!(packages = ["journal", "billing"])` | the operations of these packages |
/// | `assert_scopes_locked!("path/to/scopes.lock", packages = ["journal"])` | both |
///
/// ```
/// use scopes_core::{AuthorizeError, ScopeCatalog, assert_scopes_locked, requires_scopes};
///
/// # #[derive(ScopeCatalog)]
/// # pub enum Scope {
/// #     #[scope("photos:read")]
/// #     PhotosRead,
/// # }
/// #[requires_scopes("photos:read", catalog = Scope)]
/// fn count_photos() -> Result<u32, AuthorizeError> {
///     Ok(42)
/// }
///
/// # let operations = scopes_core::Registry::of_program().of_packages(&[env!("CARGO_PKG_NAME")]);
/// # let file = std::env::temp_dir().join(format!("scopes-{}.lock", std::process::id()));
/// # std::fs::write(&file, scopes_core::report::Report::from_registry(&operations).lock())?;
/// // In a test, with the path of the committed file.
/// assert_scopes_locked!(&file);
/// # std::fs::remove_file(&file)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[macro_export]
macro_rules! assert_scopes_locked {
    () => {
        $crate::assert_scopes_locked!("scopes.lock")
    };
    (packages = [$($package:expr),+ $(,)?]) => {
        $crate::assert_scopes_locked!("scopes.lock", packages = [$($package),+])
    };
    ($path:expr) => {
        $crate::assert_scopes_locked!($path, packages = [::core::env!("CARGO_PKG_NAME")])
    };
    ($path:expr, packages = [$($package:expr),+ $(,)?]) => {
        $crate::report::lock::assert_locked(
            ::core::env!("CARGO_MANIFEST_DIR"),
            ::core::option_env!("CARGO_TARGET_TMPDIR"),
            $path,
            &[$($package),+],
        )
    };
}

/// Implements [`assert_scopes_locked!`](crate::assert_scopes_locked).
///
/// # Panics
///
/// If [`check`] fails, or one of the packages has no operation.
#[doc(hidden)]
#[track_caller]
pub fn assert_locked(
    cargo_manifest_dir: &str,
    cargo_target_tmpdir: Option<&str>,
    path: impl AsRef<Path>,
    packages: &[&str],
) {
    // A test that was built elsewhere is told where the package is now, as cargo tells it.
    let folder =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| cargo_manifest_dir.into());
    let path = PathBuf::from(folder).join(path);
    if let Err(error) = check_packages(&path, packages) {
        let hint = match &error {
            CheckLockError::Changed(_, diff)
                if cargo_target_tmpdir.is_none() && diff.operations().iter().any(is_added) =>
            {
                "\nthis test is compiled into the package itself, where the functions of `#[cfg(test)]` modules count: mark them `#[requires_scopes(.., unlisted)]`, or move them to `tests/`"
            }
            _ => "",
        };
        panic!("{error}{hint}");
    }
}

fn check_packages(path: &Path, packages: &[&str]) -> Result<(), CheckLockError> {
    let registry = Registry::of_program();
    let linked = registry.packages();
    let missing = packages.iter().filter(|package| !linked.contains(package));
    let missing: Vec<String> = missing.map(|package| (*package).to_owned()).collect();
    if !missing.is_empty() {
        return Err(CheckLockError::NothingAnnotated {
            packages: missing,
            linked: linked.into_iter().map(str::to_owned).collect(),
        });
    }
    let report = Report::from_registry(&registry.of_packages(packages));
    check(path, &report, Acceptance::of_environment()?)
}

fn is_added(change: &OperationChange) -> bool {
    matches!(change, OperationChange::Added { .. })
}
