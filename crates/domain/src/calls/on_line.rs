//! Whether an agent was on the line of a call: of a stream its begin tells, of a SIP leg how it ended.

/// The same of a step `s`, in SQL.
pub(crate) const STEP_OF_AGENT_ON_LINE: &str =
    "(s.kind = 'STREAM_STARTED' OR (s.kind = 'AGENT_LEG_ENDED' AND s.detail IN ('completed', 'answered')))";

/// Whether an agent's SIP leg was answered, by the `detail` of the step in which it ended: Twilio's `DialCallStatus`.
pub(crate) fn is_answered_leg(detail: Option<&str>) -> bool {
    matches!(detail, Some("completed" | "answered"))
}
