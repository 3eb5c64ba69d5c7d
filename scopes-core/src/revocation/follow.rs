//! The log of revocations in a store, by which all instances have the same.

use std::sync::{PoisonError, RwLockWriteGuard};
use std::time::Duration;

use super::error::RevokeError;
use super::record::{Millis, Record, millis};
use super::revocations::Revocations;
use super::table::Table;
use crate::observe;
use crate::store::{LogPosition, Purpose, SharedEntries, SharedStore, Unavailable};
use crate::timer::Timer;
use crate::token::{Moment, VerifyTokenError};

/// The time for which a reading of the log waits for the next revocation.
const WAIT: Duration = Duration::from_millis(500);
/// The pause after a failure of the store.
const PAUSE: Duration = Duration::from_millis(250);
/// The time for which an instance that starts waits for the others: the store may have come up empty just
/// before, and they write back what it has lost.
const START_PAUSE: Duration = Duration::from_secs(1);
/// The number of revocations that are written back between two readings.
const MAX_WRITTEN: usize = 200;
/// The time that is spent on writing them: a slow store must not end the contact.
const MAX_WRITING: Duration = Duration::from_secs(1);
/// The time after which clients try again without contact to the store.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The time after which the log is read from its beginning once more, to find what was removed from it.
const READING_INTERVAL: Duration = Duration::from_secs(60);

/// The state of a reader of the log.
struct Reader {
    position: Option<LogPosition>,
    /// The beginning of the reading from the beginning of the log.
    began: Moment,
    /// `true` if the last read reached the end of the log.
    is_at_end: bool,
    /// `true` once operators were told that it lacks what an earlier one has found.
    is_told: bool,
    /// `true` once the others were waited for.
    has_waited: bool,
}

impl Reader {
    /// Takes note of what was read. Returns whether it reached the end of the log.
    fn advance(&mut self, read: &SharedEntries) -> bool {
        let is_unchanged = self.position.as_ref() == Some(&read.position);
        self.position = Some(read.position.clone());
        self.is_at_end = read.is_end || is_unchanged;
        self.is_at_end
    }
}

impl Revocations {
    /// Reads the revocations of other instances from the store, and writes those back that the store has lost.
    /// Never completes, or at once if there is no store. Spawn it before the server starts:
    ///
    /// ```
    /// use scopes_core::revocation::Revocations;
    /// use scopes_core::store::SharedStore;
    ///
    /// fn shared(store: &SharedStore) -> Revocations {
    ///     let revocations = Revocations::builder().store(store).build();
    ///     tokio::spawn(revocations.follow_store());
    ///     revocations
    /// }
    /// ```
    ///
    /// Until the log was read, and when it was not for
    /// [`max_staleness`](super::RevocationsBuilder::max_staleness), every request with a token is answered with
    /// 503. The first reading takes a second, in which other instances write back what a store that came up
    /// empty has lost.
    pub fn follow_store(&self) -> impl Future<Output = ()> + Send + use<> {
        let revocations = self.clone();
        async move {
            let Some(store) = revocations.0.settings.store.clone() else {
                return;
            };
            let mut reader = Reader {
                position: None,
                began: Moment::now(),
                is_at_end: false,
                is_told: false,
                has_waited: false,
            };
            loop {
                if revocations.read(&store, &mut reader).await.is_err() {
                    Timer::after(PAUSE).await;
                }
            }
        }
    }

    /// Reads what is new in the log, and writes some of what it lacks.
    async fn read(&self, store: &SharedStore, reader: &mut Reader) -> Result<(), Unavailable> {
        let began = Moment::now();
        if reader.is_at_end && began.since(reader.began) >= READING_INTERVAL {
            self.read_again(reader, began);
        }
        let wait = if reader.is_at_end {
            WAIT
        } else {
            Duration::ZERO
        };
        let after = reader.position.as_ref();
        let read = store.read(Purpose::Revocation, &[], after, wait).await?;
        if read.is_lost {
            self.read_again(reader, began);
        }
        self.keep_stored(&read);
        if !reader.advance(&read) {
            return Ok(());
        }
        if !reader.has_waited {
            reader.has_waited = true;
            Timer::after(START_PAUSE).await;
            return Ok(());
        }
        *self
            .0
            .contact
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(began);
        let now = millis(began.wall());
        let lacking = self.table().lacking(MAX_WRITTEN, now);
        if lacking.has_removed && !reader.is_told {
            reader.is_told = true;
            observe::revocations_removed();
        }
        let began = Moment::now();
        for record in &lacking.records {
            // A store that takes no more can still be read.
            let is_written = self.write(store, record, now).await.is_ok();
            if !is_written || Moment::now().since(began) >= MAX_WRITING {
                break;
            }
        }
        Ok(())
    }

    /// Reads from the beginning of the log. What is not found there is written.
    fn read_again(&self, reader: &mut Reader, now: Moment) {
        reader.position = None;
        reader.began = now;
        reader.is_at_end = false;
        reader.is_told = false;
        self.table().begin_reading();
    }

    /// Keeps what the store has.
    fn keep_stored(&self, read: &SharedEntries) {
        let entries = read.entries.iter();
        let records: Vec<_> = entries
            .filter_map(|(entry, is_current)| Some((Record::from_bytes(entry)?, is_current)))
            .collect();
        // Another instance may have had a shorter `max_token_lifetime`.
        let extended = |record: &Record| Record {
            until: record.until.max(self.end_of(record.issued_before)),
            ..*record
        };
        self.keep(records.iter().map(|(record, _)| extended(record)));
        let mut table = self.table();
        // What another key seals is written again: that key is about to go.
        for (record, _) in records.iter().filter(|(_, is_current)| **is_current) {
            table.set_found(record);
        }
    }

    /// Writes a revocation to the store.
    pub(super) async fn append(&self, record: &Record) -> Result<(), RevokeError> {
        let Some(store) = &self.0.settings.store else {
            return Ok(());
        };
        let now = millis(Moment::now().wall());
        let written = self.write(store, record, now).await;
        written.map_err(|Unavailable| RevokeError::StoreUnavailable)
    }

    async fn write(
        &self,
        store: &SharedStore,
        record: &Record,
        now: Millis,
    ) -> Result<(), Unavailable> {
        let lifetime = Duration::from_millis(record.until.saturating_sub(now));
        let bytes = record.to_bytes();
        // It counts as stored once it is found in the log.
        store
            .append(Purpose::Revocation, &[], &bytes, lifetime)
            .await
    }

    /// Returns an error if there is a store whose revocations may be unknown.
    #[inline]
    pub(super) fn check_contact(&self) -> Result<(), VerifyTokenError> {
        let settings = &self.0.settings;
        if settings.store.is_none() {
            return Ok(());
        }
        let now = Moment::now();
        match self.contact() {
            Some(contact) if now.since(contact) <= settings.max_staleness => Ok(()),
            _ => Err(VerifyTokenError::Unavailable {
                retry_after: RETRY_AFTER,
            }),
        }
    }

    fn contact(&self) -> Option<Moment> {
        *self
            .0
            .contact
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&self) -> RwLockWriteGuard<'_, Table> {
        self.0.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}
