//! The value of an expression.

use super::context::Context;
use super::expr::{Expr, Node};
use super::function::{Body, Function};
use super::query::{Aggregate, Query};
use super::run::Rows;
use super::stop::Stop;
use crate::postgresql::meter::{fits_read, value_fits};
use crate::postgresql::storage::Oid;
use pgconform_wire::value::array::{Array, Dimension};
use pgconform_wire::value::record::Record;
use pgconform_wire::value::{self, Shape, Types as _, Value, types};
use std::cmp::Ordering;
use std::sync::Arc;

/// The value of `expr` for the rows at hand.
pub(crate) fn eval(expr: &Expr, context: &mut Context<'_>) -> Result<Option<Value>, Stop> {
    match &expr.node {
        Node::Constant(value) => Ok(value.clone()),
        Node::Parameter(index) => Ok(context.parameters.get(*index).cloned().flatten()),
        Node::Column { depth, index } => {
            let place = context.rows.len().checked_sub(depth + 1);
            let row = place.and_then(|place| context.rows.get(place));
            Ok(row.and_then(|row| row.get(*index)).cloned().flatten())
        }
        Node::Aggregate { .. } => Err(Stop::error("XX000", "an aggregate was not replaced")),
        Node::Call(function, arguments) => {
            let types: Vec<Oid> = arguments.iter().map(|argument| argument.ty.oid).collect();
            let arguments = eval_all(arguments, context)?;
            let value = call(function, &arguments, &types, context)?;
            Ok(value.map(|value| with_element(value, context.known().element_of(expr.ty.oid))))
        }
        Node::UserCall(function, arguments) => {
            let arguments = eval_all(arguments, context)?;
            whole(context, |context| super::routine::call(*function, arguments, context))
        }
        Node::And(exprs) => logic(exprs, false, context),
        Node::Or(exprs) => logic(exprs, true, context),
        Node::Not(inner) => Ok(truth(inner, context)?.map(|value| Value::Bool(!value))),
        Node::IsNull(inner) => {
            let value = eval(inner, context)?;
            let null = match &value {
                // A row of nothing but NULL is NULL, but ROW() itself is not said to be.
                Some(Value::Record(record)) => record.columns.iter().all(|(_, value)| value.is_none()),
                value => value.is_none(),
            };
            Ok(Some(Value::Bool(null)))
        }
        Node::Is(wanted, inner) => Ok(Some(Value::Bool(truth(inner, context)? == Some(*wanted)))),
        Node::IsDistinct(equality, left, right) => {
            let (left_value, right_value) = (eval(left, context)?, eval(right, context)?);
            let distinct = match (&left_value, &right_value) {
                (None, None) => false,
                (Some(_), Some(_)) => {
                    let types = [left.ty.oid, right.ty.oid];
                    call(equality, &[left_value, right_value], &types, context)? != Some(Value::Bool(true))
                }
                _ => true,
            };
            Ok(Some(Value::Bool(distinct)))
        }
        Node::Case(branches, otherwise) => {
            for (test, result) in branches {
                if truth(test, context)? == Some(true) {
                    return eval(result, context);
                }
            }
            otherwise.as_ref().map_or(Ok(None), |otherwise| eval(otherwise, context))
        }
        Node::Coalesce(exprs) => {
            for expr in exprs {
                if let Some(value) = eval(expr, context)? {
                    return Ok(Some(value));
                }
            }
            Ok(None)
        }
        Node::Extreme { greatest, values } => {
            let wanted = if *greatest { Ordering::Greater } else { Ordering::Less };
            let mut extreme: Option<Value> = None;
            for value in values {
                let Some(value) = eval(value, context)? else { continue };
                if extreme.as_ref().is_none_or(|extreme| value.compare(extreme) == Some(wanted)) {
                    extreme = Some(value);
                }
            }
            Ok(extreme)
        }
        Node::Array { elements, nested } => {
            let element = context.known().element_of(expr.ty.oid).unwrap_or_default();
            let values = eval_all(elements, context)?;
            let array = if *nested { nest(element, values)? } else { Array::new(element, values) };
            Ok(Some(Value::Array(array)))
        }
        Node::Row(fields) => {
            let values = eval_all(fields, context)?;
            let columns = fields.iter().map(|field| field.ty.oid).zip(values).collect();
            Ok(Some(Value::Record(Record { columns })))
        }
        Node::Field(row, place) => Ok(match eval(row, context)? {
            Some(Value::Record(record)) => {
                record.columns.into_iter().nth(*place).and_then(|(_, value)| value)
            }
            _ => None,
        }),
        Node::Subscript(array, indexes) => {
            let array = eval(array, context)?;
            let indexes = eval_all(indexes, context)?;
            Ok(array.and_then(|array| subscript(array, &indexes)))
        }
        Node::Quantified { any, operator, left, array } => {
            let element = context.known().element_of(array.ty.oid).unwrap_or(types::UNKNOWN);
            let types = [left.ty.oid, element];
            let left = eval(left, context)?;
            let Some(array) = eval(array, context)? else { return Ok(None) };
            let mut result = Some(!*any);
            for item in elements(array) {
                context.session.meter.spend(1)?;
                let test = call(operator, &[left.clone(), item], &types, context)?;
                if settles(&mut result, test, *any) {
                    break;
                }
            }
            Ok(result.map(Value::Bool))
        }
        Node::QuantifiedQuery { any, operator, left, item, query } => {
            let types = [left.ty.oid, item.ty.oid];
            let left = eval(left, context)?;
            let mut rows = Rows::open(query.clone(), context)?;
            let mut result = Some(!*any);
            while let Some(row) = whole(context, |context| rows.next(context))? {
                let value = with_row(row, context, |context| eval(item, context))?;
                let test = call(operator, &[left.clone(), value], &types, context)?;
                if settles(&mut result, test, *any) {
                    break;
                }
            }
            Ok(result.map(Value::Bool))
        }
        Node::Convert(inner) => {
            let Some(value) = eval(inner, context)? else { return Ok(None) };
            let text = context.output(inner.ty.oid, &value);
            fits_read(&text)?;
            Ok(Some(context.input(expr.ty.oid, &text)?))
        }
        Node::Coerce { explicit, value } => {
            let value = eval(value, context)?;
            if let Some(Shape::Domain { .. }) = context.known().shape(expr.ty.oid) {
                super::domain::check(expr.ty.oid, value.as_ref(), context)?;
                return Ok(value);
            }
            let types = context.known();
            let limited = |value| value::coerce(&types, expr.ty.oid, expr.ty.modifier, value, *explicit);
            Ok(value.map(limited).transpose()?)
        }
        Node::Elements { array, each } => match eval(array, context)? {
            Some(Value::Array(array)) => {
                let convert = |value: Option<Value>| {
                    with_row(Arc::from([value]), context, |context| eval(each, context))
                };
                let values = array.values.into_iter().map(convert).collect::<Result<_, _>>()?;
                Ok(Some(Value::Array(Array { element: each.ty.oid, values, ..array })))
            }
            other => Ok(other),
        },
        Node::Relabel(inner) => {
            Ok(eval(inner, context)?.map(|value| relabel(value, context.known().base(expr.ty.oid))))
        }
        Node::Scalar(query) => {
            let mut rows = Rows::open(query.clone(), context)?;
            let Some(row) = whole(context, |context| rows.next(context))? else { return Ok(None) };
            if whole(context, |context| rows.next(context))?.is_some() {
                let message = "more than one row returned by a subquery used as an expression";
                return Err(Stop::error("21000", message));
            }
            Ok(row.first().cloned().flatten())
        }
        Node::Exists(query) => {
            let mut rows = Rows::open(query.clone(), context)?;
            Ok(Some(Value::Bool(whole(context, |context| rows.next(context))?.is_some())))
        }
        Node::Window(_) => Err(Stop::error("42P20", "window functions are not allowed here")),
        Node::ArrayOf(query) => {
            let values = all(query, context)?;
            let element = context.known().element_of(expr.ty.oid).unwrap_or_default();
            let nested = query.columns.first().is_some_and(|column| column.ty.oid == expr.ty.oid);
            let array = if nested { nest(element, values)? } else { Array::new(element, values) };
            Ok(Some(Value::Array(array)))
        }
    }
}

