//! What Twilio calls, and what it is answered.

pub mod signature;
pub mod twiml;
