//! Stores of any type behind one type.

use std::pin::Pin;
use std::time::Duration;

use super::backend::{LogEntries, LogPosition, Store, StoreError};

pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// [`Store`] with boxed futures.
pub(super) trait AnyStore: Send + Sync {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>>;

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], lifetime: Duration) -> Answer<'a, ()>;

    fn insert<'a>(&'a self, key: &'a str, value: &'a [u8], lifetime: Duration) -> Answer<'a, bool>;

    fn remove<'a>(&'a self, key: &'a str) -> Answer<'a, ()>;

    fn append<'a>(&'a self, log: &'a str, entry: &'a [u8], lifetime: Duration) -> Answer<'a, ()>;

    fn read<'a>(
        &'a self,
        log: &'a str,
        after: Option<&'a LogPosition>,
        max_wait: Duration,
    ) -> Answer<'a, LogEntries>;
}

impl<S: Store> AnyStore for S {
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(Store::get(self, key))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a [u8], lifetime: Duration) -> Answer<'a, ()> {
        Box::pin(Store::put(self, key, value, lifetime))
    }

    fn insert<'a>(&'a self, key: &'a str, value: &'a [u8], lifetime: Duration) -> Answer<'a, bool> {
        Box::pin(Store::insert(self, key, value, lifetime))
    }

    fn remove<'a>(&'a self, key: &'a str) -> Answer<'a, ()> {
        Box::pin(Store::remove(self, key))
    }

    fn append<'a>(&'a self, log: &'a str, entry: &'a [u8], lifetime: Duration) -> Answer<'a, ()> {
        Box::pin(Store::append(self, log, entry, lifetime))
    }

    fn read<'a>(
        &'a self,
        log: &'a str,
        after: Option<&'a LogPosition>,
        max_wait: Duration,
    ) -> Answer<'a, LogEntries> {
        Box::pin(Store::read(self, log, after, max_wait))
    }
}
