//! The parameters of a form, with nothing left out: whatever is left out breaks the signature.

use std::fmt;

/// The most parameters that are read. Twilio sends some dozens.
const MAX_PARAMS: usize = 1000;

/// The names and values of a form (`application/x-www-form-urlencoded`), in the order of arrival.
///
/// Empty values, repeated names, names we do not know, and blanks at either end are kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FormParams(Vec<(String, String)>);

/// The form holds more parameters than any that Twilio sends.
#[derive(Debug, thiserror::Error)]
#[error("the form holds more than {} parameters", MAX_PARAMS)]
pub struct TooManyParams;

impl FormParams {
    /// Reads the body of a form: percent-decoded, `+` is a blank. Bytes that are not UTF-8 become U+FFFD, as in the web
    /// frameworks that Twilio's libraries are used with.
    ///
    /// # Errors
    /// [`TooManyParams`] above 1000 of them.
    pub fn parse(body: &[u8]) -> Result<Self, TooManyParams> {
        let params: Vec<_> = form_urlencoded::parse(body)
            .take(MAX_PARAMS + 1)
            .map(|(n, v)| (n.into(), v.into()))
            .collect();
        if params.len() > MAX_PARAMS {
            Err(TooManyParams)
        } else {
            Ok(Self(params))
        }
    }

    /// The first value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
    }

    /// Every name and value, in the order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Names in byte order, the values of one name in byte order, each value of a name once.
    pub(super) fn signed_order(&self) -> Vec<(&str, &str)> {
        let mut params: Vec<_> = self.iter().collect();
        params.sort_unstable();
        params.dedup();
        params
    }
}

/// Prints the names alone: the values are people's phone numbers and towns.
impl fmt::Debug for FormParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormParams")?;
        f.debug_list().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(body: &[u8]) -> Vec<(String, String)> {
        FormParams::parse(body).expect("few parameters").0
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn nothing_is_left_out() {
        let body = b"To=%2B1555&Empty=&Bare&X=+a+&Digits=2&Digits=1&Digits=2&Unknown=%3C%26%3E&S=S%C3%83O";
        let expected = [
            ("To", "+1555"),
            ("Empty", ""),
            ("Bare", ""),
            ("X", " a "),
            ("Digits", "2"),
            ("Digits", "1"),
            ("Digits", "2"),
            ("Unknown", "<&>"),
            ("S", "SÃO"),
        ];
        assert_eq!(pairs(body), owned(&expected));
        assert_eq!(FormParams::parse(body).unwrap().get("Digits"), Some("2"));
        assert_eq!(FormParams::parse(body).unwrap().get("digits"), None);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(
            pairs(b"a=%ff&b=%4&c=%zz"),
            owned(&[("a", "\u{fffd}"), ("b", "%4"), ("c", "%zz")])
        );
    }

    #[test]
    fn the_number_of_parameters_is_bounded() {
        assert_eq!(pairs("a=1&".repeat(MAX_PARAMS).as_bytes()).len(), MAX_PARAMS);
        assert!(FormParams::parse("a=1&".repeat(MAX_PARAMS + 1).as_bytes()).is_err());
    }

    #[test]
    fn values_are_not_printed() {
        let params = FormParams::parse(b"From=%2B15557654321").unwrap();
        assert_eq!(format!("{params:?}"), r#"FormParams["From"]"#);
    }
}
