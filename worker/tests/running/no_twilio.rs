//! A Twilio that nobody may ask: the jobs of these tests do not.

use async_trait::async_trait;
use twilio::{
    Account, Balance, Call, CallFilter, CallSid, CallerId, Credentials, EndCall, NewCall, Number, NumberSid,
    NumberUpdate, Twilio, TwilioError,
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
}
