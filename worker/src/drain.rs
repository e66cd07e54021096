//! Jobs run when the test says so.

use domain::Services;
use entity::JobId;
use sea_orm::DbErr;

use crate::batch::BatchError;
use crate::runner::{Ran, Runner};
use crate::{Options, due};

/// How many jobs one drain runs at most. Far above what any test wants: more is a job that starts itself again and again.
const MOST: usize = 500;

/// Why a drain did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum DrainError {
    /// The database failed.
    #[error("could not read or write a job")]
    Database(#[from] DbErr),
    /// The database failed for what jobs asked together.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// Jobs keep becoming due.
    #[error("after {MOST} jobs there is still one due, of kind {last}")]
    Endless {
        /// The kind of the job that ran last.
        last: String,
    },
}

/// Runs the jobs that are due by the database's clock, one at a time and oldest first, until none is due. Jobs that become due
/// on the way are run, too. Answers what ran, in order.
///
/// For tests with a clock that stands still: the same claim, handler and outcome as in a running worker, without apalis and
/// without the timetable. Jobs of unknown kinds, and those that wait behind a running one, are left alone.
///
/// # Errors
/// [`DrainError::Endless`] when jobs keep becoming due though the clock stands still.
pub async fn drain(services: &Services, options: &Options) -> Result<Vec<Ran>, DrainError> {
    let runner = Runner::new(services.clone(), options);
    let (mut ran, mut left_alone): (Vec<Ran>, Vec<JobId>) = (Vec::new(), Vec::new());
    while let Some(id) = due::oldest(services, &left_alone).await? {
        match runner.run(id).await? {
            Some(one) if ran.len() >= MOST => return Err(DrainError::Endless { last: one.kind }),
            Some(one) => ran.push(one),
            None => left_alone.push(id),
        }
    }
    Ok(ran)
}
