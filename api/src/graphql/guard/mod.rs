//! The guard ahead of the schema: what is too much is refused before it is understood, in time and memory that grow with its length
//! alone.
//!
//! It works outside in, and each step makes the next one safe: the JSON's shape ([`is_too_much`]), the document's text, which the
//! parser would follow into any depth ([`text`]), the parsed document, whose fragments validation would follow again and again
//! ([`document`]), and the variables ([`variables`]). What is left is small enough for the library's validation, which then counts what
//! the operation costs by the lists that are asked for ([`limits::COST`]). It is pure, and the same for HTTP and sockets.

mod conflicts;
mod document;
pub mod introspection;
mod json;
pub mod limits;
mod refusal;
mod text;
mod variables;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{Pos, Request, ServerError};

pub use json::{TOO_MANY_VALUES, is_too_much};
pub use refusal::Refusal;
use text::Unreadable;

/// What a request is that the guard let through. Stands in the request's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The kind of the operation that is carried out; none where the document does not tell it.
    pub operation: Option<OperationType>,
    /// What it costs to read as much of the schema.
    pub introspection_cost: u64,
    /// Whether somebody may have written a secret into the document: it is not kept, and not repeated.
    pub may_hold_secrets: bool,
}

impl Admitted {
    /// What reading the schema costs beside fields of ours: half as much, since its fields are texts in memory. Who reads it whole has
    /// the room for themselves: that is quick, and the answer is large.
    pub(super) fn cost_of_schema(self) -> usize {
        usize::try_from(self.introspection_cost / 2).unwrap_or(usize::MAX)
    }
}

/// Why a request is not carried out.
#[derive(Debug)]
pub enum Rejected {
    /// It is too much, or not allowed.
    Refused(Refusal),
    /// It is no GraphQL, in the library's words.
    NotGraphql(ServerError),
    /// Two fields that differ answer under one name; the second stands here.
    Conflict(Pos),
}

impl Rejected {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NotGraphql(_) | Self::Conflict(_) => "BAD_USER_INPUT",
        }
    }

    /// As an error of GraphQL's.
    #[must_use]
    pub fn into_error(self) -> ServerError {
        match self {
            Self::Refused(refusal) => refusal.into_error(),
            Self::NotGraphql(error) => error,
            Self::Conflict(second) => ServerError::new(CONFLICT, Some(second)),
        }
    }
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unreadable> for Rejected {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Refused(refusal) => Self::Refused(refusal),
            Unreadable::NotGraphql => Self::NotGraphql(ServerError::new(NOT_ENDED, None)),
        }
    }
}

/// What a document is told in which two fields answer under one name.
const CONFLICT: &str =
    "Two fields that differ, or whose arguments do, answer under one name. Give one of them an alias.";

/// What a document is told in which a quoted text does not end.
const NOT_ENDED: &str = "A quoted text in the document does not end.";

/// Judges a request, and leaves its parsed document in it.
///
/// # Errors
/// The first bound that it breaks, or that it is no GraphQL.
pub fn judge(request: &mut Request, introspection: bool) -> Result<Admitted, Rejected> {
    variables::look_over(&request.variables)?;
    let text = text::look_over(&request.query)?;
    let name = request.operation_name.clone();
    let document = request.parsed_query().map_err(Rejected::NotGraphql)?;
    let counts = document::look_over(document)?;
    if let Some(second) = conflicts::first(document) {
        return Err(Rejected::Conflict(second));
    }
    if counts.introspects && !introspection {
        return Err(Refusal::IntrospectionDisabled.into());
    }
    Ok(Admitted {
        operation: executed(document, name.as_deref()).map(|operation| operation.ty),
        introspection_cost: counts.introspection_cost,
        may_hold_secrets: text.may_hold_secrets,
    })
}

/// The operation that is carried out; none where the document does not tell it.
pub fn executed<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(&only.node),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name).map(|operation| &operation.node),
        (DocumentOperations::Multiple(all), None) => {
            let mut all = all.values();
            let only = all.next().filter(|_| all.next().is_none());
            only.map(|operation| &operation.node)
        }
    }
}
