//! The vocabulary of troubleshooting: the lines of the list, the reasons why one is not good, what Twilio's codes have to do with
//! them, and who has to act. Pure words: `diagnosis` answers the lines, `calls` and `health` use the same ones.

mod codes;
mod names;
pub mod reasons;
mod who_acts;

pub use codes::{codes_of, of_twilio_code};
pub use names::CheckName;
pub use who_acts::WhoActs;
