//! COPY FROM, COPY TO.

use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::expr::{Expr, TableRef};
use super::super::parse::folded;
use super::super::statement::{CopyFrom, CopyTo, Setting};
use super::modify::own_relation;
use super::name::name;
use super::{Analyser, Names};
use sqlparser::ast;

/// COPY FROM.
#[derive(Clone, Debug)]
pub(in super::super) struct CopyFromPlan {
    pub(in super::super) table: TableRef,
    /// A string, or an array of them.
    pub(in super::super) uri: Expr,
    /// A row takes the place of the one that has its primary key.
    pub(in super::super) overwrite: bool,
}

/// COPY TO.
#[derive(Clone, Debug)]
pub(in super::super) struct CopyToPlan {
    pub(in super::super) table: TableRef,
    pub(in super::super) output: Output,
    pub(in super::super) filter: Option<Expr>,
    /// A string.
    pub(in super::super) uri: Expr,
}

/// What a line of a file is.
#[derive(Clone, Debug)]
pub(in super::super) enum Output {
    /// An object of all columns that are not NULL.
    Row,
    /// An object of these, whatever they are.
    Object(Vec<(String, Expr)>),
    /// An array.
    Array(Vec<Expr>),
}

impl Analyser<'_> {
    pub(in super::super) fn copy_from(&mut self, written: &CopyFrom) -> Result<CopyFromPlan, Refusal> {
        let table = self.writable(&written.table, "INSERT")?;
        let overwrite = from_settings(&written.settings)?;
        let wrong = |ty: &Type| {
            let message = format!("fileUri must be of type STRING or STRING ARRAY. Got {ty}");
            Refusal::new(Exception::IllegalArgument, message)
        };
        // A name is a column's, of any name; that this one means the frontend, PostgreSQL's clients believe.
        if let ast::Expr::Identifier(column) = &written.uri {
            let column = folded(column);
            let known = table.columns.iter().find(|known| known.name == column);
            let ty = known.map_or(&Type::Undefined, |known| &known.ty);
            return Err(match column.as_str() {
                _ if *ty == Type::String => Refusal::unsupported(format!("Can't handle Symbol {column}")),
                "stdin" => Refusal::unsupported(wrong(ty).message),
                _ => wrong(ty),
            });
        }
        let typed = self.expr(&written.uri, &mut Names::none("FROM"))?;
        let uri = match (&typed.expr, &typed.ty) {
            (_, Type::String) => typed.expr,
            (_, Type::Array(element)) if **element == Type::String => typed.expr,
            (Expr::Parameter(_), Type::Undefined) => self.coerce(typed, &Type::String),
            (_, ty) => return Err(wrong(ty)),
        };
        Ok(CopyFromPlan { table, uri, overwrite })
    }

    pub(in super::super) fn copy_to(&mut self, written: &CopyTo) -> Result<CopyToPlan, Refusal> {
        if !written.directory {
            let message = "Using COPY TO without specifying a DIRECTORY is not supported";
            return Err(Refusal::unsupported(message));
        }
        let table = self.writable(&written.table, "COPY TO")?;
        let objects = to_settings(&written.settings)?;
        let typed = self.expr(&written.uri, &mut Names::none("TO"))?;
        let uri = self.coerce(typed, &Type::String);
        let relation = own_relation(&table, None);
        let output = match &written.columns {
            None if objects == Some(false) => {
                let message = "Output format not supported without specifying columns.";
                return Err(Refusal::unsupported(message));
            }
            None => Output::Row,
            Some(columns) => {
                let mut names = Names::new(vec![relation.clone()], "COPY TO");
                let mut outputs: Vec<(String, Expr)> = Vec::new();
                for column in columns {
                    let name = name(column);
                    if outputs.iter().any(|(known, _)| *known == name) {
                        let message = format!("column '{name}' is named twice");
                        return Err(Refusal::new(Exception::IllegalArgument, message));
                    }
                    outputs.push((name, self.expr(column, &mut names)?.expr));
                }
                match objects {
                    Some(true) => Output::Object(outputs),
                    _ => Output::Array(outputs.into_iter().map(|(_, expr)| expr).collect()),
                }
            }
        };
        let filter = self.filter(written.filter.as_ref(), relation)?;
        Ok(CopyToPlan { table, output, filter, uri })
    }
}

