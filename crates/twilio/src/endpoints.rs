//! The operations over HTTP: which request, and what its answer is read as.

use async_trait::async_trait;

use crate::routes::Route;
use crate::{
    Account, AccountSid, Alert, AlertFilter, AlertSid, AuthToken, Balance, Call, CallFilter, CallLog, CallNotification,
    CallPage, CallSid, CallSummary, CallerId, Credentials, DialingPermissions, EndCall, HttpTwilio, InsightsSettings,
    NewCall, NewUsageTrigger, NextCallPage, Number, NumberPrices, NumberSid, NumberUpdate, Twilio, TwilioError,
    UsageQuery, UsageRecord, UsageTrigger, UsageTriggerSid, VoiceCountryPrices, VoicePrice, VoiceRegion, accounts,
    alerts, call_log, caller_ids, calls, dialing_permissions, insights, numbers, pricing, routes, tokens, usage,
    usage_triggers,
};

#[async_trait]
impl Twilio for HttpTwilio {
    async fn fetch_account(&self, who: &Credentials) -> Result<Account, TwilioError> {
        self.one(who, &accounts::fetch(&who.account_sid)).await
    }

    async fn fetch_subaccount(&self, parent: &Credentials, sid: &AccountSid) -> Result<Account, TwilioError> {
        self.one(parent, &accounts::fetch(sid)).await
    }

    async fn fetch_balance(&self, who: &Credentials) -> Result<Balance, TwilioError> {
        self.one(who, &accounts::fetch_balance(&who.account_sid)).await
    }

    async fn list_numbers(&self, who: &Credentials, page_size: u16) -> Result<Vec<Number>, TwilioError> {
        self.all(who, &numbers::list(&who.account_sid, page_size), usize::MAX)
            .await
    }

    async fn find_numbers(&self, who: &Credentials, phone_number: &str) -> Result<Vec<Number>, TwilioError> {
        self.all(who, &numbers::find(&who.account_sid, phone_number), usize::MAX)
            .await
    }

    async fn fetch_number(&self, who: &Credentials, sid: &NumberSid) -> Result<Number, TwilioError> {
        self.one(who, &numbers::fetch(&who.account_sid, sid)).await
    }

    async fn update_number(
        &self,
        who: &Credentials,
        sid: &NumberSid,
        change: &NumberUpdate,
    ) -> Result<Number, TwilioError> {
        self.one(who, &numbers::update(&who.account_sid, sid, change)).await
    }

    async fn list_outgoing_caller_ids(&self, who: &Credentials) -> Result<Vec<CallerId>, TwilioError> {
        self.all(who, &caller_ids::list(&who.account_sid), usize::MAX).await
    }

    async fn create_call(&self, who: &Credentials, call: &NewCall) -> Result<Call, TwilioError> {
        self.one(who, &calls::create(&who.account_sid, call)).await
    }

    async fn fetch_call(&self, who: &Credentials, sid: &CallSid) -> Result<Call, TwilioError> {
        self.one(who, &calls::fetch(&who.account_sid, sid)).await
    }

    async fn end_call(&self, who: &Credentials, sid: &CallSid, how: EndCall) -> Result<Call, TwilioError> {
        self.one(who, &calls::end(&who.account_sid, sid, how)).await
    }

    async fn list_calls(&self, who: &Credentials, filter: &CallFilter) -> Result<Vec<Call>, TwilioError> {
        self.all(who, &calls::list(&who.account_sid, filter), filter.limit)
            .await
    }

    async fn fetch_call_page(
        &self,
        who: &Credentials,
        log: CallLog,
        page: Option<&NextCallPage>,
    ) -> Result<CallPage, TwilioError> {
        let request = call_log::request(&who.account_sid, log, page);
        let body = self.send(who, &request).await?;
        call_log::read(&body, page).map_err(|fault| fault.at(request.endpoint))
    }

    async fn create_secondary_token(&self, who: &Credentials) -> Result<AuthToken, TwilioError> {
        self.token(who, &tokens::create_secondary()).await
    }

    async fn promote_secondary_token(&self, who: &Credentials) -> Result<AuthToken, TwilioError> {
        self.token(who, &tokens::promote_secondary()).await
    }

    async fn delete_secondary_token(&self, who: &Credentials) -> Result<(), TwilioError> {
        self.delete(who, &tokens::delete_secondary()).await
    }

    async fn list_usage(&self, who: &Credentials, query: &UsageQuery) -> Result<Vec<UsageRecord>, TwilioError> {
        let mut records = Vec::new();
        for request in usage::list(&who.account_sid, query) {
            records.append(&mut self.all(who, &request, usize::MAX).await?);
        }
        Ok(records)
    }

    async fn create_usage_trigger(
        &self,
        who: &Credentials,
        trigger: &NewUsageTrigger,
    ) -> Result<UsageTrigger, TwilioError> {
        self.one(who, &usage_triggers::create(&who.account_sid, trigger)).await
    }

    async fn list_usage_triggers(&self, who: &Credentials) -> Result<Vec<UsageTrigger>, TwilioError> {
        self.all(who, &usage_triggers::list(&who.account_sid), usize::MAX).await
    }

    async fn delete_usage_trigger(&self, who: &Credentials, sid: &UsageTriggerSid) -> Result<(), TwilioError> {
        self.delete(who, &usage_triggers::delete(&who.account_sid, sid)).await
    }

    async fn list_alerts(&self, who: &Credentials, filter: &AlertFilter) -> Result<Vec<Alert>, TwilioError> {
        self.all(who, &alerts::list(filter), filter.limit).await
    }

    async fn fetch_alert(&self, who: &Credentials, sid: &AlertSid) -> Result<Alert, TwilioError> {
        self.one(who, &alerts::fetch(sid)).await
    }

    async fn list_call_notifications(
        &self,
        who: &Credentials,
        call: &CallSid,
    ) -> Result<Vec<CallNotification>, TwilioError> {
        self.all(who, &alerts::list_of_call(&who.account_sid, call), usize::MAX)
            .await
    }

    async fn fetch_voice_price(
        &self,
        who: &Credentials,
        to: &str,
        from: Option<&str>,
    ) -> Result<VoicePrice, TwilioError> {
        self.one(who, &pricing::fetch_voice(to, from)).await
    }

    async fn fetch_voice_country_prices(
        &self,
        who: &Credentials,
        country: &str,
    ) -> Result<VoiceCountryPrices, TwilioError> {
        self.one(who, &pricing::fetch_voice_country(country)).await
    }

    async fn fetch_number_prices(&self, who: &Credentials, country: &str) -> Result<NumberPrices, TwilioError> {
        self.one(who, &pricing::fetch_numbers(country)).await
    }

    async fn fetch_dialing_permissions(
        &self,
        who: &Credentials,
        country: &str,
    ) -> Result<DialingPermissions, TwilioError> {
        self.one(who, &dialing_permissions::fetch(country)).await
    }

    async fn fetch_insights_settings(&self, who: &Credentials) -> Result<InsightsSettings, TwilioError> {
        self.one(who, &insights::fetch_settings()).await
    }

    async fn fetch_call_summary(&self, who: &Credentials, call: &CallSid) -> Result<CallSummary, TwilioError> {
        self.one(who, &insights::fetch_summary(call)).await
    }

    async fn fetch_voice_region(&self, who: &Credentials, number: &str) -> Result<Option<VoiceRegion>, TwilioError> {
        let route: Route = self.one(who, &routes::fetch(number)).await?;
        Ok(route.voice_region)
    }
}
