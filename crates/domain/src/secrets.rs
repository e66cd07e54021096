//! Sealing and opening the tokens and keys of Twilio accounts.

mod of_account;
mod opening;
mod sealed;
mod token_cache;
mod workspace_keys;

pub(crate) use of_account::{account_sid, api_key_of, region, token_in};
pub use of_account::{api_key_sids, credentials};
pub use opening::open;
pub(crate) use opening::{is, open_ahead};
pub use sealed::SealedToken;
pub(crate) use sealed::{credential_binding, current_version, newest_version, seal};
pub use token_cache::TokenCache;
pub(crate) use workspace_keys::{find_workspace_key, open_by, stored_workspace_key, workspace_binding, workspace_key};
