#!/bin/sh
# Cuts the test data from Twilio's OpenAPI: `cut.sh DIRECTORY` with the directory of its files, `spec/json` of twilio-oai.
# An operation more is its operationId here, and for a new resource its schema. Needs jq 1.6 or later.
set -eu
spec=$1
here=$(dirname "$0")

# cut FILE OPERATIONS SCHEMAS
cut() {
    source=$spec/$1.json
    jq -f "$here/cut.jq" --arg operations "$2" --arg schemas "$3" "$source" > "$here/$1.cut.json"
}

cut twilio_accounts_v1 \
    "CreateSecondaryAuthToken DeleteSecondaryAuthToken UpdateAuthTokenPromotion" \
    ""
cut twilio_api_v2010 \
    "CreateCall CreateUsageTrigger DeleteUsageTrigger FetchAccount FetchBalance FetchCall FetchIncomingPhoneNumber ListCall \
ListCallNotification ListIncomingPhoneNumber ListOutgoingCallerId ListUsageRecord ListUsageRecordAllTime \
ListUsageRecordDaily ListUsageRecordLastMonth ListUsageRecordMonthly ListUsageRecordThisMonth ListUsageRecordToday \
ListUsageRecordYearly ListUsageRecordYesterday ListUsageTrigger UpdateCall UpdateIncomingPhoneNumber" \
    "api.v2010.account api.v2010.account.balance api.v2010.account.call api.v2010.account.call.call_notification \
api.v2010.account.incoming_phone_number api.v2010.account.outgoing_caller_id api.v2010.account.usage.usage_record \
api.v2010.account.usage.usage_trigger"
cut twilio_insights_v1 \
    "FetchAccountSettings FetchSummary" \
    "insights.v1.account_settings insights.v1.call.summary"
cut twilio_monitor_v1 \
    "FetchAlert ListAlert" \
    "monitor.v1.alert-instance"
cut twilio_pricing_v1 \
    "FetchPhoneNumberCountry" \
    "pricing.v1.phone_number.phone_number_country-instance"
cut twilio_pricing_v2 \
    "FetchVoiceCountry FetchVoiceNumber" \
    "pricing.v2.voice.voice_country-instance pricing.v2.voice.voice_number"
cut twilio_routes_v2 \
    "FetchPhoneNumber" \
    ""
cut twilio_voice_v1 \
    "FetchDialingPermissionsCountry" \
    "voice.v1.dialing_permissions.dialing_permissions_country-instance"
