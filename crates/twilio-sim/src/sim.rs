//! The simulator itself: its options, its lock, its server.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::cut::{Cut, CuttableListener};
use crate::state::State;
use crate::{admin, server};

/// How a simulator runs. Start from [`SimOptions::new`].
#[derive(Clone)]
pub struct SimOptions {
    /// What it takes for the time; dates in answers come from here.
    pub clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    /// Real time between two steps of a call's life, and what a simulated second of `<Pause>` lasts: 300 ms in a demo, 5 ms in tests.
    pub pace: Duration,
    /// Real time added to each list page, for benches.
    pub page_delay: Duration,
    /// Whether a media stream may go to a `ws://` address on the loopback interface; Twilio itself insists on `wss://`.
    pub allow_plain_ws: bool,
    /// How long a webhook may take in all; 15 s at Twilio.
    pub webhook_limit: Duration,
    /// Simulators with the same seed and the same story give the same SIDs and tokens.
    pub seed: u64,
}

impl SimOptions {
    /// Options for tests: 5 ms pace, no page delay, plain `ws://` on the loopback allowed, 15 s for webhooks.
    pub fn new(clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            pace: Duration::from_millis(5),
            page_delay: Duration::ZERO,
            allow_plain_ws: true,
            webhook_limit: Duration::from_secs(15),
            seed: 1,
        }
    }
}

impl fmt::Debug for SimOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SimOptions")
            .field("pace", &self.pace)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

/// The simulated Twilio. Clones share one world.
#[derive(Clone)]
pub struct Sim {
    shared: Arc<Shared>,
}

struct Shared {
    options: SimOptions,
    state: Mutex<State>,
    /// Says that something in the state changed; whoever waits looks again.
    changed: watch::Sender<()>,
    http: reqwest::Client,
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

impl Sim {
    /// A simulator with an empty world.
    ///
    /// Makes ring the process's TLS provider if none was chosen yet; webhooks and media streams need one.
    ///
    /// # Panics
    /// When no HTTP client can be built, which means that the TLS set-up of the process is broken.
    #[must_use]
    pub fn new(options: SimOptions) -> Self {
        // An error only says that the process has chosen already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(options.webhook_limit)
            .connect_timeout(options.webhook_limit.min(Duration::from_secs(5)))
            .redirect(reqwest::redirect::Policy::limited(10))
            .no_proxy()
            .user_agent("TwilioProxy/1.1")
            .build()
            .expect("an HTTP client over ring");
        let state = Mutex::new(State::new(options.seed));
        Self {
            shared: Arc::new(Shared {
                options,
                state,
                changed: watch::Sender::new(()),
                http,
            }),
        }
    }

    /// Everything it answers: the REST API of each product and the admin API under `/_sim`.
    ///
    /// Behind another server than [`Sim::serve`] connections cannot be cut off; such faults answer 500 without a body.
    pub fn router(&self) -> Router {
        Router::new()
            .nest("/_sim", admin::router())
            .fallback(server::answer)
            .with_state(self.clone())
    }

    /// Serves [`Sim::router`] until `stop` is cancelled; calls that still live are hung up then.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
        let service = self.router().into_make_service_with_connect_info::<Cut>();
        let sim = self.clone();
        let stopped = async move {
            stop.cancelled().await;
            sim.hang_up_all();
        };
        axum::serve(CuttableListener(listener), service)
            .with_graceful_shutdown(stopped)
            .await
    }

    pub(crate) fn options(&self) -> &SimOptions {
        &self.shared.options
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    /// The time now, by the simulator's clock.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.shared.options.clock)()
    }

    /// The world, locked. Never held across an await: nothing under the lock waits.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes whoever waits for a change of the state.
    pub(crate) fn touch(&self) {
        self.shared.changed.send_replace(());
    }

    /// Waits until `look` finds what it looks for in the state.
    pub(crate) async fn wait_until<T>(&self, mut look: impl FnMut(&State) -> Option<T>) -> T {
        let mut changes = self.shared.changed.subscribe();
        loop {
            if let Some(found) = look(&self.state()) {
                return found;
            }
            // The sender lives in `self`, so this cannot fail.
            let _ = changes.changed().await;
        }
    }
}
