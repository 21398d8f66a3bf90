//! How names are found: in the session's temporary schema, in `pg_catalog`, and along the search path.

use super::catalog::{self, SystemTable};
use super::database::{Database, PG_CATALOG, PUBLIC};
use super::definition::{Relation, UserFunction, UserType};
use super::session::Session;
use super::sql::parse::identifier;
use super::storage::{Oid, Snapshot};
use sqlparser::ast::{Ident, ObjectName, ObjectNamePart};
use std::sync::Arc;

/// The schema `information_schema`.
pub(crate) const INFORMATION_SCHEMA: Oid = 13_144;

/// The schemas that every database has.
pub(crate) const BUILT_IN_SCHEMAS: [(Oid, &str); 3] =
    [(PG_CATALOG, "pg_catalog"), (PUBLIC, "public"), (INFORMATION_SCHEMA, "information_schema")];

/// Finds names as one command of one session does.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    pub(crate) database: &'a Database,
    pub(crate) session: &'a Session,
    pub(crate) snapshot: &'a Snapshot,
}

/// Where something is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Among what is temporary to the session.
    Temporary,
    /// In this schema.
    Schema(Oid),
}

/// What a table's name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Table {
    /// A table that somebody made.
    User(Arc<Relation>),
    /// A system table.
    System(&'static SystemTable),
}

/// An identifier as it counts.
pub(crate) fn name(ident: &Ident) -> String {
    identifier(&ident.value, ident.quote_style.is_some())
}

/// The schema, where there is one, and the last part of a qualified name.
pub(crate) fn parts(object: &ObjectName) -> (Option<String>, String) {
    let mut names = object.0.iter().filter_map(ObjectNamePart::as_ident).map(name);
    let last = names.next_back().unwrap_or_default();
    (names.next_back(), last)
}

impl<'a> Lookup<'a> {
    /// What is searched for tables and types without schema, in this order.
    pub(crate) fn places(&self) -> Vec<Place> {
        let mut places = self.path();
        if !places.contains(&Place::Schema(PG_CATALOG)) {
            places.insert(0, Place::Schema(PG_CATALOG));
        }
        if !places.contains(&Place::Temporary) {
            places.insert(0, Place::Temporary);
        }
        places
    }

    /// What `search_path` names, as far as it exists.
    pub(crate) fn path(&self) -> Vec<Place> {
        let mut places = Vec::new();
        for entry in elements(self.session.settings.get("search_path")) {
            let entry = if entry == "$user" { self.session.user.clone() } else { entry };
            let place = self.place(&entry);
            places.extend(place.filter(|place| !places.contains(place)));
        }
        places
    }

    /// Where a schema of this name is.
    pub(crate) fn place(&self, schema: &str) -> Option<Place> {
        if schema == "pg_temp" || schema == temporary_schema(self.session.process) {
            return Some(Place::Temporary);
        }
        self.schema(schema).map(Place::Schema)
    }

    /// The schema of this name.
    pub(crate) fn schema(&self, name: &str) -> Option<Oid> {
        let built_in = BUILT_IN_SCHEMAS.iter().find(|(_, built_in)| *built_in == name).map(|(oid, _)| *oid);
        built_in.or_else(|| {
            let mut seen = self.database.schemas.seen(self.snapshot, &self.database.transactions);
            seen.find(|(_, schema)| schema.name == name).map(|(_, schema)| schema.oid)
        })
    }

    /// The name of a schema.
    pub(crate) fn schema_name(&self, oid: Oid) -> Option<String> {
        let built_in = BUILT_IN_SCHEMAS.iter().find(|(built_in, _)| *built_in == oid);
        built_in.map(|(_, name)| (*name).to_owned()).or_else(|| {
            let mut seen = self.database.schemas.seen(self.snapshot, &self.database.transactions);
            seen.find(|(_, schema)| schema.oid == oid).map(|(_, schema)| schema.name.clone())
        })
    }

    /// The table of this name.
    pub(crate) fn table(&self, schema: Option<&str>, name: &str) -> Option<Table> {
        self.search(schema).into_iter().find_map(|place| self.table_in(place, name))
    }

