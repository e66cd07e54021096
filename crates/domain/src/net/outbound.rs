//! Requests to addresses that customers name.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ::entity::WorkspaceId;
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};

use super::{Destination, Lookup, NotResolved, Reachable, Resolver, SystemLookup};
use crate::places::{Place, Places};

/// How long a connection may take.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);

/// How long a whole request may take. Well below a job's time.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// How many requests of one workspace a process has under way at the same time.
const AT_A_TIME: usize = 4;

/// Asks addresses that customers name, and none that they must not have us ask. Cheap to clone.
#[derive(Clone)]
pub struct Outbound {
    http: Client,
    resolver: Resolver,
    reachable: Reachable,
    places: Places<WorkspaceId>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbound({:?})", self.reachable)
    }
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The name leads to an address that may not be asked. Nothing was connected to.
    NotPublic,
    /// The name is not known.
    NotResolved,
    /// It did not answer in time.
    TimedOut,
    /// There is no connection, or it broke.
    NotConnected,
}

impl Outbound {
    /// A client that looks names up as the operating system does.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn new(reachable: Reachable) -> reqwest::Result<Self> {
        Self::with_lookup(reachable, Arc::new(SystemLookup))
    }

    /// The same with another way to look names up.
    ///
    /// # Errors
    /// When no HTTP client can be set up.
    pub fn with_lookup(reachable: Reachable, lookup: Arc<dyn Lookup>) -> reqwest::Result<Self> {
        let resolver = Resolver::new(lookup, reachable);
        let http = Client::builder()
            .dns_resolver(resolver.clone())
            .redirect(redirect::Policy::none())
            .no_proxy() // A proxy would look the name up once more.
            .connect_timeout(CONNECTS_WITHIN)
            .timeout(ANSWERS_WITHIN)
            .user_agent(concat!("callab-byot/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            resolver,
            reachable,
            places: Places::new(AT_A_TIME),
        })
    }

    /// A place for a request of a workspace, to be held while it lasts; none when the workspace has enough under way.
    #[must_use]
    pub fn place(&self, workspace: WorkspaceId) -> Option<Place<WorkspaceId>> {
        self.places.take(workspace)
    }

    /// What may be asked.
    #[must_use]
    pub fn reachable(&self) -> Reachable {
        self.reachable
    }

    /// Looks a host up and checks each of its addresses. For a connection of one's own: connect to one of these.
    ///
    /// # Errors
    /// [`NotResolved`].
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, NotResolved> {
        let found = self.resolver.resolve(host).await?;
        Ok(found
            .into_iter()
            .map(|address| SocketAddr::new(address, port))
            .collect())
    }

    /// A POST, to be filled and given to [`Self::send`].
    pub fn post(&self, to: &Destination) -> RequestBuilder {
        self.http.post(to.url().clone())
    }

    /// A GET, to be filled and given to [`Self::send`].
    pub fn get(&self, from: &Destination) -> RequestBuilder {
        self.http.get(from.url().clone())
    }

    /// Sends a request and answers its status. Nothing of the answer's body is read: it is another's text, of any length.
    ///
    /// # Errors
    /// [`NoAnswer`].
    pub async fn send(&self, request: RequestBuilder) -> Result<StatusCode, NoAnswer> {
        let answer = request.send().await;
        answer.as_ref().map(Response::status).map_err(NoAnswer::of)
    }
}

impl NoAnswer {
    fn of(error: &reqwest::Error) -> Self {
        match not_resolved(error) {
            Some(NotResolved::NotPublic) => Self::NotPublic,
            Some(NotResolved::Unknown(_)) => Self::NotResolved,
            None if error.is_timeout() => Self::TimedOut,
            None => Self::NotConnected,
        }
    }
}

/// The resolver's own word, from the depth of the client's error.
fn not_resolved(error: &reqwest::Error) -> Option<&NotResolved> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::IpAddr;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers a public address the first time, and this machine from then on.
    #[derive(Debug, Default)]
    struct Rebinding(AtomicUsize);

    #[async_trait]
    impl Lookup for Rebinding {
        async fn lookup(&self, _: &str) -> io::Result<Vec<IpAddr>> {
            let first = self.0.fetch_add(1, Ordering::Relaxed) == 0;
            Ok(vec![if first { [93, 184, 216, 34] } else { [127, 0, 0, 1] }.into()])
        }
    }

    /// A server that answers everything with `answer`, and counts.
    async fn serve(answer: &'static str) -> (u16, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connected = Arc::new(AtomicUsize::new(0));
        let counter = connected.clone();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::Relaxed);
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        (port, connected)
    }

    fn outbound(reachable: Reachable, lookup: Arc<dyn Lookup>) -> Outbound {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Outbound::with_lookup(reachable, lookup).unwrap()
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_the_second_time_is_refused_before_any_connection() {
        let (port, connected) = serve("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let lookup = Arc::new(Rebinding::default());
        let outbound = outbound(Reachable::Public, lookup.clone());
        assert!(
            outbound.addresses("hooks.example", port).await.is_ok(),
            "the check passes"
        );
        let to = Destination::parse(&format!("https://hooks.example:{port}/"), Reachable::Public).unwrap();
        assert_eq!(outbound.send(outbound.post(&to)).await, Err(NoAnswer::NotPublic));
        assert_eq!(lookup.0.load(Ordering::Relaxed), 2, "one look-up a request");
        assert_eq!(connected.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let answer = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        let (port, connected) = serve(answer).await;
        let outbound = outbound(Reachable::Private, Arc::new(SystemLookup));
        let to = Destination::parse(&format!("http://localhost:{port}/"), Reachable::Private).unwrap();
        assert_eq!(outbound.send(outbound.post(&to)).await, Ok(StatusCode::FOUND));
        assert_eq!(connected.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_port_that_nobody_listens_on_is_no_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let outbound = outbound(Reachable::Private, Arc::new(SystemLookup));
        let to = Destination::parse(&format!("http://127.0.0.1:{port}/"), Reachable::Private).unwrap();
        assert_eq!(outbound.send(outbound.get(&to)).await, Err(NoAnswer::NotConnected));
    }
}
