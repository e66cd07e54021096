//! A support bundle, before it is written: what it holds, and what it is called.

use serde_json::Value;

use crate::queries::bundle::SupportBundle;
use crate::scrub::scrub;

/// What is in a bundle: its parts, with how much there is of each.
#[must_use]
pub fn contents(bundle: &Value) -> String {
    let Some(parts) = bundle.as_object() else {
        return String::new();
    };
    let told = parts.iter().filter_map(|(name, part)| {
        let name = scrub(name, 40);
        match part {
            Value::Null => None,
            Value::Array(rows) => Some(format!("{name}: {}", rows.len())),
            Value::Object(fields) => Some(format!("{name} ({} fields)", fields.len())),
            _ => Some(name),
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

/// What its file is called where the operator names none: in the folder that they are in, whatever the API says.
#[must_use]
pub fn file_name(bundle: &SupportBundle) -> String {
    format!("{}.md", scrub(&bundle.file_name, 100).replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_a_bundle_is_told_with_how_much() {
        let bundle = json!({ "account": { "sid": "AC1", "state": "CONNECTED" }, "calls": [1, 2], "number": null, "madeAt": "x" });
        assert_eq!(contents(&bundle), "account (2 fields), calls: 2, madeAt");
    }

    #[test]
    fn a_bundle_is_written_nowhere_else() {
        let bundle = SupportBundle {
            markdown: String::new(),
            json: Value::Null,
            file_name: "../../.ssh/\u{1b}keys".to_owned(),
            made_at: DateTime::UNIX_EPOCH,
        };
        assert_eq!(file_name(&bundle), "..-..-.ssh-keys.md");
    }
}
