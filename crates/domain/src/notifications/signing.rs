//! The secrets that webhooks are signed with, by the Standard Webhooks scheme.

use std::fmt;

use ::entity::notification_endpoint;
use ::entity::{EndpointId, NotificationId};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use vault::{KeyName, Sealed, VaultError, WorkspaceKey};

use crate::{Fault, Ids, Services, audit, global_id, secrets};

/// A secret as its owner is shown it, once: `whsec_` and 32 bytes in base64.
#[derive(Clone)]
pub struct SigningSecret(SecretString);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret")
    }
}

impl SigningSecret {
    /// A new secret of 256 unguessable bits.
    pub(super) fn generate(ids: &dyn Ids) -> Self {
        let digits = SecretString::from([ids.new_reference(), ids.new_reference()].concat());
        let bytes = hex::decode(digits.expose_secret()).unwrap_or_default();
        debug_assert_eq!(bytes.len(), 32, "two references are 32 bytes");
        Self(format!("whsec_{}", STANDARD.encode(bytes)).into())
    }

    /// The text. For the answer of the mutation that made it, and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Seals it to its workspace's key, bound to its endpoint's row.
    pub(super) fn seal(&self, key: &WorkspaceKey, endpoint: EndpointId) -> Result<Sealed, VaultError> {
        key.seal(&endpoint_binding(endpoint), &self.0)
    }
}

/// What the secret of an endpoint is sealed for.
pub(crate) fn endpoint_binding(id: EndpointId) -> String {
    format!("notification_endpoint/{id}")
}

/// The secrets that sign now: the current one, and while its grace lasts the one before.
///
/// # Errors
/// When the database fails, or the vault cannot open the current one.
pub(super) async fn open(
    services: &Services,
    endpoint: &notification_endpoint::Model,
) -> Result<Vec<SigningSecret>, Fault> {
    let now = services.clock.now();
    let previous = endpoint.previous_until.is_some_and(|until| now < until);
    let mut sealed = vec![(&endpoint.secret_key_name, &endpoint.secret_sealed)];
    if previous {
        sealed.push((&endpoint.previous_key_name, &endpoint.previous_sealed));
    }
    let key = secrets::find_workspace_key(services, endpoint.workspace_id).await?;
    let mut opened = Vec::new();
    for (name, bytes) in sealed {
        let (Some(name), Some(bytes)) = (name, bytes) else {
            return Err(VaultError::Damaged.into());
        };
        let sealed = Sealed {
            key: KeyName::from(name.clone()),
            bytes: bytes.clone(),
        };
        let secret = key.open(&endpoint_binding(endpoint.id), &sealed);
        let what = audit::Opened {
            table: "notification_endpoint",
            id: endpoint.id.0,
            workspace: endpoint.workspace_id,
            account: None,
            sealed: &sealed.bytes,
        };
        audit::unsealed(services, what, &secret).await?;
        opened.push(SigningSecret(secret?));
    }
    Ok(opened)
}

/// The headers of a webhook: its id, its time and its signatures.
///
/// # Errors
/// [`VaultError::Damaged`] when a secret is none of ours.
pub(super) fn headers(
    secrets: &[SigningSecret],
    id: NotificationId,
    at: DateTime<Utc>,
    body: &str,
) -> Result<[(&'static str, String); 3], VaultError> {
    let (id, at) = (global_id::encode("Notification", id.0), at.timestamp());
    let mut signatures = Vec::new();
    for secret in secrets {
        let signed = Webhook::new(secret.expose()).and_then(|webhook| webhook.sign(&id, at, body.as_bytes()));
        signatures.push(signed.map_err(|_| VaultError::Damaged)?);
    }
    Ok([
        (HEADER_WEBHOOK_ID, id),
        (HEADER_WEBHOOK_TIMESTAMP, at.to_string()),
        (HEADER_WEBHOOK_SIGNATURE, signatures.join(" ")),
    ])
}
