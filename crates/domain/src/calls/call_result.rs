//! How calls come out, in the words of people who look for them.

use ::entity::call::CallStatus;

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallResult {
    /// It waits or rings.
    Ringing,
    /// It was answered; it may go on still.
    Answered,
    /// Nobody answered.
    NoAnswer,
    /// The other end was busy.
    Busy,
    /// It could not be connected.
    Failed,
    /// It was withdrawn before it was answered.
    Canceled,
}

impl CallResult {
    /// Every result.
    pub const ALL: [Self; 6] = [
        Self::Ringing,
        Self::Answered,
        Self::NoAnswer,
        Self::Busy,
        Self::Failed,
        Self::Canceled,
    ];

    /// The statuses of calls with this result.
    #[must_use]
    pub fn statuses(self) -> &'static [CallStatus] {
        match self {
            Self::Ringing => &[CallStatus::Queued, CallStatus::Initiated, CallStatus::Ringing],
            Self::Answered => &[CallStatus::InProgress, CallStatus::Completed],
            Self::NoAnswer => &[CallStatus::NoAnswer],
            Self::Busy => &[CallStatus::Busy],
            Self::Failed => &[CallStatus::Failed],
            Self::Canceled => &[CallStatus::Canceled],
        }
    }

    /// The result of a call with this status; none for a status that nobody here knows.
    #[must_use]
    pub fn of(status: &CallStatus) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.statuses().contains(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_has_one_result_and_an_unknown_one_has_none() {
        for status in CallStatus::TERMINAL {
            let results = CallResult::ALL
                .iter()
                .filter(|result| result.statuses().contains(&status));
            assert_eq!(results.count(), 1, "{status}");
        }
        assert_eq!(CallResult::of(&CallStatus::InProgress), Some(CallResult::Answered));
        assert_eq!(CallResult::of(&CallStatus::from("teleported")), None);
    }
}