/// The values of expressions.
pub(crate) fn eval_all(exprs: &[Expr], context: &mut Context<'_>) -> Result<Vec<Option<Value>>, Stop> {
    exprs.iter().map(|expr| eval(expr, context)).collect()
}

/// Whether an expression is true; none if it is neither that nor false.
pub(crate) fn truth(expr: &Expr, context: &mut Context<'_>) -> Result<Option<bool>, Stop> {
    Ok(match eval(expr, context)? {
        Some(Value::Bool(value)) => Some(value),
        _ => None,
    })
}

/// The result of a function for arguments of these types.
pub(crate) fn call(
    function: &Function,
    arguments: &[Option<Value>],
    types: &[Oid],
    context: &mut Context<'_>,
) -> Result<Option<Value>, Stop> {
    let value = match function.body {
        Body::Strict(body) => {
            let values: Option<Vec<Value>> = arguments.iter().cloned().collect();
            values.map_or(Ok(None), |values| body(context, &values))
        }
        Body::Lax(body) => body(context, arguments),
        Body::Typed(body) => body(context, arguments, types),
        Body::Set(_) => {
            Err(Stop::error("0A000", "set-valued function called in context that cannot accept a set"))
        }
        Body::Aggregate(_) => Err(Stop::error("42803", "aggregate functions are not allowed here")),
        Body::Window(_) => Err(Stop::error("42P20", "window functions are not allowed here")),
    }?;
    measured(value, context)
}

