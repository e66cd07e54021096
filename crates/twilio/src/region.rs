//! Where at Twilio an account's credentials and data live.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Twilio region. Credentials are per region: those of one are rejected in the others.
///
/// Source: <https://www.twilio.com/docs/global-infrastructure/using-the-twilio-rest-api-in-a-non-us-region>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// United States, where an account is unless it chose otherwise.
    #[default]
    Us1,
    /// Ireland.
    Ie1,
    /// Australia.
    Au1,
}

impl Region {
    /// Twilio's name of the region, as in host names.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Us1 => "us1",
            Self::Ie1 => "ie1",
            Self::Au1 => "au1",
        }
    }

    /// The edge: the place where requests for this region enter Twilio's network.
    #[must_use]
    pub fn edge(self) -> &'static str {
        match self {
            Self::Us1 => "ashburn",
            Self::Ie1 => "dublin",
            Self::Au1 => "sydney",
        }
    }
}

/// The text names none of Twilio's regions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a Twilio region is us1, ie1 or au1")]
pub struct UnknownRegion;

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(text: &str) -> Result<Self, UnknownRegion> {
        [Self::Us1, Self::Ie1, Self::Au1]
            .into_iter()
            .find(|region| region.as_str() == text)
            .ok_or(UnknownRegion)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
