//! What the commands without a screen ask beside what the screens do.

pub mod change;
pub mod find;
