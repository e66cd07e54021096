//! The ids of rows as clients know them: opaque, and of one type each.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The global id of the row `uuid` of a type that GraphQL shows: base64url of `Type:uuid`.
#[must_use]
pub fn encode(type_name: &str, uuid: Uuid) -> String {
    URL_SAFE_NO_PAD.encode(format!("{type_name}:{uuid}"))
}

/// Takes a global id apart: the type that it names, and the row's own id.
#[must_use]
pub fn decode(id: &str) -> Option<(String, Uuid)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    let (type_name, uuid) = text.split_once(':')?;
    Some((type_name.to_owned(), Uuid::try_parse(uuid).ok()?))
}
