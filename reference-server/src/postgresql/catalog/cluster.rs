//! What is the same in all databases, and who is connected: databases, roles, access methods, sessions, locks.

use super::OWNER;
use super::cell::{Cell, bool, char, int2, int4, name, oid, text, timestamptz, xid};
use crate::postgresql::database::PG_CATALOG;
use crate::postgresql::sql::context::Context;
use crate::postgresql::storage::Oid;

/// The superuser that every cluster has.
const SUPERUSER: &str = "postgres";

/// The role that every database's owner is a member of; nobody can log in as it.
const DATABASE_OWNER: (Oid, &str) = (6171, "pg_database_owner");

/// The number of a database.
fn database_oid(database: &str) -> Oid {
    match database {
        "postgres" => 5,
        "template1" => 1,
        "template0" => 4,
        // Others are named by their users: all that matters is that the numbers differ.
        other => other
            .bytes()
            .fold(20_000, |oid: Oid, byte| oid.wrapping_mul(31).wrapping_add(u32::from(byte)) | 16_384),
    }
}

/// The roles: the superuser, and whoever is connected.
fn roles(context: &Context<'_>) -> Vec<(Oid, String)> {
    let mut roles = vec![(OWNER, SUPERUSER.to_owned()), (DATABASE_OWNER.0, DATABASE_OWNER.1.to_owned())];
    let users = context.cluster.sessions.values().map(|peer| &peer.user);
    for user in users.chain([&context.session.user]) {
        if !roles.iter().any(|(_, known)| known == user) {
            let number = 16_384 + Oid::try_from(roles.len()).unwrap_or_default();
            roles.push((number, user.clone()));
        }
    }
    roles
}

/// The number of a role.
fn role_oid(context: &Context<'_>, user: &str) -> Oid {
    roles(context).into_iter().find(|(_, known)| known == user).map_or(OWNER, |(oid, _)| oid)
}

/// `pg_database`
pub(super) fn pg_database(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    const UTF8: i32 = 6;
    const TABLESPACE: Oid = 1663;
    let mut names = vec!["postgres", "template1", "template0"];
    let own = context.database.name.clone();
    if !names.contains(&own.as_str()) {
        names.push(&own);
    }
    let row = |database: &str| {
        vec![
            oid(database_oid(database)),
            name(database),
            oid(OWNER),
            int4(UTF8),
            char('c'),
            bool(database.starts_with("template")),
            bool(database != "template0"),
            bool(false),
            int4(-1),
            xid(0),
            xid(1),
            oid(TABLESPACE),
            text("C.UTF-8"),
            text("C.UTF-8"),
            None,
            None,
            None,
            None,
        ]
    };
    names.into_iter().map(row).collect()
}

/// `pg_authid`
pub(super) fn pg_authid(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let row = |(number, role): (Oid, String)| {
        let mut row = vec![oid(number), name(&role)];
        row.extend(abilities(&role));
        row.extend([int4(-1), None, None]);
        row
    };
    roles(context).into_iter().map(row).collect()
}

/// Superuser, inherits, makes roles, makes databases, logs in, replicates, bypasses row security.
fn abilities(role: &str) -> [Cell; 7] {
    let all = role == SUPERUSER;
    let logs_in = role != DATABASE_OWNER.1;
    [bool(all), bool(true), bool(all), bool(all), bool(logs_in), bool(all), bool(all)]
}

/// `pg_roles`
pub(super) fn pg_roles(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let row = |(number, role): (Oid, String)| {
        let [superuser, inherits, makes_roles, makes_databases, logs_in, replicates, bypasses] =
            abilities(&role);
        vec![
            name(&role),
            superuser,
            inherits,
            makes_roles,
            makes_databases,
            logs_in,
            replicates,
            int4(-1),
            text("********"),
            None,
            bypasses,
            None,
            oid(number),
        ]
    };
    roles(context).into_iter().map(row).collect()
}

