//! Each operation, with every parameter that is ever sent.

use std::time::Duration;

use callab_twilio::{
    AlertFilter, AlertSid, CallEvent, CallFilter, CallInstructions, CallSid, CallStatus, EndCall, LogLevel, NewCall,
    NewUsageTrigger, NumberSid, NumberUpdate, TriggerBy, TriggerRecurring, Twilio, TwilioError, UsagePeriod,
    UsageQuery, UsageTriggerSid, VoiceRegion,
};
use chrono::{DateTime, NaiveDate};

use super::{ALERT, CALL, NUMBER, TO, TRIGGER};
use crate::server::who;

/// Performs an operation of Twilio's and answers how many things came back.
pub async fn perform(product: &str, operation: &str, twilio: &dyn Twilio) -> Result<usize, TwilioError> {
    let who = who();
    let number = NumberSid::parse(NUMBER).unwrap();
    let call = CallSid::parse(CALL).unwrap();
    let usage = |period| usage(twilio, period);
    match (product, operation) {
        ("api", "FetchAccount") => twilio.fetch_account(&who).await.map(|_| 1),
        ("api", "FetchBalance") => twilio.fetch_balance(&who).await.map(|_| 1),
        ("api", "ListIncomingPhoneNumber") => twilio.find_numbers(&who, "+18089255327").await.map(|all| all.len()),
        ("api", "FetchIncomingPhoneNumber") => twilio.fetch_number(&who, &number).await.map(|_| 1),
        ("api", "UpdateIncomingPhoneNumber") => twilio.update_number(&who, &number, &whole_update()).await.map(|_| 1),
        ("api", "ListOutgoingCallerId") => twilio.list_outgoing_caller_ids(&who).await.map(|all| all.len()),
        ("api", "CreateCall") => twilio.create_call(&who, &whole_call()).await.map(|_| 1),
        ("api", "FetchCall") => twilio.fetch_call(&who, &call).await.map(|_| 1),
        ("api", "UpdateCall") => twilio.end_call(&who, &call, EndCall::Canceled).await.map(|_| 1),
        ("api", "ListCall") => twilio.list_calls(&who, &whole_filter()).await.map(|all| all.len()),
        ("api", "ListCallNotification") => twilio.list_call_notifications(&who, &call).await.map(|all| all.len()),
        ("api", "ListUsageRecord") => usage(UsagePeriod::Total).await,
        ("api", "ListUsageRecordDaily") => usage(UsagePeriod::Daily).await,
        ("api", "ListUsageRecordMonthly") => usage(UsagePeriod::Monthly).await,
        ("api", "ListUsageRecordYearly") => usage(UsagePeriod::Yearly).await,
        ("api", "ListUsageRecordAllTime") => usage(UsagePeriod::AllTime).await,
        ("api", "ListUsageRecordToday") => usage(UsagePeriod::Today).await,
        ("api", "ListUsageRecordYesterday") => usage(UsagePeriod::Yesterday).await,
        ("api", "ListUsageRecordThisMonth") => usage(UsagePeriod::ThisMonth).await,
        ("api", "ListUsageRecordLastMonth") => usage(UsagePeriod::LastMonth).await,
        ("api", "CreateUsageTrigger") => twilio.create_usage_trigger(&who, &whole_trigger()).await.map(|_| 1),
        ("api", "ListUsageTrigger") => twilio.list_usage_triggers(&who).await.map(|all| all.len()),
        ("api", "DeleteUsageTrigger") => {
            let trigger = UsageTriggerSid::parse(TRIGGER).unwrap();
            twilio.delete_usage_trigger(&who, &trigger).await.map(|()| 0)
        }
        ("accounts", "CreateSecondaryAuthToken") => twilio.create_secondary_token(&who).await.map(|_| 1),
        ("accounts", "UpdateAuthTokenPromotion") => twilio.promote_secondary_token(&who).await.map(|_| 1),
        ("accounts", "DeleteSecondaryAuthToken") => twilio.delete_secondary_token(&who).await.map(|()| 0),
        ("monitor", "ListAlert") => twilio
            .list_alerts(&who, &whole_alert_filter())
            .await
            .map(|all| all.len()),
        ("monitor", "FetchAlert") => twilio
            .fetch_alert(&who, &AlertSid::parse(ALERT).unwrap())
            .await
            .map(|_| 1),
        ("pricing", "FetchVoiceNumber") => twilio
            .fetch_voice_price(&who, TO, Some("+15005550001"))
            .await
            .map(|_| 1),
        ("pricing", "FetchVoiceCountry") => twilio.fetch_voice_country_prices(&who, "US").await.map(|_| 1),
        ("pricing", "FetchPhoneNumberCountry") => twilio.fetch_number_prices(&who, "US").await.map(|_| 1),
        ("voice", "FetchDialingPermissionsCountry") => twilio.fetch_dialing_permissions(&who, "US").await.map(|_| 1),
        ("insights", "FetchAccountSettings") => twilio.fetch_insights_settings(&who).await.map(|_| 1),
        ("insights", "FetchSummary") => twilio.fetch_call_summary(&who, &call).await.map(|_| 1),
        ("routes", "FetchPhoneNumber") => {
            let region = twilio.fetch_voice_region(&who, TO).await?;
            Ok(usize::from(region == Some(VoiceRegion::Au1)))
        }
        (product, operation) => panic!("{operation} of {product} is in the test data and not here"),
    }
}

async fn usage(twilio: &dyn Twilio, period: UsagePeriod) -> Result<usize, TwilioError> {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31);
    let query = UsageQuery {
        categories: vec!["totalprice".into()],
        start: day,
        end: day,
        ..UsageQuery::new(period)
    };
    twilio.list_usage(&who(), &query).await.map(|all| all.len())
}

fn whole_update() -> NumberUpdate {
    let text = || Some("x".to_owned());
    NumberUpdate {
        voice_url: text(),
        voice_method: text(),
        voice_fallback_url: text(),
        voice_fallback_method: text(),
        status_callback: text(),
        status_callback_method: text(),
        voice_application_sid: text(),
        trunk_sid: text(),
        voice_receive_mode: text(),
    }
}

fn whole_call() -> NewCall {
    NewCall {
        to: "+18089255327".into(),
        from: "+13051416799".into(),
        instructions: CallInstructions::Url("https://callab.example/voice".into()),
        fallback_url: Some("https://callab.example/fallback".into()),
        status_callback: Some("https://callab.example/status".into()),
        status_callback_events: CallEvent::ALL.to_vec(),
        timeout: Some(Duration::from_secs(20)),
        time_limit: Some(Duration::from_mins(1)),
    }
}

fn whole_filter() -> CallFilter {
    let day = NaiveDate::from_ymd_opt(2026, 1, 31);
    CallFilter {
        to: Some("+18089255327".into()),
        from: Some("+13051416799".into()),
        status: Some(CallStatus::NoAnswer),
        started_after: day,
        started_before: day,
        ..CallFilter::default()
    }
}

fn whole_trigger() -> NewUsageTrigger {
    NewUsageTrigger {
        category: "totalprice".into(),
        by: TriggerBy::Price,
        value: "12.50".parse().unwrap(),
        recurring: Some(TriggerRecurring::Monthly),
        callback_url: "https://callab.example/usage".into(),
        friendly_name: Some("callab".into()),
    }
}

fn whole_alert_filter() -> AlertFilter {
    let time = DateTime::from_timestamp(1_780_000_000, 0);
    AlertFilter {
        log_level: Some(LogLevel::Error),
        from: time,
        until: time,
        limit: 10_000,
    }
}
