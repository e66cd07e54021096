//! `[vault]`: where the master keys are.

use vault::KeySource;

use super::reader::Reader;

/// Reads where the master keys are; none where they are in the data directory. One way or none may be set.
#[expect(clippy::option_option, reason = "wrong, not set, set")]
pub(super) fn read(reader: &mut Reader) -> Option<Option<KeySource>> {
    let file = reader.optional("vault.key_file", "a file");
    let text = reader.text("vault.keys"); // Never shown.
    let command = reader.list("vault.key_command", "a program and its arguments");
    let (file, text, command) = (file?, text?, command?);
    let text = Some(text).filter(|text| !text.is_empty());
    let command = Some(command).filter(|command| !command.is_empty());
    let ways = [file.is_some(), text.is_some(), command.is_some()];
    if ways.into_iter().filter(|is_set| *is_set).count() > 1 {
        let why =
            "the master keys come from one place: set only one of vault.key_file, vault.keys and vault.key_command";
        reader.refuse("vault.key_file", why);
        return None;
    }
    let file = file.map(KeySource::File);
    let text = text.map(|text| KeySource::Text(text.into()));
    Some(file.or(text).or(command.map(KeySource::Command)))
}
