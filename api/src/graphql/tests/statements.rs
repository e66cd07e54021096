//! The number of SQL statements does not grow with the rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::entity::activity_finding::{Figures, FindingKind};
use ::entity::call::CallStatus;
use ::entity::call_step::StepKind;
use ::entity::notification::{NotificationKind, NotificationState};
use ::entity::notification_endpoint::{ChannelKind, Wanted};
use ::entity::{
    ActivityFindingId, BillingAlertId, BillingEpisodeId, CallId, CallStepId, EndpointId, NotificationAttemptId,
    NotificationId, WorkspaceId, activity_finding, agent, agent_assignment, billing_alert, billing_episode, call,
    call_step, notification, notification_attempt, notification_endpoint, phone_number, twilio_account,
};
use domain::api_keys::{self, NewApiKey};
use domain::audit::Act;
use domain::{Request, Role, Services};
use sea_orm::{ActiveModelTrait, IntoActiveModel};
use serde_json::json;

use super::{ask, caller, workspace};
use crate::testing;

/// Every list with everything that its rows can lead to.
const LISTS: [&str; 16] = [
    "{ phoneNumbers(first: 100) { edges { node {
        id account { id label workspace { name } } borrowedRouting { voiceUrl }
        inboundAssignment { agent { name } phoneNumber { number } } outboundAssignment { agent { name } } } } } }",
    "{ phoneNumbers(first: 100) { edges { node { id callFigures { lastInboundAt calls connectRate } } } } }",
    "{ twilioAccounts(first: 100) { edges { node {
        id parent { sid } subaccounts { sid } credentials { apiKeySid rotation { state } } } } } }",
    "{ twilioAccounts(first: 100) { edges { node {
        id workspace { name } phoneNumbers(first: 3) { edges { node { number inboundAssignment { agent { name } } } } }
        signalsByMinute(minutes: 5) { webhooks } nextCheckAt } } } }",
    "{ twilioAccounts(first: 100) { edges { node {
        id numbersInUse callFigures { attempts connectRate } callsByMinute(minutes: 5) { at attempts } } } } }",
    "{ agents(first: 100) { edges { node { id assignments { phoneNumber { number account { label } } agent { name } } } } } }",
    "{ calls(first: 100) { edges { node { id from steps { kind } agent { name } phoneNumber { number }
        account { label } error { code text } alerts { error { code } } } } } }",
    "{ unusualActivity(first: 100) { edges { node { id account { label } phoneNumber { number } figures { name } } } } }",
    "{ phoneNumbers(first: 100, search: \"Line\", usableForVoice: true, state: ADDED) { edges { node { number } } } }",
    "{ twilioAccounts(first: 100) { edges { node {
        id balance { amount } parent { sid } spend { today { amount } } balanceHistory(first: 2) { nodes { at } } } } } }",
    "{ billingAlerts(first: 100) { edges { node { id account { sid } openEpisode { id newest { value } } } } } }",
    "{ billingEpisodes(first: 100) { edges { node { id account { sid } alert { id } workspace { name } } } } }",
    "{ auditEntries(first: 100) { edges { node { id subject { id } apiKey { name } account { sid } workspace { name } } } } }",
    "{ apiKeys(first: 100) { edges { node { id permissions workspace { name } } } } }",
    "{ notificationEndpoints(first: 100) { edges { node { id address kinds workspace { name } } } } }",
    "{ notifications(first: 100) { edges { node { id payload endpoint { address } attempts { status } } } } }",
];

/// Adds an account with two numbers, an agent each, and a call each, and a billing alert that is open; and an endpoint with a
/// notification that was tried once; and an API key that did something.
async fn grow(services: &Services, of: &super::Caller, n: u32) {
    let account = testing::account(services, workspace(of).id, n).await;
    for number in [2 * n, 2 * n + 1] {
        let number = testing::number(services, &account, number).await;
        let agent = testing::assigned_agent(services, &number).await;
        call_with_step(services, &number, &agent).await;
        finding(services, &number).await;
    }
    open_alert(services, &account).await;
    act(services, &of.request, &account).await;
    act(services, &made_key(services, &of.request).await, &account).await;
    tried_notification(services, workspace(of).id).await;
}

