//! The rules: does a figure cross a threshold, and is it clear of it again?

use ::entity::billing_alert::AlertKind;
use ::entity::billing_episode::Figures;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::spend::{LASTS_LONG, Spend, first_of_month};

/// How far a figure has to be from its threshold before it is clear of it, as a part of the threshold: five percent. A figure that
/// wavers around a threshold is one crossing.
const CLEAR_BY: Decimal = Decimal::from_parts(5, 0, 0, false, 2);

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What it watches.
    pub kind: AlertKind,
    /// An amount, a factor or a number of days, by the kind.
    pub threshold: Decimal,
    /// The amount's currency.
    pub currency: Option<String>,
}

/// A balance with its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The balance.
    pub amount: Decimal,
    /// Its currency.
    pub currency: String,
    /// When Twilio told it.
    pub at: DateTime<Utc>,
}

/// What is known of an account's money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What is left: the account's own, or its parent's.
    pub left: Option<Left>,
    /// What the account spends itself.
    pub spend: Spend,
    /// What is spent from that balance, by subaccounts too.
    pub drain: Spend,
}

/// What a rule says of what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The figure is past the threshold.
    Crossed(Figures),
    /// It is not, and not clear of it either: what was open stays open, and what was not stays closed.
    Near(Figures),
    /// It is clear of it.
    Clear(Figures),
    /// A figure is missing, and nothing is concluded from that.
    Unknown,
    /// The figure is in another currency than the rule's amount. It is not converted.
    OtherCurrency,
}

impl Rule {
    /// The first day of the day or month, in UTC, that the rule is about at present; none for one without a period.
    #[must_use]
    pub fn period(&self, today: NaiveDate) -> Option<NaiveDate> {
        match self.kind {
            AlertKind::SpendTodayAbove | AlertKind::SpendUnusual => Some(today),
            AlertKind::SpendThisMonthAbove => Some(first_of_month(today)),
            AlertKind::BalanceBelow | AlertKind::BalanceLastsLessThan | AlertKind::Unknown(_) => None,
        }
    }

    /// Judges what is known.
    #[must_use]
    pub fn judge(&self, known: &Known) -> Judgement {
        let judged = match self.kind {
            AlertKind::BalanceBelow => self.balance_below(known),
            AlertKind::SpendTodayAbove => self.spend_today_above(&known.spend),
            AlertKind::SpendThisMonthAbove => self.spend_this_month_above(&known.spend),
            AlertKind::SpendUnusual => self.spend_unusual(&known.spend),
            AlertKind::BalanceLastsLessThan => self.balance_lasts_less_than(known),
            AlertKind::Unknown(_) => None,
        };
        judged.unwrap_or(Judgement::Unknown)
    }

    fn balance_below(&self, known: &Known) -> Option<Judgement> {
        let left = known.left.as_ref()?;
        if !self.is_in(&left.currency) {
            return Some(Judgement::OtherCurrency);
        }
        Some(below(Figures {
            as_of: Some(left.at),
            ..figures(left.amount, self.threshold, Some(&left.currency))
        }))
    }

    fn spend_today_above(&self, spend: &Spend) -> Option<Judgement> {
        let currency = spend.currency.as_deref()?;
        if !self.is_in(currency) {
            return Some(Judgement::OtherCurrency);
        }
        Some(above(Figures {
            as_of: spend.as_of,
            ..figures(spend.today?, self.threshold, Some(currency))
        }))
    }

    /// With days missing the sum is the least that was spent: it may be past the threshold, and is never clear of it.
    fn spend_this_month_above(&self, spend: &Spend) -> Option<Judgement> {
        let currency = spend.currency.as_deref()?;
        if !self.is_in(currency) {
            return Some(Judgement::OtherCurrency);
        }
        let is_whole = spend.missing_days == 0;
        let judged = above(Figures {
            missing_days: (!is_whole).then_some(spend.missing_days),
            as_of: spend.as_of,
            ..figures(spend.this_month?, self.threshold, Some(currency))
        });
        match judged {
            Judgement::Crossed(_) => Some(judged),
            _ => is_whole.then_some(judged),
        }
    }

    fn spend_unusual(&self, spend: &Spend) -> Option<Judgement> {
        let usual = spend.usual_day?;
        let threshold = self.threshold.checked_mul(usual.a_day)?.normalize();
        Some(above(Figures {
            usual_day: Some(usual.a_day),
            days: Some(usual.days),
            as_of: spend.as_of,
            ..figures(spend.today?, threshold, spend.currency.as_deref())
        }))
    }

    fn balance_lasts_less_than(&self, known: &Known) -> Option<Judgement> {
        let left = known.left.as_ref()?;
        if known.drain.currency.as_deref() != Some(&left.currency) {
            return None; // The account's currency is changing; a rate in another says nothing.
        }
        let lasts = known.drain.lasts(left.amount)?;
        let rate = known.drain.rate?;
        Some(below(Figures {
            balance: Some(left.amount),
            rate: Some(rate.a_day),
            days: Some(rate.days),
            as_of: Some(left.at),
            ..figures(lasts.min(LASTS_LONG), self.threshold, Some(&left.currency))
        }))
    }

    fn is_in(&self, currency: &str) -> bool {
        self.currency.as_deref() == Some(currency)
    }
}

fn figures(value: Decimal, threshold: Decimal, currency: Option<&str>) -> Figures {
    Figures {
        value,
        threshold,
        currency: currency.map(str::to_owned),
        usual_day: None,
        days: None,
        balance: None,
        rate: None,
        missing_days: None,
        as_of: None,
    }
}

/// For a figure that must not be below its threshold.
fn below(figures: Figures) -> Judgement {
    if figures.value < figures.threshold {
        Judgement::Crossed(figures)
    } else if figures.value >= figures.threshold + margin(figures.threshold) {
        Judgement::Clear(figures)
    } else {
        Judgement::Near(figures)
    }
}

/// For a figure that must not be above its threshold.
fn above(figures: Figures) -> Judgement {
    if figures.value > figures.threshold {
        Judgement::Crossed(figures)
    } else if figures.value <= figures.threshold - margin(figures.threshold) {
        Judgement::Clear(figures)
    } else {
        Judgement::Near(figures)
    }
}

fn margin(threshold: Decimal) -> Decimal {
    threshold.abs() * CLEAR_BY
}

#[cfg(test)]
mod tests;
