//! `pg_type`, `pg_range`, `pg_enum`, `pg_collation`.

use super::cell::{Cell, bool, char, float4, int2, int4, name, oid, text};
use super::io::{self, Io};
use super::relations::{namespace, relations};
use super::{OWNER, TABLES};
use crate::postgresql::database::PG_CATALOG;
use crate::postgresql::definition::UserType;
use crate::postgresql::sql::context::Context;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Shape, types as built_in};
use std::sync::Arc;

/// What is known of how a type is kept.
#[derive(Clone, Copy)]
pub(super) struct Facts {
    pub(super) length: i16,
    pub(super) by_value: bool,
    pub(super) align: char,
    pub(super) category: char,
}

/// What is known of how a type is kept.
pub(super) fn facts(ty: Oid, context: &Context<'_>) -> Facts {
    if let Some(row) = built_in::by_oid(ty) {
        let (length, by_value, align, category) = (row.length, row.by_value, row.align, row.category);
        return Facts { length, by_value, align, category };
    }
    let array = Facts { length: -1, by_value: false, align: 'i', category: 'A' };
    match context.database.user_type(ty, &context.snapshot) {
        Some(user) if user.oid == ty => user_facts(&user, context),
        Some(user) => {
            Facts { align: if user_facts(&user, context).align == 'd' { 'd' } else { 'i' }, ..array }
        }
        None => array,
    }
}

fn user_facts(ty: &UserType, context: &Context<'_>) -> Facts {
    let (length, by_value, align, category) = match &ty.shape {
        Shape::Enum(_) => (4, true, 'i', 'E'),
        Shape::Composite(_) => (-1, false, 'd', 'C'),
        Shape::Domain { base, .. } => {
            let facts = facts(*base, context);
            (facts.length, facts.by_value, facts.align, facts.category)
        }
        Shape::Range { .. } | Shape::Multirange { .. } => (-1, false, 'i', 'R'),
        Shape::Base | Shape::Array { .. } | Shape::Pseudo => (-1, false, 'i', 'U'),
    };
    Facts { length, by_value, align, category }
}

/// The collation of a type: that of its elements for arrays.
pub(super) fn collation(ty: Oid) -> Oid {
    let element = built_in::by_oid(ty).filter(|row| row.is_array()).map_or(ty, |row| row.element);
    io::of(element).map_or(0, |io| io.collation)
}

/// What differs from row to row of `pg_type`.
struct TypeRow<'a> {
    oid: Oid,
    name: &'a str,
    namespace: Oid,
    facts: Facts,
    kind: char,
    preferred: bool,
    delimiter: char,
    relation: Oid,
    element: Oid,
    array: Oid,
    io: Io,
    not_null: bool,
    base: (Oid, i32),
}

impl TypeRow<'_> {
    fn row(&self) -> Vec<Cell> {
        vec![
            oid(self.oid),
            name(self.name),
            oid(self.namespace),
            oid(OWNER),
            int2(self.facts.length),
            bool(self.facts.by_value),
            char(self.kind),
            char(self.facts.category),
            bool(self.preferred),
            bool(true),
            char(self.delimiter),
            oid(self.relation),
            oid(self.io.subscript),
            oid(self.element),
            oid(self.array),
            oid(self.io.input),
            oid(self.io.output),
            oid(self.io.receive),
            oid(self.io.send),
            oid(self.io.modifier_in),
            oid(self.io.modifier_out),
            oid(self.io.analyze),
            char(self.facts.align),
            char(self.io.storage),
            bool(self.not_null),
            oid(self.base.0),
            int4(self.base.1),
            int4(0),
            oid(self.io.collation),
            None,
            None,
            None,
        ]
    }

    /// The type of its arrays.
    fn array_row(&self, own: &str) -> Vec<Cell> {
        let align = if self.facts.align == 'd' { 'd' } else { 'i' };
        let facts = Facts { length: -1, by_value: false, align, category: 'A' };
        let row = TypeRow {
            oid: self.array,
            name: own,
            namespace: self.namespace,
            facts,
            kind: 'b',
            preferred: false,
            delimiter: self.delimiter,
            relation: 0,
            element: self.oid,
            array: 0,
            io: Io {
                modifier_in: self.io.modifier_in,
                modifier_out: self.io.modifier_out,
                collation: self.io.collation,
                ..io::ARRAY
            },
            not_null: false,
            base: (0, -1),
        };
        row.row()
    }
}

