//! For whom work is done that is no use case of its own, such as opening a credential: the audit log says so.

use std::sync::Arc;

use ::entity::{JobId, job};

use crate::{Request, Services};

/// For whom services work.
#[derive(Clone, Debug, Default)]
pub enum OnBehalf {
    /// Nobody asked: the process does it by itself.
    #[default]
    Callab,
    /// Someone's request.
    Request(Arc<Request>),
    /// A background job.
    Job {
        /// Its row.
        id: JobId,
        /// Its kind, such as `verify-account`.
        kind: String,
    },
    /// A webhook that says it is Twilio's. Whether it is, is found out with what is opened for it: until then anybody may have
    /// sent it.
    Webhook {
        /// The request's trace id.
        request_id: String,
        /// The address it came from.
        address: Option<String>,
    },
}

impl OnBehalf {
    /// A job's.
    #[must_use]
    pub fn job(job: &job::Model) -> Self {
        Self::Job {
            id: job.id,
            kind: job.kind.clone(),
        }
    }

    /// What it is done for, in one word: the kind of a job, else `request`, `webhook` or `process`.
    pub(crate) fn purpose(&self) -> &str {
        match self {
            Self::Callab => "process",
            Self::Request(_) => "request",
            Self::Job { kind, .. } => kind,
            Self::Webhook { .. } => "webhook",
        }
    }

    /// Whether a person waits for it. All else is routine.
    pub(crate) fn is_person(&self) -> bool {
        matches!(self, Self::Request(_))
    }
}

impl Services {
    /// The same services, working for someone.
    #[must_use]
    pub fn on_behalf_of(&self, whom: OnBehalf) -> Self {
        Self {
            on_behalf: whom,
            ..self.clone()
        }
    }
}
