//! The log of revocations in a store, by which all instances have the same.

use std::sync::{PoisonError, RwLockWriteGuard};
use std::time::Duration;

use super::error::RevokeError;
use super::record::{Millis, Record, millis};
use super::revocations::Revocations;
use super::table::Table;
use crate::store::{LogEntries, LogPosition, Purpose, SharedStore, Unavailable};
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
/// The number of entries of a reading after which there are more.
const MAX_READ: usize = 1000;
/// The time after which clients try again without contact to the store.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The state of a reader of the log.
#[derive(Default)]
struct Reader {
    position: Option<LogPosition>,
    /// `true` once the end of the log was reached.
    is_at_end: bool,
    /// `true` once the others were waited for.
    has_waited: bool,
}

impl Reader {
    /// Takes note of a reading. Returns whether it reached the end of the log.
    fn advance(&mut self, read: &LogEntries) -> bool {
        if read.is_lost {
            self.is_at_end = false;
        }
        // Entries that have expired are left out, so that fewer than the maximum do not mean that there are no
        // more, until the end was reached once.
        let is_last = self.is_at_end && read.entries.len() < MAX_READ;
        let is_unchanged = self.position.as_ref() == Some(&read.position);
        self.position = Some(read.position.clone());
        is_last || is_unchanged
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
            let mut reader = Reader::default();
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
        let now = millis(began.wall());
        let lacking = self.table().unstored(MAX_WRITTEN, now);
        for record in &lacking {
            self.write(store, record, now).await?;
        }
        let is_waiting = reader.is_at_end && lacking.is_empty();
        let wait = if is_waiting { WAIT } else { Duration::ZERO };
        let after = reader.position.as_ref();
        let read = store.read(Purpose::Revocation, &[], after, wait).await?;
        self.keep_stored(&read);
        if !reader.advance(&read) {
            return Ok(());
        }
        if reader.has_waited {
            reader.is_at_end = true;
            *self
                .0
                .contact
                .write()
                .unwrap_or_else(PoisonError::into_inner) = Some(began);
        } else {
            reader.has_waited = true;
            Timer::after(START_PAUSE).await;
        }
        Ok(())
    }

    /// Keeps what the store has.
    fn keep_stored(&self, read: &LogEntries) {
        if read.is_lost {
            self.table().store_is_lost();
        }
        let entries = read.entries.iter();
        let records: Vec<_> = entries
            .filter_map(|entry| Record::from_bytes(entry))
            .collect();
        self.keep(records.iter().copied());
        let mut table = self.table();
        for record in &records {
            table.set_stored(record);
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
        store
            .append(Purpose::Revocation, &[], &bytes, lifetime)
            .await?;
        self.table().set_stored(record);
        Ok(())
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
