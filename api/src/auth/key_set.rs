//! Reads a JWK Set: which of its keys may sign tokens for us.
//!
//! Source: RFC 7517 (the set), RFC 7518, sections 3.3 to 3.5 (which key goes with which algorithm) and RFC 8037 (Ed25519).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// The most keys of a set that are looked at. Identity providers publish two or three.
const MOST_KEYS: usize = 50;

/// The fewest bytes of an RSA modulus. Source: RFC 7518, section 3.3.
const LEAST_MODULUS: usize = 2048 / 8;

/// A key that tokens may be signed with.
pub(super) struct Key {
    id: Option<String>,
    pub key: Arc<DecodingKey>,
}

impl Key {
    /// What the log calls it.
    pub(super) fn name(&self) -> &str {
        self.id.as_deref().unwrap_or("(no kid)")
    }

    /// Whether a token may be signed with it that names this key, or none.
    pub(super) fn fits(&self, id: Option<&str>) -> bool {
        id.is_none_or(|id| self.id.as_deref() == Some(id))
    }
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

/// The keys of a set that fit the algorithm. Others are left out: a set holds keys for other purposes too.
///
/// # Errors
/// When it is no JWK Set, in words for the log.
pub(super) fn read(json: &str, algorithm: Algorithm) -> Result<Vec<Key>, String> {
    let set: Set = serde_json::from_str(json).map_err(|error| format!("no JWK Set: {error}"))?;
    let keys = set.keys.into_iter().take(MOST_KEYS);
    Ok(keys.filter_map(|key| usable(key, algorithm)).collect())
}

fn usable(key: Value, algorithm: Algorithm) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    if !is_for_signatures(&jwk.common, algorithm) || !is_of(&jwk.algorithm, algorithm) {
        return None;
    }
    Some(Key {
        key: Arc::new(DecodingKey::from_jwk(&jwk).ok()?),
        id: jwk.common.key_id,
    })
}

fn is_for_signatures(common: &CommonParameters, algorithm: Algorithm) -> bool {
    let usage = common
        .public_key_use
        .as_ref()
        .is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let operations = common.key_operations.as_ref();
    let verifies = operations.is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let algorithm = KeyAlgorithm::from(algorithm);
    usage && verifies && common.key_algorithm.is_none_or(|of_key| of_key == algorithm)
}

/// Whether a key of this kind goes with the algorithm. A shared secret never does: what is published is known to everybody.
fn is_of(parameters: &AlgorithmParameters, algorithm: Algorithm) -> bool {
    match (parameters, algorithm) {
        (
            AlgorithmParameters::RSA(key),
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512,
        ) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).unwrap_or_default();
            modulus.iter().skip_while(|byte| **byte == 0).count() >= LEAST_MODULUS
        }
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES256) => key.curve == EllipticCurve::P256,
        (AlgorithmParameters::EllipticCurve(key), Algorithm::ES384) => key.curve == EllipticCurve::P384,
        (AlgorithmParameters::OctetKeyPair(key), Algorithm::EdDSA) => key.curve == EllipticCurve::Ed25519,
        _ => false,
    }
}
