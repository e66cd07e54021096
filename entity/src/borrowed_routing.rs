//! `borrowed_routing`: a number's routing from just before Callab changed it.

use sea_orm::entity::prelude::*;

use crate::{BorrowedRoutingId, NumberId, Routing, WorkspaceId};

/// What is given back when Callab stops answering the number. One open row a number.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "borrowed_routing")]
pub struct Model {
    /// Its id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: BorrowedRoutingId,
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// The number.
    pub phone_number_id: NumberId,
    /// The whole routing, never one that already points to Callab.
    pub routing: Routing,
    /// When it was saved.
    pub borrowed_at: DateTimeUtc,
    /// When it was given back; none while Callab has the routing.
    pub returned_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
