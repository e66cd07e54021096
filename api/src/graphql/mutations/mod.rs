//! Changes, one file a mutation. Each parses its input, calls one use case, and shows how it ended; the rules are in `domain`.

mod accept_routing;
mod acknowledge_billing_episode;
mod add_number;
mod api_keys;
mod assign_agent;
mod cancel_job;
mod cancel_test_call;
mod check_billing;
mod connect_account;
mod create_billing_alert;
mod delete_billing_alert;
mod disconnect_account;
mod notifications;
mod pause_account;
mod place_call;
mod register_agent;
mod remove_agent;
mod remove_number;
mod repair_routing;
mod resume_account;
mod retry_job;
mod reveal_number;
mod rotate_auth_token;
mod set_rotation_policy;
mod settled;
mod start_diagnosis;
mod start_test_call;
mod sync_numbers;
mod unassign_agent;
mod update_account;
mod update_agent;
mod update_billing_alert;
mod update_number;
mod verify_account;

use async_graphql::MergedObject;

/// What can be changed. A refusal that a person can do something about is in the payload's `userErrors`, and nothing was changed
/// then; a top-level error is a fault, or a role that does not allow it.
// One group an area: the future of a merged object holds those of all that come after it, so one long row would need much of the
// stack for each mutation.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    AccountMutations,
    NumberMutations,
    AgentMutations,
    CallMutations,
    JobMutations,
    BillingMutations,
    notifications::NotificationMutations,
    api_keys::ApiKeyMutations,
);

/// Those about Twilio accounts.
#[derive(MergedObject, Default)]
struct AccountMutations(
    connect_account::ConnectTwilioAccount,
    update_account::UpdateTwilioAccount,
    verify_account::VerifyTwilioAccount,
    sync_numbers::SyncNumbers,
    pause_account::PauseTwilioAccount,
    resume_account::ResumeTwilioAccount,
    disconnect_account::DisconnectTwilioAccount,
    rotate_auth_token::RotateAuthToken,
    set_rotation_policy::SetRotationPolicy,
);

/// Those about phone numbers.
#[derive(MergedObject, Default)]
struct NumberMutations(
    add_number::AddPhoneNumber,
    update_number::UpdatePhoneNumber,
    remove_number::RemovePhoneNumber,
    repair_routing::RepairRouting,
    accept_routing::AcceptRouting,
    reveal_number::RevealNumber,
);

/// Those about agents.
#[derive(MergedObject, Default)]
struct AgentMutations(
    register_agent::RegisterAgent,
    update_agent::UpdateAgent,
    remove_agent::RemoveAgent,
    assign_agent::AssignAgent,
    unassign_agent::UnassignAgent,
);

/// Those about calls.
#[derive(MergedObject, Default)]
struct CallMutations(
    start_test_call::StartTestCall,
    cancel_test_call::CancelTestCall,
    place_call::PlaceCall,
    start_diagnosis::StartDiagnosis,
);

/// Those about background jobs.
#[derive(MergedObject, Default)]
struct JobMutations(retry_job::RetryJob, cancel_job::CancelJob);

/// Those about what an account costs.
#[derive(MergedObject, Default)]
struct BillingMutations(
    check_billing::CheckBilling,
    create_billing_alert::CreateBillingAlert,
    update_billing_alert::UpdateBillingAlert,
    delete_billing_alert::DeleteBillingAlert,
    acknowledge_billing_episode::AcknowledgeBillingEpisode,
);
