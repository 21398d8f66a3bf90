//! Expressions with a syntax of their own: CASE, IN, BETWEEN, LIKE, ARRAY, and functions that the grammar spells out.

use super::Analyser;
use super::coerce::How;
use super::expr::{BOOL, RECORD, truth, unnested};
use super::types::UNKNOWN;
use crate::engine::SqlError;
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Value;
use sqlparser::ast::{
    self, BinaryOperator, CeilFloorKind, DateTimeField, FunctionArg, FunctionArgExpr, FunctionArguments,
    IntervalFields, Spanned as _, TrimWhereField,
};

const TEXT: Type = Type::plain(25);

impl Analyser<'_> {
    /// What [`expr`](Self::expr) leaves to others.
    pub(super) fn special(&mut self, expr: &ast::Expr, at: Option<usize>) -> Result<Expr, Stop> {
        match expr {
            ast::Expr::InList { expr: left, list, negated } => self.in_list(left, list, *negated, at),
            ast::Expr::InSubquery { expr: left, subquery, negated } => {
                let name = if *negated { "<>" } else { "=" };
                self.quantified_query(left, name, subquery, !negated, at)
            }
            ast::Expr::Between { expr: value, negated, low, high } => {
                let (lower, upper) = if *negated { ("<", ">") } else { (">=", "<=") };
                let place = self.between(value, "BETWEEN", low);
                let mut bounds = Vec::new();
                for (name, bound) in [(lower, low), (upper, high)] {
                    let operands = vec![self.expr(value)?, self.expr(bound)?];
                    bounds.push(self.operate(name, operands, at).map_err(|stop| stop.at(place))?);
                }
                Ok(truth(if *negated { Node::Or(bounds) } else { Node::And(bounds) }, at))
            }
            ast::Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                let name = if *negated { "!~~" } else { "~~" };
                self.like(name, "LIKE", expr, pattern, escape_char.as_deref(), at)
            }
            ast::Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                let name = if *negated { "!~~*" } else { "~~*" };
                self.like(name, "ILIKE", expr, pattern, escape_char.as_deref(), at)
            }
            ast::Expr::SimilarTo { negated, expr, pattern, escape_char } => {
                let mut arguments = vec![self.expr(pattern)?];
                arguments.extend(
                    escape_char.iter().map(|escape| self.expr(escape)).collect::<Result<Vec<_>, _>>()?,
                );
                let pattern = self.built_in("similar_to_escape", arguments, at)?;
                let value = self.expr(expr)?;
                self.operate(if *negated { "!~" } else { "~" }, vec![value, pattern], at)
            }
            ast::Expr::AnyOp { left, compare_op, right, .. } => {
                self.quantified(left, compare_op, right, true, at)
            }
            ast::Expr::AllOp { left, compare_op, right } => {
                self.quantified(left, compare_op, right, false, at)
            }
            ast::Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), at)
            }
            ast::Expr::Array(array) => self.array(array, at),
            ast::Expr::Tuple(fields) => {
                let fields = fields.iter().map(|field| self.expr(field)).collect::<Result<_, _>>()?;
                Ok(Expr { ty: Type::plain(RECORD), at, node: Node::Row(fields) })
            }
            ast::Expr::Collate { expr, collation } => {
                let place = self.after(expr, "COLLATE");
                let known = ["c", "default", "posix", "c.utf-8", "pg_c_utf8", "ucs_basic"];
                let name = crate::postgresql::lookup::parts(collation).1;
                if !known.contains(&name.to_lowercase().as_str()) {
                    let message = format!("collation \"{name}\" for encoding \"UTF8\" does not exist");
                    return Err(Stop::error("42704", message).at(place));
                }
                let expr = self.expr(expr)?;
                let expr = self.as_known(expr)?;
                if self.category(expr.ty.oid) != 'S' {
                    let message =
                        format!("collations are not supported by type {}", self.type_name(expr.ty.oid));
                    return Err(Stop::error("42804", message).at(place));
                }
                Ok(expr)
            }
            _ => self.spelt_out(expr, at),
        }
    }

    /// Functions that the grammar spells out.
    fn spelt_out(&mut self, expr: &ast::Expr, at: Option<usize>) -> Result<Expr, Stop> {
        let (name, arguments): (&str, Vec<&ast::Expr>) =
            match expr {
                ast::Expr::AtTimeZone { timestamp, time_zone } => ("timezone", vec![time_zone, timestamp]),
                ast::Expr::Extract { field, expr, .. } => {
                    let field = self.text(&field_name(field), at);
                    let value = self.expr(expr)?;
                    return self.built_in("extract", vec![field, value], at);
                }
                ast::Expr::Ceil { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                    ("ceil", vec![expr])
                }
                ast::Expr::Floor { expr, field: CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) } => {
                    ("floor", vec![expr])
                }
                ast::Expr::Position { expr, r#in } => ("position", vec![r#in, expr]),
                ast::Expr::Substring { expr, substring_from, substring_for, .. } => {
                    let mut arguments = vec![self.expr(expr)?];
                    match (substring_from, substring_for) {
                        (None, Some(_)) => arguments.push(super::expr::number("1", at)?),
                        (from, _) => arguments
                            .extend(from.iter().map(|from| self.expr(from)).collect::<Result<Vec<_>, _>>()?),
                    }
                    arguments.extend(
                        substring_for.iter().map(|count| self.expr(count)).collect::<Result<Vec<_>, _>>()?,
                    );
                    return self.built_in("substring", arguments, at);
                }
                ast::Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
                    let name = match trim_where {
                        Some(TrimWhereField::Leading) => "ltrim",
                        Some(TrimWhereField::Trailing) => "rtrim",
                        _ => "btrim",
                    };
                    let what = trim_what.as_deref().into_iter().chain(trim_characters.iter().flatten());
                    (name, std::iter::once(&**expr).chain(what).collect())
                }
                ast::Expr::Overlay { expr, overlay_what, overlay_from, overlay_for } => {
                    let fixed: [&ast::Expr; 3] = [expr, overlay_what, overlay_from];
                    ("overlay", fixed.into_iter().chain(overlay_for.as_deref()).collect())
                }
                other => return Err(self.unsupported(other, at)),
            };
        let arguments =
            arguments.into_iter().map(|argument| self.expr(argument)).collect::<Result<_, _>>()?;
        self.built_in(name, arguments, at)
    }

    fn text(&self, text: &str, at: Option<usize>) -> Expr {
        Expr { ty: TEXT, at, node: Node::Constant(Some(Value::Text(text.to_owned()))) }
    }

    fn like(
        &mut self,
        name: &str,
        word: &str,
        value: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::Expr>,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let place = self.between(value, word, pattern);
        let value = self.expr(value)?;
        let mut pattern = self.expr(pattern)?;
        if let Some(escape) = escape {
            let escape = self.expr(escape)?;
            pattern = self.built_in("like_escape", vec![pattern, escape], at)?;
        }
        self.operate(name, vec![value, pattern], at).map_err(|stop| stop.at(place))
    }

    fn in_list(
        &mut self,
        left: &ast::Expr,
        list: &[ast::Expr],
        negated: bool,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let name = if negated { "<>" } else { "=" };
        let place = list.first().and_then(|first| self.between(left, "IN", first));
        let value = self.expr(left)?;
        let items = list.iter().map(|item| self.expr(item)).collect::<Result<Vec<Expr>, Stop>>()?;
        let plain = |item: &Expr| !matches!(item.node, Node::Column { .. } | Node::Row(_));
        if items.len() > 1 && items.iter().all(plain) {
            let all = [std::slice::from_ref(&value), &items].concat();
            let common = self.common_oid(&all, "IN").ok();
            if let Some((element, array)) =
                common.and_then(|oid| self.array_of(oid).map(|array| (oid, array)))
            {
                let element = Type::plain(element);
                let elements = items.into_iter().map(|item| self.coerce_to(item, element, How::Implicit));
                let node = Node::Array { elements: elements.collect::<Result<_, _>>()?, nested: false };
                let items = Expr { ty: Type::plain(array), at, node };
                return self.over_array(value, name, items, !negated, at).map_err(|stop| stop.at(place));
            }
        }
        let mut tests = Vec::new();
        for item in items {
            let test = match (value.clone(), item) {
                (Expr { node: Node::Row(left), .. }, Expr { node: Node::Row(right), .. }) => {
                    self.rows(name, left, right, at)
                }
                (value, item) => self.operate(name, vec![value, item], at),
            };
            tests.push(test.map_err(|stop| stop.at(place))?);
        }
        Ok(match (tests.len(), negated) {
            (1, _) => tests.swap_remove(0),
            (_, false) => truth(Node::Or(tests), at),
            (_, true) => truth(Node::And(tests), at),
        })
    }

    fn quantified(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        any: bool,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let name = super::operator::symbol(op);
        if let ast::Expr::Subquery(query) = unnested(right) {
            return self.quantified_query(left, &name, query, any, at);
        }
        let place = self.between(left, &op.to_string(), right);
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        self.over_array(left, &name, right, any, at).map_err(|stop| stop.at(place))
    }

    fn over_array(
        &mut self,
        left: Expr,
        name: &str,
        array: Expr,
        any: bool,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let element = match array.ty.oid {
            UNKNOWN => UNKNOWN,
            oid => self
                .known()
                .listed(oid)
                .ok_or_else(|| Stop::error("42809", "op ANY/ALL (array) requires array on right side"))?,
        };
        let (operator, [first, second]) = self.comparison(name, left.ty.oid, element)?;
        let left = Box::new(self.coerce_to(left, Type::plain(first), How::Implicit)?);
        let same = second == element;
        let to = if same { None } else { self.array_of(second) };
        let array = match to {
            Some(to) => self.coerce_to(array, Type::plain(to), How::Implicit)?,
            None => array,
        };
        Ok(truth(Node::Quantified { any, operator, left, array: Box::new(array) }, at))
    }

    fn quantified_query(
        &mut self,
        left: &ast::Expr,
        name: &str,
        query: &ast::Query,
        any: bool,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let place = self.after(left, name).or_else(|| self.after(left, "IN"));
        let left = self.expr(left)?;
        let query = self.subquery(query)?;
        if let Node::Row(fields) = &left.node
            && fields.len() != 1
        {
            return Err(self.unsupported("a comparison of rows with a subquery", place));
        }
        let [column] = query.columns.as_slice() else {
            return Err(Stop::error("42601", "subquery has too many columns").at(place));
        };
        let given = column.ty.oid;
        let (operator, [first, second]) =
            self.comparison(name, left.ty.oid, given).map_err(|stop| stop.at(place))?;
        let left = Box::new(self.coerce_to(left, Type::plain(first), How::Implicit)?);
        let item = Expr { ty: column.ty, at: None, node: Node::Column { depth: 0, index: 0 } };
        let item = Box::new(self.coerce_to(item, Type::plain(second), How::Implicit)?);
        Ok(truth(Node::QuantifiedQuery { any, operator, left, item, query: query.into() }, at))
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let mut tests = Vec::new();
        let mut results = Vec::new();
        results.push(match otherwise {
            Some(expr) => self.expr(expr)?,
            None => Expr { ty: Type::plain(UNKNOWN), at, node: Node::Constant(None) },
        });
        for when in conditions {
            tests.push(match operand {
                None => self.truth(&when.condition, "CASE/WHEN")?,
                Some(operand) => {
                    let operand = self.expr(operand)?;
                    let operand = self.as_known(operand)?;
                    let value = self.expr(&when.condition)?;
                    let place = value.at;
                    let test = self.operate("=", vec![operand, value], at).map_err(|stop| stop.at(place))?;
                    self.coerce_to(test, BOOL, How::Implicit)?
                }
            });
            results.push(self.expr(&when.result)?);
        }
        let (ty, mut results) = self.common_type(results, "CASE")?;
        let branches = results.split_off(1);
        let otherwise = results.pop().filter(|_| otherwise.is_some()).map(Box::new);
        let branches = tests.into_iter().zip(branches).collect();
        Ok(Expr { ty, at, node: Node::Case(branches, otherwise) })
    }

    fn array(&mut self, array: &ast::Array, at: Option<usize>) -> Result<Expr, Stop> {
        if array.elem.is_empty() {
            let at = at.or_else(|| self.keyword("ARRAY"));
            let error = SqlError::error("42P18", "cannot determine type of empty array");
            return Err(error
                .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
                .at(at)
                .into());
        }
        let elements = array.elem.iter().map(|element| self.expr(element)).collect::<Result<Vec<_>, _>>()?;
        let (ty, elements) = self.common_type(elements, "ARRAY")?;
        let nested = self.element_of(ty.oid).is_some();
        let oid = if nested { Some(ty.oid) } else { self.array_of(ty.oid) };
        let oid = oid.ok_or_else(|| {
            let message = format!("could not find array type for data type {}", self.type_name(ty.oid));
            Stop::error("42704", message).at(at)
        })?;
        Ok(Expr { ty: Type { oid, modifier: ty.modifier }, at, node: Node::Array { elements, nested } })
    }

    /// `ARRAY[...]::type[]`: the elements are cast, one by one.
    pub(super) fn array_of_type(
        &mut self,
        array: &ast::Array,
        element: Type,
        to: Type,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let mut nested = false;
        let mut elements = Vec::new();
        for item in &array.elem {
            elements.push(match unnested(item) {
                ast::Expr::Array(inner) => {
                    nested = true;
                    self.array_of_type(inner, element, to, self.position(item.span()))?
                }
                _ => {
                    let expr = self.expr(item)?;
                    nested |= self.element_of(expr.ty.oid).is_some();
                    let to = if nested { to } else { element };
                    self.coerce_to(expr, to, How::Explicit)?
                }
            });
        }
        Ok(Expr { ty: to, at, node: Node::Array { elements, nested } })
    }

    /// What looks like a call and is none, or is one of another function.
    pub(super) fn special_call(
        &mut self,
        call: &ast::Function,
        at: Option<usize>,
    ) -> Result<Option<Expr>, Stop> {
        let Some(name) = super::call::plain_name(&call.name) else { return Ok(None) };
        let arguments = match &call.args {
            FunctionArguments::None => return self.word(&name, None, at),
            FunctionArguments::Subquery(query) if name == "array" => {
                let query = self.subquery(query)?;
                let [column] = query.columns.as_slice() else {
                    return Err(Stop::error("42601", "subquery must return only one column").at(at));
                };
                let element = column.ty;
                let nested = self.element_of(element.oid).is_some();
                let oid = if nested { Some(element.oid) } else { self.array_of(element.oid) };
                let ty = Type { oid: oid.unwrap_or(element.oid), modifier: element.modifier };
                return Ok(Some(Expr { ty, at, node: Node::ArrayOf(query.into()) }));
            }
            FunctionArguments::Subquery(_) => return Ok(None),
            FunctionArguments::List(list) => &list.args,
        };
        let mut exprs = Vec::new();
        for argument in arguments {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else { return Ok(None) };
            exprs.push(expr);
        }
        let mut analysed = || exprs.iter().map(|expr| self.expr(expr)).collect::<Result<Vec<Expr>, Stop>>();
        let expr = match name.as_str() {
            "coalesce" => {
                let values = analysed()?;
                let (ty, values) = self.common_type(values, "COALESCE")?;
                Expr { ty, at, node: Node::Coalesce(values) }
            }
            "greatest" | "least" => {
                let values = analysed()?;
                let greatest = name == "greatest";
                let (ty, values) = self.common_type(values, if greatest { "GREATEST" } else { "LEAST" })?;
                Expr { ty, at, node: Node::Extreme { greatest, values } }
            }
            "nullif" if exprs.len() == 2 => {
                let mut values = analysed()?;
                let equal = self.operate("=", values.clone(), at).map_err(|stop| stop.at(at))?;
                let value = self.as_known(values.swap_remove(0))?;
                let null = Expr { ty: value.ty, at, node: Node::Constant(None) };
                Expr { ty: value.ty, at, node: Node::Case(vec![(equal, null)], Some(Box::new(value))) }
            }
            "row" => Expr { ty: Type::plain(RECORD), at, node: Node::Row(analysed()?) },
            "current_timestamp" | "current_time" | "localtime" | "localtimestamp" => {
                let digits = exprs.first().map(|expr| expr.to_string());
                return self.word(&name, digits.and_then(|digits| digits.parse().ok()), at);
            }
            _ => return Ok(None),
        };
        Ok(Some(expr))
    }

    /// A function that is called by its name alone, which is a reserved word.
    pub(super) fn word(
        &mut self,
        name: &str,
        precision: Option<i32>,
        at: Option<usize>,
    ) -> Result<Option<Expr>, Stop> {
        let (function, to): (&str, Option<Oid>) = match name {
            "current_timestamp" => ("now", Some(1184)),
            "localtimestamp" => ("now", Some(1114)),
            "current_time" => ("now", Some(1266)),
            "localtime" => ("now", Some(1083)),
            "current_date" => ("now", Some(1082)),
            "current_user" | "current_role" | "user" => ("current_user", None),
            "session_user" => ("session_user", None),
            "current_catalog" => ("current_database", None),
            "current_schema" => ("current_schema", None),
            _ => return Ok(None),
        };
        let call = self.built_in(function, Vec::new(), at)?;
        let Some(oid) = to else { return Ok(Some(call)) };
        let to = Type { oid, modifier: precision.unwrap_or(-1) };
        self.coerce_to(call, to, How::Explicit).map(Some)
    }
}

