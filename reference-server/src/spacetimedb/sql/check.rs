//! From a statement of `sqlparser` to one of the subset. What is outside of it is refused here, by its name.
//!
//! The order of the checks and the words of the refusals are the product's (SpacetimeDB, crates/sql-parser), for what it
//! says first is what its users see. Every field of a statement is named, so that a newer `sqlparser` with another
//! clause does not pass it unseen.

use super::ast::{
    Column, Comparison, Expr, Join, Kind, Literal, Name, Projection, Relation, Select, Statement,
};
use crate::spacetimedb::refusal::{self, Refusal};
use sqlparser::ast::{
    self as sql, BinaryOperator, Ident, ObjectName, ObjectNamePart, Spanned, Value, ValueWithSpan,
};
use sqlparser::tokenizer::{Location, Span};

type Checked<T> = Result<T, Refusal>;

/// How deep comparisons of comparisons may nest. Parentheses and chains of AND and OR do not count.
const DEEPEST: usize = 64;

/// The statement, if it is one of the subset.
pub(crate) fn check(statement: &sql::Statement) -> Checked<Statement> {
    match statement {
        sql::Statement::Query(query) => Ok(Statement::Select(select_query(query)?)),
        sql::Statement::Insert(insert) => check_insert(insert),
        sql::Statement::Update(update) => check_update(update),
        sql::Statement::Delete(delete) => check_delete(delete),
        sql::Statement::Set(set) => check_set(set),
        sql::Statement::ShowVariable { variable } => Ok(Statement::Show { variable: idents(variable) }),
        _ => Err(unsupported_statement(statement)),
    }
}

fn unsupported_statement(statement: &sql::Statement) -> Refusal {
    let refusal = match statement {
        sql::Statement::StartTransaction { begin: true, modes, .. } => {
            let modes: String = modes.iter().map(|mode| format!(" {mode}")).collect();
            Refusal::unsupported(format_args!("BEGIN TRANSACTION{modes}"))
        }
        // The product's parser takes END for the end of the text.
        sql::Statement::Commit { end: true, .. } => {
            Refusal::unsupported("END").in_the_products_words("Empty SQL query")
        }
        _ => Refusal::unsupported(statement),
    };
    let detail = matches!(
        statement,
        sql::Statement::StartTransaction { .. }
            | sql::Statement::Commit { .. }
            | sql::Statement::Rollback { .. }
            | sql::Statement::Savepoint { .. }
            | sql::Statement::ReleaseSavepoint { .. }
    );
    Refusal { detail: detail.then_some(refusal::TRANSACTIONS), ..refusal }
}

fn select_query(query: &sql::Query) -> Checked<Select> {
    let (sql::SetExpr::Select(select), limit) = plain_query(query)? else {
        return Err(Refusal::unsupported(&query.body));
    };
    let sql::Select {
        select_token: _,
        optimizer_hints: _,
        distinct: None,
        select_modifiers: None,
        top: None,
        top_before_distinct: _,
        projection,
        exclude: None,
        into: None,
        from,
        lateral_views,
        prewhere: None,
        selection,
        connect_by,
        group_by: sql::GroupByExpr::Expressions(group_by, group_by_modifiers),
        cluster_by,
        distribute_by,
        sort_by,
        having: None,
        named_window,
        qualify: None,
        window_before_qualify: _,
        value_table_mode: None,
        flavor: sql::SelectFlavor::Standard,
    } = &**select
    else {
        return Err(Refusal::unsupported(select));
    };
    let plain = !projection.is_empty()
        && lateral_views.is_empty()
        && connect_by.is_empty()
        && group_by.is_empty()
        && group_by_modifiers.is_empty()
        && cluster_by.is_empty()
        && distribute_by.is_empty()
        && sort_by.is_empty()
        && named_window.is_empty();
    if !plain {
        return Err(Refusal::unsupported(select));
    }
    let projection = check_projection(projection)?;
    let (from, joins) = match from.as_slice() {
        [] => return Err(Refusal::new(refusal::UNSUPPORTED, "A FROM clause is required")),
        [from] => (relation(&from.relation)?, from.joins.iter().map(join).collect::<Checked<_>>()?),
        _ => return Err(Refusal::new(refusal::UNSUPPORTED, "Implicit joins are not supported")),
    };
    let filter = selection.as_ref().map(predicate).transpose()?;
    Ok(Select { projection, from, joins, filter, limit })
}

