//! `token_rotation`: a change of an account's Auth Token that Callab makes itself.

use sea_orm::entity::prelude::*;

use crate::{AccountId, TokenRotationId, WorkspaceId};

crate::text_enum! {
    /// How far a rotation is. The way leads down this list, never up.
    pub enum RotationState {
        /// Twilio is to be asked, or was asked, for a secondary token.
        Started = "STARTED",
        /// The secondary token is sealed here, as `NEXT`.
        SecondaryStored = "SECONDARY_STORED",
        /// With it the account and every number in use can be reached.
        Tested = "TESTED",
        /// Twilio is asked to make it the primary one: from here on only the asking of both tokens tells which is valid.
        Promoting = "PROMOTING",
        /// It is the current token.
        Done = "DONE",
        /// Something went wrong; the token before is the current one still.
        Failed = "FAILED",
        /// Called off before it was promoted.
        Abandoned = "ABANDONED",
    }
}

impl RotationState {
    /// The states from which nothing follows any more.
    pub const OVER: [Self; 3] = [Self::Done, Self::Failed, Self::Abandoned];
}

/// One rotation. At most one that is not over for each account.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "token_rotation")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TokenRotationId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The account whose token is changed.
    pub twilio_account_id: AccountId,
    /// How far it is.
    pub state: RotationState,
    /// Who wanted it: a person's subject, or `policy`.
    pub started_by: String,
    /// Why it failed or was called off, as a stable code.
    pub reason: Option<String>,
    /// Twilio's error code behind the reason.
    pub twilio_code: Option<i32>,
    /// When it was wanted.
    pub started_at: DateTimeUtc,
    /// When Twilio was last about to be asked for a secondary token: from then on there may be one that nobody holds.
    pub secondary_asked_at: Option<DateTimeUtc>,
    /// When the secondary token was sealed.
    pub stored_at: Option<DateTimeUtc>,
    /// When it was found to work.
    pub tested_at: Option<DateTimeUtc>,
    /// When Twilio was last about to be asked to promote it.
    pub promoting_at: Option<DateTimeUtc>,
    /// When it was over.
    pub finished_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The rotation of an account that is not over.
    #[must_use]
    pub fn open_of(account: AccountId) -> Select<Self> {
        Self::find()
            .filter(COLUMN.twilio_account_id.eq(account))
            .filter(COLUMN.state.is_not_in(RotationState::OVER))
    }
}
