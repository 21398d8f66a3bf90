//! Functions of the session and of other sessions: advisory locks, sleeping, notifying, cancelling, parameters.

use super::super::context::Context;
use super::super::function::{Body, Function};
use super::super::stop::Stop;
use crate::engine::{Severity, SqlError};
use crate::postgresql::cluster::AdvisoryLock;
use pgconform_wire::value::Value;
use pgconform_wire::value::int::Oid;
use pgconform_wire::value::interval::Interval;
use pgconform_wire::value::types::{BOOL, FLOAT8, INT4, INT8, INTERVAL, OID, TEXT, VOID};
use std::time::Duration;

const fn row(oid: u32, name: &'static str, arguments: &'static [u32], returns: u32, body: Body) -> Function {
    super::row(oid, name, arguments, returns, super::VOLATILE, body)
}

/// The functions.
pub(super) const FUNCTIONS: &[Function] = &[
    row(2626, "pg_sleep", &[FLOAT8], VOID, Body::Strict(pg_sleep)),
    row(3935, "pg_sleep_for", &[INTERVAL], VOID, Body::Strict(pg_sleep_for)),
    row(3036, "pg_notify", &[TEXT, TEXT], VOID, Body::Lax(pg_notify)),
    row(3035, "pg_listening_channels", &[], TEXT, Body::Set(pg_listening_channels)),
    row(2171, "pg_cancel_backend", &[INT4], BOOL, Body::Strict(pg_cancel_backend)),
    row(2096, "pg_terminate_backend", &[INT4], BOOL, Body::Strict(pg_terminate_backend)),
    row(2096, "pg_terminate_backend", &[INT4, INT8], BOOL, Body::Strict(pg_terminate_backend)),
    row(2026, "pg_backend_pid", &[], INT4, Body::Strict(pg_backend_pid)),
    row(2077, "current_setting", &[TEXT], TEXT, Body::Strict(current_setting)),
    row(3294, "current_setting", &[TEXT, BOOL], TEXT, Body::Strict(current_setting)),
    row(2078, "set_config", &[TEXT, TEXT, BOOL], TEXT, Body::Lax(set_config)),
    row(2621, "pg_reload_conf", &[], BOOL, Body::Strict(pg_reload_conf)),
    row(2854, "pg_my_temp_schema", &[], OID, Body::Strict(|_, _| Ok(Some(Value::Oid(Oid(0)))))),
    row(3810, "pg_is_in_recovery", &[], BOOL, Body::Strict(|_, _| Ok(Some(Value::Bool(false))))),
    row(2880, "pg_advisory_lock", &[INT8], VOID, Body::Strict(|cx, keys| wait_for(cx, keys, SESSION))),
    row(2886, "pg_advisory_lock", &[INT4, INT4], VOID, Body::Strict(|cx, keys| wait_for(cx, keys, SESSION))),
    row(2881, "pg_advisory_lock_shared", &[INT8], VOID, Body::Strict(|cx, keys| wait_for(cx, keys, SHARED))),
    row(
        2887,
        "pg_advisory_lock_shared",
        &[INT4, INT4],
        VOID,
        Body::Strict(|cx, keys| wait_for(cx, keys, SHARED)),
    ),
    row(
        3089,
        "pg_advisory_xact_lock",
        &[INT8],
        VOID,
        Body::Strict(|cx, keys| wait_for(cx, keys, TRANSACTION)),
    ),
    row(
        3093,
        "pg_advisory_xact_lock",
        &[INT4, INT4],
        VOID,
        Body::Strict(|cx, keys| wait_for(cx, keys, TRANSACTION)),
    ),
    row(2882, "pg_try_advisory_lock", &[INT8], BOOL, Body::Strict(|cx, keys| try_for(cx, keys, SESSION))),
    row(
        2888,
        "pg_try_advisory_lock",
        &[INT4, INT4],
        BOOL,
        Body::Strict(|cx, keys| try_for(cx, keys, SESSION)),
    ),
    row(
        3091,
        "pg_try_advisory_xact_lock",
        &[INT8],
        BOOL,
        Body::Strict(|cx, keys| try_for(cx, keys, TRANSACTION)),
    ),
    row(
        3095,
        "pg_try_advisory_xact_lock",
        &[INT4, INT4],
        BOOL,
        Body::Strict(|cx, keys| try_for(cx, keys, TRANSACTION)),
    ),
    row(2884, "pg_advisory_unlock", &[INT8], BOOL, Body::Strict(|cx, keys| unlock(cx, keys, SESSION))),
    row(2890, "pg_advisory_unlock", &[INT4, INT4], BOOL, Body::Strict(|cx, keys| unlock(cx, keys, SESSION))),
    row(2885, "pg_advisory_unlock_shared", &[INT8], BOOL, Body::Strict(|cx, keys| unlock(cx, keys, SHARED))),
    row(
        2891,
        "pg_advisory_unlock_shared",
        &[INT4, INT4],
        BOOL,
        Body::Strict(|cx, keys| unlock(cx, keys, SHARED)),
    ),
    row(2892, "pg_advisory_unlock_all", &[], VOID, Body::Strict(unlock_all)),
];

