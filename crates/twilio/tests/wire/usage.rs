//! Usage and its triggers.

use callab_twilio::{
    NewUsageTrigger, TriggerBy, TriggerRecurring, Twilio, TwilioError, UsagePeriod, UsageQuery, UsageTriggerSid,
};
use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::server::{ACCOUNT, Reply, Server, who};

const TRIGGER: &str = "UTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn records(records: &Value) -> Reply {
    Reply::json(200, &json!({ "usage_records": records, "next_page_uri": null }))
}

#[tokio::test]
async fn amounts_come_as_text_or_number_and_none_stays_none() {
    // Written by hand: as a JSON value 0.1000 would lose its zeros before it is sent.
    let body = r#"{ "usage_records": [
        { "category": "calls", "price": "0.1000", "count": "3", "usage": 7, "price_unit": "usd",
          "start_date": "2026-01-31", "end_date": "2026-01-31", "as_of": "2026-01-31T23:59:00+02:00" },
        { "category": "totalprice", "price": 12345678901234567.89, "count": null, "count_unit": "" },
        { "category": "a-new-one", "start_date": "soon" } ] }"#;
    let server = Server::start([Reply::text(200, body)]).await;
    let query = UsageQuery::new(UsagePeriod::ThisMonth);
    let read = server.client().list_usage(&who(), &query).await.unwrap();
    let amounts: Vec<_> = read
        .iter()
        .map(|record| {
            let text = |amount: Option<rust_decimal::Decimal>| amount.map(|amount| amount.to_string());
            (text(record.price), text(record.count), text(record.usage))
        })
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        amounts,
        [
            (some("0.1000"), some("3"), some("7")),
            (some("12345678901234567.89"), None, None),
            (None, None, None)
        ]
    );
    assert_eq!(read[0].price_unit.as_deref(), Some("USD"));
    assert_eq!(read[0].start_date, NaiveDate::from_ymd_opt(2026, 1, 31));
    assert_eq!(read[0].as_of.unwrap().to_rfc3339(), "2026-01-31T21:59:00+00:00");
    assert_eq!((read[2].category.as_str(), read[2].start_date), ("a-new-one", None));
}

#[tokio::test]
async fn each_category_is_asked_for_by_itself_and_subaccounts_are_left_out() {
    let record = |category: &str| json!([{ "category": category, "start_date": "2026-01-31" }]);
    let server = Server::start([records(&record("calls")), records(&record("totalprice"))]).await;
    let query = UsageQuery {
        categories: vec!["calls".into(), "totalprice".into()],
        start: NaiveDate::from_ymd_opt(2026, 1, 1),
        end: NaiveDate::from_ymd_opt(2026, 1, 31),
        ..UsageQuery::new(UsagePeriod::Daily)
    };
    assert_eq!(server.client().list_usage(&who(), &query).await.unwrap().len(), 2);
    let sent = server.requests();
    let common = "PageSize=1000&StartDate=2026-01-01&EndDate=2026-01-31&IncludeSubaccounts=false&Category=";
    assert_eq!(sent[0].raw_query, format!("{common}calls"));
    assert_eq!(sent[1].raw_query, format!("{common}totalprice"));
}

#[tokio::test]
async fn days_and_currencies_of_one_category_are_records_of_their_own() {
    let day =
        |day: &str, unit: &str| json!({ "category": "calls", "start_date": day, "end_date": day, "price_unit": unit });
    let all = json!([
        day("2026-01-30", "usd"),
        day("2026-01-31", "usd"),
        day("2026-01-31", "eur")
    ]);
    let server = Server::start([records(&all)]).await;
    let query = UsageQuery::new(UsagePeriod::Daily);
    assert_eq!(server.client().list_usage(&who(), &query).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_trigger_is_asked_for_at_its_plain_value() {
    let answer =
        json!({ "sid": TRIGGER, "account_sid": ACCOUNT, "recurring": "", "trigger_by": "moons", "trigger_value": 50 });
    let server = Server::start([Reply::json(201, &answer)]).await;
    let new = NewUsageTrigger {
        category: "totalprice".into(),
        by: TriggerBy::Price,
        value: "12.50".parse().unwrap(),
        recurring: Some(TriggerRecurring::Daily),
        callback_url: "https://callab.example/u".into(),
        friendly_name: None,
    };
    let made = server.client().create_usage_trigger(&who(), &new).await.unwrap();
    let form: Vec<_> = server.requests()[0]
        .form
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        form,
        [
            "UsageCategory=totalprice",
            "TriggerBy=price",
            "TriggerValue=12.50",
            "CallbackUrl=https://callab.example/u",
            "CallbackMethod=POST",
            "Recurring=daily",
        ]
    );
    assert_eq!((made.recurring, made.trigger_value), (None, Some(50.into())));
    assert_eq!(made.trigger_by, Some(TriggerBy::Other("moons".into())));
}

#[tokio::test]
async fn a_trigger_that_is_gone_already_counts_as_deleted() {
    let server = Server::start([
        Reply::text(204, ""),
        Reply::error(404, 20404),
        Reply::text(404, "<html>"),
        Reply::error(401, 20003),
    ])
    .await;
    let (twilio, sid) = (server.client(), UsageTriggerSid::parse(TRIGGER).unwrap());
    twilio.delete_usage_trigger(&who(), &sid).await.unwrap();
    twilio.delete_usage_trigger(&who(), &sid).await.unwrap();
    let error = twilio.delete_usage_trigger(&who(), &sid).await.unwrap_err();
    assert!(
        matches!(error, TwilioError::Unexplained { .. }),
        "not Twilio's words: {error:?}"
    );
    let error = twilio.delete_usage_trigger(&who(), &sid).await.unwrap_err();
    assert!(matches!(error, TwilioError::Unauthorized { .. }), "{error:?}");
}
