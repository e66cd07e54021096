//! Calls: what is known of each, and how they are started and ended.
//!
//! `call.rs` holds what is remembered, `order.rs` what a call is told to do; `life.rs` leads it from the first ring to the log, with
//! `far_end.rs` (who is called), `verbs.rs`, `dial.rs` and `stream.rs` (what `TwiML` says), `webhook.rs` and `callbacks.rs` (whom it
//! tells). `price.rs` and `quality.rs` say what it cost and how good it was; `past.rs` plants calls that never lived.

mod call;
mod callbacks;
mod dial;
mod far_end;
mod leg;
mod life;
mod media;
mod order;
mod past;
mod playback;
mod price;
mod quality;
mod start;
mod stream;
mod twiml;
mod verbs;
mod webhook;

pub use call::{
    CallDirection, CallEvent, CallStatus, HangUp, Notification, SimCall, SimStream, StreamEnd, WebhookExchange,
    WebhookPurpose,
};
pub(crate) use order::{Address, CallbackPlan, Order, Script};
pub use past::PastCall;
pub use quality::SimQuality;
pub(crate) use webhook::send;
