//! Phone numbers: what they are, and how they are bought, changed, moved and released without the API.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::accounts::SimApplication;
use crate::e164;
use crate::sim::Sim;
use crate::state::State;

/// What a number can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Calls.
    pub voice: bool,
    /// Text messages.
    pub sms: bool,
    /// Picture messages.
    pub mms: bool,
    /// Fax.
    pub fax: bool,
}

/// What to make a number of. The default is a local voice and SMS number that routes nowhere; the phone number must be given.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct NumberSpec {
    /// E.164.
    pub phone_number: String,
    /// Its name; when empty the number as it is written nationally.
    pub friendly_name: String,
    /// What it can do.
    pub capabilities: Capabilities,
    /// `local`, `mobile` or `toll-free`.
    pub number_type: String,
    /// `voice` or `fax`.
    pub voice_receive_mode: String,
    /// `in-use` in all of Twilio's examples.
    pub status: String,
    /// Where its calls go.
    pub voice_url: String,
    /// `GET` or `POST`.
    pub voice_method: String,
    /// Where they go when that fails.
    pub voice_fallback_url: String,
    /// `GET` or `POST`.
    pub voice_fallback_method: String,
    /// Told when a call has ended.
    pub status_callback: String,
    /// `GET` or `POST`.
    pub status_callback_method: String,
    /// The `TwiML` application that takes its calls instead; made known to the account.
    pub voice_application_sid: String,
    /// The SIP trunk that takes its calls instead.
    pub trunk_sid: String,
    /// Where its messages go.
    pub sms_url: String,
    /// The region that answers its calls; when empty that of its account.
    pub voice_region: String,
}

impl Default for NumberSpec {
    fn default() -> Self {
        let post = || "POST".to_owned();
        Self {
            phone_number: String::new(),
            friendly_name: String::new(),
            capabilities: Capabilities {
                voice: true,
                sms: true,
                mms: false,
                fax: false,
            },
            number_type: "local".to_owned(),
            voice_receive_mode: "voice".to_owned(),
            status: "in-use".to_owned(),
            voice_url: String::new(),
            voice_method: post(),
            voice_fallback_url: String::new(),
            voice_fallback_method: post(),
            status_callback: String::new(),
            status_callback_method: post(),
            voice_application_sid: String::new(),
            trunk_sid: String::new(),
            sms_url: String::new(),
            voice_region: String::new(),
        }
    }
}

/// A number as it stands. Fields are named as in Twilio's JSON; an empty text means not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimNumber {
    /// `PN` and 32 hex digits.
    pub sid: String,
    /// The account that has it.
    pub account_sid: String,
    /// E.164.
    pub phone_number: String,
    /// Its name.
    pub friendly_name: String,
    /// What it can do.
    pub capabilities: Capabilities,
    /// `local`, `mobile` or `toll-free`; shown as `type`.
    pub number_type: String,
    /// `voice` or `fax`.
    pub voice_receive_mode: String,
    /// `in-use`.
    pub status: String,
    /// Where its calls go.
    pub voice_url: String,
    /// `GET` or `POST`.
    pub voice_method: String,
    /// Where they go when that fails.
    pub voice_fallback_url: String,
    /// `GET` or `POST`.
    pub voice_fallback_method: String,
    /// Told when a call has ended.
    pub status_callback: String,
    /// `GET` or `POST`.
    pub status_callback_method: String,
    /// The `TwiML` application that takes its calls instead.
    pub voice_application_sid: String,
    /// The SIP trunk that takes its calls instead.
    pub trunk_sid: String,
    /// Whether the caller's name is looked up.
    pub voice_caller_id_lookup: bool,
    /// Where its messages go.
    pub sms_url: String,
    /// `GET` or `POST`.
    pub sms_method: String,
    /// Where they go when that fails.
    pub sms_fallback_url: String,
    /// `GET` or `POST`.
    pub sms_fallback_method: String,
    /// The application that takes its messages instead.
    pub sms_application_sid: String,
    /// The region that answers its calls (`us1`, `ie1`, `au1`); in another than its account's, its routing here is not asked.
    pub voice_region: String,
    /// When it was bought.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl SimNumber {
    fn new(account_sid: &str, spec: NumberSpec, state: &mut State, now: DateTime<Utc>) -> Self {
        let friendly_name = if spec.friendly_name.is_empty() {
            e164::formatted(&spec.phone_number)
        } else {
            spec.friendly_name
        };
        let region = state.account(account_sid).map(|account| account.region.clone());
        let voice_region = Some(spec.voice_region).filter(|region| !region.is_empty());
        Self {
            sid: state.sids.next("PN"),
            account_sid: account_sid.to_owned(),
            friendly_name,
            phone_number: spec.phone_number,
            capabilities: spec.capabilities,
            number_type: spec.number_type,
            voice_receive_mode: spec.voice_receive_mode,
            status: spec.status,
            voice_url: spec.voice_url,
            voice_method: spec.voice_method,
            voice_fallback_url: spec.voice_fallback_url,
            voice_fallback_method: spec.voice_fallback_method,
            status_callback: spec.status_callback,
            status_callback_method: spec.status_callback_method,
            voice_application_sid: spec.voice_application_sid,
            trunk_sid: spec.trunk_sid,
            voice_caller_id_lookup: false,
            sms_url: spec.sms_url,
            sms_method: "POST".to_owned(),
            sms_fallback_url: String::new(),
            sms_fallback_method: "POST".to_owned(),
            sms_application_sid: String::new(),
            voice_region: voice_region.or(region).unwrap_or_default(),
            created_at: now,
            updated_at: now,
        }
    }
}

