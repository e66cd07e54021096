//! Numbers: list, add, rename, remove, and never the same one twice.

use callab_tests::TestApp;
use serde_json::{Value, json};
use twilio_sim::{FaultKind, NumberSpec, scenario};

fn one(code: &str) -> Vec<(String, Option<String>)> {
    vec![(code.to_owned(), Some("phoneNumberId".to_owned()))]
}

#[tokio::test]
async fn only_usable_numbers_on_request_with_country_type_and_capabilities() {
    let app = TestApp::start().await;
    let account = scenario::no_voice_numbers(&app.sim);
    for (number, kind) in [
        ("+14155550199", "local"),
        ("+4915112345678", "mobile"),
        ("+18005550100", "toll-free"),
    ] {
        let spec = NumberSpec {
            phone_number: number.into(),
            number_type: kind.into(),
            ..NumberSpec::default()
        };
        app.sim.add_number(&account.sid, spec);
    }
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let fields = "nodes { number country type usableForVoice capabilities { voice sms } }";
    let all = owner
        .ask(&format!("{{ phoneNumbers {{ {fields} }} }}"), json!({}))
        .await;
    assert_eq!(all["phoneNumbers"]["nodes"].as_array().map(Vec::len), Some(5));
    let usable = owner
        .ask(
            &format!("{{ phoneNumbers(usableForVoice: true) {{ {fields} }} }}"),
            json!({}),
        )
        .await;
    let told: Vec<_> = usable["phoneNumbers"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| (&n["number"], &n["country"], &n["type"]))
        .collect();
    let expected = [
        (json!("+14155550199"), json!("US"), json!("LOCAL")),
        (json!("+18005550100"), json!("US"), json!("TOLL_FREE")),
        (json!("+4915112345678"), json!("DE"), json!("MOBILE")),
    ];
    assert_eq!(told, expected.iter().map(|(a, b, c)| (a, b, c)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_is_read_page_by_page_in_both_order_and_number() {
    let app = TestApp::start().await;
    let account = scenario::thousand_numbers(&app.sim);
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let document = "query($after: String) { phoneNumbers(first: 100, after: $after) { nodes { number } pageInfo { hasNextPage endCursor } } }";
    let (mut after, mut seen) = (Value::Null, Vec::new());
    loop {
        let data = owner.ask(document, json!({ "after": after })).await;
        let page = &data["phoneNumbers"];
        seen.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["number"].as_str().unwrap().to_owned()),
        );
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!((seen.len(), &sorted), (1000, &seen), "each number once, in order");
    let refused = owner
        .send("{ phoneNumbers(first: 101) { nodes { id } } }", json!({}))
        .await;
    assert_eq!(refused.error_code().unwrap(), "BAD_USER_INPUT");
    let refused = owner
        .send("{ phoneNumbers(after: \"made up\") { nodes { id } } }", json!({}))
        .await;
    assert_eq!(refused.error_code().unwrap(), "BAD_CURSOR");
}

#[tokio::test]
async fn a_number_is_added_with_a_nickname_and_renamed_without_a_word_to_twilio() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let owner = app.owner();
    app.connect(&owner, &account).await;
    let asked = app.sim.count_requests();
    let id = app.add(&owner, "+14155550101", "  Main line ").await;
    assert_eq!(
        app.number(&owner, &id, "state nickname routing").await,
        json!({ "state": "ADDED", "nickname": "Main line", "routing": "NOT_OURS" })
    );
    let renamed = owner
        .done(
            "updatePhoneNumber",
            "phoneNumber { nickname }",
            json!({ "phoneNumberId": id, "nickname": "Support" }),
        )
        .await;
    assert_eq!(renamed["phoneNumber"]["nickname"], "Support");
    app.run_jobs().await;
    assert_eq!(app.sim.count_requests(), asked, "Twilio was not asked");
    for (nickname, code) in [
        ("", "EMPTY"),
        ("a\u{0}b", "CONTROL_CHARACTERS"),
        (&*"n".repeat(101), "TOO_LONG"),
    ] {
        let refused = owner
            .refused(
                "updatePhoneNumber",
                json!({ "phoneNumberId": id, "nickname": nickname }),
            )
            .await;
        assert_eq!(refused, [(code.to_owned(), Some("nickname".to_owned()))]);
    }
    assert_eq!(app.number(&owner, &id, "nickname").await["nickname"], "Support");
}

#[tokio::test]
async fn what_cannot_be_used_cannot_be_added() {
    let app = TestApp::start().await;
    let (account, texts) = (scenario::healthy(&app.sim), scenario::no_voice_numbers(&app.sim));
    let owner = app.owner();
    let connected = app.connect(&owner, &account).await;
    app.connect(&owner, &texts).await;
    let fax = app.number_id(&owner, "+14155550121").await;
    assert_eq!(
        owner.refused("addPhoneNumber", json!({ "phoneNumberId": fax })).await,
        one("NUMBER_NOT_VOICE_CAPABLE")
    );
    let id = app.add(&owner, "+14155550101", "Main").await;
    assert_eq!(
        owner.refused("addPhoneNumber", json!({ "phoneNumberId": id })).await,
        one("NUMBER_ALREADY_ADDED")
    );

    let gone = app.number_id(&owner, "+14155550102").await;
    let sid = app
        .sim
        .numbers(&account.sid)
        .into_iter()
        .find(|n| n.phone_number == "+14155550102")
        .unwrap()
        .sid;
    app.sim.release_number(&sid);
    owner
        .done("syncNumbers", "account { id }", json!({ "accountId": connected }))
        .await;
    app.run_jobs().await;
    assert_eq!(
        owner.refused("addPhoneNumber", json!({ "phoneNumberId": gone })).await,
        one("NUMBER_GONE")
    );
    assert_eq!(app.number(&owner, &gone, "atTwilio").await["atTwilio"], "GONE");
}

#[tokio::test]
async fn unknown_ids_are_refused_and_tell_nothing() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    app.connect(&app.owner(), &account).await;
    let theirs = app.add(&app.owner(), "+14155550101", "Main").await;
    let stranger = app.client(Some("b"), "owner");
    let agent = app.agent(&stranger, "a1", "wss://media.example/a").await;
    for id in [
        theirs.as_str(),
        "bm9uc2Vuc2U",
        "",
        "UGhvbmVOdW1iZXI6MTIz",
        agent.as_str(),
    ] {
        for (mutation, more) in [
            ("addPhoneNumber", json!({})),
            ("updatePhoneNumber", json!({ "nickname": "x" })),
            ("removePhoneNumber", json!({})),
            ("assignAgent", json!({ "agentId": agent, "direction": "INBOUND" })),
            ("unassignAgent", json!({ "direction": "INBOUND" })),
            ("startTestCall", json!({ "kind": "AWAIT_INBOUND" })),
        ] {
            let mut input = more;
            input["phoneNumberId"] = json!(id);
            assert_eq!(
                stranger.refused(mutation, input).await,
                one("NOT_FOUND"),
                "{mutation} {id}"
            );
        }
    }
    assert_eq!(app.number(&app.owner(), &theirs, "nickname").await["nickname"], "Main");
}

