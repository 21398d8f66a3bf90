//! What is known of types: those that are built in, and those that the database has.

use crate::postgresql::definition::UserType;
use crate::postgresql::lookup::Lookup;
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{
    BuiltIn, DateOrder, DateOutput, DateStyle, IntervalStyle, Invalid, Shape, Style, Types, Utc, types,
};
use std::sync::Arc;

/// The types that a command knows.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a>(pub(crate) Lookup<'a>);

/// How values look where no session has a say.
pub(crate) const PLAIN: Style<'static> = Style {
    date: DateStyle { output: DateOutput::Iso, order: DateOrder::Mdy },
    interval: IntervalStyle::Postgres,
    zone: &Utc,
    extra_float_digits: 1,
    bytea_hex: true,
    now: 0,
};

/// The pseudo-type of rows.
const RECORD: Oid = 2249;

impl Known<'_> {
    /// The type of the elements of what ANY and ALL can go through: an array, or what is like one.
    pub(crate) fn listed(&self, oid: Oid) -> Option<Oid> {
        match oid {
            types::INT2VECTOR => Some(types::INT2),
            types::OIDVECTOR => Some(types::OID),
            oid => self.element_of(oid),
        }
    }

    fn user(&self, oid: Oid) -> Option<Arc<UserType>> {
        self.0.database.user_type(oid, self.0.snapshot)
    }

    /// The type that a domain restricts, or else the type itself.
    pub(crate) fn base(&self, oid: Oid) -> Oid {
        match self.shape(oid) {
            Some(Shape::Domain { base, .. }) => self.base(base),
            _ => oid,
        }
    }

    /// The category that `pg_type.typcategory` tells.
    pub(crate) fn category(&self, oid: Oid) -> char {
        if let Some(row) = types::by_oid(oid) {
            return row.category;
        }
        match self.shape(oid) {
            Some(Shape::Array { .. }) => 'A',
            Some(Shape::Composite(_)) => 'C',
            Some(Shape::Enum(_)) => 'E',
            Some(Shape::Range { .. } | Shape::Multirange { .. }) => 'R',
            Some(Shape::Domain { base, .. }) => self.category(base),
            Some(Shape::Base) => 'U',
            Some(Shape::Pseudo) => 'P',
            None => '\0',
        }
    }

    /// The type of a type's arrays.
    pub(crate) fn array_of(&self, oid: Oid) -> Option<Oid> {
        match types::by_oid(oid) {
            Some(row) => (row.array != 0).then_some(row.array),
            None => self.user(oid).filter(|ty| ty.oid == oid).map(|ty| ty.array),
        }
    }

    /// The type of an array type's elements.
    pub(crate) fn element_of(&self, oid: Oid) -> Option<Oid> {
        match self.shape(self.base(oid))? {
            Shape::Array { element } => Some(element),
            _ => None,
        }
    }

    /// The rows of these types: names, types, modifiers; none if it is not one of rows.
    pub(crate) fn fields(&self, oid: Oid) -> Option<Vec<(String, Oid, i32)>> {
        match self.shape(self.base(oid))? {
            Shape::Composite(fields) => Some(fields),
            _ => None,
        }
    }

    /// Whether it is a type of rows.
    pub(crate) fn is_row(&self, oid: Oid) -> bool {
        oid == RECORD || self.fields(oid).is_some()
    }
}

impl Types for Known<'_> {
    fn shape(&self, oid: u32) -> Option<Shape> {
        BuiltIn.shape(oid).or_else(|| {
            let ty = self.user(oid)?;
            Some(if ty.oid == oid { ty.shape.clone() } else { Shape::Array { element: ty.oid } })
        })
    }

    fn name(&self, oid: u32) -> String {
        let Some(ty) = self.user(oid).filter(|_| types::by_oid(oid).is_none()) else {
            return BuiltIn.name(oid);
        };
        let name = quote_identifier(&ty.name);
        let array = if ty.oid == oid { "" } else { "[]" };
        if self.0.on_path(ty.schema, ty.temporary) {
            return format!("{name}{array}");
        }
        let schema = self.0.schema_name(ty.schema).unwrap_or_default();
        format!("{}.{name}{array}", quote_identifier(&schema))
    }

    fn object_name(&self, class: u32, oid: u32) -> Option<String> {
        super::objects::name(self, class, oid)
    }

    fn object_named(&self, class: u32, name: &str) -> Result<u32, Invalid> {
        super::objects::named(self, class, name)
    }
}
