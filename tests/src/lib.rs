//! What the end-to-end tests drive the product with.

pub mod postgres;
