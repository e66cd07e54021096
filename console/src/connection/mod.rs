//! The way to the API: questions over HTTP, changes over one socket.

mod http;
mod live;
mod retry;
mod tape;
mod trouble;
mod watched;

pub use http::{Answer, Api};
pub use live::{Heard, follow};
pub use retry::Backoff;
pub use tape::Tape;
pub use trouble::Trouble;
