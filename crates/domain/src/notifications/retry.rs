//! When a notification is tried again.

use std::time::Duration;

use ::entity::NotificationId;

/// How long to wait after the first attempt that failed, the second, and so on: eight attempts in about a day.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(7),
    Duration::from_hours(10),
];

/// How far a wait is moved, as a part of it: what failed together is not tried again together.
const SPREAD: f64 = 0.1;

/// How long to wait after so many attempts, the last of which failed. None when it is given up.
///
/// Source of the rhythm: Standard Webhooks, "Deliverability and reliability".
pub(super) fn wait_after(attempts: i32, id: NotificationId) -> Option<Duration> {
    let wait = WAITS.get(usize::try_from(attempts).ok()?.checked_sub(1)?)?;
    Some(wait.mul_f64(1.0 - SPREAD + 2.0 * SPREAD * chance(id)))
}

/// Anything from 0 to 1, the same for the same notification: the end of its id is random.
pub(super) fn chance(id: NotificationId) -> f64 {
    let bytes = id.0.as_bytes();
    f64::from(u16::from_be_bytes([bytes[14], bytes[15]])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn waits(end: u128) -> Vec<u64> {
        let id = NotificationId(Uuid::from_u128(end));
        (1..)
            .map_while(|attempts| wait_after(attempts, id))
            .map(|wait| wait.as_secs())
            .collect()
    }

    #[test]
    fn it_is_tried_eight_times_in_about_a_day() {
        let (soonest, latest) = (waits(0), waits(0xffff));
        assert_eq!(soonest.len(), 7);
        assert_eq!((soonest[1], latest[1]), (270, 330), "spread by a tenth either way");
        for waits in [soonest, latest] {
            let hours = waits.iter().sum::<u64>() / 3600;
            assert!((22..=27).contains(&hours), "{hours} h");
            assert!(waits.is_sorted());
        }
    }

    #[test]
    fn before_any_attempt_there_is_nothing_to_wait_for() {
        assert_eq!(wait_after(0, NotificationId(Uuid::nil())), None);
        assert_eq!(wait_after(8, NotificationId(Uuid::nil())), None);
    }
}
