//! The protocol's text, case by case, on a real socket. Names are its words.
//!
//! Source: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use super::*;

/// What happens in a case, in order.
enum Step {
    Say(Value),
    Hear(Value),
    /// The socket is closed with this code and reason.
    Closed(u16, &'static str),
    /// Nothing more was said.
    Nothing,
}
use Step::{Closed, Hear, Nothing, Say};

async fn plays(name: &str, steps: Vec<Step>) {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::connect(&served).await;
    for (n, step) in steps.into_iter().enumerate() {
        match step {
            Say(message) => client.say(message).await,
            Hear(expected) => assert_eq!(client.hear().await, expected, "{name}, step {n}"),
            Closed(code, reason) => {
                let expected = json!({ "closed": code, "reason": reason });
                assert_eq!(client.hear().await, expected, "{name}, step {n}");
            }
            Nothing => client.hears_nothing().await,
        }
    }
}

fn ping(payload: &Value) -> Value {
    json!({ "type": "ping", "payload": payload })
}

#[tokio::test]
async fn connection() {
    let cases = [
        ("successful connection initialisation", vec![Say(init()), Hear(ack())]),
        (
            "more than one connection_init is closed with 4429",
            vec![
                Say(init()),
                Hear(ack()),
                Say(init()),
                Closed(4429, "Too many initialisation requests"),
            ],
        ),
        (
            "executing operations is allowed only after the connection_ack: 4401",
            vec![Say(subscribe("1", "{ one }")), Closed(4401, "Unauthorized")],
        ),
        (
            "a connection is rejected with 4403: no payload",
            vec![
                Say(json!({ "type": "connection_init" })),
                Closed(
                    4403,
                    "Forbidden: Sign in: send a token or an API key as `Authorization: Bearer …`.",
                ),
            ],
        ),
        (
            "a connection is rejected with 4403: a bad token",
            vec![
                Say(json!({ "type": "connection_init", "payload": { "Authorization": "Bearer x" } })),
                Closed(4403, "Forbidden: The token is not valid here."),
            ],
        ),
        (
            "a ping is answered before the connection is acknowledged",
            vec![Say(json!({ "type": "ping" })), Hear(json!({ "type": "pong" }))],
        ),
        (
            "a pong carries the ping's payload",
            vec![
                Say(init()),
                Hear(ack()),
                Say(ping(&json!({ "at": [1, { "b": "ü" }] }))),
                Hear(json!({ "type": "pong", "payload": { "at": [1, { "b": "ü" }] } })),
                Say(ping(&Value::Null)),
                Hear(json!({ "type": "pong" })),
            ],
        ),
        (
            "a pong may be sent unsolicited as a unidirectional heartbeat",
            vec![
                Say(json!({ "type": "pong" })),
                Say(json!({ "type": "pong", "payload": { "a": 1 } })),
                Nothing,
            ],
        ),
    ];
    for (name, steps) in cases {
        plays(name, steps).await;
    }
}

#[tokio::test]
async fn operations_on_an_acknowledged_connection() {
    let cases = [
        (
            "single result operation: a query has one next and a complete",
            vec![
                Say(subscribe("q", "{ one }")),
                Hear(next("q", &json!({ "one": 1 }))),
                Hear(complete("q")),
                Nothing,
            ],
        ),
        (
            "single result operation: a mutation",
            vec![
                Say(subscribe("m", "mutation { change }")),
                Hear(next("m", &json!({ "change": 2 }))),
                Hear(complete("m")),
                Nothing,
            ],
        ),
        (
            "streaming operation: next over time, then complete",
            vec![
                Say(subscribe("s", "subscription { count(to: 2) }")),
                Hear(next("s", &json!({ "count": 1 }))),
                Hear(next("s", &json!({ "count": 2 }))),
                Hear(complete("s")),
                Nothing,
            ],
        ),
        (
            "operationName, variables and extensions may be null",
            vec![
                Say(json!({ "type": "subscribe", "id": "1", "payload": {
                    "query": "{ one }", "operationName": null, "variables": null, "extensions": null } })),
                Hear(next("1", &json!({ "one": 1 }))),
                Hear(complete("1")),
            ],
        ),
        (
            "operationName and variables are used",
            vec![
                Say(json!({ "type": "subscribe", "id": "1", "payload": {
                    "query": "query A { one } subscription B($to: Int!) { count(to: $to) }",
                    "operationName": "B", "variables": { "to": 1 }, "extensions": { "a": 1 } } })),
                Hear(next("1", &json!({ "count": 1 }))),
                Hear(complete("1")),
            ],
        ),
        (
            "an id that is active already is closed with 4409",
            vec![
                Say(subscribe("twice", "subscription { silent }")),
                Say(subscribe("twice", "{ one }")),
                Closed(4409, "Subscriber for twice already exists"),
            ],
        ),
        (
            "once completed by the server an id may be used again",
            vec![
                Say(subscribe("1", "{ one }")),
                Hear(next("1", &json!({ "one": 1 }))),
                Hear(complete("1")),
                Say(subscribe("1", "mutation { change }")),
                Hear(next("1", &json!({ "change": 2 }))),
                Hear(complete("1")),
            ],
        ),
        (
            "once completed by the client an id may be used again, and nothing of the first comes",
            vec![
                Say(subscribe("1", "subscription { silent }")),
                Say(complete("1")),
                Say(subscribe("1", "{ one }")),
                Hear(next("1", &json!({ "one": 1 }))),
                Hear(complete("1")),
                Nothing,
            ],
        ),
        (
            "a complete of the client for a single result operation: its result is not sent",
            vec![Say(subscribe("1", "{ never }")), Say(complete("1")), Nothing],
        ),
        (
            "a complete for an operation that is over, or never was, is ignored",
            vec![
                Say(complete("none")),
                Say(subscribe("1", "{ one }")),
                Hear(next("1", &json!({ "one": 1 }))),
                Hear(complete("1")),
                Say(complete("1")),
                Nothing,
            ],
        ),
    ];
    for (name, steps) in cases {
        let mut all = vec![Say(init()), Hear(ack())];
        all.extend(steps);
        plays(name, all).await;
    }
}

#[tokio::test]
async fn a_result_with_errors_of_fields_is_a_next() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    client.subscribe("1", "{ one fails }").await;
    let said = client.hear().await;
    assert_eq!((&said["type"], &said["id"]), (&json!("next"), &json!("1")), "{said}");
    assert_eq!(said["payload"]["data"]["one"], 1);
    assert_eq!(said["payload"]["errors"][0]["path"], json!(["fails"]));
    assert_eq!(client.hear().await, complete("1"));
}