fn field_name(field: &DateTimeField) -> String {
    field.to_string().trim_matches(['\'', '"']).to_ascii_lowercase()
}

/// The fields that an interval literal names behind it.
pub(super) fn interval_fields(interval: &ast::Interval) -> Option<IntervalFields> {
    use DateTimeField::{Day, Hour, Minute, Month, Second, Year};
    Some(match (interval.leading_field.as_ref()?, interval.last_field.as_ref()) {
        (Year, None) => IntervalFields::Year,
        (Month, None) => IntervalFields::Month,
        (Day, None) => IntervalFields::Day,
        (Hour, None) => IntervalFields::Hour,
        (Minute, None) => IntervalFields::Minute,
        (Second, None) => IntervalFields::Second,
        (Year, Some(Month)) => IntervalFields::YearToMonth,
        (Day, Some(Hour)) => IntervalFields::DayToHour,
        (Day, Some(Minute)) => IntervalFields::DayToMinute,
        (Day, Some(Second)) => IntervalFields::DayToSecond,
        (Hour, Some(Minute)) => IntervalFields::HourToMinute,
        (Hour, Some(Second)) => IntervalFields::HourToSecond,
        (Minute, Some(Second)) => IntervalFields::MinuteToSecond,
        _ => return None,
    })
}
