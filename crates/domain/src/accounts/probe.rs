//! Asks Twilio about an account before anything is stored.

use ::entity::Amount;
use ::entity::twilio_account::{AccountKind, TwilioStatus};
use twilio::{Account, Balance, Credentials, Region, Secret, TwilioError};

use super::facts;
use crate::{Refusal, RefusalCode, Services, twilio_refusal};

/// What Twilio said of an account.
#[derive(Clone, Debug)]
pub(crate) struct Probed {
    pub status: TwilioStatus,
    pub kind: AccountKind,
    pub owner_sid: Option<String>,
    pub friendly_name: Option<String>,
    /// None for a subaccount, whose balance is its parent's.
    pub balance: Option<Balance>,
}

impl Probed {
    pub(crate) fn amount(&self) -> Option<Amount> {
        self.balance.as_ref().map(|balance| Amount(balance.amount))
    }

    pub(crate) fn currency(&self) -> Option<String> {
        self.balance.as_ref().map(|balance| balance.currency.clone())
    }
}

/// A number that nobody owns: one of Twilio's for tests. Asking for it alone tries the right to list numbers with a short answer.
/// Source: <https://www.twilio.com/docs/iam/test-credentials>
const NOBODYS: &str = "+15005550006";

/// Reads the account, and its balance where it has one. A balance that cannot be had is no reason to doubt the account.
///
/// An API key is tried by the list of numbers, which it needs: standard keys may not read the account, whose status is not known
/// then.
pub(crate) async fn read(services: &Services, who: &Credentials) -> Result<Probed, TwilioError> {
    if matches!(who.secret, Secret::ApiKey { .. }) {
        return read_with_key(services, who).await;
    }
    let account = services.twilio.fetch_account(who).await?;
    let balance = match services.twilio.fetch_balance(who).await {
        Ok(balance) => Some(balance),
        Err(TwilioError::Unauthorized { sid, code }) => return Err(TwilioError::Unauthorized { sid, code }),
        Err(_) => None,
    };
    Ok(probed(&account, balance))
}

async fn read_with_key(services: &Services, who: &Credentials) -> Result<Probed, TwilioError> {
    services.twilio.find_numbers(who, NOBODYS).await?;
    let balance = services.twilio.fetch_balance(who).await.ok();
    match services.twilio.fetch_account(who).await {
        Ok(account) => Ok(probed(&account, balance)),
        // The numbers were listed, so it is the key that is refused, in whatever form, and not the account.
        Err(
            TwilioError::Unauthorized { .. } | TwilioError::Forbidden { .. } | TwilioError::AccountNotActive { .. },
        ) => Ok(Probed {
            status: TwilioStatus::Undetermined,
            kind: AccountKind::Undetermined,
            owner_sid: None,
            friendly_name: None,
            balance,
        }),
        Err(error) => Err(error),
    }
}

/// Reads what Twilio says of the account itself.
pub(super) async fn account(services: &Services, who: &Credentials) -> Result<TwilioStatus, TwilioError> {
    Ok(facts::status(&services.twilio.fetch_account(who).await?))
}

fn probed(account: &Account, balance: Option<Balance>) -> Probed {
    Probed {
        status: facts::status(account),
        kind: facts::account_kind(account),
        owner_sid: account.owner_account_sid.as_ref().map(ToString::to_string),
        friendly_name: account.friendly_name.clone(),
        balance,
    }
}

/// Reads an account that a person wants to use now.
///
/// # Errors
/// A refusal that tells apart what Twilio lets one tell apart: rejected, other region, suspended, closed, test credentials,
/// and a silence, from which nothing is concluded.
pub(crate) async fn usable(services: &Services, who: &Credentials) -> Result<Probed, Refusal> {
    let probed = match read(services, who).await {
        Ok(probed) => probed,
        Err(TwilioError::Unauthorized { code, .. }) => return Err(rejected(services, who, code).await),
        Err(error @ TwilioError::NotFound { .. }) => {
            let message = "Twilio knows no such account. Copy the account SID again.";
            let refusal = Refusal::new(RefusalCode::CredentialsRejected, message).on("accountSid");
            return Err(refusal.with_twilio_code(error.code()));
        }
        Err(silence) if silence.is_silence() => return Err(twilio_refusal::refusal(&silence)),
        Err(error) => return Err(twilio_refusal::refusal(&error).on("accountSid")),
    };
    match probed.status {
        TwilioStatus::Suspended => {
            let message = "Twilio has suspended the account. Only Twilio or the account's owner can lift that.";
            Err(Refusal::new(RefusalCode::AccountSuspended, message).on("accountSid"))
        }
        TwilioStatus::Closed => {
            let message = "The account is closed for good. Connect another.";
            Err(Refusal::new(RefusalCode::AccountClosed, message).on("accountSid"))
        }
        TwilioStatus::Active | TwilioStatus::Undetermined | TwilioStatus::Unknown(_) => Ok(probed),
    }
}

/// The other region where the credentials are valid. Credentials are per region, and Twilio rejects those of another with the same
/// words as wrong ones: so the others are asked.
pub(super) async fn other_region(services: &Services, who: &Credentials) -> Option<Region> {
    for region in [Region::Us1, Region::Ie1, Region::Au1] {
        if region == who.region {
            continue;
        }
        let there = Credentials { region, ..who.clone() };
        if read(services, &there).await.is_ok() {
            return Some(region);
        }
    }
    None
}

async fn rejected(services: &Services, who: &Credentials, code: Option<i32>) -> Refusal {
    if let Some(region) = other_region(services, who).await {
        let message = format!("These credentials belong to Twilio's region {region}. Connect with that region.");
        return Refusal::new(RefusalCode::WrongRegion, message)
            .on("region")
            .with_twilio_code(code);
    }
    let (message, field) = match who.secret {
        Secret::AuthToken(_) => (
            "Twilio rejects this account SID and Auth Token together. Copy both again; a regenerated token makes the old one useless.",
            "authToken",
        ),
        Secret::ApiKey { .. } => (
            "Twilio rejects this API key for the account, or the key may not read the account's numbers. Copy its SID and secret again; \
             a secret is shown once, so make another key if it is lost.",
            "apiKeySid",
        ),
    };
    Refusal::new(RefusalCode::CredentialsRejected, message)
        .on(field)
        .with_twilio_code(code)
}