/// A value that a function has made, unless it is too large; making it counts by its size.
fn measured(value: Option<Value>, context: &mut Context<'_>) -> Result<Option<Value>, Stop> {
    let size = value.as_ref().map_or(0, value::weight);
    value.as_ref().map_or(Ok(()), value_fits)?;
    context.session.meter.spend(1 + size / 256)?;
    Ok(value)
}

/// The result of an aggregate for the arguments of all the rows that it is over.
pub(crate) fn aggregate(
    aggregate: &Aggregate,
    rows: &[Vec<Option<Value>>],
    context: &mut Context<'_>,
) -> Result<Option<Value>, Stop> {
    let Body::Aggregate(body) = aggregate.function.body else {
        return Err(Stop::error(
            "42809",
            format!("{} is not an aggregate function", aggregate.function.name),
        ));
    };
    let element = aggregate.arguments.first().map(|argument| argument.ty.oid);
    let value = body(context, rows)?;
    Ok(measured(value, context)?.map(|value| with_element(value, element)))
}

/// A value that may be an array whose elements did not tell their type.
fn with_element(value: Value, element: Option<Oid>) -> Value {
    match (value, element) {
        (Value::Array(array), Some(element)) if array.element == 0 => {
            Value::Array(Array { element, ..array })
        }
        (value, _) => value,
    }
}

