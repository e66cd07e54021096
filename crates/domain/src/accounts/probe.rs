//! Asks Twilio about an account before anything is stored.

use ::entity::Amount;
use ::entity::twilio_account::{AccountKind, TwilioStatus};
use twilio::{Account, Balance, Credentials, Region, TwilioError};

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

/// Reads the account, and its balance where it has one. A balance that cannot be had is no reason to doubt the account.
pub(crate) async fn read(services: &Services, who: &Credentials) -> Result<Probed, TwilioError> {
    let account = services.twilio.fetch_account(who).await?;
    let balance = match services.twilio.fetch_balance(who).await {
        Ok(balance) => Some(balance),
        Err(TwilioError::Unauthorized { sid, code }) => return Err(TwilioError::Unauthorized { sid, code }),
        Err(_) => None,
    };
    Ok(probed(&account, balance))
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
        TwilioStatus::Active | TwilioStatus::Unknown(_) => Ok(probed),
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
        if services.twilio.fetch_account(&there).await.is_ok() {
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
    let message = "Twilio rejects this account SID and Auth Token together. Copy both again; a regenerated token makes the old one useless.";
    Refusal::new(RefusalCode::CredentialsRejected, message)
        .on("authToken")
        .with_twilio_code(code)
}
