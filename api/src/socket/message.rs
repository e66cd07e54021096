//! The messages of `graphql-transport-ws` as text and as types.
//!
//! Source: <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;

use async_graphql::{Request, Response, ServerError, Value, Variables};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Map;

use crate::graphql::guard::is_too_much;

/// The most bytes of an operation's id. Clients number their operations, or give them UUIDs.
pub(super) const LONGEST_ID: usize = 128;

/// An object of JSON with anything in it.
pub(super) type Object = Map<String, serde_json::Value>;

/// What a client says.
#[derive(Debug)]
pub(super) enum FromClient {
    /// Says who it is.
    ConnectionInit(Object),
    /// Asks for a sign of life.
    Ping(Option<Object>),
    /// Gives a sign of life, asked for or not.
    Pong,
    /// Begins an operation.
    Subscribe {
        /// The client's name for it.
        id: String,
        /// What is to be carried out.
        request: Box<Request>,
    },
    /// Wants to hear no more of an operation.
    Complete {
        /// Which.
        id: String,
    },
}

impl FromClient {
    /// Reads a text frame.
    ///
    /// # Errors
    /// What is wrong with it, in words that repeat nothing of it.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        const NO_TYPE: &str = "it is not a JSON object with a `type`";
        const PAYLOAD: &str = "`payload` is an object or missing";
        if is_too_much(text.as_bytes()) {
            return Err("it holds too many values, or nests them too deep");
        }
        let kind = serde_json::from_str::<Strict<Kind<'_>>>(text)
            .map_err(|_| NO_TYPE)?
            .0
            .kind;
        match kind.as_ref() {
            "connection_init" => {
                let said = read::<WithPayload>(text, PAYLOAD)?;
                Ok(Self::ConnectionInit(said.payload.unwrap_or_default()))
            }
            "ping" => read::<WithPayload>(text, PAYLOAD).map(|said| Self::Ping(said.payload)),
            "pong" => read::<WithPayload>(text, PAYLOAD).map(|_| Self::Pong),
            "subscribe" => {
                let said = read::<Subscribe>(text, "`subscribe` has an `id`, and a `payload` with a `query`")?;
                Ok(Self::Subscribe {
                    id: id(said.id)?,
                    request: Box::new(said.payload.0.into()),
                })
            }
            "complete" => {
                let said = read::<Complete>(text, "`complete` has an `id`")?;
                Ok(Self::Complete { id: id(said.id)? })
            }
            _ => Err("clients send no such `type`"),
        }
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str, why: &'static str) -> Result<T, &'static str> {
    serde_json::from_str::<Strict<T>>(text)
        .map(|said| said.0)
        .map_err(|_| why)
}

fn id(id: String) -> Result<String, &'static str> {
    if (1..=LONGEST_ID).contains(&id.len()) {
        Ok(id)
    } else {
        Err("an `id` has 1 to 128 bytes")
    }
}

#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
struct WithPayload {
    payload: Option<Object>,
}

#[derive(Deserialize)]
struct Subscribe {
    id: String,
    payload: Strict<Payload>,
}

#[derive(Deserialize)]
struct Complete {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    query: String,
    operation_name: Option<String>,
    variables: Option<Variables>,
    extensions: Option<HashMap<String, Value>>,
}

impl From<Payload> for Request {
    fn from(payload: Payload) -> Self {
        let mut request = Self::new(payload.query).variables(payload.variables.unwrap_or_default());
        request.operation_name = payload.operation_name;
        request.extensions.0 = payload.extensions.unwrap_or_default();
        request
    }
}

/// A type that is read from an object alone. Derived types would also be read from a list of their fields.
struct Strict<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Strict<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = Strict<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
                    .map(Strict)
                    .map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_map(Fields(PhantomData))
    }
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromServer<'a> {
    /// The client is signed in.
    ConnectionAck {},
    /// Answers a ping, with what came with it.
    Pong {
        /// The ping's payload.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Object>,
    },
    /// A result of an operation.
    Next {
        /// Of which.
        id: &'a str,
        /// The result.
        payload: &'a Response,
    },
    /// An operation could not be carried out, and is over.
    Error {
        /// Which.
        id: &'a str,
        /// Why; at least one.
        payload: &'a [ServerError],
    },
    /// An operation is over.
    Complete {
        /// Which.
        id: &'a str,
    },
}

impl FromServer<'_> {
    /// The message as text; none if it cannot be written.
    pub(super) fn write(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

#[cfg(test)]
mod fuzz;
