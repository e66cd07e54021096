//! What a call of Twilio's own log is to us, and what it adds to what our webhooks saw. Pure.

use ::entity::Amount;
use ::entity::agent_assignment::Direction;
use ::entity::call::{self, CallStatus};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::ActiveValue::{Set, Unchanged};
use twilio::CallDirection as Word;

/// Which of the workspace's numbers a logged call belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// To this number, in this direction.
    To(Direction, String),
    /// To a call that is listed itself: the leg to its agent, or to whom it was sent on.
    ToItsParent,
    /// To none that the workspace has listed.
    Nowhere,
}

/// Sorts a call of the log. `is_ours` says whether the workspace has listed a number for the account.
pub(super) fn belongs(call: &twilio::Call, is_ours: impl Fn(&str) -> bool) -> Belongs {
    if call.parent_call_sid.is_some() {
        return Belongs::ToItsParent;
    }
    let own = |party: &Option<String>| party.clone().filter(|party| is_ours(party));
    let inbound = || own(&call.to).map(|number| (Direction::Inbound, number));
    let outbound = || own(&call.from).map(|number| (Direction::Outbound, number));
    let found = match &call.direction {
        Some(Word::Inbound | Word::TrunkingOriginating) => inbound(),
        Some(Word::OutboundApi | Word::OutboundDial | Word::TrunkingTerminating) => outbound(),
        Some(Word::Other(_)) | None => inbound().or_else(outbound),
    };
    found.map_or(Belongs::Nowhere, |(direction, number)| Belongs::To(direction, number))
}

/// A status of the log in our words.
pub(super) fn status_of(call: &twilio::Call) -> CallStatus {
    CallStatus::from(call.status.as_str())
}

/// When the call began, by Twilio's word.
pub(super) fn began_at(call: &twilio::Call) -> Option<DateTime<Utc>> {
    call.start_time.or(call.date_created)
}

/// When it was answered: the log tells only how long they spoke, up to the end.
pub(super) fn answered_at(call: &twilio::Call) -> Option<DateTime<Utc>> {
    let spoke = call.duration.filter(|spoke| !spoke.is_zero())?;
    Some(call.end_time? - TimeDelta::from_std(spoke).ok()?)
}

pub(super) fn duration_s(call: &twilio::Call) -> Option<i32> {
    call.duration.and_then(|spoke| i32::try_from(spoke.as_secs()).ok())
}

/// What it cost: Twilio bills a call as a negative figure, which is kept as a positive one.
pub(super) fn price(call: &twilio::Call) -> Option<Amount> {
    call.price.map(|price| Amount(price.abs()))
}

/// What the log adds to a call that is known; none when it adds nothing. A call that is over stays over as it was, and what our
/// webhooks told stays: the log fills in what is missing, and what is known late.
pub(super) fn merge(before: &call::Model, logged: &twilio::Call, at: DateTime<Utc>) -> Option<call::ActiveModel> {
    let mut row = call::ActiveModel {
        id: Unchanged(before.id),
        ..Default::default()
    };
    let mut is_news = false;
    macro_rules! take {
        ($column:ident, $value:expr) => {
            let value = $value;
            if value != before.$column {
                row.$column = Set(value);
                is_news = true;
            }
        };
    }
    let status = status_of(logged);
    let ended = status.is_terminal() || before.status.is_terminal();
    if !before.status.is_terminal() && (status.is_terminal() || rank(&status) > rank(&before.status)) {
        take!(status, status);
    }
    if ended {
        take!(duration_s, duration_s(logged).or(before.duration_s));
        take!(ended_at, before.ended_at.or(logged.end_time));
        take!(answered_at, before.answered_at.or_else(|| answered_at(logged)));
    }
    take!(price, price(logged).or(before.price));
    if logged.price.is_some() {
        take!(
            price_currency,
            logged.price_unit.clone().or_else(|| before.price_currency.clone())
        );
    }
    if before.from_number.is_empty() {
        take!(from_number, logged.from.clone().unwrap_or_default());
    }
    take!(log_seen_at, before.log_seen_at.or(Some(at)));
    if !is_news {
        return None;
    }
    row.updated_at = Set(at);
    Some(row)
}

