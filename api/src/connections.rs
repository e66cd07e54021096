//! Who may hold a connection open, and for how long without saying anything.

mod stream;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::client_address::{self, TrustedProxies};

pub use stream::Held;

/// How many connections there may be, and how slow. Comes from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// From all addresses together.
    pub in_all: usize,
    /// From one address that is no trusted proxy's.
    pub per_address: usize,
    /// Whose connections are those of many clients, and bounded in all only.
    pub proxies: TrustedProxies,
    /// Until the head of a request is there: from the connection's beginning, and from the end of the answer before.
    pub head_within: Duration,
    /// Until a peer reads what it is sent.
    pub read_within: Duration,
}

impl Default for ConnectionLimits {
    /// Those of `config.default.toml`.
    fn default() -> Self {
        Self {
            in_all: 10_000,
            per_address: 1_000,
            proxies: TrustedProxies::default(),
            head_within: Duration::from_secs(20),
            read_within: Duration::from_secs(30),
        }
    }
}

/// Counts open connections. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Door {
    limits: ConnectionLimits,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    in_all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Why a connection is closed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// There are as many as there may be.
    InAll,
    /// There are as many as there may be from this address.
    Address,
}

impl Full {
    /// In a word, for figures.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InAll => "in_all",
            Self::Address => "address",
        }
    }
}

/// A connection's place, free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    door: Door,
    address: IpAddr,
}

impl Door {
    /// Nobody is in.
    #[must_use]
    pub fn new(limits: ConnectionLimits) -> Self {
        Self {
            limits,
            open: Arc::default(),
        }
    }

    /// Takes a place for a connection from this address.
    ///
    /// # Errors
    /// Why there is none.
    pub fn enter(&self, peer: IpAddr) -> Result<Place, Full> {
        let address = client_address::counted(peer);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.in_all >= self.limits.in_all {
            return Err(Full::InAll);
        }
        let from_there = open.by_address.get(&address).copied().unwrap_or_default();
        if from_there >= self.limits.per_address && !self.limits.proxies.has(peer) {
            return Err(Full::Address);
        }
        open.by_address.insert(address, from_there + 1);
        open.in_all += 1;
        Ok(Place {
            door: self.clone(),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.door.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.in_all = open.in_all.saturating_sub(1);
        let left = open
            .by_address
            .get(&self.address)
            .map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            open.by_address.remove(&self.address);
        } else {
            open.by_address.insert(self.address, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_by_address_and_in_all_and_are_free_again() {
        let door = Door::new(ConnectionLimits {
            in_all: 3,
            per_address: 2,
            ..ConnectionLimits::default()
        });
        let [a, b]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap()];
        let first = door.enter(a).unwrap();
        let _second = door.enter(a).unwrap();
        assert_eq!(door.enter(a).unwrap_err(), Full::Address);
        let third = door.enter(b).unwrap();
        assert_eq!(door.enter(b).unwrap_err(), Full::InAll);
        drop(first);
        let _again = door.enter(a).unwrap();
        drop(third);
        assert_eq!(
            door.open.lock().unwrap().by_address.len(),
            1,
            "nothing is kept of who is gone"
        );
    }

    /// All clients behind a proxy come from its address.
    #[test]
    fn a_trusted_proxys_connections_are_bounded_in_all_only() {
        let proxies: TrustedProxies = std::iter::once("192.0.2.0/24".parse().unwrap()).collect();
        let door = Door::new(ConnectionLimits {
            in_all: 3,
            per_address: 1,
            proxies,
            ..ConnectionLimits::default()
        });
        let [proxy, stranger]: [IpAddr; 2] = ["192.0.2.1".parse().unwrap(), "198.51.100.1".parse().unwrap()];
        let _stranger = door.enter(stranger).unwrap();
        assert_eq!(door.enter(stranger).unwrap_err(), Full::Address);
        let _first = door.enter(proxy).unwrap();
        let _second = door.enter(proxy).unwrap();
        assert_eq!(door.enter(proxy).unwrap_err(), Full::InAll);
    }
}
