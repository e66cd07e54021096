//! The row that names this database.

use ::entity::installation;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{DbErr, EntityTrait};
use sha2::{Digest, Sha256};

use crate::{Services, Unconfined};

/// Reads the installation's secret, and makes it the first time. Two processes that start at once agree on one.
///
/// # Errors
/// When the database fails.
pub async fn secret(services: &Services) -> Result<String, DbErr> {
    let services = &services.unconfined(Unconfined::Installation);
    if let Some(row) = installation::Entity::find_by_id(1).one(&services.db).await? {
        return Ok(row.secret);
    }
    let row = installation::ActiveModel {
        id: Set(1),
        secret: Set(services.ids.new_reference()),
        created_at: Set(services.clock.now()),
    };
    let once = OnConflict::column("id").do_nothing().to_owned();
    installation::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(&services.db)
        .await?;
    let row = installation::Entity::find_by_id(1).one(&services.db).await?;
    row.map(|row| row.secret)
        .ok_or_else(|| DbErr::RecordNotFound("installation".to_owned()))
}

/// The key of what clients may hold and not read, such as cursors of events: each `purpose` has its own.
#[must_use]
pub fn key(secret: &str, purpose: &str) -> [u8; 32] {
    let digest = Sha256::new()
        .chain_update("key\0")
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(secret);
    digest.finalize().into()
}

/// What only a process that works on this database can answer to `challenge`: the proof behind `/twilio/v1/nonce/{challenge}`.
#[must_use]
pub fn prove(secret: &str, challenge: &str) -> String {
    let digest = Sha256::new()
        .chain_update("nonce\0")
        .chain_update(secret)
        .chain_update([0])
        .chain_update(challenge);
    hex::encode(digest.finalize())
}
