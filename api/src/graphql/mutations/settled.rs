//! How a use case ended, as a payload shows it.

use sea_orm::DbErr;
use uuid::Uuid;

use crate::graphql::error::ApiError;
use crate::graphql::types::UserError;

/// The changed row or the refusals. A request that was carried out before, by its idempotency key, shows its row as it is now,
/// which `again` reads.
pub(super) async fn settled<Row, Read>(
    ended: Result<Row, domain::Error>,
    again: impl FnOnce(Uuid) -> Read,
) -> Result<(Option<Row>, Vec<UserError>), ApiError>
where
    Read: Future<Output = Result<Option<Row>, DbErr>>,
{
    match ended {
        Ok(row) => Ok((Some(row), Vec::new())),
        Err(domain::Error::DoneBefore(id)) => Ok((again(id).await?, Vec::new())),
        Err(domain::Error::Refused(refusals)) => Ok((None, refusals.into_iter().map(Into::into).collect())),
        Err(error) => Err(error.into()),
    }
}
