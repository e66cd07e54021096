//! Enums kept as text, with room for a value nobody has seen yet.
//!
//! A rolled-back release, or Twilio, may write a word this binary does not know. It is kept as `Unknown(word)` and written back
//! as it was: reading a row never fails for a new word.

/// Declares an enum that a column keeps as text.
///
/// Each variant names its word; `Unknown(String)` is added. The enum converts to and from its word, in the database, in JSON and
/// by `Display` and `FromStr` (which never fails).
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, sea_orm::DeriveValueType)]
        #[sea_orm(value_type = "String")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A word this release does not know, kept as it is.
            Unknown(String),
        }

        impl $name {
            /// The word kept in the database.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = sea_orm::sea_query::ValueTypeErr;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(word))
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(|word| Self::from(word.as_str()))
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use crate::phone_number::NumberState;

    #[test]
    fn a_word_from_a_newer_release_is_kept_as_it_is() {
        let state = NumberState::from("LENT_OUT");
        assert_eq!(state, NumberState::Unknown("LENT_OUT".to_owned()));
        assert_eq!(state.to_string(), "LENT_OUT");
        assert_eq!(NumberState::from("ADDED"), NumberState::Added);
    }
}
