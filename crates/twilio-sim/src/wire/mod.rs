//! Twilio's JSON, written by hand from its documentation and official examples.
//!
//! Properties are in the order of the OpenAPI examples. Texts that are not set come as `""` or `null`, as Twilio mixes them.

mod insights;
mod monitor;
pub(crate) mod status_page;
mod usage;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::accounts::{AccountStatus, SimAccount, SimCallerId, SimKey};
use crate::alerts::LogLevel;
use crate::calls::{Notification, SimCall};
use crate::e164;
use crate::form::Pairs;
use crate::numbers::SimNumber;

pub(crate) use insights::call_summary;
pub(crate) use monitor::{alert, whole_alert};
pub(crate) use usage::{UsageList, UsageRecord, usage_record, usage_trigger, usage_trigger_record_uri};

const API_VERSION: &str = "2010-04-01";

/// A date as v2010 writes it: RFC 2822 in GMT, `Thu, 30 Jul 2015 20:00:00 +0000`.
pub(crate) fn date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A date as the other products write it: ISO 8601 in GMT, `2015-07-30T20:00:00Z`.
pub(crate) fn iso_date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn subresources(uri: &str, names: &[(&str, &str)]) -> Value {
    names
        .iter()
        .map(|(name, path)| ((*name).to_owned(), json!(format!("{uri}/{path}.json"))))
        .collect::<Map<_, _>>()
        .into()
}

fn null_if_empty(text: &str) -> Value {
    if text.is_empty() { Value::Null } else { json!(text) }
}

/// An account, with its auth token in clear, as Twilio sends it. `status` is the one to show.
pub(crate) fn account(account: &SimAccount, status: AccountStatus) -> Value {
    let uri = format!("/{API_VERSION}/Accounts/{}", account.sid);
    json!({
        "auth_token": account.auth_token,
        "date_created": date(account.created_at),
        "date_updated": date(account.created_at),
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.owner_account_sid,
        "sid": account.sid,
        "status": status.as_str(),
        "subresource_uris": subresources(&uri, &[
            ("addresses", "Addresses"),
            ("applications", "Applications"),
            ("authorized_connect_apps", "AuthorizedConnectApps"),
            ("available_phone_numbers", "AvailablePhoneNumbers"),
            ("balance", "Balance"),
            ("calls", "Calls"),
            ("conferences", "Conferences"),
            ("connect_apps", "ConnectApps"),
            ("incoming_phone_numbers", "IncomingPhoneNumbers"),
            ("keys", "Keys"),
            ("messages", "Messages"),
            ("notifications", "Notifications"),
            ("outgoing_caller_ids", "OutgoingCallerIds"),
            ("queues", "Queues"),
            ("recordings", "Recordings"),
            ("short_codes", "SMS/ShortCodes"),
            ("signing_keys", "SigningKeys"),
            ("sip", "SIP"),
            ("transcriptions", "Transcriptions"),
            ("usage", "Usage"),
        ]),
        "type": account.kind.as_str(),
        "uri": format!("{uri}.json"),
    })
}

/// An account's balance: a decimal as text and its currency.
pub(crate) fn balance(account: &SimAccount) -> Value {
    json!({ "account_sid": account.sid, "balance": account.balance, "currency": account.currency })
}

/// A number. The typed lists (`Local`, `Mobile`, `TollFree`) use it too.
pub(crate) fn number(number: &SimNumber) -> Value {
    json!({
        "account_sid": number.account_sid,
        "address_requirements": "none",
        "address_sid": null,
        "api_version": API_VERSION,
        "beta": false,
        "capabilities": number.capabilities,
        "date_created": date(number.created_at),
        "date_updated": date(number.updated_at),
        "emergency_status": "Inactive",
        "emergency_address_sid": null,
        "emergency_address_status": "unregistered",
        "friendly_name": number.friendly_name,
        "identity_sid": null,
        "origin": "twilio",
        "phone_number": number.phone_number,
        "sid": number.sid,
        "sms_application_sid": number.sms_application_sid,
        "sms_fallback_method": number.sms_fallback_method,
        "sms_fallback_url": number.sms_fallback_url,
        "sms_method": number.sms_method,
        "sms_url": number.sms_url,
        "status_callback": number.status_callback,
        "status_callback_method": number.status_callback_method,
        "trunk_sid": null_if_empty(&number.trunk_sid),
        "uri": format!("/{API_VERSION}/Accounts/{}/IncomingPhoneNumbers/{}.json", number.account_sid, number.sid),
        "voice_application_sid": null_if_empty(&number.voice_application_sid),
        "voice_caller_id_lookup": number.voice_caller_id_lookup,
        "voice_fallback_method": number.voice_fallback_method,
        "voice_fallback_url": null_if_empty(&number.voice_fallback_url),
        "voice_method": number.voice_method,
        "voice_url": null_if_empty(&number.voice_url),
        "bundle_sid": null,
        "voice_receive_mode": number.voice_receive_mode,
        "status": number.status,
        "type": number.number_type,
    })
}

