use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;

fn target() -> Target {
    Target::new(env!("CARGO_MANIFEST_DIR"), "example", &["word"])
}

#[test]
fn each_file_is_tried_as_it_is_and_so_many_inputs_that_are_made_of_them() {
    let (tried, different) = (Cell::new(0), RefCell::new(HashSet::new()));
    target().bytes(|bytes| {
        tried.set(tried.get() + 1);
        different.borrow_mut().insert(bytes.to_vec());
        Ok(())
    });
    let different = different.into_inner();
    assert_eq!(tried.get(), 2 + cases());
    for file in target().files() {
        assert!(different.contains(file));
    }
    assert!(different.len() > 900, "{}", different.len());
    assert!(different.iter().any(|bytes| bytes.len() > 10_000));
    assert!(
        different
            .iter()
            .any(|bytes| bytes.windows(4).any(|piece| piece == b"word"))
    );
}

/// The property is broken by inputs that hold two bytes of a word, and by a panic: both are found, made small, and kept.
#[test]
fn what_breaks_a_property_is_found_made_small_and_kept() {
    let quietly = |bytes: &[u8]| {
        prop_assert!(!bytes.contains(&0xff), "holds 255");
        Ok(())
    };
    let failed = catch_unwind(AssertUnwindSafe(|| target().bytes(quietly))).expect_err("it is broken");
    let told = failed.downcast_ref::<String>().expect("a text");
    let file = told
        .split("The input is ")
        .nth(1)
        .and_then(|rest| rest.split(". Once").next());
    let kept = fs::read(file.expect(told)).expect("the input is kept");
    assert!(kept.contains(&0xff), "{told}");
    assert!(kept.len() < 60, "one file and one byte: {told}");
    let _ = fs::remove_file(file.expect("seen above"));
}

#[test]
#[should_panic(expected = "No such file")]
fn a_target_without_a_corpus_fails() {
    let _ = Target::new(env!("CARGO_MANIFEST_DIR"), "nowhere", &[]);
}
