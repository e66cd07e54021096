//! Whatever comes in whatever order, the machine says nothing that the protocol forbids.

use std::collections::{HashMap, HashSet};

use async_graphql::{Response, ServerError};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::socket::close;
use crate::socket::protocol::{Action, Event, Protocol, Run};
use crate::trace_id::TraceId;

/// The most operations of the machine under test.
const MOST: usize = 3;

#[derive(Clone, Debug)]
enum Input {
    Init,
    Ping(bool),
    Pong,
    Subscribe(u8),
    Complete(u8),
    Invalid,
    Binary,
    SignedIn,
    InitTimeout,
    Result(u64),
    RequestError(u64),
    End(u64),
    Over,
}

/// Mostly what keeps a socket going, so that long lives are seen as well.
fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        1 => Just(Input::Init),
        4 => any::<bool>().prop_map(Input::Ping),
        2 => Just(Input::Pong),
        40 => (0..60_u8).prop_map(Input::Subscribe),
        20 => (0..60_u8).prop_map(Input::Complete),
        1 => prop_oneof![Just(Input::Invalid), Just(Input::Binary), Just(Input::Over)],
        4 => Just(Input::SignedIn),
        2 => Just(Input::InitTimeout),
        30 => (0..40_u64).prop_map(Input::Result),
        10 => (0..40_u64).prop_map(Input::RequestError),
        20 => (0..40_u64).prop_map(Input::End),
    ]
}

fn event(input: &Input) -> Event {
    let text = |message: Value| Event::Text(message.to_string());
    match input {
        Input::Init => text(json!({ "type": "connection_init", "payload": {} })),
        Input::Ping(true) => text(json!({ "type": "ping", "payload": { "a": 1 } })),
        Input::Ping(false) => text(json!({ "type": "ping" })),
        Input::Pong => text(json!({ "type": "pong" })),
        Input::Subscribe(id) => {
            text(json!({ "type": "subscribe", "id": id.to_string(), "payload": { "query": "{ a }" } }))
        }
        Input::Complete(id) => text(json!({ "type": "complete", "id": id.to_string() })),
        Input::Invalid => text(json!({ "type": "start" })),
        Input::Binary => Event::Binary,
        Input::SignedIn => Event::SignedIn,
        Input::InitTimeout => Event::InitTimeout,
        Input::Result(run) => Event::Answered(Run(*run), Response::new("data")),
        Input::RequestError(run) => {
            Event::Answered(Run(*run), Response::from_errors(vec![ServerError::new("no", None)]))
        }
        Input::End(run) => Event::Ended(Run(*run)),
        Input::Over => Event::Over(close::GOING_AWAY),
    }
}

/// What an onlooker knows of the socket who sees both sides.
#[derive(Default)]
struct Onlooker {
    signing_in: bool,
    acknowledged: bool,
    closed: bool,
    /// The operations that neither side has ended.
    active: HashMap<String, Run>,
    begun: HashSet<Run>,
}

