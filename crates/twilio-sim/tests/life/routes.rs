//! Which region answers a number.

use callab_twilio_sim::{AccountSpec, CallEvent};
use reqwest::Method;

use super::customer::{CALLER, NUMBER, answering};
use super::server::{Server, answer, assert_refused};

#[tokio::test]
async fn a_number_answered_in_another_region_asks_nobody_here() {
    let server = Server::start().await;
    let (account, pn, customer) = answering(&server).await;
    customer.says("/voice", "<Response/>");
    let path = format!("/routes/v2/PhoneNumbers/%2B{}", &NUMBER[1..]);
    let region = async || server.ask(Method::GET, &account, &path).await.1["voice_region"].clone();
    assert_eq!(region().await, "us1");
    server
        .sim
        .change_number(&pn, |number| number.voice_region = "ie1".to_owned());
    assert_eq!(region().await, "ie1");
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert!(customer.received_at("/voice").is_empty());
    let is_it = |event: &CallEvent| matches!(event, CallEvent::AnsweredInRegion { region } if region == "ie1");
    assert!(call.events.iter().any(is_it));

    let move_to = async |region: &str| {
        let request = server.client.post(format!("{}{path}", server.url));
        let request = request.basic_auth(&account.sid, Some(&account.auth_token));
        answer(request.form(&[("VoiceRegion", region)])).await
    };
    assert_refused(&move_to("mars1").await, 400, 20422);
    assert_eq!(move_to("us1").await.1["voice_region"], "us1");
    server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(customer.received_at("/voice").len(), 1);
}

#[tokio::test]
async fn numbers_of_others_are_not_found() {
    let server = Server::start().await;
    server.account();
    let other = server.sim.add_account(AccountSpec::default());
    let answer = server
        .ask(Method::GET, &other, "/routes/v2/PhoneNumbers/+14155550100")
        .await;
    assert_refused(&answer, 404, 20404);
}
