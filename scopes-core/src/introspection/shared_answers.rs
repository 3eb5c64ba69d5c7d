//! Answers about tokens that the instances of a server share.

use crate::moment::Moment;

use super::answer::Answer;

#[cfg(feature = "store")]
pub(super) use self::in_store::SharedAnswers;
#[cfg(not(feature = "store"))]
pub(super) use self::without_store::SharedAnswers;

/// An answer, and how long it may be cached if another instance has asked.
pub(super) struct Told {
    pub(super) answer: Answer,
    pub(super) until: Option<Moment>,
}

impl From<Answer> for Told {
    fn from(answer: Answer) -> Self {
        Self {
            answer,
            until: None,
        }
    }
}

#[cfg(feature = "store")]
mod in_store {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use serde::{Deserialize, Serialize};
    use serde_json::{Map, Value};

    use super::{Answer, Told};
    use crate::moment::Moment;
    use crate::store::{Purpose, SharedStore, Unavailable};
    use crate::timer::Timer;
    use crate::token::RawClaims;

    /// The difference of two clocks that is not noticed.
    const MAX_AHEAD: Duration = Duration::from_secs(5);
    /// The time for which an instance alone asks about a token, unless it has an answer earlier.
    const LEASE: Duration = Duration::from_secs(1);
    /// The time between two searches for the answer of another instance.
    const POLL_INTERVAL: Duration = Duration::from_millis(50);

    /// The answers about the tokens of one resource, by one authorization server to one client.
    pub(in crate::introspection) struct SharedAnswers {
        pub(in crate::introspection) store: SharedStore,
        /// The resource, the authorization server and the client.
        pub(in crate::introspection) belong_to: [String; 3],
        pub(in crate::introspection) max_age: Duration,
        pub(in crate::introspection) max_rejection_age: Duration,
    }

    #[derive(Serialize, Deserialize)]
    struct StoredAnswer {
        /// When it was asked for, in milliseconds since 1970.
        asked_at: u64,
        /// The members of an answer that calls the token active.
        claims: Option<Map<String, Value>>,
    }

    impl SharedAnswers {
        /// Returns the answer that an instance has got, or that of `ask`. Of several instances that have a
        /// question about `token` at the same time, one asks. Without the store, each asks.
        pub(in crate::introspection) async fn answer<E>(
            &self,
            token: &str,
            ask: impl Future<Output = Result<Answer, E>>,
        ) -> Result<Told, E> {
            let is_leased = match self.find_or_lease(token).await {
                Ok(Found::Answer(told)) => return Ok(told),
                Ok(Found::Lease) => true,
                Ok(Found::Nothing) => false,
                Err(Unavailable) => return ask.await.map(Told::from),
            };
            let asked_at = SystemTime::now();
            let answer = ask.await;
            if let Ok(answer) = &answer {
                self.keep(token, answer, asked_at).await;
            }
            if is_leased {
                // It expires on its own.
                let _ = self
                    .store
                    .remove(Purpose::Introspection, &self.lease(token))
                    .await;
            }
            answer.map(Told::from)
        }

        /// Waits for the answer of another instance while that one has the lease.
        async fn find_or_lease(&self, token: &str) -> Result<Found, Unavailable> {
            let began = Moment::now();
            loop {
                if let Some(told) = self.find(token).await? {
                    return Ok(Found::Answer(told));
                }
                let lease = self.lease(token);
                let lease = self
                    .store
                    .insert(Purpose::Introspection, &lease, &[], LEASE);
                if lease.await? {
                    return Ok(Found::Lease);
                }
                if Moment::now().since(began) >= LEASE {
                    return Ok(Found::Nothing);
                }
                Timer::after(POLL_INTERVAL).await;
            }
        }

        async fn find(&self, token: &str) -> Result<Option<Told>, Unavailable> {
            let parts = self.parts(token, "answer");
            let bytes = self.store.get(Purpose::Introspection, &parts).await?;
            Ok(bytes.and_then(|bytes| self.read(&bytes)))
        }

        /// Returns an answer that this instance's settings allow to be cached.
        fn read(&self, bytes: &[u8]) -> Option<Told> {
            let stored: StoredAnswer = serde_json::from_slice(bytes).ok()?;
            let (answer, max_age) = match stored.claims {
                Some(claims) => (Answer::Active(RawClaims::of(claims)), self.max_age),
                None => (Answer::Inactive, self.max_rejection_age),
            };
            let asked_at = UNIX_EPOCH.checked_add(Duration::from_millis(stored.asked_at))?;
            // An answer lives no longer because the clock of another instance is ahead.
            let ahead = asked_at.duration_since(SystemTime::now());
            if ahead.is_ok_and(|ahead| ahead > MAX_AHEAD) {
                return None;
            }
            let now = Moment::now();
            let until = now.when(asked_at.checked_add(max_age)?)?;
            let until = Some(until).filter(|until| !now.has_reached(*until));
            until.is_some().then_some(Told { answer, until })
        }

        /// Stores an answer. If that fails, another instance asks again.
        async fn keep(&self, token: &str, answer: &Answer, asked_at: SystemTime) {
            let (claims, max_age) = match answer {
                Answer::Active(claims) => (Some(claims.members().clone()), self.max_age),
                Answer::Inactive => (None, self.max_rejection_age),
            };
            let left = claims
                .as_ref()
                .and_then(|claims| claims.get("exp")?.as_f64());
            let left = left.and_then(|end| Duration::try_from_secs_f64(end).ok());
            let left = left.map_or(Some(Duration::MAX), |end| {
                let end = UNIX_EPOCH.checked_add(end)?;
                end.duration_since(asked_at).ok()
            });
            let lifetime = left.unwrap_or_default().min(max_age);
            let asked_at = asked_at.duration_since(UNIX_EPOCH).unwrap_or_default();
            let asked_at = u64::try_from(asked_at.as_millis()).unwrap_or_default();
            let bytes = serde_json::to_vec(&StoredAnswer { asked_at, claims });
            if let (Ok(bytes), false) = (bytes, lifetime.is_zero()) {
                let parts = self.parts(token, "answer");
                let put = self
                    .store
                    .put(Purpose::Introspection, &parts, &bytes, lifetime);
                let _ = put.await;
            }
        }

        fn lease<'p>(&'p self, token: &'p str) -> [&'p [u8]; 5] {
            self.parts(token, "lease")
        }

        fn parts<'p>(&'p self, token: &'p str, kind: &'p str) -> [&'p [u8]; 5] {
            let [resource, server, client] = &self.belong_to;
            [kind, resource, server, client, token].map(str::as_bytes)
        }
    }

    enum Found {
        Answer(Told),
        /// This instance asks, and the others wait.
        Lease,
        /// Another instance has had the lease for too long.
        Nothing,
    }
}

#[cfg(not(feature = "store"))]
mod without_store {
    use super::{Answer, Told};

    /// There are none without a store.
    pub(in crate::introspection) enum SharedAnswers {}

    impl SharedAnswers {
        #[allow(clippy::unused_async, reason = "as with a store")]
        pub(in crate::introspection) async fn answer<E>(
            &self,
            _: &str,
            _: impl Future<Output = Result<Answer, E>>,
        ) -> Result<Told, E> {
            match *self {}
        }
    }
}
