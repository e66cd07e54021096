//! How an account is found in the list of them.

use callab_tests::{Client, TestApp};
use entity::{audit_entry, twilio_account};
use sea_orm::ActiveValue::{Set, Unchanged};
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;
use twilio_sim::{SimAccount, scenario};

const SEARCH: &str = "query($text: String) { twilioAccounts(search: $text) { nodes { sid } } }";

async fn found(client: &Client, text: &str) -> Vec<String> {
    let data = client.ask(SEARCH, json!({ "text": text })).await;
    let nodes = data["twilioAccounts"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["sid"].as_str().unwrap().to_owned())
        .collect()
}

/// Workspaces `nordwind` and `acme_1`, each with an account.
async fn two(app: &TestApp) -> (SimAccount, SimAccount) {
    let mut accounts = Vec::new();
    for (workspace, label) in [("nordwind", "EU production"), ("acme_1", "100% sales")] {
        let account = scenario::healthy(&app.sim);
        let input = json!({ "accountSid": account.sid, "authToken": account.auth_token, "label": label });
        let owner = app.client(Some(workspace), "owner");
        owner.done("connectTwilioAccount", "account { id }", input).await;
        app.run_jobs().await;
        accounts.push(account);
    }
    let row = twilio_account::Entity::find().filter(twilio_account::COLUMN.sid.eq(&accounts[0].sid));
    let row = row.one(&app.services.db).await.unwrap().unwrap();
    let named = twilio_account::ActiveModel {
        id: Unchanged(row.id),
        friendly_name: Set(Some("Reisen GmbH".into())),
        ..Default::default()
    };
    named.update(&app.services.db).await.unwrap();
    (accounts.remove(0), accounts.remove(0))
}

#[tokio::test]
async fn an_account_is_found_by_its_names_its_customer_and_its_sid() {
    let app = TestApp::start().await;
    let (nordwind, acme) = two(&app).await;
    let support = app.client(None, "support");
    let both = [nordwind.sid.as_str(), &acme.sid];
    let one = |account: &SimAccount| vec![account.sid.clone()];
    let sid: Vec<char> = nordwind.sid.chars().collect();
    let in_no_name = |three: &&[char]| three.iter().any(|c| ('2'..='9').contains(c));
    let short: String = sid.windows(3).find(in_no_name).unwrap().iter().collect();
    for (text, expected) in [
        ("eu prod", one(&nordwind)),
        ("Workspace NORD", one(&nordwind)),
        ("nordwind", one(&nordwind)),
        ("reisen", one(&nordwind)),
        ("100%", one(&acme)),
        ("acme_1", one(&acme)),
        ("acme%1", vec![]),
        ("0_%", vec![]),
        ("\\", vec![]),
        (&nordwind.sid[2..12], one(&nordwind)),
        (&acme.sid.to_lowercase(), one(&acme)),
        (&short, vec![]), // A SID takes four characters.
        ("", both.map(str::to_owned).to_vec()),
    ] {
        assert_eq!(found(&support, text).await, expected, "{text}");
    }
    let owner = app.client(Some("nordwind"), "owner");
    assert_eq!(found(&owner, "workspace").await, one(&nordwind), "their own only");
    assert_eq!(found(&owner, "acme").await, one(&acme)[..0]);
    assert_eq!(found(&owner, &acme.sid).await, one(&acme)[..0]);
}

#[tokio::test]
async fn a_number_is_found_whole_and_staff_who_find_it_are_on_record() {
    let app = TestApp::start().await;
    let (nordwind, acme) = two(&app).await;
    let number = app.sim.numbers(&nordwind.sid)[0].phone_number.clone();
    let theirs = app.sim.numbers(&acme.sid)[0].phone_number.clone();
    let (owner, support) = (app.client(Some("nordwind"), "owner"), app.client(None, "support"));
    let one = vec![nordwind.sid.clone()];
    let spaced = format!("{} {}-{}", &number[..2], &number[2..5], &number[5..]);
    assert_eq!(found(&owner, &number).await, one);
    assert_eq!(found(&owner, &theirs).await, one[..0]);
    let finds = async || {
        let entries = audit_entry::Entity::find().filter(audit_entry::COLUMN.action.eq("phone_number.find"));
        entries.all(&app.services.db).await.unwrap()
    };
    assert_eq!(finds().await.len(), 0, "customers look for their own");

    assert_eq!(found(&support, &spaced).await, one);
    for part in [&number[1..], &number[..8], &number[6..], "+19999999999"] {
        assert_eq!(found(&support, part).await, one[..0], "{part}");
    }
    let entries = finds().await;
    assert_eq!(entries.len(), 1, "what was not found is nobody's to know");
    assert_eq!(entries[0].actor, "support@callab");
    assert!(entries[0].twilio_account_id.is_some() && entries[0].subject.starts_with("phone_number/"));
    let masked = format!("{}•••{}", &number[..3], &number[10..]);
    assert_eq!(entries[0].detail, json!({ "number": masked }));
}
