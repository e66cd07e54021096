//! What to ask of each root query, so that an answer shows all there is to see.

use serde_json::Value;

/// The document of a root query with these arguments, written out.
///
/// # Panics
/// When the query is new: say here what to ask of it.
#[must_use]
pub fn question(field: &str, arguments: &[(&str, Value)]) -> String {
    let given: Vec<String> = arguments
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    let given = if given.is_empty() {
        String::new()
    } else {
        format!("({})", given.join(", "))
    };
    format!("{{ {field}{given} {} }}", selection(field))
}

/// What to ask of a root query.
fn selection(field: &str) -> String {
    const ACCOUNT: &str =
        "id sid label state health { state } workspace { id name } phoneNumbers { nodes { id number } }";
    const NUMBER: &str =
        "id number nickname friendlyName routing account { id sid } inboundAssignment { id agent { id name } }";
    const AGENT: &str = "id externalId name endpoint assignments { id phoneNumber { id number } }";
    const CALL: &str =
        "id sid from to phoneNumber { id number } agent { id } steps { kind } account { id } error { code text }";
    const TEST: &str = "id kind to phoneNumber { id number } steps { name state }";
    const INTENT: &str = "id state outcome to phoneNumber { id number } agent { id } call { id sid }";
    const JOB: &str =
        "id kind state subject { id } account { id } report lastError failedAttempts { error } isCancelable";
    const DIAGNOSIS: &str = "summary account { id sid } phoneNumber { id number } cause { name } \
                             checks { name state reason sentence evidence phoneNumbers { id number } }";
    const NODE: &str = "{ __typename id ... on TwilioAccount { sid label } ... on PhoneNumber { number } ... on Agent { externalId } \
                        ... on AgentAssignment { agent { name } } ... on Call { sid } ... on TestCall { kind } ... on CallIntent { to } ... on BillingAlert { amount { amount } } ... on BillingEpisode { note } \
                        ... on NotificationEndpoint { address } ... on Notification { payload } ... on ApiKey { name } }";
    const ALERT: &str = "id kind amount { amount currency } account { id sid } openEpisode { id newest { value } }";
    const EPISODE: &str =
        "id kind isOpen openedWith { value threshold } alert { id } account { id sid } workspace { id }";
    const USAGE: &str = "account { id sid } periods { start total { amount } categories { name categories { name } } }";
    const PRICES: &str = "call { country outbound { price { amount } } } rentals { countryCode prices { numberType } }";
    const ENDPOINT: &str = "id channel address kinds enabled workspace { id }";
    const NOTIFICATION: &str = "id kind payload state failure attempts { status error } endpoint { id address }";
    let page = |row: &str| format!("{{ nodes {{ {row} }} pageInfo {{ hasNextPage }} }}");
    match field {
        "serverTime" | "schemaVersion" | "eventCursor" | "twilioAccountCount" => String::new(),
        "viewer" => "{ subject role permissions workspace { id externalId name } }".to_owned(),
        "twilioAccounts" => page(ACCOUNT),
        "twilioAccount" | "connectionHealth" => format!("{{ {ACCOUNT} }}"),
        "phoneNumbers" => page(NUMBER),
        "phoneNumber" => format!("{{ {NUMBER} }}"),
        "agents" => page(AGENT),
        "agent" => format!("{{ {AGENT} }}"),
        "calls" => page(CALL),
        "call" => format!("{{ {CALL} }}"),
        "testCall" => format!("{{ {TEST} }}"),
        "callIntent" => format!("{{ {INTENT} }}"),
        "unusualActivity" => page("id kind figures { name value } account { id sid } phoneNumber { id number }"),
        "routingPlan" => format!(
            "{{ plan {{ planId phoneNumber {{ {NUMBER} }} agent {{ {AGENT} }} }} userErrors {{ code message field }} }}"
        ),
        "diagnose" => format!("{{ {DIAGNOSIS} }}"),
        "diagnosisRun" | "diagnosis" => {
            format!("{{ id phoneNumber {{ id }} checks {{ name state }} diagnosis {{ {DIAGNOSIS} }} }}")
        }
        "supportBundle" => "{ markdown json }".to_owned(),
        "events" => page("kind at subjectId data subject { id } workspace { id }"),
        "jobs" => page(JOB),
        "job" => format!("{{ {JOB} }}"),
        "usage" => format!("{{ usage {{ {USAGE} }} userErrors {{ code message field }} }}"),
        "pricing" => format!("{{ pricing {{ {PRICES} }} userErrors {{ code message field }} }}"),
        "billingAlerts" => page(ALERT),
        "billingEpisodes" => page(EPISODE),
        "notificationEndpoints" => page(ENDPOINT),
        "notifications" => page(NOTIFICATION),
        "auditEntries" => page(
            "id at actor action subjectId subject { id } outcome code details traceId workspace { id } account { id sid }",
        ),
        "apiKeys" => page("id name beginning permissions state createdBy workspace { id }"),
        "jobCounts" => "{ waiting running failed oldestDueAt }".to_owned(),
        "testCallPlan" => {
            "{ targets { label to } limitPerHour leftThisHour estimatedCost { amount currency } maxSeconds }".to_owned()
        }
        "twilioStatus" => "{ indicator components { name } incidents { name } asOf isStale }".to_owned(),
        "node" | "nodes" => NODE.to_owned(),
        new => panic!("what is to be asked of {new}? Say so in tests/src/questions.rs"),
    }
}