impl Sim {
    /// Gives the account a number and tells its SID (`PN...`).
    pub fn add_number(&self, account_sid: &str, spec: NumberSpec) -> String {
        let now = self.now();
        let mut state = self.state();
        if !spec.voice_application_sid.is_empty() {
            state.learn_application(account_sid, &spec.voice_application_sid);
        }
        let number = SimNumber::new(account_sid, spec, &mut state, now);
        let sid = number.sid.clone();
        state.numbers.push(number);
        sid
    }

    /// Gives the account `count` numbers, counting up from `first` (E.164), otherwise as `spec` says. Tells their SIDs.
    pub fn add_numbers(&self, account_sid: &str, first: &str, count: usize, spec: &NumberSpec) -> Vec<String> {
        let start: u64 = first.trim_start_matches('+').parse().unwrap_or_default();
        let numbers = (start..).take(count).map(|digits| format!("+{digits}"));
        numbers
            .map(|phone_number| {
                self.add_number(
                    account_sid,
                    NumberSpec {
                        phone_number,
                        ..spec.clone()
                    },
                )
            })
            .collect()
    }

    /// The number as it stands now.
    #[must_use]
    pub fn number(&self, pn_sid: &str) -> Option<SimNumber> {
        self.state().number(pn_sid).cloned()
    }

    /// The account's numbers, oldest first.
    #[must_use]
    pub fn numbers(&self, account_sid: &str) -> Vec<SimNumber> {
        self.state()
            .numbers
            .iter()
            .filter(|number| number.account_sid == account_sid)
            .cloned()
            .collect()
    }

    /// Changes a number as its owner would in Twilio's Console, without any checks. Gives whether it exists.
    pub fn change_number(&self, pn_sid: &str, change: impl FnOnce(&mut SimNumber)) -> bool {
        let now = self.now();
        let mut state = self.state();
        let Some(number) = state.numbers.iter_mut().find(|number| number.sid == pn_sid) else {
            return false;
        };
        change(number);
        number.updated_at = now;
        true
    }

    /// Moves a number to another account; it keeps its SID and its routing.
    pub fn move_number(&self, pn_sid: &str, to_account_sid: &str) -> bool {
        self.change_number(pn_sid, |number| to_account_sid.clone_into(&mut number.account_sid))
    }

    /// Releases a number: it is gone. Gives whether it existed.
    pub fn release_number(&self, pn_sid: &str) -> bool {
        let mut state = self.state();
        let before = state.numbers.len();
        state.numbers.retain(|number| number.sid != pn_sid);
        state.numbers.len() < before
    }
}

impl State {
    fn learn_application(&mut self, account_sid: &str, application_sid: &str) {
        let Some(account) = self.account_mut(account_sid) else {
            return;
        };
        if !account.applications.iter().any(|known| known.sid == application_sid) {
            account.applications.push(SimApplication {
                sid: application_sid.to_owned(),
                voice_url: String::new(),
            });
        }
    }
}
