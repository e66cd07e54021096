//! The calls that an account's health is judged by, as they are shown.

use std::collections::HashMap;

use ::entity::AccountId;
use chrono::{DateTime, Utc};
use sea_orm::DbErr;

use super::evidence::WINDOW;
use crate::{Services, calls};

/// How an account's calls went in the time that counts for its health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallFigures {
    /// When the time began.
    pub from: DateTime<Utc>,
    /// When it ended: now.
    pub to: DateTime<Utc>,
    /// How the calls went.
    pub calls: calls::Window,
}

/// The figures of these accounts, those without calls too: the same that [`super::read`] reads for their health. A fixed number
/// of statements, whatever the accounts.
///
/// # Errors
/// When the database fails.
pub async fn call_figures(
    services: &Services,
    accounts: &[AccountId],
) -> Result<HashMap<AccountId, CallFigures>, DbErr> {
    let to = services.clock.now();
    let from = to - WINDOW;
    let windows = calls::window(&services.db, accounts, from).await?;
    let figures = accounts.iter().map(|account| {
        let calls = windows.get(account).copied().unwrap_or_default();
        (*account, CallFigures { from, to, calls })
    });
    Ok(figures.collect())
}
