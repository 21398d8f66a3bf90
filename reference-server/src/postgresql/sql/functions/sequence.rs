//! What sequences count. They count on whatever becomes of the transaction.

use super::super::context::Context;
use super::super::function::{Body, Function};
use super::super::stop::Stop;
use crate::engine::SqlError;
use crate::postgresql::database::Counter;
use crate::postgresql::definition::{Kind, Relation, Sequence};
use pgconform_wire::value::Value;
use pgconform_wire::value::types::{BOOL, INT8, REGCLASS};
use std::sync::Arc;

const fn row(oid: u32, name: &'static str, arguments: &'static [u32], body: Body) -> Function {
    super::row(oid, name, arguments, INT8, super::VOLATILE, body)
}

/// The functions.
pub(super) const FUNCTIONS: &[Function] = &[
    row(1574, "nextval", &[REGCLASS], Body::Strict(nextval)),
    row(1575, "currval", &[REGCLASS], Body::Strict(currval)),
    row(2559, "lastval", &[], Body::Strict(lastval)),
    row(1576, "setval", &[REGCLASS, INT8], Body::Strict(setval)),
    row(1765, "setval", &[REGCLASS, INT8, BOOL], Body::Strict(setval)),
];

/// How many values PostgreSQL logs ahead, which `log_cnt` counts down.
const LOGGED: i64 = 32;

/// The sequence that a function is about.
fn sequence(context: &Context<'_>, arguments: &[Value]) -> Result<(Arc<Relation>, Sequence), Stop> {
    let Some(Value::Oid(oid)) = arguments.first() else {
        return Err(Stop::error("XX000", "a sequence is named by its object identifier"));
    };
    let Some(relation) = context.database.relation(oid.0, &context.snapshot) else {
        return Err(Stop::error("XX000", format!("could not open relation with OID {}", oid.0)));
    };
    match &relation.kind {
        Kind::Sequence(sequence) => Ok((relation.clone(), sequence.clone())),
        other => {
            let error = SqlError::error("42809", format!("cannot open relation \"{}\"", relation.name));
            Err(error.detail(format!("This operation is not supported for {}s.", other.word())).into())
        }
    }
}

/// That the transaction may change a sequence.
fn writable(context: &Context<'_>, relation: &Relation, function: &str) -> Result<(), Stop> {
    if context.session.transaction.read_only && relation.temporary.is_none() {
        let why = format!("cannot execute {function}() in a read-only transaction");
        return Err(Stop::error("25006", why));
    }
    Ok(())
}

fn nextval(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    let (relation, sequence) = sequence(context, arguments)?;
    writable(context, &relation, "nextval")?;
    let counter = context.database.counters.entry(relation.oid).or_insert(Counter {
        last: sequence.start,
        logged: 0,
        called: false,
    });
    if counter.called {
        let next = counter.last.checked_add(sequence.increment);
        counter.last = match next.filter(|next| (sequence.min..=sequence.max).contains(next)) {
            Some(next) => next,
            None if sequence.cycle && sequence.increment > 0 => sequence.min,
            None if sequence.cycle => sequence.max,
            None => {
                let (which, bound) = match sequence.increment > 0 {
                    true => ("maximum", sequence.max),
                    false => ("minimum", sequence.min),
                };
                let why =
                    format!("nextval: reached {which} value of sequence \"{}\" ({bound})", relation.name);
                return Err(Stop::error("2200H", why));
            }
        };
    }
    let refilled = !counter.called || counter.logged == 0;
    counter.logged = if refilled { LOGGED } else { counter.logged - 1 };
    counter.called = true;
    let value = counter.last;
    context.session.counted.insert(relation.oid, value);
    context.session.counted_last = Some(relation.oid);
    Ok(Some(Value::Int8(value)))
}

fn currval(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    let (relation, _) = sequence(context, arguments)?;
    match context.session.counted.get(&relation.oid) {
        Some(value) => Ok(Some(Value::Int8(*value))),
        None => {
            let why = format!("currval of sequence \"{}\" is not yet defined in this session", relation.name);
            Err(Stop::error("55000", why))
        }
    }
}

fn lastval(context: &mut Context<'_>, _: &[Value]) -> Result<Option<Value>, Stop> {
    let last = context.session.counted_last;
    let lives = |oid: &u32| context.database.relation(*oid, &context.snapshot).is_some();
    let value = last.filter(lives).and_then(|oid| context.session.counted.get(&oid));
    match value {
        Some(value) => Ok(Some(Value::Int8(*value))),
        None => Err(Stop::error("55000", "lastval is not yet defined in this session")),
    }
}

fn setval(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    let (relation, sequence) = sequence(context, arguments)?;
    writable(context, &relation, "setval")?;
    let Some(Value::Int8(value)) = arguments.get(1) else { return Ok(None) };
    let called = !matches!(arguments.get(2), Some(Value::Bool(false)));
    let (min, max) = (sequence.min, sequence.max);
    if !(min..=max).contains(value) {
        let name = &relation.name;
        let why = format!("setval: value {value} is out of bounds for sequence \"{name}\" ({min}..{max})");
        return Err(Stop::error("22003", why));
    }
    context.database.counters.insert(relation.oid, Counter { last: *value, logged: 0, called });
    if called {
        context.session.counted.insert(relation.oid, *value);
    }
    Ok(Some(Value::Int8(*value)))
}
