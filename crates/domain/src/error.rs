//! How a use case ends when it does not do what was asked.

use sea_orm::{DbErr, RuntimeErr, SqlErr};
use vault::VaultError;

use crate::{Permission, Refusal};

/// Why a use case did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It was refused, for reasons the asker can do something about.
    #[error("refused: {}", .0.iter().map(|refusal| refusal.code.as_str()).collect::<Vec<_>>().join(", "))]
    Refused(Vec<Refusal>),
    /// The asker's role does not allow it.
    #[error("the role does not allow {0:?}")]
    Forbidden(Permission),
    /// The same request, by its idempotency key, was carried out before. It holds the id of the object it changed.
    #[error("done before")]
    DoneBefore(uuid::Uuid),
    /// Something failed that should not.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// What should not fail, and did. Told to nobody but the log.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// A sealed secret.
    #[error("a sealed secret could not be handled")]
    Vault(#[from] VaultError),
    /// A row that this release cannot read.
    #[error("row {row} cannot be read: {what}")]
    Unreadable {
        /// Table and id.
        row: String,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Error {
    /// The refusal codes, if it was refused.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        match self {
            Self::Refused(refusals) => refusals,
            _ => &[],
        }
    }
}

/// Whether a unique index refused a row: somebody else was faster.
pub(crate) fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// PostgreSQL's `lock_not_available`.
const LOCK_NOT_AVAILABLE: &str = "55P03";

/// Whether a statement gave up on a row that somebody else has locked: see [`Transaction::wait_for_locks`](crate::Transaction).
pub(crate) fn is_locked(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    error
        .as_database_error()
        .is_some_and(|error| error.code().as_deref() == Some(LOCK_NOT_AVAILABLE))
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        Self::Fault(error.into())
    }
}
