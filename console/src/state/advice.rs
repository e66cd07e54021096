//! What is to be said first of an open connection: who must act, why, and what to do.

use super::connection::Connection;
use super::detail::Detail;

/// Who must act, why, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Who must act, in the console's words; none where nobody has to.
    pub who: Option<String>,
    /// What is the matter.
    pub what: String,
    /// What to do about it.
    pub fix: Option<String>,
    /// The reply for the customer.
    pub reply: String,
}

impl Advice {
    /// Of the check that explains the trouble; where none fails, of the reason why the connection is not healthy.
    #[must_use]
    pub fn of(row: Option<&Connection>, detail: &Detail) -> Self {
        let cause = detail.cause.and_then(|place| detail.checks.get(place));
        let reason = row.and_then(|row| Some((row.cause.as_ref()?, row.likely_cause())));
        match (cause, reason) {
            (Some(check), _) => Self {
                who: check.who.clone(),
                what: check.sentence.clone().unwrap_or_else(|| check.evidence.clone()),
                fix: check.fix.clone(),
                reply: detail.summary.clone(),
            },
            (None, Some((reason, told))) => {
                let what = format!("{}.", told.trim_end_matches('.'));
                let acts = match reason.who.as_deref() {
                    Some("CUSTOMER") => " You have to act.",
                    Some("US") => " Callab has to act.",
                    Some("TWILIO") => " Twilio has to act.",
                    _ => "",
                };
                Self {
                    who: reason.who.clone(),
                    reply: format!("{what}{acts}"),
                    what,
                    fix: None,
                }
            }
            (None, None) => Self {
                who: None,
                what: detail.summary.clone(),
                fix: None,
                reply: detail.summary.clone(),
            },
        }
    }

    /// All of it, for the operator: who must act comes first.
    #[must_use]
    pub fn whole(&self) -> String {
        let fix = self.fix.as_deref().map(|fix| format!(" {fix}"));
        self.led_by_who(&format!("{}{}", self.what, fix.unwrap_or_default()))
    }

    /// Who must act and what to do, where there is little room: what is the matter only where nobody knows what to do.
    #[must_use]
    pub fn brief(&self) -> String {
        self.led_by_who(self.fix.as_deref().unwrap_or(&self.what))
    }

    fn led_by_who(&self, text: &str) -> String {
        let who = self.who.as_deref().map(|who| format!("{who} must act: "));
        format!("{}{text}", who.unwrap_or_default())
    }
}
