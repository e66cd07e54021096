//! Rules about spend and balance, and their episodes.

use ::entity::billing_episode::Figures;
use ::entity::{billing_alert, billing_episode};
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};
use domain::billing::can_be_mirrored;

use super::mirror::mirror;
use super::money::{Decimal, Money};
use super::{TwilioAccount, Workspace};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::loaders::OpenEpisodeOf;

mirror! {
    /// What a billing alert watches.
    pub enum BillingAlertKind of ::entity::billing_alert::AlertKind {
        /// The balance is below `amount`. A subaccount's balance is its parent's.
        BalanceBelow,
        /// Today's spend, by days in UTC, is above `amount`.
        SpendTodayAbove,
        /// This month's spend, by months in UTC, is above `amount`.
        SpendThisMonthAbove,
        /// Today's spend is above `factor` times the account's own usual day: the median of its last four weeks. Needs seven of their
        /// days.
        SpendUnusual,
        /// The balance lasts less than `days` days at the rate of the last seven days, or of today where that is higher.
        BalanceLastsLessThan,
    }
}

mirror! {
    /// Why a billing alert is not judged.
    pub enum BillingAlertSetAside of ::entity::billing_alert::SetAside {
        /// The account's currency is no longer the rule's. Amounts are not converted: update it with an amount in the new one.
        CurrencyChanged,
    }
}

mirror! {
    /// How far the usage trigger of a billing alert at Twilio is.
    pub enum BillingAlertMirror of ::entity::billing_alert::Mirror {
        /// There is none, and none is wanted.
        None,
        /// It is being made, replaced or deleted.
        Pending,
        /// It is there: Twilio tells Callab within minutes when the spend passes the amount.
        Mirrored,
        /// Twilio refused; `mirrorProblem` says why. The rule is watched all the same, every 15 minutes.
        Refused,
    }
}

mirror! {
    /// Why an episode ended.
    pub enum BillingEpisodeEnd of ::entity::billing_episode::ClosedBecause {
        /// The figure is five percent clear of the threshold again, for instance after a top-up.
        Cleared,
        /// A new day or month in UTC began.
        NewPeriod,
        /// The rule was changed.
        RuleChanged,
        /// The rule was deleted.
        RuleDeleted,
        /// The rule was set aside.
        RuleSetAside,
        /// The account was disconnected.
        AccountDisconnected,
    }
}

/// An amount of money that is given. It has to be in the account's currency, and is never converted.
#[derive(InputObject)]
pub struct MoneyInput {
    /// The figure, in units of the currency. Example: `"14.50"`.
    pub amount: Decimal,
    /// The currency, ISO 4217. Example: `USD`.
    pub currency: String,
}

/// A rule about what an account spends or has left.
pub struct BillingAlert(pub billing_alert::Model);

/// A rule about what an account spends or has left. Each crossing of its threshold is one episode, which ends by itself when the
/// figure is five percent clear of the threshold again, or a new day or month begins.
#[Object]
impl BillingAlert {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// What it watches.
    async fn kind(&self) -> BillingAlertKind {
        (&self.0.kind).into()
    }

    /// The amount it compares with; null for the kinds that take a factor or days.
    async fn amount(&self) -> Option<Money> {
        Money::known(Some(self.0.threshold), self.0.currency.as_deref())
    }

    /// How many times the usual day; null for the other kinds. Example: `"3"`.
    async fn factor(&self) -> Option<Decimal> {
        let is_factor = self.0.kind == billing_alert::AlertKind::SpendUnusual;
        is_factor.then_some(Decimal(self.0.threshold))
    }

    /// How many days the balance has to last; null for the other kinds. Example: `7`.
    async fn days(&self) -> Option<i32> {
        let is_days = self.0.kind == billing_alert::AlertKind::BalanceLastsLessThan;
        is_days.then(|| self.0.threshold.to_string().parse().ok()).flatten()
    }

    /// Why it is not judged at present; null where it is.
    async fn set_aside(&self) -> Option<BillingAlertSetAside> {
        self.0.set_aside.as_ref().map(Into::into)
    }

    /// Since when it is not judged.
    async fn set_aside_at(&self) -> Option<DateTime<Utc>> {
        self.0.set_aside_at
    }

    /// Whether this kind can be mirrored as a usage trigger at Twilio: the spend of a day or a month. A balance has no trigger there.
    async fn can_be_mirrored(&self) -> bool {
        can_be_mirrored(&self.0.kind)
    }

    /// Whether it is to be mirrored as a usage trigger at Twilio, so that Callab hears of a crossing within minutes.
    async fn mirror_at_twilio(&self) -> bool {
        self.0.mirror_wanted
    }

    /// How far the trigger at Twilio is.
    async fn mirror(&self) -> BillingAlertMirror {
        (&self.0.mirror).into()
    }

    /// Why there is no trigger although one is wanted, as a code of `UserErrorCode`. Example: `TWILIO_REFUSED`.
    async fn mirror_problem(&self) -> Option<&str> {
        self.0.mirror_problem.as_deref()
    }

