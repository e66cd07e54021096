//! Twilio's REST API as Rust: the part of it that *Bring Your Own Twilio* needs.
//!
//! [`Twilio`] is the API, one method an operation; [`HttpTwilio`] performs it over HTTP. The crate knows nothing of
//! Callab's database or jobs. Credentials come with each call, so one client serves every connected account.
//!
//! To add an operation: describe its request and answer in the resource's file (`numbers.rs`, `calls.rs`, ...), add the
//! method to [`Twilio`] and its one line to `endpoints.rs`, and the operation's part of Twilio's OpenAPI to `testdata/`.

use std::fmt::Debug;

use async_trait::async_trait;

mod accounts;
mod alerts;
mod answer;
mod base_url;
mod budget;
mod call_log;
mod caller_ids;
mod calls;
mod client;
mod credentials;
mod dialing_permissions;
mod endpoints;
mod error;
mod error_body;
mod fields;
mod insights;
pub mod metrics;
mod numbers;
mod open_enum;
mod page;
mod pricing;
mod region;
mod request;
mod retry;
mod routes;
mod sid;
mod status_page;
mod status_summary;
mod text;
mod tokens;
mod usage;
mod usage_triggers;

pub use accounts::{Account, AccountKind, AccountStatus, Balance};
pub use alerts::{Alert, AlertFilter, CallNotification, LogLevel, NotificationLevel};
pub use base_url::{BaseUrl, BaseUrlError};
pub use budget::{Budget, InProcessBudget, Permit};
pub use call_log::{CallLog, CallPage, NextCallPage};
pub use caller_ids::CallerId;
pub use calls::{Call, CallDirection, CallEvent, CallFilter, CallInstructions, CallStatus, EndCall, NewCall};
pub use client::{HttpTwilio, HttpTwilioConfig, HttpTwilioError};
pub use credentials::{ApiKeySecret, AuthToken, Credentials, Secret, SecretError};
pub use dialing_permissions::DialingPermissions;
pub use error::{AnswerFault, TwilioError};
pub use insights::{
    CallEdge, CallProperties, CallSummary, DisconnectedBy, EdgeMetrics, InsightsCallState, InsightsSettings,
    ProcessingState, Spread, StreamMetrics,
};
pub use numbers::{Capabilities, Number, NumberUpdate};
pub use pricing::{NumberPrices, NumberTypePrice, OutboundPrice, PrefixPrice, VoiceCountryPrices, VoicePrice};
pub use region::{Region, UnknownRegion};
pub use retry::RetryPolicy;
pub use routes::VoiceRegion;
pub use sid::{AccountSid, AlertSid, ApiKeySid, CallSid, NumberSid, SidError, UsageTriggerSid};
pub use status_page::{StatusPage, StatusPageError, StatusPageUrl, StatusPageUrlError};
pub use status_summary::{
    ComponentStatus, Incident, IncidentStatus, IncidentUpdate, StatusComponent, StatusIndicator, StatusSummary,
};
pub use text::{PrivateText, TwilioText};
pub use usage::{UsagePeriod, UsageQuery, UsageRecord};
pub use usage_triggers::{NewUsageTrigger, TriggerBy, TriggerRecurring, UsageTrigger};

/// The operations of Twilio's REST API that Callab uses.
///
/// # Errors
/// Every method answers a [`TwilioError`]. Reads were repeated within the client's [`RetryPolicy`] before they failed;
/// writes only where Twilio cannot have acted on them ([`TwilioError::never_sent`]).
#[async_trait]
pub trait Twilio: Send + Sync + Debug {
    /// Reads the account the credentials belong to: its status and whether it is a trial.
    ///
    /// Twilio's answer holds the account's Auth Token; it is dropped unread.
    ///
    /// Source: <https://www.twilio.com/docs/iam/api/account>
    async fn fetch_account(&self, who: &Credentials) -> Result<Account, TwilioError>;

    /// Reads a subaccount through its parent, whose credentials `parent` are: what the subaccount's own cannot tell once they
    /// are rejected.
    ///
    /// # Errors
    /// [`TwilioError::NotFound`] when it is no subaccount of the parent's. An API key cannot read subaccounts.
    async fn fetch_subaccount(&self, parent: &Credentials, sid: &AccountSid) -> Result<Account, TwilioError>;

