//! The numbers, their routing and their regions, as Twilio tells them now.

use ::entity::phone_number::AtTwilio;
use ::entity::test_call::CheckState;
use ::entity::twilio_account::AccountKind;
use futures_util::future::join_all;
use serde_json::json;
use twilio::Credentials;

use super::Asked;
use crate::checklist::CheckName;
use crate::diagnosis::evidence::VOICE_REGION;
use crate::diagnosis::stored::{self, Answer};
use crate::jobs::WorkError;
use crate::{Services, numbers};

/// How many numbers of an account are asked about one by one.
const ONE_BY_ONE: usize = 5;

/// How many verified caller ids are kept: a trial account has five.
const VERIFIED: usize = 50;

pub(super) async fn ask(services: &Services, asked: &Asked, who: &Credentials) -> Result<(), WorkError> {
    let whose = (asked.account.workspace_id, asked.account.id);
    let (looked, verified) = tokio::join!(
        numbers::look(services, &asked.account, who, &asked.numbers),
        verified_callers(services, asked, who)
    );
    let (looked, at) = (looked?, services.clock.now());
    if asked.is_of_one {
        for number in looked.iter().filter(|number| number.at_twilio == AtTwilio::Listed) {
            let answer = Answer::good(CheckName::CallerId.as_str(), number.id);
            stored::keep(services, &services.db, whose, answer, at).await?;
        }
    }
    if let Some(answer) = verified? {
        stored::keep(services, &services.db, whose, answer, at).await?;
    }
    Ok(())
}

/// The numbers that a trial account may call.
async fn verified_callers(services: &Services, asked: &Asked, who: &Credentials) -> Result<Option<Answer>, WorkError> {
    if asked.account.kind != AccountKind::Trial {
        return Ok(None);
    }
    let callers = services.twilio.list_outgoing_caller_ids(who).await?;
    let numbers: Vec<&str> = callers
        .iter()
        .map(|caller| caller.phone_number.as_str())
        .take(VERIFIED)
        .collect();
    let answer = Answer::good(CheckName::TrialLimits.as_str(), "");
    Ok(Some(answer.with(json!({ "verified": numbers }))))
}

pub(super) async fn ask_regions(services: &Services, asked: &Asked, who: &Credentials) -> Result<(), WorkError> {
    let whose = (asked.account.workspace_id, asked.account.id);
    let questions = asked.numbers.iter().take(ONE_BY_ONE).map(|number| async move {
        let region = services.twilio.fetch_voice_region(who, number.e164.as_str()).await?;
        let Some(region) = region else { return Ok(()) };
        let answer = Answer::good(VOICE_REGION, number.id);
        let answer = if region.as_str() == asked.account.region {
            answer
        } else {
            answer.becomes(CheckState::Fail, "OTHER_REGION")
        };
        let answer = answer.with(json!({ "region": region.as_str() }));
        stored::keep(services, &services.db, whose, answer, services.clock.now()).await?;
        Ok::<_, WorkError>(())
    });
    join_all(questions).await.into_iter().collect()
}
