//! What the console may cost (the design's targets): bytes and frames to the terminal, processor time and memory, with 10,000
//! connections. One test after another, as each measures the whole process; and nothing is bounded by how long it takes.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::sync::LazyLock;
use std::time::Duration;

use api::data::Data;
use api::{Api, TOKEN};
use pty::Terminal;
use pty::measure::Spent;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, interval, sleep};

/// A build for debugging is slower, by about this much; measured with `cargo test --release --test budgets` beside it. Bytes and
/// frames are the same in both.
const SLOWER: f64 = if cfg!(debug_assertions) { 4.0 } else { 1.0 };

/// One at a time.
static ALONE: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

/// 10,000 connections that are all shown, live.
async fn opened() -> (Api, Terminal, MutexGuard<'static, ()>) {
    let alone = ALONE.lock().await;
    let api = Api::start(Data::of(10_000));
    let terminal = Terminal::start(120, 36, &api.url(), TOKEN, &[]);
    terminal.shows("10,000 of 10,000").await;
    terminal.shows("● live").await;
    settles(&terminal).await; // The last order is made, and drawn.
    (api, terminal, alone)
}

/// Waits until it has dealt with what it was given: a slow machine takes some seconds for 10,000 connections, which are no part of what it
/// costs afterwards.
async fn settles(terminal: &Terminal) {
    let mut before = terminal.spent().seconds;
    for _ in 0..30 {
        sleep(Duration::from_secs(2)).await;
        let after = terminal.spent().seconds;
        if after - before < 0.1 {
            return;
        }
        before = after;
    }
    panic!("it does not come to rest");
}

async fn quits(mut terminal: Terminal) {
    terminal.keys("\u{3}");
    assert_eq!(terminal.ended().await, Some(0));
    terminal.is_as_it_was_found();
}

/// What a second cost.
fn a_second(terminal: &Terminal, before: Spent, begun: Instant) -> (f64, f64, f64) {
    let (after, seconds) = (terminal.spent(), begun.elapsed().as_secs_f64());
    let of = |before: usize, after: usize| f64::from(u32::try_from(after - before).expect("not so many")) / seconds;
    (
        of(before.bytes, after.bytes),
        of(before.frames, after.frames),
        (after.seconds - before.seconds) / seconds,
    )
}

/// These share a process: to read 10,000 connections takes the longest.
#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_nobody_touches_costs_next_to_nothing() {
    let (_api, mut terminal, _alone) = opened().await;
    let repaint = repainted(&mut terminal).await;
    eprintln!("repaint: {repaint} bytes");
    assert!((1_500..=12_000).contains(&repaint), "{repaint} bytes");
    settles(&terminal).await; // It was read again.

    let (before, begun) = (terminal.spent(), Instant::now());
    sleep(Duration::from_secs(20)).await;
    let (bytes, frames, cores) = a_second(&terminal, before, begun);
    eprintln!(
        "idle: {bytes:.0} B/s, {frames:.1} frames/s, {:.2} % of a core",
        cores * 100.0
    );
    assert!(bytes <= 100.0, "{bytes} bytes a second");
    assert!(frames <= 1.2, "{frames} frames a second");
    assert!(cores <= 0.005 * SLOWER, "{cores} of a core");

    // Nobody sees it: nothing is drawn, also when the API gives the sign of life that it is asked for every 15 seconds.
    terminal.keys("\u{1b}[O"); // The terminal lost the focus.
    sleep(Duration::from_secs(1)).await;
    let before = terminal.spent();
    sleep(Duration::from_secs(17)).await;
    assert_eq!(terminal.spent().bytes, before.bytes);
    quits(terminal).await;
}

/// What nobody wants to see move stands still: no clock, and nothing is drawn until something is new.
#[tokio::test(flavor = "multi_thread")]
async fn without_motion_nothing_is_drawn_but_what_is_new() {
    let _alone = ALONE.lock().await;
    let api = Api::start(Data::of(50));
    let env = [("NO_MOTION", "1")];
    let terminal = Terminal::start_in(120, 36, &api.url(), TOKEN, &[], &env);
    terminal.shows("● live").await;
    sleep(Duration::from_secs(4)).await;
    let before = terminal.frames();
    sleep(Duration::from_secs(9)).await;
    // An answer to the sign of life, which is asked for every 15 seconds, may fall into it.
    let frames = terminal.frames() - before;
    assert!(frames <= 2, "{frames} frames in 9 seconds");
    let header = terminal.text().lines().next().unwrap_or_default().trim_end().to_owned();
    assert!(header.ends_with("ms"), "a clock: {header}");
    api.change(7, "FAILING");
    terminal.shows("Customer 7 / main-7: failing").await;
    quits(terminal).await;
}

