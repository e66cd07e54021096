//! Why a check is not good: every reason with its sentences.
//!
//! The sentences are for the customer, in plain English: what happened, what to do, who must act. A code that is not listed here
//! is shown as it is, with Twilio's own text.

use super::WhoActs;

/// A reason with its sentences.
#[derive(Clone, Copy, Debug)]
pub struct Reason {
    /// A stable code.
    pub code: &'static str,
    /// What happened.
    pub sentence: &'static str,
    /// What to do.
    pub fix: &'static str,
    /// Who can do it.
    pub who_acts: WhoActs,
}

/// The reason of a code of Twilio's that Callab cannot explain.
pub const UNKNOWN_CODE: &str = "TWILIO_ERROR";

const fn customer(code: &'static str, sentence: &'static str, fix: &'static str) -> Reason {
    Reason {
        code,
        sentence,
        fix,
        who_acts: WhoActs::Customer,
    }
}

const fn callab(code: &'static str, sentence: &'static str, fix: &'static str) -> Reason {
    Reason {
        code,
        sentence,
        fix,
        who_acts: WhoActs::Callab,
    }
}

const fn twilio(code: &'static str, sentence: &'static str, fix: &'static str) -> Reason {
    Reason {
        code,
        sentence,
        fix,
        who_acts: WhoActs::Twilio,
    }
}

