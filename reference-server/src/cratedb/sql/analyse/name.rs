//! What the columns of a query are called: as CrateDB prints an expression.

use super::super::parse::folded;
use sqlparser::ast;
use std::fmt::Write as _;

/// The name of a column without an alias.
pub(super) fn name(written: &ast::Expr) -> String {
    match written {
        ast::Expr::Identifier(name) => folded(name),
        ast::Expr::CompoundIdentifier(parts) => parts.last().map(folded).unwrap_or_default(),
        other => printed(other),
    }
}

/// How deep an expression is printed.
const DEEPEST: usize = 60;

fn printed(written: &ast::Expr) -> String {
    let mut out = String::new();
    print(written, &mut out, 0);
    out
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn type_name(written: &ast::DataType) -> String {
    match written {
        ast::DataType::Array(ast::ArrayElemTypeDef::Parenthesis(element)) => {
            format!("array({})", type_name(element))
        }
        other => other.to_string(),
    }
}

/// Prints an expression as CrateDB does; what this does not know is printed as it is written.
fn print(written: &ast::Expr, out: &mut String, depth: usize) {
    if depth > DEEPEST {
        out.push_str("...");
        return;
    }
    let list = |exprs: &mut dyn Iterator<Item = &ast::Expr>, out: &mut String| {
        for (at, expr) in exprs.enumerate() {
            out.push_str(if at > 0 { ", " } else { "" });
            print(expr, out, depth + 1);
        }
    };
    let one = |expr: &ast::Expr| {
        let mut text = String::new();
        print(expr, &mut text, depth + 1);
        text
    };
    let text = match written {
        ast::Expr::Nested(inner) => one(inner),
        ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => name(written),
        ast::Expr::Value(value) => match &value.value {
            ast::Value::Null => "NULL".to_owned(),
            ast::Value::EscapedStringLiteral(text) => format!("'{}'", text.replace('\'', "''")),
            other => other.to_string(),
        },
        ast::Expr::BinaryOp { left, op, right } => {
            format!("({} {} {})", one(left), op, one(right))
        }
        ast::Expr::UnaryOp { op: ast::UnaryOperator::Not, expr } => format!("(NOT {})", one(expr)),
        ast::Expr::UnaryOp { op: ast::UnaryOperator::Plus, expr } => one(expr),
        ast::Expr::UnaryOp { op, expr } => format!("{op} {}", one(expr)),
        ast::Expr::AnyOp { left, compare_op, right, .. } => {
            format!("{} {compare_op} ANY({})", one(left), one(right))
        }
        ast::Expr::Case { operand, conditions, else_result, .. } => {
            let mut text = String::from("(CASE");
            if let Some(expr) = operand {
                let _ = write!(text, " {}", one(expr));
            }
            for when in conditions {
                let _ = write!(text, " WHEN {} THEN {}", one(&when.condition), one(&when.result));
            }
            if let Some(expr) = else_result {
                let _ = write!(text, " ELSE {}", one(expr));
            }
            text + " END)"
        }
        ast::Expr::IsNull(expr) => format!("({} IS NULL)", one(expr)),
        ast::Expr::IsNotNull(expr) => format!("({} IS NOT NULL)", one(expr)),
        ast::Expr::Cast { kind, expr, data_type, .. } => {
            let word = if *kind == ast::CastKind::TryCast { "TRY_CAST" } else { "CAST" };
            format!("{word}({} AS {})", one(expr), type_name(data_type))
        }
        ast::Expr::InList { expr, list: items, negated } => {
            let mut text = format!("({} {}IN (", one(expr), not(*negated));
            list(&mut items.iter(), &mut text);
            text + "))"
        }
        ast::Expr::Between { expr, negated, low, high } => {
            format!("({} {}BETWEEN {} AND {})", one(expr), not(*negated), one(low), one(high))
        }
        ast::Expr::Like { negated, expr, pattern, .. } => {
            format!("({} {}LIKE {})", one(expr), not(*negated), one(pattern))
        }
        ast::Expr::ILike { negated, expr, pattern, .. } => {
            format!("({} {}ILIKE {})", one(expr), not(*negated), one(pattern))
        }
        ast::Expr::Ceil { expr, .. } => format!("ceil({})", one(expr)),
        ast::Expr::Floor { expr, .. } => format!("floor({})", one(expr)),
        ast::Expr::Trim { expr, .. } => format!("trim({})", one(expr)),
        ast::Expr::Substring { expr, substring_from, substring_for, .. } => {
            let mut text = String::from("substr(");
            let parts = std::iter::once(expr).chain(substring_from).chain(substring_for);
            list(&mut parts.map(AsRef::as_ref), &mut text);
            text + ")"
        }
        ast::Expr::Array(array) => {
            let mut text = String::from("[");
            list(&mut array.elem.iter(), &mut text);
            text + "]"
        }
        ast::Expr::Dictionary(fields) => {
            let mut text = String::from("{");
            for (at, field) in fields.iter().enumerate() {
                let comma = if at > 0 { ", " } else { "" };
                let _ = write!(text, "{comma}\"{}\"= {}", folded(&field.key), one(&field.value));
            }
            text + "}"
        }
        ast::Expr::CompoundFieldAccess { root, access_chain } => {
            let mut text = one(root);
            for link in access_chain {
                let _ = match link {
                    ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => {
                        write!(text, "[{}]", one(index))
                    }
                    ast::AccessExpr::Dot(expr) => write!(text, ".{}", one(expr)),
                    ast::AccessExpr::Subscript(slice) => write!(text, "[{slice}]"),
                };
            }
            text
        }
        // A word of its own in CrateDB's grammar, printed without the parentheses that it may have.
        ast::Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("current_schema") => {
            "current_schema".to_owned()
        }
        ast::Expr::Function(function) => match &function.args {
            ast::FunctionArguments::List(arguments) => {
                let distinct = match arguments.duplicate_treatment {
                    Some(ast::DuplicateTreatment::Distinct) => "DISTINCT ",
                    _ => "",
                };
                let mut text = format!("{}({distinct}", function.name.to_string().to_lowercase());
                for (at, argument) in arguments.args.iter().enumerate() {
                    text.push_str(if at > 0 { ", " } else { "" });
                    match argument {
                        ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => {
                            text.push_str(&one(expr));
                        }
                        other => {
                            let _ = write!(text, "{other}");
                        }
                    }
                }
                text + ")"
            }
            _ => function.name.to_string().to_lowercase(),
        },
        other => other.to_string(),
    };
    out.push_str(&text);
}
