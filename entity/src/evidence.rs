//! What an account's health is computed from and explained with, as it is kept in JSON columns.

use sea_orm::FromJsonQueryResult;
use sea_orm::prelude::DateTimeUtc;
use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// A right at Twilio that Callab needs.
    pub enum Right {
        /// Read the account: its status and type.
        Account = "ACCOUNT",
        /// Read and change phone numbers.
        Numbers = "NUMBERS",
        /// Place and read calls.
        Calls = "CALLS",
        /// Read usage.
        Usage = "USAGE",
        /// Read the balance.
        Balance = "BALANCE",
        /// Read Twilio's error log.
        Alerts = "ALERTS",
        /// Read which countries may be called.
        Permissions = "PERMISSIONS",
    }
}

crate::text_enum! {
    /// What Twilio answered when a right was tried.
    pub enum RightAnswer {
        /// It may be used.
        Granted = "GRANTED",
        /// These credentials may not.
        Denied = "DENIED",
        /// The credentials belong to another region.
        WrongRegion = "WRONG_REGION",
        /// The token worked before and does not any more: it was rotated behind our back.
        Rotated = "ROTATED",
        /// The account is suspended.
        Suspended = "SUSPENDED",
        /// The account is closed.
        Closed = "CLOSED",
        /// The account is not active: no funds, or its sign-up is not finished.
        NotActive = "NOT_ACTIVE",
        /// A limit of trial accounts.
        Trial = "TRIAL",
        /// Too many requests at once; says nothing of the right.
        Throttled = "THROTTLED",
        /// No answer, or none that can be read; says nothing of the right.
        Unreachable = "UNREACHABLE",
        /// Callab cannot open the sealed credential; Twilio was not asked.
        CannotOpen = "CANNOT_OPEN",
        /// There is no such thing in this account, such as a balance in a subaccount.
        NotApplicable = "NOT_APPLICABLE",
    }
}

/// The newest answer to one right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightEvidence {
    /// Which right.
    pub right: Right,
    /// What Twilio answered.
    pub answer: RightAnswer,
    /// Twilio's error code behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twilio_code: Option<i32>,
    /// Since when the answer is this one.
    pub since: DateTimeUtc,
    /// When it was last asked.
    pub at: DateTimeUtc,
}

/// The newest answers, one a right; rights that were never asked are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Rights(pub Vec<RightEvidence>);

impl Right {
    /// Every right.
    pub const ALL: [Self; 7] = [
        Self::Account,
        Self::Numbers,
        Self::Calls,
        Self::Usage,
        Self::Balance,
        Self::Alerts,
        Self::Permissions,
    ];
}

impl Rights {
    /// The newest answer to a right; none if it was never asked.
    #[must_use]
    pub fn of(&self, right: &Right) -> Option<&RightEvidence> {
        self.0.iter().find(|evidence| evidence.right == *right)
    }

    /// Notes an answer in the place of the right's earlier one; since when it is the answer moves only when it is another.
    pub fn note(&mut self, right: Right, answer: RightAnswer, twilio_code: Option<i32>, at: DateTimeUtc) {
        let before = self.0.iter_mut().find(|before| before.right == right);
        let same = before.as_ref().filter(|before| before.answer == answer);
        let noted = RightEvidence {
            since: same.map_or(at, |before| before.since),
            right,
            answer,
            twilio_code,
            at,
        };
        match before {
            Some(before) => *before = noted,
            None => self.0.push(noted),
        }
    }
}

/// One reason of a health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// A stable code.
    pub code: String,
    /// What it rests on, in a few words with its figures, such as `12 of 40 calls`. None where the code says all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Twilio's error code behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twilio_code: Option<i32>,
}

/// The reasons of a health, the weightiest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Reasons(pub Vec<Reason>);
