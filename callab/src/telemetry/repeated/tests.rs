use std::io;
use std::thread::sleep;

use callab_tests::logs::Logs;
use domain::Fault;
use sea_orm::{ConnAcquireErr, RuntimeErr};
use tracing::subscriber::with_default;
use tracing::{error, info, warn};

use super::*;

fn lines_of(log: &Logs) -> Vec<String> {
    log.text().lines().map(str::to_owned).collect()
}

/// The lines that are written while this runs, the same failure told so often.
fn logged(every: Duration, run: impl FnOnce()) -> Vec<String> {
    let log = Logs::default();
    let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone());
    let lines = lines.map_event_format(|format| Repeated::new(format, false, every));
    with_default(lines.finish(), run);
    lines_of(&log)
}

fn no_connection() -> Fault {
    DbErr::ConnectionAcquire(ConnAcquireErr::Timeout).into()
}

fn fails(trace_id: u32, error: &Fault) {
    let error = error as &dyn Error;
    error!(trace_id, error, "could not answer a field");
}

const LONG: Duration = Duration::from_mins(1);

#[test]
fn the_same_failure_is_told_once_and_others_are_not_kept_back_by_it() {
    let refused = DbErr::Conn(RuntimeErr::Internal("connection refused".to_owned())).into();
    let elsewhere = no_connection();
    let lines = logged(LONG, || {
        for trace_id in 0..1000 {
            fails(trace_id, &no_connection());
            fails(trace_id, &refused);
            error!(
                error = &elsewhere as &dyn Error,
                "could not look a webhook's address up"
            );
        }
    });
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines[0].contains("trace_id=0") && lines[1].contains("connection refused"));
    assert!(lines[2].contains("could not look a webhook's address up"));
}

#[test]
fn the_next_line_says_how_many_were_left_out() {
    let lines = logged(Duration::from_millis(50), || {
        for trace_id in 0..8 {
            fails(trace_id, &no_connection());
        }
        sleep(Duration::from_millis(60));
        fails(8, &no_connection());
        sleep(Duration::from_millis(60));
        fails(9, &no_connection());
    });
    assert_eq!(lines.len(), 3, "{lines:#?}");
    assert!(lines[1].contains("trace_id=8") && lines[1].ends_with(" left_out=7"));
    assert!(lines[2].contains("trace_id=9") && !lines[2].contains("left_out"));
}

#[test]
fn a_line_of_json_stays_one() {
    let log = Logs::default();
    let lines = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone());
    let lines = lines.json().flatten_event(true).with_current_span(false);
    let lines = lines.map_event_format(|format| Repeated::new(format, true, Duration::from_millis(50)));
    with_default(lines.finish(), || {
        for trace_id in 0..3 {
            fails(trace_id, &no_connection());
        }
        sleep(Duration::from_millis(60));
        fails(3, &no_connection());
    });
    let lines = lines_of(&log);
    let lines: Vec<serde_json::Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert_eq!((&lines[1]["left_out"], &lines[1]["trace_id"]), (&2.into(), &3.into()));
}

#[tokio::test]
async fn what_was_cut_off_in_time_counts_and_all_else_does_not() {
    let elapsed = tokio::time::timeout(Duration::ZERO, std::future::pending::<()>())
        .await
        .unwrap_err();
    let other = io::Error::other("the disk is full");
    let lines = logged(LONG, || {
        for n in 0..3 {
            error!(error = &elapsed as &dyn Error, n, "could not look it up in time");
            error!(error = &other as &dyn Error, n, "could not write it");
            warn!(n, "somebody tries");
            info!(n, "all is well");
        }
    });
    assert_eq!(lines.len(), 1 + 3 * 3, "{lines:#?}");
}

#[test]
fn so_many_failures_are_told_apart() {
    let lines = logged(LONG, || {
        for n in 0..10_000 {
            let error = DbErr::Custom(format!("failure {n}")).into();
            fails(n, &error);
        }
    });
    assert_eq!(lines.len(), 10_000);
}
