//! What the types `regclass`, `regtype`, `regproc` and their like name.

use super::functions;
use super::known::Known;
use crate::postgresql::catalog;
use crate::postgresql::lookup::{Table, parts};
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Invalid, Types, no_object, types};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// The roles that there always are.
const ROLES: [(Oid, &str); 2] = [(10, "postgres"), (6171, "pg_database_owner")];

/// The name of an object of a class; none where there is no such object.
pub(super) fn name(known: &Known<'_>, class: Oid, oid: Oid) -> Option<String> {
    match class {
        types::REGTYPE => known.shape(oid).map(|_| known.name(oid)),
        types::REGCLASS => table_name(known, oid),
        types::REGPROC => match functions::by_oid(oid) {
            Some(function) => {
                let unique = functions::named(function.name).nth(1).is_none();
                Some(if unique { function.name.to_owned() } else { format!("pg_catalog.{}", function.name) })
            }
            None => known
                .0
                .database
                .function(oid, known.0.snapshot)
                .map(|function| quote_identifier(&function.name))
                .or_else(|| catalog::io_function(oid).map(str::to_owned)),
        },
        types::REGPROCEDURE => {
            let function = functions::by_oid(oid)?;
            let arguments: Vec<String> = function.arguments.iter().map(|oid| known.name(*oid)).collect();
            Some(format!("{}({})", function.name, arguments.join(",")))
        }
        types::REGNAMESPACE => known.0.schema_name(oid).map(|name| quote_identifier(&name)),
        types::REGROLE => ROLES.iter().find(|role| role.0 == oid).map(|role| role.1.to_owned()),
        _ => None,
    }
}

/// The name of a table, with its schema where that is needed to find it.
fn table_name(known: &Known<'_>, oid: Oid) -> Option<String> {
    if let Some(table) = catalog::by_oid(oid) {
        let schema = known.0.schema_name(table.schema)?;
        let found = table.schema == crate::postgresql::database::PG_CATALOG;
        return Some(if found { table.name.to_owned() } else { format!("{schema}.{}", table.name) });
    }
    let Some(relation) = known.0.database.relation(oid, known.0.snapshot) else {
        return catalog::other_relation_name(known.0, oid);
    };
    let name = quote_identifier(&relation.name);
    if known.0.on_path(relation.schema, relation.temporary) {
        return Some(name);
    }
    Some(format!("{}.{name}", quote_identifier(&known.0.schema_name(relation.schema)?)))
}

/// The object of a class that a text names.
pub(super) fn named(known: &Known<'_>, class: Oid, text: &str) -> Result<Oid, Invalid> {
    if class == types::REGTYPE {
        let dialect = PostgreSqlDialect {};
        let syntax = Parser::new(&dialect).try_with_sql(text).and_then(|mut parser| parser.parse_data_type());
        let syntax = syntax.map_err(|_| no_object(class, text))?;
        return known.type_named(&syntax).map(|ty| ty.oid).map_err(|(invalid, _)| *invalid);
    }
    let dialect = PostgreSqlDialect {};
    let syntax =
        Parser::new(&dialect).try_with_sql(text).and_then(|mut parser| parser.parse_object_name(false));
    let (schema, name) = match &syntax {
        Ok(object) => parts(object),
        Err(_) => return Err(Invalid::new("42602", "invalid name syntax")),
    };
    let found = match class {
        types::REGCLASS => match known.0.table(schema.as_deref(), &name) {
            Some(Table::User(relation)) => Some(relation.oid),
            Some(Table::System(table)) => Some(table.oid),
            None => catalog::other_relation(known.0, schema.as_deref(), &name),
        },
        types::REGPROC => {
            let system = schema.as_deref().is_none_or(|schema| schema == "pg_catalog");
            let built_in = functions::named(&name).filter(|_| system).map(|function| function.oid);
            let io =
                catalog::io_function_named(&name).filter(|oid| system && functions::by_oid(*oid).is_none());
            let user = known.0.functions(schema.as_deref(), &name).into_iter().map(|function| function.oid);
            let all: Vec<Oid> = built_in.chain(io).chain(user).collect();
            if all.len() > 1 {
                return Err(Invalid::new("42725", format!("more than one function named \"{name}\"")));
            }
            all.first().copied()
        }
        types::REGNAMESPACE => known.0.schema(&name),
        types::REGROLE => ROLES.iter().find(|role| role.1 == name).map(|role| role.0),
        _ => None,
    };
    let full = schema.map_or_else(|| name.clone(), |schema| format!("{schema}.{name}"));
    found.ok_or_else(|| no_object(class, &full))
}