/// How a lock is held.
#[derive(Clone, Copy)]
struct Mode {
    shared: bool,
    transactional: bool,
}

const SESSION: Mode = Mode { shared: false, transactional: false };
const SHARED: Mode = Mode { shared: true, transactional: false };
const TRANSACTION: Mode = Mode { shared: false, transactional: true };

fn pg_sleep(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    let [Value::Float8(seconds)] = arguments else { return Ok(None) };
    sleep(context, *seconds)
}

fn pg_sleep_for(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    let [Value::Interval(interval)] = arguments else { return Ok(None) };
    sleep(context, seconds(interval))
}

/// How long an interval is, as `extract(epoch)` counts.
fn seconds(interval: &Interval) -> f64 {
    let days = f64::from(interval.months) * 30.0 + f64::from(interval.days);
    days * 86_400.0 + interval.micros as f64 / 1e6
}

/// A sleep that is over is not slept again when the statement is run again.
fn sleep(context: &mut Context<'_>, seconds: f64) -> Result<Option<Value>, Stop> {
    const LONGEST: f64 = 1e9;
    let Ok(duration) = Duration::try_from_secs_f64(seconds.min(LONGEST)) else {
        return Ok(Some(Value::Void));
    };
    let sleeps = &mut context.session.sleeps;
    sleeps.begun += 1;
    if sleeps.begun <= sleeps.over || duration.is_zero() {
        return Ok(Some(Value::Void));
    }
    Err(context.session.interrupt.take().map_or(Stop::Sleep(duration), Stop::from))
}

fn pg_notify(context: &mut Context<'_>, arguments: &[Option<Value>]) -> Result<Option<Value>, Stop> {
    let text = |place: usize| match arguments.get(place) {
        Some(Some(Value::Text(text))) => text.as_str(),
        _ => "",
    };
    context.session.notify(text(0), text(1))?;
    Ok(Some(Value::Void))
}

fn pg_listening_channels(context: &mut Context<'_>, _: &[Option<Value>]) -> Result<Vec<Option<Value>>, Stop> {
    let peer = context.cluster.sessions.get(&context.session.process);
    let channels = peer.map(|peer| peer.channels.as_slice()).unwrap_or_default();
    Ok(channels.iter().map(|channel| Some(Value::Text(channel.clone()))).collect())
}

fn pg_cancel_backend(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    signal(context, arguments, |peer| peer.cancel.raise())
}

fn pg_terminate_backend(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    let own = matches!(arguments.first(), Some(Value::Int4(process)) if *process == context.session.process);
    context.session.ended |= own;
    signal(context, arguments, |peer| peer.terminated = true)
}

fn signal(
    context: &mut Context<'_>,
    arguments: &[Value],
    act: impl FnOnce(&mut crate::postgresql::cluster::Peer),
) -> Result<Option<Value>, Stop> {
    let Some(Value::Int4(process)) = arguments.first() else { return Ok(None) };
    let Some(peer) = context.cluster.sessions.get_mut(process) else {
        let warning = format!("PID {process} is not a PostgreSQL backend process");
        context.session.notice(SqlError::new(Severity::Warning, "01000", warning));
        return Ok(Some(Value::Bool(false)));
    };
    act(peer);
    peer.bell.ring();
    Ok(Some(Value::Bool(true)))
}

