//! What is sealed opens where it belongs, and nowhere else.

use callab_vault::{KeyName, MasterKeys, Sealed, Vault, VaultError, WorkspaceKey};
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretString};

const ROW: &str = "twilio_credential/0192f3a1-7c11-7b65-9d5e-2f6f1c0a9e11";
const WORKSPACE: &str = "workspace/0192f3a1-7c11-7b65-9d5e-2f6f1c0a9e22";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

fn new_vault() -> Vault {
    Vault::new(MasterKeys::generate())
}

fn new_key() -> WorkspaceKey {
    new_vault().new_workspace_key(WORKSPACE).expect("making a key").1
}

fn seal(key: &WorkspaceKey, secret: &str) -> Sealed {
    key.seal(ROW, &SecretString::from(secret)).expect("sealing")
}

/// The same bytes with one bit turned round.
fn flipped(sealed: &Sealed, at: usize) -> Sealed {
    let mut sealed = sealed.clone();
    sealed.bytes[at] ^= 1;
    sealed
}

#[test]
fn a_secret_comes_back() {
    let vault = new_vault();
    let (stored_key, key) = vault.new_workspace_key(WORKSPACE).unwrap();
    let sealed = seal(&key, TOKEN);
    assert_eq!(sealed.key, key.name());
    assert_eq!(stored_key.key, vault.current_key());

    let key = vault.open_workspace_key(WORKSPACE, &stored_key).unwrap();
    assert_eq!(key.open(ROW, &sealed).unwrap().expose_secret(), TOKEN);
}

#[test]
fn the_same_secret_is_sealed_differently_each_time() {
    let key = new_key();
    assert_ne!(seal(&key, TOKEN).bytes, seal(&key, TOKEN).bytes);
}

#[test]
fn another_row_is_refused() {
    let key = new_key();
    let sealed = seal(&key, TOKEN);
    for row in [
        "",
        "twilio_credential/",
        &ROW[..ROW.len() - 1],
        &format!("{ROW}0"),
        WORKSPACE,
    ] {
        assert!(
            matches!(key.open(row, &sealed), Err(VaultError::WrongRow)),
            "opened for {row:?}"
        );
    }

    let vault = new_vault();
    let (stored_key, _) = vault.new_workspace_key(WORKSPACE).unwrap();
    assert!(matches!(
        vault.open_workspace_key("workspace/other", &stored_key),
        Err(VaultError::WrongRow)
    ));
}

#[test]
fn another_workspaces_key_is_refused_by_name_and_in_fact() {
    let (ours, theirs) = (new_key(), new_key());
    let mut sealed = seal(&theirs, TOKEN);
    match ours.open(ROW, &sealed) {
        Err(VaultError::UnknownKey { key }) => assert_eq!(key, theirs.name()),
        other => panic!("{other:?}"),
    }

    sealed.key = ours.name();
    assert!(matches!(ours.open(ROW, &sealed), Err(VaultError::Damaged)));
}

#[test]
fn every_altered_byte_is_noticed() {
    let key = new_key();
    let sealed = seal(&key, TOKEN);
    for at in 0..sealed.bytes.len() {
        assert!(
            matches!(key.open(ROW, &flipped(&sealed, at)), Err(VaultError::Damaged)),
            "byte {at}"
        );
    }
}

#[test]
fn every_shortening_and_any_lengthening_is_noticed() {
    let key = new_key();
    let sealed = seal(&key, TOKEN);
    for length in 0..sealed.bytes.len() {
        let cut = Sealed {
            bytes: sealed.bytes[..length].to_vec(),
            ..sealed.clone()
        };
        assert!(
            matches!(key.open(ROW, &cut), Err(VaultError::Damaged)),
            "cut to {length}"
        );
    }
    let mut longer = sealed;
    longer.bytes.push(0);
    assert!(matches!(key.open(ROW, &longer), Err(VaultError::Damaged)));
}

