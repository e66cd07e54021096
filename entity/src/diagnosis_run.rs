//! `diagnosis_run`: a diagnosis for which everything is asked afresh.

use sea_orm::entity::prelude::*;

use crate::{AccountId, DiagnosisRunId, E164, NumberId, WorkspaceId};

/// A diagnosis for which everything is asked afresh. Kept for a time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "diagnosis_run")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DiagnosisRunId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account.
    pub twilio_account_id: AccountId,
    /// The number, where one is asked for.
    pub phone_number_id: Option<NumberId>,
    /// The country that a call would go to, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// The number that a call would go to; a third party's, so it is in no report.
    pub to_number: Option<E164>,
    /// Which questions were answered so far, each with the moment.
    pub asked: Json,
    /// The diagnosis as it was at the end; none while it runs.
    pub report: Option<Json>,
    /// Who started it.
    pub started_by: String,
    /// When it was started.
    pub created_at: DateTimeUtc,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
