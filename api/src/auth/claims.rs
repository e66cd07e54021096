//! What a token claims, and who it names by that.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{Role, text};
use serde::{Deserialize, Deserializer, Serialize};

use super::Unauthenticated;

/// How far the web app's clock may be from ours.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// The most characters of a token's `sub`.
const LONGEST_SUBJECT: usize = 200;

/// What a token claims, besides `aud` and `iss`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who: the web app's id of the person.
    pub sub: String,
    /// In which role: `owner`, `member`, `viewer`, or `staff_viewer`, `support`, `lead`.
    pub role: String,
    /// The web app's id of the workspace; none for staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The workspace's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace_name: Option<String>,
    /// From when it counts, in seconds since 1970.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "optional_seconds"
    )]
    pub nbf: Option<i64>,
    /// Until when it counts, in seconds since 1970.
    #[serde(deserialize_with = "seconds")]
    pub exp: i64,
}

/// RFC 7519, section 2, allows fractions of a second.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction is what is to go; a cast of what is out of range saturates"
)]
fn seconds<'de, D: Deserializer<'de>>(value: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(value)?;
    let whole = number
        .as_i64()
        .or_else(|| number.as_f64().map(|seconds| seconds as i64));
    whole.ok_or_else(|| serde::de::Error::custom("not a time"))
}

fn optional_seconds<'de, D: Deserializer<'de>>(value: D) -> Result<Option<i64>, D::Error> {
    seconds(value).map(Some)
}

/// Who a token names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The token's `sub`.
    pub subject: String,
    /// In which role.
    pub role: Role,
    /// The web app's id of the workspace, and its name if the token tells it; none for staff.
    pub workspace: Option<(String, Option<String>)>,
    /// From when on the token no longer counts, leeway included; none if it has no end.
    pub expires_at: Option<DateTime<Utc>>,
}

impl Claims {
    /// Who they name, if it is their time.
    ///
    /// # Errors
    /// Why they do not count.
    pub(super) fn identity(self, now: DateTime<Utc>) -> Result<Identity, Unauthenticated> {
        let leeway = LEEWAY.num_seconds();
        if self.exp.saturating_add(leeway) <= now.timestamp() {
            return Err(Unauthenticated::Expired);
        }
        if self
            .nbf
            .is_some_and(|from| from.saturating_sub(leeway) > now.timestamp())
        {
            return Err(Unauthenticated::NotYet);
        }
        identity(self).ok_or(Unauthenticated::Claims)
    }
}

/// A role of staff names no workspace, and every other role names one.
fn identity(claims: Claims) -> Option<Identity> {
    let role = Role::of_token(&claims.role)?;
    let subject = claims.sub;
    let usable = !subject.is_empty() && subject.len() <= LONGEST_SUBJECT && !subject.contains(char::is_control);
    if !usable || role.is_staff() == claims.workspace.is_some() {
        return None;
    }
    let workspace = match claims.workspace {
        Some(id) => {
            let id = text::external_id(&id, "workspace").ok()?;
            let name = claims.workspace_name;
            Some((id, name.and_then(|name| text::name(&name, "workspace_name").ok())))
        }
        None => None,
    };
    // No end is what comes out of one beyond all calendars, too.
    let expires_at = DateTime::from_timestamp(claims.exp.saturating_add(LEEWAY.num_seconds()), 0);
    Some(Identity {
        subject,
        role,
        workspace,
        expires_at,
    })
}
