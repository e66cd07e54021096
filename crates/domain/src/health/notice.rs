//! Telling a customer that an account's health changed.

use ::entity::notification::NotificationKind;
use ::entity::twilio_account::{self, Health};

use super::ReasonCode;
use super::settle::Settled;
use crate::notifications::Notice;

/// The notice of a change. None where it is the customer's own doing, or only what they expect: switched off, connected, and a
/// first check that found all well.
pub(super) fn notice(before: &twilio_account::Model, settled: &Settled) -> Option<Notice> {
    let was_known = !matches!(before.health, Health::Disabled | Health::Unverified);
    let is_news = match &settled.health {
        Health::Disabled | Health::Unverified => false,
        Health::Healthy => was_known,
        _ => true,
    };
    if !is_news {
        return None;
    }
    let reasons = &settled.reasons.0;
    let first = reasons.first().and_then(|reason| ReasonCode::parse(&reason.code));
    let why = first.map(|reason| format!(" {}", reason.text())).unwrap_or_default();
    let summary = format!(
        "The connection health of {} is now {}.{why}",
        before.label, settled.health
    );
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    let notice = Notice::new(NotificationKind::HealthChanged, before.id, summary)
        .with("label", before.label.as_str())
        .with("before", before.health.as_str())
        .with("after", settled.health.as_str())
        .with("reasons", codes);
    Some(notice)
}