/// `pg_type`
pub(super) fn pg_type(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = built_in::TYPES.iter().map(|ty| built_in_row(ty, context)).collect();
    for table in TABLES {
        let facts = Facts { length: -1, by_value: false, align: 'd', category: 'C' };
        let row = TypeRow {
            oid: table.row_type,
            name: table.name,
            namespace: table.schema,
            facts,
            kind: 'c',
            preferred: false,
            delimiter: ',',
            relation: table.oid,
            element: 0,
            array: 0,
            io: io::RECORD,
            not_null: false,
            base: (0, -1),
        };
        rows.push(row.row());
    }
    let tables = relations(context);
    let seen: Vec<Arc<UserType>> = {
        let database = &context.database;
        database.types.seen(&context.snapshot, &database.transactions).map(|(_, ty)| ty.clone()).collect()
    };
    for ty in seen {
        let table = tables.iter().find(|table| table.row_type == ty.oid).map(|table| table.oid);
        let composite = matches!(ty.shape, Shape::Composite(_));
        let (kind, io, base) = match &ty.shape {
            Shape::Enum(_) => ('e', io::ENUM, (0, -1)),
            Shape::Composite(_) => ('c', io::RECORD, (0, -1)),
            Shape::Domain { base, modifier } => ('d', domain_io(*base, context), (*base, *modifier)),
            Shape::Range { .. } => ('r', io::RECORD, (0, -1)),
            Shape::Multirange { .. } => ('m', io::RECORD, (0, -1)),
            Shape::Base | Shape::Array { .. } => ('b', io::ARRAY, (0, -1)),
            Shape::Pseudo => ('p', io::RECORD, (0, -1)),
        };
        let row = TypeRow {
            oid: ty.oid,
            name: &ty.name,
            namespace: namespace(ty.schema, ty.temporary),
            facts: user_facts(&ty, context),
            kind,
            preferred: false,
            delimiter: ',',
            relation: if composite { table.unwrap_or(ty.oid) } else { 0 },
            element: 0,
            array: ty.array,
            io,
            not_null: ty.not_null,
            base,
        };
        rows.push(row.row());
        if ty.array != 0 {
            rows.push(row.array_row(&format!("_{}", ty.name)));
        }
    }
    rows
}

/// A domain is written as its base type, but read by functions of its own.
fn domain_io(base: Oid, context: &Context<'_>) -> Io {
    const DOMAIN_IN: Oid = 2597;
    const DOMAIN_RECEIVE: Oid = 2598;
    let of_base = match context.database.user_type(base, &context.snapshot) {
        None => io::of(base).unwrap_or(io::ARRAY),
        Some(user) if user.oid != base => io::ARRAY,
        Some(user) => match &user.shape {
            Shape::Domain { base, .. } => domain_io(*base, context),
            Shape::Enum(_) => io::ENUM,
            _ => io::RECORD,
        },
    };
    Io {
        input: DOMAIN_IN,
        receive: DOMAIN_RECEIVE,
        modifier_in: 0,
        modifier_out: 0,
        analyze: 0,
        subscript: 0,
        ..of_base
    }
}

fn built_in_row(ty: &built_in::Type, context: &Context<'_>) -> Vec<Cell> {
    let array = ty.is_array();
    let io = if array {
        let element = io::of(ty.element);
        Io {
            modifier_in: element.map_or(0, |io| io.modifier_in),
            modifier_out: element.map_or(0, |io| io.modifier_out),
            collation: element.map_or(0, |io| io.collation),
            ..io::ARRAY
        }
    } else {
        io::of(ty.oid).unwrap_or(io::RECORD)
    };
    let row = TypeRow {
        oid: ty.oid,
        name: ty.name,
        namespace: PG_CATALOG,
        facts: facts(ty.oid, context),
        kind: ty.kind,
        preferred: ty.preferred,
        delimiter: ty.delimiter,
        relation: 0,
        element: ty.element,
        array: ty.array,
        io,
        not_null: false,
        base: (0, -1),
    };
    row.row()
}

/// `pg_range`
pub(super) fn pg_range(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    // Range, operator class, canonical and difference functions.
    const REST: [(Oid, Oid, Oid, Oid); 6] = [
        (3904, 1978, 3914, 3922),
        (3906, 3125, 0, 3924),
        (3908, 3128, 0, 3929),
        (3910, 3127, 0, 3930),
        (3912, 3122, 3915, 3925),
        (3926, 3124, 3928, 3923),
    ];
    let row = |(range, class, canonical, difference): (Oid, Oid, Oid, Oid)| {
        let known = built_in::range(|row| row.range == range)?;
        Some(vec![
            oid(range),
            oid(known.element),
            oid(known.multirange),
            oid(0),
            oid(class),
            oid(canonical),
            oid(difference),
        ])
    };
    REST.into_iter().filter_map(row).collect()
}

/// `pg_enum`
pub(super) fn pg_enum(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let database = &context.database;
    let mut rows = Vec::new();
    for (_, ty) in database.types.seen(&context.snapshot, &database.transactions) {
        let Shape::Enum(labels) = &ty.shape else { continue };
        for (label, number) in labels.iter().zip(1_u16..) {
            let own = ty.oid.wrapping_mul(1000).wrapping_add(u32::from(number));
            rows.push(vec![oid(own), oid(ty.oid), float4(f32::from(number)), name(label)]);
        }
    }
    rows
}

/// A collation: number, name, provider, encoding, the C library's name for it, its locale.
type Collation = (Oid, &'static str, char, i32, Option<&'static str>, Option<&'static str>);

/// `pg_collation`: those that do not depend on the machine.
pub(super) fn pg_collation(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    const ALL: [Collation; 6] = [
        (100, "default", 'd', -1, None, None),
        (950, "C", 'c', -1, Some("C"), None),
        (951, "POSIX", 'c', -1, Some("POSIX"), None),
        (962, "ucs_basic", 'b', 6, None, Some("C")),
        (811, "pg_c_utf8", 'b', 6, None, Some("C.UTF-8")),
        (6411, "pg_unicode_fast", 'b', 6, None, Some("PG_UNICODE_FAST")),
    ];
    let row = |(number, own, provider, encoding, libc, locale): Collation| {
        vec![
            oid(number),
            name(own),
            oid(PG_CATALOG),
            oid(OWNER),
            char(provider),
            bool(true),
            int4(encoding),
            libc.and_then(text),
            libc.and_then(text),
            locale.and_then(text),
            None,
            if provider == 'b' { text("1") } else { None },
        ]
    };
    ALL.into_iter().map(row).collect()
}
