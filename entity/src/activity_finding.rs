//! `activity_finding`: calls that are unusual for their account or number.

use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{AccountId, ActivityFindingId, NumberId, WorkspaceId};

crate::text_enum! {
    /// What is unusual.
    pub enum FindingKind {
        /// Far more calls than the account makes and takes at this hour.
        CallBurst = "CALL_BURST",
        /// Far more calls fail than usual.
        FailureBurst = "FAILURE_BURST",
        /// Calls to a country that was not called before, at a high price.
        ExpensiveDestination = "EXPENSIVE_DESTINATION",
        /// Calls of a number at an hour of the week at which it has none.
        OutsidePattern = "OUTSIDE_PATTERN",
    }
}

/// One figure that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is, such as `calls in the last 15 minutes`.
    pub name: String,
    /// The figure, as it is shown.
    pub value: String,
}

/// The figures that a finding rests on, the telling one first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Figures(pub Vec<Figure>);

/// Something unusual, from when to when. At most one of a kind is open for a number, or for an account as a whole.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_finding")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActivityFindingId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account.
    pub twilio_account_id: AccountId,
    /// The number; none when it is about the account as a whole.
    pub phone_number_id: Option<NumberId>,
    /// What is unusual.
    pub kind: FindingKind,
    /// The newest figures.
    pub figures: Figures,
    /// When it was first seen.
    pub started_at: DateTimeUtc,
    /// When it was last seen.
    pub newest_at: DateTimeUtc,
    /// When it was over; none while it is open.
    pub ended_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
