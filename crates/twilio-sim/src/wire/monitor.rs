//! Alerts.

use serde_json::{Value, json};

use super::{API_VERSION, alert_text, iso_date, more_info, null_if_empty};
use crate::alerts::SimAlert;

/// An alert as a list shows it; `url` is its own address.
pub(crate) fn alert(alert: &SimAlert, url: &str) -> Value {
    json!({
        "account_sid": alert.account_sid,
        "alert_text": alert_text(alert.error_code, alert.log_level, &alert.message),
        "api_version": API_VERSION,
        "date_created": iso_date(alert.at),
        "date_generated": iso_date(alert.at),
        "date_updated": iso_date(alert.at),
        "error_code": alert.error_code.to_string(),
        "log_level": alert.log_level.as_str(),
        "more_info": more_info(alert.error_code),
        "request_method": null_if_empty(&alert.request.method),
        "request_url": null_if_empty(&alert.request.url),
        "resource_sid": alert.resource_sid,
        "sid": alert.sid,
        "url": url,
        "service_sid": alert.service_sid,
    })
}

/// An alert fetched by its SID: with the request that failed and its answer.
pub(crate) fn whole_alert(of: &SimAlert, url: &str) -> Value {
    let mut whole = alert(of, url);
    for (name, text) in [
        ("request_variables", &of.request.variables),
        ("response_headers", &of.request.response_headers),
        ("response_body", &of.request.response_body),
    ] {
        whole[name] = null_if_empty(text);
    }
    whole["request_headers"] = Value::Null;
    whole
}
