//! GraphQL enums of words that the database keeps as text.

/// Declares a GraphQL enum with the words of a `text_enum!` of `entity`, and `OTHER` for a word that is newer than this release.
///
/// As input `OTHER` converts to nothing.
macro_rules! mirror {
    ($(#[$doc:meta])* pub enum $name:ident of $source:path { $($(#[$vdoc:meta])* $variant:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, async_graphql::Enum)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A word that is newer than this release of the API. Show the thing, and make nothing of the word.
            Other,
        }

        impl From<&$source> for $name {
            fn from(word: &$source) -> Self {
                type Source = $source;
                match word {
                    $(Source::$variant => Self::$variant,)+
                    Source::Unknown(_) => Self::Other,
                }
            }
        }

        impl TryFrom<$name> for $source {
            type Error = crate::graphql::error::ApiError;

            fn try_from(word: $name) -> Result<Self, crate::graphql::error::ApiError> {
                type Source = $source;
                match word {
                    $($name::$variant => Ok(Source::$variant),)+
                    $name::Other => Err(crate::graphql::error::ApiError::BadInput(
                        concat!("OTHER of ", stringify!($name), " is for answers only.").to_owned(),
                    )),
                }
            }
        }
    };
}

pub(super) use mirror;
