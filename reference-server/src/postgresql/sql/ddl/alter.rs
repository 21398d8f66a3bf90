//! ALTER TABLE.

use super::name;
use super::{
    column_of, constraint, dependents, exists, expression, relation_in, replace, sequence, table,
    table_constraint, table_named,
};
use crate::engine::SqlError;
use crate::postgresql::definition::{Attribute, Kind, Relation, Rule, UserType};
use crate::postgresql::lookup;
use crate::postgresql::sql::analyse::How;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use pgconform_wire::value::Shape;
use sqlparser::ast::{self, AlterColumnOperation, AlterTableOperation as Operation};
use std::sync::Arc;

/// ALTER TABLE.
pub(super) fn table(alter: &ast::AlterTable, text: &str, context: &mut Context<'_>) -> Result<String, Stop> {
    let found = match table_named(context, &alter.name) {
        Ok(found) => found,
        Err(_) if alter.if_exists => {
            let message = format!("relation \"{}\" does not exist, skipping", name::shown(&alter.name));
            name::skip(context, "00000", message);
            return Ok("ALTER TABLE".to_owned());
        }
        Err(stop) => return Err(stop),
    };
    if let Kind::Sequence(_) = found.kind {
        return Err(Stop::error("0A000", "ALTER of a sequence is not supported by this server"));
    }
    if found.view().is_some()
        && let Some(action) = alter.operations.iter().find_map(not_for_views)
    {
        let message = format!("ALTER action {action} cannot be performed on relation \"{}\"", found.name);
        let error = SqlError::error("42809", message);
        return Err(error.detail("This operation is not supported for views.").into());
    }
    let mut relation = (*found).clone();
    for operation in &alter.operations {
        apply(&mut relation, operation, text, context)?;
    }
    row_type(&relation, context)?;
    replace(context, relation)?;
    Ok("ALTER TABLE".to_owned())
}

/// What is done to tables and not to views, as messages tell it.
fn not_for_views(operation: &Operation) -> Option<&'static str> {
    use AlterColumnOperation as Column;
    match operation {
        Operation::AddColumn { .. } => Some("ADD COLUMN"),
        Operation::DropColumn { .. } => Some("DROP COLUMN"),
        Operation::AddConstraint { .. } => Some("ADD CONSTRAINT"),
        Operation::DropConstraint { .. } => Some("DROP CONSTRAINT"),
        Operation::AlterColumn { op: Column::SetNotNull, .. } => Some("ALTER COLUMN ... SET NOT NULL"),
        Operation::AlterColumn { op: Column::DropNotNull, .. } => Some("ALTER COLUMN ... DROP NOT NULL"),
        Operation::AlterColumn { op: Column::SetDataType { .. }, .. } => {
            Some("ALTER COLUMN ... SET DATA TYPE")
        }
        _ => None,
    }
}

/// The type of a table's rows follows the table.
pub(super) fn row_type(relation: &Relation, context: &mut Context<'_>) -> Result<(), Stop> {
    let seen = context.database.types.seen(&context.snapshot, &context.database.transactions);
    let found =
        seen.filter(|(_, ty)| ty.oid == relation.row_type).map(|(place, ty)| (place, ty.clone())).last();
    let Some((place, ty)) = found else { return Ok(()) };
    name::end(context, place, |database| &mut database.types)?;
    let shape = Shape::Composite(table::fields(relation));
    let ty = UserType { name: relation.name.clone(), shape, ..(*ty).clone() };
    let stamp = context.session.transaction.stamp(context.database);
    context.database.types.insert(Arc::new(ty), stamp);
    Ok(())
}

