//! What the played API knows: invented customers, and numbers that nobody has.

use chrono::{DateTime, TimeDelta, Utc};
use console::change::Done;
use console::commands::Ended;
use console::connection::Trouble;
use console::msg::{Question, Told};
use console::queries::bundle::SupportBundle;
use console::state::{Found, Screen};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::played::Shown;

/// What is planted.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Whether nothing exists.
    pub is_empty: bool,
    /// Whether all copies are old.
    pub is_stale: bool,
    /// Whether the API is newer than the console.
    pub is_newer: bool,
    /// Whether something is missing in what fills the screen.
    pub is_partial: bool,
    /// How many calls each connection had since more than before: no event tells of them.
    pub more_calls: u32,
    /// What becomes of the questions that fill the screen.
    pub answer: Answer,
    /// The screen whose questions that is about; all if none.
    pub fills: Option<Shown>,
}

/// What becomes of a question.
#[derive(Clone, Debug, Default)]
pub enum Answer {
    /// It is answered.
    #[default]
    Comes,
    /// It is not answered.
    Never,
    /// There is no answer.
    Trouble(Trouble),
}

pub fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the console's own types")
}

fn ago(now: DateTime<Utc>, seconds: i64) -> String {
    (now - TimeDelta::seconds(seconds)).to_rfc3339()
}

/// The answer to a question.
pub fn told(plan: &Plan, question: &Question, now: DateTime<Utc>) -> Told {
    let ago = |seconds| ago(now, seconds);
    match question {
        Question::WhoAmI => Told::WhoAmI(read(json!({
            "viewer": { "subject": "op-17", "role": "SUPPORT", "permissions": permissions() },
            "serverTime": ago(0), "schemaVersion": if plan.is_newer { "2.4" } else { "1" },
        }))),
        Question::NewestEvent => Told::NewestEvent(read(
            json!({ "eventCursor": "c1", "twilioAccountCount": CUSTOMERS.len() }),
        )),
        Question::Connections { .. } => Told::Connections(read(page(plan, connections(plan, now)))),
        Question::Detail { id, .. } => Told::Detail(Box::new(read(detail_of(plan, id, now)))),
        Question::Timeline { .. } => Told::Timeline(Box::new(read(json!({
            "calls": page(plan, calls(now)), "jobs": page(plan, jobs(plan, now)),
            "billingEpisodes": page(plan, episodes(now)), "auditEntries": page(plan, entries(now)),
        })))),
        Question::Minutes { ids } => Told::Minutes(ids.iter().map(|id| read(minutes(id.as_str(), now))).collect()),
        Question::Rows { ids } => {
            let mut rows = connections(plan, now);
            if let Some(rows) = rows.as_array_mut() {
                rows.retain(|row| ids.iter().any(|id| row["id"] == id.as_str()));
            }
            Told::Rows(read(rows))
        }
        Question::Balances { ids } => Told::Balances(ids.iter().map(|id| read(of_a_day(id.as_str(), now))).collect()),
        Question::Page { screen, about, .. } => match screen {
            Screen::Numbers => Told::Numbers(read(page(plan, of(about.as_deref(), numbers(plan, now))))),
            Screen::Calls => Told::Calls(read(page(plan, calls(now)))),
            Screen::Billing => Told::Billing(read(page(plan, episodes(now)))),
            Screen::Jobs => Told::Jobs(read(json!({
                "jobs": page(plan, jobs(plan, now)), "open_jobs": page(plan, jobs(plan, now)),
                "jobCounts": { "waiting": 14, "running": 1, "failed": 1, "oldestDueAt": ago(41) },
            }))),
            Screen::Events => Told::Events(read(page(plan, events(plan, now)))),
            _ => Told::Audit(read(page(plan, entries(now)))),
        },
        Question::Call { .. } => Told::Call(None),
        Question::Find { .. } => Told::Found(Some(Found {
            connection: "acc-0".to_owned(),
            number: Some(("num-0".to_owned(), "+49 30 ••• 71".to_owned())),
        })),
        Question::Plan { .. } => Told::Plan(read(json!({
            "targets": [{ "label": "Callab's echo line, US", "to": "+14155550111" }],
            "limitPerHour": 5, "leftThisHour": 2, "maxSeconds": 60,
            "estimatedCost": { "amount": "0.02", "currency": "USD" },
        }))),
        Question::TestCall { .. } => Told::TestCall(Some(Box::new(read(test_call(plan, now))))),
        Question::Bundle { .. } => Told::Bundle(Some(support_bundle(now))),
        Question::End(awaited) => Told::Ended(Ended {
            is_good: false,
            told: format!(
                "{}: not good: Twilio rejects the Auth Token (health: failing)",
                awaited.name
            ),
            health: "failing".to_owned(),
        }),
        Question::Do(console::change::Change::Test { .. }) => {
            Told::Done(Ok(Done::Test(Box::new(read(test_call(plan, now))))))
        }
        Question::Do(_) => Told::Done(Ok(Done::Yes)),
    }
}