impl Onlooker {
    fn sees(&mut self, input: &Input, actions: &[Action]) -> Result<(), TestCaseError> {
        prop_assert!(
            !self.closed || actions.is_empty(),
            "nothing happens after the end: {actions:?}"
        );
        if self.closed {
            return Ok(());
        }
        if let Input::Complete(id) = input {
            let run = self.active.remove(&id.to_string());
            let let_go: Vec<Run> = run.into_iter().collect();
            let told: Vec<Run> = actions
                .iter()
                .map(|action| match action {
                    Action::Cancel(run) => *run,
                    other => panic!("a complete is not answered: {other:?}"),
                })
                .collect();
            prop_assert_eq!(told, let_go);
        }
        let duplicate = matches!(input, Input::Subscribe(id) if self.active.contains_key(&id.to_string()));
        let full = self.active.len() >= MOST;
        for action in actions {
            self.checks(input, action)?;
        }
        match input {
            Input::Ping(_) => prop_assert_eq!(actions.len(), 1, "one pong for each ping"),
            Input::Pong => prop_assert!(actions.is_empty()),
            Input::Subscribe(_) => {
                prop_assert_eq!(actions.len(), 1);
                match &actions[0] {
                    Action::Close(close) if !self.acknowledged => prop_assert_eq!(close.code, 4401),
                    Action::Close(close) => prop_assert!(duplicate && close.code == 4409),
                    Action::Begin(..) => prop_assert!(!full && !duplicate),
                    Action::Send(_) => prop_assert!(full && !duplicate),
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            Input::Invalid | Input::Binary => {
                prop_assert!(matches!(actions, [Action::Close(close)] if close.code == 4400));
            }
            _ => {}
        }
        prop_assert!(self.active.len() <= MOST);
        Ok(())
    }

    fn checks(&mut self, input: &Input, action: &Action) -> Result<(), TestCaseError> {
        match action {
            Action::SignIn(_) => {
                prop_assert!(!self.signing_in, "a client signs in once");
                self.signing_in = true;
            }
            Action::Begin(run, _) => {
                let Input::Subscribe(id) = input else {
                    return Err(TestCaseError::fail("begun without a subscribe"));
                };
                prop_assert!(self.acknowledged && self.begun.insert(*run), "no run comes twice");
                prop_assert!(self.active.insert(id.to_string(), *run).is_none());
            }
            Action::Send(text) => self.hears(input, &serde_json::from_str(text).unwrap())?,
            Action::Cancel(run) => prop_assert!(self.begun.contains(run)),
            Action::Close(close) => {
                self.closed = true;
                prop_assert!(close.reason.len() <= 123 && (1000..5000).contains(&close.code));
            }
        }
        Ok(())
    }

    /// A message of the server's.
    fn hears(&mut self, input: &Input, message: &Value) -> Result<(), TestCaseError> {
        let id = message["id"].as_str().map(str::to_owned);
        let running = id.as_ref().and_then(|id| self.active.get(id)).copied();
        let of_run = match input {
            Input::Result(run) | Input::RequestError(run) | Input::End(run) => Some(Run(*run)),
            _ => None,
        };
        match message["type"].as_str().unwrap() {
            "connection_ack" => {
                prop_assert!(
                    self.signing_in && !self.acknowledged,
                    "acknowledged once, and after the init"
                );
                self.acknowledged = true;
            }
            "pong" => prop_assert!(matches!(input, Input::Ping(_))),
            "next" => prop_assert!(
                running.is_some() && running == of_run,
                "a result of what runs, under its id"
            ),
            "complete" => {
                prop_assert!(
                    running.is_some() && running == of_run,
                    "completed once, and not after an error"
                );
                self.active.remove(&id.unwrap());
            }
            "error" if matches!(input, Input::Subscribe(_)) => {
                prop_assert!(running.is_none(), "a refused operation, not one that runs");
                prop_assert_eq!(&message["payload"][0]["extensions"]["code"], "TOO_MANY_OPERATIONS");
            }
            "error" => {
                prop_assert!(running.is_some() && running == of_run, "at most one error for each");
                prop_assert!(message["payload"].as_array().is_some_and(|errors| !errors.is_empty()));
                self.active.remove(&id.unwrap());
            }
            other => prop_assert!(false, "{other} is nothing a server says"),
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_machine_keeps_the_protocol(
        signs_in in prop::bool::weighted(0.9),
        inputs in prop::collection::vec(input(), 0..200),
    ) {
        let mut machine = Protocol::new(MOST, TraceId::new("t"));
        let mut onlooker = Onlooker::default();
        let first = if signs_in { vec![Input::Init, Input::SignedIn] } else { Vec::new() };
        for input in first.iter().chain(&inputs) {
            let actions = machine.on(event(input));
            onlooker.sees(input, &actions)?;
        }
    }

    #[test]
    fn no_text_breaks_the_machine(texts in prop::collection::vec(any::<String>(), 1..5)) {
        for text in texts {
            let mut machine = Protocol::new(MOST, TraceId::new("t"));
            let actions = machine.on(Event::Text(text));
            prop_assert!(matches!(actions.as_slice(), [Action::Close(close)] if close.code == 4400));
        }
    }
}

#[test]
fn a_reason_that_names_a_long_id_still_fits_into_its_frame() {
    for id in ["x".repeat(128), "ü".repeat(64)] {
        let close = close::Close::exists(&id);
        assert!((100..=123).contains(&close.reason.len()) && close.reason.starts_with("Subscriber for "));
    }
}