/// The body of a query that has, besides, at most a LIMIT.
fn plain_query(query: &sql::Query) -> Checked<(&sql::SetExpr, Option<Literal>)> {
    let sql::Query {
        with: None,
        body,
        order_by: None,
        limit_clause,
        fetch: None,
        locks,
        for_clause: None,
        settings: None,
        format_clause: None,
        pipe_operators,
    } = query
    else {
        return Err(Refusal::unsupported(query));
    };
    if !locks.is_empty() || !pipe_operators.is_empty() {
        return Err(Refusal::unsupported(query));
    }
    let limit = match limit_clause {
        None => None,
        Some(sql::LimitClause::LimitOffset { limit: None, offset: None, limit_by })
            if limit_by.is_empty() =>
        {
            None
        }
        Some(sql::LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by })
            if limit_by.is_empty() =>
        {
            match limit {
                sql::Expr::Value(ValueWithSpan { value: Value::Number(number, _), span }) => {
                    Some(Literal { kind: Kind::Number(number.clone()), at: start(*span) })
                }
                sql::Expr::Value(ValueWithSpan { value: Value::Placeholder(name), span })
                    if is_parameter(name) =>
                {
                    return Err(
                        parameter(start(*span)).in_the_products_words(format!("Unsupported: {query}"))
                    );
                }
                _ => return Err(Refusal::unsupported(query)),
            }
        }
        Some(_) => return Err(Refusal::unsupported(query)),
    };
    Ok((body, limit))
}

fn check_projection(items: &[sql::SelectItem]) -> Checked<Projection> {
    if let [item] = items {
        match item {
            sql::SelectItem::Wildcard(options) if is_bare(options) => return Ok(Projection::Star(None)),
            sql::SelectItem::QualifiedWildcard(
                sql::SelectItemQualifiedWildcardKind::ObjectName(table),
                options,
            ) if is_bare(options) => return Ok(Projection::Star(Some(object_name(table)))),
            sql::SelectItem::UnnamedExpr(function @ sql::Expr::Function(called)) => {
                // The product says this of `version()` too, which is no aggregate.
                let product = "Aggregate expressions must have column aliases";
                let plain = if is_count(called) { product.to_owned() } else { projection_expr(function) };
                return Err(unsupported_at(plain, function).in_the_products_words(product));
            }
            sql::SelectItem::ExprWithAlias { expr: sql::Expr::Function(function), alias } => {
                if is_count(function) {
                    return Ok(Projection::Count(ident(alias)));
                }
                let message = format!("Unsupported aggregate function: {function}");
                return Err(Refusal::new(refusal::UNSUPPORTED, message));
            }
            sql::SelectItem::UnnamedExpr(_) | sql::SelectItem::ExprWithAlias { .. } => {}
            _ => {
                let message = format!("Unsupported projection: {item}");
                return Err(Refusal::new(refusal::UNSUPPORTED, message));
            }
        }
    }
    items.iter().map(projected_column).collect::<Checked<_>>().map(Projection::Columns)
}

fn projected_column(item: &sql::SelectItem) -> Checked<(Column, Name)> {
    let (expr, alias) = match item {
        sql::SelectItem::UnnamedExpr(expr) => (expr, None),
        sql::SelectItem::ExprWithAlias { expr, alias } => (expr, Some(ident(alias))),
        sql::SelectItem::Wildcard(_) | sql::SelectItem::QualifiedWildcard(..) => {
            return Err(Refusal::new(refusal::UNSUPPORTED, "Mixed wildcard projections are not supported"));
        }
        sql::SelectItem::ExprWithAliases { .. } => {
            return Err(Refusal::new(refusal::UNSUPPORTED, format!("Unsupported projection: {item}")));
        }
    };
    let Some(column) = column(expr) else {
        return Err(match placeholder(expr) {
            Some(at) => parameter(at).in_the_products_words(projection_expr(expr)),
            None => unsupported_at(projection_expr(expr), expr),
        });
    };
    let alias = alias.unwrap_or_else(|| column.name.clone());
    Ok((column, alias))
}

fn projection_expr(expr: &sql::Expr) -> String {
    format!("Unsupported projection expression: {expr}")
}

fn is_bare(options: &sql::WildcardAdditionalOptions) -> bool {
    let sql::WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    opt_ilike.is_none()
        && opt_exclude.is_none()
        && opt_except.is_none()
        && opt_replace.is_none()
        && opt_rename.is_none()
        && opt_alias.is_none()
}

