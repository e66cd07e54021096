//! Takes note of an episode of a billing alert.

use ::entity::{BillingEpisodeId, billing_episode};
use async_graphql::{Context, ID, InputObject, InputType, Object, SimpleObject};
use domain::{Refusal, billing, idempotency};

use super::settled::settled;
use crate::graphql::context::{self, Asked};
use crate::graphql::error::ApiError;
use crate::graphql::id;
use crate::graphql::types::{BillingEpisode, UserError};

/// What `acknowledgeBillingEpisode` takes.
#[derive(InputObject)]
pub struct AcknowledgeBillingEpisodeInput {
    /// The episode's global id.
    pub billing_episode_id: ID,
    /// A note, 1 to 100 characters. Example: `A top-up is on its way.`
    pub note: Option<String>,
    /// Makes a repeat of this request harmless for 24 hours: 1 to 128 printable ASCII characters. The same key with another input
    /// is refused.
    pub idempotency_key: Option<String>,
}

/// What `acknowledgeBillingEpisode` answers.
#[derive(SimpleObject)]
pub struct AcknowledgeEpisodePayload {
    /// The episode; null if it was refused.
    billing_episode: Option<BillingEpisode>,
    /// Why it was not done; empty if it was.
    user_errors: Vec<UserError>,
}

#[derive(Default)]
pub struct AcknowledgeBillingEpisode;

#[Object]
impl AcknowledgeBillingEpisode {
    /// Notes that someone has seen an open episode. It stays open until its figure is clear of the threshold. A second time puts the
    /// newer note in the place of the older.
    async fn acknowledge_billing_episode(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it takes.")] input: AcknowledgeBillingEpisodeInput,
    ) -> Result<AcknowledgeEpisodePayload, ApiError> {
        let again = |id| billing::find_episode(ctx.services(), ctx.actor(), BillingEpisodeId(id));
        let (episode, user_errors) = settled(run(ctx, input).await, again).await?;
        Ok(AcknowledgeEpisodePayload {
            billing_episode: episode.map(BillingEpisode),
            user_errors,
        })
    }
}

async fn run(
    ctx: &Context<'_>,
    input: AcknowledgeBillingEpisodeInput,
) -> Result<billing_episode::Model, domain::Error> {
    let key = input.idempotency_key.as_deref();
    let request = context::request(ctx, "acknowledgeBillingEpisode", key, input.to_value()).await?;
    let episode = id::parse(&input.billing_episode_id)
        .ok_or_else(|| Refusal::not_found("billing episode", "billingEpisodeId"))?;
    let ended = billing::acknowledge_episode(ctx.services(), &request, episode, input.note.as_deref()).await;
    idempotency::settle(ctx.services(), &request, ended).await
}