/// There is nothing to be read again; but not everybody may ask for it.
fn pg_reload_conf(context: &mut Context<'_>, _: &[Value]) -> Result<Option<Value>, Stop> {
    if !context.session.settings.is_superuser() {
        return Err(Stop::error("42501", "permission denied for function pg_reload_conf"));
    }
    Ok(Some(Value::Bool(true)))
}

fn pg_backend_pid(context: &mut Context<'_>, _: &[Value]) -> Result<Option<Value>, Stop> {
    Ok(Some(Value::Int4(context.session.process)))
}

fn current_setting(context: &mut Context<'_>, arguments: &[Value]) -> Result<Option<Value>, Stop> {
    let Some(Value::Text(name)) = arguments.first() else { return Ok(None) };
    let missing_ok = matches!(arguments.get(1), Some(Value::Bool(true)));
    match context.session.settings.show(name, &context.session.transaction) {
        Ok(value) => Ok(Some(Value::Text(value))),
        Err(error) if missing_ok && error.code == "42704" => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn set_config(context: &mut Context<'_>, arguments: &[Option<Value>]) -> Result<Option<Value>, Stop> {
    let [Some(Value::Text(name)), value, local] = arguments else {
        return Err(Stop::error("22004", "SET requires parameter name"));
    };
    let local = matches!(local, Some(Value::Bool(true)));
    let roles = |name: &str| context.cluster.roles.get(name).copied();
    match value {
        Some(Value::Text(value)) => {
            let effect = context.session.settings.set_text(name, value, local, &roles)?;
            context.session.take_effect(&effect)?;
        }
        _ => context.session.settings.reset(name, local, &roles)?,
    }
    let shown = context.session.settings.show(name, &context.session.transaction)?;
    Ok(Some(Value::Text(shown)))
}

/// The key of a lock: `classid`, `objid` and `objsubid` of `pg_locks`.
fn key(keys: &[Value]) -> Option<(u32, u32, i16)> {
    match keys {
        [Value::Int8(key)] => {
            let [a, b, c, d, e, f, g, h] = key.to_be_bytes();
            Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]), 1))
        }
        [Value::Int4(class), Value::Int4(object)] => Some((class.cast_unsigned(), object.cast_unsigned(), 2)),
        _ => None,
    }
}

/// Takes a lock, unless another session holds one that excludes it.
fn take(context: &mut Context<'_>, keys: &[Value], mode: Mode) -> bool {
    let Some(key) = key(keys) else { return false };
    let process = context.session.process;
    let excludes =
        |lock: &AdvisoryLock| lock.key == key && lock.process != process && !(lock.shared && mode.shared);
    if context.cluster.locks.iter().any(excludes) {
        return false;
    }
    let Mode { shared, transactional } = mode;
    context.cluster.locks.push(AdvisoryLock { process, key, shared, transactional });
    true
}

fn wait_for(context: &mut Context<'_>, keys: &[Value], mode: Mode) -> Result<Option<Value>, Stop> {
    if take(context, keys, mode) {
        return Ok(Some(Value::Void));
    }
    Err(context.session.interrupt.take().map_or(Stop::Lock, Stop::from))
}

fn try_for(context: &mut Context<'_>, keys: &[Value], mode: Mode) -> Result<Option<Value>, Stop> {
    Ok(Some(Value::Bool(take(context, keys, mode))))
}

fn unlock(context: &mut Context<'_>, keys: &[Value], mode: Mode) -> Result<Option<Value>, Stop> {
    let Some(key) = key(keys) else { return Ok(None) };
    let process = context.session.process;
    let held = |lock: &AdvisoryLock| {
        lock.process == process && lock.key == key && lock.shared == mode.shared && !lock.transactional
    };
    let Some(place) = context.cluster.locks.iter().rposition(held) else {
        let kind = if mode.shared { "ShareLock" } else { "ExclusiveLock" };
        let warning = format!("you don't own a lock of type {kind}");
        context.session.notice(SqlError::new(Severity::Warning, "01000", warning));
        return Ok(Some(Value::Bool(false)));
    };
    context.cluster.locks.remove(place);
    context.cluster.wake_others(process);
    Ok(Some(Value::Bool(true)))
}

fn unlock_all(context: &mut Context<'_>, _: &[Value]) -> Result<Option<Value>, Stop> {
    let process = context.session.process;
    context.cluster.locks.retain(|lock| lock.process != process || lock.transactional);
    context.cluster.wake_others(process);
    Ok(Some(Value::Void))
}
