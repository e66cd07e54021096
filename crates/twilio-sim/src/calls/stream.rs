//! `<Connect><Stream>`: a WebSocket to the agent, sound in both directions.
//!
//! Source: <https://www.twilio.com/docs/voice/media-streams/websocket-messages>

use std::net::IpAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest, http::HeaderValue};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::call::{SimStream, StreamEnd};
use super::leg::{Leg, Over};
use super::media::Conversation;
use super::order::Address;
use super::twiml::Stream;
use super::verbs::resolve;
use super::webhook::sign_for;
use crate::form::Pairs;
use crate::wire;

/// How often a frame goes out at most; a frame is 20 ms of sound.
const FRAME_TIME: Duration = Duration::from_millis(20);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What went wrong, in Twilio's code.
struct Trouble {
    code: u32,
    message: String,
}

impl Trouble {
    fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

/// Opens the stream and stays on it until the agent closes it or the call ends. A stream that fails does not end the call.
pub(super) async fn connect(leg: &Leg, stream: &Stream, base: &str) -> Result<(), Over> {
    let sid = leg.open_stream(SimStream {
        url: stream.url.clone(),
        custom_parameters: stream.parameters.clone(),
        ..SimStream::default()
    });
    let callback = stream.status_callback.as_ref().map(|link| resolve(link, base));
    let teller = Teller {
        leg,
        stream,
        sid: &sid,
        callback,
    };
    let opened = tokio::select! {
        biased;
        () = leg.hang_up.cancelled() => {
            leg.end_stream(&sid, StreamEnd::Call);
            return Err(Over::HungUp);
        }
        opened = open(leg, stream) => opened,
    };
    let end = match opened {
        Ok(socket) => {
            teller.tell("stream-started", None);
            converse(leg, stream, &sid, socket).await
        }
        Err(trouble) => Err(trouble),
    };
    match end {
        Ok(end) => {
            leg.end_stream(&sid, end);
            teller.tell("stream-stopped", None);
        }
        Err(trouble) => {
            leg.note_error(trouble.code, &trouble.message);
            leg.end_stream(&sid, StreamEnd::Error);
            teller.tell("stream-error", Some(&trouble));
        }
    }
    leg.check()
}

/// Tells the stream's status callback.
struct Teller<'a> {
    leg: &'a Leg,
    stream: &'a Stream,
    sid: &'a str,
    callback: Option<Address>,
}

impl Teller<'_> {
    fn tell(&self, event: &str, trouble: Option<&Trouble>) {
        let Some(address) = &self.callback else { return };
        let mut parameters = Pairs::default();
        parameters.push("AccountSid", &self.leg.account_sid);
        parameters.push("CallSid", &self.leg.sid);
        parameters.push("StreamSid", self.sid);
        parameters.push("StreamName", &self.stream.name);
        parameters.push("StreamEvent", event);
        if let Some(trouble) = trouble {
            parameters.push("StreamError", format!("{} {}", trouble.code, trouble.message));
        }
        parameters.push("Timestamp", wire::date(self.leg.sim.now()));
        self.leg.callbacks.stream(address, parameters);
    }
}

async fn open(leg: &Leg, stream: &Stream) -> Result<Socket, Trouble> {
    check_url(leg, stream)?;
    let request = stream.url.as_str().into_client_request();
    let mut request = request.map_err(|error| Trouble::new(31922, error.to_string()))?;
    for (name, value) in sign_for(&leg.sim, &leg.account_sid, "GET", &stream.url, &Pairs::default()) {
        if let Ok(value) = HeaderValue::from_str(&value) {
            request.headers_mut().insert(name, value);
        }
    }
    match tokio::time::timeout(leg.sim.options().webhook_limit, connect_async(request)).await {
        Err(_) => Err(Trouble::new(31901, "Stream: the connection timed out")),
        Ok(Err(tungstenite::Error::Http(response))) => Err(Trouble::new(
            31920,
            format!("Stream: the handshake was answered with {}", response.status()),
        )),
        Ok(Err(tungstenite::Error::Io(error))) => Err(Trouble::new(31902, format!("Stream: {error}"))),
        Ok(Err(error)) => Err(Trouble::new(31924, format!("Stream: {error}"))),
        Ok(Ok((socket, _))) => Ok(socket),
    }
}

fn check_url(leg: &Leg, stream: &Stream) -> Result<(), Trouble> {
    let Ok(url) = Url::parse(&stream.url) else {
        return Err(Trouble::new(31922, format!("Stream: {} is not a URL", stream.url)));
    };
    let plain_allowed = url.scheme() == "ws" && leg.sim.options().allow_plain_ws && is_loopback(&url);
    if url.scheme() != "wss" && !plain_allowed {
        return Err(Trouble::new(31922, "Stream: the URL must begin with wss://"));
    }
    if url.query().is_some() {
        return Err(Trouble::new(31920, "Stream: the URL must not have a query string"));
    }
    match stream.track.as_deref() {
        None | Some("inbound_track") => Ok(()),
        Some(track) => Err(Trouble::new(
            31941,
            format!("Stream: track {track} is not possible with <Connect>"),
        )),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Both directions until one side ends it. The error is a socket that broke without a closing handshake.
async fn converse(leg: &Leg, stream: &Stream, sid: &str, mut socket: Socket) -> Result<StreamEnd, Trouble> {
    let mut conversation = Conversation::new(leg, sid);
    let connected = json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" });
    let mut outgoing = vec![connected, conversation.start(stream)];
    let mut ticks = tokio::time::interval(leg.sim.options().pace.min(FRAME_TIME));
    loop {
        for message in outgoing.drain(..) {
            if socket.send(Message::text(message.to_string())).await.is_err() {
                return last_words(&mut socket).await;
            }
        }
        tokio::select! {
            biased;
            () = leg.hang_up.cancelled() => {
                // The other side may be gone already.
                let _ = socket.send(Message::text(conversation.stop().to_string())).await;
                let _ = socket.close(None).await;
                return Ok(StreamEnd::Call);
            }
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => outgoing = conversation.hear(&text),
                Some(Ok(Message::Close(_))) | None => {
                    let _ = socket.close(None).await;
                    return Ok(StreamEnd::Agent);
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(broken(&error)),
            },
            _ = ticks.tick() => outgoing = conversation.tick(),
        }
    }
}

/// After nothing more can be sent: did the agent say goodbye before it went?
async fn last_words(socket: &mut Socket) -> Result<StreamEnd, Trouble> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(_))) | None => return Ok(StreamEnd::Agent),
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(broken(&error)),
        }
    }
}

fn broken(error: &tungstenite::Error) -> Trouble {
    Trouble::new(31921, format!("Stream: {error}"))
}
