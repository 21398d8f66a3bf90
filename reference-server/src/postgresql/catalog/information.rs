//! The information schema, as far as tools read it.

use super::cell::{Cell, int4, name, text};
use super::relations::{namespace, relations, schemas};
use super::{SystemTable, TABLES};
use crate::postgresql::definition::{Kind, Relation, Rule};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::known::Known;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Types, types as built_in};
use std::sync::Arc;

/// What the names of schemas are.
struct Names {
    catalog: String,
    schemas: Vec<(Oid, String)>,
}

impl Names {
    fn of(context: &Context<'_>) -> Self {
        Self { catalog: context.database.name.clone(), schemas: schemas(context) }
    }

    fn catalog(&self) -> Cell {
        name(&self.catalog)
    }

    fn schema(&self, oid: Oid) -> Cell {
        self.schemas.iter().find(|(schema, _)| *schema == oid).and_then(|(_, own)| name(own))
    }

    fn of_relation(&self, relation: &Relation) -> [Cell; 3] {
        let place = namespace(relation.schema, relation.temporary);
        [self.catalog(), self.schema(place), name(&relation.name)]
    }

    fn of_system(&self, table: &SystemTable) -> [Cell; 3] {
        [self.catalog(), self.schema(table.schema), name(table.name)]
    }
}

fn yes_or_no(value: bool) -> Cell {
    text(if value { "YES" } else { "NO" })
}

/// `information_schema.tables`
pub(super) fn tables(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let names = Names::of(context);
    let row = |own: [Cell; 3], kind: &str, insertable: bool| {
        let mut row = own.to_vec();
        row.push(text(kind));
        row.extend(std::iter::repeat_n(None, 5));
        row.extend([yes_or_no(insertable), yes_or_no(false), None]);
        row
    };
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for table in TABLES {
        let kind = if table.is_view { "VIEW" } else { "BASE TABLE" };
        rows.push(row(names.of_system(table), kind, !table.is_view));
    }
    for relation in
        relations(context).into_iter().filter(|relation| !matches!(relation.kind, Kind::Sequence(_)))
    {
        let is_view = relation.view().is_some();
        let kind = match (relation.temporary, is_view) {
            (Some(_), _) => "LOCAL TEMPORARY",
            (None, true) => "VIEW",
            (None, false) => "BASE TABLE",
        };
        rows.push(row(names.of_relation(&relation), kind, !is_view));
    }
    rows
}

/// `information_schema.views`: none of them can be changed.
pub(super) fn views(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let names = Names::of(context);
    let row = |relation: Arc<Relation>| {
        let mut row = names.of_relation(&relation).to_vec();
        row.push(text(format!(" {};", relation.view()?.sql)));
        row.push(text("NONE"));
        row.extend(std::iter::repeat_n(yes_or_no(false), 5));
        Some(row)
    };
    relations(context).into_iter().filter_map(row).collect()
}

/// What differs from row to row of `information_schema.columns`.
struct ColumnRow<'a> {
    name: &'a str,
    number: i32,
    default: Option<&'a str>,
    not_null: bool,
    ty: Type,
    updatable: bool,
}

impl ColumnRow<'_> {
    fn row(&self, table: [Cell; 3], names: &Names, context: &Context<'_>) -> Vec<Cell> {
        let known = Known(context.lookup());
        let built_in = built_in::by_oid(self.ty.oid);
        let array = built_in.is_some_and(built_in::Type::is_array);
        let data_type = match built_in {
            _ if array => "ARRAY".to_owned(),
            Some(row) => row.sql_name.to_owned(),
            None => "USER-DEFINED".to_owned(),
        };
        let (length, octets) = self.lengths();
        let (precision, radix, scale) = self.numeric();
        let user = context.database.user_type(self.ty.oid, &context.snapshot);
        let udt_schema = match &user {
            Some(user) => names.schema(namespace(user.schema, user.temporary)),
            None => name("pg_catalog"),
        };
        let udt = built_in.map_or_else(|| known.name(self.ty.oid), |row| row.name.to_owned());
        let mut row = table.to_vec();
        row.extend([
            name(self.name),
            int4(self.number),
            self.default.and_then(text),
            yes_or_no(!self.not_null),
            text(data_type),
            length,
            octets,
            precision,
            radix,
            scale,
            self.datetime(),
        ]);
        // Intervals, character sets, collations, domains.
        row.extend(std::iter::repeat_n(None, 11));
        row.extend([names.catalog(), udt_schema, name(&udt)]);
        row.extend(std::iter::repeat_n(None, 4));
        row.extend([name(&self.number.to_string()), yes_or_no(false), yes_or_no(false)]);
        row.extend(std::iter::repeat_n(None, 5));
        row.extend([yes_or_no(false), text("NEVER"), None, yes_or_no(self.updatable)]);
        row
    }

    /// The most characters and bytes.
    fn lengths(&self) -> (Cell, Cell) {
        const HEADER: i32 = 4;
        const BYTES_OF_CHARACTER: i32 = 4;
        const ANY: i32 = 1 << 30;
        match self.ty.oid {
            1042 | 1043 if self.ty.modifier >= HEADER => {
                let length = self.ty.modifier - HEADER;
                (int4(length), int4(length.saturating_mul(BYTES_OF_CHARACTER)))
            }
            25 | 1042 | 1043 => (None, int4(ANY)),
            _ => (None, None),
        }
    }

    /// Precision, its radix, and scale.
    fn numeric(&self) -> (Cell, Cell, Cell) {
        const HEADER: i32 = 4;
        match self.ty.oid {
            21 => (int4(16), int4(2), int4(0)),
            23 => (int4(32), int4(2), int4(0)),
            20 => (int4(64), int4(2), int4(0)),
            700 => (int4(24), int4(2), None),
            701 => (int4(53), int4(2), None),
            1700 if self.ty.modifier >= HEADER => {
                let packed = self.ty.modifier - HEADER;
                (int4(packed >> 16), int4(10), int4(packed & 0x7ff))
            }
            1700 => (None, int4(10), None),
            _ => (None, None, None),
        }
    }

    fn datetime(&self) -> Cell {
        match self.ty.oid {
            1082 => int4(0),
            1083 | 1114 | 1184 | 1266 => int4(if self.ty.modifier < 0 { 6 } else { self.ty.modifier }),
            1186 => int4(6),
            _ => None,
        }
    }
}

