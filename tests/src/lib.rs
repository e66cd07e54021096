//! What the end-to-end tests drive the product with: the whole of it in one process, over real HTTP, against the simulated Twilio.
//!
//! [`TestApp`] is the product; [`Client`] asks it as the web app does. The database is SQLite, or PostgreSQL when
//! `CALLAB_TEST_DATABASE=postgres`. Time stands still until a test moves it, and jobs run when a test says so.

pub mod agent;
pub mod app;
pub mod client;
pub mod database;
pub mod dump;
pub mod hook;
pub mod logs;
pub mod mail_server;
pub mod metrics;
pub mod newer_twilio;
pub mod planted;
pub mod postgres;
pub mod questions;
pub mod receiver;
pub mod redis;
pub mod schema;
pub mod script;
pub mod sealed;
pub mod socket;
pub mod statements;
pub mod story;
pub mod up;

pub use agent::TestAgent;
pub use app::TestApp;
pub use client::{Answer, Client};
pub use mail_server::MailServer;
pub use planted::Planted;
pub use receiver::Receiver;
pub use socket::{Said, Socket};
pub use story::Story;
pub use up::Up;
