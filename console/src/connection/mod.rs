//! The way to the API: questions over HTTP, changes over one socket.

mod credentials;
mod http;
mod live;
mod retry;
mod tape;
mod trouble;
mod watched;

pub use credentials::{Credentials, Reading};
pub use http::{Answer, Api};
pub use live::{Heard, follow};
pub use retry::Backoff;
pub use tape::Tape;
pub use trouble::Trouble;
