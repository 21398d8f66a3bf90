//! CREATE VIEW.

use super::{alter, exists, expression, name, relation_in, replace, table, type_in};
use crate::engine::SqlError;
use crate::postgresql::definition::{Attribute, Kind, Relation, View};
use crate::postgresql::lookup;
use crate::postgresql::sql::analyse::{Analyser, Parameters};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::parse::restored;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Shape, Types as _};
use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::sync::Arc;

/// CREATE VIEW.
pub(super) fn create(
    create: &ast::CreateView,
    text: &str,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let tag = "CREATE VIEW".to_owned();
    if create.materialized {
        return Err(Stop::error("0A000", "materialized views are not supported by this server"));
    }
    let mut parameters = Parameters::default();
    let mut analyser = Analyser::new(context.lookup(), text, &mut parameters);
    let query = analyser.query(&create.query)?;
    let uses = analyser.uses;
    if modifies(&create.query) {
        return Err(Stop::error("0A000", "views must not contain data-modifying statements in WITH"));
    }
    if create.columns.len() > query.columns.len() {
        return Err(Stop::error("42601", "CREATE VIEW specifies more column names than columns"));
    }
    let temporary = |oid: Oid| {
        let relation = context.database.relation(oid, &context.snapshot);
        relation.is_some_and(|relation| relation.temporary.is_some())
    };
    let reads_temporary = uses.tables.values().any(|source| temporary(source.table));
    if reads_temporary && !create.temporary {
        let short = lookup::parts(&create.name).1;
        name::skip(context, "00000", format!("view \"{short}\" will be a temporary view"));
    }
    let (place, name) = name::target(context, &create.name, create.temporary || reads_temporary, text)?;
    let mut columns: Vec<Attribute> = Vec::new();
    for (place, column) in query.columns.iter().enumerate() {
        let given = create.columns.get(place).map(|given| lookup::name(&given.name));
        let name = given.unwrap_or_else(|| column.name.clone());
        if columns.iter().any(|known| known.name == name) {
            return Err(Stop::error("42701", format!("column \"{name}\" specified more than once")));
        }
        let known = Known(context.lookup());
        if matches!(known.shape(column.ty.oid), Some(Shape::Pseudo)) {
            let type_name = known.name(column.ty.oid);
            return Err(Stop::error("42P16", format!("column \"{name}\" has pseudo-type {type_name}")));
        }
        columns.push(Attribute { name, ty: column.ty, not_null: false, default: None, dropped: false });
    }
    let view = View { query: create.query.clone(), sql: restored(&create.query.to_string()), uses };
    let kind = Kind::View(Arc::new(view));
    if relation_in(context, place, &name) {
        let seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
        let known = seen.filter(|(_, known)| known.name == name && place.has(known.schema, known.temporary));
        let known = known.map(|(_, known)| known.clone()).last().filter(|_| create.or_replace);
        let Some(known) = known else { return Err(exists("relation", &name, "42P07").into()) };
        if known.view().is_none() {
            return Err(Stop::error("42809", format!("\"{name}\" is not a view")));
        }
        replaceable(&known, &columns, context)?;
        let relation = Relation { columns, kind, ..(*known).clone() };
        alter::row_type(&relation, context)?;
        replace(context, relation)?;
        return Ok(tag);
    }
    if type_in(context, place, &name) {
        return Err(super::type_of_relation(&name).into());
    }
    let relation = Relation { columns, kind, ..table::empty(context, place, &name) };
    table::store(context, relation);
    Ok(tag)
}

/// Whether a WITH query changes rows.
fn modifies(query: &ast::Query) -> bool {
    let changes = |body: &ast::SetExpr| {
        use ast::SetExpr as Body;
        matches!(body, Body::Insert(_) | Body::Update(_) | Body::Delete(_) | Body::Merge(_))
    };
    let with = query.with.iter().flat_map(|with| &with.cte_tables);
    with.into_iter().any(|common| changes(&common.query.body))
}

/// That a view keeps its columns when its query is replaced.
fn replaceable(view: &Relation, columns: &[Attribute], context: &Context<'_>) -> Result<(), Stop> {
    if columns.len() < view.columns.len() {
        return Err(Stop::error("42P16", "cannot drop columns from view"));
    }
    let known = Known(context.lookup());
    for (old, new) in view.columns.iter().zip(columns) {
        if old.name != new.name {
            let message = format!("cannot change name of view column \"{}\" to \"{}\"", old.name, new.name);
            let hint = "Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.";
            return Err(SqlError::error("42P16", message).hint(hint).into());
        }
        if old.ty != new.ty {
            let (from, to) = (known.name(old.ty.oid), known.name(new.ty.oid));
            let message =
                format!("cannot change data type of view column \"{}\" from {from} to {to}", old.name);
            return Err(Stop::error("42P16", message));
        }
    }
    Ok(())
}

/// Whether a view's query may use the column at a place of a table: whether its name, or a star, stands there.
pub(super) fn uses_column(view: &View, table: Oid, place: usize) -> bool {
    let mut sources = view.uses.tables.values().filter(|source| source.table == table);
    let names = expression::names(&view.sql);
    sources.any(|source| {
        source.columns.get(place).is_some_and(|name| names.contains(name) || has_star(&view.sql))
    })
}

/// Whether all columns of something are named by a star: one that neither multiplies nor counts.
fn has_star(sql: &str) -> bool {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().unwrap_or_default();
    let tokens: Vec<Token> =
        tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
    let begins = |before: &Token| match before {
        Token::Comma | Token::Period => true,
        Token::Word(word) => ["SELECT", "ALL", "DISTINCT"].contains(&&*word.value.to_uppercase()),
        _ => false,
    };
    tokens.windows(2).any(|pair| pair[1] == Token::Mul && begins(&pair[0]))
}
