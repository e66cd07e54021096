//! Connection health: can calls work through an account? Computed here and nowhere else, from what is stored.
//!
//! [`assess`] is the rule, pure. `evaluate` applies it to one account within the transaction that changed something about it, and
//! [`reassess`] to many, for what changes by itself: calls come to an end, and evidence grows old. [`shown`] is what a reader is told.

mod assess;
mod evaluate;
mod evidence;
mod figures;
mod notice;
mod queries;
mod reasons;
mod settle;
mod shown;

pub use crate::checklist::WhoActs;
pub(crate) use assess::refused_at_check;
pub use assess::{Assessment, assess, counts_for};
pub(crate) use evaluate::evaluate;
pub use evaluate::{assess_account, reassess, reassess_overdue};
pub use evidence::{Evidence, NumbersInUse, read};
pub use figures::{CallFigures, call_figures};
pub use queries::{Position, history};
pub use reasons::ReasonCode;
pub use shown::{Shown, shown};
