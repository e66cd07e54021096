//! The messages of a media stream: what is said to the agent and what is heard from it. Numbers are sent as text.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::leg::Leg;
use super::playback::{FRAME_BYTES, Playback};
use super::twiml::Stream;

/// Silence in mu-law.
const SILENCE: u8 = 0xff;
const FRAME_MS: u64 = 20;

/// One stream's side of Twilio.
pub(super) struct Conversation<'a> {
    leg: &'a Leg,
    stream_sid: &'a str,
    sequence_number: u64,
    chunk: u64,
    silence: String,
    playback: Playback,
}

impl<'a> Conversation<'a> {
    pub(super) fn new(leg: &'a Leg, stream_sid: &'a str) -> Self {
        let silence = STANDARD.encode([SILENCE; FRAME_BYTES]);
        Self {
            leg,
            stream_sid,
            sequence_number: 0,
            chunk: 0,
            silence,
            playback: Playback::default(),
        }
    }

    /// The message that opens the stream.
    pub(super) fn start(&mut self, stream: &Stream) -> Value {
        self.message(
            "start",
            &json!({
                "accountSid": self.leg.account_sid,
                "callSid": self.leg.sid,
                "streamSid": self.stream_sid,
                "tracks": ["inbound"],
                "customParameters": stream.parameters,
                "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
            }),
        )
    }

    /// The message that ends it from this side.
    pub(super) fn stop(&mut self) -> Value {
        self.message(
            "stop",
            &json!({ "accountSid": self.leg.account_sid, "callSid": self.leg.sid }),
        )
    }

    /// 20 ms pass: a frame from the caller, and the marks the agent's sound has reached.
    pub(super) fn tick(&mut self) -> Vec<Value> {
        self.chunk += 1;
        let media = json!({
            "track": "inbound",
            "chunk": self.chunk.to_string(),
            "timestamp": ((self.chunk - 1) * FRAME_MS).to_string(),
            "payload": self.silence,
        });
        self.leg
            .change_stream(self.stream_sid, |stream| stream.frames_sent += 1);
        let mut messages = vec![self.message("media", &media)];
        let reached = self.playback.advance();
        messages.extend(self.return_marks(reached));
        messages
    }

    /// Obeys a message of the agent's; gives what to answer.
    pub(super) fn hear(&mut self, text: &str) -> Vec<Value> {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match message["event"].as_str() {
            Some("media") => match message["media"]["payload"]
                .as_str()
                .map(|payload| STANDARD.decode(payload))
            {
                Some(Ok(audio)) => self.queue(audio.len()),
                _ => self.complain("media without a base64 payload"),
            },
            Some("mark") => match message["mark"]["name"].as_str() {
                Some(name) => self.playback.add_mark(name.to_owned()),
                None => self.complain("mark without a name"),
            },
            Some("clear") => {
                self.leg.change_stream(self.stream_sid, |stream| stream.clears += 1);
                let dropped = self.playback.clear();
                return self.return_marks(dropped);
            }
            _ => self.complain("a message that is not media, mark or clear"),
        }
        Vec::new()
    }

    fn queue(&mut self, bytes: usize) {
        self.playback.add_audio(bytes);
        self.leg.change_stream(self.stream_sid, |stream| {
            stream.frames_received += 1;
            stream.bytes_received += bytes as u64;
        });
    }

    fn complain(&self, what: &str) {
        self.leg.note_warning(31951, format!("Stream: invalid message: {what}"));
    }

    fn return_marks(&mut self, names: Vec<String>) -> Vec<Value> {
        let marks = names
            .iter()
            .map(|name| self.message("mark", &json!({ "name": name })))
            .collect();
        self.leg
            .change_stream(self.stream_sid, |stream| stream.marks_returned.extend(names));
        marks
    }

    fn message(&mut self, event: &str, content: &Value) -> Value {
        self.sequence_number += 1;
        json!({
            "event": event,
            "sequenceNumber": self.sequence_number.to_string(),
            "streamSid": self.stream_sid,
            event: content,
        })
    }
}
