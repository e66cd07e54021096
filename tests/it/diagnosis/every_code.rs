//! Every code of Twilio's that Callab explains, through Twilio's error log and as the refusal of a call: the cause that is named while
//! it stands, and what is left of it once everything was asked after it.

use std::collections::BTreeSet;

use callab_tests::TestApp;
use callab_tests::story::CALLER;
use chrono::TimeDelta;
use domain::checklist::{CheckName, codes_of};
use serde_json::{Value, json};
use twilio_sim::{AccountKind, Fault, FaultKind, LogLevel, Match};

use super::{Bench, NUMBER, alert, cause, check, diagnose};

/// A check and its reason.
type Cause = (&'static str, &'static str);

const NONE: Cause = ("none", "none");
const CALLED: &str = "+14155550166";

/// Codes; whether the account is a trial account; the cause right after the entry; the cause when asked once more.
const LOGGED: &[(&[u32], bool, Cause, Cause)] = &[
    // The account answers, the number is there, the routing stands: then the entry is over.
    (
        &[20003, 51001],
        false,
        ("TWILIO_ERRORS", "TOKEN_CHANGED_OR_SUSPENDED"),
        NONE,
    ),
    (&[20006], false, ("TWILIO_ERRORS", "RIGHT_DENIED"), NONE),
    (&[20008], false, ("TWILIO_ERRORS", "TEST_CREDENTIALS"), NONE),
    (&[20429], false, ("TWILIO_ERRORS", "THROTTLED"), NONE),
    (&[20403], false, ("ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED_OR_CLOSED"), NONE),
    (&[20404], false, ("NUMBER_OWNED", "NUMBER_GONE"), NONE),
    (
        &[21402, 21405, 21420],
        false,
        ("TWILIO_ERRORS", "ROUTING_NOT_WRITTEN"),
        NONE,
    ),
    // With credit before and after it was not for want of credit.
    (
        &[20005, 10001, 10003, 90010],
        false,
        ("CREDIT", "NO_FUNDS"),
        ("ACCOUNT_ACTIVE", "ACCOUNT_NOT_ACTIVE"),
    ),
    // What a call alone can prove stands until there is one.
    (
        &[10005],
        false,
        ("ACCOUNT_ACTIVE", "VOICE_DISABLED"),
        ("ACCOUNT_ACTIVE", "VOICE_DISABLED"),
    ),
    (
        &[31901, 31902, 31920, 31922],
        false,
        ("AGENT_REACHABLE", "STREAM_REFUSED"),
        ("AGENT_REACHABLE", "STREAM_REFUSED"),
    ),
    (
        &[31921, 31924, 31930, 31931, 31941, 31950, 31951],
        false,
        ("AGENT_REACHABLE", "STREAM_BROKE"),
        ("AGENT_REACHABLE", "STREAM_BROKE"),
    ),
    (
        &[
            13249, 13246, 13244, 21221, 21222, 21223, 21224, 21225, 21226, 21227, 21228, 21229, 32009, 32011, 32014,
        ],
        false,
        ("AGENT_REACHABLE", "SIP_FAILED"),
        ("AGENT_REACHABLE", "SIP_FAILED"),
    ),
    (
        &[11200],
        false,
        ("WEBHOOK_ANSWERED", "WEBHOOK_FAILED"),
        ("WEBHOOK_ANSWERED", "WEBHOOK_FAILED"),
    ),
    (
        &[11205, 11206, 11210, 11215, 11220, 11235, 11237],
        false,
        ("WEBHOOK_ANSWERED", "WEBHOOK_UNREACHABLE"),
        ("WEBHOOK_ANSWERED", "WEBHOOK_UNREACHABLE"),
    ),
    (
        &[11750, 11770, 12100, 12200, 12300, 13201],
        false,
        ("WEBHOOK_ANSWERED", "WEBHOOK_BAD_ANSWER"),
        ("WEBHOOK_ANSWERED", "WEBHOOK_BAD_ANSWER"),
    ),
    (
        &[21215, 13227],
        false,
        ("GEO_PERMISSION", "COUNTRY_NOT_PERMITTED"),
        ("GEO_PERMISSION", "COUNTRY_NOT_PERMITTED"),
    ),
    (
        &[21203],
        false,
        ("GEO_PERMISSION", "INTERNATIONAL_OFF"),
        ("GEO_PERMISSION", "INTERNATIONAL_OFF"),
    ),
    (
        &[21202],
        false,
        ("GEO_PERMISSION", "HIGH_RISK_NOT_PERMITTED"),
        ("GEO_PERMISSION", "HIGH_RISK_NOT_PERMITTED"),
    ),
    (
        &[21216, 13225, 32203],
        false,
        ("GEO_PERMISSION", "DESTINATION_BLOCKED"),
        ("GEO_PERMISSION", "DESTINATION_BLOCKED"),
    ),
    (
        &[21211, 21214, 21217, 21266, 13223, 13224, 13226],
        false,
        ("GEO_PERMISSION", "DESTINATION_INVALID"),
        ("GEO_PERMISSION", "DESTINATION_INVALID"),
    ),
    (
        &[21210, 13214],
        false,
        ("CALLER_ID", "CALLER_ID_NOT_OWNED"),
        ("CALLER_ID", "CALLER_ID_NOT_OWNED"),
    ),
    (
        &[21212, 13247],
        false,
        ("CALLER_ID", "CALLER_ID_INVALID"),
        ("CALLER_ID", "CALLER_ID_INVALID"),
    ),
    (
        &[10004],
        false,
        ("TRIAL_LIMITS", "TOO_MANY_CALLS"),
        ("TRIAL_LIMITS", "TOO_MANY_CALLS"),
    ),
    (
        &[21219, 21608],
        true,
        ("TRIAL_LIMITS", "TRIAL_NUMBER_NOT_VERIFIED"),
        ("TRIAL_LIMITS", "TRIAL_NUMBER_NOT_VERIFIED"),
    ),
    (
        &[21264],
        true,
        ("TRIAL_LIMITS", "TRIAL_CALLER_NOT_VERIFIED"),
        ("TRIAL_LIMITS", "TRIAL_CALLER_NOT_VERIFIED"),
    ),
    (
        &[10002, 21404],
        true,
        ("TRIAL_LIMITS", "TRIAL_FEATURE"),
        ("TRIAL_LIMITS", "TRIAL_FEATURE"),
    ),
    (
        &[12400, 20500, 20503],
        false,
        ("TWILIO_ERRORS", "TWILIO_INTERNAL"),
        ("TWILIO_ERRORS", "TWILIO_INTERNAL"),
    ),
    (
        &[15002, 15003],
        false,
        ("TWILIO_ERRORS", "CALLBACK_LATE"),
        ("TWILIO_ERRORS", "CALLBACK_LATE"),
    ),
    (
        &[
            20001, 20004, 20007, 20422, 21201, 21205, 21213, 21218, 21220, 21401, 21409, 21421,
        ],
        false,
        ("TWILIO_ERRORS", "CALLAB_REQUEST"),
        ("TWILIO_ERRORS", "CALLAB_REQUEST"),
    ),
    // Nobody here knows these; the last is of the changes that only a parent account can ask for.
    (
        &[99_999, 21477],
        false,
        ("TWILIO_ERRORS", "TWILIO_ERROR"),
        ("TWILIO_ERRORS", "TWILIO_ERROR"),
    ),
];