/// Makes an API key, and answers what asks with it.
async fn made_key(services: &Services, owner: &Request) -> Request {
    let new = NewApiKey {
        name: "export",
        permissions: Vec::new(),
        expires_at: None,
    };
    let (_, key) = api_keys::create_key(services, owner, new).await.unwrap();
    let signed_in = api_keys::sign_in(services, key.expose()).await.unwrap();
    Request {
        actor: signed_in.actor,
        ..owner.clone()
    }
}

async fn act(services: &Services, request: &Request, account: &twilio_account::Model) {
    let mut tx = services.begin().await.unwrap();
    let act = Act::on_account("twilio_account.verify", account.id);
    tx.audit(request, account.workspace_id, act).await.unwrap();
    tx.commit().await.unwrap();
}

async fn open_alert(services: &Services, account: &twilio_account::Model) {
    let at = services.clock.now();
    let alert = billing_alert::Model {
        id: BillingAlertId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        kind: billing_alert::AlertKind::BalanceBelow,
        threshold: "20".parse().unwrap(),
        currency: Some("USD".into()),
        set_aside: None,
        set_aside_at: None,
        mirror_wanted: false,
        mirror: billing_alert::Mirror::None,
        mirror_problem: None,
        mirror_twilio_code: None,
        trigger_sid: None,
        reference: services.ids.new_reference(),
        base_url: None,
        previous_base_url: None,
        created_by: "owner".into(),
        created_at: at,
        updated_at: at,
        deleted_at: None,
    };
    let alert = alert
        .into_active_model()
        .reset_all()
        .insert(&services.db)
        .await
        .unwrap();
    let figures =
        serde_json::from_value::<billing_episode::Figures>(json!({ "value": "5", "threshold": "20" })).unwrap();
    let episode = billing_episode::Model {
        id: BillingEpisodeId(services.ids.new_id()),
        workspace_id: account.workspace_id,
        twilio_account_id: account.id,
        billing_alert_id: alert.id,
        kind: alert.kind,
        period: None,
        opened_at: at,
        opened_with: figures.clone(),
        newest: figures,
        newest_at: at,
        closed_at: None,
        closed_because: None,
        acknowledged_at: None,
        acknowledged_by: None,
        note: None,
    };
    episode
        .into_active_model()
        .reset_all()
        .insert(&services.db)
        .await
        .unwrap();
}

async fn tried_notification(services: &Services, workspace: WorkspaceId) {
    let (at, db) = (services.clock.now(), &services.db);
    let endpoint = notification_endpoint::Model {
        id: EndpointId(services.ids.new_id()),
        workspace_id: workspace,
        kind: ChannelKind::Webhook,
        address: "https://hooks.example/".into(),
        wanted: Wanted(vec![NotificationKind::HealthChanged]),
        enabled: true,
        disabled_reason: None,
        secret_key_name: None,
        secret_sealed: None,
        previous_key_name: None,
        previous_sealed: None,
        previous_until: None,
        created_at: at,
        updated_at: at,
        removed_at: None,
    };
    let notification = notification::Model {
        id: NotificationId(services.ids.new_id()),
        workspace_id: workspace,
        endpoint_id: endpoint.id,
        kind: NotificationKind::HealthChanged,
        subject: endpoint.id.0,
        payload: json!({}),
        state: NotificationState::Waiting,
        failure: None,
        attempts: 1,
        created_at: at,
        delivered_at: None,
    };
    let attempt = notification_attempt::Model {
        id: NotificationAttemptId(services.ids.new_id()),
        notification_id: notification.id,
        status: Some(500),
        duration_ms: 7,
        error: None,
        at,
    };
    endpoint.into_active_model().reset_all().insert(db).await.unwrap();
    notification.into_active_model().reset_all().insert(db).await.unwrap();
    attempt.into_active_model().reset_all().insert(db).await.unwrap();
}

async fn finding(services: &Services, number: &phone_number::Model) {
    let at = services.clock.now();
    let row = activity_finding::Model {
        id: ActivityFindingId(services.ids.new_id()),
        workspace_id: number.workspace_id,
        twilio_account_id: number.twilio_account_id,
        phone_number_id: Some(number.id),
        kind: FindingKind::OutsidePattern,
        figures: Figures::default(),
        started_at: at,
        newest_at: at,
        ended_at: None,
    };
    row.into_active_model().reset_all().insert(&services.db).await.unwrap();
}

