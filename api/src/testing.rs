//! What the tests of this crate share: a database of their own, a Twilio that is never asked, and rows to look at.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::entity::evidence::{Reasons, Rights};
use ::entity::phone_number::{AtTwilio, NumberKind, NumberSource, NumberState, RoutingState};
use ::entity::twilio_account::{AccountKind, AccountState, CredentialState, Health, RotationPolicy, TwilioStatus};
use ::entity::{
    AccountId, AgentId, AssignmentId, E164, NumberId, Routing, WorkspaceId, agent, agent_assignment, phone_number,
    twilio_account,
};
use async_trait::async_trait;
use chrono::{DateTime, TimeZone, Utc};
use domain::events::Events;
use domain::jobs::{Nudge, PushError, Queue};
use domain::net::{Outbound, Reachable};
use domain::secrets::TokenCache;
use domain::{Limits, Services, SystemIds, TestClock};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ActiveModelTrait, ConnectOptions, Database, IntoActiveModel};
use secrecy::ExposeSecret;
use tempfile::TempDir;
use twilio::{
    Account, AccountSid, Alert, AlertFilter, AlertSid, AuthToken, Balance, Call, CallFilter, CallLog, CallNotification,
    CallPage, CallSid, CallSummary, CallerId, Credentials, DialingPermissions, EndCall, InsightsSettings, NewCall,
    NewUsageTrigger, NextCallPage, Number, NumberPrices, NumberSid, NumberUpdate, Twilio, TwilioError, UsageQuery,
    UsageRecord, UsageTrigger, UsageTriggerSid, VoiceCountryPrices, VoicePrice, VoiceRegion,
};
use vault::{MasterKeys, Vault};

use crate::auth::{Claims, Hs256};

/// A Twilio that answers nothing that can be read.
#[derive(Debug)]
struct SilentTwilio;

fn silence<T>() -> Result<T, TwilioError> {
    Err(TwilioError::Unexplained {
        endpoint: "SilentTwilio",
        status: 500,
    })
}

