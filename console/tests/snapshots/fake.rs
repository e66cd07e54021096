//! What the fake API answers by ids, as the API does.

use console::connection::Api as Client;
use console::queries::connections::{ConnectionsById, NodeAccount};
use console::queries::diagnosis::IdsVars;
use cynic::QueryBuilder;

use crate::api::data::Data;
use crate::api::{Api, TOKEN};

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_answered_by_their_ids() {
    let _ = rustls::crypto::ring::default_provider().install_default(); // `Err` says that another test was first.
    let api = Api::start(Data::of(3));
    let client = Client::new(api.url().parse().expect("an address"), TOKEN.to_owned().into()).expect("a client");
    let ids = ["acc-2", "nobody", "acc-0"].map(Into::into).to_vec();
    let answer = client
        .ask(ConnectionsById::build(IdsVars { ids }))
        .await
        .expect("an answer");
    let labels = answer.data.nodes.into_iter().map(|node| match node {
        Some(NodeAccount::TwilioAccount(account)) => Some(account.label),
        _ => None,
    });
    let labels: Vec<Option<String>> = labels.collect();
    assert_eq!(labels, [Some("main-2".to_owned()), None, Some("main-0".to_owned())]);
}