/// A verified caller id.
pub(crate) fn caller_id(account: &SimAccount, caller_id: &SimCallerId) -> Value {
    json!({
        "account_sid": account.sid,
        "date_created": date(account.created_at),
        "date_updated": date(account.created_at),
        "friendly_name": e164::formatted(&caller_id.phone_number),
        "phone_number": caller_id.phone_number,
        "sid": caller_id.sid,
        "uri": format!("/{API_VERSION}/Accounts/{}/OutgoingCallerIds/{}.json", account.sid, caller_id.sid),
    })
}

/// An API key, without its secret.
pub(crate) fn key(account: &SimAccount, key: &SimKey) -> Value {
    json!({
        "sid": key.sid,
        "friendly_name": key.friendly_name,
        "date_created": date(account.created_at),
        "date_updated": date(account.created_at),
    })
}

/// A call. `start_time` stays null until it is dialled, `duration` until it has ended answered, `price` until it is rated.
pub(crate) fn call(call: &SimCall) -> Value {
    let uri = format!("/{API_VERSION}/Accounts/{}/Calls/{}", call.account_sid, call.sid);
    json!({
        "account_sid": call.account_sid,
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "caller_name": null,
        "date_created": date(call.created_at),
        "date_updated": date(call.updated_at),
        "direction": call.direction.as_str(),
        "duration": call.duration_seconds().map(|seconds| seconds.to_string()),
        "end_time": call.ended_at.map(date),
        "forwarded_from": null,
        "from": call.from,
        "from_formatted": e164::formatted(&call.from),
        "group_sid": null,
        "parent_call_sid": call.parent_call_sid,
        "phone_number_sid": call.phone_number_sid,
        "price": call.price,
        "price_unit": call.price_unit,
        "queue_time": "0",
        "sid": call.sid,
        "start_time": call.started_at.map(date),
        "status": call.status.as_str(),
        "subresource_uris": subresources(&uri, &[
            ("events", "Events"),
            ("notifications", "Notifications"),
            ("payments", "Payments"),
            ("recordings", "Recordings"),
            ("siprec", "Siprec"),
            ("streams", "Streams"),
            ("transcriptions", "Transcriptions"),
            ("user_defined_message_subscriptions", "UserDefinedMessageSubscriptions"),
            ("user_defined_messages", "UserDefinedMessages"),
        ]),
        "to": call.to,
        "to_formatted": e164::formatted(&call.to),
        "trunk_sid": call.trunk_sid,
        "uri": format!("{uri}.json"),
    })
}

/// A notification of a call; `message_text` is form-encoded, `log` is 0 for an error and 1 for a warning.
pub(crate) fn notification(call: &SimCall, notification: &Notification) -> Value {
    let (log, level) = if notification.is_error {
        ("0", LogLevel::Error)
    } else {
        ("1", LogLevel::Warning)
    };
    json!({
        "account_sid": call.account_sid,
        "api_version": API_VERSION,
        "call_sid": call.sid,
        "date_created": date(notification.at),
        "date_updated": date(notification.at),
        "error_code": notification.error_code.to_string(),
        "log": log,
        "message_date": date(notification.at),
        "message_text": alert_text(notification.error_code, level, &notification.message),
        "more_info": more_info(notification.error_code),
        "request_method": null_if_empty(&notification.request_method),
        "request_url": notification.request_url,
        "sid": notification.sid,
        "uri": format!(
            "/{API_VERSION}/Accounts/{}/Calls/{}/Notifications/{}.json",
            call.account_sid, call.sid, notification.sid
        ),
    })
}

/// What an alert and a notification say: form-encoded code, level and sentence.
fn alert_text(error_code: u32, level: LogLevel, message: &str) -> String {
    let level = match level {
        LogLevel::Error => "ERROR",
        LogLevel::Warning => "WARN",
        LogLevel::Notice => "NOTICE",
        LogLevel::Debug => "DEBUG",
    };
    let text = Pairs(vec![
        ("ErrorCode".to_owned(), error_code.to_string()),
        ("LogLevel".to_owned(), level.to_owned()),
        ("Msg".to_owned(), message.to_owned()),
    ]);
    text.encode()
}

fn more_info(error_code: u32) -> String {
    format!("https://www.twilio.com/docs/errors/{error_code}")
}
