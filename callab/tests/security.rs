//! SECURITY.md says which test holds what: each that it names is there.

use std::path::Path;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The links of a text: what is shown, and where they lead.
fn links(text: &str) -> Vec<(&str, &str)> {
    let ends = text.match_indices("](").filter_map(|(at, _)| {
        let shown = text[..at].rsplit('[').next()?;
        let target = text[at + 2..].split(')').next()?;
        Some((shown, target))
    });
    ends.collect()
}

/// Whether a file has a test of this name.
fn has_test(code: &str, name: &str) -> bool {
    let declared = format!("fn {name}(");
    let Some(at) = code.find(&declared) else {
        return false;
    };
    // Its attribute stands a few lines above, among others of its own.
    let above: Vec<&str> = code[..at].lines().rev().take(8).collect();
    above.iter().any(|line| {
        ["#[test]", "#[tokio::test"]
            .iter()
            .any(|mark| line.trim_start().starts_with(mark))
    })
}

#[test]
fn every_test_and_file_that_is_named_exists() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("SECURITY.md")).expect("SECURITY.md");
    let mut tests = 0;
    let mut missing = Vec::new();
    for (shown, target) in links(&text) {
        let path = Path::new(ROOT).join(target);
        if !path.exists() {
            missing.push(format!("the file {target}"));
        } else if let Some(name) = shown.strip_prefix('`').and_then(|name| name.strip_suffix('`')) {
            tests += 1;
            let code = std::fs::read_to_string(&path).unwrap_or_default();
            if !has_test(&code, name) {
                missing.push(format!("the test {name} in {target}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "SECURITY.md names what is not there:\n{}",
        missing.join("\n")
    );
    assert!(tests > 50, "{tests} tests were found in it");
}

#[test]
fn a_name_that_is_no_test_is_noticed() {
    assert_eq!(links("a [`b`](c.rs), [d](e) f"), [("`b`", "c.rs"), ("d", "e")]);
    let code = "#[tokio::test]\nasync fn is_one() {}\n\nfn is_none() {}\n";
    assert!(has_test(code, "is_one") && !has_test(code, "is_on") && !has_test("fn is_none() {}", "is_none"));
}