    /// Reads the account's balance, which lags behind. Subaccounts have none and answer [`TwilioError::NotFound`].
    async fn fetch_balance(&self, who: &Credentials) -> Result<Balance, TwilioError>;

    /// Lists every number the account owns, in Twilio's order.
    ///
    /// Asks for `page_size` numbers a request (brought within 1 to 1000) and follows `next_page_uri` until it is null:
    /// one request per page. The list is whole or an error: a caller may take a number missing from it as gone.
    ///
    /// # Errors
    /// [`TwilioError::RateLimited`] with Twilio's own waiting time when a page was refused; pages already read are
    /// dropped. [`TwilioError::Malformed`] when the pages repeat or do not end.
    ///
    /// Source: <https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource>
    async fn list_numbers(&self, who: &Credentials, page_size: u16) -> Result<Vec<Number>, TwilioError>;

    /// Lists the account's numbers that match `phone_number`: Twilio's filter takes a part of a number, or `*` for any
    /// digit, so the caller compares.
    async fn find_numbers(&self, who: &Credentials, phone_number: &str) -> Result<Vec<Number>, TwilioError>;

    /// Reads one number.
    ///
    /// # Errors
    /// [`TwilioError::NotFound`] when the account does not own it (any more).
    async fn fetch_number(&self, who: &Credentials, sid: &NumberSid) -> Result<Number, TwilioError>;

    /// Changes a number's routing and answers the number as Twilio now has it. Only the `Some` fields are sent; an empty
    /// string clears. Answers from Twilio are to be compared with what was asked.
    async fn update_number(
        &self,
        who: &Credentials,
        sid: &NumberSid,
        change: &NumberUpdate,
    ) -> Result<Number, TwilioError>;

    /// Lists the numbers the account proved to own elsewhere and may call from.
    ///
    /// Source: <https://www.twilio.com/docs/voice/api/outgoing-caller-ids>
    async fn list_outgoing_caller_ids(&self, who: &Credentials) -> Result<Vec<CallerId>, TwilioError>;

    /// Places a call. Twilio bills the account for it.
    ///
    /// # Errors
    /// Send again only when [`TwilioError::never_sent`]. After any other silence Twilio may be calling already: look the
    /// call up with [`Twilio::list_calls`].
    ///
    /// Source: <https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource>
    async fn create_call(&self, who: &Credentials, call: &NewCall) -> Result<Call, TwilioError>;

    /// Reads one call. Twilio's record of a call lags behind its callbacks.
    async fn fetch_call(&self, who: &Credentials, sid: &CallSid) -> Result<Call, TwilioError>;

    /// Ends a call.
    ///
    /// # Errors
    /// [`TwilioError::Refused`] with code 21220 when the call is over already.
    async fn end_call(&self, who: &Credentials, sid: &CallSid, how: EndCall) -> Result<Call, TwilioError>;

    /// Lists the calls that match `filter`, newest first, up to its limit.
    async fn list_calls(&self, who: &Credentials, filter: &CallFilter) -> Result<Vec<Call>, TwilioError>;

    /// Reads one page of the account's call log: the first without `page`, then each with the one before's
    /// [`CallPage::next`], until that is `None` or the caller has enough. One request a page.
    ///
    /// # Errors
    /// [`TwilioError::Malformed`] when a page repeats or too many in a row are empty.
    async fn fetch_call_page(
        &self,
        who: &Credentials,
        log: CallLog,
        page: Option<&NextCallPage>,
    ) -> Result<CallPage, TwilioError>;

    /// Makes a secondary Auth Token, which is valid beside the primary one at once. Twilio shows it here and never again.
    ///
    /// # Errors
    /// After a silence Twilio may have made one that nobody knows: delete it and begin anew.
    /// [`TwilioError::Malformed`] with [`AnswerFault::OtherAccount`] when the credentials turned out to be another account's.
    ///
    /// Source: <https://www.twilio.com/docs/iam/api/secondary_authtoken>
    async fn create_secondary_token(&self, who: &Credentials) -> Result<AuthToken, TwilioError>;

    /// Makes the secondary Auth Token the primary one, and answers it. The old primary token is dead from then on; there is no
    /// way back. To be asked for with the secondary token.
    ///
    /// # Errors
    /// [`TwilioError::NotFound`] when there is no secondary token. After a silence try which of the two tokens is accepted.
    ///
    /// Source: <https://www.twilio.com/docs/iam/api/authtoken>
    async fn promote_secondary_token(&self, who: &Credentials) -> Result<AuthToken, TwilioError>;

