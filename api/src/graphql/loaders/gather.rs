//! Gathers what many rows ask for until nobody asks any more, however many rows a page has.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, Loader};
use domain::Services;

use super::Reader;
use crate::graphql::error::ApiError;

/// How long a batch is gathered at least: longer than a small page's rows take to ask, or they would be asked in two.
const GATHERS_FOR: Duration = Duration::from_millis(2);

/// A batch is whole when nobody asked for so long.
const QUIET_FOR: Duration = Duration::from_millis(1);

/// From so many questions on it is a long list, whose rows a busy machine may hold up.
const LONG_LIST: usize = 100;

/// A long list's batch is whole when nobody asked for so long.
const QUIET_FOR_LONG_LISTS: Duration = Duration::from_millis(5);

/// How often is looked whether it is quiet. Then the batch is read, whoever still asks: an operation with many parts may never be
/// quiet.
const LOOKS: usize = 200;

/// The data loaders of one operation. They keep nothing: what a mutation changed is read afresh.
pub(in crate::graphql) struct Loaders {
    loader: DataLoader<Reader>,
    asked: Arc<AtomicUsize>,
}

/// The loaders of an operation that begins.
pub(in crate::graphql) fn new(services: Services) -> Loaders {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let when_quiet = move |batch| {
        let counter = counter.clone();
        tokio::spawn(async move {
            quiet(&counter).await;
            batch.await;
        })
    };
    Loaders {
        loader: DataLoader::new(Reader(services), when_quiet).delay(Duration::ZERO),
        asked,
    }
}

/// Waits until nobody asks any more.
async fn quiet(asked: &AtomicUsize) {
    tokio::time::sleep(GATHERS_FOR).await;
    for _ in 0..LOOKS {
        let before = asked.load(Ordering::Relaxed);
        let quiet_for = if before < LONG_LIST {
            QUIET_FOR
        } else {
            QUIET_FOR_LONG_LISTS
        };
        tokio::time::sleep(quiet_for).await;
        if asked.load(Ordering::Relaxed) == before {
            return;
        }
    }
}

impl Loaders {
    /// What belongs to one key, read together with what others ask for at the same time.
    pub(in crate::graphql) async fn load_one<K>(&self, key: K) -> Result<Option<<Reader as Loader<K>>::Value>, ApiError>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Reader: Loader<K, Error = ApiError>,
    {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.loader.load_one(key).await
    }

    /// The same for many keys.
    pub(in crate::graphql) async fn load_many<K>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<HashMap<K, <Reader as Loader<K>>::Value>, ApiError>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Reader: Loader<K, Error = ApiError>,
    {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.loader.load_many(keys).await
    }
}
