//! Rotation of an account's Auth Token: through every step, through a kill after each of them, and through lost answers.

use std::time::Duration;

use callab_tests::dump::dump;
use callab_tests::{Client, TestAgent, TestApp};
use chrono::TimeDelta;
use domain::accounts::rotation;
use entity::token_rotation::RotationState;
use entity::{event, token_rotation, twilio_credential};
use sea_orm::{
    ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use serde_json::{Value, json};
use twilio_sim::{Fault, FaultKind, Match, SimAccount, scenario};

const NUMBER: &str = "+14155550101";
const CALLER: &str = "+14155550177";

/// Where a rotation asks Twilio for something.
const CREATE: (&str, &str) = ("POST", "AuthTokens/Secondary");
const DELETE: (&str, &str) = ("DELETE", "AuthTokens/Secondary");
const PROMOTE: (&str, &str) = ("POST", "AuthTokens/Promote");
const LIST: (&str, &str) = ("GET", "IncomingPhoneNumbers.json");

struct Ready {
    app: TestApp,
    owner: Client,
    /// The account as it was when it was connected.
    before: SimAccount,
    id: String,
    number: String,
    agent: TestAgent,
}

/// An account with a number in use that an agent answers.
async fn ready() -> Ready {
    let app = TestApp::start().await;
    let agent = TestAgent::start().await.unwrap();
    let before = scenario::healthy(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &before).await;
    let number = app.add(&owner, NUMBER, "Main").await;
    let answering = app.agent(&owner, "a1", agent.url()).await;
    app.assign(&owner, &number, &answering, "INBOUND").await;
    Ready {
        app,
        owner,
        before,
        id,
        number,
        agent,
    }
}

fn on((method, path): (&str, &str), kind: FaultKind) -> Fault {
    let on = Match {
        method: Some(method.to_owned()),
        path: Some(path.to_owned()),
        account: None,
    };
    Fault {
        on,
        times: Some(1),
        kind,
    }
}

fn slow() -> FaultKind {
    FaultKind::Slow {
        delay: Duration::from_secs(30),
    }
}

impl Ready {
    async fn start(&self) {
        let input = json!({ "accountId": self.id, "confirmed": true });
        self.owner.done("rotateAuthToken", "account { id }", input).await;
    }

    async fn rotation(&self) -> token_rotation::Model {
        let newest = token_rotation::Entity::find().order_by_desc(token_rotation::Column::StartedAt);
        newest.one(&self.app.services.db).await.unwrap().unwrap()
    }

    /// Works the rotation until the request is on its way or, unless it is late, Twilio has done what it asks, and kills the worker
    /// then.
    async fn killed_at(&self, request: (&str, &str), kind: FaultKind) -> RotationState {
        let is_late = matches!(kind, FaultKind::Late { .. });
        self.app.sim.fail(on(request, kind));
        let id = self.rotation().await.id;
        let asked = self.app.sim.count_requests_to(request.0, request.1);
        let services = self.app.services.clone();
        let work = tokio::spawn(async move { rotation::run(&services, id).await });
        let arrived = || is_late || self.app.sim.count_requests_to(request.0, request.1) > asked;
        while !(arrived() && self.app.sim.faults().is_empty()) {
            assert!(!work.is_finished(), "it did not come to {request:?}: {:?}", work.await);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        work.abort();
        assert!(work.await.unwrap_err().is_cancelled());
        self.rotation().await.state
    }

    fn at_twilio(&self) -> SimAccount {
        self.app.sim.account(&self.before.sid).unwrap()
    }

    async fn shown(&self) -> Value {
        let document = "query($id: ID!) { twilioAccount(id: $id) { health { state } credentials { state tokenSetAt \
                        rotation { state reason byPolicy } policy { policy days dueAt } } } }";
        let data = self.app.owner().ask(document, json!({ "id": self.id })).await;
        data["twilioAccount"].clone()
    }

    /// The rotation came to its goal: there is one token, Callab has it, and the work goes on.
    async fn is_done(&self, after: &str) {
        let shown = self.shown().await;
        assert_eq!(shown["credentials"]["rotation"]["state"], "DONE", "{after}: {shown}");
        let now = self.at_twilio();
        assert_ne!(now.auth_token, self.before.auth_token, "{after}");
        assert_eq!(now.secondary_token, None, "{after}");
        self.works(after).await;
    }

    /// The rotation did not come to its goal: the token of before is the one token.
    async fn is_as_before(&self, state: &str, reason: &str) {
        let shown = self.shown().await;
        let rotation = &shown["credentials"]["rotation"];
        assert_eq!(
            (&rotation["state"], &rotation["reason"]),
            (&json!(state), &json!(reason))
        );
        let now = self.at_twilio();
        assert_eq!((&now.auth_token, now.secondary_token), (&self.before.auth_token, None));
        assert_eq!(self.credentials().await, [("CURRENT".to_owned(), false)]);
        self.works(reason).await;
    }

    /// What is stored: slots, and whether each ends.
    async fn credentials(&self) -> Vec<(String, bool)> {
        let rows = twilio_credential::Entity::find()
            .order_by_desc(twilio_credential::Column::Version)
            .all(&self.app.services.db)
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| (row.slot.to_string(), row.valid_until.is_some()))
            .collect()
    }

    async fn works(&self, after: &str) {
        let input = json!({ "accountId": self.id });
        self.owner.done("verifyTwilioAccount", "account { id }", input).await;
        self.app.run_jobs().await;
        assert_eq!(self.shown().await["health"]["state"], "HEALTHY", "{after}");
        assert!(self.is_answered().await, "{after}: a call reaches the agent");
    }

    /// Whether a call reaches the agent.
    async fn is_answered(&self) -> bool {
        let before = self.agent.calls().len();
        let call = self.app.sim.ring(CALLER, NUMBER);
        self.app.sim.call_finished(&call).await;
        self.agent.calls().len() > before
    }

    /// The status that a webhook gets that is signed with this token.
    async fn signed_with(&self, token: &str) -> u16 {
        let numbers = self.app.sim.numbers(&self.before.sid);
        let url = &numbers
            .iter()
            .find(|number| number.phone_number == NUMBER)
            .unwrap()
            .voice_url;
        let pairs = [
            ("AccountSid", self.before.sid.as_str()),
            ("CallSid", "CA00000000000000000000000000000001"),
            ("From", CALLER),
            ("To", NUMBER),
        ];
        let form = twilio_sim::Pairs(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let sent = http
            .post(url)
            .header("X-Twilio-Signature", twilio_sim::signature(token, url, &form))
            .form(&form.0);
        sent.send().await.unwrap().status().as_u16()
    }
}

#[tokio::test]
async fn a_rotation_stores_tests_and_promotes_and_both_tokens_verify_for_a_time() {
    let ready = ready().await;
    let mark = ready.app.sim.count_requests();
    ready.start().await;
    assert_eq!(ready.shown().await["credentials"]["rotation"]["state"], "STARTED");
    ready.app.run_jobs().await;
    let asked: Vec<String> = ready
        .app
        .sim
        .requests_since(mark)
        .into_iter()
        .map(|asked| asked.path)
        .collect();
    let place = |part: &str| asked.iter().position(|path| path.contains(part)).unwrap();
    assert!(place("Secondary") < place("IncomingPhoneNumbers"), "{asked:?}");
    assert!(place("IncomingPhoneNumbers") < place("Promote"), "{asked:?}");
    assert_eq!(
        ready.credentials().await,
        [("CURRENT".to_owned(), false), ("PREVIOUS".to_owned(), true)]
    );

    let (old, new) = (&ready.before.auth_token, &ready.at_twilio().auth_token);
    assert_eq!((ready.signed_with(old).await, ready.signed_with(new).await), (200, 200));
    ready.app.clock.advance(TimeDelta::minutes(10));
    assert_eq!((ready.signed_with(old).await, ready.signed_with(new).await), (403, 200));
    ready.is_done("all steps").await;
}

/// Promise 1: no token is in any row, report, event or log of jobs.
#[tokio::test]
async fn no_token_leaves_the_vault() {
    let ready = ready().await;
    ready.start().await;
    ready.killed_at(PROMOTE, slow()).await;
    let tokens = [ready.before.auth_token.clone(), ready.at_twilio().auth_token];
    ready.app.run_jobs().await;
    ready.is_done("a kill").await;
    let stored = format!("{:?}", dump(&ready.app.services.db).await.unwrap());
    assert!(tokens.iter().all(|token| !stored.contains(token.as_str())));
}

#[tokio::test]
async fn a_kill_after_each_step_is_survived() {
    let sid = |ready: &Ready| format!("Accounts/{}.json", ready.before.sid);
    let late = || FaultKind::Late {
        delay: Duration::from_millis(200),
    };
    // Twilio has made the token, and nobody here has it: it is deleted and made again.
    let ready1 = ready().await;
    ready1.start().await;
    assert_eq!(ready1.killed_at(CREATE, slow()).await, RotationState::Started);
    let stray = ready1.at_twilio().secondary_token.unwrap();
    ready1.app.run_jobs().await;
    ready1.is_done("a secondary that nobody holds").await;
    assert_ne!(ready1.at_twilio().auth_token, stray);
    assert_eq!(ready1.app.sim.count_requests_to(DELETE.0, DELETE.1), 1);
    assert_eq!(ready1.app.sim.count_requests_to(CREATE.0, CREATE.1), 2);

    // The token is sealed; the tests begin again, and no other token is made.
    let ready2 = ready().await;
    ready2.start().await;
    let account = sid(&ready2);
    assert_eq!(
        ready2.killed_at(("GET", &account), slow()).await,
        RotationState::SecondaryStored
    );
    assert_eq!(ready2.killed_at(LIST, slow()).await, RotationState::SecondaryStored);
    ready2.app.run_jobs().await;
    ready2.is_done("a stored token").await;
    assert_eq!(ready2.app.sim.count_requests_to(CREATE.0, CREATE.1), 1);

    // It is tested, and Twilio was not asked yet.
    let ready3 = ready().await;
    ready3.start().await;
    ready3.killed_at(LIST, slow()).await;
    let mut tested = ready3.rotation().await.into_active_model();
    tested.state = sea_orm::ActiveValue::Set(RotationState::Tested);
    tested.update(&ready3.app.services.db).await.unwrap();
    ready3.app.run_jobs().await;
    ready3.is_done("a tested token").await;

    // Twilio has promoted it, and we do not know. Calls are signed with the new token already, and answered.
    let ready4 = ready().await;
    ready4.start().await;
    assert_eq!(ready4.killed_at(PROMOTE, slow()).await, RotationState::Promoting);
    assert_ne!(ready4.at_twilio().auth_token, ready4.before.auth_token);
    assert!(ready4.is_answered().await);
    ready4.app.run_jobs().await;
    ready4.is_done("a promotion").await;
    assert_eq!(ready4.app.sim.count_requests_to(PROMOTE.0, PROMOTE.1), 1);

    // The request to promote is still under way: both tokens are accepted, so it is asked for again.
    let ready5 = ready().await;
    ready5.start().await;
    assert_eq!(ready5.killed_at(PROMOTE, late()).await, RotationState::Promoting);
    ready5.app.run_jobs().await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    ready5.is_done("a promotion under way").await;
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_asking_with_both_tokens() {
    for request in [CREATE, PROMOTE] {
        for kind in [FaultKind::CutOffAfterEffect, FaultKind::BrokenJson, FaultKind::CutOff] {
            let ready = ready().await;
            let after = format!("{request:?} {kind:?}");
            ready.start().await;
            ready.app.sim.fail(on(request, kind));
            for _ in 0..3 {
                ready.app.pass(TimeDelta::minutes(1)).await;
            }
            ready.is_done(&after).await;
            assert!(ready.app.sim.faults().is_empty(), "{after}: it was met");
        }
    }
}

/// Promise 5: a silence of Twilio's ends nothing, and the rotation goes on where it was.
#[tokio::test]
async fn a_silence_is_waited_for_at_every_step() {
    let ready = ready().await;
    ready.start().await;
    let down = |request| Fault {
        times: None,
        ..on(
            request,
            FaultKind::Status {
                status: 500,
                code: 20500,
                message: "down".into(),
            },
        )
    };
    for (request, state) in [
        (CREATE, RotationState::Started),
        (LIST, RotationState::SecondaryStored),
        (PROMOTE, RotationState::Promoting),
    ] {
        ready.app.sim.fail(down(request));
        for _ in 0..4 {
            ready.app.pass(TimeDelta::minutes(6)).await;
        }
        assert_eq!(ready.rotation().await.state, state);
        ready.app.sim.clear_faults();
    }
    ready.app.pass(TimeDelta::minutes(6)).await;
    ready.is_done("silences").await;
}

#[tokio::test]
async fn a_token_with_which_numbers_are_out_of_reach_is_not_promoted() {
    let ready = ready().await;
    let other = scenario::trial(&ready.app.sim);
    let mut numbers = ready.app.sim.numbers(&ready.before.sid).into_iter();
    let sid = numbers.find(|number| number.phone_number == NUMBER).unwrap().sid;
    ready.app.sim.move_number(&sid, &other.sid);
    ready.start().await;
    ready.app.run_jobs().await;
    ready.app.sim.move_number(&sid, &ready.before.sid);
    ready.is_as_before("FAILED", "NUMBERS_OUT_OF_REACH").await;
    assert_eq!(ready.app.sim.count_requests_to(PROMOTE.0, PROMOTE.1), 0);
}

#[tokio::test]
async fn a_secondary_token_that_someone_deletes_is_not_waited_for() {
    let ready = ready().await;
    ready.start().await;
    ready.killed_at(LIST, slow()).await;
    ready.app.sim.delete_secondary_token(&ready.before.sid);
    for _ in 0..20 {
        ready.app.pass(TimeDelta::seconds(20)).await;
    }
    ready.is_as_before("FAILED", "SECONDARY_REJECTED").await;

    ready.start().await;
    ready
        .killed_at(
            PROMOTE,
            FaultKind::Late {
                delay: Duration::from_secs(30),
            },
        )
        .await;
    ready.app.sim.delete_secondary_token(&ready.before.sid);
    ready.app.run_jobs().await;
    assert_eq!(
        ready.rotation().await.state,
        RotationState::Promoting,
        "it may be about to become the primary one"
    );
    ready.app.pass(TimeDelta::minutes(2)).await;
    ready.is_as_before("FAILED", "SECONDARY_LOST").await;
}

/// A promotion that is under way, is asked for again, and is carried out before that: the second request is refused, since there is
/// no secondary token any more, and the old token is dead.
#[tokio::test]
async fn a_promotion_that_overtakes_the_next_one_loses_no_token() {
    let ready = ready().await;
    ready.start().await;
    let late = |millis| FaultKind::Late {
        delay: Duration::from_millis(millis),
    };
    assert_eq!(ready.killed_at(PROMOTE, late(1000)).await, RotationState::Promoting);
    ready.app.sim.fail(on(PROMOTE, late(1500)));
    ready.app.run_jobs().await;
    assert!(ready.app.sim.faults().is_empty(), "it was asked for again");
    ready.is_done("a promotion that came in between").await;
}

/// As long as a request to promote may be under way, no answer is a reason to throw the new token away.
#[tokio::test]
async fn the_new_token_is_kept_while_it_may_become_the_only_one() {
    let refusal = |status, code| FaultKind::Status {
        status,
        code,
        message: "no".to_owned(),
    };
    let in_two_minutes = TimeDelta::minutes(2);

    // The new token is refused once.
    let ready1 = ready().await;
    ready1.start().await;
    let cut_off = FaultKind::Late {
        delay: Duration::from_mins(1),
    };
    ready1.killed_at(PROMOTE, cut_off).await;
    let account = format!("Accounts/{}.json", ready1.before.sid);
    ready1.app.sim.fail(on(("GET", &account), refusal(401, 20003)));
    ready1.app.run_jobs().await;
    assert_eq!(ready1.rotation().await.state, RotationState::Promoting);
    ready1.app.pass(in_two_minutes).await;
    ready1.is_done("one refusal of the new token").await;

    // The promotion is refused while an earlier request may arrive; and with nothing under way, that is the end.
    let ready2 = ready().await;
    ready2.start().await;
    for _ in 0..3 {
        ready2.app.sim.fail(on(PROMOTE, refusal(400, 20001)));
    }
    ready2.app.run_jobs().await;
    assert_eq!(ready2.rotation().await.state, RotationState::Promoting);
    assert_eq!(ready2.credentials().await.len(), 2, "both tokens are kept");
    ready2.app.pass(in_two_minutes).await;
    ready2.is_as_before("FAILED", "TWILIO_REFUSED").await;

    // The old token is refused when the secondary one is to be deleted: it may be dead.
    let ready3 = ready().await;
    ready3.start().await;
    for _ in 0..3 {
        ready3.app.sim.fail(on(PROMOTE, refusal(400, 20001)));
    }
    ready3.app.sim.fail(on(DELETE, refusal(401, 20003)));
    ready3.app.run_jobs().await;
    ready3.app.pass(in_two_minutes).await;
    assert!(ready3.app.sim.faults().is_empty(), "every refusal was met");
    assert_eq!(ready3.rotation().await.state, RotationState::Promoting);
    ready3.app.pass(in_two_minutes).await;
    ready3.is_done("a refusal of the old token").await;
}

/// While both tokens are rejected the new one may be the only good one, of an account that is suspended: it is kept.
#[tokio::test]
async fn no_token_is_thrown_away_while_both_are_rejected() {
    let ready = ready().await;
    ready.start().await;
    ready.killed_at(PROMOTE, slow()).await;
    let sim = &ready.app.sim;
    sim.set_suspended_form(&ready.before.sid, twilio_sim::SuspendedForm::Unauthorized);
    sim.set_status(&ready.before.sid, twilio_sim::AccountStatus::Suspended);
    for _ in 0..3 {
        ready.app.pass(TimeDelta::minutes(10)).await;
    }
    assert_eq!(ready.rotation().await.state, RotationState::Promoting);
    sim.set_status(&ready.before.sid, twilio_sim::AccountStatus::Active);
    for _ in 0..2 {
        ready.app.pass(TimeDelta::minutes(10)).await; // It takes two evaluations until an account is shown better.
    }
    ready.is_done("a suspension").await;
}

#[tokio::test]
async fn another_token_that_is_entered_meanwhile_ends_the_rotation() {
    let ready = ready().await;
    ready.start().await;
    ready.killed_at(LIST, slow()).await;
    let entered = ready.app.sim.rotate_token(&ready.before.sid);
    ready.app.sim.create_secondary_token(&ready.before.sid).unwrap(); // Left over, as far as Callab knows.
    let input = json!({ "accountId": ready.id, "authToken": entered });
    ready.owner.done("updateTwilioAccount", "account { id }", input).await;
    ready.app.run_jobs().await;
    let shown = ready.shown().await;
    let rotation = &shown["credentials"]["rotation"];
    assert_eq!(
        (&rotation["state"], &rotation["reason"]),
        (&json!("ABANDONED"), &json!("TOKEN_REPLACED"))
    );
    assert_eq!(
        (ready.at_twilio().auth_token, ready.at_twilio().secondary_token),
        (entered, None)
    );
    ready.works("another token").await;

    ready.app.clock.advance(TimeDelta::seconds(1));
    // Not while a promotion may be under way, which would make what is entered invalid.
    ready.start().await;
    ready.killed_at(PROMOTE, slow()).await;
    let promoted = ready.at_twilio().auth_token;
    let input = json!({ "accountId": ready.id, "authToken": promoted });
    let refused = ready.owner.refused("updateTwilioAccount", input.clone()).await;
    assert_eq!(
        refused,
        [("ROTATION_UNDER_WAY".to_owned(), Some("authToken".to_owned()))]
    );
    ready.app.clock.advance(TimeDelta::minutes(3));
    ready.owner.done("updateTwilioAccount", "account { id }", input).await;
    ready.app.run_jobs().await;
    ready.works("the promoted token was entered").await;
}

#[tokio::test]
async fn a_disconnected_account_is_left_with_its_one_token() {
    let ready = ready().await;
    ready.start().await;
    ready.killed_at(LIST, slow()).await;
    let input = json!({ "accountId": ready.id });
    ready
        .owner
        .done("disconnectTwilioAccount", "account { id }", input)
        .await;
    assert_eq!(
        ready.credentials().await.len(),
        2,
        "it is needed to delete the secondary token"
    );
    ready.app.run_jobs().await;
    let ended = ready.rotation().await;
    assert_eq!(
        (ended.state, ended.reason.as_deref()),
        (RotationState::Abandoned, Some("ACCOUNT_DISCONNECTED"))
    );
    assert_eq!(ready.at_twilio().secondary_token, None);
    assert!(ready.credentials().await.is_empty());
    let mut numbers = ready.app.sim.numbers(&ready.before.sid).into_iter();
    let voice_url = numbers.find(|number| number.phone_number == NUMBER).unwrap().voice_url;
    assert!(
        !voice_url.starts_with(&ready.app.url),
        "the number {} was given back",
        ready.number
    );
}

#[tokio::test]
async fn a_rotation_is_refused_with_the_reason() {
    let ready = ready().await;
    let input = |confirmed: bool| json!({ "accountId": ready.id, "confirmed": confirmed });
    let payload = ready.owner.mutate("rotateAuthToken", "", input(false)).await;
    assert_eq!(payload["userErrors"][0]["code"], "CONFIRMATION_NEEDED");
    assert!(
        payload["userErrors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("stops working")
    );
    ready.start().await;
    assert_eq!(
        ready.owner.refused("rotateAuthToken", input(true)).await[0].0,
        "ROTATION_UNDER_WAY"
    );
    ready.app.run_jobs().await;

    // Changed at Twilio by someone else: there is nothing to make a second token with, and the way out is said.
    ready.app.sim.rotate_token(&ready.before.sid);
    let check = json!({ "accountId": ready.id });
    ready.owner.done("verifyTwilioAccount", "account { id }", check).await;
    ready.app.run_jobs().await;
    ready.app.pass(TimeDelta::seconds(31)).await;
    let payload = ready.owner.mutate("rotateAuthToken", "", input(true)).await;
    assert_eq!(payload["userErrors"][0]["code"], "CREDENTIALS_REJECTED");
    assert_eq!(payload["userErrors"][0]["message"], rotation::ROTATED_ELSEWHERE);

    let [_, child] = scenario::subaccount(&ready.app.sim);
    let child = ready.app.connect(&ready.owner, &child).await;
    let input = json!({ "accountId": child, "confirmed": true });
    assert_eq!(
        ready.owner.refused("rotateAuthToken", input).await[0].0,
        "ROTATION_NOT_OFFERED"
    );
    let policy = json!({ "accountId": child, "policy": "ROTATE", "days": 30, "confirmed": true });
    assert_eq!(
        ready.owner.refused("setRotationPolicy", policy).await[0].0,
        "ROTATION_NOT_OFFERED"
    );
}

#[tokio::test]
async fn a_policy_reminds_or_rotates_when_the_token_is_old_enough() {
    let ready = ready().await;
    let events = async |kind: &str| {
        let of_kind = event::Entity::find().filter(event::COLUMN.kind.eq(kind));
        of_kind.count(&ready.app.services.db).await.unwrap()
    };
    let apply = async || rotation::apply_policies(&ready.app.services).await.unwrap();
    let policy = async |policy: &str, more: Value| {
        let mut input = json!({ "accountId": ready.id, "policy": policy });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let payload = ready
            .app
            .owner()
            .mutate("setRotationPolicy", "account { id }", input)
            .await;
        payload["userErrors"][0]["code"].clone()
    };
    assert_eq!(policy("REMIND", json!({})).await, "ROTATION_DAYS_INVALID");
    assert_eq!(policy("ROTATE", json!({ "days": 20 })).await, "CONFIRMATION_NEEDED");
    assert_eq!(policy("REMIND", json!({ "days": 20 })).await, Value::Null);
    let shown = ready.shown().await["credentials"].clone();
    assert_eq!(
        (&shown["policy"]["policy"], &shown["policy"]["days"]),
        (&json!("REMIND"), &json!(20))
    );
    let time = |field: &Value| {
        field
            .as_str()
            .unwrap()
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    };
    assert_eq!(
        time(&shown["policy"]["dueAt"]) - time(&shown["tokenSetAt"]),
        TimeDelta::days(20)
    );

    ready.app.clock.advance(TimeDelta::days(20) - TimeDelta::seconds(1));
    assert_eq!(apply().await, 0);
    ready.app.clock.advance(TimeDelta::seconds(1));
    assert_eq!((apply().await, apply().await), (1, 0));
    assert_eq!(events("token.rotation_due").await, 1);
    ready.app.clock.advance(TimeDelta::days(7));
    assert_eq!((apply().await, events("token.rotation_due").await), (1, 2));

    assert_eq!(
        policy("ROTATE", json!({ "days": 20, "confirmed": true })).await,
        Value::Null
    );
    assert_eq!((apply().await, apply().await), (1, 0), "one rotation at a time");
    ready.app.run_jobs().await;
    let shown = ready.shown().await["credentials"].clone();
    assert_eq!(
        shown["rotation"],
        json!({ "state": "DONE", "reason": null, "byPolicy": true })
    );
    assert_ne!(ready.at_twilio().auth_token, ready.before.auth_token);
    assert_eq!(apply().await, 0, "the token is new");
}
