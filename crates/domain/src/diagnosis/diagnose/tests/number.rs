//! What is said of a number, its agent and its routing.

use super::*;

#[test]
fn the_number() {
    use CheckName::{NumberOwned, NumberVoice};
    let at = |at: AtTwilio| move |s: &mut Evidence| s.numbers[0].row.at_twilio = at;
    assert_eq!(says(NumberOwned, at(AtTwilio::Gone)), told("FAIL", "NUMBER_GONE"));
    assert_eq!(
        says(NumberOwned, at(AtTwilio::Undetermined)),
        told("UNKNOWN", "NUMBER_UNKNOWN")
    );
    assert_eq!(says(NumberVoice, at(AtTwilio::Gone)), told("NOT_REACHED", ""));
    assert_eq!(
        says(NumberVoice, |s| s.numbers[0].row.voice = false),
        told("FAIL", "NO_VOICE")
    );
    let fax = |s: &mut Evidence| {
        s.numbers[0].row.voice = false;
        s.numbers[0].row.seen_routing.voice_receive_mode = Some("fax".into());
    };
    assert_eq!(says(NumberVoice, fax), told("FAIL", "FAX_MODE"));
}

#[test]
fn the_agent() {
    use CheckName::{AgentAssigned, AgentReachable, RoutingOurs};
    let none = |s: &mut Evidence| s.numbers[0].inbound = None;
    assert_eq!(says(AgentAssigned, none), told("FAIL", "NO_AGENT"));
    assert_eq!(of(none).cause, Some(AgentAssigned));
    let never = |s: &mut Evidence| {
        s.numbers[0].inbound = None;
        s.numbers[0].was_assigned = false;
    };
    assert_eq!(says(AgentAssigned, never), told("WARN", "SETUP_NOT_FINISHED"));
    assert_eq!(
        (of(never).cause, says(RoutingOurs, never)),
        (None, told("NOT_REACHED", ""))
    );
    let outbound = |s: &mut Evidence| s.numbers[0].outbound = s.numbers[0].inbound.take();
    assert_eq!(says(AgentAssigned, outbound), told("WARN", "OUTBOUND_ONLY"));
    let removed = |s: &mut Evidence| s.numbers[0].inbound.as_mut().unwrap().removed_at = Some(ago(1));
    assert_eq!(says(AgentAssigned, removed), told("FAIL", "AGENT_REMOVED"));
    assert_eq!(
        says(AgentAssigned, |s| s.numbers[0].row.state = NumberState::Removed),
        told("FAIL", "NUMBER_NOT_ADDED")
    );

    let id = AgentId(Uuid::from_u128(4)).to_string();
    let unreachable = |s: &mut Evidence| {
        s.asked
            .push(answered("AGENT_REACHABLE", &id, CheckState::Fail, json!({}), 1));
    };
    assert_eq!(says(AgentReachable, unreachable), told("FAIL", "AGENT_UNREACHABLE"));
    // A call that came through since is better proof.
    let proved = |s: &mut Evidence| {
        unreachable(s);
        s.numbers[0].connected_at = Some(now());
    };
    assert_eq!(says(AgentReachable, proved), told("PASS", ""));
    assert_eq!(
        says(AgentReachable, |s| s.troubles.push(trouble(31920, 1))),
        told("FAIL", "STREAM_REFUSED")
    );
    assert_eq!(
        says(AgentReachable, |s| s.troubles.push(trouble(31920, 31))),
        told("PASS", "")
    );
    let udp = |s: &mut Evidence| {
        s.numbers[0].inbound = Some(agent("sip:agent@pbx.example"));
        s.numbers[0].connected_at = None;
    };
    assert_eq!(says(AgentReachable, udp), told("UNKNOWN", "SIP_OVER_UDP"));
    assert_eq!(
        says(AgentReachable, |s| s.numbers[0].connected_at = None),
        told("UNKNOWN", "NOT_ASKED")
    );
}

#[test]
fn routing() {
    use CheckName::RoutingOurs;
    let there = |change: fn(&mut Routing)| move |s: &mut Evidence| change(&mut s.numbers[0].row.seen_routing);
    for (change, reason) in [
        ((|r| r.voice_url = None) as fn(&mut Routing), "NOT_SET"),
        (
            |r| r.voice_url = Some("https://me:secret@other.example/x?key=1".into()),
            "URL_CHANGED",
        ),
        (|r| r.voice_method = Some("GET".into()), "WRONG_METHOD"),
        (|r| r.trunk_sid = Some("TK1".into()), "OVERRIDDEN_BY_TRUNK"),
        (
            |r| r.voice_application_sid = Some("AP1".into()),
            "OVERRIDDEN_BY_APPLICATION",
        ),
    ] {
        assert_eq!(says(RoutingOurs, there(change)), told("FAIL", reason));
        let diagnosis = of(there(change));
        assert_eq!(diagnosis.cause, Some(RoutingOurs));
        let check = diagnosis.check(RoutingOurs).unwrap();
        assert_eq!(check.differences.len(), 1);
        assert!(!serde_json::to_string(check).unwrap().contains("secret"), "{check:?}");
        assert_eq!(
            diagnosis.check(CheckName::WebhookAnswered).unwrap().state,
            CheckState::NotReached
        );
    }
    assert_eq!(
        says(RoutingOurs, there(|r| r.status_callback = None)),
        told("WARN", "CALLBACKS_CHANGED")
    );
    let id = number().row.id.to_string();
    let region = |minutes| {
        let id = id.clone();
        move |s: &mut Evidence| {
            s.asked.push(answered(
                VOICE_REGION,
                &id,
                CheckState::Fail,
                json!({ "region": "ie1" }),
                minutes,
            ));
        }
    };
    assert_eq!(says(RoutingOurs, region(1)), told("FAIL", "OTHER_REGION"));
    assert_eq!(says(RoutingOurs, region(60)), told("WARN", "OTHER_REGION")); // A call came since.
    let state = |state: RoutingState| move |s: &mut Evidence| s.numbers[0].row.routing = state;
    assert_eq!(
        says(RoutingOurs, state(RoutingState::Applying)),
        told("WARN", "ROUTING_PENDING")
    );
    assert_eq!(
        says(RoutingOurs, state(RoutingState::ReturnBlocked)),
        told("FAIL", "RETURN_PENDING")
    );
    let problem = |s: &mut Evidence| {
        state(RoutingState::Applying)(s);
        s.numbers[0].row.routing_problem = Some("CREDENTIALS_REJECTED".into());
        s.numbers[0].row.routing_twilio_code = Some(20003);
    };
    assert_eq!(says(RoutingOurs, problem), told("FAIL", "ROUTING_NOT_WRITTEN"));
}
