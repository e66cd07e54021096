//! How sockets end: by time, by silence, by bad frames, by the server's stop.

use chrono::TimeDelta;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};
use tungstenite::protocol::frame::coding::{Data, OpCode};

use super::protocol_cases::raw_handshake;
use super::*;
use crate::socket::MAX_MESSAGE;

#[tokio::test]
async fn no_connection_init_in_time_is_closed_with_4408() {
    let served = serves_badly(as_it_is, Short::Init).await;
    let mut client = Client::connect(&served).await;
    let end = client.hear().await;
    assert_eq!(
        end,
        json!({ "closed": 4408, "reason": "Connection initialisation timeout" })
    );
}

#[tokio::test]
async fn a_client_that_answers_pings_stays_and_one_that_does_not_is_closed_with_3008() {
    let served = serves_badly(as_it_is, Short::Silence).await;
    let mut alive = Client::signed_in(&served).await;
    let mut dead = raw_handshake(&served, PROTOCOL).await;
    dead.send(Frame::text(init().to_string())).await.unwrap();
    assert_eq!(dead.next().await.unwrap().unwrap(), Frame::text(ack().to_string()));
    // Without its library it answers nothing any more.
    let mut dead = dead.into_inner();
    let longer_than_silence = timeout(Duration::from_secs(8), alive.hear()).await;
    assert!(longer_than_silence.is_err(), "{longer_than_silence:?}");
    alive.hears_nothing().await;

    let mut came = Vec::new();
    dead.read_to_end(&mut came).await.unwrap();
    let pings = came.windows(2).filter(|two| *two == [0x89, 0]).count();
    let end = came.windows(4).find(|frame| frame[0] == 0x88);
    let code = end.map(|frame| u16::from_be_bytes([frame[2], frame[3]]));
    assert!(
        code == Some(3008) && pings > 1,
        "closed with {code:?} after {pings} pings"
    );
}

/// A part of a message, without a byte in it and without an end. The library takes any number of them, and none counts for a message.
fn part(code: Data) -> Frame {
    Frame::Frame(tungstenite::protocol::frame::Frame::message(
        Vec::new(),
        OpCode::Data(code),
        false,
    ))
}

