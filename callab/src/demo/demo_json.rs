//! `demo.json`: what a client, the console or a test needs to use a running demo.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use anyhow::Context;
use domain::Role;
use secrecy::ExposeSecret;
use serde::Serialize;

use super::Demo;
use super::seed::Seeded;
use super::world::Workspace;

/// Its name in the data directory.
pub(super) const NAME: &str = "demo.json";

#[derive(Serialize)]
struct DemoJson<'a> {
    graphql_url: String,
    ws_url: String,
    public_url: &'a str,
    twilio_url: &'a str,
    pid: u32,
    tokens: Tokens,
    accounts: Vec<Account<'a>>,
}

#[derive(Serialize)]
struct Tokens {
    owner_a: String,
    member_a: String,
    viewer_a: String,
    owner_b: String,
    staff_viewer: String,
    support: String,
    lead: String,
}

#[derive(Serialize)]
struct Account<'a> {
    /// Its id in the API; null as long as nobody connected it.
    id: Option<&'a str>,
    workspace: &'static str,
    sid: &'a str,
    /// The token that the simulated Twilio accepts.
    auth_token: String,
}

impl Demo {
    /// Writes `demo.json` with mode 0600 and answers where it is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_json(&self, seeded: &Seeded) -> anyhow::Result<PathBuf> {
        let token = |role, workspace| {
            self.token(role, workspace)
                .map(|token| token.expose_secret().to_owned())
        };
        let (a, b) = (Some(Workspace::Nordwind), Some(Workspace::BlueHarbor));
        let json = DemoJson {
            graphql_url: self.addresses.graphql(),
            ws_url: self.addresses.websocket(),
            public_url: &self.addresses.public,
            twilio_url: &self.addresses.twilio,
            pid: std::process::id(),
            tokens: Tokens {
                owner_a: token(Role::Owner, a)?,
                member_a: token(Role::Member, a)?,
                viewer_a: token(Role::Viewer, a)?,
                owner_b: token(Role::Owner, b)?,
                staff_viewer: token(Role::StaffViewer, None)?,
                support: token(Role::Support, None)?,
                lead: token(Role::Lead, None)?,
            },
            accounts: self.world.all().map(|account| self.account(account, seeded)).collect(),
        };
        let path = self.data_dir().join(NAME);
        let text = serde_json::to_string_pretty(&json)?;
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("could not write {}", path.display()))?;
        Ok(path)
    }

    fn account<'a>(&self, account: &'a super::world::WorldAccount, seeded: &'a Seeded) -> Account<'a> {
        Account {
            id: seeded.account_id(&account.sid),
            workspace: account.workspace.external_id(),
            sid: &account.sid,
            auth_token: self
                .sim
                .account(&account.sid)
                .map(|live| live.auth_token)
                .unwrap_or_default(),
        }
    }
}
