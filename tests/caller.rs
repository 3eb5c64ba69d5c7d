//! The current caller: without a runtime, across awaits and threads, and never left behind.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;
use scopes_core::{AuthorizeError, Caller, Claims, testing};
use serde_json::json;

fn caller(subject: &str) -> Caller {
    testing::caller(subject, "entries:read").expect("valid scopes")
}

fn current() -> Option<String> {
    Caller::current()
        .token()
        .and_then(|token| token.subject().map(str::to_owned))
}

/// Gives the executor a turn.
async fn turn() {
    let mut given = false;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut given, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[test]
fn outside_of_a_context_nobody_calls() {
    assert_eq!(current(), None);
    assert!(Caller::default().token().is_none());
}

#[test]
fn contexts_nest_and_end() {
    caller("ada").enter(|| {
        assert_eq!(current().as_deref(), Some("ada"));
        caller("grace").enter(|| assert_eq!(current().as_deref(), Some("grace")));
        Caller::anonymous().enter(|| assert_eq!(current(), None));
        assert_eq!(current().as_deref(), Some("ada"));
    });
    assert_eq!(current(), None);
}

#[test]
fn a_test_enters_a_context_in_one_line() {
    let ada = testing::enter("ada", "entries:read");
    assert_eq!(current().as_deref(), Some("ada"));
    {
        let _grace = testing::enter("grace", "");
        assert_eq!(current().as_deref(), Some("grace"));
        caller("linus").enter(|| assert_eq!(current().as_deref(), Some("linus")));
        assert_eq!(current().as_deref(), Some("grace"));
    }
    assert_eq!(current().as_deref(), Some("ada"));
    assert_eq!(std::thread::spawn(current).join().expect("no panic"), None);
    drop(ada);
    assert_eq!(current(), None);
    let refused = catch_unwind(|| testing::enter("ada", "a  \"b\""));
    assert!(refused.is_err() && current().is_none());
}

#[test]
fn contexts_of_a_test_end_in_any_order() {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in orders {
        let names = ["ada", "grace", "linus"];
        let mut entered = names.map(|name| Some(testing::enter(name, "")));
        for dropped in order {
            drop(entered[dropped].take());
            let last = entered.iter().rposition(Option::is_some);
            let last = last.map(|last| names[last]);
            assert_eq!(current().as_deref(), last, "{order:?}");
        }
    }
}

/// The context was the future's, and ends with it.
#[test]
fn a_context_that_a_test_enters_in_a_future_ends_with_it() {
    let mut future = Box::pin(caller("ada").run(async {
        let _grace = testing::enter("grace", "");
        turn().await;
        assert_eq!(current().as_deref(), Some("grace"));
        turn().await;
    }));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..2 {
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert_eq!(current(), None);
    }
    drop(future);
    assert_eq!(current(), None);
}

#[tokio::test]
async fn an_async_test_enters_a_context_in_one_line() {
    let _ada = testing::enter("ada", "entries:read");
    tokio::task::yield_now().await;
    assert_eq!(current().as_deref(), Some("ada"));
    assert_eq!(
        caller("grace").run(async { current() }).await.as_deref(),
        Some("grace")
    );
    assert_eq!(current().as_deref(), Some("ada"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_async_test_on_several_threads_enters_a_context_in_one_line() {
    let _ada = testing::enter("ada", "entries:read");
    for _ in 0..10 {
        tokio::task::yield_now().await;
        assert_eq!(current().as_deref(), Some("ada"));
    }
}

#[test]
fn a_panic_ends_the_context() {
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        caller("ada").enter(|| panic!("on purpose"))
    }));
    assert!(panicked.is_err());
    assert_eq!(current(), None);
}

#[test]
fn a_future_keeps_its_caller_across_awaits() {
    block_on(caller("ada").run(async {
        assert_eq!(current().as_deref(), Some("ada"));
        turn().await;
        caller("grace")
            .run(async { assert_eq!(current().as_deref(), Some("grace")) })
            .await;
        turn().await;
        assert_eq!(current().as_deref(), Some("ada"));
    }));
    assert_eq!(current(), None);
}

#[test]
fn interleaved_futures_do_not_mix() {
    let task = |name: &'static str| {
        caller(name).run(async move {
            for _ in 0..10 {
                assert_eq!(current().as_deref(), Some(name));
                turn().await;
            }
        })
    };
    block_on(async {
        futures::join!(task("ada"), task("grace"), async {
            assert_eq!(current(), None);
        })
    });
}

#[test]
fn between_polls_the_context_is_left() {
    let mut future = pin!(caller("ada").run(turn()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert_eq!(current(), None);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut context = Context::from_waker(Waker::noop());
            assert!(future.as_mut().poll(&mut context).is_ready());
            assert_eq!(current(), None);
        });
    });
}

#[test]
fn a_spawned_thread_starts_without_a_caller() {
    caller("ada").enter(|| {
        let seen = std::thread::spawn(current)
            .join()
            .expect("the thread ended well");
        assert_eq!(seen, None);
    });
}

#[test]
fn debug_shows_nothing_of_the_person() {
    let mut claims = Claims::default();
    claims.subject = Some("ada-secret".to_owned());
    claims.client_id = Some("client-secret".to_owned());
    claims.issuer = Some("https://issuer-secret.example".to_owned());
    claims.audience = vec!["audience-secret".to_owned()];
    claims
        .further
        .insert("email".to_owned(), json!("mail-secret"));
    let caller = Caller::from(testing::verified(claims));
    let refusal = AuthorizeError::MissingToken;
    let shown = format!("{caller:?} {caller:#?} {:?} {refusal:?}", caller.token());
    assert!(!shown.contains("secret"), "{shown}");
    assert!(
        shown.contains("email"),
        "which claims there are is shown: {shown}"
    );
    assert_eq!(
        caller.token().and_then(|token| token.claim("email")),
        Some(&json!("mail-secret"))
    );
}

#[test]
fn callers_and_errors_cross_threads() {
    static_assertions::assert_impl_all!(Caller: Send, Sync, Clone);
    static_assertions::assert_impl_all!(AuthorizeError: Send, Sync, std::error::Error, Clone);
    static_assertions::assert_impl_all!(scopes_core::Requirement: Send, Sync);
    static_assertions::assert_impl_all!(scopes_core::ResourceServer: Send, Sync, Clone);
}