/// Every reason, in the order of the checks.
pub const REASONS: &[Reason] = &[
    // SID_FORMAT
    customer(
        "SID_MALFORMED",
        "The account SID is not one of Twilio's.",
        "Connect the account again with the SID that begins with AC, from the top of the Twilio Console.",
    ),
    // TOKEN_ACCEPTED
    customer(
        "DISCONNECTED",
        "The account is disconnected from Callab.",
        "Connect the account again.",
    ),
    callab(
        "NOT_YET_CHECKED",
        "The account has not been checked yet.",
        "Wait for the first check, or start a diagnosis.",
    ),
    callab(
        "REJECTED_ONCE",
        "Twilio rejected the credentials once; Callab is confirming it.",
        "Wait half a minute: one rejection alone proves nothing.",
    ),
    customer(
        "TOKEN_REJECTED",
        "Twilio rejects the account SID and the Auth Token together.",
        "Copy the Auth Token from the Twilio Console, without blanks, and enter it in Callab.",
    ),
    customer(
        "TOKEN_CHANGED_OR_SUSPENDED",
        "Twilio rejects the credentials that worked before: the Auth Token was changed there, or Twilio suspended or closed the account.",
        "Log in to the Twilio Console: if the account is active, copy the Auth Token and enter it in Callab; if not, ask Twilio's support.",
    ),
    customer(
        "TOKEN_ROTATED",
        "The Auth Token was changed at Twilio, and Callab still has the old one.",
        "Copy the new Auth Token from the Twilio Console and enter it in Callab.",
    ),
    customer(
        "WRONG_REGION",
        "The credentials belong to another Twilio region.",
        "Connect the account with the region that its credentials are from.",
    ),
    customer(
        "RIGHT_DENIED",
        "The credentials lack a right that Callab needs.",
        "Give the API key the right that is missing, or connect with the Auth Token.",
    ),
    customer(
        "TEST_CREDENTIALS",
        "These are Twilio's test credentials, which can call nobody.",
        "Enter the live Auth Token.",
    ),
    customer(
        "ACCOUNT_NOT_FOUND",
        "Twilio knows no account with this SID behind the credentials.",
        "Connect the account again with its own SID, from the top of the Twilio Console.",
    ),
    twilio(
        "TWILIO_SILENT",
        "Twilio does not answer Callab's questions about the account.",
        "Wait: nothing is concluded from a silence. Look at Twilio's status page if it lasts.",
    ),
    twilio(
        "THROTTLED",
        "Twilio asks Callab to slow down: too many requests of this account at the same time.",
        "Wait; if it stays so, look which of your own systems asks Twilio that often.",
    ),
    callab(
        "CANNOT_OPEN",
        "Callab cannot open the stored credentials, so it cannot ask Twilio.",
        "Tell Callab's support; it is on our side. Entering the Auth Token again helps as well.",
    ),
    customer(
        "PAUSED",
        "The account is paused in Callab: calls go on, and nothing is checked.",
        "Resume the account, if it is to be watched.",
    ),
    callab(
        "NOT_CHECKED_LATELY",
        "Callab has not asked Twilio about the account lately.",
        "Start a diagnosis; if it stays so, Callab's own background work is behind.",
    ),
    // ACCOUNT_ACTIVE
    customer(
        "ACCOUNT_SUSPENDED",
        "Twilio has suspended the account.",
        "Ask Twilio's support, or the owner of the parent account, why; only they can lift it.",
    ),
    customer(
        "ACCOUNT_CLOSED",
        "The account is closed at Twilio, for good.",
        "Connect another Twilio account.",
    ),
    customer(
        "ACCOUNT_SUSPENDED_OR_CLOSED",
        "Twilio has suspended or closed the account.",
        "Log in to the Twilio Console to see which, and ask Twilio's support.",
    ),
    customer(
        "PARENT_SUSPENDED",
        "The parent account is suspended or closed at Twilio, and its subaccounts with it.",
        "Have the owner of the parent account ask Twilio's support.",
    ),
    customer(
        "ACCOUNT_NOT_ACTIVE",
        "Twilio says that the account is not active, although it has credit: its sign-up may be unfinished, or it is under review.",
        "Log in to the Twilio Console and follow what it asks for.",
    ),
    customer(
        "VOICE_DISABLED",
        "Twilio has switched calls off for the account, mostly for a review.",
        "Ask Twilio's support.",
    ),
    callab(
        "STATUS_UNKNOWN",
        "Twilio does not tell the account's status to these credentials.",
        "Nothing has to be done while calls work: standard API keys may not read it.",
    ),
    // CREDIT
    customer(
        "NO_FUNDS",
        "Twilio refuses calls because the account has no credit.",
        "Add funds in the Twilio Console. Inbound calls may take 5 to 10 minutes to work again.",
    ),
    customer(
        "LOW_CREDIT",
        "The balance is at zero or below. Accounts that pay later may stand there and work.",
        "Add funds in the Twilio Console, unless the account is billed later.",
    ),
    customer(
        "BALANCE_UNDER_ALERT",
        "The balance is under the level of a billing alert.",
        "Add funds in the Twilio Console before it runs out.",
    ),
    callab(
        "BALANCE_UNKNOWN",
        "The balance is not known.",
        "Look in the Twilio Console if you doubt it.",
    ),
    customer(
        "BALANCE_OF_PARENT",
        "A subaccount has no balance of its own: its calls are paid by the parent account.",
        "Look at the parent account's balance in the Twilio Console.",
    ),
    // NUMBER_OWNED
    customer(
        "NUMBER_GONE",
        "Twilio no longer lists the number for this account: it was released, ported or moved to another account.",
        "Look for the number in the Twilio Console. If it is in another account, connect that one; if it is gone, remove the number here.",
    ),
    callab(
        "NUMBER_UNKNOWN",
        "Nobody asks Twilio about the number, because its account is disconnected.",
        "Connect the account again.",
    ),
    callab(
        "NOT_SYNCED",
        "The account's numbers have not been read from Twilio yet.",
        "Read the numbers again.",
    ),
    customer(
        "NO_NUMBER_IN_USE",
        "No number of the account is in use by Callab.",
        "Add a number and assign an agent to it.",
    ),
    // NUMBER_VOICE
    customer(
        "NO_VOICE",
        "The number cannot take calls.",
        "Use a number with the capability \"voice\".",
    ),
    customer(
        "FAX_MODE",
        "The number is set to receive faxes instead of calls.",
        "Set \"Accept incoming\" of the number to \"Voice calls\" in the Twilio Console.",
    ),
    // AGENT_ASSIGNED
    customer(
        "NUMBER_NOT_ADDED",
        "Callab does not use the number.",
        "Add the number in Callab, and assign an agent to it.",
    ),
    customer(
        "SETUP_NOT_FINISHED",
        "Set-up not finished: the number never had an agent.",
        "Assign an agent to the number.",
    ),
    customer(
        "NO_AGENT",
        "No agent is assigned to the number any more, so callers hear that nobody can take the call.",
        "Assign an agent to the number.",
    ),
    customer(
        "OUTBOUND_ONLY",
        "An agent calls from the number, and none answers it.",
        "Assign an agent to inbound calls, if it is meant to answer.",
    ),
    customer(
        "AGENT_REMOVED",
        "The agent that is assigned was removed.",
        "Assign another agent.",
    ),
    // AGENT_REACHABLE
    customer(
        "AGENT_UNREACHABLE",
        "The agent's address does not answer, so calls cannot be handed to it.",
        "Start the agent, and look whether its address and its firewall are right.",
    ),
    customer(
        "AGENT_FAILING",
        "The agent's address answers with an error of its own.",
        "Look into the agent's log.",
    ),
    customer(
        "AGENT_ADDRESS_PRIVATE",
        "The agent's address lies in a private network, where Twilio cannot reach it.",
        "Give the agent an address on the public internet.",
    ),
    customer(
        "AGENT_NAME_UNKNOWN",
        "The name in the agent's address does not exist.",
        "Correct the agent's address.",
    ),
    customer(
        "AGENT_TLS",
        "The agent's address has no valid TLS certificate.",
        "Renew the agent's certificate; Twilio refuses self-signed ones.",
    ),
    customer(
        "AGENT_CLOSES",
        "The agent's address takes connections and answers no plain request, so it cannot be said whether it takes calls.",
        "Make a test call.",
    ),
    customer(
        "STREAM_REFUSED",
        "The agent did not take Twilio's media stream.",
        "Look whether the agent takes web sockets at exactly this address.",
    ),
    customer(
        "STREAM_BROKE",
        "The agent broke the media stream off, or sent what Twilio cannot read.",
        "Look into the agent's log at the time of the call.",
    ),
    customer(
        "SIP_FAILED",
        "The agent's SIP address did not take the call.",
        "Look whether the SIP address is right and registered, and takes calls of Twilio's.",
    ),
    callab("NOT_ASKED", "It has not been asked yet.", "Start a diagnosis: it asks."),
    callab(
        "SIP_OVER_UDP",
        "Whether a SIP address answers over UDP cannot be said without calling it.",
        "Make a test call.",
    ),
    // ROUTING_OURS
    customer(
        "NOT_SET",
        "The number has no voice address at Twilio, so its calls go nowhere.",
        "Have Callab's routing repaired.",
    ),
    customer(
        "URL_CHANGED",
        "The number's voice address at Twilio was changed: its calls go elsewhere.",
        "Have Callab's routing repaired; or accept the change, and Callab stops using the number.",
    ),
    customer(
        "WRONG_METHOD",
        "The HTTP method of the number's voice address was changed, and Callab does not answer it.",
        "Have Callab's routing repaired.",
    ),
    customer(
        "OVERRIDDEN_BY_TRUNK",
        "A SIP trunk was put on the number, and Twilio sends the calls there.",
        "Have Callab's routing repaired; or accept the change, and Callab stops using the number.",
    ),
    customer(
        "OVERRIDDEN_BY_APPLICATION",
        "A TwiML application was put on the number, and Twilio asks it instead of Callab.",
        "Have Callab's routing repaired; or accept the change, and Callab stops using the number.",
    ),
    customer(
        "RECEIVES_FAXES",
        "The number was switched to receive faxes instead of calls.",
        "Set \"Accept incoming\" of the number to \"Voice calls\" in the Twilio Console.",
    ),
    customer(
        "OTHER_REGION",
        "Twilio routes the number's calls to another region, where Callab's setting has no effect.",
        "Set the number's voice region in the Twilio Console to the region of the connected account.",
    ),
    customer(
        "CALLBACKS_CHANGED",
        "The fallback or status address of the number was changed at Twilio. Calls come to Callab, and less is seen of them.",
        "Have Callab's routing repaired.",
    ),
    callab(
        "ROUTING_PENDING",
        "Callab's routing is being written at Twilio.",
        "Wait a moment.",
    ),
    callab(
        "ROUTING_NOT_WRITTEN",
        "Callab could not write its routing at Twilio.",
        "Mend what the checks before say, then have the routing repaired.",
    ),
    callab(
        "RETURN_PENDING",
        "The routing from before Callab is being given back.",
        "Wait, or assign an agent again.",
    ),
    // WEBHOOK_ANSWERED
    callab(
        "WEBHOOK_FAILED",
        "Twilio asked Callab what to do with a call and got no good answer.",
        "Tell Callab's support; it is on our side.",
    ),
    callab(
        "WEBHOOK_UNREACHABLE",
        "Twilio could not reach Callab.",
        "Tell Callab's support; it is on our side.",
    ),
    callab(
        "WEBHOOK_BAD_ANSWER",
        "Twilio could not read what Callab answered.",
        "Tell Callab's support; it is on our side.",
    ),
    callab(
        "PUBLIC_URL_NOT_SET",
        "Callab's public address is not configured, so Twilio cannot reach it.",
        "Tell Callab's support; it is on our side.",
    ),
    callab(
        "PUBLIC_URL_NOT_OURS",
        "Callab's public address does not lead to this installation.",
        "Tell Callab's support; it is on our side.",
    ),
    customer(
        "NO_CALL_YET",
        "No call has come in yet, so it has not been proved.",
        "Make a test call.",
    ),
    // SIGNATURE_VALID
    customer(
        "SIGNATURE_REFUSED",
        "Callab refuses Twilio's requests because they are not signed with the Auth Token that it has: the token was changed at Twilio.",
        "Copy the current Auth Token from the Twilio Console and enter it in Callab.",
    ),
    customer(
        "OTHER_ACCOUNT",
        "The number's calls come from another Twilio account than the one it is connected with: it was moved.",
        "Connect the account that has the number now.",
    ),
    // GEO_PERMISSION
    customer(
        "COUNTRY_NOT_PERMITTED",
        "The account may not call this country.",
        "Switch the country on under Voice, Settings, Geo permissions in the Twilio Console. It raises the risk of fraud: only where you need it.",
    ),
    customer(
        "HIGH_RISK_NOT_PERMITTED",
        "The account may call this country, but not its special or expensive numbers.",
        "Switch them on in the Geo permissions of the Twilio Console, only where you need them.",
    ),
    customer(
        "INTERNATIONAL_OFF",
        "International calls are switched off for the account.",
        "Switch them on in the Twilio Console, or ask Twilio's support.",
    ),
    customer(
        "DESTINATION_BLOCKED",
        "Twilio blocks calls to this number: for fraud, by a regulation, or because the account has no approved business profile.",
        "Approve a Primary Customer Profile in the Twilio Console, or ask Twilio's support.",
    ),
    customer(
        "DESTINATION_INVALID",
        "Twilio says that the number that was called is not valid or cannot be reached.",
        "Check the number that was called.",
    ),
    callab(
        "NO_DESTINATION",
        "No destination was named, and no call was refused for its country.",
        "Name a country or a number to have it checked.",
    ),
    // CALLER_ID
    customer(
        "CALLER_ID_NOT_OWNED",
        "Twilio does not let the account show this number as caller id: it is neither its own nor verified.",
        "Use a number of the account, or verify the number in the Twilio Console.",
    ),
    customer(
        "CALLER_ID_INVALID",
        "Twilio does not take the number as caller id: it is malformed or must not originate calls.",
        "Use another number of the account.",
    ),
    // TRIAL_LIMITS
    customer(
        "TRIAL_ACCOUNT",
        "A trial account calls, and is called by, verified numbers only, and says so at the beginning of each call.",
        "Upgrade the account in the Twilio Console, or verify each number.",
    ),
    customer(
        "TRIAL_NUMBER_NOT_VERIFIED",
        "A trial account may call verified numbers only, and this one is not.",
        "Verify the number in the Twilio Console, or upgrade the account.",
    ),
    customer(
        "TRIAL_CALLER_NOT_VERIFIED",
        "A trial account takes calls of verified numbers only, and this caller's is not.",
        "Verify the caller's number in the Twilio Console, or upgrade the account.",
    ),
    customer(
        "TRIAL_FEATURE",
        "The call needs something that trial accounts do not have.",
        "Upgrade the account in the Twilio Console.",
    ),
    customer(
        "TOO_MANY_CALLS",
        "The account may have no more calls at the same time: trial accounts and those without an approved business profile have few.",
        "Approve a business profile in the Twilio Console, or wait until a call ends.",
    ),
    // TWILIO_ERRORS
    customer(
        UNKNOWN_CODE,
        "Twilio reports an error that Callab cannot explain.",
        "Read Twilio's page about the code, or ask Callab's support.",
    ),
    twilio(
        "TWILIO_INTERNAL",
        "Twilio failed inside.",
        "Try again; look at Twilio's status page if it stays so.",
    ),
    callab(
        "CALLAB_REQUEST",
        "Twilio did not understand a request of Callab's.",
        "Tell Callab's support; it is on our side.",
    ),
    customer(
        "CALLBACK_LATE",
        "Twilio could not deliver a status report in time. Calls work, and less is seen of them.",
        "Nothing has to be done unless it stays so.",
    ),
    callab(
        "LOG_NOT_READ",
        "Twilio's error log of the account has not been read yet.",
        "Start a diagnosis: it reads the log.",
    ),
    // INCIDENTS
    twilio(
        "INCIDENT_OPEN",
        "Twilio reports an incident that concerns calls.",
        "Wait for Twilio; its status page tells how far it is.",
    ),
    callab(
        "STATUS_PAGE_NOT_READ",
        "Twilio's status page has not been read lately.",
        "Look at status.twilio.com.",
    ),
];

