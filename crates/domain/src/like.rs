//! Text that is looked for by a part of it.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait};

/// Whether the column holds `text` anywhere, upper and lower case alike, with nothing in it read as a wildcard.
pub(crate) fn holds<E: EntityTrait>(column: E::Column, text: &str) -> SimpleExpr {
    let inside = Func::lower(Expr::col((E::default(), column)));
    Expr::expr(inside).like(LikeExpr::new(format!("%{}%", escaped(&text.to_lowercase()))).escape('\\'))
}

/// Whether the column begins with `text`, with nothing in it read as a wildcard.
pub(crate) fn begins<C: ColumnTrait>(column: C, text: &str) -> SimpleExpr {
    Expr::col(column).like(LikeExpr::new(format!("{}%", escaped(text))).escape('\\'))
}

/// The text with its wildcards escaped by `\`.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_are_text() {
        assert_eq!(escaped(r"50%_\"), r"50\%\_\\");
        assert_eq!(escaped("plain"), "plain");
    }
}
