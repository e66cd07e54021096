//! The account's Auth Token is changed.

use serde_json::{Value, json};

use super::super::documents::{ROTATE, ROTATION};
use super::super::world::CALLER;
use super::{NUMBER, StepError, Story, check};

impl Story<'_> {
    pub(super) async fn rotate_token(&mut self) -> Result<(), StepError> {
        let account = self.account_id()?;
        self.added_number_id()?;
        let input = json!({ "accountId": account, "confirmed": true });
        self.owner.mutate(ROTATE, input).await?.done()?;
        let over = |data: &Value| {
            let rotation = &data["twilioAccount"]["credentials"]["rotation"];
            let is_over = ["DONE", "FAILED", "ABANDONED"]
                .iter()
                .any(|state| rotation["state"] == *state);
            is_over.then(|| rotation.clone())
        };
        let rotation = self.owner.wait_for(ROTATION, json!({ "id": account }), over).await?;
        check(
            rotation["state"] == "DONE",
            format!("the rotation ended so: {rotation}"),
        )?;

        let now = self.demo.sim.account(&self.account.sid);
        let now = now.ok_or_else(|| anyhow::anyhow!("the account is gone at Twilio"))?;
        check(
            now.auth_token != self.account.auth_token,
            "the token at Twilio is the one of before",
        )?;
        check(now.secondary_token.is_none(), "a second token was left at Twilio")?;
        let sid = self.demo.sim.ring(CALLER, NUMBER);
        let call = self.demo.sim.call_finished(&sid).await; // Signed with the new token.
        self.reached_the_agent(&call)
    }
}