/// Whether this is `COUNT(*)` and no more.
fn is_count(function: &sql::Function) -> bool {
    let sql::Function {
        name,
        uses_odbc_syntax: false,
        parameters: sql::FunctionArguments::None,
        args: sql::FunctionArguments::List(arguments),
        within_group,
        filter: None,
        null_treatment: None,
        over: None,
    } = function
    else {
        return false;
    };
    let star = sql::FunctionArg::Unnamed(sql::FunctionArgExpr::Wildcard);
    name.to_string().eq_ignore_ascii_case("count")
        && within_group.is_empty()
        && arguments.duplicate_treatment.is_none()
        && arguments.clauses.is_empty()
        && arguments.args == [star]
}

fn relation(factor: &sql::TableFactor) -> Checked<Relation> {
    let unsupported = || {
        Refusal::new(refusal::UNSUPPORTED, format!("Unsupported FROM expression: {factor}"))
            .at(start(factor.span()))
    };
    let sql::TableFactor::Table {
        name,
        alias,
        args: None,
        with_hints,
        version: None,
        with_ordinality: false,
        partitions,
        json_path: None,
        sample: None,
        index_hints,
    } = factor
    else {
        return Err(unsupported());
    };
    if !with_hints.is_empty() || !partitions.is_empty() || !index_hints.is_empty() {
        return Err(unsupported());
    }
    let table = object_name(name);
    let alias = match alias {
        None => table.clone(),
        Some(sql::TableAlias { explicit: _, name, columns, at: None }) if columns.is_empty() => ident(name),
        Some(_) => return Err(unsupported()),
    };
    Ok(Relation { table, alias })
}

fn join(join: &sql::Join) -> Checked<Join> {
    let unsupported = || Refusal::new(refusal::UNSUPPORTED, "Non-inner joins are not supported");
    let relation = relation(&join.relation)?;
    let on = match &join.join_operator {
        sql::JoinOperator::CrossJoin(sql::JoinConstraint::None)
        | sql::JoinOperator::Join(sql::JoinConstraint::None)
        | sql::JoinOperator::Inner(sql::JoinConstraint::None) => None,
        sql::JoinOperator::Join(sql::JoinConstraint::On(on))
        | sql::JoinOperator::Inner(sql::JoinConstraint::On(on)) => match on {
            sql::Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                match (column(left), column(right)) {
                    (Some(left), Some(right)) => Some((left, right)),
                    _ => return Err(unsupported()),
                }
            }
            _ => return Err(unsupported()),
        },
        _ => return Err(unsupported()),
    };
    if join.global { Err(unsupported()) } else { Ok(Join { relation, on }) }
}

fn check_insert(insert: &sql::Insert) -> Checked<Statement> {
    let sql::Insert {
        insert_token: _,
        optimizer_hints: _,
        or: None,
        ignore: false,
        into: true,
        table: sql::TableObject::TableName(table),
        table_alias: None,
        columns,
        overwrite: false,
        source: Some(source),
        assignments,
        partitioned: None,
        after_columns,
        has_table_keyword: false,
        on: None,
        returning: None,
        output: None,
        replace_into: false,
        priority: None,
        insert_alias: None,
        settings: None,
        format_clause: None,
        multi_table_insert_type: None,
        multi_table_into_clauses: _,
        multi_table_when_clauses: _,
        multi_table_else_clause: None,
    } = insert
    else {
        return Err(Refusal::unsupported(insert));
    };
    if !assignments.is_empty() || !after_columns.is_empty() {
        return Err(Refusal::unsupported(insert));
    }
    let not_values =
        || Refusal::new(refusal::UNSUPPORTED, format!("Unsupported INSERT expression: {source}"));
    let (sql::SetExpr::Values(values), None) = plain_query(source).map_err(|_| not_values())? else {
        return Err(not_values());
    };
    if values.explicit_row || values.value_keyword {
        return Err(not_values());
    }
    let value = |value: &sql::Expr| literal(value, "Unsupported INSERT value");
    let row = |row: &sql::Parens<Vec<sql::Expr>>| row.content.iter().map(value).collect::<Checked<_>>();
    Ok(Statement::Insert {
        table: object_name(table),
        columns: columns.iter().map(object_name).collect(),
        rows: values.rows.iter().map(row).collect::<Checked<_>>()?,
    })
}

