//! What Twilio's public status page says, read now and then by one of all workers.
//!
//! The page is asked without credentials and is the same for every account. That it cannot be read says nothing of Twilio: what was
//! read last stays, with its age, and counts as stale.

mod check;
mod voice;

use ::entity::twilio_status_page;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{DbErr, EntityTrait};

pub use check::{Checked, check};
pub use voice::{concerns_voice, open_voice_incidents};

use crate::Services;

/// The one row's id.
const ROW: i32 = 1;

/// What was last read; none before the first try.
///
/// # Errors
/// When the database fails.
pub async fn current(services: &Services) -> Result<Option<twilio_status_page::Model>, DbErr> {
    twilio_status_page::Entity::find_by_id(ROW).one(&services.db).await
}

/// Whether what was read says nothing of now: the last try failed, or three were missed.
#[must_use]
pub fn is_stale(services: &Services, page: &twilio_status_page::Model, now: DateTime<Utc>) -> bool {
    let late = TimeDelta::from_std(services.limits.status_every * 3).unwrap_or(TimeDelta::MAX);
    page.failure.is_some() || page.read_at.is_none_or(|at| now - at > late)
}
