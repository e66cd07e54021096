//! The operations over HTTP: which request, and what its answer is read as.

use async_trait::async_trait;

use crate::{
    Account, Alert, AlertFilter, AlertSid, AuthToken, Balance, Call, CallFilter, CallNotification, CallSid, CallerId,
    Credentials, EndCall, HttpTwilio, NewCall, NewUsageTrigger, Number, NumberSid, NumberUpdate, Twilio, TwilioError,
    UsageQuery, UsageRecord, UsageTrigger, UsageTriggerSid, accounts, alerts, caller_ids, calls, numbers, tokens,
    usage, usage_triggers,
};

#[async_trait]
impl Twilio for HttpTwilio {
    async fn fetch_account(&self, who: &Credentials) -> Result<Account, TwilioError> {
        self.one(who, &accounts::fetch(&who.account_sid)).await
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
}
