//! The constraints of a table, as CREATE TABLE, ALTER TABLE and CREATE UNIQUE INDEX say them.

use super::{column_of, constraint, exists, expression, name, replace, table, table_named};
use crate::engine::SqlError;
use crate::postgresql::definition::{Constraint, Relation, Rule};
use crate::postgresql::lookup;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Types as _;
use sqlparser::ast::{self, Spanned as _, TableConstraint as Syntax};
use std::collections::BTreeSet;

/// Adds a constraint to a table that is being made or altered.
pub(super) fn add(
    relation: &mut Relation,
    syntax: &Syntax,
    text: &str,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    let (given, rule, characteristics) = match syntax {
        Syntax::PrimaryKey(key) => {
            if relation.primary_key().is_some() {
                let message =
                    format!("multiple primary keys for table \"{}\" are not allowed", relation.name);
                return Err(Stop::error("42P16", message).at(name::at(text, syntax.span())));
            }
            let columns = key_columns(relation, &key.columns, text, syntax)?;
            for column in &columns {
                relation.columns[*column].not_null = true;
            }
            (&key.name, Rule::Unique { columns, primary: true }, key.characteristics.as_ref())
        }
        Syntax::Unique(key) => {
            let columns = key_columns(relation, &key.columns, text, syntax)?;
            (&key.name, Rule::Unique { columns, primary: false }, key.characteristics.as_ref())
        }
        Syntax::ForeignKey(key) => {
            let rule = foreign(relation, key, context)?;
            (&key.name, rule, key.characteristics.as_ref())
        }
        Syntax::Check(check) => {
            let columns = expression::columns(&relation.name, &relation.columns);
            expression::analyse(context, text, columns, |analyser| analyser.boolean(&check.expr, "CHECK"))?;
            (&check.name, Rule::Check(check.expr.to_string()), None)
        }
        Syntax::Exclude(exclude) => {
            let mut elements = Vec::new();
            for element in &exclude.elements {
                let column = key_column(relation, &element.column, text, syntax)?;
                elements.push((column, element.operator.to_string()));
            }
            (&exclude.name, Rule::Exclude(elements), exclude.characteristics.as_ref())
        }
        other => {
            return Err(Stop::error("0A000", format!("constraint {other} is not supported by this server")));
        }
    };
    let name = match given {
        Some(given) => {
            let name = lookup::name(given);
            if relation.constraints.iter().any(|known| known.name == name) {
                let (table, message) = (&relation.name, exists("constraint", &name, "42710"));
                let message =
                    message.message.replace("already", &format!("for relation \"{table}\" already"));
                return Err(Stop::error("42710", message));
            }
            name
        }
        None => free_name(relation, &rule, syntax),
    };
    let deferrable = characteristics.and_then(|c| c.deferrable);
    let deferred = characteristics.and_then(|c| c.initially) == Some(ast::DeferrableInitial::Deferred);
    let oid = context.database.new_oid();
    let deferrable = deferrable.unwrap_or(deferred);
    relation.constraints.push(Constraint { oid, name, rule, deferrable, initially_deferred: deferred });
    Ok(())
}

/// The columns of a key.
fn key_columns(
    relation: &Relation,
    columns: &[ast::IndexColumn],
    text: &str,
    syntax: &Syntax,
) -> Result<Vec<usize>, Stop> {
    columns.iter().map(|column| key_column(relation, column, text, syntax)).collect()
}

fn key_column(
    relation: &Relation,
    column: &ast::IndexColumn,
    text: &str,
    syntax: &Syntax,
) -> Result<usize, Stop> {
    let ast::Expr::Identifier(ident) = &column.column.expr else {
        return Err(Stop::error("0A000", "keys on expressions are not supported by this server"));
    };
    let wanted = lookup::name(ident);
    column_of(relation, &wanted).map_err(|_| {
        let message = format!("column \"{wanted}\" named in key does not exist");
        Stop::error("42703", message).at(name::at(text, syntax.span()))
    })
}

