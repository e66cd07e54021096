//! How the API is served.

use std::net::IpAddr;
use std::time::Duration;

use domain::places::Places;

use crate::auth::TokenVerifier;
use crate::bodies::Bodies;
use crate::client_address::TrustedProxies;
use crate::graphql::persisted::AllowedDocuments;
use crate::health::Dependency;
use crate::lifecycle::Lifecycle;
use crate::origins::{Origin, Origins};
use crate::person::Person;
use crate::rates::{RateLimits, Rates};
use crate::socket::Revocations;
use crate::webhooks::SharedKeys;

/// How the API is served. Comes from the configuration.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// Tells who asks.
    pub verifier: TokenVerifier,
    /// Whether the schema can be read through the API. GraphiQL and the suggestions in error messages follow it.
    pub introspection: bool,
    /// How long one GraphQL request may take.
    pub request_timeout: Duration,
    /// How many operations one socket may have at the same time.
    pub operations_per_socket: usize,
    /// How many sockets one person may have at the same time, and has.
    pub(crate) places: Places<Person>,
    /// How many sockets one address may have on which nobody has signed in, and has.
    pub(crate) half_open: Places<IpAddr>,
    /// How many large bodies one person may have on their way in at the same time, and has; and all together.
    pub(crate) bodies: Bodies<Person>,
    /// The API keys whose sockets are open.
    pub(crate) revocations: Revocations,
    /// The life of the process, which sockets and readiness follow.
    pub lifecycle: Lifecycle,
    /// What readiness reports besides the database.
    pub dependencies: Vec<Dependency>,
    /// How often somebody may ask. Shared by all who are served with these options.
    pub(crate) rates: Rates,
    /// The only documents that are carried out; any where there is no list.
    pub allowed_documents: Option<AllowedDocuments>,
    /// Pages of which other origins may use the API from a browser.
    pub origins: Origins,
    /// Whose word counts about who asks.
    pub proxies: TrustedProxies,
    /// The keys that Twilio signs with in the place of tokens.
    pub shared_keys: SharedKeys,
}

impl ApiOptions {
    /// How many operations one socket may have at the same time, unless something else is set. A page shows a few views at once.
    pub const OPERATIONS_PER_SOCKET: usize = 50;

    /// How many sockets one person may have at the same time, unless something else is set. A browser's tab has one.
    pub const SOCKETS_PER_PERSON: usize = 50;

    /// How many sockets one address may have on which nobody has signed in: a stranger's message takes up to 256 KiB of memory. A
    /// client signs in at once.
    pub const HALF_OPEN_PER_ADDRESS: usize = 100;

    /// How many bodies of more than 16 KiB one person may have on their way in at the same time. Hardly a request is that large, and
    /// most come in one piece.
    pub const LARGE_BODIES_PER_PERSON: usize = 8;

    /// How many all together may have. One has up to 1 MiB.
    pub const LARGE_BODIES: usize = 32;

    /// Without introspection, with a minute for each request, however many come.
    #[must_use]
    pub fn new(verifier: TokenVerifier, lifecycle: Lifecycle) -> Self {
        Self {
            verifier,
            introspection: false,
            request_timeout: Duration::from_mins(1),
            operations_per_socket: Self::OPERATIONS_PER_SOCKET,
            places: Places::new(Self::SOCKETS_PER_PERSON),
            half_open: Places::new(Self::HALF_OPEN_PER_ADDRESS),
            bodies: Bodies::at_once(Self::LARGE_BODIES_PER_PERSON, Self::LARGE_BODIES),
            revocations: Revocations::default(),
            lifecycle,
            dependencies: Vec::new(),
            rates: Rates::unlimited(),
            allowed_documents: None,
            origins: Origins::default(),
            proxies: TrustedProxies::default(),
            shared_keys: SharedKeys::default(),
        }
    }

    /// The same, with further dependencies for readiness to report.
    #[must_use]
    pub fn with_dependencies(self, dependencies: Vec<Dependency>) -> Self {
        Self { dependencies, ..self }
    }

    /// The same, for these documents alone, if there are any.
    #[must_use]
    pub fn with_allowed_documents(self, allowed_documents: Option<AllowedDocuments>) -> Self {
        Self {
            allowed_documents,
            ..self
        }
    }

    /// The same, for so many requests and no more.
    #[must_use]
    pub fn with_rates(self, limits: RateLimits) -> Self {
        Self {
            rates: Rates::new(limits),
            ..self
        }
    }

    /// The same, with introspection on or off.
    #[must_use]
    pub fn with_introspection(self, introspection: bool) -> Self {
        Self { introspection, ..self }
    }

    /// The same, for pages of these origins too.
    #[must_use]
    pub fn with_allowed_origins(self, allowed: Vec<Origin>) -> Self {
        let origins = Origins::new(allowed);
        Self { origins, ..self }
    }

    /// The same, behind these proxies.
    #[must_use]
    pub fn with_proxies(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    /// The same, with webhooks signed by these keys taken too.
    #[must_use]
    pub fn with_shared_keys(self, shared_keys: SharedKeys) -> Self {
        Self { shared_keys, ..self }
    }

    /// The same, with another time for each request.
    #[must_use]
    pub fn with_request_timeout(self, request_timeout: Duration) -> Self {
        Self {
            request_timeout,
            ..self
        }
    }

    /// The same, with other bounds: how many operations a socket, and how many sockets a person may have at the same time.
    #[must_use]
    pub fn with_socket_bounds(self, operations_per_socket: usize, sockets_per_person: usize) -> Self {
        Self {
            operations_per_socket,
            places: Places::new(sockets_per_person),
            ..self
        }
    }
}
