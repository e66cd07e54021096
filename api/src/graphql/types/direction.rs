//! Inbound and outbound.

use super::mirror::mirror;

mirror! {
    /// A direction of calls, as the number's owner sees it.
    pub enum Direction of ::entity::agent_assignment::Direction {
        /// Calls that come in: the agent answers.
        Inbound,
        /// Calls that go out: the agent calls.
        Outbound,
    }
}
