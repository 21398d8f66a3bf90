//! What a session has: settings, prepared statements, cursors.

use super::cell::{Cell, bool, int8, text, timestamptz};
use crate::postgresql::session::PreparedFacts;
use crate::postgresql::settings::{Context as Who, Kind};
use crate::postgresql::sql::context::Context;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Value;
use pgconform_wire::value::array::Array;

/// The type of `regtype`.
const REGTYPE: Oid = 2206;

/// `pg_settings`
pub(super) fn pg_settings(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let settings = context.session.settings.all(&context.session.transaction);
    settings.into_iter().map(|(row, value)| setting(row, &value)).collect()
}

fn setting(row: &crate::postgresql::settings::Row, value: &str) -> Vec<Cell> {
    let who = match row.context {
        Who::User => "user",
        Who::Superuser => "superuser",
        Who::Backend => "backend",
        Who::SuperuserBackend => "superuser-backend",
        Who::Reload => "sighup",
        Who::Server => "postmaster",
        Who::Internal => "internal",
    };
    let (kind, unit, least, most, values) = match row.kind {
        Kind::Bool => ("bool", "", None, None, None),
        Kind::Integer { least, most, unit } => {
            ("integer", unit, text(least.to_string()), text(most.to_string()), None)
        }
        Kind::Real { least, most, unit } => {
            ("real", unit, text(least.to_string()), text(most.to_string()), None)
        }
        Kind::Enum(values) => ("enum", "", None, None, Some(values)),
        Kind::Text => ("string", "", None, None, None),
    };
    let values = values.map(|values| {
        let values = values.iter().map(|value| text(*value)).collect();
        Value::Array(Array::new(25, values))
    });
    vec![
        text(row.name),
        text(value),
        if unit.is_empty() { None } else { text(unit) },
        text(""),
        text(""),
        None,
        text(who),
        text(kind),
        text(if value == row.default { "default" } else { "session" }),
        least,
        most,
        values,
        text(row.default),
        text(row.default),
        None,
        None,
        bool(false),
    ]
}

/// `pg_prepared_statements`
pub(super) fn pg_prepared_statements(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    context.session.prepared.iter().map(prepared).collect()
}

fn prepared(facts: &PreparedFacts) -> Vec<Cell> {
    let types = |types: &[Oid]| {
        let values = types.iter().map(|ty| super::cell::oid(*ty)).collect();
        Some(Value::Array(Array::new(REGTYPE, values)))
    };
    vec![
        text(&facts.name),
        text(&facts.statement),
        timestamptz(facts.prepared),
        types(&facts.parameters),
        facts.results.as_deref().and_then(types),
        bool(facts.from_sql),
        int8(0),
        int8(0),
    ]
}

/// `pg_cursors`
pub(super) fn pg_cursors(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let cursors = context.session.cursors.iter();
    let row = |cursor: &crate::postgresql::session::CursorFacts| {
        vec![
            text(&cursor.name),
            text(&cursor.statement),
            bool(cursor.holdable),
            bool(cursor.binary),
            bool(cursor.scrollable),
            timestamptz(cursor.created),
        ]
    };
    cursors.map(row).collect()
}
