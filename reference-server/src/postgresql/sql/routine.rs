//! Calls of functions that users made.

use super::context::Context;
use super::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Value;

/// The result of a user's function.
pub(crate) fn call(
    function: Oid,
    arguments: Vec<Option<Value>>,
    context: &mut Context<'_>,
) -> Result<Option<Value>, Stop> {
    let Some(function) = context.database.function(function, &context.snapshot) else {
        return Err(Stop::error("42883", "function does not exist"));
    };
    if function.strict && arguments.iter().any(Option::is_none) {
        return Ok(None);
    }
    Err(Stop::error("0A000", format!("functions in language {} cannot be called", function.language)))
}