/// How far a call that is not over is. One with a status that nobody here knows is not moved by it.
fn rank(status: &CallStatus) -> u8 {
    match status {
        CallStatus::Queued => 1,
        CallStatus::Initiated => 2,
        CallStatus::Ringing => 3,
        CallStatus::InProgress => 4,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ::entity::{AccountId, CallId, NumberId, WorkspaceId};
    use uuid::Uuid;

    use super::*;

    fn logged(status: &str) -> twilio::Call {
        serde_json::from_value(serde_json::json!({
            "sid": "CA00000000000000000000000000000001",
            "account_sid": "AC00000000000000000000000000000001",
            "to": "+14155550101",
            "from": "+14155550177",
            "status": status,
            "direction": "inbound",
            "start_time": "Thu, 01 Jan 1970 00:00:10 +0000",
            "end_time": "Thu, 01 Jan 1970 00:01:00 +0000",
            "duration": "40",
            "price": "-0.0085",
            "price_unit": "USD",
        }))
        .unwrap()
    }

    fn known(status: CallStatus) -> call::Model {
        call::Model {
            id: CallId(Uuid::nil()),
            workspace_id: WorkspaceId(Uuid::nil()),
            twilio_account_id: AccountId(Uuid::nil()),
            phone_number_id: NumberId(Uuid::nil()),
            agent_id: None,
            call_intent_id: None,
            sid: "CA1".into(),
            direction: Direction::Inbound,
            from_number: "+14155550177".into(),
            to_number: "+14155550101".into(),
            status,
            status_sequence: None,
            duration_s: None,
            sip_code: None,
            error_code: None,
            price: None,
            price_currency: None,
            other_country: None,
            quality: None,
            quality_at: None,
            started_at: DateTime::UNIX_EPOCH,
            ringing_at: None,
            setup_ms: None,
            answered_at: None,
            ended_at: None,
            log_seen_at: None,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_call_belongs_to_the_listed_number_at_its_end_of_the_line() {
        let ours = |number: &str| number == "+14155550101";
        let table = [
            (
                "inbound",
                "+14155550101",
                "+1900",
                None,
                Belongs::To(Direction::Inbound, "+14155550101".into()),
            ),
            (
                "outbound-api",
                "+1900",
                "+14155550101",
                None,
                Belongs::To(Direction::Outbound, "+14155550101".into()),
            ),
            ("outbound-api", "+14155550101", "+1900", None, Belongs::Nowhere),
            (
                "trunking-terminating",
                "+1900",
                "+14155550101",
                None,
                Belongs::To(Direction::Outbound, "+14155550101".into()),
            ),
            (
                "by-pigeon",
                "+1900",
                "+14155550101",
                None,
                Belongs::To(Direction::Outbound, "+14155550101".into()),
            ),
            ("inbound", "+1900", "+1901", None, Belongs::Nowhere),
            (
                "outbound-dial",
                "sip:a@b",
                "+14155550101",
                Some("CA2"),
                Belongs::ToItsParent,
            ),
        ];
        for (direction, to, from, parent, expected) in table {
            let call = twilio::Call {
                direction: Some(serde_json::from_value(direction.into()).unwrap()),
                to: Some(to.into()),
                from: Some(from.into()),
                parent_call_sid: parent.map(str::to_owned),
                ..logged("completed")
            };
            assert_eq!(belongs(&call, ours), expected, "{direction} {to} {from}");
        }
    }

    #[test]
    fn the_log_ends_a_call_whose_last_callback_was_lost() {
        let change = merge(&known(CallStatus::InProgress), &logged("completed"), at(99)).unwrap();
        assert_eq!(change.status, Set(CallStatus::Completed));
        assert_eq!(change.duration_s, Set(Some(40)));
        assert_eq!(change.ended_at, Set(Some(at(60))));
        assert_eq!(change.answered_at, Set(Some(at(20))));
        assert_eq!(
            change.price.as_ref().map(|price| price.to_string()),
            Some("0.0085".to_owned())
        );
        assert_eq!(change.log_seen_at, Set(Some(at(99))));
    }

    #[test]
    fn a_call_that_is_over_is_never_taken_back_and_a_log_that_lags_moves_nothing_back() {
        let change = merge(&known(CallStatus::Busy), &logged("in-progress"), at(99)).unwrap();
        assert!(change.status.is_not_set(), "{change:?}");
        let change = merge(&known(CallStatus::InProgress), &logged("ringing"), at(99)).unwrap();
        assert!(change.status.is_not_set(), "{change:?}");
        let change = merge(&known(CallStatus::Queued), &logged("ringing"), at(99)).unwrap();
        assert_eq!(change.status, Set(CallStatus::Ringing));
        let change = merge(&known(CallStatus::Ringing), &logged("teleported"), at(99)).unwrap();
        assert!(change.status.is_not_set(), "{change:?}");
    }

    #[test]
    fn what_is_known_already_changes_nothing() {
        let logged = logged("completed");
        let known = call::Model {
            duration_s: Some(40),
            price: price(&logged),
            price_currency: Some("USD".into()),
            answered_at: Some(at(21)),
            ended_at: Some(at(61)),
            log_seen_at: Some(at(70)),
            ..known(CallStatus::Completed)
        };
        assert_eq!(merge(&known, &logged, at(99)), None);
        // A price that Twilio no longer tells is not forgotten.
        let unpriced = twilio::Call {
            price: None,
            duration: Some(Duration::from_secs(40)),
            ..logged
        };
        assert_eq!(merge(&known, &unpriced, at(99)), None);
    }
}
