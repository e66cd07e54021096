//! Why calls do not connect.

use ::entity::NumberId;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::checklist::CheckName;
use domain::diagnosis as rules;
use futures_util::future::try_join_all;

use super::health::ResponsibleParty;
use super::test_call::CheckState;
use super::{PhoneNumber, TwilioAccount};
use crate::graphql::context::Asked;
use crate::graphql::error::ApiError;

/// One question of the troubleshooting list. `docs/troubleshooting.md` walks through each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "CheckName")]
pub enum DiagnosisCheckName {
    /// Is the account SID one?
    SidFormat,
    /// Does Twilio accept the credentials?
    TokenAccepted,
    /// Is the account active at Twilio?
    AccountActive,
    /// Does Twilio place and take calls on the account's credit? The figure alone warns; it fails only when Twilio refused.
    Credit,
    /// Does Twilio list the number for the account?
    NumberOwned,
    /// Can the number take calls?
    NumberVoice,
    /// Is an agent assigned to the number?
    AgentAssigned,
    /// Does the agent's endpoint answer?
    AgentReachable,
    /// Does the number's routing lead to Callab? In which region Twilio answers a number, `startDiagnosis` alone asks: of one
    /// number always, of an account's numbers 20 in a run, in turns.
    RoutingOurs,
    /// Does Callab's webhook answer Twilio?
    WebhookAnswered,
    /// Does the signature of Twilio's webhooks fit the stored token?
    SignatureValid,
    /// May the account call the destination's country?
    GeoPermission,
    /// May the account show the number as caller id?
    CallerId,
    /// Do limits of trial or unverified accounts stand in the way?
    TrialLimits,
    /// Does Twilio know of other errors: entries of its log, or refusals of calls?
    TwilioErrors,
    /// Is there an open incident at Twilio?
    Incidents,
}

/// A routing field at Twilio that is not what Callab wrote.
#[derive(SimpleObject)]
pub struct RoutingDifference {
    /// Twilio's name of the field. Example: `voice_url`.
    field: String,
    /// What Callab wrote; null for a field that is to be empty. Of addresses the host alone. Example: `https://byot.callab.example/…`.
    expected: Option<String>,
    /// What stands there; null for a field that is empty. Of addresses the host alone.
    actual: Option<String>,
}

/// One check with its answer.
pub struct DiagnosisCheck(pub rules::Check);

/// One check of a diagnosis: a question, its answer, what the answer rests on and how old that is.
#[Object]
impl DiagnosisCheck {
    /// Which check.
    async fn name(&self) -> DiagnosisCheckName {
        self.0.name.into()
    }

    /// What the line is called, in English. Example: `Credentials accepted`.
    async fn title(&self) -> &str {
        self.0.name.title()
    }

    /// The answer. `NOT_REACHED` depends on a check that failed and is never guessed; `UNKNOWN` has no evidence.
    async fn state(&self) -> CheckState {
        (&self.0.state).into()
    }

    /// Whether no call can work while it fails. The others explain, and stop nothing by themselves.
    async fn must_pass(&self) -> bool {
        self.0.name.must_pass()
    }

    /// The checks that have to be good before this one can be answered.
    async fn depends_on(&self) -> Vec<DiagnosisCheckName> {
        self.0.name.depends_on().iter().map(|name| (*name).into()).collect()
    }

    /// Why it is not good, as a stable code for programs; null when it is good. New codes come with releases. Example: `URL_CHANGED`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What happened, in English, for the customer; null when it is good.
    async fn sentence(&self) -> Option<String> {
        self.0.sentence()
    }

    /// What was seen, in English. No phone number and no secret. Example: `The balance is 14.50 USD.`
    async fn evidence(&self) -> &str {
        &self.0.evidence
    }

    /// What should be, where a value says it. Example: `active`.
    async fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// What is, where a value says it. Example: `suspended`.
    async fn actual(&self) -> Option<&str> {
        self.0.actual.as_deref()
    }

    /// The routing fields that differ, for `ROUTING_OURS`; else empty.
    async fn differences(&self) -> Vec<RoutingDifference> {
        let differences = self.0.differences.iter().cloned();
        differences
            .map(|difference| RoutingDifference {
                field: difference.field,
                expected: difference.expected,
                actual: difference.actual,
            })
            .collect()
    }

    /// What to do about it, in English, for the customer.
    async fn fix(&self) -> Option<&str> {
        self.0.fix()
    }

    /// Who can do it; null when it is good.
    async fn who_acts(&self) -> Option<ResponsibleParty> {
        self.0.who_acts().map(Into::into)
    }

    /// Twilio's error code behind it. Example: `20003`.
    async fn twilio_code(&self) -> Option<i32> {
        self.0.twilio_code
    }

    /// Twilio's page about `twilioCode`.
    async fn help_url(&self) -> Option<String> {
        let code = self.0.twilio_code?;
        Some(format!("https://www.twilio.com/docs/api/errors/{code}"))
    }

    /// Twilio's own words, for a code that Callab cannot explain. Phone numbers in it are hidden.
    async fn twilio_text(&self) -> Option<&str> {
        self.0.twilio_text.as_deref()
    }

    /// The earlier check that fails for the same cause: mend that one.
    async fn same_cause_as(&self) -> Option<DiagnosisCheckName> {
        self.0.same_cause_as.map(Into::into)
    }

