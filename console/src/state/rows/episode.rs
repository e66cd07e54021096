//! A billing alert that opened, until it closes by itself.

use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::{DateTime, Utc};

use super::{NAME, Owner, SENTENCE};
use crate::look::Tone;
use crate::queries::billing::{BillingAlertKind, BillingEpisode as Told};
use crate::scrub::{scrub, unheard};
use crate::state::table::{Column, Glance, Listed, Row, State};
use crate::view::text::age;

/// The head of the column with the sparkline of the balance, which is read for the rows on the screen alone.
pub const LAST_24H: &str = "LAST 24h";

/// An episode of a billing alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// Its id in the API.
    pub id: String,
    /// Whose it is.
    pub owner: Owner,
    /// What it is about, with its figures.
    pub text: String,
    /// The account's balance; why there is none.
    pub balance: String,
    /// When it opened.
    pub opened_at: DateTime<Utc>,
    /// When it closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Who took note of it, when, and what they noted.
    pub acknowledged: Option<String>,
    /// How old its figures are.
    pub as_of: DateTime<Utc>,
}

impl From<&Told> for Episode {
    fn from(told: &Told) -> Self {
        let figures = &told.newest;
        let amount = |figure: &str| {
            let currency = figures
                .currency
                .as_deref()
                .map(|currency| format!(" {}", scrub(currency, 3)));
            format!("{}{}", scrub(figure, 30), currency.unwrap_or_default())
        };
        let (value, threshold) = (amount(&figures.value.0), amount(&figures.threshold.0));
        let text = match &told.kind {
            BillingAlertKind::BalanceBelow => format!("balance {value} < alert level {threshold}"),
            BillingAlertKind::SpendTodayAbove => format!("spend today {value} > {threshold}"),
            BillingAlertKind::SpendThisMonthAbove => format!("spend this month {value} > {threshold}"),
            BillingAlertKind::SpendUnusual => {
                let usual = figures.usual_day.as_ref().map(|usual| amount(&usual.0));
                let usual = usual.map(|usual| format!(", usual is {usual}")).unwrap_or_default();
                format!("spend today {value} is unusual{usual}")
            }
            BillingAlertKind::BalanceLastsLessThan => {
                let days = |figure: &str| format!("{} days", scrub(figure, 20));
                let rate = figures
                    .rate
                    .as_ref()
                    .map(|rate| format!(" at {} a day", amount(&rate.0)));
                let (value, threshold) = (days(&figures.value.0), days(&figures.threshold.0));
                format!("balance lasts {value} < {threshold}{}", rate.unwrap_or_default())
            }
            BillingAlertKind::Unheard(word) => format!("{}: {value}, level {threshold}", unheard(word)),
        };
        let owner = told
            .account
            .as_ref()
            .map(|account| Owner::new(&account.id, &account.label, account.workspace.as_ref()));
        let balance = told.account.as_ref().and_then(|account| account.balance.as_ref());
        let acknowledged = told.acknowledged_at.map(|_| {
            let by = told.acknowledged_by.as_deref().unwrap_or_default();
            let note = told
                .note
                .as_deref()
                .map(|note| format!(" \"{}\"", scrub(note, SENTENCE)));
            format!("{}{}", scrub(by, NAME), note.unwrap_or_default())
        });
        Self {
            id: told.id.inner().to_owned(),
            owner: owner.unwrap_or_default(),
            text,
            balance: match balance {
                Some(balance) if balance.is_parents => "n/a (subaccount)".to_owned(),
                Some(balance) => format!("{} {}", scrub(&balance.amount.0, 30), scrub(&balance.currency, 3)),
                None => "not known".to_owned(),
            },
            opened_at: told.opened_at,
            closed_at: told.closed_at.or((!told.is_open).then_some(told.newest_at)),
            acknowledged,
            as_of: figures.as_of.unwrap_or(told.newest_at),
        }
    }
}

impl Episode {
    fn word(&self) -> &'static str {
        match (self.closed_at, &self.acknowledged) {
            (Some(_), _) => "OVER",
            (None, Some(_)) => "ACK",
            (None, None) => "NEW",
        }
    }

    /// Whether nobody took note of it yet, and its figures are still bad.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.closed_at.is_none() && self.acknowledged.is_none()
    }
}

impl Row for Episode {
    const SORTS: &'static [&'static str] = &["new first", "newest", "customer"];
    const FIELDS: &'static [&'static str] = &["state", "customer", "connection", "alert", "ack"];

    fn id(&self) -> &str {
        &self.id
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        Some(match name {
            "state" => self.word().into(),
            "customer" => self.owner.customer.as_str().into(),
            "connection" => self.owner.label.as_str().into(),
            "alert" => self.text.as_str().into(),
            "ack" => self.acknowledged.as_deref()?.into(),
            _ => return None,
        })
    }

    fn whole(&self) -> String {
        let note = self.acknowledged.as_deref().unwrap_or_default();
        format!("{} {} {} {note}", self.word(), self.owner.name(), self.text)
    }

    fn compare(&self, other: &Self, sort: usize) -> Ordering {
        let newest = || {
            other
                .opened_at
                .cmp(&self.opened_at)
                .then_with(|| other.id.cmp(&self.id))
        };
        let rank = |row: &Self| match row.word() {
            "NEW" => 0,
            "ACK" => 1,
            _ => 2,
        };
        match sort {
            1 => newest(),
            2 => self.owner.name().cmp(&other.owner.name()).then_with(newest),
            _ => rank(self).cmp(&rank(other)).then_with(newest),
        }
    }

    fn is_problem(&self) -> bool {
        self.word() == "NEW"
    }
}

impl Listed for Episode {
    const HAS_WORDS: bool = true;
    const COLUMNS: &'static [Column] = &[
        Column::left("CUSTOMER", 20, 0).down_to(12),
        Column::right("OPEN", 5, 50),
        Column::left("ALERT", 36, 0).down_to(15),
        Column::left("BALANCE", 11, 110),
        Column::left(LAST_24H, 8, 116),
        Column::right("AS OF", 5, 80),
        Column::rest("ACKNOWLEDGED", 100),
    ];

    fn may_change(&self) -> bool {
        self.closed_at.is_none()
    }

    fn state(&self) -> State {
        match self.word() {
            "NEW" => State::new("!", "!", "NEW", Some(Tone::Degraded)),
            "ACK" => State::new(" ", " ", "ACK", None),
            _ => State::new("–", "-", "OVER", None),
        }
    }

    fn cells(&self, glance: Glance) -> Vec<String> {
        let now = glance.now;
        let acknowledged = self.acknowledged.clone();
        let over = self.closed_at.map(|at| format!("closed {} ago", age(at, now)));
        vec![
            self.owner.name(),
            age(self.opened_at, self.closed_at.unwrap_or(now)),
            self.text.clone(),
            self.balance.clone(),
            String::new(),
            age(self.as_of, now),
            acknowledged.or(over).unwrap_or_default(),
        ]
    }

    fn account(&self) -> Option<&str> {
        self.owner.account()
    }
}
