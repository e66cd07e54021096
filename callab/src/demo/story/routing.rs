//! Assigning an agent, after the plan was shown.

use serde_json::{Value, json};

use super::super::client::text_at;
use super::super::documents::{ASSIGN, NUMBER_BY_ID, PLAN, REGISTER};
use super::{StepError, Story, check};

impl Story<'_> {
    pub(super) async fn assign_agent(&mut self) -> Result<(), StepError> {
        let id = self.added_number_id()?;
        let agent =
            json!({ "externalId": "receptionist", "name": "Receptionist", "endpoint": self.demo.addresses.agent() });
        let payload = self.owner.mutate(REGISTER, agent).await?.done()?;
        let agent = text_at(&payload, "/agent/id")?;
        self.agent_id = Some(agent.clone());

        let before = self.at_twilio()?;
        let data = self.owner.ask(PLAN, json!({ "number": id, "agent": agent })).await?;
        let plan = &data["routingPlan"]["plan"];
        let live = &plan["liveRouting"]["voiceUrl"];
        check(
            *live == json!(before.voice_url),
            format!("the plan says that calls go to {live} today"),
        )?;
        let writes = plan["writes"].as_array().map_or(0, Vec::len);
        check(writes > 0, format!("the plan has no writes: {data}"))?;
        check(
            self.at_twilio()? == before,
            "asking for the plan changed the number at Twilio",
        )?;

        self.before_callab = Some(before);
        let plan = text_at(&data, "/routingPlan/plan/planId")?;
        let input = json!({ "phoneNumberId": id, "agentId": agent, "direction": "INBOUND", "planId": plan });
        self.owner.mutate(ASSIGN, input).await?.done()?;
        let ours = |data: &Value| (data["phoneNumber"]["routing"] == "OURS").then_some(());
        self.owner.wait_for(NUMBER_BY_ID, json!({ "id": id }), ours).await?;

        let now = self.at_twilio()?;
        let public = &self.demo.addresses.public;
        for url in [&now.voice_url, &now.voice_fallback_url, &now.status_callback] {
            check(
                url.starts_with(public),
                format!("a webhook of the number at Twilio is {url:?}"),
            )?;
        }
        let direct = now.trunk_sid.is_empty() && now.voice_application_sid.is_empty();
        check(direct, "a trunk or an application still takes the number's calls")
    }
}
