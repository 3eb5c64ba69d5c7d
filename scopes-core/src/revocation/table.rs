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
    /// The number of times that the log was read from its beginning.
    #[cfg(feature = "store")]
    reading: u32,
}

struct Entry {
    record: Record,
    /// The last reading of the log that has found it.
    #[cfg(feature = "store")]
    found_in: Option<u32>,
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
            #[cfg(feature = "store")]
            reading: 0,
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
                entry.found_in = None;
                self.lacks_some = true;
            }
            return Kept::Added;
        }
        // After a restart, those that have become one are read once more.
        if self.is_covered(&record) {
            return Kept::Known;
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
        self.entries.clear();
        self.counts = Default::default();
        self.add(Record {
            kind: RevocationKind::IssuedBefore,
            name: name_of_all(),
            issuer: None,
            issued_before,
            until,
        });
        Kept::Widened
    }

    /// Returns whether a revocation of the tokens of every issuer concerns every token that this one does. That
    /// holds for one token, too: it was issued before it was revoked.
    fn is_covered(&self, record: &Record) -> bool {
        let all = self.entries.get(&name_of_all());
        let all = all.into_iter().flatten().map(|entry| &entry.record);
        let mut wide = all.filter(|wide| wide.issuer.is_none());
        wide.any(|wide| wide.issued_before >= record.issued_before && wide.until >= record.until)
    }

    fn add(&mut self, record: Record) {
        self.counts[usize::from(record.kind.place())] += 1;
        // Most names have one entry; an empty list would reserve room for four.
        let entries = self.entries.entry(record.name);
        let entries = entries.or_insert_with(|| Vec::with_capacity(1));
        entries.push(Entry {
            record,
            #[cfg(feature = "store")]
            found_in: None,
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

/// The name of the tokens of an issuer, or of every one.
fn name_of_all() -> Name {
    name::of(RevocationKind::IssuedBefore, "")
}

/// The revocations that the store lacks.
#[cfg(feature = "store")]
pub(super) struct Lacking {
    pub(super) records: Vec<Record>,
    /// `true` if an earlier reading of the log has found some of them.
    pub(super) has_removed: bool,
}

#[cfg(feature = "store")]
impl Table {
    /// Begins to read the log from its beginning.
    pub(super) fn begin_reading(&mut self) {
        self.reading = self.reading.wrapping_add(1);
        self.lacks_some = true;
    }

    /// Keeps that the log has a revocation, unless a longer one is in force.
    pub(super) fn set_found(&mut self, record: &Record) {
        let entries = self.entries.get_mut(&record.name);
        let mut entries = entries.into_iter().flatten();
        let same = entries.find(|entry| entry.record.issuer == record.issuer);
        if let Some(entry) = same {
            let known = &entry.record;
            if record.issued_before >= known.issued_before && record.until >= known.until {
                entry.found_in = Some(self.reading);
            }
        }
    }

    /// Returns up to `max` revocations that the reading of the log has not found.
    pub(super) fn lacking(&mut self, max: usize, now: Millis) -> Lacking {
        let mut lacking = Lacking {
            records: Vec::new(),
            has_removed: false,
        };
        if !self.lacks_some {
            return lacking;
        }
        let reading = Some(self.reading);
        let entries = self.entries.values().flatten();
        let entries = entries.filter(|entry| entry.found_in != reading && now < entry.record.until);
        for entry in entries.take(max) {
            lacking.has_removed |= entry.found_in.is_some();
            lacking.records.push(entry.record);
        }
        self.lacks_some = !lacking.records.is_empty();
        lacking
    }
}