async fn call_with_step(services: &Services, number: &phone_number::Model, agent: &agent::Model) {
    let at = services.clock.now();
    let id = CallId(services.ids.new_id());
    let row = call::Model {
        id,
        workspace_id: number.workspace_id,
        twilio_account_id: number.twilio_account_id,
        phone_number_id: number.id,
        agent_id: Some(agent.id),
        call_intent_id: None,
        sid: format!("CA{}", id.0.simple()),
        direction: agent_assignment::Direction::Inbound,
        from_number: "+14155550100".into(),
        to_number: number.e164.to_string(),
        status: CallStatus::Completed,
        status_sequence: None,
        duration_s: Some(7),
        sip_code: None,
        error_code: Some(11200),
        price: None,
        price_currency: None,
        other_country: None,
        quality: None,
        quality_at: None,
        ringing_at: None,
        setup_ms: None,
        log_seen_at: None,
        started_at: at,
        answered_at: None,
        ended_at: None,
        updated_at: at,
    };
    row.into_active_model().reset_all().insert(&services.db).await.unwrap();
    let step = call_step::Model {
        id: CallStepId(services.ids.new_id()),
        workspace_id: number.workspace_id,
        call_id: id,
        kind: StepKind::Answered,
        same_as: "ANSWERED".into(),
        at,
        noted_at: at,
        code: None,
        detail: None,
    };
    step.into_active_model().reset_all().insert(&services.db).await.unwrap();
}

#[tokio::test]
async fn lists_cost_the_same_statements_however_many_rows_they_show() {
    let (mut services, _directory) = testing::services().await;
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = statements.clone();
    services.db.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let owner = caller(&services, "a", Role::Owner).await;
    grow(&services, &owner, 1).await;
    grow(&services, &owner, 2).await;
    let mut cost_of_few = Vec::new();
    for list in LISTS {
        statements.store(0, Ordering::Relaxed);
        ask(&services, &owner, list, json!({})).await;
        cost_of_few.push(statements.load(Ordering::Relaxed));
    }
    assert!(cost_of_few.iter().all(|cost| (1..=8).contains(cost)), "{cost_of_few:?}");

    for n in 3..15 {
        grow(&services, &owner, n).await;
    }
    for (list, few) in LISTS.iter().zip(cost_of_few) {
        statements.store(0, Ordering::Relaxed);
        let answer = ask(&services, &owner, list, json!({})).await;
        assert!(answer.to_string().matches("node").count() >= 14, "{list}");
        assert_eq!(statements.load(Ordering::Relaxed), few, "{list}");
    }
}

/// What the operators' console reads of every account.
const LIGHT: &str = "{ twilioAccounts(first: 1000) { nodes {
    id sid label workspace { id name } health { state since isStale reasons { code text whoActs } }
    numbersInUse callFigures { attempts connected connectRate setupP95Ms webhookErrorRate } } } }";

/// How often the lists are asked for: a machine that is busy with other tests may hold up a page's rows for longer than their batch
/// waits, and then it is read in parts.
const TRIES: usize = 5;

/// With several threads, as in production: a batch is read while the rows of the page still ask, unless it waits for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_accounts_cost_what_one_costs() {
    let (mut services, _directory) = testing::services().await;
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = statements.clone();
    services.db.set_metric_callback(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let owner = caller(&services, "a", Role::Owner).await;
    let mut costs = Vec::new();
    for (from, to) in [(0, 1), (1, 1000)] {
        for n in from..to {
            testing::account(&services, workspace(&owner).id, n).await;
        }
        let mut least = usize::MAX;
        for _ in 0..TRIES {
            statements.store(0, Ordering::Relaxed);
            let answer = ask(&services, &owner, LIGHT, json!({})).await;
            assert_eq!(answer["twilioAccounts"]["nodes"].as_array().unwrap().len(), to as usize);
            least = least.min(statements.load(Ordering::Relaxed));
        }
        costs.push(least);
    }
    assert_eq!(costs[0], costs[1]);
}