/// A foreign key: what it references must be there, unique, and of types that can be compared.
fn foreign(
    relation: &Relation,
    key: &ast::ForeignKeyConstraint,
    context: &Context<'_>,
) -> Result<Rule, Stop> {
    let acts = |action: &Option<ast::ReferentialAction>| {
        let nothing = [ast::ReferentialAction::NoAction, ast::ReferentialAction::Restrict];
        action.as_ref().is_some_and(|action| !nothing.contains(action))
    };
    if acts(&key.on_delete) || acts(&key.on_update) {
        return Err(Stop::error("0A000", "actions of foreign keys are not supported by this server"));
    }
    let own = name::shown(&key.foreign_table) == relation.name;
    let other = match table_named(context, &key.foreign_table) {
        Ok(other) => other,
        Err(_) if own => std::sync::Arc::new(relation.clone()),
        Err(stop) => return Err(stop),
    };
    if !other.is_table() {
        return Err(Stop::error("42809", format!("referenced relation \"{}\" is not a table", other.name)));
    }
    if other.temporary.is_some() && relation.temporary.is_none() {
        let message = "constraints on permanent tables may reference only permanent tables";
        return Err(Stop::error("42P16", message));
    }
    if other.temporary.is_none() && relation.temporary.is_some() {
        let message = "constraints on temporary tables may reference only temporary tables";
        return Err(Stop::error("42P16", message));
    }
    let mut columns = Vec::new();
    for column in &key.columns {
        let wanted = lookup::name(column);
        columns.push(column_of(relation, &wanted).map_err(|_| {
            let message = format!("column \"{wanted}\" referenced in foreign key constraint does not exist");
            Stop::error("42703", message)
        })?);
    }
    let referenced = if key.referred_columns.is_empty() {
        let primary = other.primary_key().map(<[usize]>::to_vec);
        primary.ok_or_else(|| {
            Stop::error("42704", format!("there is no primary key for referenced table \"{}\"", other.name))
        })?
    } else {
        let mut referenced = Vec::new();
        for column in &key.referred_columns {
            let wanted = lookup::name(column);
            referenced.push(column_of(&other, &wanted).map_err(|_| {
                let message =
                    format!("column \"{wanted}\" referenced in foreign key constraint does not exist");
                Stop::error("42703", message)
            })?);
        }
        let wanted: BTreeSet<_> = referenced.iter().collect();
        let fits = |constraint: &Constraint| matches!(&constraint.rule, Rule::Unique { columns, .. } if columns.iter().collect::<BTreeSet<_>>() == wanted);
        if !other.constraints.iter().any(fits) {
            let message = format!(
                "there is no unique constraint matching given keys for referenced table \"{}\"",
                other.name
            );
            return Err(Stop::error("42830", message));
        }
        referenced
    };
    if columns.len() != referenced.len() {
        let message = "number of referencing and referenced columns for foreign key disagree";
        return Err(Stop::error("42830", message));
    }
    let known = Known(context.lookup());
    let rule = Rule::Foreign { columns: columns.clone(), table: other.oid, referenced: referenced.clone() };
    for (column, target) in columns.iter().zip(&referenced) {
        let (column, target) = (&relation.columns[*column], &other.columns[*target]);
        let (from, to) = (known.base(column.ty.oid), known.base(target.ty.oid));
        if from != to && known.category(from) != known.category(to) {
            let name = key.name.as_ref().map_or_else(|| default_name(relation, &rule, "fkey"), lookup::name);
            let detail = format!(
                "Key columns \"{}\" of the referencing table and \"{}\" of the referenced table are of incompatible types: {} and {}.",
                column.name,
                target.name,
                known.name(column.ty.oid),
                known.name(target.ty.oid)
            );
            let message = format!("foreign key constraint \"{name}\" cannot be implemented");
            return Err(SqlError::error("42804", message).detail(detail).into());
        }
    }
    Ok(rule)
}

/// The columns that a rule is about.
fn columns(rule: &Rule) -> Vec<usize> {
    match rule {
        Rule::Unique { columns, .. } | Rule::Foreign { columns, .. } => columns.clone(),
        Rule::Exclude(elements) => elements.iter().map(|(column, _)| *column).collect(),
        Rule::Check(_) => Vec::new(),
    }
}

fn default_name(relation: &Relation, rule: &Rule, suffix: &str) -> String {
    let names: Vec<&str> =
        columns(rule).iter().map(|column| relation.columns[*column].name.as_str()).collect();
    let name = format!("{}_{}_{suffix}", relation.name, names.join("_"));
    crate::postgresql::sql::parse::cut(&name).to_owned()
}

