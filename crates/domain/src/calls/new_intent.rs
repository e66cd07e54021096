//! Writes the intent to place a call, with the address that its webhooks come to.

use ::entity::call_intent::{self, IntentPurpose, IntentState};
use ::entity::{AgentId, CallIntentId, E164, phone_number, webhook_address};
use sea_orm::ActiveValue::Set;
use sea_orm::{ActiveModelTrait, EntityTrait};

use crate::error::is_duplicate;
use crate::{Error, Refusal, RefusalCode, Services, Transaction};

/// A call that is to be placed.
#[derive(Clone, Debug)]
pub(super) struct NewIntent<'a> {
    /// The number that calls.
    pub number: &'a phone_number::Model,
    /// The agent that talks; without one the called hears a sentence.
    pub agent: Option<AgentId>,
    /// Who is called.
    pub to: &'a E164,
    /// What for.
    pub purpose: IntentPurpose,
    /// Where Twilio reaches us.
    pub base: &'a str,
}

/// Writes the intent. A unique index decides which of two calls between the same two numbers is placed.
///
/// # Errors
/// Refused while another call between the two numbers is open.
pub(super) async fn write(
    services: &Services,
    tx: &Transaction<'_>,
    new: NewIntent<'_>,
) -> Result<call_intent::Model, Error> {
    let number = new.number;
    let intent = call_intent::Model {
        id: CallIntentId(services.ids.new_id()),
        workspace_id: number.workspace_id,
        twilio_account_id: number.twilio_account_id,
        phone_number_id: number.id,
        agent_id: new.agent,
        from_number: number.e164.clone(),
        to_number: new.to.clone(),
        purpose: new.purpose,
        reference: services.ids.new_reference(),
        state: IntentState::Waiting,
        outcome: None,
        twilio_code: None,
        twilio_text: None,
        call_sid: None,
        created_at: tx.at(),
        sent_at: None,
        closed_at: None,
    };
    let row = call_intent::ActiveModel::from(intent.clone()).reset_all();
    match call_intent::Entity::insert(row).exec_without_returning(tx.db()).await {
        Ok(_) => {}
        Err(error) if is_duplicate(&error) => {
            let message = "A call between these two numbers is under way. Wait for it to end.";
            return Err(Refusal::new(RefusalCode::CallUnderWay, message).on("to").into());
        }
        Err(error) => return Err(error.into()),
    }
    let address = webhook_address::ActiveModel {
        reference: Set(intent.reference.clone()),
        workspace_id: Set(number.workspace_id),
        twilio_account_id: Set(number.twilio_account_id),
        phone_number_id: Set(number.id),
        call_intent_id: Set(Some(intent.id)),
        base_url: Set(new.base.to_owned()),
        previous_base_url: Set(None),
        created_at: Set(tx.at()),
    };
    webhook_address::Entity::insert(address)
        .exec_without_returning(tx.db())
        .await?;
    Ok(intent)
}
