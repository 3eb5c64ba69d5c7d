//! The generated guard: it agrees with a naive reading of its own arguments, wherever it stands.

use std::collections::BTreeSet;
use std::pin::Pin;

use futures::executor::block_on;
use futures::future::BoxFuture;
use scopes_core::{AuthorizeError, Caller, CallerSource, VerifiedToken, requires_scopes, testing};
use scopes_tests::vocabulary::{Scope, subsets, text, with_implied};

type Answer = Result<(), AuthorizeError>;

/// Reads the attribute's grammar into a plain boolean expression over the names held.
macro_rules! naive {
    ($held:ident, any($($member:tt $(($($inner:tt)*))?),+ $(,)?)) => {
        $(naive!($held, $member $(($($inner)*))?))||+
    };
    ($held:ident, all($($member:tt $(($($inner:tt)*))?),+ $(,)?)) => {
        $(naive!($held, $member $(($($inner)*))?))&&+
    };
    ($held:ident, $name:literal) => { $held.contains($name) };
}

/// For each requirement a guarded function, and the naive reading of the same tokens.
macro_rules! requirements {
    ($($function:ident: $word:tt $(($($inner:tt)*))?;)+) => {
        mod guarded {
            $(
                #[scopes_core::requires_scopes($word $(($($inner)*))?, catalog = super::Scope)]
                pub(super) fn $function() -> super::Answer { Ok(()) }
            )+
        }

        type Reading = fn(&BTreeSet<&str>) -> bool;

        const REQUIREMENTS: &[(&str, fn() -> Answer, Reading)] = &[$((
            stringify!($word $(($($inner)*))?),
            guarded::$function,
            |held| naive!(held, $word $(($($inner)*))?),
        )),+];
    };
}

requirements! {
    one: "entries:read";
    hidden: "audit";
    either: any("entries:read", "entries:write");
    both: all("entries:read", "tags:read");
    all_of_any: all("entries:write", any("tags:read", "tags:write"));
    any_of_all: any(all("entries:read", "tags:read"), "admin");
    precedence_one: all(any("user:read", all("entries:read", "tags:read")), "analytics:view");
    precedence_two: any(all("user:read", any("entries:read", "tags:read")), "analytics:view");
    any_first: all(any("entries:read", "tags:read"), any("user:read", "analytics:view"));
    all_first: any(all("entries:read", "tags:read"), all("user:read", "analytics:view"));
    deep: any(all(any(all("user:read", "tags:write"), "entries:write"), "analytics:view"), "audit");
    repeated: all(any("entries:read", "tags:read"), any("tags:read", "user:read"));
    singles: all(any(all(any("tags:write"))));
    trailing: any("user:read", all("entries:read", "tags:read",),);
    wide: any("user:read", "entries:write", "tags:write", "analytics:view", "admin", "audit");
    everything: all(
        "user:read", "entries:read", "entries:write", "tags:read", "tags:write",
        "analytics:view", "admin", "audit",
    );
    mixed: all(
        any("user:read", all("tags:write", "audit"), "analytics:view"),
        "entries:read",
        any(all("entries:write", "tags:read"), all("user:read", any("audit", "admin"))),
    );
}

#[test]
fn the_guard_agrees_with_a_naive_reading() {
    let everything = Scope::ALL.iter().copied().collect();
    for granted in subsets(&everything) {
        let held = with_implied(&granted);
        let held: BTreeSet<&str> = held.iter().map(Scope::as_str).collect();
        for (requirement, guarded, naive) in REQUIREMENTS {
            let caller = testing::caller("ada", &text(&granted)).expect("valid scopes");
            let allowed = caller.enter(guarded).is_ok();
            assert_eq!(allowed, naive(&held), "{requirement} with {granted:?}");
        }
    }
}

#[test]
fn without_a_caller_everything_guarded_is_refused() {
    for (requirement, guarded, _) in REQUIREMENTS {
        assert_eq!(
            guarded(),
            Err(AuthorizeError::MissingToken),
            "{requirement}"
        );
        assert_eq!(
            Caller::anonymous().enter(guarded),
            Err(AuthorizeError::MissingToken)
        );
    }
    assert_eq!(authenticated(), Err(AuthorizeError::MissingToken));
    assert_eq!(public(), 7);
}

#[requires_scopes(authenticated)]
fn authenticated() -> Answer {
    Ok(())
}

#[requires_scopes(public)]
fn public() -> u8 {
    7
}

#[test]
fn authenticated_asks_for_a_token_and_nothing_more() {
    assert_eq!(
        testing::caller("ada", "")
            .expect("valid")
            .enter(authenticated),
        Ok(())
    );
}

// The caller named by `from`.

struct Request {
    caller: Caller,
    token: Option<VerifiedToken>,
}

impl CallerSource for Request {
    fn caller(&self) -> Caller {
        self.caller.clone()
    }
}

impl Request {
    #[requires_scopes("entries:read", catalog = Scope, from = self)]
    fn taken_from_self(&self) -> Answer {
        Ok(())
    }
}

