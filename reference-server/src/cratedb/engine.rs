//! A session's engine.

use super::node::Node;
use super::sql::Session;
use crate::engine::{Engine, SqlError, Step};
use crate::environment::Environment;
use crate::fault::Faults;
use crate::outbox::Outbox;
use std::sync::{Arc, Mutex};

/// SQL for one session.
pub(crate) struct SqlSession {
    _node: Arc<Mutex<Node>>,
    _session: Session,
    _environment: Environment,
}

impl SqlSession {
    pub(crate) fn new(
        node: Arc<Mutex<Node>>,
        session: Session,
        _faults: &Faults,
        environment: Environment,
    ) -> Self {
        Self { _node: node, _session: session, _environment: environment }
    }
}

impl Engine for SqlSession {
    fn query(&mut self, _query: &[u8], _out: &mut Outbox) -> Result<Step, SqlError> {
        Ok(Step::Done)
    }
}