fn check_update(update: &sql::Update) -> Checked<Statement> {
    let sql::Update {
        update_token: _,
        optimizer_hints: _,
        table: sql::TableWithJoins { relation: table, joins },
        assignments,
        from: None,
        selection,
        returning: None,
        output: None,
        or: None,
        order_by,
        limit: None,
    } = update
    else {
        return Err(Refusal::unsupported(update));
    };
    let Some(table) = unaliased(table).filter(|_| joins.is_empty() && order_by.is_empty()) else {
        return Err(Refusal::unsupported(update));
    };
    let assignment = |assignment: &sql::Assignment| match &assignment.target {
        sql::AssignmentTarget::ColumnName(column) => Ok((object_name(column), assigned(&assignment.value)?)),
        sql::AssignmentTarget::Tuple(_) => Err(Refusal::unsupported(update)),
    };
    let assignments = assignments.iter().map(assignment).collect::<Checked<_>>()?;
    let filter = selection.as_ref().map(predicate).transpose()?;
    Ok(Statement::Update { table, assignments, filter })
}

fn check_delete(delete: &sql::Delete) -> Checked<Statement> {
    let sql::Delete {
        delete_token: _,
        optimizer_hints: _,
        tables,
        from: sql::FromTable::WithFromKeyword(from),
        using: None,
        selection,
        returning: None,
        output: None,
        order_by,
        limit: None,
    } = delete
    else {
        return Err(Refusal::unsupported(delete));
    };
    if !tables.is_empty() || !order_by.is_empty() {
        return Err(Refusal::unsupported(delete));
    }
    let [from] = from.as_slice() else {
        return Err(Refusal::new(refusal::UNSUPPORTED, "Multi-table DELETE is not supported"));
    };
    let Some(table) = unaliased(&from.relation).filter(|_| from.joins.is_empty()) else {
        let message = format!("Unsupported table expression in DELETE: {from}");
        return Err(Refusal::new(refusal::UNSUPPORTED, message));
    };
    Ok(Statement::Delete { table, filter: selection.as_ref().map(predicate).transpose()? })
}

fn unaliased(factor: &sql::TableFactor) -> Option<Name> {
    match factor {
        sql::TableFactor::Table { alias: None, .. } => relation(factor).ok().map(|relation| relation.table),
        _ => None,
    }
}

fn check_set(set: &sql::Set) -> Checked<Statement> {
    match set {
        sql::Set::SingleAssignment {
            scope: None | Some(sql::ContextModifier::Session),
            hivevar: false,
            variable,
            values,
        } => match values.as_slice() {
            [value] => {
                let variable = object_name(variable);
                // That there is no such variable says more than what is wrong with its value.
                let value =
                    assigned(value).map_err(|refusal| match super::plan::known_variable(&variable) {
                        Ok(()) => refusal,
                        Err(unknown) => {
                            unknown.in_the_products_words(refusal.product.unwrap_or(refusal.message))
                        }
                    })?;
                Ok(Statement::Set { variable, value })
            }
            _ => Err(Refusal::unsupported(sql::Statement::Set(set.clone()))),
        },
        _ => Err(Refusal::unsupported(sql::Statement::Set(set.clone()))),
    }
}

fn assigned(value: &sql::Expr) -> Checked<Literal> {
    literal(value, "Unsupported column/variable assignment expression")
}

fn predicate(from: &sql::Expr) -> Checked<Expr> {
    expr(from, 0)
}

/// An expression. Chains of AND and of OR, which lean left, become lists.
fn expr(from: &sql::Expr, depth: usize) -> Checked<Expr> {
    match from {
        sql::Expr::Nested(inner) => expr(inner, depth),
        sql::Expr::Value(ValueWithSpan { value: Value::Placeholder(name), span }) if name == ":sender" => {
            Ok(Expr::Sender(start(*span)))
        }
        sql::Expr::Value(_)
        | sql::Expr::UnaryOp { op: sql::UnaryOperator::Plus | sql::UnaryOperator::Minus, .. } => {
            literal(from, "Unsupported expression").map(Expr::Literal)
        }
        sql::Expr::BinaryOp { left, op, right } => match comparison(op) {
            _ if depth > DEEPEST => Err(super::parse::too_deep()),
            Some(comparison) => {
                let (left, right) = (expr(left, depth + 1)?, expr(right, depth + 1)?);
                Ok(Expr::Compare(comparison, Box::new(left), Box::new(right)))
            }
            None if *op == BinaryOperator::And => chain(from, op, depth).map(Expr::All),
            None if *op == BinaryOperator::Or => chain(from, op, depth).map(Expr::Any),
            None => Err(unsupported_at(format!("Unsupported binary operator: {op}"), from)),
        },
        _ => match column(from) {
            Some(column) => Ok(Expr::Column(column)),
            None => Err(unsupported_at(format!("Unsupported expression: {from}"), from)),
        },
    }
}

fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
    match operator {
        BinaryOperator::Eq => Some(Comparison::Equal),
        BinaryOperator::NotEq => Some(Comparison::NotEqual),
        BinaryOperator::Lt => Some(Comparison::Less),
        BinaryOperator::LtEq => Some(Comparison::LessOrEqual),
        BinaryOperator::Gt => Some(Comparison::Greater),
        BinaryOperator::GtEq => Some(Comparison::GreaterOrEqual),
        _ => None,
    }
}

fn chain(mut from: &sql::Expr, operator: &BinaryOperator, depth: usize) -> Checked<Vec<Expr>> {
    let mut links = Vec::new();
    while let sql::Expr::BinaryOp { left, op, right } = from
        && op == operator
    {
        links.push(right.as_ref());
        from = left;
    }
    links.push(from);
    links.into_iter().rev().map(|link| expr(link, depth + 1)).collect()
}

/// A literal, perhaps with a sign. Anything else is refused with `unsupported` before it.
fn literal(from: &sql::Expr, unsupported: &str) -> Checked<Literal> {
    match from {
        sql::Expr::Value(ValueWithSpan { value, span }) => {
            let kind = match value {
                Value::Boolean(value) => Kind::Bool(*value),
                Value::Number(number, _) => Kind::Number(number.clone()),
                Value::SingleQuotedString(string) => Kind::String(string.clone()),
                Value::HexStringLiteral(digits) => Kind::Hex(digits.clone()),
                _ => {
                    let message = format!("Unsupported literal expression: {value}");
                    return Err(match value {
                        Value::Placeholder(name) if is_parameter(name) => {
                            parameter(start(*span)).in_the_products_words(message)
                        }
                        _ => Refusal::new(refusal::UNSUPPORTED, message).at(start(*span)),
                    });
                }
            };
            Ok(Literal { kind, at: start(*span) })
        }
        sql::Expr::UnaryOp { op, expr } => match (op, &**expr) {
            (
                sql::UnaryOperator::Plus | sql::UnaryOperator::Minus,
                sql::Expr::Value(ValueWithSpan { value: Value::Number(number, _), span }),
            ) => Ok(Literal { kind: Kind::Number(format!("{op}{number}")), at: start(*span) }),
            _ => Err(unsupported_at(format!("{unsupported}: {from}"), from)),
        },
        _ => Err(unsupported_at(format!("{unsupported}: {from}"), from)),
    }
}

/// A column, with or without its table.
fn column(from: &sql::Expr) -> Option<Column> {
    match from {
        sql::Expr::Identifier(name) => Some(Column { table: None, name: ident(name) }),
        sql::Expr::CompoundIdentifier(parts) => {
            let (name, table) = parts.split_last()?;
            Some(Column { table: (!table.is_empty()).then(|| idents(table)), name: ident(name) })
        }
        _ => None,
    }
}

fn placeholder(from: &sql::Expr) -> Option<Option<Location>> {
    match from {
        sql::Expr::Value(ValueWithSpan { value: Value::Placeholder(name), span }) if is_parameter(name) => {
            Some(start(*span))
        }
        _ => None,
    }
}

fn is_parameter(name: &str) -> bool {
    name.starts_with('$')
}

fn parameter(at: Option<Location>) -> Refusal {
    Refusal::new(refusal::UNSUPPORTED, "parameterized queries are not supported").at(at)
}

fn unsupported_at(message: String, what: &sql::Expr) -> Refusal {
    Refusal::new(refusal::UNSUPPORTED, message).at(start(what.span()))
}

fn ident(from: &Ident) -> Name {
    Name { text: from.value.clone(), at: start(from.span) }
}

/// Names of several parts are one name with dots in it (facts, section 6).
fn idents(from: &[Ident]) -> Name {
    let text = from.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".");
    Name { text, at: from.first().and_then(|part| start(part.span)) }
}

fn object_name(from: &ObjectName) -> Name {
    let part = |part: &ObjectNamePart| match part {
        ObjectNamePart::Identifier(ident) => ident.clone(),
        ObjectNamePart::Function(function) => Ident::new(function.to_string()),
    };
    idents(&from.0.iter().map(part).collect::<Vec<_>>())
}

fn start(span: Span) -> Option<Location> {
    (span.start.line > 0).then_some(span.start)
}
