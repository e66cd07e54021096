//! The same mutation twice, done once.

use std::time::Duration;

use ::entity::{IdempotencyKeyId, WorkspaceId, idempotency_key};
use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{Error, Refusal, RefusalCode, Request, Services};

/// How long a key is remembered.
pub const REMEMBERED: Duration = Duration::from_hours(24);

/// The most characters of a key.
pub const MAX_KEY: usize = 128;

/// A mutation that is to happen at most once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Once {
    /// The mutation's field.
    pub field: &'static str,
    /// The caller's key.
    pub key: String,
    /// A digest of the whole input.
    pub input_digest: String,
}

impl Once {
    /// Reads a key. The digest is over the installation's secret too, so that it tells nothing of a token in the input.
    ///
    /// # Errors
    /// Refused when the key is empty, too long or not printable ASCII.
    pub fn new(installation: &str, field: &'static str, key: &str, input: &[u8]) -> Result<Self, Refusal> {
        let printable = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !printable || key.len() > MAX_KEY {
            let message = format!("An idempotency key is 1 to {MAX_KEY} printable ASCII characters without blanks.");
            return Err(Refusal::new(RefusalCode::Malformed, message).on("idempotencyKey"));
        }
        let mut digest = Sha256::new();
        digest.update(installation);
        digest.update([0]);
        digest.update(input);
        let input_digest = hex::encode(digest.finalize());
        Ok(Self {
            field,
            key: key.to_owned(),
            input_digest,
        })
    }
}

/// Looks whether the request was carried out before.
///
/// # Errors
/// [`Error::DoneBefore`] with the object's id if it was; refused when the key came with another input then.
pub async fn check(services: &Services, request: &Request, workspace: WorkspaceId) -> Result<(), Error> {
    match &request.once {
        Some(once) => compare(find(&services.db, services, request, once, workspace).await?, once),
        None => Ok(()),
    }
}

/// Looks once more after a refusal: while this request was on its way its twin may have been carried out, and what is refused now
/// is the twin's own effect, such as an account that is connected already.
///
/// # Errors
/// [`Error::DoneBefore`] if that is so; else what `ended` holds.
pub async fn settle<T>(services: &Services, request: &Request, ended: Result<T, Error>) -> Result<T, Error> {
    let (Err(Error::Refused(_)), Some(workspace)) = (&ended, request.actor.workspace) else {
        return ended;
    };
    match check(services, request, workspace).await {
        Err(Error::DoneBefore(subject)) => Err(Error::DoneBefore(subject)),
        _ => ended,
    }
}

fn compare(before: Option<idempotency_key::Model>, once: &Once) -> Result<(), Error> {
    match before {
        None => Ok(()),
        Some(row) if row.input_digest == once.input_digest => Err(Error::DoneBefore(row.subject)),
        Some(_) => {
            let message = "This idempotency key was used with another input. Use a new key for a new request.";
            Err(Refusal::new(RefusalCode::IdempotencyKeyReused, message)
                .on("idempotencyKey")
                .into())
        }
    }
}

async fn find(
    db: &impl ConnectionTrait,
    services: &Services,
    request: &Request,
    once: &Once,
    workspace: WorkspaceId,
) -> Result<Option<idempotency_key::Model>, DbErr> {
    let column = idempotency_key::COLUMN;
    idempotency_key::Entity::find()
        .filter(column.workspace_id.eq(workspace))
        .filter(column.actor.eq(&request.actor.subject))
        .filter(column.field.eq(once.field))
        .filter(column.key.eq(&once.key))
        .filter(column.created_at.gt(services.clock.now() - REMEMBERED))
        .one(db)
        .await
}

pub(crate) async fn remember(
    db: &impl ConnectionTrait,
    services: &Services,
    request: &Request,
    workspace: WorkspaceId,
    subject: Uuid,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(once) = &request.once else { return Ok(()) };
    let column = idempotency_key::COLUMN;
    idempotency_key::Entity::delete_many()
        .filter(column.created_at.lte(at - REMEMBERED))
        .exec(db)
        .await?;
    let row = idempotency_key::ActiveModel {
        id: Set(IdempotencyKeyId(services.ids.new_id())),
        workspace_id: Set(workspace),
        actor: Set(request.actor.subject.clone()),
        field: Set(once.field.to_owned()),
        key: Set(once.key.clone()),
        input_digest: Set(once.input_digest.clone()),
        subject: Set(subject),
        created_at: Set(at),
    };
    // A twin that is under way is waited for. A failed statement would spoil the transaction, and another connection is not to be asked for
    // while this one is held: who sends many twins would have them wait for each other.
    let once_only = OnConflict::columns(["workspace_id", "actor", "field", "key"])
        .do_nothing()
        .to_owned();
    let written = idempotency_key::Entity::insert(row).on_conflict(once_only);
    if written.exec_without_returning(db).await? > 0 {
        return Ok(());
    }
    compare(find(db, services, request, once, workspace).await?, once)?;
    let message = "The same request was sent at the same moment, and is gone again. Repeat it.";
    Err(Refusal::new(RefusalCode::Conflict, message).into())
}
