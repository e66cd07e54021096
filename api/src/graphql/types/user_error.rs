//! Refusals in a mutation's payload.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{ContextSelectionSet, Name, OutputType, Positioned, ServerResult, SimpleObject, Value};
use domain::{Refusal, RefusalCode};

/// Something that a mutation did not do, and what the person can do about it. Nothing was changed.
#[derive(SimpleObject)]
pub struct UserError {
    /// What programs branch on.
    code: UserErrorCode,
    /// What happened and what to do, in English, for people. It never repeats a secret.
    message: String,
    /// The input's field that it is about, such as `authToken`; null if it is about no single one.
    field: Option<&'static str>,
    /// Twilio's error code behind it, such as `20003`; null if Twilio had no part in it.
    twilio_code: Option<i32>,
    /// Twilio's page about `twilioCode`.
    help_url: Option<String>,
}

impl From<Refusal> for UserError {
    fn from(refusal: Refusal) -> Self {
        Self {
            code: UserErrorCode(refusal.code),
            help_url: refusal.help_url(),
            message: refusal.message,
            field: refusal.field,
            twilio_code: refusal.twilio_code,
        }
    }
}

/// `domain`'s codes as a GraphQL enum. Their names and descriptions are said once, there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserErrorCode(RefusalCode);

const DESCRIPTION: &str = "Why something was refused. Codes are stable, and new ones are added: treat one that you do not know \
                           as its message says.";

impl OutputType for UserErrorCode {
    fn type_name() -> Cow<'static, str> {
        "UserErrorCode".into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| MetaType::Enum {
            name: Self::type_name().into_owned(),
            description: Some(DESCRIPTION.to_owned()),
            enum_values: RefusalCode::ALL
                .iter()
                .map(|code| (code.as_str().to_owned(), described(*code)))
                .collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<Self>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        })
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Enum(Name::new(self.0.as_str())))
    }
}

fn described(code: RefusalCode) -> MetaEnumValue {
    MetaEnumValue {
        name: code.as_str().to_owned(),
        description: Some(code.description().to_owned()),
        deprecation: async_graphql::registry::Deprecation::NoDeprecated,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        directive_invocations: Vec::new(),
    }
}
