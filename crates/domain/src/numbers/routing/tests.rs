use super::*;

const BASE: &str = "https://byot.callab.example";

fn elsewhere() -> Routing {
    Routing {
        voice_url: Some("https://crm.example/voice".to_owned()),
        voice_method: Some("GET".to_owned()),
        voice_receive_mode: Some("voice".to_owned()),
        status_callback: Some("https://crm.example/status".to_owned()),
        ..Routing::default()
    }
}

#[test]
fn the_writes_are_the_fields_that_differ_and_no_others() {
    let live = elsewhere();
    let wanted = ours(BASE, "ref", &live);
    let fields: Vec<Field> = writes(&live, &wanted).iter().map(|write| write.field).collect();
    // The fallback's and the callback's method are POST when unset, so they are not written.
    assert_eq!(
        fields,
        [
            Field::VoiceUrl,
            Field::VoiceMethod,
            Field::VoiceFallbackUrl,
            Field::StatusCallback
        ]
    );
    assert!(writes(&wanted, &wanted).is_empty());
}

#[test]
fn a_trunk_is_cleared_and_set_alone() {
    let live = Routing {
        trunk_sid: Some("TK1".to_owned()),
        ..elsewhere()
    };
    let wanted = ours(BASE, "ref", &live);
    let to_us = update(&writes(&live, &wanted));
    assert_eq!(
        (to_us.trunk_sid.as_deref(), to_us.voice_application_sid),
        (Some(""), None)
    );

    let back = give_back(
        &wanted,
        std::slice::from_ref(&wanted),
        &Routing {
            voice_application_sid: Some("AP1".to_owned()),
            ..elsewhere()
        },
    );
    let back = update(&back.writes);
    assert_eq!(
        (back.trunk_sid, back.voice_application_sid.as_deref()),
        (None, Some("AP1"))
    );
}

#[test]
fn everything_borrowed_comes_back_when_nobody_touched_it() {
    let borrowed = elsewhere();
    let written = ours(BASE, "ref", &borrowed);
    let back = give_back(&written, std::slice::from_ref(&written), &borrowed);
    assert_eq!((same(&back.wanted, &borrowed), back.left), (true, vec![]));
    assert_eq!(update(&back.writes).voice_fallback_url.as_deref(), Some(""));
}

#[test]
fn a_group_that_someone_changed_is_left_and_the_others_come_back() {
    let borrowed = Routing {
        trunk_sid: Some("TK1".to_owned()),
        ..elsewhere()
    };
    let written = ours(BASE, "ref", &borrowed);
    let live = Routing {
        voice_url: Some("https://new.example/voice".to_owned()),
        ..written.clone()
    };
    let back = give_back(&live, std::slice::from_ref(&written), &borrowed);
    assert_eq!(back.left, [Group::Voice]);
    assert_eq!(back.wanted.voice_url, live.voice_url);
    assert_eq!(
        back.wanted.trunk_sid, None,
        "the old trunk would silence the customer's new address"
    );
    assert_eq!(back.wanted.status_callback, borrowed.status_callback);
}

#[test]
fn a_group_that_is_back_already_is_neither_written_nor_reported() {
    let borrowed = elsewhere();
    let written = ours(BASE, "ref", &borrowed);
    let back = give_back(&borrowed, std::slice::from_ref(&written), &borrowed);
    assert_eq!((back.writes, back.left), (vec![], vec![]));
}

#[test]
fn only_an_effective_voice_url_of_ours_leads_to_us() {
    let written = ours(BASE, "ref", &Routing::default());
    assert!(leads_to_us(&written, BASE));
    assert!(!leads_to_us(
        &Routing {
            trunk_sid: Some("TK1".to_owned()),
            ..written.clone()
        },
        BASE
    ));
    assert!(!leads_to_us(&written, "https://other.example"));
    assert!(!leads_to_us(&elsewhere(), BASE));
}
