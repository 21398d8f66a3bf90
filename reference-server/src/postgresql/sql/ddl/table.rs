//! CREATE TABLE, CREATE TABLE AS, TRUNCATE.

use super::name::{self, Place};
use super::{exists, expression, relation_in, sequence, table_constraint, table_named, type_in};
use crate::engine::SqlError;
use crate::postgresql::definition::{Attribute, Kind, Relation, Rule, UserType};
use crate::postgresql::lookup;
use crate::postgresql::sql::analyse::{Analyser, How, Parameters};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::run::Rows;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use pgconform_wire::value::{Shape, Types as _};
use sqlparser::ast::{self, ColumnOption};
use std::sync::Arc;

/// CREATE TABLE.
pub(super) fn create(
    create: &ast::CreateTable,
    text: &str,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let (place, name) = name::target(context, &create.name, create.temporary, text)?;
    let tag = if create.query.is_some() { "CREATE TABLE AS" } else { "CREATE TABLE" };
    if create.on_commit.is_some() && place.temporary.is_none() {
        return Err(Stop::error("42P16", "ON COMMIT can only be used on temporary tables"));
    }
    if relation_in(context, place, &name) {
        let error = exists("relation", &name, "42P07");
        if create.if_not_exists {
            name::skip(context, "42P07", format!("{}, skipping", error.message));
            return Ok(tag.to_owned());
        }
        return Err(error.into());
    }
    if type_in(context, place, &name) {
        return Err(super::type_of_relation(&name).into());
    }
    let mut relation = empty(context, place, &name);
    relation.drops_on_commit = create.on_commit == Some(ast::OnCommit::Drop);
    if let Some(query) = &create.query {
        return create_as(create, query, relation, text, context);
    }
    if create.partition_by.is_some() || create.inherits.is_some() || create.partition_of.is_some() {
        return Err(Stop::error("0A000", "inheritance and partitions are not supported by this server"));
    }
    if let Some(ast::CreateTableLikeKind::Parenthesized(like) | ast::CreateTableLikeKind::Plain(like)) =
        &create.like
    {
        let model = table_named(context, &like.name)?;
        let plain = |column: &Attribute| Attribute { default: None, ..column.clone() };
        relation.columns = model.columns.iter().filter(|column| !column.dropped).map(plain).collect();
    }
    for column in &create.columns {
        let attribute = attribute(&relation, column, text, context)?;
        relation.columns.push(attribute);
    }
    for column in &create.columns {
        column_constraints(&mut relation, column, text, context)?;
    }
    for constraint in &create.constraints {
        table_constraint::add(&mut relation, constraint, text, context)?;
    }
    store(context, relation);
    Ok(tag.to_owned())
}

/// A table without columns.
pub(super) fn empty(context: &mut Context<'_>, place: Place, name: &str) -> Relation {
    Relation {
        oid: context.database.new_oid(),
        schema: place.schema,
        name: name.to_owned(),
        kind: Kind::Table,
        temporary: place.temporary,
        drops_on_commit: false,
        columns: Vec::new(),
        constraints: Vec::new(),
        triggers: Vec::new(),
        row_type: 0,
    }
}

/// Makes a table, and the type of its rows.
pub(super) fn store(context: &mut Context<'_>, mut relation: Relation) -> Relation {
    relation.row_type = context.database.new_oid();
    let row_type = UserType {
        oid: relation.row_type,
        schema: relation.schema,
        name: relation.name.clone(),
        shape: Shape::Composite(fields(&relation)),
        array: context.database.new_oid(),
        temporary: relation.temporary,
        checks: Vec::new(),
        not_null: false,
    };
    let stamp = context.session.transaction.stamp(context.database);
    context.database.types.insert(Arc::new(row_type), stamp);
    context.database.relations.insert(Arc::new(relation.clone()), stamp);
    relation
}

/// The fields of a table's rows as values.
pub(super) fn fields(relation: &Relation) -> Vec<(String, u32, i32)> {
    let kept = relation.columns.iter().filter(|column| !column.dropped);
    kept.map(|column| (column.name.clone(), column.ty.oid, column.ty.modifier)).collect()
}

