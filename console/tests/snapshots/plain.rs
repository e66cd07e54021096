//! What `--plain` says: each menu, and each state that it can be in, as a conversation. What the operator types is behind `> `.
//!
//! It talks to the fake API over real HTTP and sockets. Ages, times and folders are those of the day, and are left out.

mod conversation;

use console::plain::Options;
use console::state::View;
use console::surroundings::now;
use conversation::Step::{self, Happens, Line, Says};
use conversation::{known, talk};
use serde_json::json;

use crate::api::data::Data;
use crate::api::faults::{Http, Socket};
use crate::api::{Api, TOKEN};
use crate::data::Plan;

fn reading() -> Options {
    Options {
        environment: "PROD".to_owned(),
        ..Options::default()
    }
}

fn writing() -> Options {
    Options {
        write: true,
        ..reading()
    }
}

/// One picture: with everything known, and live.
async fn picture(name: &str, options: Options, steps: &[Step]) {
    picture_of(name, Api::start(known(&Plan::default())), options, steps).await;
}

async fn picture_of(name: &str, mut api: Api, options: Options, steps: &[Step]) {
    let mut said = talk(&mut api, options, steps).await;
    // How one comes to a connection is in the picture of its menu.
    let is_within = ["connection_", "change_", "test_call_", "bundle_"]
        .iter()
        .any(|of| name.starts_with(of));
    let menu = said
        .find("\nnumber, m for the menu")
        .filter(|_| is_within && name != "connection_menu_again");
    said = said.split_off(menu.map_or(0, |place| place + 1));
    assert!(!said.contains('\u{1b}') && !said.contains(TOKEN), "{said}");
    insta::assert_snapshot!(name, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_menus() {
    let views = vec![View {
        name: "night shift".to_owned(),
        filter: "customer:acme".to_owned(),
        ..View::default()
    }];
    let options = Options { views, ..reading() };
    let steps = [
        Line("1"),
        Line("b"),
        Line("2"),
        Line("9"),
        Line("b"),
        Line("7"),
        Line("b"),
        Line("q"),
    ];
    picture("menu_lists_of_connections", options, &steps).await;
    picture("menu_jobs", reading(), &[Line("4"), Line("q")]).await;
    picture("menu_alerts", reading(), &[Line("5"), Line("q")]).await;
    picture("menu_audit", reading(), &[Line("6"), Line("q")]).await;
    picture(
        "menu_find_several",
        reading(),
        &[Line("3"), Line("a"), Line("b"), Line("q")],
    )
    .await;
    let nobody = Happens(|api| {
        api.with(|data| data.rows.clear());
    });
    picture(
        "menu_find_nobody",
        reading(),
        &[nobody, Line("nobody of this name"), Line("q")],
    )
    .await;
    let one = Happens(|api| {
        api.with(|data| data.rows.truncate(1));
    });
    picture("menu_find_one", reading(), &[one, Line("nordwind"), Line("q")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_longer_than_a_page() {
    let mut long = known(&Plan::default());
    long.rows = Data::of(45).rows;
    let steps = [Line("2"), Line("m"), Line("m"), Line("m"), Line("b"), Line("q")];
    picture_of("menu_long_list", Api::start(long), reading(), &steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection() {
    let opened = |asked: Step| [Line("1"), Line("1"), asked, Line("q")];
    picture("connection_checks", reading(), &opened(Line("1"))).await;
    picture("connection_reply", reading(), &opened(Line("2"))).await;
    picture("connection_numbers", reading(), &opened(Line("3"))).await;
    picture("connection_calls", reading(), &opened(Line("4"))).await;
    picture("connection_audit", reading(), &opened(Line("9"))).await;
    picture("connection_menu_again", reading(), &opened(Line("m"))).await;
    picture("connection_no_such_number", reading(), &opened(Line("12"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_something() {
    let done = Happens(|api| {
        let later = (now() + chrono::TimeDelta::hours(1)).to_rfc3339();
        api.with(|data| {
            let mut job = data.planted["jobs"]["nodes"][1].clone();
            (job["state"], job["createdAt"]) = (json!("DONE"), json!(later));
            data.planted["jobs"]["nodes"] = json!([job]);
            data.planted["twilioAccount"]["verifiedAt"] = json!(later);
            data.planted["twilioAccount"]["syncedAt"] = json!(later);
        });
    });
    let steps = [Line("1"), Line("1"), done, Line("6"), Line("7"), Line("q")];
    picture("change_done", writing(), &steps).await;
    let steps = [Line("1"), Line("1"), Line("5"), Line("6"), Line("7"), Line("q")];
    picture("change_read_only", reading(), &steps).await;
    let mut powerless = known(&Plan::default());
    powerless.viewer["permissions"] = json!(["VIEW"]);
    picture_of("change_not_this_role", Api::start(powerless), writing(), &steps).await;
    let cut = Happens(|api| {
        api.sockets(Socket::Refused(503));
        api.cut();
    });
    let steps = [
        cut,
        Says("not live any more"),
        Line("1"),
        Line("1"),
        Line("6"),
        Line("q"),
    ];
    picture("change_not_live", writing(), &steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call() {
    let steps = |answer: &'static str| {
        [
            Line("1"),
            Line("1"),
            Line("5"),
            Line("1"),
            Line("1"),
            Line(answer),
            Line("q"),
        ]
    };
    picture("test_call_passed", writing(), &steps("yes")).await;
    picture("test_call_not_started", writing(), &steps("no")).await;
    let waited = [
        Line("1"),
        Line("1"),
        Line("5"),
        Line("1"),
        Line("2"),
        Line("yes"),
        Line("q"),
    ];
    picture("test_call_by_the_customer", writing(), &waited).await;
    let mut unused = known(&Plan::default());
    unused.planted["phoneNumbers"]["nodes"] = json!([]);
    let steps = [Line("1"), Line("1"), Line("5"), Line("q")];
    picture_of("test_call_without_a_number", Api::start(unused), writing(), &steps).await;
}

/// Who comes by a terminal that was left may not be who began: nothing is changed then, also not what was asked before.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_while_without_a_line_it_only_reads() {
    let options = Options {
        writes_for: chrono::TimeDelta::seconds(3),
        ..writing()
    };
    let confirmed = [
        Line("1"),
        Line("1"),
        Line("5"),
        Line("1"),
        Line("1"),
        Says("minutes without a line: reading only, start with --write"),
        Line("yes"),
        Line("6"),
        Line("q"),
    ];
    let mut api = Api::start(known(&Plan::default()));
    let said = talk(&mut api, options, &confirmed).await;
    assert!(said.starts_with("PROD, op-17 (support), may change things"), "{said}");
    let refused = "that changes something, and this session only reads: start with --write";
    let (_, after) = said.split_once("> yes").expect("it is confirmed");
    assert_eq!(after.matches(refused).count(), 2, "{said}");
    assert!(!after.contains("PASS"), "{said}");
    // Who goes on typing goes on changing.
    let options = Options {
        writes_for: chrono::TimeDelta::seconds(3),
        ..writing()
    };
    let kept = [
        Line("1"),
        Line("1"),
        Line("5"),
        Line("1"),
        Line("1"),
        Line("yes"),
        Line("q"),
    ];
    let said = talk(&mut api, options, &kept).await;
    assert!(said.contains("PASS") && !said.contains("without a line"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| -> &'static str {
        let path = folder.path().join(name).display().to_string();
        Box::leak(path.into_boxed_str())
    };
    let (first, second, third) = (path("first.md"), path("second.json"), path("third.md"));
    let steps = [
        Line("1"),
        Line("1"),
        Line("8"),
        Line(first),
        Line("8"),
        Line("b"),
        Line("q"),
    ];
    picture("bundle_written", reading(), &steps).await;
    assert!(
        std::fs::read_to_string(first)
            .expect("a bundle")
            .starts_with("# Support bundle")
    );
    // One that is there stays until the operator says otherwise; another name is taken.
    std::fs::write(second, "mine").expect("a file");
    let steps = [
        Line("1"),
        Line("1"),
        Line("8"),
        Line(second),
        Line("no"),
        Line(third),
        Line("8"),
        Line(second),
        Line("yes"),
        Line("q"),
    ];
    picture("bundle_there_already", reading(), &steps).await;
    assert!(std::fs::read_to_string(second).expect("a bundle").contains("eu-prod"));
    assert!(std::fs::exists(third).expect("a folder"));
    let nowhere = path("nowhere/bundle.md");
    let steps = [Line("1"), Line("1"), Line("8"), Line(nowhere), Line("q")];
    picture("bundle_not_written", reading(), &steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_while_nobody_types() {
    let broken = Happens(|api| api.change(5, "FAILING"));
    let steps = [broken, Says("healthy -> failing"), Line("q")];
    picture("watch_change", reading(), &steps).await;
    let new = Happens(|api| {
        api.with(|data| {
            let mut row = data.rows[5].clone();
            (row["id"], row["label"]) = (json!("acc-9"), json!("second"));
            data.rows.push(row);
            data.changes.push(data.rows.len() - 1);
        });
    });
    picture("watch_new", reading(), &[new, Says("is new"), Line("q")]).await;
    let old = Happens(|api| {
        api.with(|data| {
            data.rows[5]["health"]["isStale"] = json!(true);
            data.changes.push(5);
        });
    });
    picture("watch_stale", reading(), &[old, Says("last checked"), Line("q")]).await;
    let cut = Happens(|api| api.cut());
    let steps = [cut, Says("not live any more"), Says("live again"), Line("q")];
    picture("watch_cut_and_live_again", reading(), &steps).await;
}

/// No event tells of figures, nor that nobody checks any more: what was read a while ago is read again before it is told.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_a_while_ago_is_read_again_before_it_is_told() {
    let unchecked = || {
        Happens(|api| {
            api.with(|data| {
                let row = &mut data.rows[5];
                row["callFigures"]["attempts"] = json!(77);
                let health = &mut row["health"];
                health["lastKnownState"] = health["state"].take();
                (health["state"], health["isStale"]) = (json!("UNKNOWN"), json!(true));
            });
        })
    };
    let steps = || {
        [
            unchecked(),
            Line("Acme"),
            Line("6"),
            Line("b"),
            Line("2"),
            Line("b"),
            Line("q"),
        ]
    };
    let options = Options {
        fresh_for: chrono::TimeDelta::zero(),
        ..reading()
    };
    let mut api = Api::start(known(&Plan::default()));
    let said = talk(&mut api, options, &steps()).await;
    for told in [
        "health last known healthy, last checked AGE ago",
        "calls 77 in 15 minutes",
        "6 last known healthy, last checked AGE ago, Acme Dental / main",
    ] {
        assert!(said.contains(told), "`{told}` is not said:\n{said}");
    }
    // What cannot be read is told as it was last known, and never as what is so now.
    let options = Options {
        fresh_for: chrono::TimeDelta::zero(),
        ..reading()
    };
    let failing = Happens(|api| api.answers(Http::Status(502, None)));
    let mut api = Api::start(known(&Plan::default()));
    let said = talk(&mut api, options, &[failing, Line("2"), Line("b"), Line("q")]).await;
    for told in [
        "1 last known failing for AGE, ",
        "Last known, read AGE ago: 1 failing",
        "all 6 stale.",
    ] {
        assert!(said.contains(told), "`{told}` is not said:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_there_or_something_newer() {
    let nothing = known(&Plan {
        is_empty: true,
        ..Plan::default()
    });
    let steps = [Line("1"), Line("2"), Line("4"), Line("5"), Line("6"), Line("q")];
    picture_of("state_empty", Api::start(nothing), reading(), &steps).await;
    let newer = known(&Plan {
        is_newer: true,
        ..Plan::default()
    });
    let steps = [
        Line("2"),
        Line("1"),
        Line("1"),
        Line("3"),
        Line("b"),
        Line("b"),
        Line("4"),
        Line("q"),
    ];
    picture_of("state_newer_api", Api::start(newer), reading(), &steps).await;
    let stale = known(&Plan {
        is_stale: true,
        ..Plan::default()
    });
    picture_of(
        "state_stale",
        Api::start(stale),
        reading(),
        &[Line("2"), Line("b"), Line("q")],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_session_or_without_an_api() {
    let api = Api::start(known(&Plan::default()));
    api.answers(Http::Status(401, None));
    picture_of("signed_out_at_the_start", api, reading(), &[]).await;
    let signed_out = || Happens(|api| api.answers(Http::Status(401, None)));
    picture("signed_out_meanwhile", reading(), &[Line("1"), signed_out(), Line("1")]).await;
    let over = Happens(|api| {
        api.sockets(Socket::Closed(4403));
        api.cut();
    });
    picture("signed_out_by_the_socket", reading(), &[Line(""), over]).await;
    let forbidden = Happens(|api| api.answers(Http::Status(403, None)));
    picture("state_forbidden", reading(), &[forbidden, Line("6"), Line("q")]).await;
    let mut api = Api::start(known(&Plan::default()));
    api.stop();
    picture_of("api_gone_at_the_start", api, reading(), &[]).await;
    let failing = Happens(|api| api.answers(Http::Status(502, None)));
    let steps = [failing, Line("4"), Line("5"), Line("acme"), Line("q")];
    picture("api_fails", reading(), &steps).await;
    let gone = Happens(Api::stop);
    let steps = [
        Line("1"),
        gone,
        Says("not live any more"),
        Line("1"),
        Line("1"),
        Line("q"),
    ];
    picture("api_gone_meanwhile", reading(), &steps).await;
}