fn permissions() -> Value {
    json!([
        "VIEW",
        "PAUSE_ACCOUNTS",
        "CHECK_ACCOUNTS",
        "TEST_CALLS",
        "MANAGE_JOBS",
        "ACKNOWLEDGE_BILLING",
        "READ_AUDIT"
    ])
}

pub fn page(plan: &Plan, nodes: Value) -> Value {
    let nodes = if plan.is_empty { json!([]) } else { nodes };
    json!({ "nodes": nodes, "pageInfo": { "hasNextPage": false, "endCursor": null } })
}

/// Those of one connection; all where none is named.
fn of(about: Option<&str>, mut nodes: Value) -> Value {
    if let (Some(about), Some(nodes)) = (about, nodes.as_array_mut()) {
        nodes.retain(|node| node["account"]["id"] == about);
    }
    nodes
}

const CUSTOMERS: [(&str, &str, &str); 7] = [
    ("Nordwind Reisen", "eu-prod", "FAILING"),
    ("Orbit Labs", "test", "SUSPENDED"),
    ("Quay Street Hotel", "main", "UNVERIFIED"),
    ("Lantern Books", "old", "UNKNOWN"),
    ("Blue Harbor", "us-sales", "DEGRADED"),
    ("Acme Dental", "main", "HEALTHY"),
    ("Rain & Sons", "summer", "DISABLED"),
];

pub fn connections(plan: &Plan, now: DateTime<Utc>) -> Value {
    let rows = CUSTOMERS.iter().enumerate().map(|(place, (customer, label, state))| {
        let state = if plan.is_newer && place == 1 { "ON_FIRE" } else { *state };
        let reason = match state {
            "HEALTHY" => Value::Null,
            "FAILING" => json!({
                "code": "TOKEN_REJECTED", "text": "Twilio rejects the Auth Token.", "evidence": "401, 24 times",
                "whoActs": "CUSTOMER", "twilioCode": 20003,
            }),
            "DEGRADED" => json!({
                "code": "WEBHOOK_ERRORS", "text": "Webhooks fail.", "evidence": "2.1 % of 988",
                "whoActs": "CALLAB", "twilioCode": 11200,
            }),
            other => json!({
                "code": other, "text": "See its checks.", "evidence": null, "whoActs": null, "twilioCode": null,
            }),
        };
        let seconds = i64::try_from(place).unwrap_or(0) * 900 + 720;
        let calls = [214, 0, 0, 3, 988, 41, 0][place];
        let rate = [Some(0.312), None, None, Some(1.0), Some(0.917), Some(0.976), None][place];
        json!({
            "id": format!("acc-{place}"), "cursor": "c1", "sid": format!("AC{place}f02a7d4e1b{place:021x}"), "label": label,
            "workspace": { "name": customer },
            "numbersInUse": 6 - place, "callFigures": { "attempts": calls + plan.more_calls, "connectRate": rate },
            "health": {
                "state": state, "since": ago(now, seconds), "asOf": ago(now, if plan.is_stale { 540 } else { 19 }),
                "isStale": plan.is_stale || state == "UNKNOWN", "lastKnownState": null, "isIdle": calls == 0,
                "isFlapping": place == 4, "reason": reason,
            },
        })
    });
    rows.collect()
}

/// Of the degraded connection no check fails, and one is odd.
fn detail_of(plan: &Plan, id: &str, now: DateTime<Utc>) -> Value {
    let mut detail = detail(plan, now);
    if id == "acc-4" {
        detail["diagnose"]["cause"] = Value::Null;
        detail["diagnose"]["summary"] = json!("Nothing is known that stops calls; some checks could not be answered.");
        for check in detail["diagnose"]["checks"].as_array_mut().into_iter().flatten() {
            if check["state"] == "FAIL" {
                check["state"] = json!("UNKNOWN");
            }
        }
    }
    detail
}

