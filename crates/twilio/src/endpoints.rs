//! The operations over HTTP: which request, and what its answer is read as.

use async_trait::async_trait;

use crate::{
    Account, Balance, Call, CallFilter, CallSid, CallerId, Credentials, EndCall, HttpTwilio, NewCall, Number,
    NumberSid, NumberUpdate, Twilio, TwilioError, accounts, caller_ids, calls, numbers,
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
}
