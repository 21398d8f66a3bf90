//! `pg_class`, `pg_attribute`, `pg_attrdef`, `pg_namespace`, `pg_tables`.

use super::cell::{self, Cell, bool, char, float4, int2, int4, name, oid, text, xid};
use super::{OWNER, SystemTable, TABLES, io, types};
use crate::postgresql::database::{PG_CATALOG, PUBLIC};
use crate::postgresql::definition::{Kind, Relation, Rule, UserType};
use crate::postgresql::lookup::{BUILT_IN_SCHEMAS, Lookup, temporary_schema};
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Shape;
use std::sync::Arc;

/// The schemas of temporary things: this and the process number.
const TEMPORARY: Oid = 16_000;

/// The schema of a temporary thing, or else `schema`.
pub(super) fn namespace(schema: Oid, temporary: Option<i32>) -> Oid {
    temporary.map_or(schema, |process| TEMPORARY.wrapping_add(process.unsigned_abs()))
}

/// What the snapshot sees of the tables.
pub(super) fn relations(context: &Context<'_>) -> Vec<Arc<Relation>> {
    let database = &context.database;
    database
        .relations
        .seen(&context.snapshot, &database.transactions)
        .map(|(_, relation)| relation.clone())
        .collect()
}

/// A composite type and its fields: names, types, modifiers.
type Composite = (Arc<UserType>, Vec<(String, Oid, i32)>);

/// The row types that are no table's.
pub(super) fn composites(context: &Context<'_>) -> Vec<Composite> {
    let tables = relations(context);
    let database = &context.database;
    let seen = database.types.seen(&context.snapshot, &database.transactions);
    let composite = |(_, ty): (usize, &Arc<UserType>)| match &ty.shape {
        Shape::Composite(fields) if !tables.iter().any(|table| table.row_type == ty.oid) => {
            Some((ty.clone(), fields.clone()))
        }
        _ => None,
    };
    seen.filter_map(composite).collect()
}

/// What differs from row to row of `pg_class`.
struct Class<'a> {
    oid: Oid,
    name: &'a str,
    namespace: Oid,
    row_type: Oid,
    access_method: Oid,
    kind: char,
    columns: usize,
    checks: usize,
    has_index: bool,
    has_triggers: bool,
    temporary: bool,
}

impl Class<'_> {
    fn row(&self) -> Vec<Cell> {
        let is_view = self.kind == 'v';
        let stored = matches!(self.kind, 'r' | 'i' | 'S');
        let system = self.namespace == PG_CATALOG;
        // An index and a sequence are counted when they are made, a table not before it is analysed.
        let (pages, tuples) = match self.kind {
            'i' => (1, 0.0),
            'S' => (1, 1.0),
            _ => (0, -1.0),
        };
        vec![
            oid(self.oid),
            name(self.name),
            oid(self.namespace),
            oid(self.row_type),
            oid(0),
            oid(OWNER),
            oid(self.access_method),
            oid(if stored && !system { self.oid } else { 0 }),
            oid(0),
            int4(pages),
            float4(tuples),
            int4(0),
            int4(0),
            oid(0),
            bool(self.has_index),
            bool(false),
            char(if self.temporary { 't' } else { 'p' }),
            char(self.kind),
            int2(i16::try_from(self.columns).unwrap_or(i16::MAX)),
            int2(i16::try_from(self.checks).unwrap_or(i16::MAX)),
            bool(is_view),
            bool(self.has_triggers),
            bool(false),
            bool(false),
            bool(false),
            bool(true),
            char(if self.kind == 'r' && !system { 'd' } else { 'n' }),
            bool(false),
            oid(0),
            xid(0),
            xid(0),
            None,
            None,
            None,
        ]
    }
}

