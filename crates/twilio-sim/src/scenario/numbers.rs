//! What can happen to numbers.

use crate::accounts::AccountSpec;
use crate::numbers::SimNumber;
use crate::sim::Sim;

/// Lets a change happen to each of the numbers. Gives whether it is one of these.
pub(super) fn happen(sim: &Sim, numbers: &[String], name: &str) -> bool {
    let change: &dyn Fn(&mut SimNumber) = match name {
        "number_released" => {
            for sid in numbers {
                sim.release_number(sid);
            }
            return true;
        }
        "number_moved" => {
            let to = sim.add_account(AccountSpec {
                friendly_name: "Another owner".to_owned(),
                ..AccountSpec::default()
            });
            for sid in numbers {
                sim.move_number(sid, &to.sid);
            }
            return true;
        }
        "overridden_by_application" => {
            for sid in numbers {
                give_application(sim, sid);
            }
            return true;
        }
        "overridden_by_trunk" => {
            let trunk_sid = sim.state().sids.next("TK");
            return each(sim, numbers, &|number| {
                number.trunk_sid.clone_from(&trunk_sid);
                number.voice_application_sid.clear();
            });
        }
        "not_voice_enabled" => &|number| number.capabilities.voice = false,
        "fax_mode" => &|number| "fax".clone_into(&mut number.voice_receive_mode),
        "routing_not_set" => &|number| {
            number.voice_url.clear();
            number.voice_fallback_url.clear();
            number.status_callback.clear();
        },
        "url_changed" => &|number| "https://ivr.example.com/voice".clone_into(&mut number.voice_url),
        "wrong_method" => &|number| "GET".clone_into(&mut number.voice_method),
        "other_region" => &|number| {
            let region = if number.voice_region == "ie1" { "au1" } else { "ie1" };
            region.clone_into(&mut number.voice_region);
        },
        _ => return false,
    };
    each(sim, numbers, change)
}

fn each(sim: &Sim, numbers: &[String], change: &dyn Fn(&mut SimNumber)) -> bool {
    for sid in numbers {
        sim.change_number(sid, change);
    }
    true
}

fn give_application(sim: &Sim, number_sid: &str) {
    let Some(number) = sim.number(number_sid) else {
        return;
    };
    let application = sim.add_application(&number.account_sid, "https://ivr.example.com/application");
    sim.change_number(number_sid, |number| {
        number.voice_application_sid = application;
        number.trunk_sid.clear();
    });
}