fn apply(
    relation: &mut Relation,
    operation: &Operation,
    text: &str,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    match operation {
        Operation::AddColumn { column_def, if_not_exists, .. } => {
            add_column(relation, column_def, *if_not_exists, text, context)
        }
        Operation::DropColumn { column_names, if_exists, drop_behavior, .. } => {
            let cascade = *drop_behavior == Some(ast::DropBehavior::Cascade);
            for column in column_names {
                drop_column(relation, &lookup::name(column), *if_exists, cascade, context)?;
            }
            Ok(())
        }
        Operation::AddConstraint { constraint, .. } => {
            table_constraint::add(relation, constraint, text, context)?;
            if let Some(made) = relation.constraints.last() {
                table_constraint::check_existing(context, relation, made)?;
            }
            if relation.primary_key().is_some() {
                check_not_null(relation, context)?;
            }
            Ok(())
        }
        Operation::DropConstraint { name, if_exists, .. } => {
            let wanted = lookup::name(name);
            let count = relation.constraints.len();
            relation.constraints.retain(|known| known.name != wanted);
            if relation.constraints.len() < count {
                return Ok(());
            }
            let message = format!("constraint \"{wanted}\" of relation \"{}\" does not exist", relation.name);
            if *if_exists {
                name::skip(context, "00000", format!("{message}, skipping"));
                return Ok(());
            }
            Err(Stop::error("42704", message))
        }
        Operation::RenameColumn { old_column_name, new_column_name } => {
            let (old, new) = (lookup::name(old_column_name), lookup::name(new_column_name));
            let place = column_of(relation, &old)
                .map_err(|_| Stop::error("42703", format!("column \"{old}\" does not exist")))?;
            refuse_column(relation, &new)?;
            relation.columns[place].name = new;
            Ok(())
        }
        Operation::RenameTable { table_name } => {
            let (ast::RenameTableNameKind::To(new) | ast::RenameTableNameKind::As(new)) = table_name;
            let new = lookup::parts(new).1;
            let place = name::Place { schema: relation.schema, temporary: relation.temporary };
            if relation_in(context, place, &new) {
                return Err(exists("relation", &new, "42P07").into());
            }
            relation.name = new;
            Ok(())
        }
        Operation::RenameConstraint { old_name, new_name } => {
            let (old, new) = (lookup::name(old_name), lookup::name(new_name));
            let Some(found) = relation.constraints.iter_mut().find(|known| known.name == old) else {
                let message = format!("constraint \"{old}\" for table \"{}\" does not exist", relation.name);
                return Err(Stop::error("42704", message));
            };
            found.name = new;
            Ok(())
        }
        Operation::AlterColumn { column_name, op } => {
            let place = column_of(relation, &lookup::name(column_name))?;
            alter_column(relation, place, op, text, context)
        }
        Operation::OwnerTo { .. } => Ok(()),
        other => Err(Stop::error("0A000", format!("ALTER TABLE {other} is not supported by this server"))),
    }
}

fn refuse_column(relation: &Relation, column: &str) -> Result<(), Stop> {
    if column_of(relation, column).is_err() {
        return Ok(());
    }
    let message = format!("column \"{column}\" of relation \"{}\" already exists", relation.name);
    Err(Stop::error("42701", message))
}

fn add_column(
    relation: &mut Relation,
    definition: &ast::ColumnDef,
    if_not_exists: bool,
    text: &str,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    let column = lookup::name(&definition.name);
    if let Err(stop) = refuse_column(relation, &column) {
        if let (true, Stop::Error(error)) = (if_not_exists, &stop) {
            name::skip(context, "42701", format!("{}, skipping", error.message));
            return Ok(());
        }
        return Err(stop);
    }
    if sequence::serial(&definition.data_type).is_some() {
        return Err(Stop::error("0A000", "adding a serial column is not supported by this server"));
    }
    let attribute = table::attribute(relation, definition, text, context)?;
    let default = attribute.default.clone();
    let ty = attribute.ty;
    relation.columns.push(attribute);
    let place = relation.columns.len() - 1;
    if let Some(default) = default {
        rewrite(relation, context, |context, row| {
            let mut row = padded(row, place);
            row.push(table::default_value(context, &default, ty)?);
            Ok(row)
        })?;
    }
    check_not_null(relation, context)?;
    let count = relation.constraints.len();
    table::column_constraints(relation, definition, text, context)?;
    for made in &relation.constraints[count..] {
        table_constraint::check_existing(context, relation, made)?;
    }
    Ok(())
}

/// A row as wide as this many columns; what it lacks is NULL.
fn padded(row: &Row, width: usize) -> Vec<Option<pgconform_wire::value::Value>> {
    row.iter().cloned().chain(std::iter::repeat(None)).take(width).collect()
}

