use ::entity::phone_number::{NumberSource, NumberState};
use ::entity::{AccountId, NumberId, WorkspaceId};
use chrono::DateTime;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn listed(n: u32, voice_url: &str) -> Listed {
    Listed {
        sid: format!("PN{n:032x}"),
        e164: E164::parse(&format!("+1415555{n:04}")).unwrap(),
        friendly_name: None,
        country: Some("US".into()),
        kind: NumberKind::Local,
        voice: true,
        sms: false,
        mms: false,
        fax: false,
        twilio_status: Some("in-use".into()),
        routing: Routing {
            voice_url: Some(voice_url.into()),
            ..Routing::default()
        },
    }
}

fn row(listed: &Listed) -> phone_number::Model {
    let at = DateTime::UNIX_EPOCH;
    phone_number::Model {
        id: NumberId(Uuid::nil()),
        workspace_id: WorkspaceId(Uuid::nil()),
        twilio_account_id: AccountId(Uuid::nil()),
        sid: listed.sid.clone(),
        e164: listed.e164.clone(),
        source: NumberSource::Byot,
        state: NumberState::Available,
        at_twilio: AtTwilio::Listed,
        routing: RoutingState::NotOurs,
        routing_problem: None,
        routing_twilio_code: None,
        nickname: Some("Main".into()),
        friendly_name: listed.friendly_name.clone(),
        country: listed.country.clone(),
        kind: listed.kind.clone(),
        voice: listed.voice,
        sms: listed.sms,
        mms: listed.mms,
        fax: listed.fax,
        twilio_status: listed.twilio_status.clone(),
        seen_routing: listed.routing.clone(),
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

/// The rows after a plan was carried out.
fn apply(ours: &[phone_number::Model], plan: Plan) -> Vec<phone_number::Model> {
    let mut rows = ours.to_vec();
    for (before, after) in plan.change {
        *rows.iter_mut().find(|row| row.sid == before.sid).unwrap() = after;
    }
    for gone in plan.gone {
        rows.iter_mut().find(|row| row.sid == gone.sid).unwrap().at_twilio = AtTwilio::Gone;
    }
    rows.extend(plan.add.iter().map(row));
    rows
}

#[test]
fn a_number_we_route_that_leads_elsewhere_has_drifted_and_comes_back() {
    let ours = phone_number::Model {
        routing: RoutingState::Ours,
        written_routing: Some(listed(1, "https://ours.example").routing),
        ..row(&listed(1, "https://ours.example"))
    };
    let drifted = plan(vec![ours], vec![listed(1, "https://theirs.example")])
        .change
        .remove(0)
        .1;
    assert_eq!(
        (&drifted.routing, drifted.nickname.as_deref()),
        (&RoutingState::Drifted, Some("Main"))
    );
    let back = plan(vec![drifted], vec![listed(1, "https://ours.example")])
        .change
        .remove(0)
        .1;
    assert_eq!(back.routing, RoutingState::Ours);
}

proptest! {
    /// Whatever stands on both sides, the second sync finds nothing to do, and every listed number is known and listed.
    #[test]
    fn a_sync_settles_at_once(ours in proptest::collection::btree_set(0u32..40, 0..30), theirs in proptest::collection::btree_set(0u32..40, 0..30), url in "[a-c]") {
        let ours: Vec<_> = ours.into_iter().map(|n| row(&listed(n, "a"))).collect();
        let theirs: Vec<_> = theirs.into_iter().map(|n| listed(n, &url)).collect();
        let after = apply(&ours, plan(ours.clone(), theirs.clone()));
        prop_assert_eq!(after.iter().filter(|row| row.at_twilio == AtTwilio::Listed).count(), theirs.len());
        prop_assert!(after.len() >= ours.len(), "no row is ever dropped");
        let again = plan(after, theirs);
        prop_assert!(again.add.is_empty() && again.change.is_empty() && again.gone.is_empty());
    }
}