#[tokio::test]
async fn a_document_that_is_not_executed_is_answered_by_error_and_not_completed() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    for query in [
        "query {",
        "",
        "{ nothing }",
        "query A { one } query B { one }",
        "subscription { nothing }",
        "query($a: Int!) { one }",
    ] {
        client.subscribe("e", query).await;
        let said = client.hear().await;
        assert_eq!(
            (&said["type"], &said["id"]),
            (&json!("error"), &json!("e")),
            "{query}: {said}"
        );
        let errors = said["payload"].as_array().unwrap();
        assert!(!errors.is_empty() && errors[0]["message"].is_string(), "{said}");
        // It terminates the operation, no complete is emitted, and the id may be used again.
        client.hears_nothing().await;
    }
}

/// "A message of a type or format which is not specified in this document" is closed with 4400.
#[tokio::test]
async fn an_invalid_message_is_closed_with_4400() {
    let long = "x".repeat(129);
    let texts = [
        String::new(),
        "not JSON".into(),
        "null".into(),
        "7".into(),
        r#""ping""#.into(),
        "[]".into(),
        r#"["ping"]"#.into(),
        "{}".into(),
        r#"{"type":null}"#.into(),
        r#"{"type":7}"#.into(),
        r#"{"type":""}"#.into(),
        r#"{"type":"Ping"}"#.into(),
        r#"{"type":"start","id":"1","payload":{"query":"{ one }"}}"#.into(),
        r#"{"type":"connection_ack"}"#.into(),
        r#"{"type":"next","id":"1","payload":{}}"#.into(),
        r#"{"type":"error","id":"1","payload":[]}"#.into(),
        r#"{"type":"ping"} {"type":"ping"}"#.into(),
        r#"{"type":"ping","type":"pong"}"#.into(),
        r#"{"type":"ping","payload":7}"#.into(),
        r#"{"type":"pong","payload":[]}"#.into(),
        r#"{"type":"connection_init","payload":"Bearer x"}"#.into(),
        r#"{"type":"complete"}"#.into(),
        r#"{"type":"complete","id":7}"#.into(),
        r#"{"type":"complete","id":""}"#.into(),
        r#"{"type":"subscribe"}"#.into(),
        r#"{"type":"subscribe","payload":{"query":"{ one }"}}"#.into(),
        r#"{"type":"subscribe","id":null,"payload":{"query":"{ one }"}}"#.into(),
        r#"{"type":"subscribe","id":1,"payload":{"query":"{ one }"}}"#.into(),
        r#"{"type":"subscribe","id":"","payload":{"query":"{ one }"}}"#.into(),
        r#"{"type":"subscribe","id":"1"}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":null}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":["{ one }",null,null,null]}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":{}}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":{"query":null}}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":{"query":7}}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ one }","variables":[]}}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ one }","variables":"{}"}}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ one }","operationName":7}}"#.into(),
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ one }","extensions":7}}"#.into(),
        format!(r#"{{"type":"subscribe","id":"{long}","payload":{{"query":"{{ one }}"}}}}"#),
        format!(
            r#"{{"type":"ping","payload":{}1{}}}"#,
            r#"{"a":"#.repeat(200),
            "}".repeat(200)
        ),
    ];
    let served = a_bad_schema(as_it_is).await;
    let frames = texts.into_iter().map(Frame::text);
    let binary = Frame::binary(r#"{"type":"ping"}"#);
    for frame in frames.chain([binary]) {
        let mut client = Client::signed_in(&served).await;
        client.frame(frame.clone()).await;
        let said = client.hear().await;
        assert_eq!(said["closed"], 4400, "{frame:?}: {said}");
        assert!(
            said["reason"].as_str().unwrap().starts_with("Invalid message received"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn two_connection_inits_at_once_and_a_subscribe_behind_the_first() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::connect(&served).await;
    client.0.feed(Frame::text(init().to_string())).await.unwrap();
    client.say(init()).await;
    let said = client.hear().await;
    let said = if said == ack() { client.hear().await } else { said };
    assert_eq!(said["closed"], 4429, "acknowledged or not: {said}");
}

/// A client that offers nothing, and one that offers the protocol's predecessor, which has the name of a library.
#[tokio::test]
async fn another_protocol_is_closed_with_4406() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::offering(&served.url, None).await.unwrap();
    assert_eq!(
        client.hear().await,
        json!({ "closed": 4406, "reason": "Subprotocol not acceptable" })
    );

    // The client's library refuses a handshake without its protocol: the answer is read by hand.
    let mut line = raw_handshake(&served, "graphql-ws").await;
    let frame = line.next().await.unwrap().unwrap();
    let Frame::Close(Some(close)) = frame else {
        panic!("{frame:?}");
    };
    assert_eq!(u16::from(close.code), 4406);
}

#[tokio::test]
async fn the_protocol_is_chosen_among_others() {
    let served = a_bad_schema(as_it_is).await;
    let offered = "graphql-ws, graphql-transport-ws";
    let mut client = Client::offering(&served.url, Some(offered)).await.unwrap();
    client.say(init()).await;
    assert_eq!(client.hear().await, ack());
}

/// A handshake as written by hand, and what comes after it.
pub(super) async fn raw_handshake(served: &Served, protocol: &str) -> WebSocketStream<TcpStream> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let host = served.url.trim_start_matches("ws://").trim_end_matches("/graphql/ws");
    let mut line = TcpStream::connect(host).await.unwrap();
    let request = format!(
        "GET /graphql/ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
    );
    line.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(line.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&head));
    let role = tungstenite::protocol::Role::Client;
    WebSocketStream::from_raw_socket(line, role, None).await
}
