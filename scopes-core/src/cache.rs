//! A cache of valid tokens in front of any verifier.
//!
//! ```
//! use std::time::Duration;
//! use scopes_core::cache::CachedVerifier;
//! # use scopes_core::testing::StaticVerifier;
//!
//! # let verifier = StaticVerifier::new();
//! let cached = CachedVerifier::new(verifier).max_age(Duration::from_secs(60));
//! assert!(cached.is_empty());
//! ```

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle, EntryAction, EntryResult};

use crate::flight::{self, Flight, FlightHandle};
use crate::moment::Moment;
use crate::observe::{self, Lookup};
use crate::token::{
    AcceptToken, Confirmation, Presentation, PresentedToken, TokenVerifier, VerifiedToken,
    VerifyTokenError,
};

type Answer = Result<VerifiedToken, VerifyTokenError>;
type Entries = Cache<String, Entry, Weight, foldhash::fast::RandomState>;

/// Caches the answers of another verifier.
///
/// The key of an answer is the whole token, so no two tokens share one, and each `CachedVerifier` has a
/// cache of its own. An answer is removed when the token expires, when it is older than
/// [`max_age`](Self::max_age), when it is no longer [current](VerifiedToken::is_current), such as after
/// a key was withdrawn, or when the cache is full. A rejection is cached only if verifying the token
/// took a request, and only for [`max_rejection_age`](Self::max_rejection_age).
///
/// Requests with the same token that arrive during verification share its answer. Verification goes on
/// while one of them waits.
///
/// The answer of a verifier that checks proofs of possession belongs to one request and is not cached.
/// Put the cache into such a verifier, around the one that it asks about the token.
///
/// The cache holds the tokens themselves in memory, up to [`max_bytes`](Self::max_bytes).
///
/// ```
/// # use scopes_core::token::{AcceptToken, PresentedToken, TokenVerifier, VerifiedToken, VerifyTokenError};
/// use std::time::Duration;
/// use scopes_core::cache::CachedVerifier;
///
/// # struct Remote;
/// # impl TokenVerifier for Remote {
/// #     async fn verify(&self, _: PresentedToken<'_>, _: AcceptToken<'_>) -> Result<VerifiedToken, VerifyTokenError> {
/// #         Err(VerifyTokenError::Unavailable { retry_after: Duration::from_secs(1) })
/// #     }
/// # }
/// let verifier = CachedVerifier::new(Remote).max_age(Duration::from_secs(30)).max_bytes(4 << 20);
/// ```
pub struct CachedVerifier<V> {
    verifier: Arc<V>,
    /// `true` if the verifier checks proofs, which belong to one request.
    takes_proofs: bool,
    memory: Memory,
}

/// The default of `max_rejection_age`: a server that fails may call a valid token inactive.
pub(crate) const REJECTED_FOR: Duration = Duration::from_secs(2);

/// When to ask again after the verifier panicked.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// The cached answers, and how long they are kept.
#[derive(Clone)]
struct Memory {
    entries: Arc<Entries>,
    max_age: Duration,
    max_rejection_age: Duration,
}

#[derive(Clone)]
enum Entry {
    /// The verifier is at work.
    Asked(FlightHandle<Answer>),
    Answered {
        answer: Answer,
        until: Moment,
        /// Of what the answer says, in bytes.
        size: u64,
    },
}

impl Entry {
    /// Returns the answer, if it still holds.
    fn fresh(self, now: Moment) -> Option<Answer> {
        match self {
            Self::Answered { answer, until, .. } if !now.has_reached(until) => match answer {
                Ok(token) if !token.is_current(now) => None,
                answer => Some(answer),
            },
            _ => None,
        }
    }
}

/// The step that follows a lookup.
enum Found {
    Answer(Answer),
    /// Begun by this request.
    Begun(Flight<Answer>),
    /// Begun by one that came before.
    Joined(Flight<Answer>),
}

impl Found {
    fn lookup(&self) -> Lookup {
        match self {
            Self::Answer(_) => Lookup::Hit,
            Self::Begun(_) => Lookup::Miss,
            Self::Joined(_) => Lookup::Joined,
        }
    }
}

