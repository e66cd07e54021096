//! SQL written by hand, for the few statements that a query builder would hide: both databases read the same text.

use std::time::Duration;

use sea_orm::{DbBackend, Statement, Value};

use crate::clock::DatabaseTime;

/// A statement in the making: text, and the values it is filled with.
#[derive(Clone)]
pub(crate) struct Sql {
    backend: DbBackend,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// An empty statement for `backend`.
    pub(crate) fn new(backend: DbBackend) -> Self {
        Self {
            backend,
            text: String::new(),
            values: Vec::new(),
        }
    }

    /// Adds text. Never a value's: those are filled in.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds text for PostgreSQL alone.
    pub(crate) fn on_postgres(self, text: &str) -> Self {
        if self.backend == DbBackend::Postgres {
            self.text(text)
        } else {
            self
        }
    }

    /// Adds a value.
    pub(crate) fn value(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.text(&place)
    }

    /// Adds a value where PostgreSQL cannot tell its type by itself. SQLite keeps the type it comes with.
    pub(crate) fn typed(self, value: impl Into<Value>, of_type: &str) -> Self {
        self.on_postgres("CAST(")
            .value(value)
            .on_postgres(&format!(" AS {of_type})"))
    }

    /// Adds values in brackets, separated by commas, for `IN`: nothing is in an empty list.
    pub(crate) fn list<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Self {
        let mut values = values.into_iter().peekable();
        let sql = self.text("(");
        let sql = match values.peek() {
            Some(_) => sql.each(values, ", ", Self::value),
            None => sql.text("NULL"),
        };
        sql.text(")")
    }

    /// Adds each of `items` by `add`, with `between` between them.
    pub(crate) fn each<T>(
        self,
        items: impl IntoIterator<Item = T>,
        between: &str,
        add: impl Fn(Self, T) -> Self,
    ) -> Self {
        let add_next = |sql: Self, (n, item)| {
            let sql = if n > 0 { sql.text(between) } else { sql };
            add(sql, item)
        };
        items.into_iter().enumerate().fold(self, add_next)
    }

    /// Adds the database's time, and `delay` more.
    pub(crate) fn time(self, time: DatabaseTime, delay: Duration) -> Self {
        match time {
            DatabaseTime::Known(now) => self.value(now + delay),
            DatabaseTime::OfServer if delay.is_zero() => self.text(DatabaseTime::OF_SERVER),
            DatabaseTime::OfServer => self
                .text(DatabaseTime::OF_SERVER)
                .text(" + make_interval(secs => ")
                .value(delay.as_secs_f64())
                .text(")"),
        }
    }

    /// Adds the database's time less `ago`.
    pub(crate) fn time_before(self, time: DatabaseTime, ago: Duration) -> Self {
        match time {
            DatabaseTime::Known(now) => self.value(now - ago),
            DatabaseTime::OfServer => self
                .text(DatabaseTime::OF_SERVER)
                .text(" - make_interval(secs => ")
                .value(ago.as_secs_f64())
                .text(")"),
        }
    }

    /// The finished statement.
    pub(crate) fn statement(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}
