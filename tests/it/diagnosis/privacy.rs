//! What a diagnosis and its bundle tell, and to whom.

use callab_tests::story::CALLER;
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::{Bench, NUMBER, alert, diagnose};

#[tokio::test]
async fn another_workspace_learns_nothing_and_staff_see_masked_numbers() {
    let bench = Bench::ready().await;
    let stranger = bench.app.client(Some("b"), "owner");
    for variables in [json!({ "n": bench.number }), json!({ "a": bench.account })] {
        assert_eq!(diagnose(&stranger, &variables).await, Value::Null);
        let document = "query($n: ID, $a: ID) { supportBundle(phoneNumberId: $n, accountId: $a) { markdown } }";
        assert_eq!(stranger.ask(document, variables).await["supportBundle"], Value::Null);
    }
    for input in [
        json!({ "phoneNumberId": bench.number }),
        json!({ "accountId": bench.account }),
    ] {
        assert_eq!(stranger.refused("startDiagnosis", input).await[0].0, "NOT_FOUND");
    }
    for input in [
        json!({}),
        json!({ "phoneNumberId": bench.number, "accountId": bench.account }),
    ] {
        assert_eq!(bench.owner.refused("startDiagnosis", input).await[0].0, "MALFORMED");
    }
    let support = bench.app.client(None, "support");
    let seen = diagnose(&support, &json!({ "n": bench.number })).await;
    assert!(
        seen["summary"].is_string() && !seen.to_string().contains(NUMBER),
        "{seen}"
    );
}

#[tokio::test]
async fn the_bundle_tells_all_and_no_secret() {
    let mut bench = Bench::ready().await;
    let token = bench.twilio.auth_token.clone();
    let other = "+4915112345678";
    // Planted wherever a person or Twilio could put them.
    let planted = format!("call {other} with {token}");
    let label = json!({ "accountId": bench.account, "label": planted });
    bench.owner.done("updateTwilioAccount", "account { id }", label).await;
    let nickname = json!({ "phoneNumberId": bench.number, "nickname": planted });
    bench
        .owner
        .done("updatePhoneNumber", "phoneNumber { id }", nickname)
        .await;
    bench.app.sim.change_number(&bench.sid(), |number| {
        number.friendly_name.clone_from(&planted);
        number.voice_url = format!("https://user:{token}@{other}.example/{token}?to={other}");
    });
    let call = bench.app.sim.ring(other, NUMBER);
    bench.app.sim.call_finished(&call).await;
    for (code, resource) in [(99_123, call.clone()), (99_124, token.clone())] {
        let spec = twilio_sim::AlertSpec {
            error_code: code,
            resource_sid: Some(resource),
            message: planted.clone(),
            ..alert()
        };
        bench.app.sim.plant_alert(&bench.twilio.sid, spec);
    }
    bench.ask(Some(other)).await;
    let jobs = entity::job::Entity::update_many();
    jobs.col_expr(entity::job::Column::LastError, Expr::value(Some(planted.clone())))
        .filter(Expr::value(true))
        .exec(&bench.app.services.db)
        .await
        .unwrap();
    let staff = bench.app.client(None, "support");
    for client in [&bench.owner, &staff] {
        for variables in [json!({ "n": bench.number }), json!({ "a": bench.account })] {
            let document =
                "query($n: ID, $a: ID) { supportBundle(phoneNumberId: $n, accountId: $a) { markdown json fileName } }";
            let bundle = client.ask(document, variables).await["supportBundle"].clone();
            let text = bundle.to_string();
            assert!(
                text.contains(&bench.twilio.sid) && text.contains("99123") && text.contains("ROUTING_OURS"),
                "{text}"
            );
            assert!(text.contains("+1 415 ••• 01"), "{text}");
            for secret in [
                token.as_str(),
                other,
                "4915112345678",
                NUMBER,
                "14155550101",
                CALLER,
                "pa55",
            ] {
                assert!(!text.contains(secret), "{secret} in {bundle:#}");
            }
        }
    }
    bench.twilio.auth_token.clear();
}
