use chrono::TimeZone;

use super::*;

#[derive(Clone, Debug, PartialEq)]
struct Item(&'static str, u32);

impl Row for Item {
    const SORTS: &'static [&'static str] = &["worst"];
    const FIELDS: &'static [&'static str] = &["id"];

    fn id(&self) -> &str {
        self.0
    }

    fn field(&self, name: &str) -> Option<Cow<'_, str>> {
        (name == "id").then_some(self.0.into())
    }

    fn whole(&self) -> String {
        self.0.to_owned()
    }

    fn compare(&self, other: &Self, _: usize) -> Ordering {
        self.1.cmp(&other.1)
    }

    fn is_problem(&self) -> bool {
        self.1 < 3
    }
}

fn at(second: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 27, 14, 0, second).unwrap()
}

fn table(items: &[(&'static str, u32)]) -> Table<Item> {
    let mut table = Table::default();
    for (id, rank) in items {
        table.put(Item(id, *rank), at(0));
    }
    table.arranged(table.plan_now().arrange());
    table
}

fn shown(table: &Table<Item>) -> Vec<&str> {
    table.visible(100).map(|(_, row)| row.id()).collect()
}

#[test]
fn a_table_that_stays_at_the_top_shows_what_is_newest_until_somebody_moves() {
    let mut table = table(&[("b", 2)]);
    table.stay_at_top();
    let early = table.plan_now();
    table.put(Item("a", 1), at(0));
    let late = table.plan_now();
    // The first order may be made after the second was asked for.
    table.arranged(early.arrange());
    table.arranged(late.arrange());
    assert_eq!(table.selected().unwrap().id(), "a");
    table.step(1, at(0));
    table.put(Item("0", 0), at(0));
    table.arranged(table.plan_now().arrange());
    assert_eq!(table.selected().unwrap().id(), "b", "who moved stays on their row");
}

#[test]
fn only_the_first_rows_are_kept_where_there_are_too_many() {
    let mut table = table(&[("c", 3), ("a", 1), ("b", 2)]);
    assert_eq!(table.keep_first(3), 0);
    assert_eq!(table.keep_first(2), 1);
    assert_eq!((shown(&table), table.counts()), (vec!["a", "b"], (2, 2)));
    table.put(Item("b", 0), at(0));
    table.arranged(table.plan_now().arrange());
    assert_eq!(shown(&table), ["b", "a"], "rows are found by their ids");
}

#[test]
fn the_cursor_follows_its_row_and_not_its_place() {
    let mut table = table(&[("a", 1), ("b", 2), ("c", 3)]);
    table.step(1, at(0));
    assert_eq!(table.selected().unwrap().id(), "b");
    table.put(Item("b", 9), at(0));
    assert_eq!(table.selected().unwrap().1, 9, "the value changes in place");
    assert_eq!(shown(&table), ["a", "b", "c"]);
    assert!(table.plan(at(2)).is_none(), "rows do not move under a moving cursor");
    table.arranged(table.plan(at(3)).unwrap().arrange());
    assert_eq!((shown(&table), table.cursor()), (vec!["a", "c", "b"], 2));
    assert_eq!(table.selected().unwrap().id(), "b");
}

#[test]
fn a_row_that_is_gone_is_selected_no_more_until_the_cursor_moves() {
    let mut table = table(&[("a", 1), ("b", 2), ("c", 3)]);
    table.step(1, at(0));
    table.filter = Filter::parse("!id:b");
    table.arranged(table.plan_now().arrange());
    assert_eq!((shown(&table), table.cursor()), (vec!["a", "c"], 1));
    assert_eq!(table.selected(), None, "an action would meet another row");
    table.step(0, at(1));
    assert_eq!(table.selected().unwrap().id(), "c");
}

#[test]
fn the_first_row_is_selected_where_the_operator_hid_the_selected_one() {
    let mut table = table(&[("a", 1), ("b", 2), ("c", 3)]);
    table.step(1, at(0));
    let early = table.plan_now();
    table.filter = Filter::parse("nothing");
    table.look_anew();
    table.arranged(early.arrange());
    assert_eq!(table.selected().unwrap().id(), "b", "that order was made before");
    table.arranged(table.plan_now().arrange());
    assert_eq!((shown(&table).len(), table.selected()), (0, None));
    table.filter = Filter::parse("!id:b");
    table.arranged(table.plan_now().arrange());
    assert_eq!((table.selected().unwrap().id(), table.cursor()), ("a", 0));
    // What is gone by itself afterwards is not followed by another.
    table.begin_reading();
    for (id, rank) in [("b", 2), ("c", 3)] {
        table.put(Item(id, rank), at(0));
    }
    table.forget_unread();
    assert_eq!((shown(&table), table.selected()), (vec!["c"], None));
    // One that is still shown stays selected.
    table.step(0, at(1));
    table.filter = Filter::default();
    table.look_anew();
    table.arranged(table.plan_now().arrange());
    assert_eq!((table.selected().unwrap().id(), table.cursor()), ("c", 1));
}

#[test]
fn a_filter_by_a_field_that_there_is_not_shows_nothing_whatever_it_says_of_it() {
    let mut table = table(&[("a", 1), ("b", 2)]);
    for filter in ["idd:a", "!idd:a", "a idd:b"] {
        table.filter = Filter::parse(filter);
        table.arranged(table.plan_now().arrange());
        assert_eq!(shown(&table).len(), 0, "{filter}");
    }
}

#[test]
fn a_row_that_is_read_again_without_news_changes_its_age_alone() {
    let mut table = table(&[("a", 1), ("b", 2)]);
    let before = table.generation();
    table.put(Item("a", 1), at(9));
    assert_eq!((table.generation(), table.told_at("a")), (before, Some(at(9))));
    assert!(table.plan(at(9)).is_none(), "there is nothing to order");
    // An answer that was on its way while something newer was told.
    table.put(Item("a", 7), at(8));
    assert_eq!((table.get("a"), table.told_at("a")), (Some(&Item("a", 1)), Some(at(9))));
    table.put(Item("a", 7), at(10));
    assert_eq!((table.get("a"), table.told_at("c")), (Some(&Item("a", 7)), None));
    assert!(table.plan(at(10)).is_some());
}

#[test]
fn frozen_rows_stay_and_what_waits_is_counted() {
    let mut table = table(&[("a", 1), ("b", 2)]);
    table.freeze(at(0));
    table.put(Item("b", 0), at(0));
    assert!(table.plan(at(50)).is_none());
    assert_eq!(table.frozen(), Some((at(0), 1)));
    table.freeze(at(51));
    assert_eq!(table.plan(at(51)).unwrap().arrange().order, [1, 0]);
}

#[test]
fn problems_are_found_around_the_ends() {
    let mut table = table(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    table.to_end(true, at(0));
    assert!(table.to_problem(true, at(0)));
    assert_eq!(table.selected().unwrap().id(), "a");
    assert!(table.to_problem(false, at(0)));
    assert_eq!(table.selected().unwrap().id(), "b");
    let mut none = Table::<Item>::default();
    assert!(!none.to_problem(true, at(0)));
}

#[test]
fn the_cursor_is_always_in_view() {
    let items: Vec<(&'static str, u32)> = vec![("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)];
    let mut table = table(&items);
    for _ in 0..4 {
        table.step(1, at(0));
        table.settle(2);
        assert!(table.visible(2).any(|(place, _)| place == table.cursor()));
    }
    assert_eq!(table.first_visible(2), 3);
    table.step(-1, at(0));
    assert_eq!(table.first_visible(2), 3, "it scrolls no more than it must");
}

#[test]
fn rows_that_are_gone_are_taken_away_and_an_order_of_before_is_not_taken_over() {
    let mut table = table(&[("a", 1), ("b", 2), ("c", 3)]);
    table.step(2, at(0));
    let late = table.plan_now();
    table.begin_reading();
    table.put(Item("a", 1), at(0));
    table.put(Item("c", 0), at(0));
    table.forget_unread();
    assert_eq!(shown(&table), ["a", "c"], "who moves finds the rows where they were");
    assert!(table.plan(at(2)).is_none() && table.plan(at(3)).is_some());
    table.arranged(late.arrange());
    assert_eq!(shown(&table), ["a", "c"]);
    table.arranged(table.plan_now().arrange());
    assert_eq!(shown(&table), ["c", "a"]);
    assert_eq!(table.selected().unwrap().id(), "c", "what was selected stays so");
}

#[test]
fn a_move_among_no_rows_forgets_nothing() {
    let mut table = table(&[("a", 1), ("b", 2), ("c", 9)]);
    table.step(1, at(0));
    table.filter = Filter::parse("nothing");
    table.arranged(table.plan_now().arrange());
    table.to_end(false, at(1));
    table.step(1, at(1));
    assert!(table.selected().is_none());
    table.filter = Filter::default();
    table.arranged(table.plan_now().arrange());
    assert_eq!(table.selected().unwrap().id(), "b");
}

#[test]
fn what_a_filter_hides_stays_hidden_when_rows_are_taken_away() {
    let mut table = table(&[("a", 1), ("b", 2), ("c", 3), ("d", 4)]);
    table.filter = Filter::parse("!b");
    table.arranged(table.plan_now().arrange());
    table.begin_reading();
    for (id, rank) in [("a", 1), ("b", 2), ("c", 3)] {
        table.put(Item(id, rank), at(0));
    }
    table.forget_unread();
    assert_eq!(shown(&table), ["a", "c"]);
}