#[requires_scopes("entries:read", catalog = Scope, from = request.token)]
fn from_a_field(request: &Request) -> Answer {
    Ok(())
}

#[requires_scopes("entries:read", catalog = Scope, from = request.as_ref().map(|request| &request.caller))]
fn from_an_expression(request: Option<&Request>) -> Answer {
    Ok(())
}

#[test]
fn the_caller_is_taken_from_where_the_option_says() {
    let reader = testing::caller("ada", "entries:read").expect("valid");
    let good = Request {
        caller: reader.clone(),
        token: reader.token().cloned(),
    };
    let anonymous = Request {
        caller: Caller::anonymous(),
        token: None,
    };
    // The current caller does not help, nor does it harm.
    for current in [reader, Caller::anonymous()] {
        current.enter(|| {
            assert!(good.taken_from_self().is_ok());
            assert!(from_a_field(&good).is_ok());
            assert!(from_an_expression(Some(&good)).is_ok());
            assert!(anonymous.taken_from_self().is_err());
            assert!(from_a_field(&anonymous).is_err());
            assert!(from_an_expression(None).is_err());
        });
    }
}

// The body runs only after the check, and futures are checked when they are polled.

#[requires_scopes("entries:read", catalog = Scope)]
async fn asynchronous(ran: &std::cell::Cell<bool>) -> Answer {
    std::future::ready(()).await;
    ran.set(true);
    Ok(())
}

#[requires_scopes("entries:read", catalog = Scope)]
fn pinned<'a>(ran: &'a std::cell::Cell<bool>) -> Pin<Box<dyn Future<Output = Answer> + 'a>> {
    ran.set(true);
    Box::pin(async { Ok(()) })
}

#[requires_scopes("entries:read", catalog = Scope)]
fn aliased(ran: &std::sync::atomic::AtomicBool) -> BoxFuture<'_, Answer> {
    ran.store(true, std::sync::atomic::Ordering::Relaxed);
    Box::pin(async { Ok(()) })
}

#[requires_scopes("entries:read", catalog = Scope)]
fn opaque(ran: &std::cell::Cell<bool>) -> impl Future<Output = Answer> {
    ran.set(true);
    async { Ok(()) }
}

#[test]
fn futures_are_checked_where_they_are_polled() {
    let reader = testing::caller("ada", "entries:read").expect("valid");
    let ran = std::cell::Cell::new(false);
    let shared = std::sync::atomic::AtomicBool::new(false);

    // Made in the context, polled outside of it: refused, and nothing of the body runs.
    let (one, two, three, four) = reader.clone().enter(|| {
        (
            asynchronous(&ran),
            pinned(&ran),
            aliased(&shared),
            opaque(&ran),
        )
    });
    assert_eq!(block_on(one), Err(AuthorizeError::MissingToken));
    assert_eq!(block_on(two), Err(AuthorizeError::MissingToken));
    assert_eq!(block_on(three), Err(AuthorizeError::MissingToken));
    assert_eq!(block_on(four), Err(AuthorizeError::MissingToken));
    assert!(!ran.get() && !shared.load(std::sync::atomic::Ordering::Relaxed));

    // Made outside, polled in the context: allowed.
    assert_eq!(block_on(reader.clone().run(asynchronous(&ran))), Ok(()));
    assert!(ran.replace(false));
    assert_eq!(block_on(reader.clone().run(pinned(&ran))), Ok(()));
    assert!(ran.replace(false));
    assert_eq!(block_on(reader.clone().run(opaque(&ran))), Ok(()));
    assert!(ran.replace(false));
    assert_eq!(block_on(reader.run(aliased(&shared))), Ok(()));
    assert!(shared.load(std::sync::atomic::Ordering::Relaxed));
}

// The refusal leaves through whatever error the function has.

#[derive(Debug)]
enum Trouble {
    Refused(AuthorizeError),
}

impl From<AuthorizeError> for Trouble {
    fn from(refusal: AuthorizeError) -> Self {
        Self::Refused(refusal)
    }
}

#[requires_scopes("entries:read", catalog = Scope)]
fn own_error() -> Result<u8, Trouble> {
    Ok(1)
}

#[requires_scopes("entries:read", catalog = Scope)]
fn text_error() -> Result<u8, String> {
    Ok(1)
}

#[requires_scopes("entries:read", catalog = Scope)]
fn boxed_error() -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    Ok(1)
}

#[test]
fn every_error_carries_the_refusal() {
    let caller = testing::caller("ada", "tags:read").expect("valid");
    caller.enter(|| {
        let Err(Trouble::Refused(AuthorizeError::InsufficientScope(refusal))) = own_error() else {
            panic!("the refusal");
        };
        assert_eq!(refusal.missing().to_string(), "entries:read");
        assert_eq!(
            text_error().expect_err("refused"),
            "entries:read is required."
        );
        let error = boxed_error().expect_err("refused");
        assert!(error.downcast_ref::<AuthorizeError>().is_some());
    });
}
