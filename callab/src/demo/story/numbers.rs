//! Listing numbers, adding, renaming and removing one.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use twilio_sim::SimNumber;

use super::super::client::nodes;
use super::super::documents::{ADD, NUMBER_BY_ID, REMOVE, RENAME, USABLE};
use super::{NUMBER, StepError, Story, check};

impl Story<'_> {
    pub(super) async fn list_usable_numbers(&mut self) -> Result<(), StepError> {
        let account = self.account_id()?;
        let data = self.owner.ask(USABLE, json!({ "account": account })).await?;
        let nodes = nodes(&data["phoneNumbers"])?;
        let listed: BTreeSet<String> = nodes
            .iter()
            .filter_map(|node| node["number"].as_str())
            .map(str::to_owned)
            .collect();
        let numbers = self.demo.sim.numbers(&self.account.sid).into_iter();
        let takes_calls = |number: &SimNumber| number.capabilities.voice && number.voice_receive_mode != "fax";
        let at_twilio: BTreeSet<String> = numbers.filter(takes_calls).map(|number| number.phone_number).collect();
        let of_the_story = nodes.iter().find(|node| node["number"] == NUMBER);
        self.number_id = of_the_story.and_then(|node| node["id"].as_str()).map(str::to_owned);
        check(self.number_id.is_some(), format!("{NUMBER} is not listed"))?;
        check(
            listed == at_twilio,
            format!("listed are {listed:?}, and at Twilio {at_twilio:?} take calls"),
        )
    }

    pub(super) async fn add_number(&mut self) -> Result<(), StepError> {
        let id = self.number_id()?;
        let before = self.at_twilio()?;
        let input = json!({ "phoneNumberId": id, "nickname": "Reception" });
        self.owner.mutate(ADD, input).await?.done()?;
        self.added = true;
        let number = self.number().await?;
        check(
            number["state"] == "ADDED",
            format!("the number's state is {}", number["state"]),
        )?;
        check(
            number["nickname"] == "Reception",
            format!("its nickname is {}", number["nickname"]),
        )?;
        check(self.at_twilio()? == before, "the number was changed at Twilio")
    }

    pub(super) async fn rename(&mut self) -> Result<(), StepError> {
        let id = self.added_number_id()?;
        let mark = self.demo.sim.count_requests();
        let input = json!({ "phoneNumberId": id, "nickname": "Front desk" });
        self.owner.mutate(RENAME, input).await?.done()?;
        let number = self.number().await?;
        check(
            number["nickname"] == "Front desk",
            format!("its nickname is {}", number["nickname"]),
        )?;
        let requests = self.demo.sim.requests_since(mark);
        let writes: Vec<_> = requests.iter().filter(|request| request.method != "GET").collect();
        check(writes.is_empty(), format!("written at Twilio: {writes:?}"))?;
        let at_twilio = self.at_twilio()?;
        let ours = at_twilio.voice_url.starts_with(&self.demo.addresses.public);
        check(
            ours,
            format!("Twilio sends the number's calls to {:?}", at_twilio.voice_url),
        )?;
        let name = self.before_callab.as_ref().map(|before| before.friendly_name.as_str());
        check(
            name == Some(at_twilio.friendly_name.as_str()),
            "the number's name at Twilio is another now",
        )
    }

    pub(super) async fn remove_number(&mut self) -> Result<(), StepError> {
        let id = self.added_number_id()?;
        let Some(borrowed) = self.before_callab.clone() else {
            return Err(StepError::NotReached("borrowed routing"));
        };
        self.owner
            .mutate(REMOVE, json!({ "phoneNumberId": id }))
            .await?
            .done()?;
        let returned = |data: &Value| {
            let number = &data["phoneNumber"];
            (number["state"] == "REMOVED" && number["routing"] == "NOT_OURS").then_some(())
        };
        self.owner.wait_for(NUMBER_BY_ID, json!({ "id": id }), returned).await?;
        let now = self.at_twilio()?; // Still there: it was not released.
        check(
            routing(&now) == routing(&borrowed),
            format!("its routing is {:?}, not {:?}", routing(&now), routing(&borrowed)),
        )?;
        check(now.sms_url == borrowed.sms_url, "its SMS settings were touched")?;
        let deleted = self.demo.sim.count_requests_to("DELETE", "IncomingPhoneNumbers");
        check(deleted == 0, "a number was released at Twilio")
    }

    /// The number, asked for afresh.
    pub(super) async fn number(&self) -> Result<Value, StepError> {
        let mut data = self.owner.ask(NUMBER_BY_ID, json!({ "id": self.number_id()? })).await?;
        Ok(data["phoneNumber"].take())
    }
}

/// What decides who gets a number's calls.
fn routing(number: &SimNumber) -> [&str; 9] {
    [
        &number.voice_url,
        &number.voice_method,
        &number.voice_application_sid,
        &number.trunk_sid,
        &number.voice_receive_mode,
        &number.voice_fallback_url,
        &number.voice_fallback_method,
        &number.status_callback,
        &number.status_callback_method,
    ]
}
