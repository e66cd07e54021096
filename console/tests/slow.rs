//! Faults that take their time. They mostly wait, and so all begin at once, however many tests may run at the same time.

#[expect(dead_code, reason = "it serves the other tests as well")]
mod api;
#[expect(dead_code, reason = "it serves the other tests as well")]
mod pty;

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Makes a test of each of these stories.
macro_rules! begun_together {
    ($($name:ident,)+) => {
        static BEGUN: LazyLock<Mutex<HashMap<&'static str, JoinHandle<()>>>> = LazyLock::new(|| {
            Mutex::new(HashMap::from([$((stringify!($name), begin(story::$name)),)+]))
        });

        $(#[test]
        fn $name() {
            let begun = BEGUN.lock().unwrap().remove(stringify!($name)).unwrap();
            if let Err(panic) = begun.join() {
                std::panic::resume_unwind(panic);
            }
        })+
    };
}

begun_together! {
    a_socket_on_which_nothing_is_heard_is_dead_after_25_seconds,
    after_a_sleep_it_goes_on_at_once_from_the_last_event,
    an_api_that_refuses_is_tried_less_and_less_often,
    a_session_that_is_not_accepted_blanks_the_screen_for_good,
    a_quiet_socket_is_kept_open_by_signs_of_life,
}

fn begin<S: Future<Output = ()> + 'static>(story: fn() -> S) -> JoinHandle<()> {
    thread::spawn(move || tokio::runtime::Runtime::new().expect("a runtime").block_on(story()))
}

mod story {
    use super::api::data::Data;
    use super::api::faults::Http;
    use super::api::{Api, TOKEN};
    use super::pty::Terminal;
    use super::*;

    fn opened() -> (Api, Terminal) {
        let api = Api::start(Data::of(50));
        let terminal = Terminal::start(120, 36, &api.url(), TOKEN, &[]);
        (api, terminal)
    }

    async fn leaves(mut terminal: Terminal) {
        terminal.keys("\u{3}");
        assert_eq!(terminal.ended().await, Some(0));
        terminal.is_as_it_was_found();
    }

    async fn pass(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }

    pub async fn a_socket_on_which_nothing_is_heard_is_dead_after_25_seconds() {
        let (api, terminal) = opened();
        terminal.shows("● live").await;
        api.change(49, "FAILING");
        terminal.shows("Customer 49 / main-49: failing").await;
        api.deaf(true);
        let begun = Instant::now();
        pass(20).await;
        assert!(terminal.text().contains("● live"), "not dead yet: {}", terminal.text());
        terminal.shows("OFFLINE").await;
        assert!(
            begun.elapsed() < Duration::from_secs(45),
            "it was given up far too late"
        );
        api.deaf(false);
        api.change(48, "SUSPENDED");
        terminal.shows("Customer 48 / main-48: suspended").await;
        let (_, opened) = api.followed();
        assert_eq!(opened.last().expect("one").after.as_deref(), Some("c1"));
        leaves(terminal).await;
    }

    pub async fn a_quiet_socket_is_kept_open_by_signs_of_life() {
        let (api, terminal) = opened();
        terminal.shows("● live").await;
        pass(32).await;
        assert!(terminal.text().contains("● live"), "{}", terminal.text());
        assert_eq!(api.followed().0, 1, "one socket was enough");
        leaves(terminal).await;
    }

    pub async fn after_a_sleep_it_goes_on_at_once_from_the_last_event() {
        let (api, mut terminal) = opened();
        terminal.shows("● live").await;
        api.change(49, "FAILING");
        terminal.shows("Customer 49 / main-49: failing").await;
        terminal.signal("STOP");
        api.deaf(true); // What the sleeper holds is dead; it has no way to know.
        pass(22).await;
        let before = api.followed().0;
        terminal.signal("CONT");
        let woken = Instant::now();
        while api.followed().0 == before {
            // Far below what silence takes, far above what a busy machine needs.
            assert!(woken.elapsed() < Duration::from_secs(10), "{}", terminal.text());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        api.deaf(false);
        api.change(48, "SUSPENDED");
        terminal.shows("Customer 48 / main-48: suspended").await;
        terminal.shows("● live").await;
        let (_, opened) = api.followed();
        assert_eq!(opened.last().expect("one").after.as_deref(), Some("c1"));
        leaves(terminal).await;
    }

    pub async fn an_api_that_refuses_is_tried_less_and_less_often() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/graphql", listener.local_addr().expect("its address"));
        let tries = Arc::new(AtomicUsize::new(0));
        let counted = tries.clone();
        thread::spawn(move || {
            while listener.accept().is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let terminal = Terminal::start(120, 36, &url, TOKEN, &[]);
        terminal.shows("the API cannot be reached").await;
        pass(24).await;
        // Half a second, one, two, four, eight, sixteen, each by up to a half less; besides, a sign of life every 15 seconds.
        let tries = tries.load(Ordering::SeqCst);
        assert!((5..=16).contains(&tries), "{tries} tries");
        leaves(terminal).await;
    }

    pub async fn a_session_that_is_not_accepted_blanks_the_screen_for_good() {
        let (api, terminal) = opened();
        terminal.shows("Customer 1").await;
        api.answers(Http::Status(401, None));
        terminal.shows("SIGNED OUT").await;
        terminal.shows("sign in again").await;
        api.change(7, "FAILING"); // The socket is still open.
        pass(1).await;
        api.cut();
        pass(2).await;
        let asked = api.questions();
        assert!(terminal.text().contains("sign in again"), "{}", terminal.text());
        assert!(!terminal.text().contains("Customer"), "{}", terminal.text());
        pass(16).await;
        assert_eq!(api.questions(), asked, "who is signed out asks no more");
        leaves(terminal).await;
    }
}
