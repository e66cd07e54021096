//! The accounts that the simulated Twilio has in a demo. Phone numbers are of the ranges that are kept free for fiction:
//! +1 xxx 555 01xx, and +49 30 23125 xxx in Berlin.

use std::time::Duration;

use twilio_sim::{AccountKind, AccountSpec, Capabilities, NumberSpec, Phone, Sim};

/// The customers of Callab in the demo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workspace {
    /// Workspace a, a travel agency.
    Nordwind,
    /// Workspace b, dentists.
    BlueHarbor,
    /// The one the story is played in.
    Story,
}

impl Workspace {
    /// The web app's id.
    #[must_use]
    pub fn external_id(self) -> &'static str {
        match self {
            Self::Nordwind => "nordwind-reisen",
            Self::BlueHarbor => "blue-harbor-dental",
            Self::Story => "harrison-legal",
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nordwind => "Nordwind Reisen",
            Self::BlueHarbor => "Blue Harbor Dental",
            Self::Story => "Harrison Legal",
        }
    }
}

/// An account at the simulated Twilio.
#[derive(Clone, Debug)]
pub struct WorldAccount {
    /// Its SID.
    pub sid: String,
    /// Its token when the world was made.
    pub auth_token: String,
    /// Its name.
    pub name: &'static str,
    /// Who owns it.
    pub workspace: Workspace,
}

/// All accounts.
#[derive(Clone, Debug)]
pub struct World {
    /// Several numbers in all situations: free, answered elsewhere, on a trunk, toll-free, messages only.
    pub healthy: WorldAccount,
    /// Its owner changes the token at Twilio after connecting it.
    pub rotated: WorldAccount,
    /// Numbers for messages and faxes alone.
    pub without_voice: WorldAccount,
    /// Another healthy one, of workspace b.
    pub dental: WorldAccount,
    /// Twilio suspends it after it was connected.
    pub suspended: WorldAccount,
    /// On trial.
    pub trial: WorldAccount,
    /// Of workspace a, paused in Callab.
    pub paused: WorldAccount,
    /// Of workspace a; its first check has not finished.
    pub unverified: WorldAccount,
    /// Of workspace b; nobody has checked it lately.
    pub unchecked: WorldAccount,
    /// Of workspace a, not connected: to be tried.
    pub spare_a: WorldAccount,
    /// Of workspace b, not connected: to be tried.
    pub spare_b: WorldAccount,
    /// The story's own.
    pub story: WorldAccount,
}

/// The phone that test calls may go to: each account has verified it.
pub const VERIFIED_PHONE: &str = "+14155550111";

/// Somebody who calls.
pub const CALLER: &str = "+14155550199";

impl World {
    /// Makes the accounts with their numbers.
    #[must_use]
    pub fn make(sim: &Sim) -> Self {
        use Workspace::{BlueHarbor, Nordwind, Story};
        for phone in [VERIFIED_PHONE, CALLER] {
            sim.phone(
                phone,
                Phone::Answers {
                    after: Duration::from_millis(100),
                    talks: Duration::from_secs(30),
                },
            );
        }
        let full = AccountSpec::default;
        let account = |workspace, name, spec, numbers| open(sim, workspace, name, spec, numbers);
        Self {
            healthy: account(Nordwind, "Nordwind Reisen", full(), healthy()),
            rotated: account(
                Nordwind,
                "Nordwind Travel USA",
                full(),
                vec![local("+12125550142"), local("+12125550143")],
            ),
            without_voice: account(Nordwind, "Nordwind Newsletter", full(), without_voice()),
            dental: account(BlueHarbor, "Blue Harbor Dental", full(), dental()),
            suspended: account(
                BlueHarbor,
                "Blue Harbor Orthodontics",
                full(),
                vec![local("+16175550161")],
            ),
            trial: account(
                BlueHarbor,
                "Blue Harbor Whitening",
                trial(),
                vec![local("+16175550162")],
            ),
            paused: account(Nordwind, "Nordwind Winter", full(), vec![local("+493023125031")]),
            unverified: account(Nordwind, "Nordwind Leipzig", full(), vec![local("+493023125032")]),
            unchecked: account(BlueHarbor, "Blue Harbor Archive", full(), vec![local("+16175550164")]),
            spare_a: account(
                Nordwind,
                "Nordwind Hamburg",
                full(),
                vec![local("+493023125041"), local("+493023125042")],
            ),
            spare_b: account(BlueHarbor, "Blue Harbor Kids", full(), vec![local("+16175550163")]),
            story: account(Story, "Harrison Legal", full(), story()),
        }
    }

