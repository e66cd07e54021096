//! Telling a customer that a billing alert's rule was crossed, or is no longer.

use ::entity::billing_alert::AlertKind;
use ::entity::billing_episode;
use ::entity::notification::NotificationKind;

use crate::notifications::{Notice, Subject};

/// The notice of an episode that opened or ended, of an account with this label.
pub(super) fn notice(episode: &billing_episode::Model, label: &str) -> Notice {
    let figures = &episode.newest;
    let kind = match episode.closed_at {
        None => NotificationKind::BillingEpisodeOpened,
        Some(_) => NotificationKind::BillingEpisodeClosed,
    };
    let crossed = crossed(episode, label);
    let summary = match episode.closed_at {
        None => crossed,
        Some(_) => format!("This is over: {crossed}"),
    };
    let notice = Notice::new(kind, episode.id, summary)
        .with("accountId", Subject::from(episode.twilio_account_id).global_id())
        .with("alertId", Subject::from(episode.billing_alert_id).global_id())
        .with("account", label)
        .with("rule", episode.kind.as_str())
        .with("value", figures.value.to_string())
        .with("threshold", figures.threshold.to_string())
        .with("currency", figures.currency.as_deref());
    match &episode.closed_because {
        Some(because) => notice.with("closedBecause", because.as_str()),
        None => notice,
    }
}

/// What crossed the threshold, with the figures as the episode opened.
fn crossed(episode: &billing_episode::Model, label: &str) -> String {
    let figures = &episode.opened_with;
    let currency = figures.currency.as_deref().unwrap_or_default();
    let amount = |amount: rust_decimal::Decimal| format!("{} {currency}", amount.round_dp(2)).trim_end().to_owned();
    let (value, threshold) = (amount(figures.value), amount(figures.threshold));
    match &episode.kind {
        AlertKind::BalanceBelow => format!("The balance of {label} is {value}, below {threshold}."),
        AlertKind::SpendTodayAbove => format!("{label} has spent {value} today, above {threshold}."),
        AlertKind::SpendThisMonthAbove => format!("{label} has spent {value} this month, above {threshold}."),
        AlertKind::SpendUnusual => {
            format!("{label} has spent {value} today. Above {threshold} is unusual for it.")
        }
        AlertKind::BalanceLastsLessThan => {
            let (days, least) = (figures.value.round_dp(1), figures.threshold.round_dp(1));
            format!("At its present rate the balance of {label} lasts {days} days, less than {least}.")
        }
        AlertKind::Unknown(_) => {
            format!("A billing alert of {label} was crossed: {value}, with {threshold} as its limit.")
        }
    }
}

#[cfg(test)]
mod tests {
    use ::entity::billing_episode::{ClosedBecause, Figures};
    use ::entity::{AccountId, BillingAlertId, BillingEpisodeId, WorkspaceId};
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;

    fn episode(kind: AlertKind, value: &str, threshold: &str, currency: Option<&str>) -> billing_episode::Model {
        let at = DateTime::UNIX_EPOCH;
        let figures = Figures {
            value: value.parse().unwrap(),
            threshold: threshold.parse().unwrap(),
            currency: currency.map(str::to_owned),
            usual_day: None,
            days: None,
            balance: None,
            rate: None,
            missing_days: None,
            as_of: None,
        };
        billing_episode::Model {
            id: BillingEpisodeId(Uuid::from_u128(1)),
            workspace_id: WorkspaceId(Uuid::from_u128(2)),
            twilio_account_id: AccountId(Uuid::from_u128(3)),
            billing_alert_id: BillingAlertId(Uuid::from_u128(4)),
            kind,
            period: None,
            opened_at: at,
            opened_with: figures.clone(),
            newest: figures,
            newest_at: at,
            closed_at: None,
            closed_because: None,
            acknowledged_at: None,
            acknowledged_by: None,
            note: None,
        }
    }

    #[test]
    fn each_rule_has_its_sentence_with_the_figures() {
        for (kind, value, threshold, currency, said) in [
            (
                AlertKind::BalanceBelow,
                "18.404",
                "20",
                Some("EUR"),
                "The balance of Main is 18.40 EUR, below 20 EUR.",
            ),
            (
                AlertKind::SpendTodayAbove,
                "7.5",
                "5",
                Some("USD"),
                "Main has spent 7.5 USD today, above 5 USD.",
            ),
            (
                AlertKind::BalanceLastsLessThan,
                "2.66",
                "7",
                Some("USD"),
                "At its present rate the balance of Main lasts 2.7 days, less than 7.",
            ),
        ] {
            let mut episode = episode(kind, value, threshold, currency);
            let opened = notice(&episode, "Main");
            assert_eq!(
                (opened.kind, opened.summary.as_str()),
                (NotificationKind::BillingEpisodeOpened, said)
            );
            assert_eq!(opened.data["value"], value, "not rounded for programs");
            episode.closed_at = Some(episode.opened_at);
            episode.closed_because = Some(ClosedBecause::Cleared);
            let closed = notice(&episode, "Main");
            assert_eq!(closed.kind, NotificationKind::BillingEpisodeClosed);
            assert_eq!(closed.summary, format!("This is over: {said}"));
            assert_eq!(closed.data["closedBecause"], "CLEARED");
        }
    }
}