/// The settings of COPY FROM: whether rows are overwritten. Those that say how the work is shared mean nothing to one node; as
/// in CrateDB, those that nobody knows mean nothing either.
fn from_settings(settings: &[Setting]) -> Result<bool, Refusal> {
    let mut overwrite = false;
    for setting in settings {
        let invalid = |message: String| Err(Refusal::new(Exception::IllegalArgument, message));
        if let ast::Expr::Identifier(value) = &setting.value {
            return invalid(format!(
                "Can't use column reference in property assignment \"{} = {value}\". Use literals instead.",
                setting.name
            ));
        }
        let Some(value) = text(setting)? else { continue };
        match setting.name.as_str() {
            "compression" => return Err(unknown(&value)),
            "format" if !value.eq_ignore_ascii_case("json") => return Err(unknown(&value)),
            "overwrite_duplicates" | "shared" => {
                let Ok(value) = value.parse::<bool>() else {
                    let message =
                        format!("Failed to parse value [{value}] as only [true] or [false] are allowed.");
                    return invalid(message);
                };
                overwrite |= value && setting.name == "overwrite_duplicates";
            }
            name @ ("bulk_size" | "num_readers") => match value.parse::<i32>() {
                Ok(number) if number > 0 || name == "num_readers" => {}
                Ok(_) => return invalid("\"bulk_size\" must be greater than 0.".to_owned()),
                Err(_) => {
                    return invalid(format!("Failed to parse int setting [{name}] with value [{value}]"));
                }
            },
            _ => {}
        }
    }
    Ok(overwrite)
}

/// The settings of COPY TO: whether lines are to be objects, or arrays.
fn to_settings(settings: &[Setting]) -> Result<Option<bool>, Refusal> {
    let mut objects = None;
    for setting in settings {
        let value = text(setting)?;
        match (setting.name.as_str(), value.as_deref()) {
            ("format", Some("json_object")) => objects = Some(true),
            ("format", Some("json_array")) => objects = Some(false),
            ("format" | "compression", None) => {}
            ("format" | "compression", Some(value)) => return Err(unknown(value)),
            (name, _) => {
                let message = format!("setting '{name}' not supported");
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
        }
    }
    Ok(objects)
}

fn unknown(value: &str) -> Refusal {
    Refusal::unsupported(format!("Unsupported setting value: {value}"))
}

/// The text of a setting's value; none: NULL.
fn text(setting: &Setting) -> Result<Option<String>, Refusal> {
    let literal = |value: &ast::ValueWithSpan| match &value.value {
        ast::Value::Null => Some(None),
        ast::Value::SingleQuotedString(text) | ast::Value::EscapedStringLiteral(text) => {
            Some(Some(text.clone()))
        }
        ast::Value::Number(digits, _) => Some(Some(digits.clone())),
        ast::Value::Boolean(value) => Some(Some(value.to_string())),
        _ => None,
    };
    let value = match &setting.value {
        ast::Expr::Value(value) => literal(value),
        ast::Expr::Identifier(name) => Some(Some(folded(name))),
        ast::Expr::UnaryOp { op: ast::UnaryOperator::Minus, expr } => match expr.as_ref() {
            ast::Expr::Value(value) => literal(value).map(|digits| digits.map(|digits| format!("-{digits}"))),
            _ => None,
        },
        _ => None,
    };
    value.ok_or_else(|| {
        let message = format!("Only literals are allowed as parameter values. Got {}", setting.value);
        Refusal::unsupported(message)
    })
}