#[async_trait]
impl Twilio for SilentTwilio {
    async fn fetch_account(&self, _: &Credentials) -> Result<Account, TwilioError> {
        silence()
    }
    async fn fetch_subaccount(&self, _: &Credentials, _: &AccountSid) -> Result<Account, TwilioError> {
        silence()
    }
    async fn fetch_balance(&self, _: &Credentials) -> Result<Balance, TwilioError> {
        silence()
    }
    async fn list_numbers(&self, _: &Credentials, _: u16) -> Result<Vec<Number>, TwilioError> {
        silence()
    }
    async fn find_numbers(&self, _: &Credentials, _: &str) -> Result<Vec<Number>, TwilioError> {
        silence()
    }
    async fn fetch_number(&self, _: &Credentials, _: &NumberSid) -> Result<Number, TwilioError> {
        silence()
    }
    async fn update_number(&self, _: &Credentials, _: &NumberSid, _: &NumberUpdate) -> Result<Number, TwilioError> {
        silence()
    }
    async fn list_outgoing_caller_ids(&self, _: &Credentials) -> Result<Vec<CallerId>, TwilioError> {
        silence()
    }
    async fn create_call(&self, _: &Credentials, _: &NewCall) -> Result<Call, TwilioError> {
        silence()
    }
    async fn fetch_call(&self, _: &Credentials, _: &CallSid) -> Result<Call, TwilioError> {
        silence()
    }
    async fn end_call(&self, _: &Credentials, _: &CallSid, _: EndCall) -> Result<Call, TwilioError> {
        silence()
    }
    async fn list_calls(&self, _: &Credentials, _: &CallFilter) -> Result<Vec<Call>, TwilioError> {
        silence()
    }
    async fn fetch_call_page(
        &self,
        _: &Credentials,
        _: CallLog,
        _: Option<&NextCallPage>,
    ) -> Result<CallPage, TwilioError> {
        silence()
    }
    async fn create_secondary_token(&self, _: &Credentials) -> Result<AuthToken, TwilioError> {
        silence()
    }
    async fn promote_secondary_token(&self, _: &Credentials) -> Result<AuthToken, TwilioError> {
        silence()
    }
    async fn delete_secondary_token(&self, _: &Credentials) -> Result<(), TwilioError> {
        silence()
    }
    async fn list_usage(&self, _: &Credentials, _: &UsageQuery) -> Result<Vec<UsageRecord>, TwilioError> {
        silence()
    }
    async fn create_usage_trigger(&self, _: &Credentials, _: &NewUsageTrigger) -> Result<UsageTrigger, TwilioError> {
        silence()
    }
    async fn list_usage_triggers(&self, _: &Credentials) -> Result<Vec<UsageTrigger>, TwilioError> {
        silence()
    }
    async fn delete_usage_trigger(&self, _: &Credentials, _: &UsageTriggerSid) -> Result<(), TwilioError> {
        silence()
    }
    async fn list_alerts(&self, _: &Credentials, _: &AlertFilter) -> Result<Vec<Alert>, TwilioError> {
        silence()
    }
    async fn fetch_alert(&self, _: &Credentials, _: &AlertSid) -> Result<Alert, TwilioError> {
        silence()
    }
    async fn list_call_notifications(
        &self,
        _: &Credentials,
        _: &CallSid,
    ) -> Result<Vec<CallNotification>, TwilioError> {
        silence()
    }
    async fn fetch_voice_price(&self, _: &Credentials, _: &str, _: Option<&str>) -> Result<VoicePrice, TwilioError> {
        silence()
    }
    async fn fetch_voice_country_prices(&self, _: &Credentials, _: &str) -> Result<VoiceCountryPrices, TwilioError> {
        silence()
    }
    async fn fetch_number_prices(&self, _: &Credentials, _: &str) -> Result<NumberPrices, TwilioError> {
        silence()
    }
    async fn fetch_dialing_permissions(&self, _: &Credentials, _: &str) -> Result<DialingPermissions, TwilioError> {
        silence()
    }
    async fn fetch_insights_settings(&self, _: &Credentials) -> Result<InsightsSettings, TwilioError> {
        silence()
    }
    async fn fetch_call_summary(&self, _: &Credentials, _: &CallSid) -> Result<CallSummary, TwilioError> {
        silence()
    }
    async fn fetch_voice_region(&self, _: &Credentials, _: &str) -> Result<Option<VoiceRegion>, TwilioError> {
        silence()
    }
}

/// Wakes nobody.
#[derive(Debug)]
struct NoWorkers;

#[async_trait]
impl Queue for NoWorkers {
    async fn push(&self, _: &[Nudge]) -> Result<(), PushError> {
        Ok(())
    }
}

/// The time at which every test begins.
pub(crate) fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 9, 0, 0).unwrap()
}

/// Services over a migrated SQLite database, which is gone with the directory.
pub(crate) async fn services() -> (Services, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.sqlite");
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=rwc", path.display()));
    options.sqlx_logging(false).max_connections(2);
    let db = Database::connect(options).await.unwrap();
    Migrator::up(&db, None).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let services = Services {
        db: domain::Database::new(db),
        twilio: Arc::new(SilentTwilio),
        status_page: None,
        vault: Arc::new(Vault::new(MasterKeys::generate())),
        tokens: Arc::new(TokenCache::default()),
        prices: Arc::default(),
        queue: Arc::new(NoWorkers),
        events: Events::default(),
        clock: Arc::new(TestClock::at(start())),
        ids: Arc::new(SystemIds),
        public_url: None,
        outbound: Outbound::new(Reachable::Public).unwrap(),
        mailer: None,
        limits: Limits::default(),
        fence: None,
        on_behalf: domain::OnBehalf::default(),
    };
    (services, directory)
}

