//! `call_reading`: where the reading of an account's long call log goes on.

use sea_orm::entity::prelude::*;

use crate::AccountId;

/// A reading of Twilio's call log that is not at its end. There is no row when it was read to its end.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_reading")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key, auto_increment = false)]
    pub twilio_account_id: AccountId,
    /// When it was begun, from which day on, and the page that comes next.
    pub place: Json,
}

impl ActiveModelBehavior for ActiveModel {}
