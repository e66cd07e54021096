//! The account's Auth Tokens: a secondary one beside the primary, which takes the primary's place when it is promoted.
//!
//! Source: <https://www.twilio.com/docs/iam/api/authtoken>

use std::borrow::Cow;

use reqwest::Method;
use serde::Deserialize;

use crate::request::{Product, Request};
use crate::{AccountSid, AnswerFault, AuthToken};

const SECONDARY: &str = "/v1/AuthTokens/Secondary";

/// An answer that holds a token. Neither printed nor kept: the token is copied out of the body, which wipes itself.
#[derive(Deserialize)]
struct Answer<'a> {
    account_sid: Option<AccountSid>,
    #[serde(borrow, alias = "secondary_auth_token")]
    auth_token: Cow<'a, str>,
}

pub(crate) fn create_secondary() -> Request {
    Request::to("CreateSecondaryAuthToken", Method::POST, Product::Accounts, SECONDARY)
}

pub(crate) fn promote_secondary() -> Request {
    let path = "/v1/AuthTokens/Promote";
    Request::to("UpdateAuthTokenPromotion", Method::POST, Product::Accounts, path)
}

pub(crate) fn delete_secondary() -> Request {
    Request::to("DeleteSecondaryAuthToken", Method::DELETE, Product::Accounts, SECONDARY)
}

/// Reads the token of `account` out of an answer.
pub(crate) fn read(body: &[u8], account: &AccountSid) -> Result<AuthToken, AnswerFault> {
    let answer: Answer<'_> = serde_json::from_slice(body)?;
    if answer.account_sid.is_some_and(|sid| sid != *account) {
        return Err(AnswerFault::OtherAccount);
    }
    AuthToken::parse(&answer.auth_token).map_err(|_| AnswerFault::WrongShape { line: 0, column: 0 })
}