/// `information_schema.columns`
pub(super) fn columns(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let names = Names::of(context);
    let mut rows = Vec::new();
    for table in TABLES {
        for (attribute, number) in table.attributes().zip(1..) {
            let row = ColumnRow {
                name: attribute.name,
                number,
                default: None,
                not_null: attribute.not_null,
                ty: Type::plain(attribute.ty),
                updatable: !table.is_view,
            };
            rows.push(row.row(names.of_system(table), &names, context));
        }
    }
    for relation in
        relations(context).into_iter().filter(|relation| !matches!(relation.kind, Kind::Sequence(_)))
    {
        for (column, number) in relation.columns.iter().zip(1..) {
            if column.dropped {
                continue;
            }
            let row = ColumnRow {
                name: &column.name,
                number,
                default: column.default.as_deref(),
                not_null: column.not_null,
                ty: column.ty,
                updatable: relation.view().is_none(),
            };
            rows.push(row.row(names.of_relation(&relation), &names, context));
        }
    }
    rows
}

/// `information_schema.schemata`
pub(super) fn schemata(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let names = Names::of(context);
    let row =
        |(_, own): &(Oid, String)| vec![names.catalog(), name(own), name("postgres"), None, None, None, None];
    names.schemas.iter().map(row).collect()
}

/// `information_schema.table_constraints`
pub(super) fn table_constraints(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let names = Names::of(context);
    let mut rows = Vec::new();
    for relation in relations(context) {
        for constraint in &relation.constraints {
            let kind = match &constraint.rule {
                Rule::Unique { primary: true, .. } => "PRIMARY KEY",
                Rule::Unique { primary: false, .. } => "UNIQUE",
                Rule::Check(_) => "CHECK",
                Rule::Foreign { .. } => "FOREIGN KEY",
                Rule::Exclude(_) => continue,
            };
            let [catalog, schema, table] = names.of_relation(&relation);
            rows.push(vec![
                catalog.clone(),
                schema.clone(),
                name(&constraint.name),
                catalog,
                schema,
                table,
                text(kind),
                yes_or_no(constraint.deferrable),
                yes_or_no(constraint.initially_deferred),
                yes_or_no(true),
                if kind == "UNIQUE" { yes_or_no(true) } else { None },
            ]);
        }
    }
    rows
}

/// `information_schema.key_column_usage`
pub(super) fn key_column_usage(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let names = Names::of(context);
    let mut rows = Vec::new();
    for relation in relations(context) {
        for constraint in &relation.constraints {
            let (columns, foreign) = match &constraint.rule {
                Rule::Unique { columns, .. } => (columns, false),
                Rule::Foreign { columns, .. } => (columns, true),
                Rule::Check(_) | Rule::Exclude(_) => continue,
            };
            for (place, number) in columns.iter().zip(1..) {
                let Some(column) = relation.columns.get(*place) else { continue };
                let [catalog, schema, table] = names.of_relation(&relation);
                rows.push(vec![
                    catalog.clone(),
                    schema.clone(),
                    name(&constraint.name),
                    catalog,
                    schema,
                    table,
                    name(&column.name),
                    int4(number),
                    if foreign { int4(number) } else { None },
                ]);
            }
        }
    }
    rows
}