/// Parts of a message that never ends are no sign of life, and hold off neither the time for `connection_init` nor that for silence.
#[tokio::test]
async fn a_message_that_never_ends_keeps_no_socket_open() {
    let served = serves_badly(as_it_is, Short::Init).await;
    let mut stranger = Client::connect(&served).await;
    stranger.frame(part(Data::Text)).await;
    let ends = async {
        loop {
            stranger.frame(part(Data::Continue)).await;
            if let Ok(end) = timeout(Duration::from_millis(1), stranger.closed()).await {
                return end;
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(10), ends).await, Ok(4408));

    let served = serves_badly(as_it_is, Short::Silence).await;
    let mut client = Client::signed_in(&served).await;
    client.frame(part(Data::Text)).await;
    let begun = Instant::now();
    // It reads nothing meanwhile, so that its library answers no pings.
    while !served.lifecycle.sockets().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is taken to be alive");
        let _ = client.0.send(part(Data::Continue)).await; // The socket may be gone.
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off() {
    let served = serves_badly(as_it_is, Short::Sending).await;
    let mut client = Client::signed_in(&served).await;
    client.subscribe("1", "subscription { floods }").await;
    let sockets = served.lifecycle.sockets();
    sockets.close();
    sockets.wait().await;
}

/// A client that does not read, so much is on its way to it, and one of its mutations that is not over yet.
async fn deaf(served: &Served) -> Client {
    let mut client = Client::signed_in(served).await;
    client.subscribe("1", "mutation { takesItsTurn(ms: 500) }").await;
    client.subscribe("2", "subscription { floods }").await;
    sleep(Duration::from_millis(250)).await;
    client
}

#[tokio::test]
async fn a_client_that_does_not_read_keeps_nobody_waiting() {
    let served = a_bad_schema(as_it_is).await;
    let _deaf = deaf(&served).await;
    let mut other = Client::signed_in(&served).await;
    other.subscribe("1", "mutation { takesItsTurn(ms: 1) }").await;
    let answered = timeout(Duration::from_secs(10), other.hear()).await;
    let answer = answered.expect("the turn of the mutation of the client that does not read");
    assert_eq!(answer, next("1", &json!({ "takesItsTurn": 3 })));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_gone_with_its_token_and_with_the_server() {
    for ends in [
        |served: &Served| served.clock.advance(TimeDelta::seconds(3600 + 30)),
        |served: &Served| served.lifecycle.stop().cancel(),
    ] {
        let served = a_bad_schema(as_it_is).await;
        let _deaf = deaf(&served).await;
        let sockets = served.lifecycle.sockets();
        sockets.close();
        assert!(!sockets.is_empty());
        ends(&served);
        let gone = timeout(Duration::from_secs(10), sockets.wait()).await;
        gone.expect("long before it would be cut off for not reading");
    }
}

#[tokio::test]
async fn an_address_has_so_many_sockets_on_which_nobody_has_signed_in() {
    let served = the_api().await;
    let mut strangers = Vec::new();
    for _ in 0..ApiOptions::HALF_OPEN_PER_ADDRESS {
        strangers.push(Client::connect(&served).await);
    }
    let refused = Client::offering(&served.url, Some(PROTOCOL)).await.err();
    let Some(tungstenite::Error::Http(response)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(response.status().as_u16(), 429);
    assert_eq!(response.headers()["retry-after"], "10");

    let mut first = strangers.remove(0);
    first.say(init()).await;
    assert_eq!(first.hear().await, ack());
    let _in_its_place = Client::connect(&served).await;
    assert!(Client::offering(&served.url, Some(PROTOCOL)).await.is_err());
}

/// By the injected clock: with a running stream, and without anything.
#[tokio::test]
async fn a_token_that_expires_closes_the_socket_with_4403() {
    let served = a_bad_schema(as_it_is).await;
    let (mut idle, mut busy) = (Client::signed_in(&served).await, Client::signed_in(&served).await);
    busy.subscribe("1", "subscription { ticks }").await;
    served.clock.advance(TimeDelta::seconds(3600 + 29));
    idle.subscribe("1", "{ one }").await;
    assert_eq!(idle.hear().await["type"], "next", "the leeway counts");
    assert_eq!(idle.hear().await, complete("1"));

    served.clock.advance(TimeDelta::seconds(1));
    let closed = json!({ "closed": 4403, "reason": "Forbidden: The token has expired. Sign in again." });
    idle.subscribe("2", "mutation { change }").await;
    assert_eq!(idle.hear().await, closed, "nothing is begun for it");
    let end = loop {
        let said = busy.hear().await;
        if said["closed"].is_number() {
            break said;
        }
    };
    assert_eq!(end, closed);

    let mut again = Client::connect(&served).await;
    again.say(init()).await;
    assert_eq!(again.hear().await, closed);
}

#[tokio::test]
async fn a_socket_on_which_nothing_happens_ends_with_its_token_too() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    served.clock.advance(TimeDelta::seconds(3600 + 30));
    assert_eq!(client.closed().await, 4403);
}

#[tokio::test]
async fn a_message_that_is_too_big_is_closed_with_1009() {
    let served = a_bad_schema(as_it_is).await;
    let padded = |bytes: usize| {
        let empty = json!({ "type": "ping", "payload": { "a": "" } }).to_string();
        Frame::text(empty.replace(r#""""#, &format!(r#""{}""#, "x".repeat(bytes - empty.len()))))
    };
    let mut client = Client::signed_in(&served).await;
    client.frame(padded(MAX_MESSAGE)).await;
    assert_eq!(client.hear().await["type"], "pong", "as large as over HTTP");
    client.frame(padded(MAX_MESSAGE + 1)).await;
    assert_eq!(client.closed().await, 1009);
}

#[tokio::test]
async fn frames_that_are_none_are_closed_with_the_codes_of_websocket() {
    let served = a_bad_schema(as_it_is).await;
    let not_utf8 = [0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28];
    let not_masked = [0x81, 0x02, b'{', b'}'];
    let reserved = [0xF1, 0x82, 0, 0, 0, 0, b'{', b'}'];
    for (bytes, code) in [(&not_utf8[..], 1007), (&not_masked[..], 1002), (&reserved[..], 1002)] {
        let mut line = raw_handshake(&served, PROTOCOL).await;
        line.get_mut().write_all(bytes).await.unwrap();
        let frame = line.next().await.unwrap().unwrap();
        let Frame::Close(Some(close)) = frame else {
            panic!("{frame:?}");
        };
        assert_eq!(u16::from(close.code), code, "{bytes:?}");
    }
}

#[tokio::test]
async fn a_stopping_server_says_1001_to_all() {
    let served = the_api().await;
    let (mut signed_in, mut new) = (Client::signed_in(&served).await, Client::connect(&served).await);
    served.lifecycle.stop().cancel();
    assert_eq!(signed_in.closed().await, 1001);
    assert_eq!(new.closed().await, 1001);
    drop((signed_in, new));
    served.server.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_says_too_much_is_held_up_and_not_closed() {
    let served = a_bad_schema(as_it_is).await;
    let mut client = Client::signed_in(&served).await;
    let begun = tokio::time::Instant::now();
    for n in 0..300 {
        client.say(json!({ "type": "ping", "payload": { "n": n } })).await;
    }
    for n in 0..300 {
        assert_eq!(client.hear().await["payload"]["n"], n);
    }
    let took = begun.elapsed();
    assert!(
        took > Duration::from_secs(1),
        "100 more than at once, at 50 a second: {took:?}"
    );
}

#[tokio::test]
async fn half_a_handshake_is_answered_in_our_words() {
    use axum::body::Body;
    use tower::ServiceExt;
    let (services, _directory) = testing::services().await;
    let options = ApiOptions::new(
        TokenVerifier::hs256(&testing::signed()),
        Lifecycle::new(CancellationToken::new()),
    );
    let request = axum::http::Request::get("/graphql/ws")
        .header("upgrade", "websocket")
        .body(Body::empty())
        .unwrap();
    let response = router(services, options).oneshot(request).await.unwrap();
    assert_eq!(response.status(), axum::http::StatusCode::BAD_REQUEST);
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_REQUEST");
}