    /// Deletes the secondary Auth Token. One that is not there is a success.
    async fn delete_secondary_token(&self, who: &Credentials) -> Result<(), TwilioError>;

    /// Lists what the account used and what it cost, in Twilio's order and, with categories, in theirs. Whole or an error.
    ///
    /// Source: <https://www.twilio.com/docs/usage/api/usage-record>
    async fn list_usage(&self, who: &Credentials, query: &UsageQuery) -> Result<Vec<UsageRecord>, TwilioError>;

    /// Makes a usage trigger. Its value cannot be changed later: make another and delete this.
    ///
    /// # Errors
    /// After a silence Twilio may have made it: look for its name with [`Twilio::list_usage_triggers`].
    ///
    /// Source: <https://www.twilio.com/docs/usage/api/usage-trigger>
    async fn create_usage_trigger(
        &self,
        who: &Credentials,
        trigger: &NewUsageTrigger,
    ) -> Result<UsageTrigger, TwilioError>;

    /// Lists every usage trigger of the account, also those that others made.
    async fn list_usage_triggers(&self, who: &Credentials) -> Result<Vec<UsageTrigger>, TwilioError>;

    /// Deletes a usage trigger. One that is not there is a success.
    async fn delete_usage_trigger(&self, who: &Credentials, sid: &UsageTriggerSid) -> Result<(), TwilioError>;

    /// Lists the account's error log, up to the filter's limit.
    ///
    /// Source: <https://www.twilio.com/docs/usage/monitor-alert>
    async fn list_alerts(&self, who: &Credentials, filter: &AlertFilter) -> Result<Vec<Alert>, TwilioError>;

    /// Reads one entry of the account's error log, with what was sent and answered.
    async fn fetch_alert(&self, who: &Credentials, sid: &AlertSid) -> Result<Alert, TwilioError>;

    /// Lists what Twilio noted about a call that went wrong.
    ///
    /// Source: <https://www.twilio.com/docs/voice/api/call-notification-resource>
    async fn list_call_notifications(
        &self,
        who: &Credentials,
        call: &CallSid,
    ) -> Result<Vec<CallNotification>, TwilioError>;

    /// Reads what a call from `from` to `to`, both in E.164, costs a minute.
    ///
    /// Source: <https://www.twilio.com/docs/voice/pricing>
    async fn fetch_voice_price(
        &self,
        who: &Credentials,
        to: &str,
        from: Option<&str>,
    ) -> Result<VoicePrice, TwilioError>;

    /// Reads what calls to and from a country cost a minute. `country` is its ISO 3166-1 code of two letters.
    async fn fetch_voice_country_prices(
        &self,
        who: &Credentials,
        country: &str,
    ) -> Result<VoiceCountryPrices, TwilioError>;

    /// Reads what a number of a country costs a month. `country` is its ISO 3166-1 code of two letters.
    ///
    /// Source: <https://www.twilio.com/docs/phone-numbers/pricing>
    async fn fetch_number_prices(&self, who: &Credentials, country: &str) -> Result<NumberPrices, TwilioError>;

    /// Reads whether the account may call a country. `country` is its ISO 3166-1 code of two letters.
    async fn fetch_dialing_permissions(
        &self,
        who: &Credentials,
        country: &str,
    ) -> Result<DialingPermissions, TwilioError>;

    /// Reads whether the account has Voice Insights. It is never switched on: the customer would pay for it.
    async fn fetch_insights_settings(&self, who: &Credentials) -> Result<InsightsSettings, TwilioError>;

    /// Reads how a call went and sounded.
    ///
    /// # Errors
    /// [`TwilioError::NotFound`] or [`TwilioError::Forbidden`] when the account has no Voice Insights, and `NotFound` too while
    /// there is nothing to tell yet.
    async fn fetch_call_summary(&self, who: &Credentials, call: &CallSid) -> Result<CallSummary, TwilioError>;

    /// Reads which region handles a number's inbound calls. `number` is in E.164. `None`: Twilio did not say.
    ///
    /// Source: <https://www.twilio.com/docs/global-infrastructure/inbound-processing-api>
    async fn fetch_voice_region(&self, who: &Credentials, number: &str) -> Result<Option<VoiceRegion>, TwilioError>;
}
