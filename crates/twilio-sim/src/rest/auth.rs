//! Who asks, and may they.

use axum::http::{HeaderMap, Method, header};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{RestRequest, rights};
use crate::accounts::{AccountStatus, DeniedForm, SimAccount, SimKey, SuspendedForm};
use crate::errors::Refusal;
use crate::sim::Sim;
use crate::state::State;

/// Basic authentication as it was sent. Prints nothing of the password.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, encoded) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some(Self {
            user: user.to_owned(),
            password: password.to_owned(),
        })
    }
}

/// Someone whose credentials are right.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The account the credentials belong to.
    pub(super) account_sid: String,
    means: Means,
    /// Whether they are test credentials.
    pub(super) is_test: bool,
}

/// What they signed in with.
#[derive(Debug, Clone)]
enum Means {
    AuthToken,
    Key(SimKey),
}

/// Lets a request in: the caller and the account its path names (else the caller's own).
pub(super) fn admit(sim: &Sim, request: &RestRequest) -> Result<(Caller, SimAccount), Refusal> {
    let state = sim.state();
    let credentials = request.credentials.as_ref().ok_or_else(Refusal::unauthorized)?;
    let caller = recognise(&state, credentials).ok_or_else(Refusal::unauthorized)?;
    let own = state.account(&caller.account_sid).ok_or_else(Refusal::unauthorized)?;
    if own.region != request.target.region {
        return Err(Refusal::unauthorized());
    }
    let wanted = request.target.account_sid().unwrap_or(&caller.account_sid);
    let account = reachable(&state, &caller, wanted)?;
    if caller.is_test && !is_call_creation(request) {
        return Err(Refusal::test_credentials());
    }
    if let Means::Key(key) = &caller.means
        && !key.may(rights::needed(request))
    {
        return Err(match key.denied_form {
            DeniedForm::Unauthorized => Refusal::unauthorized(),
            DeniedForm::Forbidden => Refusal::new(403, 20403, "Forbidden: the key lacks the permission"),
        });
    }
    let form = request.as_suspended.or_else(|| inactive_form(own, account));
    match form {
        Some(SuspendedForm::Unauthorized) => Err(Refusal::unauthorized()),
        Some(SuspendedForm::Forbidden) => Err(forbidden()),
        Some(SuspendedForm::NotActive) => Err(Refusal::not_active()),
        Some(SuspendedForm::StatusOnly) if request.method != Method::GET => Err(forbidden()),
        Some(SuspendedForm::StatusOnly) | None => Ok((caller, account.clone())),
    }
}

/// How to answer when one of the two accounts is not active: a parent whose own account is fine still sees its subaccount.
fn inactive_form(own: &SimAccount, wanted: &SimAccount) -> Option<SuspendedForm> {
    if own.status != AccountStatus::Active {
        return Some(own.suspended_form);
    }
    (wanted.status != AccountStatus::Active).then_some(SuspendedForm::StatusOnly)
}

fn recognise(state: &State, credentials: &Credentials) -> Option<Caller> {
    let by_token = state.account(&credentials.user).filter(|account| {
        account.auth_token == credentials.password || account.secondary_token.as_ref() == Some(&credentials.password)
    });
    if let Some(account) = by_token {
        return Some(Caller {
            account_sid: account.sid.clone(),
            means: Means::AuthToken,
            is_test: account.test_credentials,
        });
    }
    state.accounts.iter().find_map(|account| {
        let fits = |sid: &str, secret: &str| sid == credentials.user && secret == credentials.password;
        let key = account.keys.iter().find(|key| fits(&key.sid, &key.secret))?;
        Some(Caller {
            account_sid: account.sid.clone(),
            means: Means::Key(key.clone()),
            is_test: account.test_credentials,
        })
    })
}

/// A token reaches its own account and, for a parent, its subaccounts; a key only its own account.
fn reachable<'a>(state: &'a State, caller: &Caller, wanted: &str) -> Result<&'a SimAccount, Refusal> {
    let account = state.account(wanted).ok_or_else(Refusal::unauthorized)?;
    let is_own = account.sid == caller.account_sid;
    let is_parent = account.owner_account_sid == caller.account_sid && matches!(caller.means, Means::AuthToken);
    if is_own || is_parent {
        Ok(account)
    } else {
        Err(Refusal::unauthorized())
    }
}

fn is_call_creation(request: &RestRequest) -> bool {
    request.method == Method::POST && matches!(request.target.segments().as_slice(), [_, _, _, "Calls.json"])
}

fn forbidden() -> Refusal {
    Refusal::new(403, 20403, "Forbidden: account suspended or closed")
}
