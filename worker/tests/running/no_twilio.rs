//! A Twilio that nobody may ask: the jobs of these tests do not.

use async_trait::async_trait;
use twilio::{
    Account, AccountSid, Alert, AlertFilter, AlertSid, AuthToken, Balance, Call, CallFilter, CallLog, CallNotification,
    CallPage, CallSid, CallSummary, CallerId, Credentials, DialingPermissions, EndCall, InsightsSettings, NewCall,
    NewUsageTrigger, NextCallPage, Number, NumberPrices, NumberSid, NumberUpdate, Twilio, TwilioError, UsageQuery,
    UsageRecord, UsageTrigger, UsageTriggerSid, VoiceCountryPrices, VoicePrice, VoiceRegion,
};

#[derive(Debug)]
pub struct NoTwilio;

fn refused<T>() -> Result<T, TwilioError> {
    Err(TwilioError::Unexplained {
        endpoint: "NoTwilio",
        status: 404,
    })
}

#[async_trait]
impl Twilio for NoTwilio {
    async fn fetch_account(&self, _: &Credentials) -> Result<Account, TwilioError> {
        refused()
    }
    async fn fetch_subaccount(&self, _: &Credentials, _: &AccountSid) -> Result<Account, TwilioError> {
        refused()
    }
    async fn fetch_balance(&self, _: &Credentials) -> Result<Balance, TwilioError> {
        refused()
    }
    async fn list_numbers(&self, _: &Credentials, _: u16) -> Result<Vec<Number>, TwilioError> {
        refused()
    }
    async fn find_numbers(&self, _: &Credentials, _: &str) -> Result<Vec<Number>, TwilioError> {
        refused()
    }
    async fn fetch_number(&self, _: &Credentials, _: &NumberSid) -> Result<Number, TwilioError> {
        refused()
    }
    async fn update_number(&self, _: &Credentials, _: &NumberSid, _: &NumberUpdate) -> Result<Number, TwilioError> {
        refused()
    }
    async fn list_outgoing_caller_ids(&self, _: &Credentials) -> Result<Vec<CallerId>, TwilioError> {
        refused()
    }
    async fn create_call(&self, _: &Credentials, _: &NewCall) -> Result<Call, TwilioError> {
        refused()
    }
    async fn fetch_call(&self, _: &Credentials, _: &CallSid) -> Result<Call, TwilioError> {
        refused()
    }
    async fn end_call(&self, _: &Credentials, _: &CallSid, _: EndCall) -> Result<Call, TwilioError> {
        refused()
    }
    async fn list_calls(&self, _: &Credentials, _: &CallFilter) -> Result<Vec<Call>, TwilioError> {
        refused()
    }
    async fn fetch_call_page(
        &self,
        _: &Credentials,
        _: CallLog,
        _: Option<&NextCallPage>,
    ) -> Result<CallPage, TwilioError> {
        refused()
    }
    async fn create_secondary_token(&self, _: &Credentials) -> Result<AuthToken, TwilioError> {
        refused()
    }
    async fn promote_secondary_token(&self, _: &Credentials) -> Result<AuthToken, TwilioError> {
        refused()
    }
    async fn delete_secondary_token(&self, _: &Credentials) -> Result<(), TwilioError> {
        refused()
    }
    async fn list_usage(&self, _: &Credentials, _: &UsageQuery) -> Result<Vec<UsageRecord>, TwilioError> {
        refused()
    }
    async fn create_usage_trigger(&self, _: &Credentials, _: &NewUsageTrigger) -> Result<UsageTrigger, TwilioError> {
        refused()
    }
    async fn list_usage_triggers(&self, _: &Credentials) -> Result<Vec<UsageTrigger>, TwilioError> {
        refused()
    }
    async fn delete_usage_trigger(&self, _: &Credentials, _: &UsageTriggerSid) -> Result<(), TwilioError> {
        refused()
    }
    async fn list_alerts(&self, _: &Credentials, _: &AlertFilter) -> Result<Vec<Alert>, TwilioError> {
        refused()
    }
    async fn fetch_alert(&self, _: &Credentials, _: &AlertSid) -> Result<Alert, TwilioError> {
        refused()
    }
    async fn list_call_notifications(
        &self,
        _: &Credentials,
        _: &CallSid,
    ) -> Result<Vec<CallNotification>, TwilioError> {
        refused()
    }
    async fn fetch_voice_price(&self, _: &Credentials, _: &str, _: Option<&str>) -> Result<VoicePrice, TwilioError> {
        refused()
    }
    async fn fetch_voice_country_prices(&self, _: &Credentials, _: &str) -> Result<VoiceCountryPrices, TwilioError> {
        refused()
    }
    async fn fetch_number_prices(&self, _: &Credentials, _: &str) -> Result<NumberPrices, TwilioError> {
        refused()
    }
    async fn fetch_dialing_permissions(&self, _: &Credentials, _: &str) -> Result<DialingPermissions, TwilioError> {
        refused()
    }
    async fn fetch_insights_settings(&self, _: &Credentials) -> Result<InsightsSettings, TwilioError> {
        refused()
    }
    async fn fetch_call_summary(&self, _: &Credentials, _: &CallSid) -> Result<CallSummary, TwilioError> {
        refused()
    }
    async fn fetch_voice_region(&self, _: &Credentials, _: &str) -> Result<Option<VoiceRegion>, TwilioError> {
        refused()
    }
}
