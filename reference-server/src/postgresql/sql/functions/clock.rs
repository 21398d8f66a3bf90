//! What time it is.

use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use pgconform_wire::value::timestamptz::Timestamptz;

type Answer = Result<Option<Value>, Stop>;

/// `now`: when the transaction began.
pub(super) fn now(context: &mut Context<'_>, _: &[Value]) -> Answer {
    Ok(Some(Value::Timestamptz(Timestamptz(context.session.now()))))
}

/// `clock_timestamp`, `statement_timestamp`: now.
pub(super) fn clock_timestamp(context: &mut Context<'_>, _: &[Value]) -> Answer {
    Ok(Some(Value::Timestamptz(Timestamptz(context.session.clock.postgres_micros()))))
}
