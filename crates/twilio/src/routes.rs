//! In which region Twilio handles a number's calls.

use reqwest::Method;
use serde::Deserialize;

use crate::open_enum::open_enum;
use crate::request::{Product, Request, path_segment};
use crate::{Region, fields};

open_enum! {
    /// The region that handles a number's inbound calls. It takes the number's configuration of that region: a voice URL set
    /// in another may have no effect.
    VoiceRegion {
        /// United States.
        Us1 = "us1",
        /// Ireland.
        Ie1 = "ie1",
        /// Australia.
        Au1 = "au1",
    }
}

impl VoiceRegion {
    /// The region, where it is one that requests can be sent to.
    #[must_use]
    pub fn region(&self) -> Option<Region> {
        self.as_str().parse().ok()
    }
}

/// A number's route, of which only the region is read.
#[derive(Debug, Deserialize)]
pub(crate) struct Route {
    #[serde(default, deserialize_with = "fields::word")]
    pub(crate) voice_region: Option<VoiceRegion>,
}

pub(crate) fn fetch(phone_number: &str) -> Request {
    let path = format!("/v2/PhoneNumbers/{}", path_segment(phone_number));
    Request::to("FetchPhoneNumber", Method::GET, Product::Routes, path)
}
