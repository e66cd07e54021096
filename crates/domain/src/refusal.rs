//! Expected refusals: what a person did that cannot be done, and what they can do instead.

/// Declares the codes, with the sentence that the schema shows for each.
macro_rules! refusal_codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal),+ $(,)?) => {
        /// Why something was refused. Stable: programs branch on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum RefusalCode {
            $($(#[doc = $doc])+ $name,)+
        }

        impl RefusalCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The code as programs see it, such as `NUMBER_ALREADY_ADDED`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }

            /// The sentence above, for the schema.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($doc, "\n"),+).trim_ascii(),)+
                }
            }
        }
    };
}

refusal_codes! {
    /// There is no such thing in this workspace.
    NotFound = "NOT_FOUND",
    /// The text is empty.
    Empty = "EMPTY",
    /// The text is longer than allowed; the message says by how much.
    TooLong = "TOO_LONG",
    /// The text is not written as it has to be; the message says how.
    Malformed = "MALFORMED",
    /// The text holds control or invisible formatting characters. Type it again.
    ControlCharacters = "CONTROL_CHARACTERS",
    /// The same idempotency key was used with another input. Use a new key for a new request.
    IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED",
    /// Someone else changed the same thing at the same moment. Read it again and repeat.
    Conflict = "CONFLICT",

    /// The account SID is not `AC` and 32 hexadecimal digits. Copy it from the Twilio Console.
    AccountSidMalformed = "ACCOUNT_SID_MALFORMED",
    /// That is an API key (`SK…`), not an account SID (`AC…`). The account SID stands at the top of the Twilio Console.
    AccountSidIsApiKey = "ACCOUNT_SID_IS_API_KEY",
    /// The text cannot be an Auth Token. Copy it from the Twilio Console.
    AuthTokenMalformed = "AUTH_TOKEN_MALFORMED",
    /// An API key is `SK` and 32 hexadecimal digits, with its secret. Copy both from the Twilio Console.
    ApiKeyMalformed = "API_KEY_MALFORMED",
    /// The account is connected with an API key alone. Enter its Auth Token too: Twilio's webhooks can be verified with it only.
    AuthTokenNeeded = "AUTH_TOKEN_NEEDED",
    /// Twilio rejects the SID and token together. Copy both again.
    CredentialsRejected = "CREDENTIALS_REJECTED",
    /// The credentials belong to another Twilio region. Connect with the region that the message names.
    WrongRegion = "WRONG_REGION",
    /// These are test credentials, which can call nobody. Use the live ones.
    TestCredentials = "TEST_CREDENTIALS",
    /// Twilio has suspended the account. Only Twilio or the account's owner can lift that.
    AccountSuspended = "ACCOUNT_SUSPENDED",
    /// The account is closed for good. Connect another.
    AccountClosed = "ACCOUNT_CLOSED",
    /// Twilio says the account is not active: add funds, or finish its sign-up.
    AccountNotActive = "ACCOUNT_NOT_ACTIVE",
    /// The credentials lack a right that Callab needs.
    InsufficientRights = "INSUFFICIENT_RIGHTS",
    /// The account is connected already.
    AccountAlreadyConnected = "ACCOUNT_ALREADY_CONNECTED",
    /// The account is disconnected. Connect it again first.
    AccountDisconnected = "ACCOUNT_DISCONNECTED",
    /// The account is paused. Resume it first.
    AccountPaused = "ACCOUNT_PAUSED",
    /// Callab does not change the token of such an account: the message says why, and what to do instead.
    RotationNotOffered = "ROTATION_NOT_OFFERED",
    /// Callab is changing the account's token at this moment.
    RotationUnderWay = "ROTATION_UNDER_WAY",
    /// It cannot be undone, or has an effect elsewhere, which the message names. Confirm it.
    ConfirmationNeeded = "CONFIRMATION_NEEDED",
    /// The number of days is not between 1 and 3650, or it is missing, or there is no policy for it.
    RotationDaysInvalid = "ROTATION_DAYS_INVALID",
    /// With the new token some numbers in use cannot be reached; the message lists them. Remove them first.
    NumbersOutOfReach = "NUMBERS_OUT_OF_REACH",
    /// Twilio did not answer, or not in a way that can be read. Nothing was concluded from it; try again.
    TwilioUnreachable = "TWILIO_UNREACHABLE",
    /// Twilio asked us to slow down. Try again in a moment.
    TwilioThrottled = "TWILIO_THROTTLED",
    /// Twilio refused; its code is in `twilioCode`.
    TwilioRefused = "TWILIO_REFUSED",
    /// A limit of trial accounts. Verify the other number at Twilio, or upgrade the account.
    TrialLimit = "TRIAL_LIMIT",

    /// Twilio no longer lists the number for this account.
    NumberGone = "NUMBER_GONE",
    /// The number cannot take voice calls.
    NumberNotVoiceCapable = "NUMBER_NOT_VOICE_CAPABLE",
    /// The number is in use by Callab already.
    NumberAlreadyAdded = "NUMBER_ALREADY_ADDED",
    /// The number is in use by Callab elsewhere. It must be removed there first.
    NumberInUseElsewhere = "NUMBER_IN_USE_ELSEWHERE",
    /// The number is not in use by Callab. Add it first.
    NumberNotAdded = "NUMBER_NOT_ADDED",
    /// The text is not a phone number in the form `+14155550123`.
    NumberMalformed = "NUMBER_MALFORMED",

    /// An agent's endpoint is a `wss://` address or a `sip:` address.
    AgentEndpointInvalid = "AGENT_ENDPOINT_INVALID",
    /// Twilio opens no media stream to an address with a query string. Put what it says into the path.
    AgentEndpointHasQuery = "AGENT_ENDPOINT_HAS_QUERY",
    /// The agent is assigned; the message lists the numbers. Unassign it first.
    AgentInUse = "AGENT_IN_USE",
    /// No agent is assigned to the number in that direction.
    AgentNotAssigned = "AGENT_NOT_ASSIGNED",
    /// The number's routing at Twilio changed since the plan was shown. Look at the new plan and confirm it.
    RoutingChanged = "ROUTING_CHANGED",
    /// The number's routing at Twilio is the one that Callab wrote, so there is nothing to repair or to accept.
    RoutingNotDrifted = "ROUTING_NOT_DRIFTED",
    /// What was changed at Twilio does not decide who answers: calls still come to Callab. Remove the number, or
    /// unassign its agent, instead.
    CallsStillCome = "CALLS_STILL_COME",
    /// Callab's public address is not configured here, so Twilio could not reach it.
    PublicUrlNotSet = "PUBLIC_URL_NOT_SET",
    /// Callab's public address does not lead to this installation. Mend it, or confirm that it is right all the same.
    PublicUrlNotOurs = "PUBLIC_URL_NOT_OURS",

    /// A test call may go to the account's verified caller ids, the workspace's own numbers and Callab's echo line only.
    DestinationNotAllowed = "DESTINATION_NOT_ALLOWED",
    /// The limit of test calls for this number and hour is reached.
    TestCallLimit = "TEST_CALL_LIMIT",
    /// A test call of this number is running. Wait for it, or cancel it.
    TestCallRunning = "TEST_CALL_RUNNING",
    /// A call between these two numbers is under way.
    CallUnderWay = "CALL_UNDER_WAY",
    /// Agents do not call this kind of number, by the rule of Callab's operator.
    DestinationBarred = "DESTINATION_BARRED",
    /// The limit of calls that are placed for this number and hour is reached.
    CallLimit = "CALL_LIMIT",

    /// What the rule compares with is missing, out of its range, or not what this kind of rule takes; the message says which.
    ThresholdInvalid = "THRESHOLD_INVALID",
    /// The amount is not in the account's currency. Amounts are not converted: give one in the currency that the message names.
    CurrencyMismatch = "CURRENCY_MISMATCH",
    /// A subaccount's balance is its parent's. Connect the parent account in the same workspace first.
    BalanceIsParents = "BALANCE_IS_PARENTS",
    /// Twilio has no trigger for this kind of rule. Callab watches it without one.
    NotMirrorable = "NOT_MIRRORABLE",
    /// The account has as many billing alerts as it may have. Delete one first.
    TooManyAlerts = "TOO_MANY_ALERTS",
    /// A webhook is an `https` address of the public internet, without user and password.
    WebhookAddressNotAllowed = "WEBHOOK_ADDRESS_NOT_ALLOWED",
    /// The text is no e-mail address.
    EmailAddressInvalid = "EMAIL_ADDRESS_INVALID",
    /// This installation of Callab sends no mail. Use a webhook.
    EmailNotSetUp = "EMAIL_NOT_SET_UP",
    /// Mails are sent about billing alerts. Use a webhook for the rest.
    NotByEmail = "NOT_BY_EMAIL",
    /// The workspace has as many notification endpoints as it may. Delete one first.
    EndpointLimit = "ENDPOINT_LIMIT",
    /// The notification endpoint is disabled. Enable it first.
    EndpointDisabled = "ENDPOINT_DISABLED",
    /// The endpoint is told by mail, which is not signed.
    NoSigningSecret = "NO_SIGNING_SECRET",

    /// An API key cannot have this permission, or the one who makes it does not have it; the message names it.
    PermissionNotGrantable = "PERMISSION_NOT_GRANTABLE",
    /// The time at which the key is to end is over. Give one that is to come, or none.
    ExpiryPassed = "EXPIRY_PASSED",
    /// The workspace has as many API keys as it may. Revoke one first.
    ApiKeyLimit = "API_KEY_LIMIT",

    /// The job runs or is done, so it cannot be tried again.
    JobNotRetryable = "JOB_NOT_RETRYABLE",
    /// The same work waits already, in a newer job.
    JobSuperseded = "JOB_SUPERSEDED",
    /// The job finishes something that must not be left half-done. Undo what asked for it instead.
    JobNotCancelable = "JOB_NOT_CANCELABLE",
    /// It is over, so it cannot be stopped.
    AlreadyEnded = "ALREADY_ENDED",
}