/// Counts an entry by the bytes of its token, of what the answer says, and of what is kept with any.
#[derive(Clone)]
struct Weight;

impl Weight {
    /// The entry, the cache's own books, and the scopes looked up.
    const OF_ANY: u64 = 512;
    /// With a token and claims of the usual length.
    const USUAL: u64 = 2048;
}

impl Weighter<String, Entry> for Weight {
    fn weight(&self, token: &String, entry: &Entry) -> u64 {
        let size = match entry {
            Entry::Asked(_) => 0,
            Entry::Answered { size, .. } => *size,
        };
        token.len() as u64 + size + Self::OF_ANY
    }
}

impl<V: TokenVerifier> CachedVerifier<V> {
    const BYTES: u64 = 16 << 20;

    /// Caches the answers of `verifier`: valid tokens for up to five minutes, rejections for two
    /// seconds, in up to 16 MiB.
    #[must_use]
    pub fn new(verifier: V) -> Self {
        Self {
            takes_proofs: verifier.presentation().takes_proofs(),
            verifier: Arc::new(verifier),
            memory: Memory {
                entries: entries(Self::BYTES),
                max_age: Duration::from_secs(300),
                max_rejection_age: REJECTED_FOR,
            },
        }
    }

    /// Caches a valid token for at most this long, after which a revoked token is rejected. The
    /// default is five minutes.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.memory.max_age = max_age;
        self
    }

    /// Caches a rejection for this long. The default is two seconds.
    #[must_use]
    pub fn max_rejection_age(mut self, max_rejection_age: Duration) -> Self {
        self.memory.max_rejection_age = max_rejection_age;
        self
    }

    /// Limits the memory of the cache, tokens and claims included, to this many bytes. The default is
    /// 16 MiB.
    #[must_use]
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.memory.entries = entries(max_bytes);
        self
    }

    /// Returns the number of cached answers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.memory.entries.len()
    }

    /// Returns `true` if no answer is cached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.memory.entries.is_empty()
    }

    /// Returns the verifier behind the cache.
    #[must_use]
    pub fn verifier(&self) -> &V {
        &self.verifier
    }

    /// The answer that is remembered, or the work on one, which is begun if need be.
    fn find(&self, token: PresentedToken<'_>) -> Found {
        let now = Moment::now();
        let found = self.memory.entries.entry(&*key(token), None, |_, entry| {
            let found = match entry {
                Entry::Asked(flight) => flight.join().map(Found::Joined),
                entry @ Entry::Answered { .. } => entry.clone().fresh(now).map(Found::Answer),
            };
            found.map_or(EntryAction::ReplaceWithGuard, EntryAction::Retain)
        });
        let vacant = match found {
            EntryResult::Retained(found) => {
                observe::looked_up(found.lookup());
                return found;
            }
            EntryResult::Vacant(vacant) | EntryResult::Replaced(vacant, _) => Some(vacant),
            EntryResult::Removed(..) | EntryResult::Timeout => None,
        };
        observe::looked_up(Lookup::Miss);
        let (verifier, memory) = (Arc::clone(&self.verifier), self.memory.clone());
        let owned = OwnedToken::of(token);
        let work = async move {
            let token = owned.token();
            let answer = verifier.verify(token, AcceptToken::of(token)).await;
            if answer.is_ok() || verifier.may_remember_rejections() {
                memory.remember(&key(token), &answer);
            }
            answer
        };
        let after_panic = Err(VerifyTokenError::Unavailable {
            retry_after: AFTER_PANIC,
        });
        let (work, handle) = flight::begin(work, after_panic);
        if let Some(vacant) = vacant {
            // Who removed the place in the meantime has a reason.
            let _ = vacant.insert(Entry::Asked(handle));
        }
        Found::Begun(work)
    }
}

