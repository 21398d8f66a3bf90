//! EXPLAIN: the plan as the reference server carries it out, a line a node, under PostgreSQL's names. There are no costs:
//! nothing here estimates any.

use super::Backend;
use super::command::Done;
use super::portal::Tag;
use super::statement::Plan as Statement;
use crate::postgresql::sql::analyse::Parameters;
use crate::postgresql::sql::parse::Parsed;
use crate::postgresql::sql::query::{JoinKind, Plan, Query, SetKind};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::{Oid, Row};
use pgconform_wire::value::Value;

impl Backend {
    pub(super) fn explain(&mut self, parsed: &Parsed, text: &str) -> Result<Done, Stop> {
        let mut parameters = Parameters::default();
        let mut lines = Vec::new();
        match self.analyse(text, &parsed.statement, &mut parameters)? {
            Statement::Query(query) | Statement::Modify(query, _) => {
                self.explain_query(&query, 0, &mut lines)
            }
            Statement::Empty | Statement::Command(_) => {
                lines.push("Utility statements have no plan structure".to_owned());
            }
        }
        let row = |line: String| Row::from([Some(Value::Text(line))]);
        Ok(Done { tag: Tag::Whole("EXPLAIN".to_owned()), rows: lines.into_iter().map(row).collect() })
    }

    fn explain_query(&self, query: &Query, depth: usize, lines: &mut Vec<String>) {
        self.explain_node(&query.plan, depth, lines);
    }

    fn explain_node(&self, plan: &Plan, depth: usize, lines: &mut Vec<String>) {
        let mut node = |name: String| {
            let arrow = if depth == 0 { String::new() } else { format!("{}->  ", " ".repeat(depth * 6 - 4)) };
            lines.push(format!("{arrow}{name}"));
        };
        match plan {
            Plan::Unit => node("Result".to_owned()),
            Plan::Values(_) => node("Values Scan".to_owned()),
            Plan::Table(oid) | Plan::Counter(oid) | Plan::Extended(oid) => {
                node(format!("Seq Scan on {}", self.table_name(*oid)))
            }
            Plan::Current { .. } => node("Tid Scan".to_owned()),
            Plan::System { table, .. } => node(format!("Seq Scan on {}", table.name)),
            Plan::Function { .. } => node("Function Scan".to_owned()),
            Plan::Common(_) => node("CTE Scan".to_owned()),
            // What only computes columns is part of the node below it.
            Plan::Project(input, _) | Plan::Truncate(input, _) | Plan::Filter(input, _) => {
                self.explain_node(input, depth, lines);
            }
            Plan::Subquery(query) => {
                node("Subquery Scan".to_owned());
                self.explain_query(query, depth + 1, lines);
            }
            Plan::Join { left, right, kind, .. } => {
                let kind = match kind {
                    JoinKind::Inner => "",
                    JoinKind::Left => " Left Join",
                    JoinKind::Right => " Right Join",
                    JoinKind::Full => " Full Join",
                };
                node(format!("Nested Loop{kind}"));
                self.explain_node(left, depth + 1, lines);
                self.explain_node(right, depth + 1, lines);
            }
            Plan::Set { left, right, kind, .. } => {
                node(match kind {
                    SetKind::Union => "Append".to_owned(),
                    SetKind::Intersect => "SetOp Intersect".to_owned(),
                    SetKind::Except => "SetOp Except".to_owned(),
                });
                self.explain_node(left, depth + 1, lines);
                self.explain_node(right, depth + 1, lines);
            }
            Plan::Sets(input, _) => {
                node("ProjectSet".to_owned());
                self.explain_node(input, depth + 1, lines);
            }
            Plan::Aggregate { input, .. } => {
                node("Aggregate".to_owned());
                self.explain_node(input, depth + 1, lines);
            }
            Plan::Window { input, .. } => {
                node("WindowAgg".to_owned());
                self.explain_node(input, depth + 1, lines);
            }
            Plan::Sort(input, _) => {
                node("Sort".to_owned());
                self.explain_node(input, depth + 1, lines);
            }
            Plan::Distinct(input, _) => {
                node("Unique".to_owned());
                self.explain_node(input, depth + 1, lines);
            }
            Plan::Limit { input, .. } => {
                node("Limit".to_owned());
                self.explain_node(input, depth + 1, lines);
            }
            Plan::With { input, .. } => self.explain_node(input, depth, lines),
            Plan::Modify(modify) => {
                let table = self.table_name(modify.relation);
                node(format!("{} on {table}", capitalised(modify.action.name())));
            }
        }
    }

    fn table_name(&self, oid: Oid) -> String {
        let inner = self.cluster.lock();
        let database = inner.databases.get(&self.session.database);
        let found = database.and_then(|database| {
            let now = database.transactions.snapshot(self.session.transaction.xid(), u32::MAX);
            database.relation(oid, &now)
        });
        found.map_or_else(|| oid.to_string(), |relation| relation.name.clone())
    }
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    format!("{first}{}", rest.to_lowercase())
}