/// How many bytes it takes to draw everything anew: the largest frame after the key. One of the clock's may come before it.
async fn repainted(terminal: &mut Terminal) -> usize {
    let before = terminal.spent();
    terminal.keys("\u{c}");
    sleep(Duration::from_millis(1500)).await;
    let bytes = terminal.bytes();
    let mut after = &bytes[before.bytes..];
    let (end, mut largest) = (b"\x1b[?2026l", 0);
    while let Some(at) = after.windows(end.len()).position(|found| found == end) {
        largest = largest.max(at);
        after = &after[at + end.len()..];
    }
    assert!(largest > 0, "a whole frame");
    largest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_changes_a_second_are_four_frames_and_keys_come_first() {
    let (api, mut terminal, _alone) = opened().await;
    let (before, begun) = (terminal.spent(), Instant::now());
    let states = ["FAILING", "DEGRADED", "HEALTHY", "SUSPENDED"];
    let mut clock = interval(Duration::from_millis(10));
    for change in 0..1000 {
        clock.tick().await;
        api.change(change * 7919, states[change % states.len()]);
    }
    let (bytes, frames, cores) = a_second(&terminal, before, begun);
    eprintln!(
        "100 changes/s: {bytes:.0} B/s, {frames:.1} frames/s, {:.1} % of a core, {:.0} MB",
        cores * 100.0,
        terminal.megabytes()
    );
    assert!(frames <= 4.2, "{frames} frames a second");
    assert!(bytes <= 10_000.0, "{bytes} bytes a second");
    assert!(cores <= 0.05 * SLOWER, "{cores} of a core");
    assert!(terminal.megabytes() <= 80.0, "{} MB", terminal.megabytes());

    // Keys are answered in the next frame, whatever else happens.
    for (key, shown) in [
        ("?", "Help"),
        ("?", "Connections"),
        ("L", "Messages"),
        ("L", "Connections"),
    ] {
        for change in 0..50 {
            api.change(change, "FAILING");
        }
        let before = terminal.frames();
        terminal.keys(key);
        terminal.shows(shown).await;
        let frames = terminal.frames() - before;
        assert!(frames <= 3, "{frames} frames until `{shown}`");
    }
    quits(terminal).await;
}

/// As many changes as come in eight hours, one every three seconds, at once.
#[tokio::test(flavor = "multi_thread")]
async fn after_eight_hours_of_changes_it_is_as_small_as_before() {
    let (api, terminal, _alone) = opened().await;
    let fresh = terminal.megabytes();
    let states = ["FAILING", "DEGRADED", "HEALTHY"];
    for change in 0..9_600 {
        api.with(|data| data.change(change * 7919, states[change % states.len()]));
    }
    while api.told() < 9_600 {
        sleep(Duration::from_millis(50)).await;
    }
    api.change(9_999, "HEALTHY");
    sleep(Duration::from_secs(2)).await;
    api.change(9_999, "SUSPENDED");
    terminal.shows("Customer 9999 / main-9999: suspended").await;
    eprintln!(
        "memory: {fresh:.0} MB with 10,000 connections, {:.0} MB after 8 h",
        terminal.megabytes()
    );
    assert!(terminal.megabytes() <= 80.0, "{} MB", terminal.megabytes());
    quits(terminal).await;
}

/// All rows come in pages of a thousand, packed as the API packs them.
#[test]
fn ten_thousand_rows_are_two_megabytes_at_most() {
    let data = Data::of(10_000);
    let (mut plain, mut packed) = (0, 0);
    for page in 0..10 {
        let page = data.page(&serde_json::json!({ "first": 1000, "after": format!("p{}", page * 1000) }));
        let text = page.to_string();
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut gzip, text.as_bytes()).expect("memory");
        plain += text.len();
        packed += gzip.finish().expect("memory").len();
    }
    eprintln!("10,000 rows: {} KB, packed {} KB", plain >> 10, packed >> 10);
    assert!(packed <= 2 << 20, "{packed} bytes");
}