#[test]
fn an_earlier_master_key_opens_until_it_is_taken_out() {
    let old_text = MasterKeys::generate().to_text();
    let new_text = MasterKeys::generate().to_text();
    let keys = |texts: &[&SecretString]| {
        let text: String = texts.iter().map(|text| text.expose_secret()).collect();
        Vault::new(MasterKeys::parse(text.as_bytes()).unwrap())
    };
    let before = keys(&[&old_text]);
    let during = keys(&[&new_text, &old_text]);
    let after = keys(&[&new_text]);

    let (stored, key) = before.new_workspace_key(WORKSPACE).unwrap();
    let sealed = seal(&key, TOKEN);
    assert_eq!(
        before.reseal_workspace_key(WORKSPACE, &stored).unwrap(),
        None,
        "already under the current key"
    );

    assert_eq!(
        during.open_workspace_key(WORKSPACE, &stored).unwrap().name(),
        key.name()
    );
    assert_eq!(during.key_names(), [after.current_key(), before.current_key()]);
    let resealed = during
        .reseal_workspace_key(WORKSPACE, &stored)
        .unwrap()
        .expect("was under the old key");
    assert_eq!(resealed.key, after.current_key());

    match after.open_workspace_key(WORKSPACE, &stored) {
        Err(VaultError::UnknownKey { key }) => assert_eq!(key, before.current_key()),
        other => panic!("{other:?}"),
    }
    let key = after.open_workspace_key(WORKSPACE, &resealed).unwrap();
    assert_eq!(
        key.open(ROW, &sealed).unwrap().expose_secret(),
        TOKEN,
        "secrets need no re-sealing"
    );
}

#[test]
fn resealing_refuses_another_row() {
    let vault = new_vault();
    let (stored, _) = vault.new_workspace_key(WORKSPACE).unwrap();
    assert!(matches!(
        vault.reseal_workspace_key("workspace/other", &stored),
        Err(VaultError::WrongRow)
    ));
}

/// Sealed once and kept. If this fails, what customers have stored has become unreadable.
#[test]
fn what_was_stored_by_version_2_still_opens() {
    // A key pair published in the tests of the `age` crate, and so as secret as this file.
    let master = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";
    let vault = Vault::new(MasterKeys::parse(master.as_bytes()).unwrap());
    let stored_key = Sealed {
        key: KeyName::from("age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa".to_owned()),
        bytes: include_bytes!("stored_v2/workspace_key.age").to_vec(),
    };
    let sealed = Sealed {
        key: KeyName::from("age1rvzf4r3auz84a3hjrr2j6j0kr43yaklt4gw4l5g62wc8vsuqgg6qgr999f".to_owned()),
        bytes: include_bytes!("stored_v2/secret.age").to_vec(),
    };
    let key = vault.open_workspace_key(WORKSPACE, &stored_key).unwrap();
    assert_eq!(key.open(ROW, &sealed).unwrap().expose_secret(), TOKEN);
}

#[test]
fn nothing_secret_is_printed() {
    let vault = new_vault();
    let (stored, key) = vault.new_workspace_key(WORKSPACE).unwrap();
    let sealed = seal(&key, TOKEN);
    let opened = key.open(ROW, &sealed).unwrap();
    let refused = key.open(WORKSPACE, &sealed).unwrap_err();

    let printed = format!("{vault:?} {stored:?} {key:?} {sealed:?} {opened:?} {refused:?} {refused}");
    assert!(
        printed.contains(key.name().as_str()),
        "a key's public name is no secret"
    );
    assert!(!printed.contains("AGE-SECRET-KEY"), "{printed}");
    assert!(!printed.contains(TOKEN), "{printed}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_secret_opens_for_its_row_alone(secret in any::<String>(), row in any::<String>(), other in any::<String>()) {
        let key = new_key();
        let sealed = key.seal(&row, &SecretString::from(secret.as_str())).unwrap();
        let opened = key.open(&row, &sealed).unwrap();
        prop_assert_eq!(opened.expose_secret(), secret);
        if other != row {
            prop_assert!(matches!(key.open(&other, &sealed), Err(VaultError::WrongRow)));
        }
    }
}
