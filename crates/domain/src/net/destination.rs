//! An address as a customer writes it.

use std::net::IpAddr;

use url::{Host, Url};

use super::{Reachable, is_public};

/// The most characters of an address.
const LONGEST: usize = 2000;

/// A checked `https` address. What its name leads to is checked when it is asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Destination(Url);

/// Why an address is not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDestination {
    /// It is longer than 2000 characters.
    #[error("is too long")]
    TooLong,
    /// It is no address at all, or none of the web.
    #[error("is no web address")]
    NotOfTheWeb,
    /// It is not `https`.
    #[error("is not https")]
    NotSecure,
    /// It has a user or a password in it.
    #[error("holds a user or a password")]
    HasCredentials,
    /// It names an address that is not of the public internet.
    #[error("is not public")]
    NotPublic,
}

impl Destination {
    /// Reads `https://host/path`. Where private addresses may be asked, `http://` on this machine too.
    ///
    /// # Errors
    /// [`BadDestination`].
    pub fn parse(text: &str, reachable: Reachable) -> Result<Self, BadDestination> {
        if text.len() > LONGEST {
            return Err(BadDestination::TooLong);
        }
        let mut url = Url::parse(text).map_err(|_| BadDestination::NotOfTheWeb)?;
        url.set_fragment(None); // It is never sent.
        let host = url.host().ok_or(BadDestination::NotOfTheWeb)?;
        let ip = match host {
            Host::Ipv4(v4) => Some(IpAddr::V4(v4)),
            Host::Ipv6(v6) => Some(IpAddr::V6(v6)),
            Host::Domain(_) => None,
        };
        match url.scheme() {
            "https" => {}
            "http" if reachable == Reachable::Private && is_this_machine(&host) => {}
            "http" => return Err(BadDestination::NotSecure),
            _ => return Err(BadDestination::NotOfTheWeb),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadDestination::HasCredentials);
        }
        // A client connects to a number without asking the resolver.
        if reachable == Reachable::Public && ip.is_some_and(|ip| !is_public(ip)) {
            return Err(BadDestination::NotPublic);
        }
        Ok(Self(url))
    }

    /// The whole address. It may hold what only its owner should know.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The name or number of its host, as it stands in the address.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    pub(super) fn url(&self) -> &Url {
        &self.0
    }
}

/// Its host alone: the path of a webhook's address is often a secret.
impl std::fmt::Debug for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Destination({}://{}/…)", self.0.scheme(), self.host())
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => v6.is_loopback(),
        Host::Domain(name) => *name == "localhost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_public_and_without_a_password() {
        for text in [
            "https://hooks.example/callab?key=1",
            "https://hooks.example:8443/",
            "https://93.184.216.34/x",
            "https://[2606:4700::1111]/",
        ] {
            assert!(Destination::parse(text, Reachable::Public).is_ok(), "{text}");
        }
        for (text, why) in [
            ("", BadDestination::NotOfTheWeb),
            ("hooks.example", BadDestination::NotOfTheWeb),
            ("https://", BadDestination::NotOfTheWeb),
            ("ftp://hooks.example/", BadDestination::NotOfTheWeb),
            ("file:///etc/passwd", BadDestination::NotOfTheWeb),
            ("http://hooks.example/", BadDestination::NotSecure),
            ("http://127.0.0.1/", BadDestination::NotSecure),
            ("https://user@hooks.example/", BadDestination::HasCredentials),
            ("https://:secret@hooks.example/", BadDestination::HasCredentials),
            ("https://127.0.0.1/", BadDestination::NotPublic),
            ("https://2130706433/", BadDestination::NotPublic),
            ("https://0x7f.1/", BadDestination::NotPublic),
            ("https://0177.0.0.1/", BadDestination::NotPublic),
            ("https://127.0.0.1./", BadDestination::NotPublic),
            ("https://[::1]/", BadDestination::NotPublic),
            ("https://[::ffff:10.0.0.1]/", BadDestination::NotPublic),
            ("https://169.254.169.254/latest/meta-data", BadDestination::NotPublic),
        ] {
            assert_eq!(Destination::parse(text, Reachable::Public), Err(why), "{text}");
        }
        let long = format!("https://hooks.example/{}", "a".repeat(LONGEST));
        assert_eq!(
            Destination::parse(&long, Reachable::Public),
            Err(BadDestination::TooLong)
        );
    }

    #[test]
    fn without_tls_this_machine_alone_is_asked_and_only_where_allowed() {
        for text in ["http://127.0.0.1:9000/x", "http://[::1]/", "http://localhost:1/"] {
            assert!(Destination::parse(text, Reachable::Private).is_ok(), "{text}");
        }
        for text in [
            "http://10.0.0.1/",
            "http://127.0.0.1.evil.example/",
            "http://hooks.example/",
        ] {
            assert_eq!(
                Destination::parse(text, Reachable::Private),
                Err(BadDestination::NotSecure),
                "{text}"
            );
        }
    }

    #[test]
    fn what_only_its_owner_should_know_is_not_printed() {
        let printed = format!(
            "{:?}",
            Destination::parse("https://hooks.example/s3cret?s3cret", Reachable::Public)
        );
        assert!(
            printed.contains("hooks.example") && !printed.contains("s3cret"),
            "{printed}"
        );
    }
}
