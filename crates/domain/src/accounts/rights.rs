//! Asks Twilio which of the rights that Callab needs the credentials have: one harmless request a right, side by side.

use ::entity::evidence::{Right, RightAnswer, Rights};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use twilio::{Account, AlertFilter, Balance, CallFilter, Credentials, Secret, TwilioError, UsagePeriod, UsageQuery};

use crate::Services;

/// A number that nobody has: looking for it is the smallest question about an account's numbers.
const NOBODYS_NUMBER: &str = "+10000000000";

/// A country that every account knows.
const ANY_COUNTRY: &str = "US";

/// Twilio's code for an account that is suspended or closed; its others say that it has no funds or is not signed up fully.
const SUSPENDED_OR_CLOSED: i32 = 20403;

/// What Twilio answered to one right.
#[derive(Debug)]
pub(super) struct Answer {
    pub right: Right,
    pub result: Result<Told, TwilioError>,
}

/// What came with a right that was granted.
#[derive(Debug)]
pub(super) enum Told {
    Account(Box<Account>),
    Balance(Balance),
    Nothing,
}

/// The right that stands and falls with the credentials. Standard API keys may not read the account.
pub(super) fn deciding(who: &Credentials) -> Right {
    match who.secret {
        Secret::AuthToken(_) => Right::Account,
        Secret::ApiKey { .. } => Right::Numbers,
    }
}

/// Which rights a check asks: all when they are due, else the deciding one and those that are not known to be granted.
pub(super) fn to_ask(known: &Rights, who: &Credentials, whole: bool) -> Vec<Right> {
    let settled = |right: &Right| {
        let known = known.of(right);
        known.is_some_and(|known| matches!(known.answer, RightAnswer::Granted | RightAnswer::NotApplicable))
    };
    let asked = Right::ALL.into_iter();
    asked
        .filter(|right| whole || *right == deciding(who) || !settled(right))
        .collect()
}

/// Asks Twilio each of the rights. The deciding one first: when it is refused, or not answered, the others would tell nothing new.
pub(super) async fn ask(services: &Services, who: &Credentials, rights: &[Right]) -> Vec<Answer> {
    let first = deciding(who);
    let decided = ask_one(services, who, first.clone()).await;
    let go_on = decided.result.is_ok();
    let mut answers = vec![decided];
    if go_on {
        let others = rights.iter().filter(|right| **right != first);
        answers.extend(join_all(others.map(|right| ask_one(services, who, right.clone()))).await);
    }
    answers
}

async fn ask_one(services: &Services, who: &Credentials, right: Right) -> Answer {
    let twilio = &services.twilio;
    let result = match &right {
        Right::Account => {
            let account = twilio.fetch_account(who).await;
            account.map(|account| Told::Account(Box::new(account)))
        }
        Right::Balance => twilio.fetch_balance(who).await.map(Told::Balance),
        Right::Calls => {
            let newest = CallFilter {
                page_size: 1,
                limit: 1,
                ..CallFilter::default()
            };
            twilio.list_calls(who, &newest).await.map(|_| Told::Nothing)
        }
        Right::Usage => {
            let total = UsageQuery {
                categories: vec!["totalprice".to_owned()],
                ..UsageQuery::new(UsagePeriod::Today)
            };
            twilio.list_usage(who, &total).await.map(|_| Told::Nothing)
        }
        Right::Alerts => {
            let newest = AlertFilter {
                limit: 1,
                ..AlertFilter::default()
            };
            twilio.list_alerts(who, &newest).await.map(|_| Told::Nothing)
        }
        Right::Permissions => twilio
            .fetch_dialing_permissions(who, ANY_COUNTRY)
            .await
            .map(|_| Told::Nothing),
        Right::Numbers | Right::Unknown(_) => twilio.find_numbers(who, NOBODYS_NUMBER).await.map(|_| Told::Nothing),
    };
    Answer { right, result }
}

