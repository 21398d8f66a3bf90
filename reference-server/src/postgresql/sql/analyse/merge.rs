//! MERGE.

use super::from::{Item, user_table};
use super::modify::{set_table, width};
use super::{Analyser, Scope};
use crate::postgresql::definition::Relation;
use crate::postgresql::lookup::{name, parts};
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::modify::{Action, Branch, Deed, Matched};
use crate::postgresql::sql::query::{JoinKind, Plan, Query};
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use sqlparser::ast;
use sqlparser::ast::Spanned;

impl Analyser<'_> {
    /// MERGE.
    pub(super) fn merge(&mut self, merge: &ast::Merge) -> Result<Query, Stop> {
        let ast::TableFactor::Table { name: table, alias, .. } = &merge.table else {
            return Err(Stop::error("42601", "syntax error in MERGE"));
        };
        let relation = self.target_table(table, "MERGE")?;
        let alias = alias.as_ref().map_or_else(|| relation.name.clone(), |alias| name(&alias.name));
        let mut target = user_table(&relation, true);
        set_table(&mut target, &alias);
        let source = ast::TableWithJoins { relation: merge.source.clone(), joins: Vec::new() };
        let Item { plan: source, columns: others } = self.from(&[source])?;
        let widths = (width(&relation), others.len() + 1);
        let mut marked: Vec<Expr> = others
            .iter()
            .enumerate()
            .map(|(index, visible)| super::from::column(visible.column.ty, index))
            .collect();
        marked.push(Expr { ty: Type::plain(16), at: None, node: Node::Constant(Some(Value::Bool(true))) });
        let source = Plan::Project(Box::new(source), marked);
        let mut columns = target.columns;
        columns.extend(others.iter().cloned());
        self.scopes.push(Scope { columns, ..Scope::default() });
        let on = self.boolean(&merge.on, "JOIN/ON");
        let branches = on.and_then(|on| Ok((on, self.branches(&relation, &merge.clauses)?)));
        self.scopes.pop();
        let (on, branches) = branches?;
        let plan = Plan::Join {
            left: Box::new(target.plan),
            right: Box::new(source),
            kind: JoinKind::Full,
            on: Some(on),
            widths,
        };
        let items = match &merge.output {
            Some(ast::OutputClause::Returning { select_items, .. }) => Some(select_items.as_slice()),
            Some(ast::OutputClause::Output { .. }) => {
                return Err(Stop::error("42601", "syntax error at or near \"OUTPUT\""));
            }
            None => None,
        };
        let mut others = others;
        others.push(super::Visible {
            table: None,
            column: crate::postgresql::sql::query::Column {
                name: String::new(),
                ty: Type::plain(16),
                origin: None,
            },
            qualified_only: true,
            system: true,
        });
        let returning = self.returning(&relation, &alias, others, items)?;
        Ok(Self::modify(&relation, Action::Merge { source: plan, branches }, returning))
    }

    fn branches(&mut self, relation: &Relation, clauses: &[ast::MergeClause]) -> Result<Vec<Branch>, Stop> {
        let mut branches = Vec::new();
        for clause in clauses {
            let kind = match clause.clause_kind {
                ast::MergeClauseKind::Matched => Matched::Both,
                ast::MergeClauseKind::NotMatched | ast::MergeClauseKind::NotMatchedByTarget => {
                    Matched::Source
                }
                ast::MergeClauseKind::NotMatchedBySource => Matched::Target,
            };
            let condition = clause
                .predicate
                .as_ref()
                .map(|predicate| self.boolean(predicate, "MERGE WHEN AND"))
                .transpose()?;
            let deed = match &clause.action {
                ast::MergeAction::Insert(insert) => Deed::Insert(self.merge_insert(relation, insert)?),
                ast::MergeAction::Update(update) => match &update.kind {
                    ast::MergeUpdateKind::Set(assignments) => Deed::Update(self.sets(relation, assignments)?),
                    ast::MergeUpdateKind::Wildcard => {
                        return Err(Stop::error("42601", "syntax error at or near \"*\""));
                    }
                },
                ast::MergeAction::Delete { .. } => Deed::Delete,
                ast::MergeAction::DoNothing { .. } => Deed::Nothing,
            };
            branches.push(Branch { kind, condition, deed });
        }
        Ok(branches)
    }

    fn merge_insert(
        &mut self,
        relation: &Relation,
        insert: &ast::MergeInsertExpr,
    ) -> Result<Vec<Expr>, Stop> {
        let mut targets = Vec::new();
        for column in &insert.columns {
            let at = self.position(column.span());
            targets.push((self.attribute(relation, &parts(column).1, at)?, at));
        }
        if targets.is_empty() {
            let live = relation.columns.iter().enumerate().filter(|(_, attribute)| !attribute.dropped);
            targets = live.map(|(place, _)| (place, None)).collect();
        }
        let values: &[ast::Expr] = match &insert.kind {
            ast::MergeInsertKind::Values(values) => values.rows.first().map_or(&[], |row| &row.content),
            ast::MergeInsertKind::Row | ast::MergeInsertKind::Wildcard => {
                return Err(Stop::error("42601", "syntax error in MERGE"));
            }
        };
        if values.len() > targets.len() {
            let at = values.get(targets.len()).and_then(|value| self.position(value.span()));
            return Err(Stop::error("42601", "INSERT has more expressions than target columns").at(at));
        }
        self.inserted_row(relation, &targets, values)
    }
}