/// `pg_class`
pub(super) fn pg_class(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = TABLES.iter().map(system_class).collect();
    let tables = relations(context);
    let referenced = |table: Oid| {
        let mut constraints = tables.iter().flat_map(|relation| &relation.constraints);
        constraints
            .any(|constraint| matches!(constraint.rule, Rule::Foreign { table: other, .. } if other == table))
    };
    for relation in &tables {
        let unique =
            relation.constraints.iter().filter(|constraint| matches!(constraint.rule, Rule::Unique { .. }));
        let checks =
            relation.constraints.iter().filter(|constraint| matches!(constraint.rule, Rule::Check(_)));
        let references =
            relation.constraints.iter().any(|constraint| matches!(constraint.rule, Rule::Foreign { .. }));
        let class = Class {
            oid: relation.oid,
            name: &relation.name,
            namespace: namespace(relation.schema, relation.temporary),
            row_type: relation.row_type,
            access_method: if relation.is_table() { HEAP } else { 0 },
            kind: match relation.kind {
                Kind::Table => 'r',
                Kind::View(_) => 'v',
                Kind::Sequence(_) => 'S',
            },
            columns: relation.columns.len(),
            checks: checks.count(),
            has_index: unique.clone().next().is_some(),
            has_triggers: references || referenced(relation.oid) || !relation.triggers.is_empty(),
            temporary: relation.temporary.is_some(),
        };
        rows.push(class.row());
        for constraint in unique {
            let Rule::Unique { columns, .. } = &constraint.rule else { continue };
            let index = Class {
                oid: constraint.oid,
                name: &constraint.name,
                row_type: 0,
                access_method: BTREE,
                kind: 'i',
                columns: columns.len(),
                checks: 0,
                has_index: false,
                has_triggers: false,
                ..class
            };
            rows.push(index.row());
        }
    }
    for (ty, fields) in composites(context) {
        let class = Class {
            oid: ty.oid,
            name: &ty.name,
            namespace: namespace(ty.schema, ty.temporary),
            row_type: ty.oid,
            access_method: 0,
            kind: 'c',
            columns: fields.len(),
            checks: 0,
            has_index: false,
            has_triggers: false,
            temporary: ty.temporary.is_some(),
        };
        rows.push(class.row());
    }
    rows
}

/// Access methods.
const HEAP: Oid = 2;
const BTREE: Oid = 403;

fn system_class(table: &SystemTable) -> Vec<Cell> {
    let class = Class {
        oid: table.oid,
        name: table.name,
        namespace: table.schema,
        row_type: table.row_type,
        access_method: if table.is_view { 0 } else { HEAP },
        kind: if table.is_view { 'v' } else { 'r' },
        columns: table.attributes().count(),
        checks: 0,
        has_index: !table.is_view,
        has_triggers: false,
        temporary: false,
    };
    class.row()
}

/// What differs from row to row of `pg_attribute`.
struct Attribute<'a> {
    relation: Oid,
    name: &'a str,
    ty: Type,
    number: i16,
    not_null: bool,
    has_default: bool,
    dropped: bool,
    owner: Owner,
}

/// What a column is of, as far as that says how it is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    SystemTable,
    SystemView,
    User,
}

/// The collation `C`, which is that of all text in system tables, and of all names.
const C: Oid = 950;

/// Types of small arrays of their own.
const INT2VECTOR: Oid = 22;
const OIDVECTOR: Oid = 30;

impl Attribute<'_> {
    fn row(&self, context: &Context<'_>) -> Vec<Cell> {
        let known = types::facts(self.ty.oid, context);
        let io = io::of(self.ty.oid).unwrap_or(io::ARRAY);
        let collation = match (self.owner, types::collation(self.ty.oid)) {
            (Owner::SystemTable, collation) if collation != 0 => C,
            (_, collation) => collation,
        };
        let vector = matches!(self.ty.oid, INT2VECTOR | OIDVECTOR);
        let dimensions = i16::from(known.category == 'A' && self.owner != Owner::SystemView);
        let storage = match known.category {
            'A' if vector && self.owner == Owner::SystemTable => 'p',
            'A' => 'x',
            _ if known.length > 0 => 'p',
            _ => io.storage,
        };
        vec![
            oid(self.relation),
            name(self.name),
            oid(if self.dropped { 0 } else { self.ty.oid }),
            int2(known.length),
            int2(self.number),
            int4(self.ty.modifier),
            int2(dimensions),
            bool(known.by_value),
            char(known.align),
            char(storage),
            char('\0'),
            bool(self.not_null),
            bool(self.has_default),
            bool(false),
            char('\0'),
            char('\0'),
            bool(self.dropped),
            bool(true),
            int2(0),
            oid(collation),
            None,
            None,
            None,
            None,
            None,
        ]
    }
}

