//! Which bound a request broke, as a program and as a person are told.

use async_graphql::ServerError;
use async_graphql::parser::types::OperationType;

use super::limits;
use crate::graphql::error::coded;

/// Why a request is not carried out. None of it repeats what was sent: that may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The document has too many bytes.
    QueryTooLarge,
    /// The document has too many tokens.
    TooManyTokens,
    /// A name or a number is too long.
    NameTooLong,
    /// Brackets are nested too deep to be read.
    NestedTooDeep,
    /// Fields are nested too deep.
    TooDeep,
    /// Fields below `__schema` or `__type` are nested too deep.
    IntrospectionTooDeep,
    /// Fragments are nested too deep.
    FragmentsTooDeep,
    /// A fragment spreads itself, by way of others or not.
    FragmentCycle,
    /// The document has too many selections once fragments are put in.
    TooManySelections,
    /// Too many aliases.
    TooManyAliases,
    /// Too many directives.
    TooManyDirectives,
    /// A field has too many arguments.
    TooManyArguments,
    /// Too many selections have to be compared with those beside them.
    TooManyMerged,
    /// Too many fields at the root of an operation of this kind.
    TooManyRootFields(OperationType),
    /// The rows asked for, times what is asked of each, are too many.
    TooComplex,
    /// A result of the subscription is too much.
    ResultTooComplex,
    /// Too much of the schema is asked for at once.
    IntrospectionTooComplex,
    /// The schema is not shown here.
    IntrospectionDisabled,
    /// Too many bytes in variables.
    VariablesTooLarge,
    /// Too many values in variables.
    TooManyVariableValues,
    /// Variables are nested too deep.
    VariablesTooDeep,
}

impl Refusal {
    /// One of each.
    #[cfg(test)]
    pub const ALL: [Self; 23] = [
        Self::QueryTooLarge,
        Self::TooManyTokens,
        Self::NameTooLong,
        Self::NestedTooDeep,
        Self::TooDeep,
        Self::IntrospectionTooDeep,
        Self::FragmentsTooDeep,
        Self::FragmentCycle,
        Self::TooManySelections,
        Self::TooManyAliases,
        Self::TooManyDirectives,
        Self::TooManyArguments,
        Self::TooManyMerged,
        Self::TooManyRootFields(OperationType::Query),
        Self::TooManyRootFields(OperationType::Mutation),
        Self::TooManyRootFields(OperationType::Subscription),
        Self::TooComplex,
        Self::ResultTooComplex,
        Self::IntrospectionTooComplex,
        Self::IntrospectionDisabled,
        Self::VariablesTooLarge,
        Self::TooManyVariableValues,
        Self::VariablesTooDeep,
    ];

