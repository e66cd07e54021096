//! Where an agent is reached.

use std::net::IpAddr;

use ::entity::agent::EndpointKind;

use crate::{Limits, Refusal, RefusalCode};

/// The most characters of an endpoint.
const MAX_ENDPOINT: usize = 500;

/// A checked endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How it is reached.
    pub kind: EndpointKind,
    /// The address as given, blanks around it dropped.
    pub address: String,
}

impl Endpoint {
    /// Reads `wss://host/path` or `sip:user@host`. Where it is allowed, `ws://` on this machine too.
    ///
    /// # Errors
    /// A refusal on `endpoint`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        let text = text.trim();
        if text.chars().count() > MAX_ENDPOINT {
            let message = format!("An endpoint has at most {MAX_ENDPOINT} characters.");
            return Err(Refusal::new(RefusalCode::TooLong, message).on("endpoint"));
        }
        if !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(invalid("An endpoint is written in ASCII, without blanks."));
        }
        if let Some(rest) = text.strip_prefix("wss://") {
            stream_address(rest)?;
            return Ok(Self {
                kind: EndpointKind::Stream,
                address: text.to_owned(),
            });
        }
        if let Some(rest) = text.strip_prefix("ws://").filter(|_| limits.plain_ws_on_loopback) {
            if !is_loopback(stream_address(rest)?) {
                return Err(invalid("A ws:// endpoint is allowed on this machine only. Use wss://."));
            }
            return Ok(Self {
                kind: EndpointKind::Stream,
                address: text.to_owned(),
            });
        }
        if let Some(rest) = text.strip_prefix("sip:").or_else(|| text.strip_prefix("sips:")) {
            sip_address(rest)?;
            return Ok(Self {
                kind: EndpointKind::Sip,
                address: text.to_owned(),
            });
        }
        Err(invalid("An agent's endpoint is a wss:// address or a sip: address."))
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(RefusalCode::AgentEndpointInvalid, message).on("endpoint")
}

/// Checks what follows `wss://` and answers the host with its port.
fn stream_address(rest: &str) -> Result<&str, Refusal> {
    if rest.contains('?') {
        // Twilio drops the stream with 31920: <https://www.twilio.com/docs/voice/twiml/stream>
        let message = "Twilio opens no media stream to an address with a query string. Put what it says into the path.";
        return Err(Refusal::new(RefusalCode::AgentEndpointHasQuery, message).on("endpoint"));
    }
    let host = rest.split(['/', '#']).next().unwrap_or_default();
    if host.is_empty() || host.contains('@') || rest.contains('#') {
        return Err(invalid(
            "A media stream's address is wss://host/path, without user, password or fragment.",
        ));
    }
    Ok(host)
}

fn is_loopback(host_and_port: &str) -> bool {
    let host = match host_and_port.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host_and_port.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn sip_address(rest: &str) -> Result<(), Refusal> {
    let address = rest.split([';', '?']).next().unwrap_or_default();
    match address.split_once('@') {
        Some((user, host)) if !user.is_empty() && !host.is_empty() && !host.contains('@') => Ok(()),
        _ => Err(invalid(
            "A SIP address is sip:user@host, with parameters such as ;transport=tls after it.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, plain: bool) -> Result<EndpointKind, RefusalCode> {
        let limits = Limits {
            plain_ws_on_loopback: plain,
            ..Limits::default()
        };
        Endpoint::parse(text, &limits)
            .map(|endpoint| endpoint.kind)
            .map_err(|refusal| refusal.code)
    }

    #[test]
    fn streams_and_sip_addresses_are_endpoints() {
        for (text, kind) in [
            ("wss://media.example/agents/7", EndpointKind::Stream),
            (" wss://media.example:8443/a ", EndpointKind::Stream),
            ("sip:agent@pbx.example;transport=tls", EndpointKind::Sip),
            ("sips:agent@pbx.example", EndpointKind::Sip),
        ] {
            assert_eq!(code(text, false), Ok(kind), "{text}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for text in [
            "",
            "https://a.example",
            "wss://",
            "wss:///path",
            "sip:agent",
            "sip:@host",
            "wss://u:p@h/x",
            "wss://h/x#y",
            "wss://h/ü",
        ] {
            assert_eq!(code(text, true), Err(RefusalCode::AgentEndpointInvalid), "{text}");
        }
        assert_eq!(
            code("wss://media.example/a?token=1", false),
            Err(RefusalCode::AgentEndpointHasQuery)
        );
        assert_eq!(
            code(&format!("wss://h/{}", "a".repeat(600)), false),
            Err(RefusalCode::TooLong)
        );
    }

    #[test]
    fn a_plain_stream_is_for_this_machine_and_only_where_allowed() {
        assert_eq!(code("ws://127.0.0.1:9000/a", true), Ok(EndpointKind::Stream));
        assert_eq!(code("ws://[::1]:9000/a", true), Ok(EndpointKind::Stream));
        assert_eq!(
            code("ws://127.0.0.1:9000/a", false),
            Err(RefusalCode::AgentEndpointInvalid)
        );
        assert_eq!(code("ws://10.0.0.1/a", true), Err(RefusalCode::AgentEndpointInvalid));
        assert_eq!(
            code("ws://127.0.0.1.evil.example/a", true),
            Err(RefusalCode::AgentEndpointInvalid)
        );
    }
}
