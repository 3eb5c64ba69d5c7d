//! The bounded table of revocations.

use std::collections::HashMap;

use super::kind::RevocationKind;
use super::name::{self, Name};
use super::record::{Millis, Record};
use crate::token::VerifiedToken;

/// The revocations in force, by the name of what is revoked.
pub(super) struct Table {
    entries: HashMap<Name, Vec<Entry>, foldhash::fast::RandomState>,
    /// The number of entries of each kind.
    counts: [usize; RevocationKind::ALL.len()],
    max: usize,
    /// `true` if the store may lack one of them.
    #[cfg(feature = "store")]
    lacks_some: bool,
}

struct Entry {
    record: Record,
    #[cfg(feature = "store")]
    is_stored: bool,
}

/// The effect of a revocation on the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// It is in force, and nothing has changed.
    Known,
    Added,
    /// There was no room, so that the tokens issued until now are revoked, all of them.
    Widened,
}

/// The revocations that concern a token.
pub(super) enum Found {
    /// The token is revoked.
    Revoked,
    /// The token was issued after the last of them, at this time, or there is none.
    After(Option<Millis>),
}

impl Table {
    pub(super) fn new(max: usize) -> Self {
        Self {
            entries: HashMap::default(),
            counts: [0; RevocationKind::ALL.len()],
            max,
            #[cfg(feature = "store")]
            lacks_some: false,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Keeps a revocation.
    ///
    /// If there is no room for it, one revocation of the tokens of every issuer takes the place of all: what
    /// was revoked stays revoked.
    pub(super) fn keep(&mut self, record: Record, now: Millis) -> Kept {
        let same = self.entries.get_mut(&record.name);
        let same = same.and_then(|entries| {
            let mut entries = entries.iter_mut();
            entries.find(|entry| entry.record.issuer == record.issuer)
        });
        if let Some(entry) = same {
            let known = &mut entry.record;
            let before = *known;
            known.issued_before = known.issued_before.max(record.issued_before);
            known.until = known.until.max(record.until);
            if *known == before {
                return Kept::Known;
            }
            #[cfg(feature = "store")]
            {
                entry.is_stored = false;
                self.lacks_some = true;
            }
            return Kept::Added;
        }
        if self.len() >= self.max {
            self.sweep(now);
        }
        if self.len() < self.max {
            self.add(record);
            return Kept::Added;
        }
        let all = self.entries.values().flatten();
        let all = all.map(|entry| entry.record).chain([record]);
        let (mut issued_before, mut until) = (0, 0);
        for record in all {
            issued_before = record.issued_before.max(issued_before);
            until = record.until.max(until);
        }
        let kind = RevocationKind::IssuedBefore;
        *self = Self::new(self.max);
        self.add(Record {
            kind,
            name: name::of(kind, ""),
            issuer: None,
            issued_before,
            until,
        });
        Kept::Widened
    }

    fn add(&mut self, record: Record) {
        self.counts[usize::from(record.kind.place())] += 1;
        // Most names have one entry; an empty list would reserve room for four.
        let entries = self.entries.entry(record.name);
        let entries = entries.or_insert_with(|| Vec::with_capacity(1));
        entries.push(Entry {
            record,
            #[cfg(feature = "store")]
            is_stored: false,
        });
        #[cfg(feature = "store")]
        {
            self.lacks_some = true;
        }
    }

    /// Removes the revocations that have no effect any more.
    fn sweep(&mut self, now: Millis) {
        let counts = &mut self.counts;
        self.entries.retain(|_, entries| {
            entries.retain(|Entry { record, .. }| {
                let has_effect = now < record.until;
                if !has_effect {
                    counts[usize::from(record.kind.place())] -= 1;
                }
                has_effect
            });
            !entries.is_empty()
        });
    }

    /// Finds the revocations that concern a token.
    pub(super) fn find(
        &self,
        token: &VerifiedToken,
        issued_at: Option<Millis>,
        now: Millis,
    ) -> Found {
        let claims = token.claims();
        let session = token.claim("sid").and_then(serde_json::Value::as_str);
        let issuer = claims.issuer.as_deref().map(name::of_issuer);
        let mut last = None;
        for kind in RevocationKind::ALL {
            if self.counts[usize::from(kind.place())] == 0 {
                continue;
            }
            let of = |text: Option<&str>| text.map(|text| name::of(kind, text));
            let named = match kind {
                RevocationKind::Token => token.identity().copied().map(Name),
                RevocationKind::Session => of(session),
                RevocationKind::Subject => of(claims.subject.as_deref()),
                RevocationKind::Client => of(claims.client_id.as_deref()),
                RevocationKind::IssuedBefore => of(Some("")),
            };
            let entries = named.and_then(|name| self.entries.get(&name));
            for Entry { record, .. } in entries.into_iter().flatten() {
                let is_elsewhere =
                    issuer.is_some() && record.issuer.is_some() && issuer != record.issuer;
                if now >= record.until || is_elsewhere {
                    continue;
                }
                let is_after = issued_at.is_some_and(|at| at >= record.issued_before);
                if kind == RevocationKind::Token || !is_after {
                    return Found::Revoked;
                }
                // The other tokens of a session or user go on with its MCP sessions.
                if kind != RevocationKind::Session {
                    last = last.max(Some(record.issued_before));
                }
            }
        }
        Found::After(last)
    }
}

#[cfg(feature = "store")]
impl Table {
    /// Returns up to `max` revocations that the store may lack.
    pub(super) fn unstored(&mut self, max: usize, now: Millis) -> Vec<Record> {
        if !self.lacks_some {
            return Vec::new();
        }
        let entries = self.entries.values().flatten();
        let unstored = entries.filter(|entry| !entry.is_stored && now < entry.record.until);
        let unstored: Vec<_> = unstored.map(|entry| entry.record).take(max).collect();
        self.lacks_some = !unstored.is_empty();
        unstored
    }

    /// Keeps that the store has a revocation, unless it has become a longer one meanwhile.
    pub(super) fn set_stored(&mut self, record: &Record) {
        let entries = self.entries.get_mut(&record.name);
        let mut entries = entries.into_iter().flatten();
        let same = entries.find(|entry| entry.record.issuer == record.issuer);
        if let Some(entry) = same {
            let known = &entry.record;
            entry.is_stored |=
                record.issued_before >= known.issued_before && record.until >= known.until;
        }
    }

    /// Forgets what the store has: it may have lost anything.
    pub(super) fn store_is_lost(&mut self) {
        for entry in self.entries.values_mut().flatten() {
            entry.is_stored = false;
        }
        self.lacks_some = true;
    }
}
