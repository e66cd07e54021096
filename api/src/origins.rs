//! Pages of which other origins may use the API from a browser.
//!
//! A browser asks before it sends what carries `Authorization` ([CORS](https://fetch.spec.whatwg.org/#http-cors-protocol)), and is
//! told yes for the origins that are listed. It does not ask before it opens a socket: there the server looks at `Origin` itself.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tower_http::cors::CorsLayer;
use url::{Host, Url};

use crate::trace_id;

/// How long a browser may remember what it was told. Chromium remembers for two hours at most.
const REMEMBERED: Duration = Duration::from_hours(1);

/// An origin, exactly as browsers write it: `https://app.callab.example`, with a port where it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

/// Why a text is no origin that may be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an origin as browsers write it: https (http for this machine alone), a host, nothing after it")]
pub struct BadOrigin;

impl FromStr for Origin {
    type Err = BadOrigin;

    fn from_str(text: &str) -> Result<Self, BadOrigin> {
        let url: Url = text.parse().map_err(|_| BadOrigin)?;
        let on_this_machine = match url.host().ok_or(BadOrigin)? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let secret = url.scheme() == "https" || (url.scheme() == "http" && on_this_machine);
        // `*` is a host to the parser, and what browsers never send would never match.
        if !secret || text.contains('*') || url.origin().ascii_serialization() != text {
            return Err(BadOrigin);
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| BadOrigin)
    }
}

/// What Apollo Client and tracing in browsers add to each request. It tells nothing that counts here.
const OF_TOOLS: [&str; 4] = [
    "apollographql-client-name",
    "apollographql-client-version",
    "traceparent",
    "tracestate",
];

/// The origins that are listed. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Origins(Arc<[Origin]>);

impl Origins {
    /// These and no others.
    #[must_use]
    pub fn new(listed: Vec<Origin>) -> Self {
        Self(listed.into())
    }

    /// Tells browsers what pages of the listed origins may do. `None` where none is listed: no answer has a header of CORS then.
    pub(crate) fn cors(&self) -> Option<CorsLayer> {
        if self.0.is_empty() {
            return None;
        }
        let request_id = HeaderName::from_static(trace_id::HEADER);
        let ours = [header::AUTHORIZATION, header::CONTENT_TYPE, request_id.clone()];
        let of_tools = OF_TOOLS.into_iter().map(HeaderName::from_static);
        let headers: Vec<HeaderName> = ours.into_iter().chain(of_tools).collect();
        let cors = CorsLayer::new()
            .allow_origin(self.0.iter().map(|origin| origin.0.clone()).collect::<Vec<_>>())
            .allow_methods([Method::GET, Method::POST])
            .allow_headers(headers)
            .expose_headers([request_id, header::RETRY_AFTER])
            .max_age(REMEMBERED);
        Some(cors)
    }

    /// Whether a socket may be opened: by a program that is no browser and names no origin, by a page of a listed origin, and by
    /// one of this server's own (GraphiQL), which `Host` or the public address tells.
    #[must_use]
    pub fn origin_allowed(&self, headers: &HeaderMap, public_url: Option<&str>) -> bool {
        let mut named = headers.get_all(header::ORIGIN).iter();
        let Some(origin) = named.next() else {
            return true;
        };
        if named.next().is_some() {
            return false;
        }
        if self.0.iter().any(|listed| listed.0 == origin) {
            return true;
        }
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let same_host = origin
            .split_once("://")
            .is_some_and(|(_, authority)| host.is_some_and(|host| host.eq_ignore_ascii_case(authority)));
        let public = public_url.and_then(|url| url.parse::<Url>().ok());
        same_host || public.is_some_and(|url| url.origin().ascii_serialization() == origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_what_browsers_send_and_nothing_else() {
        for good in [
            "https://app.callab.example",
            "https://app.callab.example:8443",
            "http://localhost:3000",
            "http://127.0.0.1",
            "http://[::1]:5173",
            "https://xn--bcher-kva.example",
        ] {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        for bad in [
            "*",
            "null",
            "",
            "app.callab.example",
            "//app.callab.example",
            "https://",
            "https://*.callab.example",
            "https://app.callab.example/",
            "https://app.callab.example/app",
            "https://app.callab.example?a",
            "https://app.callab.example#a",
            "https://user@app.callab.example",
            "https://App.callab.example",
            "HTTPS://app.callab.example",
            "https://app.callab.example:443",
            "http://localhost:80",
            "http://app.callab.example",
            "http://localhost.callab.example",
            "https://bücher.example",
            "file:///index.html",
            "chrome-extension://abc",
            "wss://app.callab.example",
            "https://a.example https://b.example",
        ] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_socket_is_for_programs_for_listed_pages_and_for_our_own() {
        let origins = Origins::new(vec!["https://app.callab.example".parse().unwrap()]);
        let allowed = |named: &[&str]| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_static("127.0.0.1:8080"));
            for origin in named {
                headers.append(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
            }
            origins.origin_allowed(&headers, Some("https://byot.callab.example/base"))
        };
        for good in [
            &[][..],
            &["https://app.callab.example"],
            &["http://127.0.0.1:8080"],
            &["https://byot.callab.example"],
        ] {
            assert!(allowed(good), "{good:?}");
        }
        for bad in [
            &["https://evil.example"][..],
            &["https://app.callab.example.evil.example"],
            &["http://app.callab.example"],
            &["https://byot.callab.example:8443"],
            &["http://127.0.0.1"],
            &["null"],
            &[""],
            &["https://app.callab.example", "https://app.callab.example"],
        ] {
            assert!(!allowed(bad), "{bad:?}");
        }
        let none = Origins::default();
        assert!(none.cors().is_none());
        assert!(none.origin_allowed(&HeaderMap::new(), None));
    }
}