    /// The stable code, for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::QueryTooLarge | Self::NameTooLong => "QUERY_TOO_LARGE",
            Self::TooManyTokens => "TOO_MANY_TOKENS",
            Self::NestedTooDeep | Self::TooDeep | Self::IntrospectionTooDeep | Self::FragmentsTooDeep => "TOO_DEEP",
            Self::FragmentCycle => "FRAGMENT_CYCLE",
            Self::TooManySelections | Self::TooManyMerged => "TOO_MANY_SELECTIONS",
            Self::TooManyArguments => "TOO_MANY_ARGUMENTS",
            Self::TooManyAliases => "TOO_MANY_ALIASES",
            Self::TooManyDirectives => "TOO_MANY_DIRECTIVES",
            Self::TooManyRootFields(_) => "TOO_MANY_ROOT_FIELDS",
            Self::TooComplex | Self::ResultTooComplex | Self::IntrospectionTooComplex => "TOO_COMPLEX",
            Self::IntrospectionDisabled => "INTROSPECTION_DISABLED",
            Self::VariablesTooLarge | Self::TooManyVariableValues | Self::VariablesTooDeep => "VARIABLES_TOO_LARGE",
        }
    }

    /// The number that was passed; none where there is none.
    #[must_use]
    pub fn limit(self) -> Option<u64> {
        let size = |limit: usize| Some(limit as u64);
        match self {
            Self::QueryTooLarge => size(limits::DOCUMENT_BYTES),
            Self::TooManyTokens => size(limits::TOKENS),
            Self::NameTooLong => size(limits::NAME),
            Self::NestedTooDeep => size(limits::NESTING),
            Self::TooDeep => Some(limits::DEPTH),
            Self::IntrospectionTooDeep => Some(limits::INTROSPECTION_DEPTH),
            Self::FragmentsTooDeep => Some(limits::LEVELS),
            Self::TooManySelections => Some(limits::SELECTIONS),
            Self::TooManyAliases => Some(limits::ALIASES),
            Self::TooManyDirectives => Some(limits::DIRECTIVES),
            Self::TooManyArguments => Some(limits::ARGUMENTS),
            Self::TooManyMerged => Some(limits::MERGED),
            Self::TooManyRootFields(OperationType::Query) => Some(limits::ROOT_FIELDS),
            Self::TooManyRootFields(OperationType::Mutation) => Some(limits::MUTATIONS),
            Self::TooManyRootFields(OperationType::Subscription) => Some(limits::SUBSCRIPTIONS),
            Self::TooComplex => size(limits::COST),
            Self::ResultTooComplex => size(limits::RESULT_COST),
            Self::IntrospectionTooComplex => Some(limits::INTROSPECTION_COST),
            Self::VariablesTooLarge => size(limits::VARIABLE_BYTES),
            Self::TooManyVariableValues => size(limits::VARIABLE_VALUES),
            Self::VariablesTooDeep => size(limits::VARIABLE_DEPTH),
            Self::FragmentCycle | Self::IntrospectionDisabled => None,
        }
    }

    /// The sentence for people: the limit, and what to do.
    #[must_use]
    pub fn message(self) -> String {
        let limit = self.limit().unwrap_or_default();
        match self {
            Self::QueryTooLarge => {
                format!("The document is larger than {limit} bytes. Send values as variables, and split the document.")
            }
            Self::TooManyTokens => {
                format!("The document has more than {limit} tokens. Split it into several requests.")
            }
            Self::NameTooLong => format!(
                "A name or a number in the document has more than {limit} characters. Nothing in this API is called so."
            ),
            Self::NestedTooDeep => format!(
                "Brackets in the document are nested deeper than {limit}. Send nested values as variables, or ask in several requests."
            ),
            Self::TooDeep => format!(
                "Fields are nested deeper than {limit}. Ask for the inner objects by `node(id)` in a request of their own."
            ),
            Self::IntrospectionTooDeep => format!(
                "Fields below `__schema` or `__type` are nested deeper than {limit}. Ask for single types by `__type(name)`."
            ),
            Self::FragmentsTooDeep => format!(
                "Fields and fragments together are nested deeper than {limit}. Write the fields out where they are needed."
            ),
            Self::FragmentCycle => "A fragment spreads itself. Write out as many levels as you need.".to_owned(),
            Self::TooManySelections => format!(
                "The document selects more than {limit} fields, those of a fragment once for each spread. Spread fewer, or ask in \
                 several requests."
            ),
            Self::TooManyAliases => format!(
                "The document has more than {limit} aliases, those of a fragment once for each spread. Ask for many objects by \
                 `nodes(ids)`, or in several requests."
            ),
            Self::TooManyDirectives => format!(
                "The document has more than {limit} directives, those of a fragment once for each spread. Leave out what you do \
                 not need before you send it."
            ),
            Self::TooManyArguments => {
                format!("A field has more than {limit} arguments. None of this API takes as many.")
            }
            Self::TooManyMerged => format!(
                "More than {limit} selections have to be compared with those beside them, a fragment's in each set that spreads it. \
                 Spread it in fewer places."
            ),
            Self::TooManyRootFields(OperationType::Subscription) => {
                "A subscription has one field. Subscribe once for each.".to_owned()
            }
            Self::TooManyRootFields(OperationType::Mutation) => {
                format!("A mutation has at most {limit} fields. Send several requests.")
            }
            Self::TooManyRootFields(OperationType::Query) => {
                format!("A query has at most {limit} fields at its root. Ask in several requests.")
            }
            Self::TooComplex => format!(
                "The document may resolve more than {limit} fields, those of a list once for each row asked for. Ask for fewer \
                 rows (`first`), fewer lists in rows, or fewer fields."
            ),
            Self::ResultTooComplex => format!(
                "A result of the subscription may resolve more than {limit} fields. Ask for the ids alone, and for the rest in queries."
            ),
            Self::IntrospectionTooComplex => format!(
                "Reading that much of the schema costs more than {limit}. Ask for single types by `__type(name)`, or nest its lists less."
            ),
            Self::IntrospectionDisabled => {
                "The schema cannot be read here. It is published as `schema.graphql`.".to_owned()
            }
            Self::VariablesTooLarge => {
                format!("Variables hold more than {limit} bytes. Send several requests.")
            }
            Self::TooManyVariableValues => {
                format!("Variables hold more than {limit} values. Send several requests.")
            }
            Self::VariablesTooDeep => {
                format!("Variables are nested deeper than {limit}. No input of this API is nested as deep.")
            }
        }
    }

    /// The bound that the library found broken: the cost is counted by its validation, beside the resolvers' own words.
    #[must_use]
    pub fn of_library(error: &ServerError) -> Option<Self> {
        let is_cost = error.message == "Query is too complex." && error.source.is_none() && error.path.is_empty();
        is_cost.then_some(Self::TooComplex)
    }

    /// The same as an error of GraphQL's, in its last form but for the trace id.
    #[must_use]
    pub fn into_error(self) -> ServerError {
        let mut error = coded(self.code(), self.message());
        if let Some(limit) = self.limit() {
            error.extensions.get_or_insert_default().set("limit", limit);
        }
        error
    }
}
