//! The shape of a request's JSON, before memory is taken for it: a megabyte of `[[],[],…]` becomes a hundred as values.

use super::limits;

/// What a request is told whose JSON has more.
pub const TOO_MANY_VALUES: &str =
    "The request holds more than 10000 values, or nests them deeper than 32. Send several requests.";

/// Whether JSON has more values, or is nested deeper, than any request needs. Looks at each byte once; whether it is JSON at all is for
/// its reader to say.
#[must_use]
pub fn is_too_much(json: &[u8]) -> bool {
    let (mut values, mut depth, mut in_text, mut escaped) = (1_usize, 0_usize, false, false);
    for byte in json {
        if in_text {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_text = true,
            b',' => values += 1,
            b'[' | b'{' => {
                values += 1;
                depth += 1;
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if values > limits::JSON_VALUES || depth > limits::JSON_DEPTH {
            return true;
        }
    }
    false
}
