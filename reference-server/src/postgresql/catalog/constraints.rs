//! `pg_constraint`, `pg_index`, `pg_indexes`, `pg_trigger`. An index has the number of the constraint that it is for.

use super::cell::{Cell, bool, char, int2, name, oid, text};
use super::relations::{namespace, relations, schemas};
use super::types::collation;
use crate::postgresql::definition::{Constraint, Relation, Rule, UserType};
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::sql::analyse::{Analyser, Parameters, user_table};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::{Expr, Node};
use crate::postgresql::storage::Oid;
use pgconform_wire::value::array::Array;
use pgconform_wire::value::bytea::Bytea;
use pgconform_wire::value::vector::{Int2Vector, OidVector};
use pgconform_wire::value::{Shape, Value};

fn numbers(columns: &[usize]) -> Vec<i16> {
    columns.iter().map(|place| i16::try_from(place + 1).unwrap_or(i16::MAX)).collect()
}

fn keys(columns: &[usize]) -> Cell {
    const INT2: Oid = 21;
    Some(Value::Array(Array::new(INT2, numbers(columns).into_iter().map(int2).collect())))
}

/// What differs from row to row of `pg_constraint`.
struct Row<'a> {
    oid: Oid,
    name: &'a str,
    namespace: Oid,
    kind: char,
    deferrable: bool,
    deferred: bool,
    relation: Oid,
    ty: Oid,
    index: Oid,
    foreign: Oid,
    columns: Cell,
    referenced: Cell,
    source: Cell,
}

impl Row<'_> {
    fn cells(self) -> Vec<Cell> {
        let foreign = self.kind == 'f';
        let letter = |letter| char(if foreign { letter } else { ' ' });
        vec![
            oid(self.oid),
            name(self.name),
            oid(self.namespace),
            char(self.kind),
            bool(self.deferrable),
            bool(self.deferred),
            bool(true),
            bool(true),
            oid(self.relation),
            oid(self.ty),
            oid(self.index),
            oid(0),
            oid(self.foreign),
            letter('a'),
            letter('a'),
            letter('s'),
            bool(true),
            int2(0),
            bool(!matches!(self.kind, 'c' | 'n')),
            bool(false),
            self.columns,
            self.referenced,
            None,
            None,
            None,
            None,
            None,
            self.source,
        ]
    }
}

/// `pg_constraint`
pub(super) fn pg_constraint(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let relations = relations(context);
    let mut rows = Vec::new();
    for relation in &relations {
        for constraint in &relation.constraints {
            let mut row = constraint_row(relation, constraint, &relations);
            if let Rule::Check(source) = &constraint.rule {
                row.columns = checked_columns(relation, source, context);
            }
            rows.push(row.cells());
        }
        for (place, column) in relation.columns.iter().enumerate() {
            if column.not_null && !column.dropped {
                rows.push(not_null(relation, place, &format!("{}_{}_not_null", relation.name, column.name)));
            }
        }
    }
    let database = &context.database;
    for (_, ty) in database.types.seen(&context.snapshot, &database.transactions) {
        if !matches!(ty.shape, Shape::Domain { .. }) {
            continue;
        }
        for ((check, source), number) in ty.checks.iter().zip(1..) {
            let row = Row {
                oid: check_oid(ty, number),
                name: check,
                namespace: namespace(ty.schema, ty.temporary),
                kind: 'c',
                deferrable: false,
                deferred: false,
                relation: 0,
                ty: ty.oid,
                index: 0,
                foreign: 0,
                columns: None,
                referenced: None,
                source: text(source),
            };
            rows.push(row.cells());
        }
    }
    rows
}

/// The number of a domain's check.
fn check_oid(ty: &UserType, number: u32) -> Oid {
    ty.oid.wrapping_mul(100).wrapping_add(number)
}

