//! Connecting an account, and being refused.

use anyhow::Context;
use serde_json::{Value, json};

use super::super::client::{nodes, text_at};
use super::super::documents::{ACCOUNT, ACCOUNTS, CONNECT};
use super::{StepError, Story, check};

/// Looks like a token, and is nobody's.
const WRONG_TOKEN: &str = "00000000000000000000000000000000";

impl Story<'_> {
    pub(super) async fn connect(&mut self) -> Result<(), StepError> {
        let account = self
            .demo
            .sim
            .account(&self.account.sid)
            .context("the account is gone at Twilio")?;
        let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": self.account.name });
        let payload = self.owner.mutate(CONNECT, input).await?.done()?;
        let id = text_at(&payload, "/account/id")?;
        self.account_id = Some(id.clone());
        let healthy_and_read = |data: &Value| {
            let account = &data["twilioAccount"];
            (account["health"]["state"] == "HEALTHY" && account["syncedAt"].is_string()).then(|| account["sid"].clone())
        };
        let sid = self
            .owner
            .wait_for(ACCOUNT, json!({ "id": id }), healthy_and_read)
            .await?;
        check(sid == json!(account.sid), "another account was connected")
    }

    pub(super) async fn refuse_wrong_token(&mut self) -> Result<(), StepError> {
        // An account that is not connected, so that nothing but the token can be refused.
        let sid = &self.demo.world.spare_a.sid;
        let input = json!({ "accountSid": sid, "authToken": WRONG_TOKEN, "label": "Mistyped" });
        let payload = self.owner.mutate(CONNECT, input).await?;
        let refusals = payload.refusals();
        check(
            refusals == ["CREDENTIALS_REJECTED"],
            format!("refused with {refusals:?}, not CREDENTIALS_REJECTED"),
        )?;
        let data = self.owner.ask(ACCOUNTS, json!({})).await?;
        let accounts = nodes(&data["twilioAccounts"])?;
        check(
            accounts.iter().all(|account| account["sid"] != json!(sid)),
            "the refused account was kept",
        )
    }
}