    /// The numbers that it is about, at most five, where an account was asked for and not all of its numbers are good.
    async fn phone_numbers(&self, ctx: &Context<'_>) -> Result<Vec<PhoneNumber>, ApiError> {
        let loaders = ctx.loaders();
        let rows = try_join_all(self.0.numbers.iter().map(|id: &NumberId| loaders.load_one(*id))).await?;
        let seen = rows.into_iter().flatten().filter(|row| ctx.sees(row.workspace_id));
        Ok(seen.map(PhoneNumber).collect())
    }

    /// When the evidence was seen; null where there is none.
    async fn as_of(&self) -> Option<DateTime<Utc>> {
        self.0.as_of
    }

    /// Whether the evidence is older than it should be. Show it as old.
    async fn is_stale(&self) -> bool {
        self.0.is_stale
    }
}

/// The checks of one account or number.
pub struct Diagnosis(pub rules::Diagnosis);

/// Why calls do not connect: the checks of one account or number in their order, and the first one that explains the trouble.
#[Object]
impl Diagnosis {
    /// In one or two sentences, in English: what is the matter, what to do, and who must act.
    async fn summary(&self) -> String {
        self.0.summary()
    }

    /// The check that explains the trouble: the first that fails and must pass, or, where all of those are good, the first that
    /// fails at all. Null where nothing is known that stops calls.
    async fn cause(&self) -> Option<DiagnosisCheck> {
        self.0.cause.and_then(|name| self.shown(name))
    }

    /// Further checks that fail for causes of their own, in their order.
    async fn other_causes(&self) -> Vec<DiagnosisCheck> {
        self.0
            .other_causes
            .iter()
            .filter_map(|name| self.shown(*name))
            .collect()
    }

    /// All checks, in their order.
    async fn checks(&self) -> Vec<DiagnosisCheck> {
        self.0.checks.iter().cloned().map(DiagnosisCheck).collect()
    }

    /// The account.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<TwilioAccount>, ApiError> {
        Ok(ctx.loaders().load_one(self.0.account).await?.map(TwilioAccount::from))
    }

    /// The number; null where an account was asked for.
    async fn phone_number(&self, ctx: &Context<'_>) -> Result<Option<PhoneNumber>, ApiError> {
        match self.0.number {
            Some(id) => Ok(ctx.loaders().load_one(id).await?.map(PhoneNumber)),
            None => Ok(None),
        }
    }

    /// The country that a call would go to, ISO 3166-1 alpha-2, where a destination was named. Example: `DE`.
    async fn destination_country(&self) -> Option<&str> {
        self.0.country.as_deref()
    }

    /// The moment for which it was judged.
    async fn as_of(&self) -> DateTime<Utc> {
        self.0.at
    }
}

impl Diagnosis {
    fn shown(&self, name: CheckName) -> Option<DiagnosisCheck> {
        self.0.check(name).cloned().map(DiagnosisCheck)
    }
}

/// All that is known of a number or an account.
pub struct SupportBundle(pub rules::SupportBundle);

/// All that is known of a number or an account, to be handed over: the diagnosis, the account's and numbers' facts, the history of
/// its health, the newest calls, errors and jobs, and Twilio's incidents. With the account SID, and without any secret, any name
/// that people typed, and anyone else's phone number.
#[Object]
impl SupportBundle {
    /// As Markdown, for people.
    async fn markdown(&self) -> String {
        self.0.markdown()
    }

    /// As JSON, for programs. Its fields come and go with releases.
    #[expect(clippy::unused_async, reason = "resolvers are async, whatever they do")]
    async fn json(&self) -> Result<serde_json::Value, ApiError> {
        serde_json::to_value(&self.0).map_err(|error| ApiError::Fault(std::sync::Arc::new(error)))
    }

    /// A name for a file that holds it, without an ending. Example: `callab-AC0123456789abcdef0123456789abcdef-20261127T090000Z`.
    async fn file_name(&self) -> String {
        format!(
            "callab-{}-{}",
            self.0.account_sid(),
            self.0.made_at.format("%Y%m%dT%H%M%SZ")
        )
    }

    /// When it was made.
    async fn made_at(&self) -> DateTime<Utc> {
        self.0.made_at
    }
}

/// The id of what a diagnosis is asked about, out of two arguments of which exactly one is given.
pub fn one_of<'a>(number: Option<&'a ID>, account: Option<&'a ID>) -> Result<Subject<'a>, ApiError> {
    match (number, account) {
        (Some(number), None) => Ok(Subject::Number(number)),
        (None, Some(account)) => Ok(Subject::Account(account)),
        _ => Err(ApiError::BadInput(
            "Give either `phoneNumberId` or `accountId`, and not both.".to_owned(),
        )),
    }
}

/// What a diagnosis is asked about, as it was named.
pub enum Subject<'a> {
    /// A number, by its global id.
    Number(&'a ID),
    /// An account, by its global id.
    Account(&'a ID),
}

impl Subject<'_> {
    /// What it names; none if the id is malformed or of another type.
    pub fn about(&self) -> Option<rules::About> {
        match self {
            Self::Number(id) => crate::graphql::id::parse(id).map(rules::About::Number),
            Self::Account(id) => crate::graphql::id::parse(id).map(rules::About::Account),
        }
    }
}
