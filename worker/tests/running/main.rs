//! A worker at work: a SQLite file, the in-process transport, apalis, and handlers that the tests hold in their hands.
//!
//! Nothing here waits for a time to pass: handlers tell through channels when they start and end, and go on when they are told.
//! Every timer of a [`bench::quiet`] worker is an hour long, so what starts was started by what the test is about.

mod bench;
mod draining;
mod kinds;
mod leases;
mod no_twilio;
mod outcomes;
mod sharing;
mod starting;
mod stopping;