/// Codes with which Twilio refuses a call, besides those of [`LOGGED`] that it refuses with alike; and the cause that is named.
const REFUSED_OTHERWISE: &[(&[u32], Cause)] = &[
    (&[20003, 51001], ("TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED")),
    (&[20006], ("TOKEN_ACCEPTED", "RIGHT_DENIED")),
    (&[20008], ("TOKEN_ACCEPTED", "TEST_CREDENTIALS")),
];

/// Answers of Twilio's that are no refusals: the request is sent again, or the call looked up.
const NO_REFUSALS: [u32; 3] = [20429, 20500, 20503];

/// How Twilio answers with a code.
fn status(code: u32) -> u16 {
    match code {
        20003 | 51001 => 401,
        20005 | 20006 | 20008 | 20403 | 10001 | 90010 => 403,
        20404 => 404,
        _ => 400,
    }
}

async fn bench() -> Bench {
    let bench = Bench::of(TestApp::start_with(|services| services.limits.calls_per_hour = 1000).await).await;
    let agent = bench.app.agent(&bench.owner, "a1", bench.agent.url()).await;
    bench.app.assign(&bench.owner, &bench.number, &agent, "OUTBOUND").await;
    bench
}

impl Bench {
    /// A day later nothing is left of what was tried before. A call comes in.
    async fn next_day(&mut self, is_trial: bool) -> String {
        self.app.clock.advance(TimeDelta::hours(25));
        self.owner = self.app.owner();
        self.app.sim.clear_faults();
        let kind = if is_trial {
            AccountKind::Trial
        } else {
            AccountKind::Full
        };
        self.app
            .sim
            .change_account(&self.twilio.sid, |account| account.kind = kind);
        self.verify().await;
        let call = self.app.sim.ring(CALLER, NUMBER);
        self.app.sim.call_finished(&call).await;
        self.app.clock.advance(TimeDelta::seconds(10));
        call
    }

