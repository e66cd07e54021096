//! Who acted, as an audit entry tells it.

use crate::Request;
use crate::on_behalf::OnBehalf;

/// Who acted, in which role, by which request and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub(super) actor: String,
    pub(super) role: String,
    pub(super) request_id: Option<String>,
    pub(super) address: Option<String>,
}

/// The word for the role of who types our commands. None of a token's: nobody has signed in.
pub(super) const OPERATOR: &str = "operator";

/// Who types a command that the audit log keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// As they named themselves, or as they are logged in.
    pub name: String,
    /// What the log and the audit log call this run of the command.
    pub request_id: String,
}

impl From<&Operator> for Who {
    fn from(operator: &Operator) -> Self {
        Self {
            actor: format!("{OPERATOR}/{}", operator.name),
            role: OPERATOR.to_owned(),
            request_id: Some(operator.request_id.clone()),
            address: None,
        }
    }
}

impl From<&Request> for Who {
    fn from(request: &Request) -> Self {
        Self {
            actor: request.actor.subject.clone(),
            role: request.actor.role.as_str().to_owned(),
            request_id: Some(request.request_id.clone()),
            address: request.address.clone(),
        }
    }
}

impl From<&OnBehalf> for Who {
    fn from(whom: &OnBehalf) -> Self {
        let ours = |name: &str, request_id| Self {
            actor: name.to_owned(),
            role: name.to_owned(),
            request_id,
            address: None,
        };
        match whom {
            OnBehalf::Request(request) => request.as_ref().into(),
            OnBehalf::Callab => ours("callab", None),
            OnBehalf::Job { id, .. } => ours("worker", Some(id.to_string())),
            // Not `twilio`: whoever posts to an address of ours has a token opened, and only that tells whether it was Twilio.
            OnBehalf::Webhook { request_id, address } => Self {
                address: address.clone(),
                ..ours("unverified webhook", Some(request_id.clone()))
            },
        }
    }
}