/// The columns that every table has, by number.
const SYSTEM_ATTRIBUTES: [(i16, &str, Oid); 6] = [
    (-6, "tableoid", 26),
    (-5, "cmax", 29),
    (-4, "xmax", 28),
    (-3, "cmin", 29),
    (-2, "xmin", 28),
    (-1, "ctid", 27),
];

/// `pg_attribute`
pub(super) fn pg_attribute(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let plain = Attribute {
        relation: 0,
        name: "",
        ty: Type::plain(0),
        number: 0,
        not_null: false,
        has_default: false,
        dropped: false,
        owner: Owner::User,
    };
    let system = |relation: Oid| {
        SYSTEM_ATTRIBUTES.into_iter().map(move |(number, name, ty)| Attribute {
            relation,
            name,
            ty: Type::plain(ty),
            number,
            not_null: true,
            has_default: false,
            dropped: false,
            owner: Owner::User,
        })
    };
    for table in TABLES {
        let owner = if table.is_view { Owner::SystemView } else { Owner::SystemTable };
        for (column, number) in table.attributes().zip(1..) {
            let ty = Type::plain(column.ty);
            let own = Attribute {
                relation: table.oid,
                name: column.name,
                ty,
                number,
                not_null: column.not_null,
                owner,
                ..plain
            };
            rows.push(own.row(context));
        }
        if !table.is_view {
            rows.extend(system(table.oid).map(|attribute| attribute.row(context)));
        }
    }
    for relation in relations(context) {
        for (column, number) in relation.columns.iter().zip(1..) {
            let dropped = format!("........pg.dropped.{number}........");
            let own = Attribute {
                relation: relation.oid,
                name: if column.dropped { &dropped } else { &column.name },
                ty: column.ty,
                number,
                not_null: column.not_null && !column.dropped,
                has_default: column.default.is_some() && !column.dropped,
                dropped: column.dropped,
                owner: Owner::User,
            };
            rows.push(own.row(context));
        }
        if relation.view().is_none() {
            rows.extend(system(relation.oid).map(|attribute| attribute.row(context)));
        }
        for constraint in &relation.constraints {
            let Rule::Unique { columns, .. } = &constraint.rule else { continue };
            for (place, number) in columns.iter().zip(1..) {
                let Some(column) = relation.columns.get(*place) else { continue };
                let own = Attribute {
                    relation: constraint.oid,
                    name: &column.name,
                    ty: column.ty,
                    number,
                    ..plain
                };
                rows.push(own.row(context));
            }
        }
    }
    for (ty, fields) in composites(context) {
        for ((name, oid, modifier), number) in fields.iter().zip(1..) {
            let field = Type { oid: *oid, modifier: *modifier };
            rows.push(Attribute { relation: ty.oid, name, ty: field, number, ..plain }.row(context));
        }
    }
    rows
}

/// `pg_attrdef`. Here an expression is kept as SQL, and not as a tree.
pub(super) fn pg_attrdef(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for relation in relations(context) {
        for (column, number) in relation.columns.iter().zip(1_i16..) {
            let Some(default) = column.default.as_ref().filter(|_| !column.dropped) else { continue };
            let own = relation.oid.wrapping_mul(100).wrapping_add(u32::from(number.unsigned_abs()));
            rows.push(vec![oid(own), oid(relation.oid), int2(number), text(default)]);
        }
    }
    rows
}

/// The schemas: number, name, owner.
pub(super) fn schemas(context: &Context<'_>) -> Vec<(Oid, String)> {
    let mut schemas: Vec<(Oid, String)> =
        BUILT_IN_SCHEMAS.iter().map(|(oid, name)| (*oid, (*name).to_owned())).collect();
    let database = &context.database;
    let seen = database.schemas.seen(&context.snapshot, &database.transactions);
    let own = seen.filter(|(_, schema)| !BUILT_IN_SCHEMAS.iter().any(|(oid, _)| *oid == schema.oid));
    schemas.extend(own.map(|(_, schema)| (schema.oid, schema.name.clone())));
    let types = database.types.seen(&context.snapshot, &database.transactions).map(|(_, ty)| ty.temporary);
    let mut processes: Vec<i32> =
        relations(context).iter().map(|relation| relation.temporary).chain(types).flatten().collect();
    processes.sort_unstable();
    processes.dedup();
    schemas.extend(
        processes.into_iter().map(|process| (namespace(0, Some(process)), temporary_schema(process))),
    );
    schemas
}

