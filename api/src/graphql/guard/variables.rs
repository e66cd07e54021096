//! How much a request carries beside its document.

use async_graphql::{Value, Variables};

use super::limits;
use super::refusal::Refusal;

/// Looks variables over. Calls itself for nothing, so that depth cannot harm it.
///
/// # Errors
/// The first bound that they break.
pub fn look_over(variables: &Variables) -> Result<(), Refusal> {
    let (mut bytes, mut values) = (0_usize, 0_usize);
    let mut ahead: Vec<(&Value, usize)> = Vec::new();
    for (name, value) in variables.iter() {
        bytes = bytes.saturating_add(name.len());
        ahead.push((value, 0));
    }
    while let Some((value, depth)) = ahead.pop() {
        values += 1;
        match value {
            Value::List(list) => {
                values_within(values + ahead.len() + list.len())?;
                ahead.extend(list.iter().map(|value| (value, depth + 1)));
            }
            Value::Object(object) => {
                values_within(values + ahead.len() + object.len())?;
                for (name, value) in object {
                    bytes = bytes.saturating_add(name.len());
                    ahead.push((value, depth + 1));
                }
            }
            Value::String(text) => bytes = bytes.saturating_add(text.len()),
            Value::Enum(name) => bytes = bytes.saturating_add(name.len()),
            Value::Binary(content) => bytes = bytes.saturating_add(content.len()),
            Value::Null | Value::Number(_) | Value::Boolean(_) => {}
        }
        values_within(values)?;
        if bytes > limits::VARIABLE_BYTES {
            return Err(Refusal::VariablesTooLarge);
        }
        if depth > limits::VARIABLE_DEPTH {
            return Err(Refusal::VariablesTooDeep);
        }
    }
    Ok(())
}

fn values_within(values: usize) -> Result<(), Refusal> {
    if values > limits::VARIABLE_VALUES {
        Err(Refusal::TooManyVariableValues)
    } else {
        Ok(())
    }
}
