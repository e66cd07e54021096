//! A pretend Twilio over real HTTP, with memory.
//!
//! It holds accounts, phone numbers, calls, usage and the error log, answers the REST API as Twilio documents it, and lets calls
//! live: they ring, fetch `TwiML` with a true signature, open media streams, send callbacks and end up in the call log. Tests, demos
//! and staging use it in Twilio's place; the official helper libraries work against it with no more than another host.
//!
//! It shares no types with any client of Twilio: its JSON is written by hand from Twilio's documentation (`wire/`) and compared with
//! the official OpenAPI examples in `tests/life/openapi.rs`. A field that client and simulator both got wrong would otherwise agree
//! with itself.
//!
//! ```no_run
//! # async fn demo(clock: fn() -> chrono::DateTime<chrono::Utc>, listener: tokio::net::TcpListener) {
//! use callab_twilio_sim::{AccountSpec, NumberSpec, Sim, SimOptions};
//!
//! let sim = Sim::new(SimOptions::new(clock));
//! let account = sim.add_account(AccountSpec::default());
//! sim.add_number(&account.sid, NumberSpec { phone_number: "+14155550100".into(), ..NumberSpec::default() });
//! tokio::spawn({ let sim = sim.clone(); async move { sim.serve(listener, Default::default()).await } });
//!
//! let call_sid = sim.ring("+14155550199", "+14155550100");
//! let call = sim.call_finished(&call_sid).await;
//! # }
//! ```
//!
//! To add a resource: its JSON in `wire/`, its endpoints in a file of `rest/`, its row in the dispatch of `rest/mod.rs`, its right
//! in `rest/rights.rs`, its operations in `tests/life/openapi.rs`. To add a fault: a variant of [`FaultKind`], and the place where it
//! strikes. To add trouble by name: a name in [`scenario::CHANGES`] and what it does beside it.

#![expect(
    clippy::must_use_candidate,
    reason = "what most functions do to the simulated world is the point, not what they give back"
)]

mod accounts;
mod admin;
mod alerts;
mod calls;
mod countries;
mod cut;
mod e164;
mod errors;
mod faults;
mod form;
mod numbers;
mod page;
mod phones;
mod prices;
mod requests;
mod rest;
pub mod scenario;
mod server;
mod sids;
mod sign;
mod sim;
mod state;
mod status_page;
mod target;
mod triggers;
mod usage;
mod wire;

pub use accounts::{
    AccountKind, AccountSpec, AccountStatus, DeniedForm, Insights, KeyKind, KeySpec, Right, SharedKey, SimAccount,
    SimApplication, SimCallerId, SimKey, SuspendedForm,
};
pub use alerts::{AlertSpec, FailedRequest, LogLevel, SimAlert};
pub use calls::{
    CallDirection, CallEvent, CallStatus, HangUp, Notification, PastCall, SimCall, SimQuality, SimStream, StreamEnd,
    WebhookExchange, WebhookPurpose,
};
pub use faults::{Fault, FaultKind, Match};
pub use form::Pairs;
pub use numbers::{Capabilities, NumberSpec, SimNumber};
pub use phones::Phone;
pub use prices::{Priced, SimPrice};
pub use requests::SimRequest;
pub use rust_decimal::Decimal;
pub use sign::{shared_signature, signature, signed_url};
pub use sim::{Sim, SimOptions};
pub use status_page::{Impact, IncidentSpec, IncidentUpdate, SimComponent, SimIncident};
pub use triggers::{Recurring, SimFiring, SimTrigger, TriggerBy};
pub use usage::SimUsage;
