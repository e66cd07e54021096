//! A call that comes in, and one that goes out.

use anyhow::Context;
use serde_json::{Value, json};
use twilio_sim::{CallDirection, CallStatus, SimCall, StreamEnd};

use super::super::client::{nodes, text_at};
use super::super::documents::{ASSIGN, CALLS, START_TEST, TEST_CALL};
use super::super::world::{CALLER, VERIFIED_PHONE};
use super::{NUMBER, StepError, Story, check};

impl Story<'_> {
    pub(super) async fn receive_call(&mut self) -> Result<(), StepError> {
        let id = self.added_number_id()?;
        if self.agent_id.is_none() {
            return Err(StepError::NotReached("assigned agent"));
        }
        let sid = self.demo.sim.ring(CALLER, NUMBER);
        let call = self.demo.sim.call_finished(&sid).await;
        self.reached_the_agent(&call)?;
        let noted = |data: &Value| {
            let calls = nodes(&data["calls"]).ok()?;
            let call = calls.into_iter().find(|call| call["sid"] == json!(sid))?;
            let kinds: Vec<&str> = call["steps"]
                .as_array()?
                .iter()
                .filter_map(|step| step["kind"].as_str())
                .collect();
            let whole = ["WEBHOOK_RECEIVED", "STREAM_STARTED", "ENDED"]
                .iter()
                .all(|kind| kinds.contains(kind));
            (whole && call["status"] == "COMPLETED").then_some(())
        };
        Ok(self.owner.wait_for(CALLS, json!({ "number": id }), noted).await?)
    }

    pub(super) async fn place_test_call(&mut self) -> Result<(), StepError> {
        let id = self.added_number_id()?;
        let agent = self.agent_id.clone().ok_or(StepError::NotReached("agent"))?;
        let input = json!({ "phoneNumberId": id, "agentId": agent, "direction": "OUTBOUND" });
        self.owner.mutate(ASSIGN, input).await?.done()?;

        let input = json!({ "phoneNumberId": id, "kind": "OUTBOUND", "to": VERIFIED_PHONE });
        let payload = self.owner.mutate(START_TEST, input).await?.done()?;
        let test = text_at(&payload, "/testCall/id")?;
        let ended = |data: &Value| {
            data["testCall"]["verdict"]
                .is_string()
                .then(|| data["testCall"].clone())
        };
        let test = self.owner.wait_for(TEST_CALL, json!({ "id": test }), ended).await?;
        check(
            test["verdict"] == "PASS",
            format!("the verdict is {}: {test}", test["verdict"]),
        )?;

        let calls = self.demo.sim.calls(&self.account.sid);
        let placed = calls
            .into_iter()
            .find(|call| call.direction == CallDirection::OutboundApi);
        let call = placed.context("no call was placed at Twilio")?;
        let as_placed = (call.from.as_str(), call.to.as_str(), call.status);
        check(
            as_placed == (NUMBER, VERIFIED_PHONE, CallStatus::Completed),
            format!("at Twilio the call is {as_placed:?}"),
        )?;
        self.reached_the_agent(&call)
    }

    /// The call had a conversation with the demo's agent, by the simulator's word.
    pub(super) fn reached_the_agent(&self, call: &SimCall) -> Result<(), StepError> {
        let trouble = format!("Twilio noted {:?}; verbs {:?}", call.error_codes(), call.verbs());
        let stream = call
            .streams
            .first()
            .with_context(|| format!("no media stream was opened: {trouble}"))?;
        let agent = self.demo.addresses.agent();
        check(stream.url == agent, format!("the media stream went to {}", stream.url))?;
        let heard = stream.frames_sent > 0 && stream.frames_received > 0;
        check(
            heard,
            format!(
                "{} frames went out, {} came back",
                stream.frames_sent, stream.frames_received
            ),
        )?;
        check(
            stream.ended == Some(StreamEnd::Agent),
            format!("the stream ended by {:?}: {trouble}", stream.ended),
        )
    }
}