    /// Places a call and answers its error.
    async fn place(&self) -> Value {
        let input = json!({ "phoneNumberId": self.number, "to": CALLED });
        let payload = self.owner.done("placeCall", "callIntent { id }", input).await;
        self.app.run_jobs().await;
        let document = "query($id: ID!) { callIntent(id: $id) { outcome error { code text check } } }";
        let intent = self
            .owner
            .ask(document, json!({ "id": payload["callIntent"]["id"] }))
            .await;
        intent["callIntent"].clone()
    }
}

#[test]
fn no_code_is_left_out() {
    let explained = CheckName::ALL.into_iter().flat_map(codes_of);
    let explained: BTreeSet<u32> = explained.map(i32::cast_unsigned).chain([99_999, 21477]).collect();
    let tried: BTreeSet<u32> = LOGGED.iter().flat_map(|(codes, ..)| codes.iter().copied()).collect();
    assert_eq!(tried, explained);
}

#[tokio::test]
async fn an_entry_of_the_error_log_is_the_cause_while_it_stands() {
    let mut bench = bench().await;
    for (codes, is_trial, at_first, then) in LOGGED {
        for code in *codes {
            let call = bench.next_day(*is_trial).await;
            let spec = twilio_sim::AlertSpec {
                error_code: *code,
                message: format!("Words about {code}"),
                resource_sid: Some(call),
                ..alert()
            };
            bench.app.sim.plant_alert(&bench.twilio.sid, spec);
            let diagnosis = bench.ask(Some(CALLED)).await;
            assert_eq!(cause(&diagnosis), *at_first, "{code}: {diagnosis:#}");
            assert_eq!(diagnosis["cause"]["twilioCode"], *code, "{code}");
            let is_unknown = at_first.1 == "TWILIO_ERROR";
            let words = diagnosis["summary"].as_str().unwrap().contains("Words about");
            assert_eq!(words, is_unknown, "{code}: {}", diagnosis["summary"]);
            bench.app.clock.advance(TimeDelta::seconds(20));
            let diagnosis = bench.ask(Some(CALLED)).await;
            assert_eq!(cause(&diagnosis), *then, "{code}, asked again: {diagnosis:#}");
            let shown = &check(&diagnosis, "TWILIO_ERRORS")["twilioCode"];
            assert!(
                *shown == *code || *then == ("ACCOUNT_ACTIVE", "VOICE_DISABLED"),
                "{code} is shown still: {diagnosis:#}"
            );
        }
    }
}

#[tokio::test]
async fn a_refused_call_has_the_cause_of_its_code() {
    let mut bench = bench().await;
    for (codes, is_trial, at_first, _) in LOGGED {
        for code in codes.iter().filter(|code| !NO_REFUSALS.contains(code)) {
            bench.next_day(*is_trial).await;
            let refusal = FaultKind::Status {
                status: status(*code),
                code: *code,
                message: format!("Words about {code} and {CALLED}"),
            };
            let on = Match {
                method: Some("POST".into()),
                path: Some("Calls".into()),
                account: None,
            };
            let times = Some(1);
            bench.app.sim.fail(Fault {
                on,
                times,
                kind: refusal,
            });
            let intent = bench.place().await;
            assert_eq!(intent["outcome"], "REFUSED", "{code}: {intent}");
            assert_eq!(intent["error"]["code"], *code, "{intent}");
            let diagnosis = diagnose(&bench.owner, &json!({ "n": bench.number, "d": CALLED })).await;
            let otherwise = REFUSED_OTHERWISE.iter().find(|(codes, _)| codes.contains(code));
            let expected = otherwise.map_or(*at_first, |(_, cause)| *cause);
            assert_eq!(cause(&diagnosis), expected, "{code}: {diagnosis:#}");
            if expected.1 == "TWILIO_ERROR" {
                let words = format!("Words about {code} and");
                assert!(diagnosis["summary"].as_str().unwrap().contains(&words), "{diagnosis:#}");
                assert!(intent["error"]["text"].as_str().unwrap().contains(&words), "{intent}");
                assert!(
                    !format!("{diagnosis}{}", intent["error"]).contains(&CALLED[1..]),
                    "a third party's number"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_entry_that_twilio_calls_a_warning_warns() {
    let mut bench = bench().await;
    for (code, name) in [(12200, "WEBHOOK_ANSWERED"), (15003, "TWILIO_ERRORS")] {
        let call = bench.next_day(false).await;
        let spec = twilio_sim::AlertSpec {
            error_code: code,
            log_level: LogLevel::Warning,
            resource_sid: Some(call),
            ..alert()
        };
        bench.app.sim.plant_alert(&bench.twilio.sid, spec);
        let diagnosis = bench.ask(None).await;
        assert_eq!(
            (cause(&diagnosis), &check(&diagnosis, name)["state"]),
            (NONE, &json!("WARN")),
            "{diagnosis:#}"
        );
    }
}
