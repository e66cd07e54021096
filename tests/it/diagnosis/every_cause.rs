//! Every trouble that the simulated Twilio knows by name, and the cause that the diagnosis names for it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde_json::json;
use twilio_sim::scenario::CHANGES;

use super::{Bench, cause};

/// What can happen to an account or a number by name, and what the diagnosis says of it once everything was asked.
const CAUSES: [(&str, &str, &str); 36] = [
    ("token_rotated", "TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED"),
    ("token_promoted", "TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED"),
    ("region_changed", "TOKEN_ACCEPTED", "WRONG_REGION"),
    ("suspended", "TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED"),
    ("suspended_status_only", "ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED"),
    ("suspended_forbidden", "ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED_OR_CLOSED"),
    ("closed", "TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED"),
    ("closed_status_only", "ACCOUNT_ACTIVE", "ACCOUNT_CLOSED"),
    ("closed_forbidden", "ACCOUNT_ACTIVE", "ACCOUNT_SUSPENDED_OR_CLOSED"),
    ("geo_blocked", "GEO_PERMISSION", "COUNTRY_NOT_PERMITTED"),
    ("number_released", "NUMBER_OWNED", "NUMBER_GONE"),
    ("number_moved", "NUMBER_OWNED", "NUMBER_GONE"),
    ("not_voice_enabled", "NUMBER_VOICE", "NO_VOICE"),
    ("fax_mode", "NUMBER_VOICE", "FAX_MODE"),
    ("routing_not_set", "ROUTING_OURS", "NOT_SET"),
    ("url_changed", "ROUTING_OURS", "URL_CHANGED"),
    ("wrong_method", "ROUTING_OURS", "WRONG_METHOD"),
    ("overridden_by_trunk", "ROUTING_OURS", "OVERRIDDEN_BY_TRUNK"),
    ("overridden_by_application", "ROUTING_OURS", "OVERRIDDEN_BY_APPLICATION"),
    ("other_region", "ROUTING_OURS", "OTHER_REGION"),
    ("incident_opened", "INCIDENTS", "INCIDENT_OPEN"),
    // A silence is no refusal.
    ("throttled", "none", "none"),
    ("failing", "none", "none"),
    ("unreachable", "none", "none"),
    ("not_json", "none", "none"),
    // A figure stops nothing.
    ("negative_balance", "none", "none"),
    ("no_balance", "none", "none"),
    ("low_balance", "none", "none"),
    ("heavy_spend", "none", "none"),
    // Verified callers are a trial account's alone.
    ("caller_ids_lost", "none", "none"),
    // What is over, or never was in the way.
    ("active_again", "none", "none"),
    ("in_funds", "none", "none"),
    ("topped_up", "none", "none"),
    ("incident_resolved", "none", "none"),
    ("calm", "none", "none"),
    ("slow", "none", "none"),
];

/// Troubles that only a call, or a destination, brings to light: whether one rings, and the cause.
const CALLS_TELL: [(&str, bool, &str, &str); 11] = [
    ("suspended_not_active", false, "ACCOUNT_ACTIVE", "ACCOUNT_NOT_ACTIVE"),
    ("closed_not_active", false, "ACCOUNT_ACTIVE", "ACCOUNT_NOT_ACTIVE"),
    ("out_of_funds", true, "CREDIT", "NO_FUNDS"),
    ("too_many_calls", true, "TRIAL_LIMITS", "TOO_MANY_CALLS"),
    ("signature_failing", true, "SIGNATURE_VALID", "SIGNATURE_REFUSED"),
    ("trial_limits", false, "TRIAL_LIMITS", "TRIAL_NUMBER_NOT_VERIFIED"),
    ("webhook_failing", false, "WEBHOOK_ANSWERED", "WEBHOOK_FAILED"),
    ("errors_logged", false, "AGENT_REACHABLE", "STREAM_BROKE"), // The first in order of those that were logged.
    ("burst_of_calls", false, "none", "none"),
    ("burst_of_failures", false, "none", "none"),
    ("new_expensive_destination", false, "none", "none"),
];

/// Troubles that show when a call is placed, and those of the account's own answer.
const REFUSALS: [(&str, bool, &str, &str); 14] = [
    ("voice_disabled", true, "ACCOUNT_ACTIVE", "VOICE_DISABLED"),
    ("calls_denied", true, "TOKEN_ACCEPTED", "RIGHT_DENIED"),
    ("feature_missing", true, "TRIAL_LIMITS", "TRIAL_FEATURE"),
    ("premium_blocked", true, "GEO_PERMISSION", "HIGH_RISK_NOT_PERMITTED"),
    ("international_off", true, "GEO_PERMISSION", "INTERNATIONAL_OFF"),
    ("destination_invalid", true, "GEO_PERMISSION", "DESTINATION_INVALID"),
    ("destination_blocked", true, "GEO_PERMISSION", "DESTINATION_BLOCKED"),
    ("caller_id_refused", true, "CALLER_ID", "CALLER_ID_NOT_OWNED"),
    ("caller_id_invalid", true, "CALLER_ID", "CALLER_ID_INVALID"),
    ("calls_refused_oddly", true, "TWILIO_ERRORS", "TWILIO_ERROR"),
    ("test_credentials", false, "TOKEN_ACCEPTED", "TEST_CREDENTIALS"),
    ("account_denied", false, "TOKEN_ACCEPTED", "RIGHT_DENIED"),
    ("account_not_found", false, "TOKEN_ACCEPTED", "ACCOUNT_NOT_FOUND"),
    ("account_refused_oddly", false, "TOKEN_ACCEPTED", "TWILIO_ERROR"),
];

