//! Documents that are known by their hash: those that clients registered (Apollo's automatic persisted queries), and those that an
//! operator allows.
//!
//! A secret written into a document is still a secret: what may hold one is carried out and never kept, see
//! [`Admitted::may_hold_secrets`](super::guard::Admitted).
//!
//! Source: <https://www.apollographql.com/docs/apollo-server/performance/apq>

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Request, ServerError, Value};
use lru::LruCache;
use sha2::{Digest, Sha256};

use super::error::coded;
use super::guard;

/// The most documents kept.
const MOST_DOCUMENTS: usize = 1_000;

/// The most bytes of documents kept, 4 MiB.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// The name of the extension of a request that says a hash.
const EXTENSION: &str = "persistedQuery";

type Hash = [u8; 32];

/// Why a hash leads to no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Send the document with it.
    NotFound,
    /// The document that came with it has another.
    Mismatch,
    /// It is of another version, or no hash.
    NotSupported,
    /// An operator allows certain documents, and this is none of them.
    NotAllowed,
}

impl Unknown {
    /// The stable code. Apollo's clients know the first three.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::Mismatch => "PERSISTED_QUERY_HASH_MISMATCH",
            Self::NotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::NotAllowed => "DOCUMENT_NOT_ALLOWED",
        }
    }

    /// As an error of GraphQL's. Older clients of Apollo's compare the message.
    #[must_use]
    pub fn into_error(self) -> ServerError {
        let message = match self {
            Self::NotFound => "PersistedQueryNotFound",
            Self::Mismatch => "provided sha does not match query",
            Self::NotSupported => "PersistedQueryNotSupported",
            Self::NotAllowed => {
                "Only documents that the operator of this installation has listed are carried out here."
            }
        };
        coded(self.code(), message)
    }
}

/// A document that may be kept once the guard let it through, with its hash.
#[derive(Debug)]
pub struct Offered(Hash);

/// The documents of one process that are known by their hash. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Documents {
    kept: Arc<Mutex<Kept>>,
    allowed: Option<AllowedDocuments>,
}

#[derive(Debug)]
struct Kept {
    by_hash: LruCache<Hash, Arc<str>>,
    bytes: usize,
}

impl Default for Documents {
    fn default() -> Self {
        let kept = Kept {
            by_hash: LruCache::unbounded(),
            bytes: 0,
        };
        Self {
            kept: Arc::new(Mutex::new(kept)),
            allowed: None,
        }
    }
}

impl Documents {
    /// Carries out these documents alone.
    #[must_use]
    pub fn only(self, allowed: Option<AllowedDocuments>) -> Self {
        Self { allowed, ..self }
    }

    /// Puts the document in the place of its hash. A document that came with its hash is offered to be kept.
    ///
    /// # Errors
    /// Why there is no document.
    pub fn find(&self, request: &mut Request) -> Result<Option<Offered>, Unknown> {
        let named = match request.extensions.remove(EXTENSION) {
            Some(value) => Some(hash_in(&value).ok_or(Unknown::NotSupported)?),
            None => None,
        };
        if request.query.is_empty() {
            let Some(hash) = named else { return Ok(None) };
            let found = match &self.allowed {
                Some(allowed) => allowed.0.get(&hash).cloned(),
                None => self.kept().by_hash.get(&hash).cloned(),
            };
            found.ok_or(Unknown::NotFound)?.as_ref().clone_into(&mut request.query);
            return Ok(None);
        }
        if named.is_none() && self.allowed.is_none() || request.query.len() > guard::limits::DOCUMENT_BYTES {
            return Ok(None);
        }
        let hash: Hash = Sha256::digest(request.query.as_bytes()).into();
        if named.is_some_and(|named| named != hash) {
            return Err(Unknown::Mismatch);
        }
        match &self.allowed {
            Some(allowed) if !allowed.0.contains_key(&hash) => Err(Unknown::NotAllowed),
            Some(_) => Ok(None),
            None => Ok(Some(Offered(hash))),
        }
    }

    /// The same over a socket, where a hash alone is not enough: whether an operation lasts is told from its text before anything looks
    /// for the document. Clients send whole documents there.
    ///
    /// # Errors
    /// Why there is no document.
    pub fn find_written_out(&self, request: &mut Request) -> Result<Option<Offered>, Unknown> {
        if request.query.is_empty() && request.extensions.contains_key(EXTENSION) {
            return Err(Unknown::NotSupported);
        }
        self.find(request)
    }

    /// Keeps a document, and forgets those that were not used for longest where there are too many.
    pub fn keep(&self, offered: &Offered, document: &str) {
        let mut kept = self.kept();
        if let Some(before) = kept.by_hash.put(offered.0, document.into()) {
            kept.bytes -= before.len();
        }
        kept.bytes += document.len();
        while kept.by_hash.len() > MOST_DOCUMENTS || kept.bytes > MOST_BYTES {
            let Some((_, oldest)) = kept.by_hash.pop_lru() else {
                break;
            };
            kept.bytes -= oldest.len();
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hash in `{"version": 1, "sha256Hash": "…"}`.
fn hash_in(value: &Value) -> Option<Hash> {
    let Value::Object(fields) = value else { return None };
    let version = fields.get("version")?;
    let Value::String(hash) = fields.get("sha256Hash")? else {
        return None;
    };
    (*version == Value::from(1)).then_some(())?;
    hash_of_hex(hash)
}

fn hash_of_hex(hex: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(hex, &mut hash).ok()?;
    Some(hash)
}

/// The documents that an operator allows. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AllowedDocuments(Arc<HashMap<Hash, Arc<str>>>);

/// Why a list of documents is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDocuments {
    /// It is neither of the two forms.
    #[error(
        "it is neither a manifest of Apollo's (\"operations\", each with \"id\" and \"body\") nor an object of documents by hash"
    )]
    Form,
    /// A document's hash is another.
    #[error("{0:?} is not the SHA-256 of its document")]
    Hash(String),
    /// A document would be refused.
    #[error("the document {0} would be refused: {1}")]
    Document(String, String),
}

impl AllowedDocuments {
    /// Reads a list: a manifest of Apollo's (`apollo-persisted-query-manifest`), or a JSON object of documents by their SHA-256.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(json: &str) -> Result<Self, BadDocuments> {
        let json: serde_json::Value = serde_json::from_str(json).map_err(|_| BadDocuments::Form)?;
        let listed: Option<Vec<(&str, &str)>> = match json.get("operations").and_then(serde_json::Value::as_array) {
            Some(operations) => operations
                .iter()
                .map(|operation| Some((operation.get("id")?.as_str()?, operation.get("body")?.as_str()?)))
                .collect(),
            None => json.as_object().and_then(|all| {
                all.iter()
                    .map(|(hash, document)| Some((hash.as_str(), document.as_str()?)))
                    .collect()
            }),
        };
        let mut documents = HashMap::new();
        for (named, document) in listed.ok_or(BadDocuments::Form)? {
            let hash: Hash = Sha256::digest(document.as_bytes()).into();
            if hash_of_hex(named) != Some(hash) {
                return Err(BadDocuments::Hash(named.to_owned()));
            }
            let judged = guard::judge(&mut Request::new(document), true);
            if let Err(rejected) = judged {
                return Err(BadDocuments::Document(named.to_owned(), rejected.into_error().message));
            }
            documents.insert(hash, document.into());
        }
        Ok(Self(Arc::new(documents)))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