pub fn detail(plan: &Plan, now: DateTime<Utc>) -> Value {
    if plan.is_empty {
        return json!({ "diagnose": null, "twilioAccount": null });
    }
    let check = |name: &str, title: &str, state: &str, seconds: Option<i64>| {
        let told = (state == "FAIL").then_some("Twilio rejects the Auth Token (20003) since 13:50.");
        json!({
            "name": name, "title": title, "state": state, "reason": null, "sentence": told, "evidence": "401, 24 times",
            "expected": null, "actual": null, "fix": told.map(|_| "Paste the current Auth Token from the Twilio Console, no spaces."),
            "whoActs": told.map(|_| "CUSTOMER"),
            "twilioCode": told.map(|_| 20003), "sameCauseAs": (name == "SIGNATURE_VALID").then_some("TOKEN_ACCEPTED"),
            "asOf": seconds.map(|seconds| ago(now, seconds)), "isStale": plan.is_stale || name == "ROUTING_OURS",
        })
    };
    let newer = if plan.is_newer { "PONDERING" } else { "PASS" };
    let checks = [
        check("SID_FORMAT", "Account SID well-formed", "PASS", None),
        check("TOKEN_ACCEPTED", "Credentials accepted", "FAIL", Some(19)),
        check("ACCOUNT_ACTIVE", "Twilio account active", "NOT_REACHED", None),
        check("CREDIT", "Credit at Twilio", "NOT_REACHED", None),
        check("NUMBER_OWNED", "Number still in the account", newer, Some(1920)),
        check("ROUTING_OURS", "Calls are routed to Callab", "WARN", Some(1920)),
        check("SIGNATURE_VALID", "Twilio's signature valid", "FAIL", Some(60)),
        check("INCIDENTS", "No incident at Twilio", "PASS", Some(120)),
    ];
    let minutes: Vec<Value> = (0..60)
        .map(|minute| json!({ "at": ago(now, (60 - minute) * 60), "attempts": 3 + minute % 5, "connected": if minute > 47 { 0 } else { 3 }, "failed": if minute > 47 { 4 } else { 0 } }))
        .collect();
    json!({
        "diagnose": {
            "summary": "Twilio rejects the Auth Token (20003). Paste the current Auth Token from the Twilio Console, no spaces. You have to act.",
            "cause": { "title": "Credentials accepted" }, "checks": checks, "asOf": ago(now, 0),
        },
        "twilioAccount": {
            "syncedAt": ago(now, 1930), "verifiedAt": ago(now, 1090), "nextCheckAt": ago(now, -41),
            "balance": { "amount": "41.20", "currency": "USD", "asOf": ago(now, 1090) },
            "callFigures": { "setupP95Ms": 1900, "webhooks": 66, "webhookErrorRate": 1.0 },
            "callsByMinute": minutes,
            "signalsByMinute": signals(now),
            "balanceHistory": { "nodes": balances(now) },
            "healthHistory": { "nodes": [
                { "before": "HEALTHY", "after": "FAILING", "at": ago(now, 720),
                  "reasons": [{ "text": "Twilio rejects the Auth Token." }] },
            ] },
            "configurationHistory": { "nodes": configured(plan, now) },
        },
    })
}

/// The same hour of a connection's webhooks, of which none is answered since twelve minutes, and how long calls took.
fn signals(now: DateTime<Utc>) -> Vec<Value> {
    let signal = |minute: i64| {
        let (asked, bad) = if minute > 47 { (5, 5) } else { (9, 0) };
        let setup = (minute <= 47).then_some(900 + 100 * (minute % 11));
        json!({ "at": ago(now, (60 - minute) * 60), "setupP95Ms": setup, "webhooks": asked, "webhookErrors": bad })
    };
    (0..60).map(signal).collect()
}

/// A balance that was read every quarter of an hour, and not since 18 minutes.
fn balances(now: DateTime<Utc>) -> Value {
    let read = |amount: &str, seconds: i64| {
        let balance = json!({ "amount": amount, "currency": "USD" });
        json!({ "balance": balance, "at": ago(now, seconds), "lastAt": ago(now, seconds) })
    };
    json!([
        read("41.20", 1090),
        read("47.90", 1990),
        read("55.00", 2890),
        read("60.10", 3790)
    ])
}

