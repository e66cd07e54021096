//! Secrets in inputs.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// A secret, such as an Auth Token: text that is only ever sent, never answered. Send it as a variable rather than inside of the
/// document.
pub struct Secret(SecretString);

/// A secret, such as an Auth Token: text that is only ever sent, never answered. Send it as a variable rather than inside of the
/// document.
#[Scalar]
impl ScalarType for Secret {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text.into())),
            _ => Err(InputValueError::custom("A secret is text.")),
        }
    }

    /// A digest in the place of the secret: it tells equal inputs from different ones, which is all that an idempotency key needs.
    fn to_value(&self) -> Value {
        Value::String(hex::encode(Sha256::digest(self.0.expose_secret())))
    }
}

impl Secret {
    /// The text. For parsing into a type of its own, and nothing else.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_secret_never_comes_out_again() {
        let secret = Secret::parse(Value::from(TOKEN)).ok().unwrap();
        assert_eq!(secret.expose(), TOKEN);
        let value = secret.to_value();
        assert!(!value.to_string().contains(TOKEN));
        let same = Secret::parse(Value::from(TOKEN)).ok().unwrap();
        let other = Secret::parse(Value::from("another")).ok().unwrap();
        assert_eq!(same.to_value(), value);
        assert_ne!(other.to_value(), value);
    }
}