/// What an answer says of its right.
fn read(answer: &Answer) -> RightAnswer {
    match &answer.result {
        Ok(Told::Account(account)) => match account.status {
            twilio::AccountStatus::Suspended => RightAnswer::Suspended,
            twilio::AccountStatus::Closed => RightAnswer::Closed,
            _ => RightAnswer::Granted,
        },
        Ok(_) => RightAnswer::Granted,
        Err(error) => match error {
            TwilioError::AccountNotActive {
                code: SUSPENDED_OR_CLOSED,
                ..
            } => RightAnswer::Suspended,
            TwilioError::AccountNotActive { .. } => RightAnswer::NotActive,
            TwilioError::Unauthorized { .. } | TwilioError::Forbidden { .. } | TwilioError::TestCredentials { .. } => {
                RightAnswer::Denied
            }
            TwilioError::NotFound { .. } => RightAnswer::NotApplicable,
            TwilioError::RateLimited { .. } => RightAnswer::Throttled,
            TwilioError::Refused { code: 10002, .. } => RightAnswer::Trial,
            TwilioError::Refused { .. } => RightAnswer::Denied,
            _ => RightAnswer::Unreachable,
        },
    }
}

/// Notes the answers. A silence takes the place of a grant and of another silence alone: it is no answer to what was refused.
pub(super) fn note(known: &mut Rights, answers: &[Answer], at: DateTime<Utc>) {
    for answer in answers {
        let found = read(answer);
        let before = known.of(&answer.right).map(|known| &known.answer);
        let is_silent = |answer: &RightAnswer| matches!(answer, RightAnswer::Throttled | RightAnswer::Unreachable);
        let keeps = before.is_some_and(|before| !is_silent(before) && *before != RightAnswer::Granted);
        if is_silent(&found) && keeps {
            continue;
        }
        let code = answer.result.as_ref().err().and_then(TwilioError::code);
        known.note(answer.right.clone(), found, code, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(right: Right, result: Result<Told, TwilioError>) -> Answer {
        Answer { right, result }
    }

    fn silence() -> TwilioError {
        TwilioError::Unavailable {
            status: 503,
            code: None,
            retry_after: None,
        }
    }

    fn denied() -> TwilioError {
        TwilioError::NotFound {
            endpoint: "a test",
            code: Some(20404),
        }
    }

    #[test]
    fn a_limit_of_trial_accounts_is_told_from_a_right_that_is_missing() {
        let refused = |code| TwilioError::Refused {
            code,
            status: 400,
            message: serde_json::from_value(serde_json::json!("no")).unwrap(),
            more_info: None,
        };
        assert_eq!(read(&answered(Right::Calls, Err(refused(10002)))), RightAnswer::Trial);
        assert_eq!(read(&answered(Right::Calls, Err(refused(20006)))), RightAnswer::Denied);
        assert_eq!(
            read(&answered(Right::Balance, Err(denied()))),
            RightAnswer::NotApplicable
        );
        assert_eq!(read(&answered(Right::Calls, Err(silence()))), RightAnswer::Unreachable);
    }

    #[test]
    fn a_silence_never_takes_the_place_of_a_refusal() {
        let mut known = Rights::default();
        let at = DateTime::UNIX_EPOCH;
        note(&mut known, &[answered(Right::Balance, Err(denied()))], at);
        note(&mut known, &[answered(Right::Balance, Err(silence()))], at);
        assert_eq!(known.of(&Right::Balance).unwrap().answer, RightAnswer::NotApplicable);
        note(&mut known, &[answered(Right::Usage, Ok(Told::Nothing))], at);
        note(&mut known, &[answered(Right::Usage, Err(silence()))], at);
        assert_eq!(known.of(&Right::Usage).unwrap().answer, RightAnswer::Unreachable);
        note(
            &mut known,
            &[answered(
                Right::Usage,
                Err(TwilioError::RateLimited { retry_after: None }),
            )],
            at,
        );
        assert_eq!(known.of(&Right::Usage).unwrap().answer, RightAnswer::Throttled);
    }
}
