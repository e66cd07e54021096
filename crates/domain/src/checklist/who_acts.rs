//! Whose turn it is.

/// Who can do something about a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhoActs {
    /// The customer, at Twilio or in the web app.
    Customer,
    /// Callab.
    Callab,
    /// Twilio; one can only wait or ask its support.
    Twilio,
}