/// `pg_user`
pub(super) fn pg_user(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let row = |(number, role): (Oid, String)| {
        let [superuser, _, _, makes_databases, _, replicates, bypasses] = abilities(&role);
        vec![
            name(&role),
            oid(number),
            makes_databases,
            superuser,
            replicates,
            bypasses,
            text("********"),
            None,
            None,
        ]
    };
    roles(context).into_iter().filter(|(_, role)| role != DATABASE_OWNER.1).map(row).collect()
}

/// `pg_am`
pub(super) fn pg_am(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    const ALL: [(Oid, &str, Oid); 7] = [
        (2, "heap", 3),
        (403, "btree", 330),
        (405, "hash", 331),
        (783, "gist", 332),
        (2742, "gin", 333),
        (4000, "spgist", 334),
        (3580, "brin", 335),
    ];
    let row = |(number, own, handler)| {
        vec![oid(number), name(own), oid(handler), char(if number == 2 { 't' } else { 'i' })]
    };
    ALL.into_iter().map(row).collect()
}

/// The extension `plpgsql`.
const PLPGSQL: Oid = 13_494;

/// `pg_extension`
pub(super) fn pg_extension(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let row = vec![
        oid(PLPGSQL),
        name("plpgsql"),
        oid(OWNER),
        oid(PG_CATALOG),
        bool(false),
        text("1.0"),
        None,
        None,
    ];
    vec![row]
}

/// `pg_description`: comments are not kept, but for that on the only extension.
pub(super) fn pg_description(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    const EXTENSIONS: Oid = 3079;
    vec![vec![oid(PLPGSQL), oid(EXTENSIONS), int4(0), text("PL/pgSQL procedural language")]]
}

/// `pg_tablespace`
pub(super) fn pg_tablespace(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let row = |number, own| vec![oid(number), name(own), oid(OWNER), None, None];
    vec![row(1663, "pg_default"), row(1664, "pg_global")]
}

/// `pg_stat_activity`: what a session does is not known to others, but for its own row.
pub(super) fn pg_stat_activity(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let started = context.session.transaction.started;
    let own = context.session.process;
    let row = |process: i32, user: &str, database: &str, application: &str| {
        let begun = started.filter(|_| process == own);
        vec![
            oid(database_oid(database)),
            name(database),
            int4(process),
            None,
            oid(role_oid(context, user)),
            name(user),
            text(application),
            None,
            None,
            None,
            None,
            begun.and_then(timestamptz),
            begun.and_then(timestamptz),
            begun.and_then(timestamptz),
            None,
            None,
            text(if process == own { "active" } else { "idle" }),
            None,
            None,
            None,
            text(""),
            text("client backend"),
        ]
    };
    let sessions = context.cluster.sessions.iter();
    sessions
        .map(|(process, peer)| row(*process, &peer.user, &peer.database, &peer.application_name))
        .collect()
}

/// `pg_stat_ssl`: the engine does not know how a session is connected.
pub(super) fn pg_stat_ssl(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let row = |process: &i32| {
        let mut row = vec![int4(*process), bool(false)];
        row.extend(std::iter::repeat_n(None, 6));
        row
    };
    context.cluster.sessions.keys().map(row).collect()
}

/// `pg_locks`: the advisory ones. Locks of tables are not kept here.
pub(super) fn pg_locks(context: &mut Context<'_>) -> Vec<Vec<Cell>> {
    let database = database_oid(&context.database.name);
    let locks = context.cluster.locks.iter().map(|lock| (lock, true));
    let row = |(lock, granted): (&crate::postgresql::cluster::AdvisoryLock, bool)| {
        let (class, object, sub) = lock.key;
        vec![
            text("advisory"),
            oid(database),
            None,
            None,
            None,
            None,
            None,
            oid(class),
            oid(object),
            int2(sub),
            text(format!("{}/1", lock.process)),
            int4(lock.process),
            text(if lock.shared { "ShareLock" } else { "ExclusiveLock" }),
            bool(granted),
            bool(false),
            None,
        ]
    };
    locks.map(row).collect()
}
