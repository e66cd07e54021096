//! A text is a cursor of one list at most, and of one database's events only if that database made it.

use ::fuzz::Target;
use proptest::prelude::*;

use super::*;

const WORDS: &[&str] = &[
    "YWNjb3VudHMv",
    "Y2FsbHMv",
    "bnVtYmVycy8",
    "=",
    "-",
    "_",
    "A",
    "/",
    "MA",
    "\n",
];

const LISTS: [List; 15] = [
    List::Accounts,
    List::Numbers,
    List::Agents,
    List::Calls,
    List::Jobs,
    List::Health,
    List::Configuration,
    List::BillingAlerts,
    List::BillingEpisodes,
    List::Balances,
    List::NotificationEndpoints,
    List::Notifications,
    List::Activity,
    List::Audit,
    List::ApiKeys,
];

/// The order whose cursors stand in the corpus.
fn order() -> EventOrder {
    EventOrder::of([7; 32])
}

#[test]
fn a_text_is_a_cursor_of_one_list_at_most() {
    Target::new(env!("CARGO_MANIFEST_DIR"), "cursors", WORDS).texts(|cursor| {
        let mut lists = Vec::new();
        for list in LISTS {
            if let Ok((at, id)) = list.time(cursor) {
                prop_assert_eq!(list.time(&list.after_time(at, id)).ok(), Some((at, id)));
                lists.push(list);
            }
            if let Ok(id) = list.row(cursor) {
                prop_assert_eq!(list.row(&list.after_row(id)).ok(), Some(id));
                lists.push(list);
            }
        }
        prop_assert!(lists.len() <= 1, "{lists:?}");
        if let Ok(seq) = order().read(cursor) {
            prop_assert_eq!(order().cursor(seq), cursor, "what was not made here is none");
            prop_assert!(lists.is_empty());
        }
        prop_assert!(
            EventOrder::of([8; 32]).read(cursor).is_err(),
            "nor is another database's"
        );
        Ok(())
    });
}

#[test]
fn the_corpus_holds_a_cursor_of_each_kind() {
    let target = Target::new(env!("CARGO_MANIFEST_DIR"), "cursors", WORDS);
    let texts: Vec<String> = target
        .files()
        .iter()
        .map(|file| String::from_utf8_lossy(file).into_owned())
        .collect();
    for list in LISTS {
        assert!(
            texts
                .iter()
                .any(|text| list.time(text).is_ok() || list.row(text).is_ok()),
            "{list:?}"
        );
    }
    assert!(texts.iter().any(|text| order().read(text).is_ok()));
}
