//! Who a socket's client is, by what it says in `connection_init`.

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;

use domain::places::Place;
use futures_util::FutureExt;
use tracing::error;

use super::close::{self, Close};
use super::message::Object;
use crate::auth::{self, SignInError, Unauthenticated};
use crate::endpoint::Endpoint;
use crate::graphql::Caller;
use crate::metrics;
use crate::person::{Person, person};
use crate::rates::RATE_LIMITED;
use crate::trace_id::TraceId;

/// Signs in by the payload of `connection_init`, `{"Authorization": "Bearer …"}`, and takes a place for the socket.
///
/// # Errors
/// With what the socket is to be closed.
pub(super) async fn sign_in(
    endpoint: &Endpoint,
    payload: Object,
    trace_id: &TraceId,
    address: Option<IpAddr>,
) -> Result<(Caller, Place<Person>), Close> {
    let signing_in = AssertUnwindSafe(caller(endpoint, payload, trace_id, address)).catch_unwind();
    let caller = match tokio::time::timeout(endpoint.options.request_timeout, signing_in).await {
        Ok(Ok(caller)) => caller?,
        Ok(Err(_)) => {
            error!(trace_id = trace_id.as_str(), "signing a socket in panicked");
            return Err(close::INTERNAL);
        }
        Err(late) => {
            error!(
                trace_id = trace_id.as_str(),
                error = &late as &dyn std::error::Error,
                "signing a socket in was cut off at its time limit"
            );
            return Err(close::TRY_AGAIN_LATER);
        }
    };
    let place = endpoint.options.places.take(person(&caller.request.actor));
    Ok((caller, place.ok_or(close::TOO_MANY_SOCKETS)?))
}

async fn caller(
    endpoint: &Endpoint,
    payload: Object,
    trace_id: &TraceId,
    address: Option<IpAddr>,
) -> Result<Caller, Close> {
    // Counted with those over HTTP. The code stays: a client that is told to come again would bring the same token.
    let forbidden = |why: Unauthenticated| {
        if address.is_some_and(|address| endpoint.options.rates.count_failure(address).is_err()) {
            metrics::refused(RATE_LIMITED, "failures");
        }
        Close::forbidden(why.message())
    };
    let value = payload.get("Authorization").or_else(|| payload.get("authorization"));
    let value = value.and_then(serde_json::Value::as_str);
    let token = value.ok_or(Unauthenticated::NoToken).and_then(auth::after_bearer);
    let token = token.map_err(forbidden)?;
    let (services, verifier) = (&endpoint.services, &endpoint.options.verifier);
    let signed_in = auth::sign_in(services, verifier, token, trace_id, address).await;
    signed_in.map_err(|error| match error {
        SignInError::Unauthenticated(why) => forbidden(why),
        SignInError::KeysUnavailable(_) => close::TRY_AGAIN_LATER,
        SignInError::Database(error) => {
            error!(
                trace_id = trace_id.as_str(),
                error = &error as &dyn std::error::Error,
                "could not sign a socket in"
            );
            close::TRY_AGAIN_LATER
        }
    })
}
