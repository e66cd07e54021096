//! Media streams to an agent.

use std::time::Duration;

use callab_twilio_sim::{CallStatus, HangUp, Phone, StreamEnd};

use super::customer::{Agent, CALLER, NUMBER, answering};
use super::server::Server;

#[tokio::test]
async fn a_media_stream_carries_parameters_sound_and_marks() {
    let server = Server::start().await;
    let (account, _, customer) = answering(&server).await;
    customer.set_agent(Agent::TalksAndClears);
    let twiml = format!(
        "<Response><Connect action='/after'><Stream url='{}' name='agent' statusCallback='/stream'><Parameter name='ref' value='42'/></Stream></Connect></Response>",
        customer.agent_url()
    );
    customer.says("/voice", &twiml);
    customer.says("/after", "<Response><Say>Goodbye</Say></Response>");
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;

    assert_eq!((call.status, call.hung_up_by), (CallStatus::Completed, None));
    assert_eq!(call.verbs(), ["Connect", "Say"]);
    let stream = &call.streams[0];
    assert_eq!(stream.custom_parameters["ref"], "42");
    assert_eq!(stream.marks_returned, ["said", "cleared"]);
    assert_eq!(
        (stream.frames_received, stream.clears, stream.ended),
        (2, 1, Some(StreamEnd::Agent))
    );
    assert!(stream.frames_sent > 0 && stream.bytes_received > 1000 * 160);
    assert_eq!(customer.handshakes(), [true]);

    let heard = customer.heard();
    assert_eq!(
        (heard[0]["event"].as_str(), heard[0]["protocol"].as_str()),
        (Some("connected"), Some("Call"))
    );
    let start = &heard[1];
    assert_eq!(
        (start["event"].as_str(), start["sequenceNumber"].as_str()),
        (Some("start"), Some("1"))
    );
    assert_eq!(start["start"]["accountSid"], account.sid);
    assert_eq!(start["start"]["callSid"], call.sid);
    assert_eq!(start["start"]["customParameters"], serde_json::json!({ "ref": "42" }));
    assert_eq!(
        start["start"]["mediaFormat"],
        serde_json::json!({ "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 })
    );
    let media: Vec<_> = heard.iter().filter(|message| message["event"] == "media").collect();
    assert_eq!(media[1]["media"]["timestamp"], "20");
    assert_eq!(media[1]["media"]["payload"].as_str().map(str::len), Some(216));

    let told = customer.received_at("/stream");
    let events: Vec<_> = told.iter().map(|r| r.parameters.get("StreamEvent").unwrap()).collect();
    assert_eq!(events, ["stream-started", "stream-stopped"]);
    assert!(
        told.iter()
            .all(|r| r.signed && r.parameters.get("StreamSid") == Some(&stream.sid))
    );
    assert_eq!(customer.received_at("/after").len(), 1);
}

#[tokio::test]
async fn a_caller_who_hangs_up_stops_the_stream() {
    let server = Server::start().await;
    let (_, _, customer) = answering(&server).await;
    customer.set_agent(Agent::Listens);
    customer.says(
        "/voice",
        &format!(
            "<Response><Connect><Stream url='{}'/></Connect><Say>never</Say></Response>",
            customer.agent_url()
        ),
    );
    let sid = server.sim.ring(CALLER, NUMBER);
    server
        .sim
        .wait_for_call(&sid, |call| {
            call.streams.first().is_some_and(|stream| stream.frames_sent > 2)
        })
        .await;
    server.sim.hang_up(&sid);
    let call = server.sim.call_finished(&sid).await;
    assert_eq!(
        (call.status, call.hung_up_by),
        (CallStatus::Completed, Some(HangUp::Caller))
    );
    assert_eq!(
        (call.verbs(), call.streams[0].ended),
        (vec!["Connect"], Some(StreamEnd::Call))
    );
    assert_eq!(customer.heard().last().unwrap()["event"], "stop");
}

#[tokio::test]
async fn a_caller_hangs_up_by_themselves_after_talking() {
    let server = Server::start().await;
    let (_, _, customer) = answering(&server).await;
    server.sim.phone(
        CALLER,
        Phone::Answers {
            after: Duration::ZERO,
            talks: Duration::from_millis(30),
        },
    );
    customer.set_agent(Agent::Listens);
    customer.says(
        "/voice",
        &format!(
            "<Response><Connect><Stream url='{}'/></Connect></Response>",
            customer.agent_url()
        ),
    );
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(
        (call.status, call.hung_up_by),
        (CallStatus::Completed, Some(HangUp::Caller))
    );
}

#[tokio::test]
async fn a_stream_that_cannot_be_opened_is_noted_and_the_call_goes_on() {
    let server = Server::start().await;
    let (_, _, customer) = answering(&server).await;
    let plain_elsewhere = "ws://agent.example/agent".to_owned();
    let with_query = format!("{}?a=1", customer.agent_url());
    let not_a_socket = customer.at("/not-a-socket").replace("http", "ws");
    let nobody = "ws://127.0.0.1:1/agent".to_owned();
    for (url, code) in [
        (plain_elsewhere, 31922),
        (with_query, 31920),
        (not_a_socket, 31920),
        (nobody, 31902),
    ] {
        let twiml = format!(
            "<Response><Connect><Stream url='{url}' statusCallback='/stream'/></Connect><Say>Sorry</Say></Response>"
        );
        customer.says("/voice", &twiml);
        let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
        assert_eq!(
            (call.error_codes(), call.verbs()),
            (vec![code], vec!["Connect", "Say"]),
            "{url}"
        );
        assert_eq!(call.streams[0].ended, Some(StreamEnd::Error));
        let told = customer.received_at("/stream").pop().unwrap();
        assert_eq!(told.parameters.get("StreamEvent"), Some("stream-error"));
        assert!(
            told.parameters
                .get("StreamError")
                .unwrap()
                .starts_with(&code.to_string())
        );
    }
}

#[tokio::test]
async fn an_agent_that_vanishes_is_noted_and_the_call_goes_on() {
    let server = Server::start().await;
    let (_, _, customer) = answering(&server).await;
    customer.set_agent(Agent::Vanishes);
    let agent = customer.agent_url();
    customer.says(
        "/voice",
        &format!("<Response><Connect><Stream url='{agent}'/></Connect><Say>Sorry</Say></Response>"),
    );
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(
        (call.error_codes(), call.verbs()),
        (vec![31921], vec!["Connect", "Say"])
    );
    assert_eq!(call.streams[0].ended, Some(StreamEnd::Error));
}

#[tokio::test]
async fn plain_websockets_are_refused_unless_allowed() {
    let server = Server::start_with(|options| options.allow_plain_ws = false).await;
    let (_, _, customer) = answering(&server).await;
    customer.says(
        "/voice",
        &format!(
            "<Response><Connect><Stream url='{}'/></Connect></Response>",
            customer.agent_url()
        ),
    );
    let call = server.sim.call_finished(&server.sim.ring(CALLER, NUMBER)).await;
    assert_eq!(call.error_codes(), [31922]);
}
