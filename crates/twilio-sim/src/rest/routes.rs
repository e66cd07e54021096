//! Which region answers a number: Routes v2.
//!
//! Source: <https://www.twilio.com/docs/global-infrastructure/inbound-processing-api>

use serde_json::{Value, json};

use super::{Answer, Ask, RestResult};
use crate::errors::Refusal;
use crate::numbers::SimNumber;
use crate::sim::Sim;
use crate::wire::iso_date;

const REGIONS: [&str; 3] = ["us1", "ie1", "au1"];

/// Answers everything of the product `routes` that is simulated: `/v2/PhoneNumbers/{E164}`, read and changed.
pub(super) fn answer(sim: &Sim, ask: &Ask<'_>) -> RestResult {
    let segments = ask.request.target.segments();
    let ["v2", "PhoneNumbers", number] = segments.as_slice() else {
        return Err(ask.not_found());
    };
    let mut number = find(sim, ask, &super::decoded(number))?;
    match ask.request.method.as_str() {
        "GET" => {}
        "POST" => {
            if let Some(region) = ask.form().filled("VoiceRegion") {
                if !REGIONS.contains(&region) {
                    return Err(Refusal::invalid(20422, "VoiceRegion is not a region"));
                }
                sim.change_number(&number.sid, |stored| region.clone_into(&mut stored.voice_region));
            }
            number = find(sim, ask, &number.phone_number)?;
        }
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(Answer::Json(200, show(ask, &number)))
}

/// A number of the account, by E.164 or SID.
fn find(sim: &Sim, ask: &Ask<'_>, wanted: &str) -> Result<SimNumber, Refusal> {
    let mut numbers = sim.numbers(&ask.account.sid).into_iter();
    let number = numbers.find(|number| number.phone_number == wanted || number.sid == wanted);
    number.ok_or_else(|| ask.not_found())
}

fn show(ask: &Ask<'_>, number: &SimNumber) -> Value {
    json!({
        "phone_number": number.phone_number,
        "url": ask.url(&format!("/v2/PhoneNumbers/{}", number.phone_number)),
        "sid": number.sid.replacen("PN", "QQ", 1),
        "account_sid": number.account_sid,
        "friendly_name": number.friendly_name,
        "voice_region": number.voice_region,
        "date_created": iso_date(number.created_at),
        "date_updated": iso_date(number.updated_at),
    })
}
