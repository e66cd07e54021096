//! The shapes in which Twilio's services explain an error.

use serde_json::{Map, Value};

/// What an error's body says, whichever shape it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub(crate) code: Option<i32>,
    pub(crate) message: String,
    pub(crate) more_info: Option<String>,
}

impl ErrorBody {
    /// Reads a body, or answers `None` when it is not in Twilio's words: HTML, nothing, or another system's JSON.
    ///
    /// Three shapes are known: the classic `code, message, more_info, status` (`code` and `more_info` may be missing);
    /// RFC 9457's `type, title, status, code, detail`; and `message, code, user_error, http_status_code, params` of
    /// monitor v2. Each has a message and, beside it, a code or a status; a message alone could be anyone's.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let code = integer(&fields, "code");
        let message = ["message", "detail", "title"]
            .iter()
            .find_map(|name| fields.get(*name)?.as_str())?;
        let status = integer(&fields, "status").or_else(|| integer(&fields, "http_status_code"));
        if code.is_none() && status.is_none() {
            return None;
        }
        let link = |name: &str| fields.get(name).and_then(Value::as_str).filter(|url| is_twilios(url));
        Some(Self {
            code,
            message: message.to_owned(),
            more_info: link("more_info").or_else(|| link("type")).map(ToOwned::to_owned),
        })
    }
}

/// An integer, as a number or as text.
fn integer(fields: &Map<String, Value>, name: &str) -> Option<i32> {
    match fields.get(name)? {
        Value::Number(number) => i32::try_from(number.as_i64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whether an address may be shown as a link to Twilio's documentation.
fn is_twilios(url: &str) -> bool {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic()) && url.len() <= 200;
    is_plain && url.starts_with("https://www.twilio.com/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Option<(Option<i32>, String)> {
        ErrorBody::parse(body.as_bytes()).map(|body| (body.code, body.message))
    }

    #[test]
    fn every_shape_of_twilios_is_read() {
        let classic = r#"{"code":21211,"message":"Invalid 'To'","more_info":"https://www.twilio.com/docs/errors/21211","status":400}"#;
        assert_eq!(read(classic), Some((Some(21211), "Invalid 'To'".into())));
        let more_info = ErrorBody::parse(classic.as_bytes()).unwrap().more_info;
        assert_eq!(more_info.as_deref(), Some("https://www.twilio.com/docs/errors/21211"));

        let problem = r#"{"type":"about:blank","title":"Bad","status":400,"code":20001,"detail":"More","errors":[]}"#;
        assert_eq!(read(problem), Some((Some(20001), "More".into())));
        let typed = problem.replace("about:blank", "https://www.twilio.com/docs/api/errors/20001");
        let more_info = ErrorBody::parse(typed.as_bytes()).unwrap().more_info;
        assert_eq!(
            more_info.as_deref(),
            Some("https://www.twilio.com/docs/api/errors/20001")
        );
        let monitor =
            r#"{"message":"No","code":20404,"user_error":true,"http_status_code":404,"params":{},"status":404}"#;
        assert_eq!(read(monitor), Some((Some(20404), "No".into())));
        assert_eq!(read(r#"{"status":404,"message":"gone"}"#), Some((None, "gone".into())));
    }

    #[test]
    fn what_others_write_is_not_taken_for_twilios() {
        for body in [
            "",
            "<html>502</html>",
            "[]",
            "null",
            r#"{"message":"Forbidden"}"#,
            r#"{"code":20003}"#,
        ] {
            assert_eq!(read(body), None, "{body}");
        }
    }

    #[test]
    fn a_link_elsewhere_is_dropped() {
        for url in [
            "https://www.twilio.com.evil.example/",
            "javascript:alert(1)",
            "http://www.twilio.com/docs",
        ] {
            let body = format!(r#"{{"code":1,"message":"m","more_info":"{url}"}}"#);
            assert_eq!(ErrorBody::parse(body.as_bytes()).unwrap().more_info, None, "{url}");
        }
    }
}