    /// Each account.
    pub fn all(&self) -> impl Iterator<Item = &WorldAccount> {
        [
            &self.healthy,
            &self.rotated,
            &self.without_voice,
            &self.dental,
            &self.suspended,
            &self.trial,
            &self.paused,
            &self.unverified,
            &self.unchecked,
            &self.spare_a,
            &self.spare_b,
            &self.story,
        ]
        .into_iter()
    }
}

fn open(
    sim: &Sim,
    workspace: Workspace,
    name: &'static str,
    spec: AccountSpec,
    numbers: Vec<NumberSpec>,
) -> WorldAccount {
    let account = sim.add_account(AccountSpec {
        friendly_name: name.to_owned(),
        verified_caller_ids: vec![VERIFIED_PHONE.to_owned()],
        ..spec
    });
    for number in numbers {
        sim.add_number(&account.sid, number);
    }
    WorldAccount {
        sid: account.sid,
        auth_token: account.auth_token,
        name,
        workspace,
    }
}

fn local(phone_number: &str) -> NumberSpec {
    NumberSpec {
        phone_number: phone_number.to_owned(),
        ..NumberSpec::default()
    }
}

/// A number that another service answers.
fn answered_elsewhere(phone_number: &str) -> NumberSpec {
    NumberSpec {
        voice_url: "https://ivr.example.com/voice".to_owned(),
        voice_fallback_url: "https://ivr.example.com/fallback".to_owned(),
        status_callback: "https://ivr.example.com/status".to_owned(),
        sms_url: "https://ivr.example.com/sms".to_owned(),
        ..local(phone_number)
    }
}

fn messages_only(phone_number: &str) -> NumberSpec {
    let capabilities = Capabilities {
        voice: false,
        sms: true,
        mms: true,
        fax: false,
    };
    NumberSpec {
        capabilities,
        ..local(phone_number)
    }
}

fn fax(phone_number: &str) -> NumberSpec {
    NumberSpec {
        voice_receive_mode: "fax".to_owned(),
        ..local(phone_number)
    }
}

fn healthy() -> Vec<NumberSpec> {
    let trunk_sid = "TK0123456789abcdef0123456789abcdef".to_owned();
    vec![
        local("+493023125001"),
        local("+493023125002"),
        answered_elsewhere("+493023125003"),
        NumberSpec {
            trunk_sid,
            ..local("+493023125004")
        },
        NumberSpec {
            number_type: "toll-free".to_owned(),
            ..local("+18005550199")
        },
        messages_only("+12025550130"),
    ]
}

fn without_voice() -> Vec<NumberSpec> {
    vec![messages_only("+12025550131"), fax("+12025550132")]
}

fn dental() -> Vec<NumberSpec> {
    vec![
        local("+16175550151"),
        answered_elsewhere("+16175550152"),
        local("+16175550153"),
    ]
}

fn trial() -> AccountSpec {
    AccountSpec {
        kind: AccountKind::Trial,
        balance: "14.35".to_owned(),
        concurrent_calls: Some(5),
        ..AccountSpec::default()
    }
}

fn story() -> Vec<NumberSpec> {
    vec![
        answered_elsewhere("+12025550171"),
        local("+12025550172"),
        messages_only("+12025550173"),
        fax("+12025550174"),
    ]
}
