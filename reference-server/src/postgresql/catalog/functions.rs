//! `pg_proc`, `pg_language`, `pg_cast`, `pg_operator`.

use super::OWNER;
use super::cell::{Cell, bool, char, float4, int2, name, oid, text};
use super::io_functions::FUNCTIONS;
use super::relations::namespace;
use crate::postgresql::database::PG_CATALOG;
use crate::postgresql::lookup::INFORMATION_SCHEMA;
use crate::postgresql::sql::analyse::How;
use crate::postgresql::sql::cast::{self, Method};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::function::{Body, Function, Volatility};
use crate::postgresql::sql::{functions, operators};
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Value;
use pgconform_wire::value::types as built_in;
use pgconform_wire::value::vector::OidVector;

/// Languages.
const INTERNAL: Oid = 12;
const SQL: Oid = 14;
const PLPGSQL: Oid = 13_498;

/// What differs from row to row of `pg_proc`.
struct Procedure<'a> {
    oid: Oid,
    name: &'a str,
    namespace: Oid,
    language: Oid,
    variadic: Oid,
    kind: char,
    strict: bool,
    set: bool,
    volatility: char,
    returns: Oid,
    arguments: Vec<Oid>,
    source: &'a str,
}

impl Procedure<'_> {
    fn row(&self) -> Vec<Cell> {
        let mut row = vec![
            oid(self.oid),
            name(self.name),
            oid(self.namespace),
            oid(OWNER),
            oid(self.language),
            float4(if self.language == INTERNAL { 1.0 } else { 100.0 }),
            float4(if self.set { 1000.0 } else { 0.0 }),
            oid(self.variadic),
            oid(0),
            char(self.kind),
            bool(false),
            bool(false),
            bool(self.strict),
            bool(self.set),
            char(self.volatility),
            char(if self.language == INTERNAL { 's' } else { 'u' }),
            int2(i16::try_from(self.arguments.len()).unwrap_or(i16::MAX)),
            int2(0),
            oid(self.returns),
            Some(Value::OidVector(OidVector(self.arguments.clone()))),
        ];
        row.extend(std::iter::repeat_n(None, 5));
        row.push(text(self.source));
        row.extend(std::iter::repeat_n(None, 4));
        row
    }
}

fn procedure(function: &Function) -> Vec<Cell> {
    let mut arguments = function.arguments.to_vec();
    if let (Some(element), Some(last)) = (function.variadic, arguments.last_mut()) {
        // What is told is the type of the array that the call makes.
        *last =
            built_in::by_oid(element).map_or(element, |row| if row.array == 0 { row.oid } else { row.array });
    }
    let row = Procedure {
        oid: function.oid,
        name: function.name,
        namespace: if function.schema() == "pg_catalog" { PG_CATALOG } else { INFORMATION_SCHEMA },
        language: INTERNAL,
        variadic: function.variadic.unwrap_or(0),
        kind: match function.body {
            Body::Aggregate(_) => 'a',
            Body::Window(_) => 'w',
            Body::Strict(_) | Body::Lax(_) | Body::Typed(_) | Body::Set(_) => 'f',
        },
        strict: matches!(function.body, Body::Strict(_)),
        set: function.returns_set(),
        volatility: match function.volatility {
            Volatility::Immutable => 'i',
            Volatility::Stable => 's',
            Volatility::Volatile => 'v',
        },
        returns: function.returns,
        arguments,
        source: function.name,
    };
    row.row()
}

/// `pg_proc`
pub(super) fn pg_proc(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = functions::all().map(procedure).collect();
    for (number, own, returns, arguments, immutable, strict) in FUNCTIONS {
        if functions::by_oid(*number).is_some() {
            continue;
        }
        let row = Procedure {
            oid: *number,
            name: own,
            namespace: PG_CATALOG,
            language: INTERNAL,
            variadic: 0,
            kind: 'f',
            strict: *strict,
            set: false,
            volatility: if *immutable { 'i' } else { 's' },
            returns: *returns,
            arguments: arguments.to_vec(),
            source: own,
        };
        rows.push(row.row());
    }
    let database = &context.database;
    for (_, function) in database.functions.seen(&context.snapshot, &database.transactions) {
        let row = Procedure {
            oid: function.oid,
            name: &function.name,
            namespace: namespace(function.schema, function.temporary),
            language: if function.language == "sql" { SQL } else { PLPGSQL },
            variadic: 0,
            kind: 'f',
            strict: function.strict,
            set: function.returns_set,
            volatility: 'v',
            returns: function.returns.oid,
            arguments: function.arguments.iter().map(|(_, ty)| ty.oid).collect(),
            source: &function.body,
        };
        rows.push(row.row());
    }
    rows
}

/// `pg_language`
pub(super) fn pg_language(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    const ALL: [(Oid, &str, bool, bool, [Oid; 3]); 4] = [
        (INTERNAL, "internal", false, false, [0, 0, 2246]),
        (13, "c", false, false, [0, 0, 2247]),
        (SQL, "sql", false, true, [0, 0, 2248]),
        (PLPGSQL, "plpgsql", true, true, [13_495, 13_496, 13_497]),
    ];
    let row = |(number, own, procedural, trusted, [call, inline, validate]): (_, _, _, _, [Oid; 3])| {
        vec![
            oid(number),
            name(own),
            oid(OWNER),
            bool(procedural),
            bool(trusted),
            oid(call),
            oid(inline),
            oid(validate),
            None,
        ]
    };
    ALL.into_iter().map(row).collect()
}

/// `pg_cast`
pub(super) fn pg_cast(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    const FIRST: Oid = 10_200;
    let row = |(cast, number): (&cast::Cast, Oid)| {
        let (function, method) = match cast.method {
            Method::Call(function) => (function, 'f'),
            Method::Relabel => (0, 'b'),
            Method::Text => (0, 'i'),
        };
        let context = match cast.how {
            How::Implicit => 'i',
            How::Assignment => 'a',
            How::Explicit => 'e',
        };
        vec![oid(number), oid(cast.from), oid(cast.to), oid(function), char(context), char(method)]
    };
    cast::all().zip(FIRST..).map(row).collect()
}

/// `pg_operator`
pub(super) fn pg_operator(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let row = |operator: &operators::Operator| {
        let (left, right) = match operator.arguments() {
            [left, right] => (*left, *right),
            [right] => (0, *right),
            _ => (0, 0),
        };
        let returns = operator.function().map_or(0, |function| function.returns);
        vec![
            oid(operator.oid),
            name(operator.name),
            oid(PG_CATALOG),
            oid(OWNER),
            char(if left == 0 { 'l' } else { 'b' }),
            bool(false),
            bool(false),
            oid(left),
            oid(right),
            oid(returns),
            oid(0),
            oid(0),
            oid(operator.function),
            oid(0),
            oid(0),
        ]
    };
    operators::all().map(row).collect()
}
