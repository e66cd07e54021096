//! Each named data set is what its name says.

use callab_twilio_sim::{AccountKind, AccountStatus, scenario};

use super::server::{Server, assert_refused};

#[tokio::test]
async fn every_name_makes_accounts_that_differ_as_they_say() {
    let server = Server::start().await;
    for name in scenario::NAMES {
        let accounts = scenario::by_name(&server.sim, name).unwrap();
        assert!(!accounts.is_empty(), "{name}");
    }
    assert!(scenario::by_name(&server.sim, "nothing").is_none());

    assert_eq!(server.get(&scenario::healthy(&server.sim), ".json").await.0, 200);
    assert_refused(
        &server.get(&scenario::wrong_token(&server.sim), ".json").await,
        401,
        20003,
    );
    assert_eq!(scenario::suspended(&server.sim).status, AccountStatus::Suspended);
    assert_eq!(scenario::closed(&server.sim).status, AccountStatus::Closed);
    assert_eq!(scenario::trial(&server.sim).kind, AccountKind::Trial);
    let numbers = |account: callab_twilio_sim::SimAccount| server.sim.numbers(&account.sid);
    let takes_calls = |n: &callab_twilio_sim::SimNumber| n.capabilities.voice && n.voice_receive_mode != "fax";
    assert!(!numbers(scenario::no_voice_numbers(&server.sim)).iter().any(takes_calls));
    assert_eq!(numbers(scenario::thousand_numbers(&server.sim)).len(), 1000);
    assert!(
        numbers(scenario::on_a_trunk(&server.sim))[0]
            .trunk_sid
            .starts_with("TK")
    );
    assert!(
        !numbers(scenario::answered_elsewhere(&server.sim))[0]
            .voice_fallback_url
            .is_empty()
    );
    let [parent, child] = scenario::subaccount(&server.sim);
    assert_eq!((child.owner_account_sid, child.sid == parent.sid), (parent.sid, false));
}

#[tokio::test]
async fn a_scenario_made_twice_has_other_phone_numbers() {
    let server = Server::start().await;
    let mut all = Vec::new();
    for name in scenario::NAMES.into_iter().chain(scenario::NAMES) {
        for account in scenario::by_name(&server.sim, name).unwrap() {
            all.extend(
                server
                    .sim
                    .numbers(&account.sid)
                    .into_iter()
                    .map(|number| number.phone_number),
            );
        }
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[tokio::test]
async fn the_same_story_gives_the_same_sids() {
    let sids = async || {
        let server = Server::start().await;
        let account = scenario::healthy(&server.sim);
        (
            account.sid.clone(),
            account.auth_token.clone(),
            server.sim.numbers(&account.sid)[2].sid.clone(),
        )
    };
    assert_eq!(sids().await, sids().await);
}