    /// Twilio's error code behind `mirrorProblem`.
    async fn mirror_twilio_code(&self) -> Option<i32> {
        self.0.mirror_twilio_code
    }

    /// The episode that is open; null while the figure is not past the threshold.
    async fn open_episode(&self, ctx: &Context<'_>) -> Result<Option<BillingEpisode>, ApiError> {
        let open = ctx.loaders().load_one(OpenEpisodeOf(self.0.id)).await?;
        Ok(open.map(BillingEpisode))
    }

    /// The account that it watches.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        let account = ctx.loaders().load_one(self.0.twilio_account_id).await?;
        Ok(account.map(TwilioAccount::from))
    }

    /// Who made it: the `sub` of their token.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When a person last changed it.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }

    /// When it was deleted; null while it is there. Deleted ones are shown with their episodes.
    async fn deleted_at(&self) -> Option<DateTime<Utc>> {
        self.0.deleted_at
    }
}

/// What a billing alert was judged by.
#[derive(SimpleObject)]
pub struct BillingFigures {
    /// The figure: an amount in `currency` or, where the rule is about how long the balance lasts, days. Example: `"4.20"`.
    value: Decimal,
    /// What it was compared with, in the same unit. Example: `"5.00"`.
    threshold: Decimal,
    /// The currency of the amounts, ISO 4217.
    currency: Option<String>,
    /// The account's usual spend in a day, for a rule about unusual spend: the median of `days` days.
    usual_day: Option<Decimal>,
    /// The balance, for a rule about how long it lasts.
    balance: Option<Decimal>,
    /// What is spent in a day, for a rule about how long the balance lasts: the average of `days` days, or today's where that is higher.
    rate: Option<Decimal>,
    /// How many days `usualDay` or `rate` was taken from.
    days: Option<i32>,
    /// How many days of the month have no figure: at least `value` was spent then. Null where none is missing.
    missing_days: Option<i32>,
    /// How old the figures are: when Twilio told the balance, or up to when it says the usage is complete.
    as_of: Option<DateTime<Utc>>,
}

impl From<&Figures> for BillingFigures {
    fn from(figures: &Figures) -> Self {
        let decimal = |figure: rust_decimal::Decimal| Decimal(::entity::Amount(figure));
        let whole = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
        Self {
            value: decimal(figures.value),
            threshold: decimal(figures.threshold),
            currency: figures.currency.clone(),
            usual_day: figures.usual_day.map(decimal),
            balance: figures.balance.map(decimal),
            rate: figures.rate.map(decimal),
            days: figures.days.map(whole),
            missing_days: figures.missing_days.map(whole),
            as_of: figures.as_of,
        }
    }
}

/// One crossing of a billing alert's threshold.
pub struct BillingEpisode(pub billing_episode::Model);

/// One crossing of a billing alert's threshold, from its opening to its end. At most one of an alert is open.
#[Object]
impl BillingEpisode {
    /// Its global id.
    pub(super) async fn id(&self) -> ID {
        id::global(self.0.id)
    }

    /// What the alert watched when it opened.
    async fn kind(&self) -> BillingAlertKind {
        (&self.0.kind).into()
    }

    /// The alert, also a deleted one.
    async fn alert(&self, ctx: &Context<'_>) -> Result<Option<BillingAlert>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.billing_alert_id).await?.map(BillingAlert))
    }

    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        let account = ctx.loaders().load_one(self.0.twilio_account_id).await?;
        Ok(account.map(TwilioAccount::from))
    }

    /// The first day of the day or month in UTC that it is about; null for a balance.
    async fn period(&self) -> Option<NaiveDate> {
        self.0.period
    }

    /// When it opened.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.0.opened_at
    }

    /// The figures with which it opened.
    async fn opened_with(&self) -> BillingFigures {
        (&self.0.opened_with).into()
    }

    /// The newest figures; of one that is over, its last.
    async fn newest(&self) -> BillingFigures {
        (&self.0.newest).into()
    }

    /// When they were judged.
    async fn newest_at(&self) -> DateTime<Utc> {
        self.0.newest_at
    }

    /// Whether it is open.
    async fn is_open(&self) -> bool {
        self.0.closed_at.is_none()
    }

    /// When it ended; null while it is open.
    async fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.0.closed_at
    }

    /// Why it ended.
    async fn closed_because(&self) -> Option<BillingEpisodeEnd> {
        self.0.closed_because.as_ref().map(Into::into)
    }

    /// When someone took note of it.
    async fn acknowledged_at(&self) -> Option<DateTime<Utc>> {
        self.0.acknowledged_at
    }

    /// Who: the `sub` of their token.
    async fn acknowledged_by(&self) -> Option<&str> {
        self.0.acknowledged_by.as_deref()
    }

    /// What they noted.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Whose it is.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Option<Workspace>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.workspace_id).await?.map(Workspace))
    }
}
