//! The API: whether it answers, as whom, how fast, and by which clock.

use chrono::TimeDelta;
use cynic::QueryBuilder;

use super::Finding;
use crate::connection::Trouble;
use crate::exit::Exit;
use crate::queries::viewer::WhoAmI;
use crate::scrub::scrub;
use crate::session::Access;
use crate::surroundings::now;
use crate::update::SCHEMA_VERSION;

/// A clock that is further off makes ages wrong that are told without asking the API.
const CLOCKS_AGREE: TimeDelta = TimeDelta::seconds(5);

/// A longer round trip is felt.
const FAST_MS: u128 = 500;

pub(super) async fn look(access: Access) -> Vec<Finding> {
    let address = access.credentials.url.clone();
    let api = match access.api() {
        Ok(api) => api,
        Err(trouble) => return vec![unanswered(&address, &trouble)],
    };
    let asked_at = now();
    // The first question opens the line: only the second tells the round trip.
    let first = api.ask(WhoAmI::build(())).await;
    let answered_at = now();
    let answer = match first {
        Ok(answer) => answer,
        Err(trouble) => return vec![unanswered(&address, &trouble)],
    };
    let who = &answer.data;
    let mut findings = Vec::new();
    let took = api
        .ask(WhoAmI::build(()))
        .await
        .map_or(answer.took, |again| again.took)
        .as_millis();
    let seen = format!("{address} answers in {took} ms");
    findings.push(if took <= FAST_MS {
        Finding::ok("api", seen)
    } else {
        Finding::warn("api", seen, "the line is slow: --slow draws less")
    });
    let role = who.viewer.role.word();
    let subject = scrub(&who.viewer.subject, 60);
    findings.push(Finding::ok(
        "role",
        format!("{subject} ({role}), {} permissions", who.viewer.permissions.len()),
    ));
    let off = who.server_time - (asked_at + (answered_at - asked_at) / 2);
    let seen = format!("{:.1} s off the API's", off.as_seconds_f64().abs());
    findings.push(if off.abs() <= CLOCKS_AGREE {
        Finding::ok("clock", seen)
    } else {
        Finding::warn(
            "clock",
            seen,
            "set this machine's clock; until then ages that commands tell are off by as much",
        )
    });
    let version = scrub(&who.schema_version, 20);
    findings.push(if version == SCHEMA_VERSION {
        Finding::ok(
            "version",
            format!("{} with schema {version}", env!("CARGO_PKG_VERSION")),
        )
    } else {
        let seen = format!("the API has schema {version}, this console was written for {SCHEMA_VERSION}");
        Finding::fail(
            Exit::NotGood,
            "version",
            seen,
            "install the console of the API's release",
        )
    });
    findings
}

fn unanswered(address: &url::Url, trouble: &Trouble) -> Finding {
    let todo = match trouble {
        Trouble::SignedOut | Trouble::Forbidden(_) => "sign in again with `callab-console login`",
        Trouble::Garbage(_) => "is it the address that ends in /graphql?",
        _ => "is the address right, and the API up? `curl` its /healthz",
    };
    Finding::fail(Exit::from(trouble), "api", format!("{address}: {trouble}"), todo)
}
