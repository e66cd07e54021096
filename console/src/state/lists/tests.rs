use std::borrow::Cow;
use std::cmp::Ordering;

use chrono::TimeZone;

use super::*;

/// A row by the place in which it came to be: the newest has the highest.
#[derive(Clone, Debug, PartialEq)]
struct Item(String, u32);

impl From<&u32> for Item {
    fn from(place: &u32) -> Self {
        Self(place.to_string(), *place)
    }
}

impl Row for Item {
    const SORTS: &'static [&'static str] = &["newest"];
    const FIELDS: &'static [&'static str] = &["id"];

    fn id(&self) -> &str {
        &self.0
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "id").then_some(self.0.as_str().into())
    }

    fn whole(&self) -> String {
        self.0.clone()
    }

    fn compare(&self, other: &Self, _: usize) -> Ordering {
        other.1.cmp(&self.1)
    }
}

fn at(second: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 27, 14, 0, second).unwrap()
}

/// Reads a page, and tells what there is then.
fn take(list: &mut List<Item>, nodes: &[u32], after: Option<&str>, next: Option<&str>) -> Vec<u32> {
    let page = Page {
        nodes,
        beside: &[],
        after,
        next: next.map(ToOwned::to_owned),
    };
    list.take(page, at(0));
    let mut places: Vec<u32> = list.table.rows().map(|row| row.1).collect();
    places.sort_unstable_by(|a, b| b.cmp(a));
    places
}

#[test]
fn what_a_page_should_have_and_has_not_is_gone() {
    let mut list = List::<Item>::default();
    assert_eq!(take(&mut list, &[9, 8, 7], None, Some("p7")), [9, 8, 7]);
    assert_eq!(list.go_on().as_deref(), Some("p7"));
    assert_eq!(take(&mut list, &[6, 5], Some("p7"), Some("p5")), [9, 8, 7, 6, 5]);
    // 10 came, and pushed 7 to the next page; where the next begins stays.
    assert_eq!(take(&mut list, &[10, 9, 8], None, Some("p8")), [10, 9, 8, 7, 6, 5]);
    assert_eq!(list.next.as_deref(), Some("p5"));
    // 9 is gone: 7 is in the page again.
    assert_eq!(take(&mut list, &[10, 8, 7], None, Some("p7")), [10, 8, 7, 6, 5]);
    // All there is.
    assert_eq!(take(&mut list, &[8, 5], None, None), [8, 5]);
}

#[test]
fn a_list_that_is_begun_anew_has_what_is_read_then_and_what_was_there_until_then() {
    let mut list = List::<Item>::default();
    take(&mut list, &[9, 8], None, Some("p8"));
    assert_eq!(list.go_on().as_deref(), Some("p8"));
    take(&mut list, &[7, 6], Some("p8"), Some("p6"));
    assert_eq!(list.go_on().as_deref(), Some("p6"));
    list.begin_anew();
    assert_eq!(list.table.counts().0, 4, "it stays until it is replaced");
    assert_eq!(take(&mut list, &[9, 8], None, Some("p8")), [9, 8]);
    assert_eq!(
        take(&mut list, &[5], Some("p6"), None),
        [9, 8],
        "a page that was asked for before"
    );
    assert_eq!(list.next.as_deref(), Some("p8"));
    // So many are new that what is between is not known: it is read on from the new ones.
    assert_eq!(take(&mut list, &[30, 29], None, Some("p29")), [30, 29, 9, 8]);
    assert_eq!(list.next.as_deref(), Some("p29"));
}

#[test]
fn a_page_that_did_not_come_can_be_asked_for_again() {
    let mut list = List::<Item>::default();
    take(&mut list, &[9, 8], None, Some("p8"));
    assert_eq!(
        (list.go_on().as_deref(), list.go_on(), list.has_more()),
        (Some("p8"), None, true)
    );
    list.give_back("p8");
    assert_eq!(list.go_on().as_deref(), Some("p8"));
}

#[test]
fn no_more_rows_are_kept_than_it_is_said() {
    let mut list = List::<Item>::default();
    let kept = u32::try_from(KEPT).unwrap();
    let old: Vec<u32> = (1..=kept).rev().collect();
    take(&mut list, &old, None, Some("p1"));
    assert_eq!(list.next, None, "there is no room for more");
    for newest in kept + 1..kept + 5 {
        let page: Vec<u32> = (newest - 99..=newest).rev().collect();
        let places = take(&mut list, &page, None, Some("p"));
        assert_eq!((places.len(), places[0]), (KEPT, newest));
    }
}