/// The domain's check of this number.
pub(crate) fn domain_check(context: &Context<'_>, wanted: Oid) -> Option<String> {
    let database = &context.database;
    let mut types = database.types.seen(&context.snapshot, &database.transactions);
    types.find_map(|(_, ty)| {
        let mut checks = ty.checks.iter().zip(1..);
        checks.find(|(_, number)| check_oid(ty, *number) == wanted).map(|((_, sql), _)| sql.clone())
    })
}

/// The columns that a check reads.
fn checked_columns(relation: &Relation, source: &str, context: &Context<'_>) -> Cell {
    let mut parameters = Parameters::default();
    let mut analyser = Analyser::new(context.lookup(), source, &mut parameters);
    let expr = analyser.stored(source, user_table(relation, false).columns).ok()?;
    let mut places = Vec::new();
    collect(&expr, &mut places);
    places.sort_unstable();
    places.dedup();
    keys(&places)
}

fn collect(expr: &Expr, places: &mut Vec<usize>) {
    if let Node::Column { depth: 0, index } = expr.node {
        places.push(index);
    }
    expr.children().into_iter().for_each(|child| collect(child, places));
}

/// NOT NULL of a column, which is a constraint as well.
fn not_null(relation: &Relation, place: usize, own: &str) -> Vec<Cell> {
    let number = Oid::try_from(place).unwrap_or_default();
    let row = Row {
        oid: relation.oid.wrapping_mul(100).wrapping_add(number),
        name: own,
        namespace: namespace(relation.schema, relation.temporary),
        kind: 'n',
        deferrable: false,
        deferred: false,
        relation: relation.oid,
        ty: 0,
        index: 0,
        foreign: 0,
        columns: keys(&[place]),
        referenced: None,
        source: None,
    };
    row.cells()
}

fn constraint_row<'a>(
    relation: &Relation,
    constraint: &'a Constraint,
    relations: &[std::sync::Arc<Relation>],
) -> Row<'a> {
    let plain = Row {
        oid: constraint.oid,
        name: &constraint.name,
        namespace: namespace(relation.schema, relation.temporary),
        kind: 'c',
        deferrable: constraint.deferrable,
        deferred: constraint.initially_deferred,
        relation: relation.oid,
        ty: 0,
        index: 0,
        foreign: 0,
        columns: None,
        referenced: None,
        source: None,
    };
    match &constraint.rule {
        Rule::Unique { columns, primary } => Row {
            kind: if *primary { 'p' } else { 'u' },
            index: constraint.oid,
            columns: keys(columns),
            ..plain
        },
        Rule::Check(source) => Row { source: text(source), ..plain },
        Rule::Foreign { columns, table, referenced } => {
            let target = relations.iter().find(|relation| relation.oid == *table);
            let index = target.into_iter().flat_map(|target| &target.constraints).find(|constraint| {
                matches!(&constraint.rule, Rule::Unique { columns, .. } if columns == referenced)
            });
            Row {
                kind: 'f',
                index: index.map_or(0, |index| index.oid),
                foreign: *table,
                columns: keys(columns),
                referenced: keys(referenced),
                ..plain
            }
        }
        Rule::Exclude(columns) => {
            let places: Vec<usize> = columns.iter().map(|(place, _)| *place).collect();
            Row { kind: 'x', index: constraint.oid, columns: keys(&places), ..plain }
        }
    }
}

/// `pg_index`
pub(super) fn pg_index(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for relation in relations(context) {
        for constraint in &relation.constraints {
            let Rule::Unique { columns, primary } = &constraint.rule else { continue };
            let count = i16::try_from(columns.len()).unwrap_or(i16::MAX);
            let types = columns.iter().filter_map(|place| relation.columns.get(*place));
            let collations = types.map(|column| collation(column.ty.oid)).collect();
            let zeros = vec![0; columns.len()];
            rows.push(vec![
                oid(constraint.oid),
                oid(relation.oid),
                int2(count),
                int2(count),
                bool(true),
                bool(false),
                bool(*primary),
                bool(false),
                bool(!constraint.deferrable),
                bool(false),
                bool(true),
                bool(false),
                bool(true),
                bool(true),
                bool(false),
                Some(Value::Int2Vector(Int2Vector(numbers(columns)))),
                Some(Value::OidVector(OidVector(collations))),
                Some(Value::OidVector(OidVector(vec![0; columns.len()]))),
                Some(Value::Int2Vector(Int2Vector(zeros))),
                None,
                None,
            ]);
        }
    }
    rows
}

