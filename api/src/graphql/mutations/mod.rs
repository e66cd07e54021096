//! Changes, one file a mutation. Each parses its input, calls one use case, and shows how it ended; the rules are in `domain`.

mod add_number;
mod assign_agent;
mod cancel_job;
mod cancel_test_call;
mod connect_account;
mod create_notification_endpoint;
mod delete_notification_endpoint;
mod disconnect_account;
mod pause_account;
mod register_agent;
mod remove_agent;
mod remove_number;
mod resend_notification;
mod resume_account;
mod retry_job;
mod rotate_notification_secret;
mod send_test_notification;
mod settled;
mod start_diagnosis;
mod start_test_call;
mod sync_numbers;
mod unassign_agent;
mod update_account;
mod update_agent;
mod update_notification_endpoint;
mod update_number;
mod verify_account;

use async_graphql::MergedObject;

/// What can be changed. A refusal that a person can do something about is in the payload's `userErrors`, and nothing was changed
/// then; a top-level error is a fault, or a role that does not allow it.
#[derive(MergedObject, Default)]
pub(super) struct Mutation(
    connect_account::ConnectTwilioAccount,
    update_account::UpdateTwilioAccount,
    verify_account::VerifyTwilioAccount,
    sync_numbers::SyncNumbers,
    pause_account::PauseTwilioAccount,
    resume_account::ResumeTwilioAccount,
    disconnect_account::DisconnectTwilioAccount,
    add_number::AddPhoneNumber,
    update_number::UpdatePhoneNumber,
    remove_number::RemovePhoneNumber,
    register_agent::RegisterAgent,
    update_agent::UpdateAgent,
    remove_agent::RemoveAgent,
    assign_agent::AssignAgent,
    unassign_agent::UnassignAgent,
    start_test_call::StartTestCall,
    cancel_test_call::CancelTestCall,
    start_diagnosis::StartDiagnosis,
    retry_job::RetryJob,
    cancel_job::CancelJob,
    create_notification_endpoint::CreateNotificationEndpoint,
    update_notification_endpoint::UpdateNotificationEndpoint,
    delete_notification_endpoint::DeleteNotificationEndpoint,
    rotate_notification_secret::RotateNotificationSecret,
    send_test_notification::SendTestNotification,
    resend_notification::ResendNotification,
);
