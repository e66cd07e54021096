//! What goes wrong at Twilio, is noticed, explained and put right.

use serde_json::{Value, json};
use twilio_sim::SimNumber;

use super::super::client::{nodes, text_at};
use super::super::documents::{
    CHECK_BILLING, CREATE_ALERT, DIAGNOSIS_RUN, DRIFT, EPISODES, NUMBER_BY_ID, REPAIR, REPAIR_PLAN, START_DIAGNOSIS,
    SYNC,
};
use super::{StepError, Story, check};

/// Where someone else sends the number's calls.
const ELSEWHERE: &str = "https://someone-else.example/voice";

/// A trunk that somebody attaches the number to.
const TRUNK: &str = "TK00112233445566778899aabbccddeeff";

impl Story<'_> {
    /// Someone sends the number's calls elsewhere: the next sync notices it, and the repair puts ours back.
    pub(super) async fn repair_drift(&mut self) -> Result<(), StepError> {
        let (account, number) = (self.account_id()?, self.added_number_id()?);
        let ours = self.changed_at_twilio(|number| ELSEWHERE.clone_into(&mut number.voice_url))?;
        self.owner.mutate(SYNC, json!({ "accountId": account })).await?.done()?;
        let drifted = |data: &Value| {
            let number = &data["phoneNumber"];
            (number["routing"] == "DRIFTED").then(|| number["drift"].clone())
        };
        let drift = self.owner.wait_for(DRIFT, json!({ "id": number }), drifted).await?;
        check(
            drift["reason"] == "URL_CHANGED",
            format!("the drift is told so: {drift}"),
        )?;
        self.repair(&number).await?;
        check(
            self.at_twilio()?.voice_url == ours.voice_url,
            "the number's calls still go elsewhere",
        )
    }

    /// Someone attaches a trunk, and calls do not come any more: the diagnosis says why, and that the customer has to act.
    pub(super) async fn explain_broken_number(&mut self) -> Result<(), StepError> {
        let number = self.added_number_id()?;
        self.changed_at_twilio(|number| TRUNK.clone_into(&mut number.trunk_sid))?;
        let broken = self.diagnose(&number).await?;
        let cause = &broken["cause"];
        check(
            cause["name"] == "ROUTING_OURS" && cause["reason"] == "OVERRIDDEN_BY_TRUNK",
            format!("the diagnosis says: {broken}"),
        )?;
        check(cause["fix"].is_string(), "the diagnosis names no way out")?;
        self.repair(&number).await?;
        let mended = self.diagnose(&number).await?;
        check(
            mended["cause"].is_null(),
            format!("after the repair the diagnosis says: {mended}"),
        )
    }

    /// The balance falls under the level of an alert, and is topped up: one episode opens, and closes by itself.
    pub(super) async fn low_balance(&mut self) -> Result<(), StepError> {
        let account = self.account_id()?;
        let input = json!({
            "accountId": account, "kind": "BALANCE_BELOW", "amount": { "amount": "20", "currency": "USD" },
        });
        self.owner.mutate(CREATE_ALERT, input).await?.done()?;
        for (balance, is_open) in [("12.40", true), ("50", false)] {
            self.demo.sim.set_balance(&self.account.sid, balance);
            self.owner
                .mutate(CHECK_BILLING, json!({ "accountId": account }))
                .await?
                .done()?;
            let told = |data: &Value| {
                let episodes = nodes(&data["billingEpisodes"]).ok()?;
                let [episode] = episodes[..] else { return None };
                (episode["isOpen"] == is_open).then_some(())
            };
            self.owner
                .wait_for(EPISODES, json!({ "account": account }), told)
                .await?;
        }
        Ok(())
    }

    /// Changes the number at Twilio, as somebody there does; answers what it was before.
    fn changed_at_twilio(&self, change: impl FnOnce(&mut SimNumber)) -> Result<SimNumber, StepError> {
        let before = self.at_twilio()?;
        self.demo.sim.change_number(&before.sid, change);
        Ok(before)
    }

    /// Puts our routing back, after the plan was shown.
    async fn repair(&self, number: &str) -> Result<(), StepError> {
        let data = self.owner.ask(REPAIR_PLAN, json!({ "number": number })).await?;
        let plan = text_at(&data, "/routingPlan/plan/planId")?;
        let input = json!({ "phoneNumberId": number, "confirmedPlan": plan });
        self.owner.mutate(REPAIR, input).await?.done()?;
        let ours = |data: &Value| (data["phoneNumber"]["routing"] == "OURS").then_some(());
        Ok(self.owner.wait_for(NUMBER_BY_ID, json!({ "id": number }), ours).await?)
    }

    /// Has everything about the number asked afresh, and answers the diagnosis.
    async fn diagnose(&self, number: &str) -> Result<Value, StepError> {
        let payload = self
            .owner
            .mutate(START_DIAGNOSIS, json!({ "phoneNumberId": number }))
            .await?
            .done()?;
        let run = text_at(&payload, "/diagnosisRun/id")?;
        let finished = |data: &Value| {
            let run = &data["diagnosisRun"];
            run["finishedAt"].is_string().then(|| run["diagnosis"].clone())
        };
        Ok(self
            .owner
            .wait_for(DIAGNOSIS_RUN, json!({ "id": run }), finished)
            .await?)
    }
}
