//! Who has read a key's public name, which stands in the database, can seal to it. That is not enough.

use age::secrecy::ExposeSecret as _;
use age::x25519::{Identity, Recipient};
use callab_vault::{KeyName, MasterKeys, Sealed, Vault, VaultError};

const WORKSPACE: &str = "workspace_key/0192f3a1-7c11-7b65-9d5e-2f6f1c0a9e22";
const ROW: &str = "twilio_credential/0192f3a1-7c11-7b65-9d5e-2f6f1c0a9e11";

/// What somebody without the key can seal for a row: as version 1 had it, and as version 2 has it with proofs of their making.
fn forgeries(name: &KeyName, row: &str, secret: &str) -> [Sealed; 3] {
    let recipient: Recipient = name.as_str().parse().expect("a public name");
    let seal = |version: u8, proof: &[u8]| {
        let length = (row.len() as u64).to_be_bytes();
        let packed = [&[version], length.as_slice(), row.as_bytes(), proof, secret.as_bytes()].concat();
        Sealed {
            key: name.clone(),
            bytes: age::encrypt(&recipient, &packed).expect("sealing"),
        }
    };
    [seal(1, b""), seal(2, &[0; 32]), seal(2, &[0x5a; 32])]
}

#[test]
fn a_key_of_somebody_elses_is_not_taken_for_a_workspaces() {
    let vault = Vault::new(MasterKeys::generate());
    let theirs = Identity::generate().to_string();
    for forged in forgeries(&vault.current_key(), WORKSPACE, theirs.expose_secret()) {
        let opened = vault.open_workspace_key(WORKSPACE, &forged);
        assert!(matches!(opened, Err(VaultError::Unproven)), "{opened:?}");
        let resealed = vault.reseal_workspace_key(WORKSPACE, &forged);
        assert!(
            matches!(resealed, Err(VaultError::Unproven)),
            "a rotation does not make it ours: {resealed:?}"
        );
    }
}

#[test]
fn a_secret_of_somebody_elses_is_not_taken_for_ours() {
    let (_, key) = Vault::new(MasterKeys::generate()).new_workspace_key(WORKSPACE).unwrap();
    for forged in forgeries(&key.name(), ROW, "0123456789abcdef0123456789abcdef") {
        let opened = key.open(ROW, &forged);
        assert!(matches!(opened, Err(VaultError::Unproven)), "{opened:?}");
    }
}

#[test]
fn what_a_key_proves_for_one_row_proves_nothing_under_another_key() {
    let (ours, theirs) = (MasterKeys::generate(), MasterKeys::generate());
    let (sealed, _) = Vault::new(theirs).new_workspace_key(WORKSPACE).unwrap();
    let ours = Vault::new(ours);
    let renamed = Sealed {
        key: ours.current_key(),
        ..sealed
    };
    assert!(matches!(
        ours.open_workspace_key(WORKSPACE, &renamed),
        Err(VaultError::Damaged)
    ));
}