/// A column, without its constraints.
pub(super) fn attribute(
    relation: &Relation,
    column: &ast::ColumnDef,
    text: &str,
    context: &mut Context<'_>,
) -> Result<Attribute, Stop> {
    let column_name = lookup::name(&column.name);
    if relation.columns.iter().any(|known| !known.dropped && known.name == column_name) {
        return Err(Stop::error("42701", format!("column \"{column_name}\" specified more than once")));
    }
    let serial = sequence::serial(&column.data_type);
    let ty = match serial {
        Some(oid) => Type::plain(oid),
        None => {
            expression::analyse(context, text, Vec::new(), |analyser| analyser.type_named(&column.data_type))?
        }
    };
    if matches!(Known(context.lookup()).shape(ty.oid), Some(Shape::Pseudo)) {
        let type_name = Known(context.lookup()).name(ty.oid);
        return Err(Stop::error("42P16", format!("column \"{column_name}\" has pseudo-type {type_name}")));
    }
    let mut attribute = Attribute { name: column_name, ty, not_null: false, default: None, dropped: false };
    for option in &column.options {
        match &option.option {
            ColumnOption::NotNull | ColumnOption::PrimaryKey(_) => attribute.not_null = true,
            ColumnOption::Default(expr) => {
                attribute.default = Some(default(&attribute, expr, text, context)?)
            }
            ColumnOption::Generated { .. } | ColumnOption::Identity(_) => {
                return Err(Stop::error("0A000", "generated columns are not supported by this server"));
            }
            _ => {}
        }
    }
    if let Some(oid) = serial {
        if attribute.default.is_some() {
            let (name, table) = (&attribute.name, &relation.name);
            let why = format!("multiple default values specified for column \"{name}\" of table \"{table}\"");
            return Err(Stop::error("42601", why));
        }
        attribute.not_null = true;
        attribute.default = Some(sequence::of_column(relation, &attribute.name, oid, context)?);
    }
    Ok(attribute)
}

/// A default, once it was seen to be one for its column.
pub(super) fn default(
    column: &Attribute,
    expr: &ast::Expr,
    text: &str,
    context: &Context<'_>,
) -> Result<String, Stop> {
    let analysed = expression::analyse(context, text, Vec::new(), |analyser| {
        let expr = analyser.expr(expr)?;
        let from = expr.ty.oid;
        if !analyser.can_coerce(from, column.ty.oid, How::Assignment) {
            let message = format!(
                "column \"{}\" is of type {} but default expression is of type {}",
                column.name,
                analyser.type_name(column.ty.oid),
                analyser.type_name(from)
            );
            let hint = "You will need to rewrite or cast the expression.";
            return Err(SqlError::error("42804", message).hint(hint).into());
        }
        analyser.coerce_to(expr, column.ty, How::Assignment)
    });
    match analysed {
        Ok(_) => Ok(expr.to_string()),
        Err(Stop::Error(error)) if error.code == "42703" => {
            let error = SqlError::error("0A000", "cannot use column reference in DEFAULT expression");
            Err(error.at(name::at(text, ast::Spanned::span(expr))).into())
        }
        Err(stop) => Err(stop),
    }
}

/// The constraints that stand with a column.
pub(super) fn column_constraints(
    relation: &mut Relation,
    column: &ast::ColumnDef,
    text: &str,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    for option in &column.options {
        let own = || ast::IndexColumn {
            column: ast::OrderByExpr {
                expr: ast::Expr::Identifier(column.name.clone()),
                options: ast::OrderByOptions { sort: None, nulls_first: None },
                with_fill: None,
            },
            operator_class: None,
        };
        let constraint = match &option.option {
            ColumnOption::PrimaryKey(key) => {
                let name = key.name.clone().or(option.name.clone());
                ast::TableConstraint::PrimaryKey(ast::PrimaryKeyConstraint {
                    name,
                    columns: vec![own()],
                    ..key.clone()
                })
            }
            ColumnOption::Unique(key) => {
                let name = key.name.clone().or(option.name.clone());
                ast::TableConstraint::Unique(ast::UniqueConstraint {
                    name,
                    columns: vec![own()],
                    ..key.clone()
                })
            }
            ColumnOption::ForeignKey(key) => {
                let name = key.name.clone().or(option.name.clone());
                let columns = vec![column.name.clone()];
                ast::TableConstraint::ForeignKey(ast::ForeignKeyConstraint { name, columns, ..key.clone() })
            }
            ColumnOption::Check(check) => {
                let name = check.name.clone().or(option.name.clone());
                ast::TableConstraint::Check(ast::CheckConstraint { name, ..check.clone() })
            }
            _ => continue,
        };
        table_constraint::add(relation, &constraint, text, context)?;
    }
    Ok(())
}

