//! What the SQL statements of one request were. `BEGIN` and `COMMIT` are not told by SeaORM and so not among them.

/// The statements heard, each as its verb and table, in order. [`callab_tests::statements::Statements::take`] leaves out all that
/// touch events: the sequencer's, which run beside every request, and so also the `INSERT` of each event.
pub fn of_request(heard: &[String]) -> Vec<String> {
    heard.iter().map(|sql| in_short(sql)).collect()
}

fn in_short(sql: &str) -> String {
    let verb = sql.split_whitespace().next().unwrap_or_default();
    let before_table = match verb {
        "SELECT" | "DELETE" => "FROM",
        "INSERT" => "INTO",
        _ => verb,
    };
    let table = sql.split_whitespace().skip_while(|word| *word != before_table).nth(1);
    format!("{verb} {}", table.unwrap_or_default().trim_matches('"'))
}
