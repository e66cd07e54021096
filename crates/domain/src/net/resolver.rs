//! From a name to addresses that may be asked.

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Reachable, is_public};

/// Looks names up.
#[async_trait]
pub trait Lookup: Debug + Send + Sync {
    /// The addresses of a host.
    ///
    /// # Errors
    /// When there are none, or nobody can say.
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// As the operating system does it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((host, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub enum NotResolved {
    /// It has no addresses, or nobody can say.
    #[error("the name could not be looked up")]
    Unknown(#[source] io::Error),
    /// An address of it is not of the public internet.
    #[error("the name leads to an address that is not public")]
    NotPublic,
}

/// Looks names up, and refuses one that leads to any address that may not be asked. As the resolver of an HTTP client its answer is
/// what the client connects to.
#[derive(Clone, Debug)]
pub struct Resolver {
    lookup: Arc<dyn Lookup>,
    reachable: Reachable,
}

impl Resolver {
    /// A resolver over a way to look names up.
    #[must_use]
    pub fn new(lookup: Arc<dyn Lookup>, reachable: Reachable) -> Self {
        Self { lookup, reachable }
    }

    /// The addresses of `host`, a name or a number. For a connection of one's own: connect to one of these, and look nothing up again.
    ///
    /// # Errors
    /// [`NotResolved`].
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, NotResolved> {
        let number = host.trim_start_matches('[').trim_end_matches(']').parse();
        let found = match number {
            Ok(number) => vec![number],
            Err(_) => self.lookup.lookup(host).await.map_err(NotResolved::Unknown)?,
        };
        if found.is_empty() {
            return Err(NotResolved::Unknown(io::ErrorKind::NotFound.into()));
        }
        if self.reachable == Reachable::Public && found.iter().any(|address| !is_public(*address)) {
            return Err(NotResolved::NotPublic);
        }
        Ok(found)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = Self::resolve(&resolver, name.as_str()).await?;
            // Port 0 stands for the one in the address that is asked.
            let addresses: Addrs = Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Answers(&'static [&'static str]);

    #[async_trait]
    impl Lookup for Answers {
        async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            Ok(self.0.iter().map(|address| address.parse().unwrap()).collect())
        }
    }

    async fn resolved(answers: &'static [&'static str], reachable: Reachable) -> Result<usize, String> {
        let resolver = Resolver::new(Arc::new(Answers(answers)), reachable);
        let found = resolver.resolve("hooks.example").await;
        found.map(|found| found.len()).map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn one_private_address_spoils_a_name() {
        assert_eq!(
            resolved(&["93.184.216.34", "2606:4700::1"], Reachable::Public).await,
            Ok(2)
        );
        let refused = Err("the name leads to an address that is not public".to_owned());
        assert_eq!(resolved(&["10.0.0.1"], Reachable::Public).await, refused);
        assert_eq!(resolved(&["93.184.216.34", "::1"], Reachable::Public).await, refused);
        assert_eq!(resolved(&["10.0.0.1"], Reachable::Private).await, Ok(1));
        let unknown = Err("the name could not be looked up".to_owned());
        assert_eq!(resolved(&[], Reachable::Public).await, unknown);
    }

    #[tokio::test]
    async fn a_number_is_checked_as_a_name_is() {
        let resolver = Resolver::new(Arc::new(Answers(&["93.184.216.34"])), Reachable::Public);
        for host in ["127.0.0.1", "[::1]", "::ffff:10.0.0.1"] {
            assert!(
                matches!(resolver.resolve(host).await, Err(NotResolved::NotPublic)),
                "{host}"
            );
        }
    }
}
