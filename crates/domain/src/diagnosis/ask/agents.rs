//! Does an agent's endpoint answer? Nothing is started: no media stream is opened, and nobody is called.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use ::entity::agent::{self, EndpointKind};
use ::entity::agent_assignment;
use ::entity::test_call::CheckState;
use futures_util::future::join_all;
use rustls_platform_verifier::ConfigVerifierExt;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;

use super::Asked;
use crate::Services;
use crate::checklist::CheckName;
use crate::diagnosis::agent::is_sip_over_udp;
use crate::diagnosis::stored::{self, Answer};
use crate::jobs::WorkError;
use crate::net::{BadDestination, Destination, NoAnswer, NotResolved, Outbound};

/// How many agents are asked at most: each may be of another machine.
const AGENTS: usize = 10;

/// How long a connection may take. Twilio itself gives a media stream about as long.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);

pub(super) async fn ask(services: &Services, asked: &Asked) -> Result<(), WorkError> {
    let numbers = asked.numbers.iter().map(|number| number.id);
    let assigned = agent_assignment::Entity::find()
        .filter(agent_assignment::COLUMN.phone_number_id.is_in(numbers))
        .filter(agent_assignment::COLUMN.ended_at.is_null())
        .all(&services.db)
        .await?;
    let ids: HashSet<_> = assigned.iter().map(|assignment| assignment.agent_id).collect();
    let agents = agent::Entity::find()
        .filter(agent::COLUMN.id.is_in(ids))
        .all(&services.db)
        .await?;
    let whose = (asked.account.workspace_id, asked.account.id);
    let answers = agents.iter().take(AGENTS).map(|agent| reach(&services.outbound, agent));
    for answer in join_all(answers).await {
        stored::keep(services, &services.db, whose, answer, services.clock.now()).await?;
    }
    Ok(())
}

