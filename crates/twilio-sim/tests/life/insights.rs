//! Call quality, for accounts that have bought it.

use callab_twilio_sim::{Insights, SimQuality};
use reqwest::Method;

use super::customer::{CALLER, NUMBER, answering};
use super::server::{Server, assert_refused};

#[tokio::test]
async fn summaries_are_off_until_bought_in_the_chosen_form() {
    let server = Server::start().await;
    let (account, _) = server.account();
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    let summary = format!("/insights/v1/Voice/{}/Summary", call.sid);
    assert_refused(&server.ask(Method::GET, &account, &summary).await, 404, 20404);
    server.sim.set_insights(&account.sid, Insights::Forbidden);
    assert_refused(&server.ask(Method::GET, &account, &summary).await, 403, 20006);
    let (_, settings) = server.ask(Method::GET, &account, "/insights/v1/Voice/Settings").await;
    assert_eq!(settings["advanced_features"], false);
    server.sim.set_insights(&account.sid, Insights::On);
    assert_eq!(server.ask(Method::GET, &account, &summary).await.0, 200);
    let (_, settings) = server.ask(Method::GET, &account, "/insights/v1/Voice/Settings").await;
    assert_eq!(settings["advanced_features"], true);
    let missing = server
        .ask(Method::GET, &account, "/insights/v1/Voice/CA0/Summary")
        .await;
    assert_refused(&missing, 404, 20404);
}

#[tokio::test]
async fn a_summary_is_partial_for_half_an_hour_and_tells_of_bad_quality() {
    let server = Server::start().await;
    let (account, _, customer) = answering(&server).await;
    customer.says("/voice", "<Response><Hangup/></Response>");
    server.sim.set_insights(&account.sid, Insights::On);
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    let quality = SimQuality {
        jitter_max_ms: 45.5,
        loss_percent: 10.0,
        tags: vec!["high_jitter".to_owned()],
        ..SimQuality::default()
    };
    assert!(server.sim.set_quality(&call.sid, quality));
    let path = format!("/insights/v1/Voice/{}/Summary", call.sid);
    let (_, partial) = server.ask(Method::GET, &account, &path).await;
    assert_eq!(
        (
            &*partial["processing_state"].to_string(),
            &*partial["call_state"].to_string()
        ),
        ("\"partial\"", "\"completed\"")
    );
    let complete = format!("{path}?ProcessingState=complete");
    assert_refused(&server.ask(Method::GET, &account, &complete).await, 404, 20404);
    server.advance_seconds(30 * 60);
    let (_, summary) = server.ask(Method::GET, &account, &complete).await;
    let inbound = &summary["carrier_edge"]["metrics"]["inbound"];
    assert_eq!(
        (
            summary["processing_state"].as_str(),
            summary["tags"][0].as_str(),
            inbound["jitter"]["max"].as_f64()
        ),
        (Some("complete"), Some("high_jitter"), Some(45.5))
    );
    assert_eq!(
        (inbound["packets_received"].as_u64(), inbound["packets_lost"].as_u64()),
        (Some(45), Some(5))
    );
}
