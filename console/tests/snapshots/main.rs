//! What every screen looks like in every state that it can be in: at three sizes, with a fixed clock and fixed data.
//!
//! A picture that is missing fails the test: `cargo insta review` shows what is new, and takes it over.

mod age;
#[expect(dead_code, reason = "it serves the other tests as well")]
#[path = "../api/mod.rs"]
mod api;
mod clicks;
mod data;
mod dump;
mod fake;
mod filters;
mod fresh;
mod keys;
mod lists;
mod opened;
mod overlays;
mod plain;
mod played;
mod signed_out;
mod test_call;

use console::look::Theme;
use console::state::{Asks, Focus, Overlay};

use dump::{SIZES, picture, texts};
use played::{Played, Shown, State};

/// Every screen in every state.
#[test]
fn every_screen_is_known_in_every_state() {
    let mut names = Vec::new();
    for shown in Shown::ALL {
        for state in State::ALL {
            let name = format!("{}__{}", shown.name(), state.name());
            let mut played = Played::in_state(shown, state);
            let pictures: Vec<String> = SIZES.iter().map(|size| picture(&mut played.model, *size)).collect();
            if !is_as_ever(shown, state) {
                let as_ever = Played::in_state(shown, State::ReadOnly);
                assert_ne!(whole(as_ever), pictures, "{name} cannot be told from what is well");
            }
            insta::assert_snapshot!(name.clone(), pictures.join("\n"));
            names.push(format!("snapshots__{name}.snap"));
        }
    }
    // Nothing that is not drawn any more stays behind.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/snapshots");
    let kept = std::fs::read_dir(folder).expect("the pictures");
    let kept = kept.map(|file| file.expect("a file").file_name().into_string().expect("a name"));
    let strange: Vec<String> = kept
        .filter(|name| !names.contains(name) && !name.contains("__look_") && !is_of_another_test(name))
        .collect();
    assert!(
        strange.is_empty(),
        "no screen in a state has these pictures: {strange:?}"
    );
}

fn whole(mut played: Played) -> Vec<String> {
    SIZES.iter().map(|size| picture(&mut played.model, *size)).collect()
}

/// Whether nothing tells a state of a screen from its usual one: there is nothing to filter, and what is told is told whole.
fn is_as_ever(shown: Shown, state: State) -> bool {
    state == State::ReadOnly || shown == Shown::TestCall
}

/// Those have names of their own.
fn is_of_another_test(name: &str) -> bool {
    ["snapshots__plain__", "snapshots__dialog__"]
        .iter()
        .any(|begin| name.starts_with(begin))
}

/// Every question that is asked before something is done: what, of whom, at whose cost; it begins at Cancel.
#[test]
fn every_dialog_is_known() {
    for asks in Asks::ALL {
        let mut played = Played::asked(*asks);
        let Some(Overlay::Dialog(dialog)) = &played.model.overlay else {
            panic!("{asks:?} is not asked:\n{}", texts(&mut played.model, SIZES[0]));
        };
        assert_eq!((dialog.asks, dialog.focus), (*asks, Focus::Cancel));
        let pictures: Vec<String> = SIZES.iter().map(|size| picture(&mut played.model, *size)).collect();
        let name = format!("dialog__{asks:?}").to_lowercase();
        insta::assert_snapshot!(name, pictures.join("\n"));
    }
}

/// The same screen in ASCII, without colour, and for a light background.
#[test]
fn every_screen_is_known_in_every_look() {
    for shown in Shown::ALL {
        for (name, theme, ascii) in [
            ("ascii", Theme::Dark, true),
            ("mono", Theme::Mono, false),
            ("light", Theme::Light, false),
            ("neutral", Theme::Neutral, false),
        ] {
            let mut played = Played::in_state(shown, State::ReadOnly);
            played.model.look.theme = theme;
            played.model.look.ascii = ascii;
            let picture = picture(&mut played.model, SIZES[0]);
            assert!(!ascii || picture.is_ascii(), "{picture}");
            assert!(theme != Theme::Mono || !picture.contains("fg="), "{picture}");
            insta::assert_snapshot!(format!("{}__look_{name}", shown.name()), picture);
        }
    }
}
