//! Remembers which tokens were good, in front of any verifier.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle, EntryAction, EntryResult};

use crate::token::{AcceptToken, AccessToken, TokenVerifier, VerifiedToken, VerifyTokenError};

type Answer = Result<VerifiedToken, VerifyTokenError>;
type Entries = Cache<String, Entry, Weight, foldhash::fast::RandomState>;

/// A verifier that remembers the answers of another.
///
/// An answer is found by the whole token, so no two tokens share one, and it belongs to this
/// verifier alone, so no other policy sees it. It is forgotten when the token expires, when it is
/// older than [`longest`](Self::longest), when the verifier says that a key has gone, or when there
/// is no room. Refusals are remembered only where finding out took a request, and only for
/// [`refused_for`](Self::refused_for). Requests with the same token wait for one answer.
///
/// The tokens themselves are held in memory, up to [`bytes`](Self::bytes).
///
/// ```
/// # use scopes_core::token::{AcceptToken, AccessToken, TokenVerifier, VerifiedToken, VerifyTokenError};
/// use std::time::Duration;
/// use scopes_core::cache::CachedVerifier;
///
/// # struct Remote;
/// # impl TokenVerifier for Remote {
/// #     async fn verify(&self, _: AccessToken<'_>, _: AcceptToken) -> Result<VerifiedToken, VerifyTokenError> {
/// #         Err(VerifyTokenError::Unavailable { retry_after: Duration::from_secs(1) })
/// #     }
/// # }
/// let verifier = CachedVerifier::new(Remote).longest(Duration::from_secs(30)).bytes(4 << 20);
/// ```
pub struct CachedVerifier<V> {
    verifier: V,
    entries: Entries,
    longest: Duration,
    refused_for: Duration,
}

#[derive(Clone)]
struct Entry {
    answer: Answer,
    until: Instant,
    epoch: u64,
}

impl Entry {
    fn is_fresh(&self, epoch: u64) -> bool {
        self.epoch == epoch && Instant::now() < self.until
    }
}

/// Counts an entry by the bytes of its token and of what is kept with any token.
#[derive(Clone)]
struct Weight;

impl Weight {
    /// The entry, the cache's own books, and claims of the usual size.
    const BESIDE_THE_TOKEN: u64 = 1024;
}

impl Weighter<String, Entry> for Weight {
    fn weight(&self, token: &String, _: &Entry) -> u64 {
        token.len() as u64 + Self::BESIDE_THE_TOKEN
    }
}

impl<V: TokenVerifier> CachedVerifier<V> {
    const BYTES: u64 = 16 << 20;

    /// Remembers the answers of `verifier`: good ones for up to five minutes, refusals for ten
    /// seconds, in up to 16 MiB.
    #[must_use]
    pub fn new(verifier: V) -> Self {
        Self {
            verifier,
            entries: entries(Self::BYTES),
            longest: Duration::from_secs(300),
            refused_for: Duration::from_secs(10),
        }
    }

    /// How long a good token is remembered at the most: for so long, a revocation may go
    /// unnoticed.
    #[must_use]
    pub fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// How long a refusal is remembered.
    #[must_use]
    pub fn refused_for(mut self, refused_for: Duration) -> Self {
        self.refused_for = refused_for;
        self
    }

    /// How much memory the answers may take, tokens included.
    #[must_use]
    pub fn bytes(mut self, bytes: u64) -> Self {
        self.entries = entries(bytes);
        self
    }

    /// How many answers are remembered now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The verifier that is asked.
    #[must_use]
    pub const fn verifier(&self) -> &V {
        &self.verifier
    }

    /// The answer with its time; `None` if its time is already over.
    fn entry(&self, answer: Answer, epoch: u64) -> Option<Entry> {
        let lifetime = match &answer {
            Ok(token) => match token.claims().expires_at {
                Some(end) => end
                    .duration_since(SystemTime::now())
                    .ok()?
                    .min(self.longest),
                None => self.longest,
            },
            Err(VerifyTokenError::Invalid(_)) => self.refused_for,
            Err(VerifyTokenError::Unavailable { retry_after }) => {
                (*retry_after).min(self.refused_for)
            }
        };
        let until = Instant::now().checked_add(lifetime)?;
        Some(Entry {
            answer,
            until,
            epoch,
        })
    }
}

fn entries(bytes: u64) -> Entries {
    let usual = usize::try_from(bytes / (2 * Weight::BESIDE_THE_TOKEN)).unwrap_or(usize::MAX);
    Cache::with(
        usual,
        bytes,
        Weight,
        foldhash::fast::RandomState::default(),
        DefaultLifecycle::default(),
    )
}

impl<V: TokenVerifier> TokenVerifier for CachedVerifier<V> {
    async fn verify(&self, token: AccessToken<'_>, accept: AcceptToken) -> Answer {
        let epoch = self.verifier.epoch();
        let found = self
            .entries
            .entry_async(token.as_str(), |_, entry: &mut Entry| {
                if entry.is_fresh(epoch) {
                    EntryAction::Retain(entry.answer.clone())
                } else {
                    EntryAction::ReplaceWithGuard
                }
            });
        let vacant = match found.await {
            EntryResult::Retained(answer) => return answer,
            EntryResult::Vacant(vacant) | EntryResult::Replaced(vacant, _) => vacant,
            EntryResult::Removed(..) | EntryResult::Timeout => {
                return self.verifier.verify(token, accept).await;
            }
        };
        let answer = self.verifier.verify(token, accept).await;
        if let Some(entry) = self.entry(answer.clone(), epoch) {
            // Who removed the place in the meantime has a reason.
            let _ = vacant.insert(entry);
        }
        answer
    }

    fn verify_at_once(&self, token: AccessToken<'_>, accept: AcceptToken) -> Option<Answer> {
        let epoch = self.verifier.epoch();
        if let Some(entry) = self.entries.get(token.as_str())
            && entry.is_fresh(epoch)
        {
            return Some(entry.answer);
        }
        let answer = self.verifier.verify_at_once(token, accept)?;
        if answer.is_ok()
            && let Some(entry) = self.entry(answer.clone(), epoch)
        {
            self.entries.insert(token.as_str().to_owned(), entry);
        }
        Some(answer)
    }

    fn epoch(&self) -> u64 {
        self.verifier.epoch()
    }
}

impl<V: fmt::Debug> fmt::Debug for CachedVerifier<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CachedVerifier")
            .field("verifier", &self.verifier)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}