/// Makes a new version of each row.
fn rewrite(
    relation: &Relation,
    context: &mut Context<'_>,
    new: impl Fn(&mut Context<'_>, &Row) -> Result<Vec<Option<pgconform_wire::value::Value>>, Stop>,
) -> Result<(), Stop> {
    for (place, row) in table::rows(context, relation.oid) {
        let new = new(context, &row)?;
        name::end(context, place, |database| database.heaps.of(relation.oid))?;
        let stamp = context.session.transaction.stamp(context.database);
        context.database.heaps.insert(relation.oid, new.into(), stamp)?;
    }
    Ok(())
}

/// That no row has NULL where there must be none: of the rows that this command has made too.
fn check_not_null(relation: &Relation, context: &mut Context<'_>) -> Result<(), Stop> {
    let own = context.session.transaction.xid();
    let snapshot = context.database.transactions.snapshot(own, u32::MAX);
    let Some(heap) = context.database.heaps.read(relation.oid) else { return Ok(()) };
    for (_, row) in heap.seen(&snapshot, &context.database.transactions) {
        let columns = relation.columns.iter().enumerate();
        let mut empty = columns.filter(|(place, column)| {
            column.not_null && !column.dropped && row.get(*place).is_none_or(Option::is_none)
        });
        if let Some((_, column)) = empty.next() {
            let (name, table) = (column.name.clone(), &relation.name);
            let message = format!("column \"{name}\" of relation \"{table}\" contains null values");
            let mut error = SqlError::error("23502", message);
            error.more().column = Some(name);
            return Err(constraint::about(context, relation, None, error));
        }
    }
    Ok(())
}

fn drop_column(
    relation: &mut Relation,
    column: &str,
    if_exists: bool,
    cascade: bool,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    let place = match column_of(relation, column) {
        Ok(place) => place,
        Err(Stop::Error(error)) if if_exists => {
            name::skip(context, "00000", format!("{}, skipping", error.message));
            return Ok(());
        }
        Err(stop) => return Err(stop),
    };
    let mut views = Vec::new();
    dependents::of_column(context, relation, place, &mut views);
    let what = format!("column {column} of {}", dependents::described(context, relation));
    dependents::settle(context, &[what], views, cascade)?;
    dependents::drop_owned(context, relation.oid, Some(place))?;
    let uses = |rule: &Rule| match rule {
        Rule::Unique { columns, .. } | Rule::Foreign { columns, .. } => columns.contains(&place),
        Rule::Exclude(elements) => elements.iter().any(|(column, _)| *column == place),
        Rule::Check(sql) => expression::names(sql).contains(column),
    };
    relation.constraints.retain(|known| !uses(&known.rule));
    let dropped = &mut relation.columns[place];
    *dropped = Attribute {
        name: format!("........pg.dropped.{}........", place + 1),
        not_null: false,
        default: None,
        dropped: true,
        ..dropped.clone()
    };
    Ok(())
}

fn alter_column(
    relation: &mut Relation,
    place: usize,
    operation: &AlterColumnOperation,
    text: &str,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    match operation {
        AlterColumnOperation::SetNotNull => {
            relation.columns[place].not_null = true;
            check_not_null(relation, context)
        }
        AlterColumnOperation::DropNotNull => {
            if relation.primary_key().is_some_and(|key| key.contains(&place)) {
                let message = format!("column \"{}\" is in a primary key", relation.columns[place].name);
                return Err(Stop::error("42P16", message));
            }
            relation.columns[place].not_null = false;
            Ok(())
        }
        AlterColumnOperation::SetDefault { value } => {
            let default = table::default(&relation.columns[place], value, text, context)?;
            relation.columns[place].default = Some(default);
            Ok(())
        }
        AlterColumnOperation::DropDefault => {
            relation.columns[place].default = None;
            Ok(())
        }
        AlterColumnOperation::SetDataType { data_type, using, .. } => {
            set_type(relation, place, data_type, using.as_ref(), text, context)
        }
        other => Err(Stop::error("0A000", format!("ALTER COLUMN {other} is not supported by this server"))),
    }
}

fn set_type(
    relation: &mut Relation,
    place: usize,
    data_type: &ast::DataType,
    using: Option<&ast::Expr>,
    text: &str,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    let column = relation.columns[place].clone();
    let mut views = Vec::new();
    dependents::of_column(context, relation, place, &mut views);
    if let Some(view) = views.first() {
        let error = SqlError::error("0A000", "cannot alter type of a column used by a view or rule");
        let detail = format!("rule _RETURN on {} depends on column \"{}\"", view.name, column.name);
        return Err(error.detail(detail).into());
    }
    let own = ast::Expr::Identifier(ast::Ident::with_quote('"', &column.name));
    let columns = expression::columns(&relation.name, &relation.columns);
    let (ty, convert) = expression::analyse(context, text, columns, |analyser| {
        let ty = analyser.type_named(data_type)?;
        let expr = analyser.expr(using.unwrap_or(&own))?;
        let from = expr.ty.oid;
        if !analyser.can_coerce(from, ty.oid, How::Assignment) {
            let target = analyser.type_name(ty.oid);
            let message = format!("column \"{}\" cannot be cast automatically to type {target}", column.name);
            let hint = format!("You might need to specify \"USING {}::{target}\".", column.name);
            return Err(SqlError::error("42804", message).hint(hint).into());
        }
        Ok((ty, analyser.coerce_to(expr, ty, How::Assignment)?))
    })?;
    let width = relation.columns.len();
    rewrite(relation, context, |context, row| {
        let mut row = padded(row, width);
        row[place] = expression::value(context, &convert, &row.clone().into())?;
        Ok(row)
    })?;
    relation.columns[place].ty = ty;
    Ok(())
}