impl Memory {
    /// Remembers the answer for as long as its time lasts.
    fn remember(&self, token: &str, answer: &Answer) {
        let now = Moment::now();
        let lifetime = match answer {
            Ok(token) => match token.claims().expires_at {
                Some(end) => end
                    .duration_since(now.wall())
                    .unwrap_or_default()
                    .min(self.max_age),
                None => self.max_age,
            },
            Err(VerifyTokenError::Invalid(_)) => self.max_rejection_age,
            Err(VerifyTokenError::Unavailable { retry_after }) => {
                (*retry_after).min(self.max_rejection_age)
            }
        };
        if !lifetime.is_zero() {
            let until = now.saturating_add(lifetime);
            let answer = answer.clone();
            let size = match &answer {
                Ok(token) => token.claims().size(),
                Err(VerifyTokenError::Invalid(rejection)) => rejection.size(),
                Err(VerifyTokenError::Unavailable { .. }) => 0,
            };
            let entry = Entry::Answered {
                answer,
                until,
                size: size as u64,
            };
            self.entries.insert(token.to_owned(), entry);
        }
    }
}

/// Returns the key of an answer: the token, and the confirmation of the key that it was verified with. A
/// token has no space.
fn key(token: PresentedToken<'_>) -> Cow<'_, str> {
    match token.confirmation() {
        None => Cow::Borrowed(token.as_str()),
        Some(Confirmation { method, value }) => {
            let length = method.len();
            Cow::Owned(format!("{} {length} {method} {value}", token.as_str()))
        }
    }
}

/// A token that outlives its request.
struct OwnedToken {
    token: String,
    confirmation: Option<(String, String)>,
}

impl OwnedToken {
    fn of(token: PresentedToken<'_>) -> Self {
        let confirmation = token.confirmation();
        Self {
            token: token.as_str().to_owned(),
            confirmation: confirmation
                .map(|confirmed| (confirmed.method.to_owned(), confirmed.value.to_owned())),
        }
    }

    fn token(&self) -> PresentedToken<'_> {
        let token = PresentedToken::bearer(&self.token);
        match &self.confirmation {
            None => token,
            Some((method, value)) => token.with_confirmation(method, value),
        }
    }
}

fn entries(bytes: u64) -> Arc<Entries> {
    let usual = usize::try_from(bytes / Weight::USUAL).unwrap_or(usize::MAX);
    Arc::new(Cache::with(
        usual,
        bytes,
        Weight,
        foldhash::fast::RandomState::default(),
        DefaultLifecycle::default(),
    ))
}

impl<V: TokenVerifier> TokenVerifier for CachedVerifier<V> {
    async fn verify(&self, token: PresentedToken<'_>, accept: AcceptToken<'_>) -> Answer {
        if self.takes_proofs {
            return self.verifier.verify(token, accept).await;
        }
        match self.find(token) {
            Found::Answer(answer) => answer,
            Found::Begun(flight) => flight.await,
            Found::Joined(flight) => match flight.await {
                // By keys from before this request came in, which may not decide on it.
                Err(VerifyTokenError::Invalid(_)) if !self.verifier.may_remember_rejections() => {
                    self.verifier.verify(token, accept).await
                }
                answer => answer,
            },
        }
    }

    fn verify_at_once(&self, token: PresentedToken<'_>, accept: AcceptToken<'_>) -> Option<Answer> {
        if self.takes_proofs {
            return self.verifier.verify_at_once(token, accept);
        }
        let now = Moment::now();
        if let Some(entry) = self.memory.entries.get(&*key(token))
            && let Some(answer) = entry.fresh(now)
        {
            observe::looked_up(Lookup::Hit);
            return Some(answer);
        }
        let accept = AcceptToken::of(token);
        let answer = self.verifier.verify_at_once(token, accept)?;
        observe::looked_up(Lookup::Miss);
        if answer.is_ok() {
            self.memory.remember(&key(token), &answer);
        }
        Some(answer)
    }

    fn presentation(&self) -> Presentation {
        self.verifier.presentation()
    }

    fn check_ready(&self) -> impl Future<Output = bool> + Send {
        self.verifier.check_ready()
    }

    fn may_remember_rejections(&self) -> bool {
        self.verifier.may_remember_rejections()
    }
}

impl<V: fmt::Debug> fmt::Debug for CachedVerifier<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CachedVerifier")
            .field("verifier", &self.verifier)
            .field("entries", &self.memory.entries.len())
            .finish_non_exhaustive()
    }
}
