//! Telling a customer about their account's token: that it is old, was changed, or could not be changed.

use ::entity::notification::NotificationKind;
use ::entity::token_rotation::{self, RotationState};
use ::entity::twilio_account;

use crate::notifications::Notice;

/// The notice of a token that is as old as its policy names. Says for how many days Callab has had it.
pub(super) fn due(account: &twilio_account::Model, age_days: Option<i64>) -> Notice {
    let summary = format!(
        "The Auth Token of {} should be changed: Callab has had it for {} days.",
        account.label,
        age_days.unwrap_or_default()
    );
    Notice::new(NotificationKind::TokenRotationDue, account.id, summary)
        .with("label", account.label.as_str())
        .with("ageDays", age_days)
}

/// The notice of a rotation that is over. None while it goes on, and where the customer called it off themselves.
pub(super) fn over(account: &twilio_account::Model, rotation: &token_rotation::Model) -> Option<Notice> {
    let label = account.label.as_str();
    let (kind, summary) = match rotation.state {
        RotationState::Done => (
            NotificationKind::TokenRotated,
            format!("The Auth Token of {label} was changed. The one before no longer works anywhere."),
        ),
        RotationState::Failed => (
            NotificationKind::TokenRotationFailed,
            format!("The Auth Token of {label} could not be changed; the one before is still in use."),
        ),
        _ => return None,
    };
    let notice = Notice::new(kind, account.id, summary)
        .with("label", label)
        .with("reason", rotation.reason.as_deref())
        .with("twilioCode", rotation.twilio_code);
    Some(notice)
}