/// A balance that falls all day long, and was topped up in the morning.
fn of_a_day(id: &str, now: DateTime<Utc>) -> Value {
    let read = |quarter: i64| {
        let cents = if quarter > 40 {
            6000 - (96 - quarter) * 60
        } else {
            9000 - (40 - quarter) * 200
        };
        let balance = json!({ "amount": format!("{}.{:02}", cents / 100, cents % 100), "currency": "USD" });
        json!({ "balance": balance, "at": ago(now, quarter * 900), "lastAt": ago(now, quarter * 900 - 800) })
    };
    json!({ "id": id, "balanceHistory": { "nodes": (1..96).map(read).collect::<Vec<_>>() } })
}

/// What was changed of how a connection's calls are set up; the last by an act on an agent, which the connection's log does not have.
fn configured(plan: &Plan, now: DateTime<Utc>) -> Value {
    let number = json!({ "number": "+49 30 ••• 72", "nickname": "Test line" });
    let change = |id: &str, kind: &str, (text, agent): (&str, Option<&str>), by: Value, seconds: i64| {
        let about = if id == "g1" { Value::Null } else { number.clone() };
        let agent = agent.map(|agent| json!({ "name": agent }));
        json!({
            "id": id, "at": ago(now, seconds), "kind": kind, "text": text, "phoneNumber": about, "agent": agent, "act": by,
        })
    };
    let strange = if plan.is_newer {
        "NUMBER_PAINTED"
    } else {
        "CREDENTIALS_CHANGED"
    };
    let owner = json!({ "actor": "m.k•••", "role": "OWNER", "apiKey": null });
    let program = json!({ "actor": KEY, "role": "API_KEY", "apiKey": { "name": "Nightly sync" } });
    let drift = "the routing was changed at Twilio (voice_url): URL_CHANGED";
    let assigned = "an agent was assigned to incoming calls";
    let moved = "the agent for incoming calls was given another address";
    let agent = Some("Reise-Agent 12");
    json!([
        change(
            "g1",
            strange,
            ("other credentials were entered", None),
            owner.clone(),
            780
        ),
        change("g2", "ROUTING_DRIFTED", (drift, None), Value::Null, 1920),
        change("g3", "AGENT_ASSIGNED", (assigned, agent), program, 7200),
        change("g4", "AGENT_MOVED", (moved, agent), owner, 7100),
    ])
}

/// The last hour of a connection: of the first, calls fail since a quarter of an hour.
fn minutes(id: &str, now: DateTime<Utc>) -> Value {
    let fails = |minute: i64| {
        if id == "acc-0" && minute > 44 {
            (minute - 44) / 2
        } else {
            0
        }
    };
    let minutes: Vec<Value> = (0..60)
        .map(|minute| {
            let failed = fails(minute);
            json!({ "at": ago(now, (60 - minute) * 60), "attempts": 3 + failed, "connected": 3, "failed": failed })
        })
        .collect();
    json!({ "id": id, "callsByMinute": minutes })
}

fn account(place: usize) -> Value {
    let (customer, label, _) = CUSTOMERS[place];
    json!({ "id": format!("acc-{place}"), "label": label, "workspace": { "name": customer } })
}

pub fn numbers(plan: &Plan, now: DateTime<Utc>) -> Value {
    let number = |id: &str, number: &str, name: &str, routing: &str, place: usize, agent: Option<&str>| {
        let assignment = agent.map(|agent| json!({ "agent": { "name": agent } }));
        let drift = (routing == "DRIFTED")
            .then(|| json!({ "noticedAt": ago(now, 1920), "text": "The voice URL was changed." }));
        json!({
            "id": id, "sid": format!("PN{id}"), "number": number, "nickname": name, "friendlyName": null,
            "state": "ADDED", "atTwilio": "LISTED", "routing": routing, "routingProblem": null, "drift": drift,
            "usableForVoice": true, "account": account(place), "inboundAssignment": assignment,
            "outboundAssignment": null, "liveRouting": { "seenAt": ago(now, 1920) },
            "callFigures": figures(id, now),
        })
    };
    let strange = if plan.is_newer { "ENCHANTED" } else { "OURS" };
    json!([
        number(
            "n1",
            "+49 30 ••• 71",
            "Main Support Line",
            strange,
            0,
            Some("Reise-Agent 12")
        ),
        number("n2", "+49 30 ••• 72", "Test line", "DRIFTED", 0, None),
        number("n3", "+1 415 ••• 26", "Sales", "OURS", 4, Some("Harbor concierge")),
    ])
}

