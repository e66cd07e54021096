//! The numbers, their routing and their regions, as Twilio tells them now.

use std::collections::{HashMap, HashSet};

use ::entity::agent_assignment::{self, Direction};
use ::entity::phone_number::{self, AtTwilio};
use ::entity::test_call::CheckState;
use ::entity::twilio_account::AccountKind;
use ::entity::{NumberId, health_check};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use twilio::Credentials;

use super::Asked;
use crate::checklist::CheckName;
use crate::diagnosis::evidence::{VOICE_REGION, passed};
use crate::diagnosis::stored::{self, Answer};
use crate::jobs::WorkError;
use crate::{Services, numbers};

/// Of how many numbers of an account a run asks the region: each takes a request of its own, and Twilio is asked four at a time.
const REGIONS: usize = 20;

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
    let numbers = to_ask_the_region_of(services, asked).await?;
    let questions = numbers.into_iter().map(|number| async move {
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

/// The number that the run is about; or, of an account, those that an agent answers, which take turns: first those that were in
/// another region, and then those that were never asked or longest ago.
async fn to_ask_the_region_of<'a>(
    services: &Services,
    asked: &'a Asked,
) -> Result<Vec<&'a phone_number::Model>, WorkError> {
    if asked.is_of_one {
        return Ok(asked.numbers.iter().collect());
    }
    let answered: HashSet<NumberId> = agent_assignment::Entity::find()
        .select_only()
        .column(agent_assignment::Column::PhoneNumberId)
        .filter(
            agent_assignment::COLUMN
                .phone_number_id
                .is_in(asked.numbers.iter().map(|number| number.id)),
        )
        .filter(agent_assignment::COLUMN.direction.eq(Direction::Inbound))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .into_tuple()
        .all(&services.db)
        .await?
        .into_iter()
        .collect();
    let before: HashMap<String, (bool, DateTime<Utc>)> = health_check::Entity::find()
        .filter(health_check::COLUMN.twilio_account_id.eq(asked.account.id))
        .filter(health_check::COLUMN.check_name.eq(VOICE_REGION))
        .all(&services.db)
        .await?
        .into_iter()
        .map(|row| (row.subject.clone(), (passed(&row), row.at)))
        .collect();
    let numbers = asked.numbers.iter().filter(|number| answered.contains(&number.id));
    let mut numbers: Vec<&phone_number::Model> = numbers.collect();
    numbers.sort_by_key(|number| match before.get(&number.id.to_string()) {
        Some((false, _)) => (0, None),
        None => (1, None),
        Some((true, at)) => (2, Some(*at)),
    });
    numbers.truncate(REGIONS);
    Ok(numbers)
}
