//! Functions that tell about the session and the server.

use super::arithmetic::mismatch;
use crate::postgresql::lookup::Place;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::array::Array;
use pgconform_wire::value::text::Name;
use pgconform_wire::value::{Value, types};

type Answer = Result<Option<Value>, Stop>;

fn name(text: &str) -> Answer {
    Ok(Some(Value::Name(Name::new(text))))
}

/// `version`
pub(super) fn version(context: &mut Context<'_>, _: &[Value]) -> Answer {
    let version = context.session.settings.get("server_version");
    Ok(Some(Value::Text(format!("PostgreSQL {version} (pgconform reference server)"))))
}

/// `current_user`
pub(super) fn current_user(context: &mut Context<'_>, _: &[Value]) -> Answer {
    name(context.session.settings.current_user())
}

/// `session_user`
pub(super) fn session_user(context: &mut Context<'_>, _: &[Value]) -> Answer {
    name(&context.session.user)
}

/// `current_database`
pub(super) fn current_database(context: &mut Context<'_>, _: &[Value]) -> Answer {
    name(&context.session.database)
}

/// The names of the schemas that are searched.
fn schemas(context: &Context<'_>, implicit: bool) -> Vec<String> {
    let lookup = context.lookup();
    let places = if implicit { lookup.places() } else { lookup.path() };
    let named = |place| match place {
        Place::Schema(schema) => lookup.schema_name(schema),
        Place::Temporary => None,
    };
    places.into_iter().filter_map(named).collect()
}

/// `current_schema`
pub(super) fn current_schema(context: &mut Context<'_>, _: &[Value]) -> Answer {
    schemas(context, false).first().map_or(Ok(None), |schema| name(schema))
}

/// `current_schemas`
pub(super) fn current_schemas(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Bool(implicit)] = values else { return Err(mismatch()) };
    let names = schemas(context, *implicit).into_iter().map(|schema| Some(Value::Name(Name::new(&schema))));
    Ok(Some(Value::Array(Array::new(types::NAME, names.collect()))))
}

/// `getdatabaseencoding`
pub(super) fn database_encoding(_: &mut Context<'_>, _: &[Value]) -> Answer {
    name("UTF8")
}

/// `pg_client_encoding`
pub(super) fn client_encoding(context: &mut Context<'_>, _: &[Value]) -> Answer {
    name(context.session.settings.get("client_encoding"))
}

/// Addresses and ports: the engine knows none.
pub(super) fn no_address(_: &mut Context<'_>, _: &[Option<Value>]) -> Answer {
    Ok(None)
}
