use super::*;

/// With something in it that addresses, JSON and Base64 write in another way.
const SECRET: &str = "5ec4e7?\"\u{fb}\u{fe}&p4ss w0rd/";

fn is_found(text: impl AsRef<[u8]>) -> bool {
    !Planted::one("the secret", SECRET)
        .found_in("here", text.as_ref())
        .is_empty()
}

#[test]
fn a_secret_is_found_in_every_disguise_wherever_it_stands() {
    for around in ["", "a", "ab", "abc", "abcd"] {
        let text = format!("{around}{SECRET}{around}");
        let hex: String = text.bytes().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        assert!(
            is_found(&text) && is_found(&hex) && is_found(hex.to_uppercase()),
            "{around}"
        );
        assert!(
            is_found(STANDARD.encode(&text)) && is_found(URL_SAFE.encode(&text)),
            "{around}"
        );
        assert!(
            is_found(json!({ "a": text }).to_string()) && is_found(format!("{text:?}")),
            "{around}"
        );
        let address = reqwest::Url::parse_with_params("http://h/", [("a", &text)]).expect("an address");
        assert!(is_found(address.as_str().replace('+', "%20")), "{address}");
    }
}

#[test]
fn what_was_found_is_told_with_its_place() {
    let planted = Planted::one("the token", "5ec4e7a1c0de");
    let told = planted.found_in("the log", b"user=x token=5ec4e7a1c0de and more");
    assert_eq!(
        told,
        ["the token in clear is in the log: …user=x token=5ec4e7a1c0de and more…"]
    );
    assert!(
        planted.found_in("the log", b"5ec4e7a1c0d 5EC4E7A1C0DE").is_empty(),
        "almost is not it"
    );
}

#[test]
#[should_panic(expected = "the token in clear is in the log")]
fn one_place_is_enough_to_fail() {
    let places = [
        ("the log".to_owned(), b"x 5ec4e7a1c0de".to_vec()),
        ("the dump".to_owned(), vec![]),
    ];
    Planted::one("the token", "5ec4e7a1c0de").are_in_none_of(&places.into());
}
