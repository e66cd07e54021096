//! The GraphQL documents that the demo sends.

pub(super) const CONNECT: &str = "mutation($input: ConnectTwilioAccountInput!) {
    connectTwilioAccount(input: $input) { account { id } userErrors { code message field } }
}";

pub(super) const ACCOUNT: &str = "query($id: ID!) { twilioAccount(id: $id) { sid syncedAt health { state } } }";

pub(super) const ACCOUNTS: &str = "{ twilioAccounts(first: 100) { edges { node { sid } } } }";

pub(super) const USABLE: &str = "query($account: ID!) {
    phoneNumbers(accountId: $account, usableForVoice: true, first: 100) { edges { node { id number } } }
}";

pub(super) const ADD: &str = "mutation($input: AddPhoneNumberInput!) {
    addPhoneNumber(input: $input) { phoneNumber { id } userErrors { code message field } }
}";

pub(super) const VERIFY: &str = "mutation($input: VerifyTwilioAccountInput!) {
    verifyTwilioAccount(input: $input) { account { id } userErrors { code message field } }
}";

pub(super) const RENAME: &str = "mutation($input: UpdatePhoneNumberInput!) {
    updatePhoneNumber(input: $input) { phoneNumber { id } userErrors { code message field } }
}";

pub(super) const REMOVE: &str = "mutation($input: RemovePhoneNumberInput!) {
    removePhoneNumber(input: $input) { phoneNumber { id } userErrors { code message field } }
}";

pub(super) const NUMBER_BY_ID: &str =
    "query($id: ID!) { phoneNumber(id: $id) { number state nickname routing liveRouting { voiceUrl } } }";

pub(super) const REGISTER: &str = "mutation($input: RegisterAgentInput!) {
    registerAgent(input: $input) { agent { id } userErrors { code message field } }
}";

pub(super) const PLAN: &str = "query($number: ID!, $agent: ID!) {
    routingPlan(phoneNumberId: $number, agentId: $agent) {
        plan { planId writes { field from to } liveRouting { voiceUrl } } userErrors { code message }
    }
}";

pub(super) const ASSIGN: &str = "mutation($input: AssignAgentInput!) {
    assignAgent(input: $input) { assignment { id } userErrors { code message field } }
}";

pub(super) const CALLS: &str = "query($number: ID!) {
    calls(phoneNumberId: $number, first: 10) { edges { node { sid direction status steps { kind } } } }
}";

pub(super) const START_TEST: &str = "mutation($input: StartTestCallInput!) {
    startTestCall(input: $input) { testCall { id } userErrors { code message field } }
}";

pub(super) const TEST_CALL: &str = "query($id: ID!) {
    testCall(id: $id) { verdict failedStep twilioCode steps { name state code detail } }
}";

pub(super) const SYNC: &str = "mutation($input: SyncNumbersInput!) {
    syncNumbers(input: $input) { account { id } userErrors { code message field } }
}";

pub(super) const PAUSE: &str = "mutation($input: PauseTwilioAccountInput!) {
    pauseTwilioAccount(input: $input) { account { id } userErrors { code message field } }
}";

pub(super) const ROTATE: &str = "mutation($input: RotateAuthTokenInput!) {
    rotateAuthToken(input: $input) { account { id } userErrors { code message field } }
}";

pub(super) const ROTATION: &str =
    "query($id: ID!) { twilioAccount(id: $id) { credentials { rotation { state reason } } } }";

pub(super) const DRIFT: &str = "query($id: ID!) {
    phoneNumber(id: $id) { routing drift { reason fields { field } } }
}";

pub(super) const REPAIR_PLAN: &str = "query($number: ID!) {
    routingPlan(phoneNumberId: $number) { plan { planId writes { field } } userErrors { code message } }
}";

pub(super) const REPAIR: &str = "mutation($input: RepairRoutingInput!) {
    repairRouting(input: $input) { phoneNumber { id } userErrors { code message field } }
}";

pub(super) const START_DIAGNOSIS: &str = "mutation($input: StartDiagnosisInput!) {
    startDiagnosis(input: $input) { diagnosisRun { id } userErrors { code message field } }
}";

pub(super) const DIAGNOSIS_RUN: &str = "query($id: ID!) {
    diagnosisRun(id: $id) { finishedAt diagnosis { summary cause { name reason fix whoActs } } }
}";

pub(super) const CREATE_ALERT: &str = "mutation($input: CreateBillingAlertInput!) {
    createBillingAlert(input: $input) { billingAlert { id } userErrors { code message field } }
}";

pub(super) const CHECK_BILLING: &str = "mutation($input: CheckBillingInput!) {
    checkBilling(input: $input) { account { id } userErrors { code message field } }
}";

pub(super) const EPISODES: &str = "query($account: ID!) {
    billingEpisodes(accountId: $account, first: 10) { edges { node { kind isOpen } } }
}";
