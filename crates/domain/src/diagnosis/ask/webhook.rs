//! Does our own public address lead to this installation?

use ::entity::test_call::CheckState;

use super::Asked;
use crate::checklist::CheckName;
use crate::diagnosis::stored::{self, Answer};
use crate::jobs::WorkError;
use crate::{Error, Services};

pub(super) async fn ask(services: &Services, asked: &Asked) -> Result<(), WorkError> {
    let Some(public) = &services.public_url else {
        return Ok(());
    };
    let answer = Answer::good(CheckName::WebhookAnswered.as_str(), "");
    let answer = match public.prove(services).await {
        Ok(()) => answer,
        Err(Error::Fault(fault)) => return Err(fault.into()),
        Err(_) => answer.becomes(CheckState::Fail, "PUBLIC_URL_NOT_OURS"),
    };
    let whose = (asked.account.workspace_id, asked.account.id);
    Ok(stored::keep(services, &services.db, whose, answer, services.clock.now()).await?)
}