/// The sentences of a reason; none for a code of a newer release.
#[must_use]
pub fn explain(code: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.code == code)
}

/// What happened, with Twilio's code where there is one, and Twilio's words where Callab has none of its own.
#[must_use]
pub fn sentence(code: &str, twilio_code: Option<i32>, twilio_text: Option<&str>) -> String {
    let known = explain(code).map_or(code, |reason| reason.sentence);
    match (code, twilio_code, twilio_text) {
        (UNKNOWN_CODE, Some(number), Some(text)) => format!("Twilio reports error {number}: \"{text}\"."),
        (UNKNOWN_CODE, Some(number), None) => {
            format!("Twilio reports error {number}, which Callab cannot explain.")
        }
        (_, Some(number), _) => format!("{} ({number}).", known.trim_end_matches('.')),
        (_, None, _) => known.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_happened_and_what_to_do() {
        let mut seen = std::collections::HashSet::new();
        for reason in REASONS {
            assert!(seen.insert(reason.code), "{} stands twice", reason.code);
            for sentence in [reason.sentence, reason.fix] {
                assert!(
                    sentence.ends_with('.') && sentence.len() > 10,
                    "{}: {sentence}",
                    reason.code
                );
            }
        }
    }

    #[test]
    fn a_code_that_nobody_knows_is_told_with_twilios_words() {
        assert_eq!(
            sentence(UNKNOWN_CODE, Some(99_999), Some("Flux capacitor empty")),
            "Twilio reports error 99999: \"Flux capacitor empty\"."
        );
        assert_eq!(
            sentence("NO_FUNDS", Some(20005), None),
            "Twilio refuses calls because the account has no credit (20005)."
        );
        assert_eq!(sentence("A_NEWER_REASON", None, None), "A_NEWER_REASON");
    }
}
