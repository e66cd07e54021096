//! Why calls do not connect.

use ::entity::DiagnosisRunId;
use async_graphql::{Context, ID, Object};
use domain::diagnosis as rules;

use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;
use crate::graphql::types::{Diagnosis, DiagnosisRun, SupportBundle, one_of};
use crate::graphql::{id, masking};

#[derive(Default)]
pub struct DiagnosisQueries;

#[Object]
impl DiagnosisQueries {
    /// Why calls of a number, or of an account, do not connect: answered at once from what is stored, and nobody is asked. Give
    /// exactly one id. Null if there is no such number or account. To have everything asked afresh: `startDiagnosis`.
    async fn diagnose(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number's global id.")] phone_number_id: Option<ID>,
        #[graphql(desc = "The account's global id: its numbers in use are judged together.")] account_id: Option<ID>,
        #[graphql(
            desc = "Where a call would go: a number in E.164, or a country by its two letters. Examples: `+4930123456`, `DE`."
        )]
        destination: Option<String>,
    ) -> Result<Option<Diagnosis>, ApiError> {
        let viewer = ctx.viewer()?;
        let subject = one_of(phone_number_id.as_ref(), account_id.as_ref())?;
        let destination = destination.as_deref().map(rules::parse_destination).transpose();
        let destination =
            destination.map_err(|refusal| ApiError::BadInput(format!("`destination`: {}", refusal.message)))?;
        let Some(about) = subject.about() else {
            return Ok(None);
        };
        let diagnosis = rules::diagnose(ctx.services(), viewer, about, destination).await?;
        Ok(diagnosis.map(Diagnosis))
    }

    /// A diagnosis for which everything was asked afresh; null if there is none.
    async fn diagnosis_run(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run's global id.")] id: ID,
    ) -> Result<Option<DiagnosisRun>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(id) = id::parse::<DiagnosisRunId>(&id) else {
            return Ok(None);
        };
        let run = rules::find_run(ctx.services(), viewer, id).await?;
        Ok(run.map(DiagnosisRun::from))
    }

    /// All that is known of a number or an account, to be handed over. Give exactly one id. Null if there is no such number or
    /// account.
    async fn support_bundle(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number's global id.")] phone_number_id: Option<ID>,
        #[graphql(desc = "The account's global id.")] account_id: Option<ID>,
    ) -> Result<Option<SupportBundle>, ApiError> {
        let viewer = ctx.viewer()?;
        let Some(about) = one_of(phone_number_id.as_ref(), account_id.as_ref())?.about() else {
            return Ok(None);
        };
        // Whoever asks, it may be handed on: numbers stand in it as support sees them, or less.
        let role = if viewer.role == domain::Role::StaffViewer {
            domain::Role::StaffViewer
        } else {
            domain::Role::Support
        };
        let bundle = rules::support_bundle(ctx.services(), viewer, about, |number| masking::own(role, number)).await?;
        Ok(bundle.map(SupportBundle))
    }
}