/// The owner of `public`: `pg_database_owner`.
const PUBLIC_OWNER: Oid = 6171;

/// `pg_namespace`
pub(super) fn pg_namespace(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let owner = |schema| if schema == PUBLIC { PUBLIC_OWNER } else { OWNER };
    let row = |(schema, own): (Oid, String)| vec![oid(schema), name(&own), oid(owner(schema)), None];
    schemas(context).into_iter().map(row).collect()
}

/// `pg_tables`
pub(super) fn pg_tables(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let schemas = schemas(context);
    let schema = |wanted: Oid| schemas.iter().find(|(oid, _)| *oid == wanted).and_then(|(_, own)| name(own));
    let row = |schema: Cell, own: &str, indexed: bool, triggers: bool| {
        vec![
            schema,
            name(own),
            cell::name("postgres"),
            None,
            bool(indexed),
            bool(false),
            bool(triggers),
            bool(false),
        ]
    };
    let system = TABLES.iter().filter(|table| !table.is_view);
    let mut rows: Vec<Vec<Cell>> =
        system.map(|table| row(schema(table.schema), table.name, true, false)).collect();
    for relation in relations(context).into_iter().filter(|relation| relation.is_table()) {
        let indexed =
            relation.constraints.iter().any(|constraint| matches!(constraint.rule, Rule::Unique { .. }));
        let place = schema(namespace(relation.schema, relation.temporary));
        rows.push(row(place, &relation.name, indexed, !relation.triggers.is_empty()));
    }
    rows
}

/// `pg_views`: of the views that somebody made; PostgreSQL would print their queries anew.
pub(super) fn pg_views(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let schemas = schemas(context);
    let row = |relation: Arc<Relation>| {
        let place = namespace(relation.schema, relation.temporary);
        let schema = schemas.iter().find(|(oid, _)| *oid == place).and_then(|(_, own)| name(own));
        let definition = relation.view().map(|view| format!(" {};", view.sql))?;
        Some(vec![schema, name(&relation.name), cell::name("postgres"), text(definition)])
    };
    relations(context).into_iter().filter_map(row).collect()
}

/// The name of a relation that is no table: an index or a composite type; with its schema where that is needed to find it.
pub(crate) fn other_relation_name(lookup: Lookup<'_>, wanted: Oid) -> Option<String> {
    let (_, name, schema, temporary) = others(lookup).find(|(oid, ..)| *oid == wanted)?;
    let name = quote_identifier(&name);
    if lookup.on_path(schema, temporary) {
        return Some(name);
    }
    Some(format!("{}.{name}", quote_identifier(&lookup.schema_name(schema)?)))
}

/// Whether a relation that is no table is found without its schema.
pub(crate) fn other_relation_visible(lookup: Lookup<'_>, wanted: Oid) -> Option<bool> {
    let (_, _, schema, temporary) = others(lookup).find(|(oid, ..)| *oid == wanted)?;
    Some(lookup.on_path(schema, temporary))
}

/// The relation of this name that is no table.
pub(crate) fn other_relation(lookup: Lookup<'_>, schema: Option<&str>, wanted: &str) -> Option<Oid> {
    let places = lookup.search(schema);
    others(lookup)
        .find(|(_, name, schema, temporary)| {
            name == wanted && places.iter().any(|place| lookup.within(*place, *schema, *temporary))
        })
        .map(|(oid, ..)| oid)
}

/// Indexes and composite types: number, name, schema, the session that they are temporary to.
fn others(lookup: Lookup<'_>) -> impl Iterator<Item = (Oid, String, Oid, Option<i32>)> {
    let Lookup { database, snapshot, .. } = lookup;
    let tables = database.relations.seen(snapshot, &database.transactions);
    let indexes = tables.flat_map(|(_, table)| {
        let unique =
            table.constraints.iter().filter(|constraint| matches!(constraint.rule, Rule::Unique { .. }));
        unique.map(|constraint| (constraint.oid, constraint.name.clone(), table.schema, table.temporary))
    });
    let types = database.types.seen(snapshot, &database.transactions);
    let composites = types.filter(|(_, ty)| matches!(ty.shape, Shape::Composite(_)));
    indexes.chain(composites.map(|(_, ty)| (ty.oid, ty.name.clone(), ty.schema, ty.temporary)))
}