/// A connected account of a workspace.
pub(crate) async fn account(services: &Services, workspace: WorkspaceId, n: u32) -> twilio_account::Model {
    let at = services.clock.now();
    let row = twilio_account::Model {
        id: AccountId(services.ids.new_id()),
        workspace_id: workspace,
        sid: format!("AC{n:032x}"),
        region: "us1".into(),
        label: format!("Account {n}"),
        state: AccountState::Connected,
        twilio_status: TwilioStatus::Active,
        kind: AccountKind::Full,
        owner_sid: None,
        friendly_name: None,
        credential_state: CredentialState::Accepted,
        health: Health::Healthy,
        health_since: at,
        health_reason: None,
        health_twilio_code: None,
        health_reasons: Reasons::default(),
        better_evaluations: 0,
        flaps_until: None,
        idle: true,
        rights: Rights::default(),
        rights_due_at: None,
        failed_probes: 0,
        paused_at: None,
        balance: None,
        balance_currency: None,
        balance_at: None,
        verified_at: Some(at),
        checked_at: Some(at),
        synced_at: None,
        next_check_at: at,
        next_sync_at: at,
        next_billing_at: at,
        billing_read_at: None,
        next_calls_at: at,
        calls_read_until: None,
        alerts_read_until: None,
        rotation_policy: RotationPolicy::None,
        rotation_days: None,
        token_set_at: None,
        rotation_reminded_at: None,
        created_at: at,
        updated_at: at,
        disconnected_at: None,
    };
    row.into_active_model().reset_all().insert(&services.db).await.unwrap()
}

/// The `n`th number of an account, in use.
pub(crate) async fn number(services: &Services, account: &twilio_account::Model, n: u32) -> phone_number::Model {
    let at = services.clock.now();
    let row = phone_number::Model {
        id: NumberId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        sid: format!("PN{n:032x}"),
        e164: E164::parse(&format!("+1415555{n:04}")).unwrap(),
        source: NumberSource::Byot,
        state: NumberState::Added,
        at_twilio: AtTwilio::Listed,
        routing: RoutingState::NotOurs,
        routing_problem: None,
        routing_twilio_code: None,
        nickname: Some(format!("Line {n}")),
        friendly_name: Some(format!("(415) 555-{n:04}")),
        country: Some("US".into()),
        kind: NumberKind::Local,
        voice: true,
        sms: true,
        mms: false,
        fax: false,
        twilio_status: None,
        seen_routing: Routing::default(),
        seen_at: at,
        written_routing: None,
        drifted_at: None,
        reference: Some(services.ids.new_reference()),
        added_at: Some(at),
        removed_at: None,
        created_at: at,
        updated_at: at,
    };
    row.into_active_model().reset_all().insert(&services.db).await.unwrap()
}

/// A number's inbound agent, of its own.
pub(crate) async fn assigned_agent(services: &Services, number: &phone_number::Model) -> agent::Model {
    let at = services.clock.now();
    let id = AgentId(services.ids.new_id());
    let row = agent::Model {
        id,
        workspace_id: number.workspace_id,
        external_id: id.to_string(),
        name: "Agent".into(),
        endpoint_kind: agent::EndpointKind::Stream,
        endpoint: "wss://agents.example/1".into(),
        created_at: at,
        updated_at: at,
        removed_at: None,
        endpoint_changed_at: None,
    };
    let agent = row.into_active_model().reset_all().insert(&services.db).await.unwrap();
    let assignment = agent_assignment::Model {
        id: AssignmentId(services.ids.new_id()),
        workspace_id: number.workspace_id,
        phone_number_id: number.id,
        agent_id: id,
        direction: agent_assignment::Direction::Inbound,
        started_at: at,
        ended_at: None,
    };
    assignment
        .into_active_model()
        .reset_all()
        .insert(&services.db)
        .await
        .unwrap();
    agent
}

/// What tests sign tokens with.
pub(crate) fn signed() -> Hs256 {
    Hs256 {
        secret: "a secret of the tests".into(),
        audience: None,
        issuer: None,
    }
}

/// A token of an owner of workspace `a`.
pub(crate) fn owners_token() -> String {
    let claims = Claims {
        sub: "owner-1".into(),
        role: "owner".into(),
        workspace: Some("a".into()),
        workspace_name: None,
        nbf: None,
        exp: start().timestamp() + 3600,
    };
    signed().sign(&claims).unwrap().expose_secret().to_owned()
}

/// A log that counts its lines of the levels WARN and ERROR.
#[derive(Clone, Default)]
pub(crate) struct Loud(Arc<AtomicUsize>);

impl Loud {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl tracing::Subscriber for Loud {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}