    fn table_in(&self, place: Place, name: &str) -> Option<Table> {
        if let Place::Schema(schema) = place
            && let Some(table) = catalog::find(schema, name)
        {
            return Some(Table::System(table));
        }
        let mut seen = self.database.relations.seen(self.snapshot, &self.database.transactions);
        let found = seen.find(|(_, relation)| {
            relation.name == name && self.within(place, relation.schema, relation.temporary)
        });
        found.map(|(_, relation)| Table::User(relation.clone()))
    }

    /// The user's type of this name: itself, or that of arrays of it (`_name`). What is built in, others find.
    pub(crate) fn user_type(&self, schema: Option<&str>, name: &str) -> Option<Oid> {
        self.search(schema).into_iter().find_map(|place| {
            let seen = || self.database.types.seen(self.snapshot, &self.database.transactions);
            let inside = |ty: &UserType| self.within(place, ty.schema, ty.temporary);
            let itself = seen().find(|(_, ty)| ty.name == name && inside(ty)).map(|(_, ty)| ty.oid);
            itself.or_else(|| {
                let element = name.strip_prefix('_')?;
                seen().find(|(_, ty)| ty.name == element && inside(ty)).map(|(_, ty)| ty.array)
            })
        })
    }

    /// The users' functions of this name, those found first before others. Temporary ones only by their schema.
    pub(crate) fn functions(&self, schema: Option<&str>, name: &str) -> Vec<Arc<UserFunction>> {
        let mut found: Vec<Arc<UserFunction>> = Vec::new();
        for place in self.search(schema) {
            if schema.is_none() && place == Place::Temporary {
                continue;
            }
            let seen = self.database.functions.seen(self.snapshot, &self.database.transactions);
            let inside = seen.filter(|(_, function)| {
                function.name == name && self.within(place, function.schema, function.temporary)
            });
            found.extend(inside.map(|(_, function)| function.clone()));
        }
        found
    }

    /// Whether what is here can be told without its schema, as far as other schemas are concerned.
    pub(crate) fn on_path(&self, schema: Oid, temporary: Option<i32>) -> bool {
        self.places().into_iter().any(|place| self.within(place, schema, temporary))
    }

    /// Where something with this schema, or with none, is looked for.
    pub(crate) fn search(&self, schema: Option<&str>) -> Vec<Place> {
        match schema {
            Some(schema) => self.place(schema).into_iter().collect(),
            None => self.places(),
        }
    }

    /// Whether what has this schema, and is temporary to this session, is in a place.
    pub(crate) fn within(&self, place: Place, schema: Oid, temporary: Option<i32>) -> bool {
        match place {
            Place::Temporary => temporary == Some(self.session.process),
            Place::Schema(searched) => temporary.is_none() && schema == searched,
        }
    }
}

/// The schema of what is temporary to the session of this process.
pub(crate) fn temporary_schema(process: i32) -> String {
    format!("pg_temp_{process}")
}

/// The elements of a list of identifiers such as `search_path`.
pub(crate) fn elements(list: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let mut element = String::new();
        if let Some(quoted) = rest.strip_prefix('"') {
            let mut chars = quoted.char_indices();
            let mut end = quoted.len();
            while let Some((at, char)) = chars.next() {
                if char == '"' && !quoted[at + 1..].starts_with('"') {
                    end = at + 1;
                    break;
                }
                if char == '"' {
                    chars.next();
                }
                element.push(char);
            }
            rest = &quoted[end..];
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            element = rest[..end].trim().to_ascii_lowercase();
            rest = &rest[end..];
        }
        rest = rest.trim_start().trim_start_matches(',').trim_start();
        elements.push(element);
    }
    elements.retain(|element| !element.is_empty());
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_identifiers_is_split_where_no_quotes_are() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("\"$user\", public", &["$user", "public"]),
            ("Pg_Catalog,\"A, \"\"b\"\"\" , c", &["pg_catalog", "A, \"b\"", "c"]),
            ("\"\"", &[]),
        ];
        for (list, expected) in table {
            assert_eq!(elements(list), *expected, "{list}");
        }
    }

    #[test]
    fn an_identifier_counts_in_lower_case_and_63_bytes() {
        assert_eq!(name(&Ident::new("AbC")), "abc");
        assert_eq!(name(&Ident::with_quote('"', "AbC")), "AbC");
        let long = format!("{}é", "a".repeat(62));
        assert_eq!(identifier(&long, false), "a".repeat(62));
    }
}