/// The second number never had a call, the third had none today.
fn figures(id: &str, now: DateTime<Utc>) -> Value {
    let (last_in, last_out, calls, attempts, rate) = match id {
        "n1" => (Some(751), Some(811), 412, 400, Some(0.31)),
        "n3" => (Some(3 * 86_400), Some(400 * 86_400), 0, 0, None),
        _ => (None, None, 0, 0, None),
    };
    json!({
        "lastInboundAt": last_in.map(|seconds| ago(now, seconds)), "lastOutboundAt": last_out.map(|seconds| ago(now, seconds)),
        "calls": calls, "attempts": attempts, "connectRate": rate,
    })
}

pub fn calls(now: DateTime<Utc>) -> Value {
    let call = |id: &str, direction: &str, result: &str, error: Value, seconds: i64, talk: Option<i32>| {
        let open = result == "RINGING";
        json!({
            "id": id, "sid": format!("CA{id}{:028x}9d", 0), "direction": direction,
            "status": if open { "RINGING" } else { "COMPLETED" }, "result": result,
            "from": "+1 415 ••• 26", "to": "+1 •••", "account": account(4), "agent": { "name": "Harbor concierge" },
            "error": error, "durationSeconds": talk, "sipCode": null, "setupMs": talk.map(|_| 1900), "price": null,
            "startedAt": ago(now, seconds), "answeredAt": null, "endedAt": (!open).then(|| ago(now, seconds - 1)),
        })
    };
    let failed = json!({ "code": 11200, "text": "our webhook, 502 after 10.0 s", "check": "WEBHOOK_ANSWERED" });
    json!([
        call("31", "OUTBOUND", "RINGING", Value::Null, 4, None),
        call("8f", "OUTBOUND", "FAILED", failed, 31, None),
        call("77", "OUTBOUND", "ANSWERED", Value::Null, 300, Some(84)),
    ])
}

pub fn episodes(now: DateTime<Utc>) -> Value {
    let episode = |id: &str, kind: &str, value: &str, by: Option<&str>, place: usize| {
        let mut account = account(place);
        account["balance"] =
            json!({ "amount": "3.12", "currency": "USD", "asOf": ago(now, 1930), "isParents": place == 4 });
        json!({
            "id": id, "kind": kind, "account": account, "openedAt": ago(now, 7200),
            "newest": {
                "value": value, "threshold": "10.00", "currency": "USD", "usualDay": "132.00", "balance": null,
                "rate": null, "asOf": ago(now, 1930),
            },
            "newestAt": ago(now, 1930), "isOpen": true, "closedAt": null,
            "acknowledgedAt": by.map(|_| ago(now, 3000)), "acknowledgedBy": by, "note": by.map(|_| "customer told"),
        })
    };
    json!([
        episode("e1", "BALANCE_BELOW", "3.12", None, 5),
        episode("e2", "SPEND_UNUSUAL", "412.00", Some("op-17"), 4),
    ])
}

pub fn jobs(plan: &Plan, now: DateTime<Utc>) -> Value {
    let job = |id: &str, kind: &str, state: &str, error: Option<&str>, place: usize| {
        let attempt = |seconds, error| json!({ "attempt": 1, "at": ago(now, seconds), "error": error });
        let attempts = match error {
            Some(error) => json!([attempt(230, error), attempt(220, "tried again at a person's wish")]),
            None => json!([]),
        };
        json!({
            "id": id, "kind": kind, "state": state, "account": account(place), "createdAt": ago(now, 300),
            "runAt": ago(now, 240), "attempt": 5, "maxAttempts": 5, "progress": (state == "RUNNING").then_some("4 of 14"),
            "lastError": error, "failedAttempts": attempts, "finishedAt": error.map(|_| ago(now, 200)),
            "isCancelable": state == "WAITING",
        })
    };
    let strange = if plan.is_newer { "DREAMING" } else { "WAITING" };
    json!([
        job("j1", "sync-numbers", "FAILED", Some("20003 Authenticate"), 0),
        job("j2", "verify-account", "RUNNING", None, 4),
        job("j3", "check-billing", strange, None, 5),
    ])
}