/// Why an agent cannot be reached; `None` where it can.
type Trouble = Option<(CheckState, &'static str)>;

const UNREACHABLE: Trouble = Some((CheckState::Fail, "AGENT_UNREACHABLE"));

async fn reach(outbound: &Outbound, agent: &agent::Model) -> Answer {
    let answer = Answer::good(CheckName::AgentReachable.as_str(), agent.id);
    let trouble = match agent.endpoint_kind {
        EndpointKind::Stream => stream(outbound, &agent.endpoint).await,
        EndpointKind::Sip if is_sip_over_udp(agent) => Some((CheckState::Undetermined, "SIP_OVER_UDP")),
        EndpointKind::Sip => sip(outbound, &agent.endpoint).await,
        EndpointKind::Unknown(_) => Some((CheckState::Undetermined, "NOT_ASKED")),
    };
    match trouble {
        None => answer,
        Some((state, reason)) => answer.becomes(state, reason),
    }
}

/// A plain request to a media stream's address: whatever a server answers below 500, it is there. One that answers no plain request at
/// all may still take web sockets.
async fn stream(outbound: &Outbound, endpoint: &str) -> Trouble {
    let is_plain = endpoint.starts_with("ws://");
    let address = endpoint.replacen("ws", "http", 1);
    let to = match Destination::parse(&address, outbound.reachable()) {
        Ok(to) => to,
        Err(BadDestination::NotPublic | BadDestination::NotSecure) => {
            return Some((CheckState::Fail, "AGENT_ADDRESS_PRIVATE"));
        }
        Err(_) => return UNREACHABLE,
    };
    match outbound.send(outbound.get(&to)).await {
        Ok(status) if status.is_server_error() => Some((CheckState::Fail, "AGENT_FAILING")),
        Ok(_) => None,
        Err(NoAnswer::NotPublic) => Some((CheckState::Fail, "AGENT_ADDRESS_PRIVATE")),
        Err(NoAnswer::NotResolved) => Some((CheckState::Fail, "AGENT_NAME_UNKNOWN")),
        Err(NoAnswer::TimedOut | NoAnswer::NotConnected) => {
            let (host, port) = host_and_port(&address, if is_plain { 80 } else { 443 });
            connect(outbound, &host, port, !is_plain)
                .await
                .or(Some((CheckState::Undetermined, "AGENT_CLOSES")))
        }
    }
}

/// SIP over TCP or TLS: a connection is proof enough, and no message is sent.
async fn sip(outbound: &Outbound, endpoint: &str) -> Trouble {
    let lower = endpoint.to_ascii_lowercase();
    let is_tls = lower.starts_with("sips:") || lower.contains(";transport=tls");
    let address = endpoint.rsplit_once('@').map_or(endpoint, |(_, host)| host);
    let (host, port) = host_and_port(address, if is_tls { 5061 } else { 5060 });
    connect(outbound, &host, port, is_tls).await
}

async fn connect(outbound: &Outbound, host: &str, port: u16, with_tls: bool) -> Trouble {
    let addresses = match outbound.addresses(host, port).await {
        Ok(addresses) => addresses,
        Err(NotResolved::NotPublic) => return Some((CheckState::Fail, "AGENT_ADDRESS_PRIVATE")),
        Err(NotResolved::Unknown(_)) => return Some((CheckState::Fail, "AGENT_NAME_UNKNOWN")),
    };
    let connected = tokio::time::timeout(CONNECTS_WITHIN, TcpStream::connect(addresses.as_slice())).await;
    let Ok(Ok(socket)) = connected else {
        return UNREACHABLE;
    };
    if !with_tls {
        return None;
    }
    let name = ServerName::try_from(host.trim_start_matches('[').trim_end_matches(']').to_owned());
    let (Ok(name), Ok(config)) = (name, ClientConfig::with_platform_verifier()) else {
        return Some((CheckState::Undetermined, "NOT_ASKED"));
    };
    let handshake = TlsConnector::from(Arc::new(config)).connect(name, socket);
    match tokio::time::timeout(CONNECTS_WITHIN, handshake).await {
        Ok(Ok(_)) => None,
        Ok(Err(_)) => Some((CheckState::Fail, "AGENT_TLS")),
        Err(_) => UNREACHABLE,
    }
}

/// The host and the port of an address with or without its scheme, its path and its parameters.
fn host_and_port(address: &str, default: u16) -> (String, u16) {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', ';', '?', '#']).next().unwrap_or_default();
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[host_end..].rsplit_once(':') {
        Some((before, port)) => {
            let host = &authority[..host_end + before.len()];
            (host.to_owned(), port.parse().unwrap_or(default))
        }
        None => (authority.to_owned(), default),
    }
}

#[cfg(test)]
mod tests {
    use ::entity::{AgentId, WorkspaceId};
    use chrono::{TimeZone, Utc};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use uuid::Uuid;

    use super::*;
    use crate::net::Reachable;

    fn agent(endpoint: &str) -> agent::Model {
        let at = Utc.with_ymd_and_hms(2026, 11, 27, 9, 0, 0).unwrap();
        let kind = if endpoint.starts_with("sip") {
            EndpointKind::Sip
        } else {
            EndpointKind::Stream
        };
        agent::Model {
            id: AgentId(Uuid::from_u128(1)),
            workspace_id: WorkspaceId(Uuid::from_u128(2)),
            external_id: "a".into(),
            name: "a".into(),
            endpoint_kind: kind,
            endpoint: endpoint.to_owned(),
            created_at: at,
            updated_at: at,
            removed_at: None,
            endpoint_changed_at: None,
        }
    }

    async fn asked(endpoint: &str, reachable: Reachable) -> (String, Option<&'static str>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let answer = reach(&Outbound::new(reachable).unwrap(), &agent(endpoint)).await;
        (answer.state.to_string(), answer.reason)
    }

    /// A server that answers everything with `answer`, or closes.
    async fn serve(answer: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(answer.as_bytes()).await;
            }
        });
        port
    }

    fn told(state: &str, reason: &'static str) -> (String, Option<&'static str>) {
        (state.to_owned(), Some(reason))
    }

    #[tokio::test]
    async fn any_answer_below_500_is_a_server_that_is_there() {
        for (answer, expected) in [
            (
                "HTTP/1.1 426 Upgrade Required\r\ncontent-length: 0\r\n\r\n",
                ("PASS".to_owned(), None),
            ),
            (
                "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
                ("PASS".to_owned(), None),
            ),
            (
                "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
                told("FAIL", "AGENT_FAILING"),
            ),
            ("", told("UNKNOWN", "AGENT_CLOSES")),
        ] {
            let port = serve(answer).await;
            assert_eq!(
                asked(&format!("ws://127.0.0.1:{port}/agent"), Reachable::Private).await,
                expected,
                "{answer}"
            );
        }
    }

    #[tokio::test]
    async fn nobody_there_and_addresses_that_must_not_be_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let unreachable = told("FAIL", "AGENT_UNREACHABLE");
        assert_eq!(
            asked(&format!("ws://127.0.0.1:{port}/a"), Reachable::Private).await,
            unreachable
        );
        assert_eq!(
            asked(&format!("sip:a@127.0.0.1:{port};transport=tcp"), Reachable::Private).await,
            unreachable
        );
        let private = told("FAIL", "AGENT_ADDRESS_PRIVATE");
        for endpoint in [
            "wss://10.0.0.1/a",
            "wss://169.254.169.254/latest",
            "sips:a@192.168.1.1",
            "sip:a@127.0.0.1;transport=tcp",
        ] {
            assert_eq!(asked(endpoint, Reachable::Public).await, private, "{endpoint}");
        }
    }

    #[tokio::test]
    async fn sip_is_connected_to_and_never_called() {
        let port = serve("").await;
        assert_eq!(
            asked(&format!("sip:a@127.0.0.1:{port};transport=tcp"), Reachable::Private).await,
            ("PASS".to_owned(), None)
        );
        let no_tls = told("FAIL", "AGENT_TLS");
        assert_eq!(
            asked(&format!("sips:a@127.0.0.1:{port}"), Reachable::Private).await,
            no_tls
        );
        assert_eq!(
            asked("sip:a@127.0.0.1", Reachable::Private).await,
            told("UNKNOWN", "SIP_OVER_UDP")
        );
    }

    #[test]
    fn a_host_is_found_in_any_address() {
        for (address, expected) in [
            ("https://media.example/agents/7", ("media.example", 443)),
            ("https://media.example:8443/a", ("media.example", 8443)),
            ("http://[::1]:9000/a", ("[::1]", 9000)),
            ("pbx.example;transport=tls", ("pbx.example", 443)),
            ("[2606:4700::1]", ("[2606:4700::1]", 443)),
        ] {
            assert_eq!(
                host_and_port(address, 443),
                (expected.0.to_owned(), expected.1),
                "{address}"
            );
        }
    }
}
