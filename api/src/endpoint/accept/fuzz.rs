//! Which media type is chosen, whatever `Accept` says.

use ::fuzz::Target;
use proptest::prelude::*;

use super::*;

const WORDS: &[&str] = &[
    "\n",
    ",",
    ";",
    "q=0",
    "q=1",
    ";q=0.5",
    "q=0.0001",
    "*/*",
    "application/*",
    "application/json",
    "application/graphql-response+json",
    "charset=utf-8",
    "; charset=latin1",
    "text/html",
    "\"",
    "\\",
    " ",
    "\t",
    "APPLICATION/JSON",
];

/// The lines of an input as as many headers; none where one cannot stand in a header.
fn headers(input: &[u8]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for line in input.split(|byte| *byte == b'\n') {
        headers.append(header::ACCEPT, HeaderValue::from_bytes(line).ok()?);
    }
    Some(headers)
}

#[test]
fn a_type_is_chosen_only_if_it_is_asked_for() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "accept", WORDS).bytes(|input| {
        let Some(mut headers) = headers(input) else {
            return Ok(());
        };
        let chosen = MediaType::accepted(&headers);
        let text = String::from_utf8_lossy(input).to_ascii_lowercase();
        let is_blank = text.trim_ascii().is_empty();
        let names = |name: &str| text.contains(name) || text.contains("application/*") || text.contains("*/*");
        match chosen {
            Some(media_type) => prop_assert!(is_blank || names(media_type.essence()), "{media_type:?}"),
            None => prop_assert!(!is_blank),
        }
        // Its members are asked for in no order.
        if !text.contains('"') {
            let mut lines: Vec<Vec<u8>> = input.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            for line in &mut lines {
                let mut members: Vec<&[u8]> = line.split(|byte| *byte == b',').collect();
                members.reverse();
                *line = members.join(&b',');
            }
            lines.reverse();
            let turned = self::headers(&lines.join(&b'\n'));
            prop_assert_eq!(turned.as_ref().map(MediaType::accepted), Some(chosen));
        }
        // Who asks for one of them by its name gets an answer, whatever else was said.
        headers.append(header::ACCEPT, HeaderValue::from_static("application/json"));
        prop_assert!(MediaType::accepted(&headers).is_some());
        Ok(())
    });
}