/// Troubles of accounts that sign in with an API key.
const OF_KEYS: [(&str, &str, &str); 2] = [
    ("keys_deleted", "TOKEN_ACCEPTED", "TOKEN_CHANGED_OR_SUSPENDED"),
    // Numbers and calls are left to it: all that calls need.
    ("keys_restricted", "none", "none"),
];

#[tokio::test]
async fn each_named_trouble_has_its_cause() {
    for (happens, name, reason) in CAUSES {
        let bench = Bench::ready().await;
        assert!(bench.app.sim.happen(&bench.twilio.sid, happens), "{happens}");
        bench.app.clock.advance(TimeDelta::seconds(1));
        bench.verify().await;
        let diagnosis = bench.ask(Some("GB")).await;
        assert_eq!(cause(&diagnosis), (name, reason), "{happens}: {diagnosis:#}");
        assert!(name == "none" || !diagnosis["cause"]["whoActs"].is_null(), "{happens}");
    }
}

#[tokio::test]
async fn troubles_that_calls_bring_to_light() {
    for (happens, rings, name, reason) in CALLS_TELL {
        let bench = Bench::ready().await;
        bench.app.clock.advance(TimeDelta::minutes(2));
        assert!(bench.app.sim.happen(&bench.twilio.sid, happens), "{happens}");
        if rings {
            bench.ring().await;
        }
        bench.verify().await;
        let diagnosis = bench.ask(Some("+14155550199")).await;
        assert_eq!(cause(&diagnosis), (name, reason), "{happens}: {diagnosis:#}");
    }
}

#[tokio::test]
async fn troubles_that_show_when_twilio_is_asked() {
    for (happens, places, name, reason) in REFUSALS {
        let bench = Bench::ready().await;
        let agent = bench.app.agent(&bench.owner, "a1", bench.agent.url()).await;
        bench.app.assign(&bench.owner, &bench.number, &agent, "OUTBOUND").await;
        if happens == "feature_missing" {
            let trial = |account: &mut twilio_sim::SimAccount| account.kind = twilio_sim::AccountKind::Trial;
            bench.app.sim.change_account(&bench.twilio.sid, trial);
        }
        bench.app.clock.advance(TimeDelta::minutes(2));
        assert!(bench.app.sim.happen(&bench.twilio.sid, happens), "{happens}");
        if places {
            let input = json!({ "phoneNumberId": bench.number, "to": "+14155550111" });
            bench.owner.done("placeCall", "callIntent { id }", input).await;
            bench.app.run_jobs().await;
        }
        bench.verify().await;
        let diagnosis = bench.ask(Some("+14155550111")).await;
        assert_eq!(cause(&diagnosis), (name, reason), "{happens}: {diagnosis:#}");
        if !places {
            let account = "query($id: ID!) { twilioAccount(id: $id) { health { state } } }";
            let told = bench.owner.ask(account, json!({ "id": bench.account })).await;
            assert_eq!(told["twilioAccount"]["health"]["state"], "FAILING", "{happens}: {told}");
        }
    }
}

#[tokio::test]
async fn troubles_of_accounts_with_a_key() {
    for (happens, name, reason) in OF_KEYS {
        let bench = Bench::ready().await;
        let key = bench.app.sim.add_key(&bench.twilio.sid, twilio_sim::KeyKind::Standard);
        let input = json!({ "accountId": bench.account, "apiKeySid": key.sid, "apiKeySecret": key.secret });
        bench.owner.done("updateTwilioAccount", "account { id }", input).await;
        bench.app.run_jobs().await;
        assert!(bench.app.sim.happen(&bench.twilio.sid, happens), "{happens}");
        bench.app.clock.advance(TimeDelta::hours(2));
        bench.verify().await;
        let diagnosis = bench.ask(Some("GB")).await;
        assert_eq!(cause(&diagnosis), (name, reason), "{happens}: {diagnosis:#}");
    }
}

/// A trouble that the simulated Twilio learns has to be explained too.
#[test]
fn no_trouble_is_left_out() {
    let of_calls = CALLS_TELL.iter().map(|(happens, ..)| *happens);
    let others = CAUSES.iter().chain(&OF_KEYS).map(|(happens, ..)| *happens);
    let refusals = REFUSALS.iter().map(|(happens, ..)| *happens);
    let told: BTreeSet<&str> = of_calls.chain(others).chain(refusals).collect();
    assert_eq!(told, BTreeSet::from(CHANGES));
}
