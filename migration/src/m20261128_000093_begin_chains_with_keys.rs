//! Lets requests write where a chain of audit entries begins: together with the workspace's key, which they may make (`row_security`).

use sea_orm_migration::prelude::*;

use crate::row_security::{allow, disallow};

const TABLE: &str = "audit_head";
const MAY: &str = "INSERT";

#[derive(Debug, DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        allow(manager, TABLE, MAY).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        disallow(manager, TABLE, MAY).await
    }
}
