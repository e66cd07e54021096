//! Keys by which a workspace's own programs ask, in the place of a person's token.
//!
//! A key is shown once, when it is made, and kept as a digest. Each request reads its row, so that a revoked key is refused by every
//! process at once; sockets, which sign in once, look every two seconds (`api::socket`).

mod create_key;
mod key_text;
mod queries;
mod revoke_key;
mod sign_in;
mod state;

pub use create_key::{NewApiKey, create_key};
pub use key_text::{ApiKeyText, PREFIX};
pub use queries::{KeyPosition, by_ids, find, list, revoked};
pub use revoke_key::revoke_key;
pub use sign_in::{NotSignedIn, SignedIn, sign_in};
pub use state::{KeyState, permissions_of, state_of};
