use ::entity::phone_number::{NumberKind, NumberSource};
use ::entity::{AccountId, E164, NumberId, Routing, WorkspaceId};
use chrono::DateTime;
use uuid::Uuid;

use super::*;

fn number() -> phone_number::Model {
    let at = DateTime::UNIX_EPOCH;
    phone_number::Model {
        id: NumberId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        twilio_account_id: AccountId(Uuid::nil()),
        sid: "PN1".into(),
        e164: E164::parse("+14155550126").unwrap(),
        source: NumberSource::Byot,
        state: NumberState::Added,
        at_twilio: AtTwilio::Listed,
        routing: RoutingState::NotOurs,
        routing_problem: None,
        routing_twilio_code: None,
        nickname: None,
        friendly_name: None,
        country: None,
        kind: NumberKind::Local,
        voice: true,
        sms: false,
        mms: false,
        fax: false,
        twilio_status: None,
        seen_routing: Routing::default(),
        seen_at: at,
        written_routing: None,
        drifted_at: None,
        reference: None,
        added_at: None,
        removed_at: None,
        created_at: at,
        updated_at: at,
    }
}

fn routed(state: RoutingState, base: &str) -> phone_number::Model {
    let ours = routing::ours(base, "ref", &Routing::default());
    phone_number::Model {
        routing: state,
        seen_routing: ours.clone(),
        written_routing: Some(ours),
        ..number()
    }
}

fn told(before: &phone_number::Model, after: &phone_number::Model) -> Vec<(String, Option<String>)> {
    let changes = between(before, after).into_iter();
    changes
        .map(|change| (change.kind.as_str().to_owned(), change.reason))
        .collect()
}

fn kinds(before: &phone_number::Model, after: &phone_number::Model) -> Vec<String> {
    told(before, after).into_iter().map(|(kind, _)| kind).collect()
}

const HERE: &str = "https://here.example";

#[test]
fn what_leaves_calls_where_they_are_is_no_change() {
    let before = routed(RoutingState::Ours, HERE);
    let after = phone_number::Model {
        nickname: Some("Main".into()),
        friendly_name: Some("main".into()),
        seen_at: before.seen_at + chrono::TimeDelta::hours(1),
        ..before.clone()
    };
    assert_eq!(kinds(&before, &after), [""; 0]);
    // Only set out for.
    assert_eq!(kinds(&number(), &routed(RoutingState::Applying, HERE)), [""; 0]);
    assert_eq!(kinds(&before, &routed(RoutingState::ReturnPending, HERE)), [""; 0]);
}

#[test]
fn routing_is_told_at_its_ends() {
    let state = |state: RoutingState| routed(state, HERE);
    let returned = number();
    for (before, after, kind) in [
        (
            state(RoutingState::Applying),
            state(RoutingState::Ours),
            "ROUTING_APPLIED",
        ),
        (
            state(RoutingState::Drifted),
            state(RoutingState::Ours),
            "ROUTING_RESTORED",
        ),
        (state(RoutingState::Drifted), returned.clone(), "ROUTING_ACCEPTED"),
        (state(RoutingState::ReturnPending), returned, "ROUTING_RETURNED"),
        (
            state(RoutingState::Ours),
            routed(RoutingState::Ours, "https://there.example"),
            "WEBHOOK_MOVED",
        ),
    ] {
        assert_eq!(
            kinds(&before, &after),
            [kind],
            "{:?} -> {:?}",
            before.routing,
            after.routing
        );
    }
}

#[test]
fn a_drift_says_which_field_and_how() {
    let before = routed(RoutingState::Ours, HERE);
    let mut after = phone_number::Model {
        routing: RoutingState::Drifted,
        ..before.clone()
    };
    after.seen_routing.voice_url = Some("https://elsewhere.example".into());
    let changes = between(&before, &after);
    assert_eq!(
        told(&before, &after),
        [("ROUTING_DRIFTED".into(), Some("URL_CHANGED".into()))]
    );
    assert_eq!(changes[0].fields, ["voice_url"]);
}

#[test]
fn a_write_that_fails_is_told_once_and_with_its_cause() {
    let before = routed(RoutingState::Applying, HERE);
    let blocked = phone_number::Model {
        routing_problem: Some("CREDENTIALS_REJECTED".into()),
        ..before.clone()
    };
    let cause = Some("CREDENTIALS_REJECTED".to_owned());
    assert_eq!(told(&before, &blocked), [("ROUTING_BLOCKED".into(), cause)]);
    assert_eq!(kinds(&blocked, &blocked), [""; 0]);
}

#[test]
fn a_number_that_goes_and_comes_back_is_told_and_one_that_nobody_looked_for_is_not() {
    let at = |at_twilio: AtTwilio| phone_number::Model { at_twilio, ..number() };
    assert_eq!(kinds(&at(AtTwilio::Listed), &at(AtTwilio::Gone)), ["NUMBER_GONE"]);
    assert_eq!(kinds(&at(AtTwilio::Gone), &at(AtTwilio::Listed)), ["NUMBER_LISTED"]);
    assert_eq!(kinds(&at(AtTwilio::Undetermined), &at(AtTwilio::Listed)), [""; 0]);
    let gone = phone_number::Model {
        at_twilio: AtTwilio::Gone,
        routing_problem: Some("NUMBER_GONE".into()),
        ..routed(RoutingState::Applying, HERE)
    };
    assert_eq!(kinds(&routed(RoutingState::Applying, HERE), &gone), ["NUMBER_GONE"]);
}

#[test]
fn a_number_that_is_added_and_removed_is_told() {
    let state = |state: NumberState| phone_number::Model { state, ..number() };
    let removed = state(NumberState::Removed);
    assert_eq!(kinds(&state(NumberState::Available), &number()), ["NUMBER_ADDED"]);
    assert_eq!(kinds(&removed, &number()), ["NUMBER_ADDED"]);
    assert_eq!(kinds(&number(), &removed), ["NUMBER_REMOVED"]);
}