/// The name that PostgreSQL gives to a constraint without one.
fn free_name(relation: &Relation, rule: &Rule, syntax: &Syntax) -> String {
    let name = match (rule, syntax) {
        (Rule::Unique { primary: true, .. }, _) => format!("{}_pkey", relation.name),
        (Rule::Unique { .. }, _) => default_name(relation, rule, "key"),
        (Rule::Foreign { .. }, _) => default_name(relation, rule, "fkey"),
        (Rule::Exclude(_), _) => default_name(relation, rule, "excl"),
        (Rule::Check(_), Syntax::Check(check)) => {
            let mut named = expression::names(&check.expr.to_string());
            named.retain(|name| relation.columns.iter().any(|column| column.name == *name));
            match (named.len(), named.first()) {
                (1, Some(column)) => format!("{}_{column}_check", relation.name),
                _ => format!("{}_check", relation.name),
            }
        }
        (Rule::Check(_), _) => format!("{}_check", relation.name),
    };
    let taken = |name: &str| relation.constraints.iter().any(|known| known.name == name);
    let numbered = (1..).map(|number: u32| format!("{name}{number}"));
    let mut candidates = std::iter::once(name.clone()).chain(numbered);
    candidates.find(|candidate| !taken(candidate)).unwrap_or(name)
}

/// CREATE INDEX: only a unique one does anything.
pub(super) fn create_index(
    create: &ast::CreateIndex,
    text: &str,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let mut relation = (*table_named(context, &create.table_name)?).clone();
    if !relation.is_table() {
        let error =
            SqlError::error("42809", format!("cannot create index on relation \"{}\"", relation.name));
        return Err(error
            .detail(format!("This operation is not supported for {}s.", relation.kind.word()))
            .into());
    }
    let mut key = Vec::new();
    for column in &create.columns {
        if let ast::Expr::Identifier(ident) = &column.column.expr {
            let wanted = lookup::name(ident);
            key.push(
                column_of(&relation, &wanted)
                    .map_err(|_| Stop::error("42703", format!("column \"{wanted}\" does not exist")))?,
            );
        } else {
            let columns = expression::columns(&relation.name, &relation.columns);
            expression::analyse(context, text, columns, |analyser| analyser.expr(&column.column.expr))?;
        }
    }
    let name = create.name.as_ref().map(|name| lookup::parts(name).1);
    if let Some(name) = &name
        && relation.constraints.iter().any(|known| known.name == *name)
    {
        let error = exists("relation", name, "42P07");
        if create.if_not_exists {
            name::skip(context, "42P07", format!("{}, skipping", error.message));
            return Ok("CREATE INDEX".to_owned());
        }
        return Err(error.into());
    }
    if create.unique {
        if key.len() != create.columns.len() || create.predicate.is_some() {
            return Err(Stop::error(
                "0A000",
                "unique indexes on expressions are not supported by this server",
            ));
        }
        let rule = Rule::Unique { columns: key, primary: false };
        let name = name.unwrap_or_else(|| default_name(&relation, &rule, "idx"));
        let oid = context.database.new_oid();
        let made = Constraint { oid, name, rule, deferrable: false, initially_deferred: false };
        check_existing(context, &relation, &made)?;
        relation.constraints.push(made);
        replace(context, relation)?;
    }
    Ok("CREATE INDEX".to_owned())
}

/// Checks a new constraint for the rows that are there.
pub(super) fn check_existing(
    context: &mut Context<'_>,
    relation: &Relation,
    made: &Constraint,
) -> Result<(), Stop> {
    for (place, row) in table::rows(context, relation.oid) {
        let table = &relation.name;
        if let Rule::Check(sql) = &made.rule
            && !constraint::holds(context, relation, sql, &row)?
        {
            let message =
                format!("check constraint \"{}\" of relation \"{table}\" is violated by some row", made.name);
            return Err(constraint::about(context, relation, Some(made), SqlError::error("23514", message)));
        }
        match constraint::check_whole(context, relation, made, &row, place) {
            Err(Stop::Error(error)) if error.code == "23505" => {
                let detail =
                    error.detail.as_deref().unwrap_or_default().replace("already exists", "is duplicated");
                let message = format!("could not create unique index \"{}\"", made.name);
                let error = SqlError::error("23505", message).detail(detail);
                return Err(constraint::about(context, relation, Some(made), error));
            }
            other => other?,
        }
    }
    Ok(())
}