/// Does what would begin anew if it stopped before its end: it never gives up its turn.
fn whole<T>(
    context: &mut Context<'_>,
    act: impl FnOnce(&mut Context<'_>) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let before = context.session.meter.set_yields(false);
    let done = act(context);
    context.session.meter.set_yields(before);
    done
}

/// Evaluates with one more row at hand.
fn with_row<T>(
    row: crate::postgresql::storage::Row,
    context: &mut Context<'_>,
    eval: impl FnOnce(&mut Context<'_>) -> Result<T, Stop>,
) -> Result<T, Stop> {
    context.rows.push(row);
    let result = eval(context);
    context.rows.pop();
    result
}

/// AND (which `false` decides) or OR (which `true` decides).
fn logic(exprs: &[Expr], decides: bool, context: &mut Context<'_>) -> Result<Option<Value>, Stop> {
    let mut result = Some(!decides);
    for expr in exprs {
        match truth(expr, context)? {
            Some(value) if value == decides => return Ok(Some(Value::Bool(decides))),
            Some(_) => {}
            None => result = None,
        }
    }
    Ok(result.map(Value::Bool))
}

/// Takes account of one comparison of ANY or ALL; says whether the others do not matter any more.
fn settles(result: &mut Option<bool>, test: Option<Value>, any: bool) -> bool {
    match test {
        Some(Value::Bool(value)) if value == any => {
            *result = Some(any);
            true
        }
        Some(_) => false,
        None => {
            *result = None;
            false
        }
    }
}

/// The first column of all rows of a query.
fn all(query: &Arc<Query>, context: &mut Context<'_>) -> Result<Vec<Option<Value>>, Stop> {
    let mut rows = Rows::open(query.clone(), context)?;
    let mut values = Vec::new();
    while let Some(row) = whole(context, |context| rows.next(context))? {
        context.session.meter.keep_row(&row)?;
        values.push(row.first().cloned().flatten());
    }
    Ok(values)
}

/// The elements of an array, or of what is like one.
pub(crate) fn elements(array: Value) -> Vec<Option<Value>> {
    match array {
        Value::Array(array) => array.values,
        Value::Int2Vector(vector) => vector.0.into_iter().map(|value| Some(Value::Int2(value))).collect(),
        Value::OidVector(vector) => {
            let value = |oid| Some(Value::Oid(value::int::Oid(oid)));
            vector.0.into_iter().map(value).collect()
        }
        _ => Vec::new(),
    }
}

/// An array of arrays: one of more dimensions.
fn nest(element: Oid, values: Vec<Option<Value>>) -> Result<Array, Stop> {
    let count = i32::try_from(values.len()).unwrap_or(i32::MAX);
    let mut inner: Option<Vec<Dimension>> = None;
    let mut all = Vec::new();
    for value in values {
        let (dimensions, values) = match value {
            Some(Value::Array(array)) => (array.dimensions, array.values),
            _ => (Vec::new(), Vec::new()),
        };
        if inner.as_ref().is_some_and(|inner| *inner != dimensions) {
            let message = "multidimensional arrays must have array expressions with matching dimensions";
            return Err(Stop::error("2202E", message));
        }
        inner = Some(dimensions);
        all.extend(values);
    }
    let inner = inner.unwrap_or_default();
    if inner.is_empty() {
        return Ok(Array::new(element, Vec::new()));
    }
    let dimensions = std::iter::once(Dimension { length: count, lower: 1 }).chain(inner).collect();
    Ok(Array { element, dimensions, values: all })
}

/// An element of an array; none where there is none.
fn subscript(array: Value, indexes: &[Option<Value>]) -> Option<Value> {
    let lower_of_vectors = if matches!(array, Value::Array(_)) { 1 } else { 0 };
    let dimensions = match &array {
        Value::Array(array) => array.dimensions.clone(),
        _ => vec![Dimension { length: i32::MAX, lower: lower_of_vectors }],
    };
    if dimensions.len() != indexes.len() {
        return None;
    }
    let mut place = 0_usize;
    for (dimension, index) in dimensions.iter().zip(indexes) {
        let Some(Value::Int4(index)) = index else { return None };
        let offset = i64::from(*index) - i64::from(dimension.lower);
        let offset = usize::try_from(offset).ok().filter(|_| offset < i64::from(dimension.length))?;
        place = place * usize::try_from(dimension.length).ok()? + offset;
    }
    elements(array).into_iter().nth(place).flatten()
}

/// A value by another type's name: where that has other values, the same one of these.
fn relabel(value: Value, to: Oid) -> Value {
    use pgconform_wire::value::int::Oid as Object;
    match (value, to) {
        (Value::Int4(number), oid) if oid != types::INT4 => Value::Oid(Object(number.cast_unsigned())),
        (Value::Oid(Object(number)), types::INT4) => Value::Int4(number.cast_signed()),
        (Value::Text(text), types::BPCHAR) => Value::Bpchar(value::text::Bpchar(text)),
        (Value::Xml(xml), _) if to != types::XML => Value::Text(xml.0),
        (Value::Cidr(cidr), types::INET) => Value::Inet(cidr.into()),
        (value @ (Value::Int2Vector(_) | Value::OidVector(_)), to) => match types::by_oid(to) {
            Some(array) if array.is_array() => Value::Array(Array::new(array.element, elements(value))),
            _ => value,
        },
        (value, _) => value,
    }
}