/// CREATE TABLE AS.
fn create_as(
    create: &ast::CreateTable,
    query: &ast::Query,
    mut relation: Relation,
    text: &str,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let query = {
        let mut parameters = Parameters::default();
        Analyser::new(context.lookup(), text, &mut parameters).query(query)?
    };
    if create.columns.len() > query.columns.len() {
        return Err(Stop::error("42601", "too many column names were specified"));
    }
    for (place, column) in query.columns.iter().enumerate() {
        let name =
            create.columns.get(place).map_or_else(|| column.name.clone(), |given| lookup::name(&given.name));
        if relation.columns.iter().any(|known| known.name == name) {
            return Err(Stop::error("42701", format!("column \"{name}\" specified more than once")));
        }
        relation.columns.push(Attribute {
            name,
            ty: column.ty,
            not_null: false,
            default: None,
            dropped: false,
        });
    }
    let with_data = create.with_data.as_ref().is_none_or(|with| with.data);
    let mut made: Vec<Row> = Vec::new();
    if with_data {
        let mut rows = Rows::open(Arc::new(query), context)?;
        while let Some(row) = rows.next(context)? {
            context.session.meter.keep_row(&row)?;
            made.push(row);
        }
    }
    let relation = store(context, relation);
    let stamp = context.session.transaction.stamp(context.database);
    let count = made.len();
    for row in made {
        context.database.heaps.insert(relation.oid, row, stamp)?;
    }
    Ok(if with_data { format!("SELECT {count}") } else { "CREATE TABLE AS".to_owned() })
}

/// TRUNCATE.
pub(super) fn truncate(truncate: &ast::Truncate, context: &mut Context<'_>) -> Result<String, Stop> {
    let mut tables = Vec::new();
    for target in &truncate.table_names {
        let table = table_named(context, &target.name)?;
        if !table.is_table() {
            return Err(Stop::error("42809", format!("\"{}\" is not a table", table.name)));
        }
        tables.push(table);
    }
    let cascade = matches!(truncate.cascade, Some(ast::CascadeOption::Cascade));
    let mut at = 0;
    while let Some(table) = tables.get(at).cloned() {
        at += 1;
        let seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
        let references = |other: &Relation| {
            other.constraints.iter().any(|constraint| {
                matches!(&constraint.rule, Rule::Foreign { table: referenced, .. } if *referenced == table.oid)
            })
        };
        let others: Vec<Arc<Relation>> = seen
            .filter(|(_, other)| references(other) && !tables.iter().any(|table| table.oid == other.oid))
            .map(|(_, other)| other.clone())
            .collect();
        for other in others {
            if !cascade {
                let error = SqlError::error(
                    "0A000",
                    "cannot truncate a table referenced in a foreign key constraint",
                )
                .detail(format!("Table \"{}\" references \"{}\".", other.name, table.name))
                .hint(format!(
                    "Truncate table \"{}\" at the same time, or use TRUNCATE ... CASCADE.",
                    other.name
                ));
                return Err(error.into());
            }
            name::skip(context, "00000", format!("truncate cascades to table \"{}\"", other.name));
            tables.push(other);
        }
    }
    for table in tables {
        for (place, _) in rows(context, table.oid) {
            name::end(context, place, |database| database.heaps.of(table.oid))?;
        }
    }
    Ok("TRUNCATE TABLE".to_owned())
}

/// The rows of a table that are seen, with their places.
pub(super) fn rows(context: &Context<'_>, table: u32) -> Vec<(usize, Row)> {
    let Some(heap) = context.database.heaps.read(table) else { return Vec::new() };
    let seen = heap.seen(&context.snapshot, &context.database.transactions);
    seen.map(|(place, row)| (place, row.clone())).collect()
}

/// The value of a column's default, for rows that are there already.
pub(super) fn default_value(
    context: &mut Context<'_>,
    sql: &str,
    ty: Type,
) -> Result<Option<pgconform_wire::value::Value>, Stop> {
    let syntax = expression::parse(sql)?;
    let expr = expression::analyse(context, sql, Vec::new(), |analyser| {
        let expr = analyser.expr(&syntax)?;
        analyser.coerce_to(expr, ty, How::Assignment)
    })?;
    expression::value(context, &expr, &Row::from([]))
}
