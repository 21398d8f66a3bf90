//! Calls of functions that users made.

use super::context::Context;
use super::stop::Stop;
use crate::postgresql::meter::roomy_if;
use crate::postgresql::plpgsql;
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
    context.session.meter.enter()?;
    let results = roomy_if(true, || plpgsql::call(&function, arguments, context));
    context.session.meter.leave();
    Ok(results?.into_iter().next().flatten())
}