/// A program, as the audit log names it.
const KEY: &str = "api_key/0190f3b2-7c1e-7000-8000-000000000000";

pub fn entries(now: DateTime<Utc>) -> Value {
    let entry = |id: &str, (actor, role): (&str, &str), action: &str, outcome: &str, place: usize, seconds: i64| {
        json!({
            "id": id, "at": ago(now, seconds), "actor": actor, "role": role,
            "apiKey": (role == "API_KEY").then(|| json!({ "name": "Nightly sync" })), "action": action, "outcome": outcome,
            "code": (outcome == "REFUSED").then_some("CREDENTIALS_REJECTED"), "details": {},
            "traceId": "19ab000000000000000000000000ff77", "workspace": { "name": CUSTOMERS[place].0 },
            "account": account(place),
        })
    };
    json!([
        entry("a1", ("op-17", "SUPPORT"), "billing_episode.acknowledge", "OK", 4, 3000),
        entry("a2", ("m.k•••", "OWNER"), "twilio_account.update", "REFUSED", 0, 821),
        // The act by which the credentials were changed, and the one by which the agent was assigned.
        entry("a3", ("m.k•••", "OWNER"), "twilio_account.update", "OK", 0, 780),
        entry("a4", (KEY, "API_KEY"), "agent.assign", "OK", 0, 7200),
    ])
}

pub fn test_call(plan: &Plan, now: DateTime<Utc>) -> Value {
    let step = |name: &str, state: &str, seconds: Option<i64>| json!({ "name": name, "state": state, "at": seconds.map(|seconds| ago(now, seconds)), "code": null, "detail": null });
    let newer = if plan.is_newer { "PONDERED" } else { "AGENT_CONNECTED" };
    json!({
        "id": "t1", "kind": "OUTBOUND", "phoneNumber": { "id": "n3", "number": "+1 415 ••• 26" },
        "call": { "sid": "CA31000000000000000000000000009d" },
        "steps": [
            step("PREFLIGHT", "PASS", Some(7)), step("CREATED", "PASS", Some(6)), step("RINGING", "PASS", Some(5)),
            step("ANSWERED", "PASS", Some(3)), step(newer, "NOT_REACHED", None), step("COMPLETED", "NOT_REACHED", None),
        ],
        "verdict": null, "failedStep": null, "twilioCode": null, "error": null, "failedCheck": null, "prices": [],
        "createdAt": ago(now, 7), "expiresAt": ago(now, -60), "endedAt": null,
    })
}

pub fn events(plan: &Plan, now: DateTime<Utc>) -> Value {
    let event = |cursor: &str, kind: &str, subject: Value, data: Value, seconds: i64| {
        json!({
            "cursor": cursor, "kind": kind, "at": ago(now, seconds), "subject": subject, "data": data,
            "workspace": { "name": CUSTOMERS[4].0 },
        })
    };
    let of = |kind: &str, mut subject: Value| {
        subject["__typename"] = json!(kind);
        subject
    };
    let strange = if plan.is_newer {
        "MOON_ROSE"
    } else {
        "TWILIO_STATUS_CHANGED"
    };
    let number = json!({ "number": "+1 415 ••• 26", "account": account(4) });
    let call = json!({ "sid": "CA8f00000000000000000000000000009d", "account": account(4) });
    json!([
        event(
            "c9",
            "CALL_STEP",
            of("Call", call),
            json!({ "step": "RINGING", "number": "UGhvbmU6MQ" }),
            3
        ),
        event(
            "c8",
            "PHONE_NUMBER_CHANGED",
            of("PhoneNumber", number),
            json!({ "routing": "DRIFTED" }),
            1920
        ),
        event(
            "c7",
            "ACCOUNT_CHANGED",
            of("TwilioAccount", account(0)),
            json!({ "health": "FAILING" }),
            720
        ),
        event(
            "c6",
            strange,
            of("Workspace", json!({})),
            json!({ "indicator": "minor" }),
            7200
        ),
    ])
}

/// The bundle of the first connection.
fn support_bundle(now: DateTime<Utc>) -> SupportBundle {
    read(json!({
        "markdown": "# Nordwind Reisen / eu-prod\n\n## Checks\n- Credentials accepted: FAIL\n",
        "json": { "checks": [1, 2, 3], "health": { "state": "FAILING" } },
        "fileName": "callab-AC0f02a7-2026-11-27", "madeAt": ago(now, 0),
    }))
}
