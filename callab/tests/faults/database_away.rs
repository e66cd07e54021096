//! The database is away while calls come in: each caller hears the constant sentence, and nothing is left of the request.

use callab_tests::TestAgent;
use callab_tests::hook::{Hook, Told};
use callab_tests::postgres::PrivatePostgres;
use futures_util::future::join_all;
use twilio_sim::{SimNumber, WebhookPurpose};

use crate::cluster::{Cluster, Setup};
use crate::customer::{Customer, agent};
use crate::process::get;
use crate::rows;
use crate::until::until_true;

/// A number of nobody's that rings at customers.
const CALLER: &str = "+14155550177";

/// A webhook that Twilio would send, at this API. It has the 15 seconds that Twilio gives it.
async fn ask(customer: &Customer, number: &SimNumber, api: &str, call: &str) -> Told {
    let form = [
        ("AccountSid", customer.twilio.sid.as_str()),
        ("CallSid", call),
        ("CallStatus", "ringing"),
        ("From", CALLER),
        ("To", &number.phone_number),
    ];
    let path = &number.voice_url[number.voice_url.find("/twilio/").expect("an address of ours")..];
    Hook::signed(&customer.twilio.auth_token, &number.voice_url, &form)
        .to(format!("{api}{path}"))
        .send()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_voice_is_503_whether_the_token_is_known_or_not_and_the_fallback_answers() {
    let setup = Setup {
        postgres: Some(PrivatePostgres::start(&[]).expect("PostgreSQL")),
        ..Setup::default()
    };
    let cluster = Cluster::start_with(setup).await;
    let (knows, mut knows_not, _worker) = (cluster.api().await, cluster.api().await, cluster.worker().await);
    let owner = cluster.owner("a", &knows.url);
    let customer = Customer::settled(&cluster, &owner, 1).await.remove(0);
    let front_desk = TestAgent::start().await.expect("an agent");
    let id = agent(&owner, front_desk.url()).await;
    customer.assign(&id).await;
    rows::all_ended(&cluster.db).await;
    let number = cluster.sim.number(&customer.original.sid).expect("the number");

    // The one opens the token for a call, the other never did.
    let first = ask(&customer, &number, &knows.url, "CA00000000000000000000000000000001").await;
    assert_eq!(first.status, 200);
    assert!(first.body.contains("<Stream"), "{}", first.body);

    cluster.postgres.crash().expect("the end of PostgreSQL");
    for (api, call) in [
        (&knows, "CA00000000000000000000000000000001"),
        (&knows, "CA00000000000000000000000000000002"),
        (&knows_not, "CA00000000000000000000000000000003"),
    ] {
        let told = ask(&customer, &number, &api.url, call).await;
        assert_eq!((told.status.as_u16(), told.body.as_str()), (503, ""), "{call}");
        let fallback = get(&api.url, "/twilio/v1/fallback").expect("an answer");
        assert!(
            fallback.starts_with("HTTP/1.0 200") && fallback.contains("<Say"),
            "{fallback}"
        );
        assert!(
            get(&api.ops, "/healthz")
                .expect("an answer")
                .starts_with("HTTP/1.0 200")
        );
    }
    let flood = (0..100).map(async |n| ask(&customer, &number, &knows.url, &format!("CA{n:032x}")).await);
    assert!(join_all(flood).await.iter().all(|told| told.status == 503));
    until_true("a line to say how many were left out", async || {
        ask(&customer, &number, &knows.url, "CA00000000000000000000000000000001").await;
        knows.process.log().contains("left_out")
    })
    .await;
    let log = knows.process.log();
    let lines = log
        .lines()
        .filter(|line| line.contains("could not look a webhook's address up"));
    assert!(lines.count() < 10, "the log tells of each of a hundred calls: {log}");

    let call = cluster.sim.ring(CALLER, &number.phone_number);
    let call = cluster.sim.call_finished(&call).await;
    let voice = call.webhooks_for(WebhookPurpose::Twiml).next().expect("Twilio asked");
    assert_eq!((voice.status, call.verbs()), (Some(503), vec!["Say", "Hangup"]));

    cluster.postgres.start_again().expect("PostgreSQL");
    until_true("calls to be answered again", async || {
        let told = ask(&customer, &number, &knows_not.url, "CA00000000000000000000000000000004").await;
        told.status == 200
    })
    .await;
    assert!(knows_not.process.runs());
}