/// `pg_indexes`
pub(super) fn pg_indexes(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let schemas = schemas(context);
    let mut rows = Vec::new();
    for relation in relations(context) {
        let place = namespace(relation.schema, relation.temporary);
        let schema =
            schemas.iter().find(|(oid, _)| *oid == place).map(|(_, name)| name.as_str()).unwrap_or_default();
        for constraint in &relation.constraints {
            let Rule::Unique { columns, .. } = &constraint.rule else { continue };
            let columns: Vec<&str> = columns
                .iter()
                .filter_map(|place| relation.columns.get(*place))
                .map(|column| column.name.as_str())
                .collect();
            let (index, table) = (&constraint.name, &relation.name);
            let columns = columns.join(", ");
            let definition =
                format!("CREATE UNIQUE INDEX {index} ON {schema}.{table} USING btree ({columns})");
            rows.push(vec![name(schema), name(table), name(index), None, text(definition)]);
        }
    }
    rows
}

/// The number of a trigger of a relation, counted from 1.
fn trigger_oid(relation: Oid, number: u32) -> Oid {
    relation.wrapping_mul(100).wrapping_add(number)
}

/// The statement that would make a trigger.
pub(crate) fn trigger_definition(context: &Context<'_>, wanted: Oid) -> Option<String> {
    for relation in relations(context) {
        for (trigger, number) in relation.triggers.iter().zip(1..) {
            if trigger_oid(relation.oid, number) != wanted {
                continue;
            }
            let events = [(trigger.insert, "INSERT"), (trigger.delete, "DELETE"), (trigger.update, "UPDATE")];
            let events: Vec<&str> =
                events.into_iter().filter(|(set, _)| *set).map(|(_, event)| event).collect();
            let function = context.database.function(trigger.function, &context.snapshot)?;
            let (name, table) = (quote_identifier(&trigger.name), quote_identifier(&relation.name));
            let when = if trigger.before { "BEFORE" } else { "AFTER" };
            let (events, function) = (events.join(" OR "), quote_identifier(&function.name));
            return Some(format!(
                "CREATE TRIGGER {name} {when} {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
            ));
        }
    }
    None
}

/// `pg_trigger`
pub(super) fn pg_trigger(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    const ROW: i16 = 1;
    const BEFORE: i16 = 2;
    const INSERT: i16 = 4;
    const DELETE: i16 = 8;
    const UPDATE: i16 = 16;
    let mut rows = Vec::new();
    for relation in relations(context) {
        for (trigger, number) in relation.triggers.iter().zip(1..) {
            let flags = [
                (trigger.before, BEFORE),
                (trigger.insert, INSERT),
                (trigger.delete, DELETE),
                (trigger.update, UPDATE),
            ];
            let kind = flags.into_iter().filter(|(set, _)| *set).fold(ROW, |kind, (_, flag)| kind | flag);
            rows.push(vec![
                oid(trigger_oid(relation.oid, number)),
                oid(relation.oid),
                oid(0),
                name(&trigger.name),
                oid(trigger.function),
                int2(kind),
                char('O'),
                bool(false),
                oid(0),
                oid(0),
                oid(0),
                bool(false),
                bool(false),
                int2(0),
                Some(Value::Int2Vector(Int2Vector(Vec::new()))),
                Some(Value::Bytea(Bytea(Vec::new()))),
                None,
                None,
                None,
            ]);
        }
    }
    rows
}