#[tokio::test]
async fn a_number_is_in_use_once_in_the_whole_system() {
    let app = TestApp::start().await;
    let account = scenario::healthy(&app.sim);
    let (ours, theirs) = (app.owner(), app.client(Some("b"), "owner"));
    app.connect(&ours, &account).await;
    app.connect(&theirs, &account).await; // The same account, connected in two workspaces.
    app.add(&ours, "+14155550101", "Main").await;
    let id = app.number_id(&theirs, "+14155550101").await;
    let payload = theirs
        .mutate("addPhoneNumber", "", json!({ "phoneNumberId": id }))
        .await;
    let error = &payload["userErrors"][0];
    assert_eq!(error["code"], "NUMBER_IN_USE_ELSEWHERE");
    assert!(
        !error["message"].as_str().unwrap().contains("Workspace"),
        "it does not say where"
    );
    assert_eq!(app.number(&theirs, &id, "state").await["state"], "AVAILABLE");
}

#[tokio::test]
async fn a_number_that_moved_to_another_account_is_free_for_its_new_owner() {
    let app = TestApp::start().await;
    let (from, to) = (scenario::healthy(&app.sim), scenario::trial(&app.sim));
    let (old, new) = (app.owner(), app.client(Some("b"), "owner"));
    app.connect(&old, &from).await;
    let before = app.add(&old, "+14155550101", "Main").await;
    let sid = app
        .sim
        .numbers(&from.sid)
        .into_iter()
        .find(|n| n.phone_number == "+14155550101")
        .unwrap()
        .sid;
    app.sim.move_number(&sid, &to.sid);
    app.connect(&new, &to).await;
    app.add(&new, "+14155550101", "Ours now").await;
    assert_eq!(app.number(&old, &before, "atTwilio").await["atTwilio"], "GONE");
}

/// Promise 10: a page that repeats, breaks off or holds nothing makes no number disappear.
#[tokio::test]
async fn a_list_that_is_not_whole_concludes_nothing() {
    let app = TestApp::start_with(|services| services.limits.sync_page_size = 100).await;
    let account = scenario::thousand_numbers(&app.sim);
    let owner = app.owner();
    let id = app.connect(&owner, &account).await;
    let listed = "{ phoneNumbers(first: 1) { nodes { atTwilio } } }";
    for kind in [
        FaultKind::RepeatedPage,
        FaultKind::EmptyPage,
        FaultKind::BrokenJson,
        FaultKind::Html { status: 200 },
        FaultKind::CutOff,
    ] {
        app.sim.fail(twilio_sim::Fault {
            on: twilio_sim::Match {
                path: Some("IncomingPhoneNumbers".into()),
                ..Default::default()
            },
            times: None,
            kind: kind.clone(),
        });
        owner
            .done("syncNumbers", "account { id }", json!({ "accountId": id }))
            .await;
        app.run_jobs().await;
        app.sim.clear_faults();
        let data = owner.ask(listed, json!({})).await;
        assert_eq!(data["phoneNumbers"]["nodes"][0]["atTwilio"], "LISTED", "{kind:?}");
        app.pass(chrono::TimeDelta::minutes(10)).await;
    }
}
