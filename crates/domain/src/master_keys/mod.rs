//! The master keys in use: which rows are sealed to which, and how they are sealed to a new one.
//!
//! A rotation touches the workspaces' keys alone; the secrets under them stay as they are. Rows are taken one small batch at a
//! time and each by a conditional update, so that the product goes on meanwhile, a rotation that died goes on where it was, and two
//! at once do no harm. A running process that meets a key it does not know reads its source again ([`vault::Vault::read_again`]).

mod check;
mod in_use;
mod rotate;

pub use check::{Checked, Unopened, check};
pub use in_use::{InUse, KeySetAside, MasterKey, Place, in_use};
pub use rotate::{Rotated, rotate};

use ::entity::workspace_key;
use ::entity::workspace_key::SetAside;
use vault::{KeyName, Sealed, VaultError};

/// A row's sealed key.
fn sealed_of(row: &workspace_key::Model) -> Sealed {
    Sealed {
        key: KeyName::from(row.master_key.clone()),
        bytes: row.sealed.clone(),
    }
}

/// The word for why a key could not be opened.
fn reason_of(error: &VaultError) -> SetAside {
    match error {
        VaultError::UnknownKey { .. } => SetAside::UnknownKey,
        VaultError::WrongRow => SetAside::WrongRow,
        VaultError::Unproven => SetAside::Unproven,
        VaultError::Damaged | VaultError::Seal(_) | VaultError::Keys(_) => SetAside::Damaged,
    }
}