/// One refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What programs branch on.
    pub code: RefusalCode,
    /// What happened and what to do, for people. Never a secret or foreign text.
    pub message: String,
    /// The input's field that it is about, in the schema's spelling.
    pub field: Option<&'static str>,
    /// Twilio's error code behind it.
    pub twilio_code: Option<i32>,
}

impl Refusal {
    /// A refusal about no field in particular.
    #[must_use]
    pub fn new(code: RefusalCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            twilio_code: None,
        }
    }

    /// The same, about a field of the input.
    #[must_use]
    pub fn on(self, field: &'static str) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }

    /// The same, with Twilio's code behind it.
    #[must_use]
    pub fn with_twilio_code(self, twilio_code: Option<i32>) -> Self {
        Self { twilio_code, ..self }
    }

    /// There is no such `thing` in the workspace: it never was, or it is another's.
    #[must_use]
    pub fn not_found(thing: &str, field: &'static str) -> Self {
        Self::new(
            RefusalCode::NotFound,
            format!("There is no such {thing} in this workspace."),
        )
        .on(field)
    }

    /// Twilio's page about [`Self::twilio_code`].
    #[must_use]
    pub fn help_url(&self) -> Option<String> {
        self.twilio_code
            .map(|code| format!("https://www.twilio.com/docs/api/errors/{code}"))
    }
}
