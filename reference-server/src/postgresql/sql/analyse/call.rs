//! Function calls: which function a name and arguments mean.

use super::Analyser;
use super::coerce::How;
use super::resolve::{Callee, Candidate, Choice};
use super::types::UNKNOWN;
use super::window::first_window;
use crate::engine::SqlError;
use crate::postgresql::lookup::parts;
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::function::{Body, Function};
use crate::postgresql::sql::functions;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::types;
use sqlparser::ast::{
    self, DuplicateTreatment, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments,
    ObjectName, OrderByExpr, Spanned as _,
};

/// The pseudo-type of an argument that may be anything and stays it.
const ANY: Oid = 2276;

/// The type of what procedures give.
const VOID: Oid = 2278;

/// What a call says apart from its arguments.
#[derive(Default)]
struct Manner<'a> {
    star: bool,
    distinct: bool,
    order: &'a [OrderByExpr],
    filter: Option<&'a ast::Expr>,
    over: Option<&'a ast::WindowType>,
}

impl Analyser<'_> {
    /// A call as it is written.
    pub(super) fn call(&mut self, call: &ast::Function) -> Result<Expr, Stop> {
        let at = self.position(call.name.span());
        if let Some(special) = self.special_call(call, at)? {
            return Ok(special);
        }
        let (filter, over) = (call.filter.as_deref(), call.over.as_ref());
        let mut manner = Manner { filter, over, ..Manner::default() };
        let mut arguments = Vec::new();
        if let FunctionArguments::List(list) = &call.args {
            manner.distinct = list.duplicate_treatment == Some(DuplicateTreatment::Distinct);
            for clause in &list.clauses {
                match clause {
                    FunctionArgumentClause::OrderBy(order) => manner.order = order,
                    other => return Err(self.unsupported(other, at)),
                }
            }
            for argument in &list.args {
                match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => arguments.push(self.expr(expr)?),
                    FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => manner.star = true,
                    other => return Err(self.unsupported(other, at)),
                }
            }
        }
        // Parameters of type void are there for drivers that send what a function gives like what it takes.
        arguments.retain(|argument| {
            !matches!(argument, Expr { ty: Type { oid: VOID, .. }, node: Node::Parameter(_), .. })
        });
        let (schema, name) = parts(&call.name);
        self.function(schema.as_deref(), &name, arguments, &manner, at).map_err(|stop| stop.at(at))
    }

    /// A call of a function that only the grammar names.
    pub(super) fn built_in(
        &mut self,
        name: &str,
        arguments: Vec<Expr>,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let called = self.function(Some("pg_catalog"), name, arguments, &Manner::default(), at);
        called.map_err(|stop| stop.at(at))
    }

    fn function(
        &mut self,
        schema: Option<&str>,
        name: &str,
        arguments: Vec<Expr>,
        manner: &Manner<'_>,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let types: Vec<Oid> = arguments.iter().map(|argument| argument.ty.oid).collect();
        let candidates = self.candidates(schema, name, types.len());
        let choice = self.choose(candidates, &types);
        if let Some(to) = self.function_as_cast(&choice, schema, name, &types)
            && let [argument] = arguments.as_slice()
        {
            return self.coerce_to(argument.clone(), Type::plain(to), How::Explicit);
        }
        let candidate = match choice {
            Choice::One(candidate) => candidate,
            Choice::None => return Err(self.no_function(schema, name, &types, "does not exist", "42883")),
            Choice::Ambiguous => {
                return Err(self.no_function(schema, name, &types, "is not unique", "42725"));
            }
        };
        if let Callee::BuiltIn(Function { body: Body::Window(rank), returns, .. }) = candidate.callee {
            let Some(over) = manner.over else {
                let message = format!("window function {name} requires an OVER clause");
                return Err(Stop::error("42809", message));
            };
            let node = self.window(*rank, over, at)?;
            return Ok(Expr { ty: Type::plain(*returns), at, node });
        }
        if manner.over.is_some() {
            if let Callee::BuiltIn(Function { body: Body::Aggregate(_), .. }) = candidate.callee {
                return Err(self.unsupported("an aggregate function as a window function", at));
            }
            let message =
                format!("OVER specified, but {name} is not a window function nor an aggregate function");
            return Err(Stop::error("42809", message));
        }
        let set = match &candidate.callee {
            Callee::BuiltIn(function) => matches!(function.body, Body::Set(_)),
            Callee::User(function) => function.returns_set,
        };
        if set
            && let Some(scope) = self.scopes.last()
            && !scope.clause.is_empty()
        {
            let message = format!("set-returning functions are not allowed in {}", scope.clause);
            return Err(Stop::error("0A000", message));
        }
        if let Callee::BuiltIn(function) = candidate.callee
            && matches!(function.body, Body::Aggregate(_))
        {
            if manner.star != function.arguments.is_empty() {
                let message = if manner.star {
                    format!("function {name}(*) does not exist")
                } else {
                    format!("{name}(*) must be used to call a parameterless aggregate function")
                };
                return Err(Stop::error(if manner.star { "42883" } else { "42809" }, message));
            }
            let call = self.called(candidate, arguments, at)?;
            let Node::Call(function, arguments) = call.node else { return Ok(call) };
            if let Some(inner) = arguments.iter().find_map(first_window) {
                let message = "aggregate function calls cannot contain window function calls";
                return Err(Stop::error("42803", message).at(inner));
            }
            let order = self.sort_keys(manner.order)?;
            let filter = manner.filter.map(|filter| self.boolean(filter, "FILTER")).transpose()?;
            let aggregate =
                super::Aggregate { function, arguments, distinct: manner.distinct, filter, order };
            return self.aggregate(aggregate, call.ty, at);
        }
        let only_aggregates = match manner {
            Manner { star: true, .. } => Some(format!("{name}(*)")),
            Manner { distinct: true, .. } => Some("DISTINCT".to_owned()),
            Manner { order: [_, ..], .. } => Some("ORDER BY".to_owned()),
            Manner { filter: Some(_), .. } => Some("FILTER".to_owned()),
            _ => None,
        };
        if let Some(only) = only_aggregates {
            let message = format!("{only} specified, but {name} is not an aggregate function");
            return Err(Stop::error("42809", message));
        }
        self.called(candidate, arguments, at)
    }

    fn candidates(&self, schema: Option<&str>, name: &str, count: usize) -> Vec<Candidate> {
        let user = self.lookup().functions(schema, name).into_iter();
        let user = user.filter(|function| function.arguments.len() == count).map(Candidate::user);
        let built_in =
            functions::named(name).filter(|function| schema.unwrap_or("pg_catalog") == function.schema());
        let built_in = built_in.filter_map(|function| Candidate::built_in(function, count));
        built_in.chain(user).collect()
    }

    /// The type that `name(x)` casts to, where no function is meant.
    fn function_as_cast(
        &self,
        choice: &Choice,
        schema: Option<&str>,
        name: &str,
        given: &[Oid],
    ) -> Option<Oid> {
        let [from] = *given else { return None };
        if let Choice::One(candidate) = choice
            && candidate.arguments == given
        {
            return None;
        }
        let built_in = || types::by_name(name).filter(|_| schema.is_none_or(|schema| schema == "pg_catalog"));
        let to = built_in().map(|row| row.oid).or_else(|| self.lookup().user_type(schema, name))?;
        (from == UNKNOWN || self.casts_without_function(from, to)).then_some(to)
    }

    fn no_function(
        &self,
        schema: Option<&str>,
        name: &str,
        types: &[Oid],
        what: &str,
        code: &'static str,
    ) -> Stop {
        if let Some(schema) = schema
            && self.lookup().place(schema).is_none()
        {
            return Stop::error("3F000", format!("schema \"{schema}\" does not exist"));
        }
        let names: Vec<String> = types.iter().map(|oid| self.type_name(*oid)).collect();
        let schema = schema.map_or_else(String::new, |schema| format!("{schema}."));
        let message = format!("function {schema}{name}({}) {what}", names.join(", "));
        let hint = match code {
            "42883" => {
                "No function matches the given name and argument types. You might need to add explicit type casts."
            }
            _ => "Could not choose a best candidate function. You might need to add explicit type casts.",
        };
        SqlError::error(code, message).hint(hint).into()
    }

    /// The call of what was chosen, its arguments as it takes them.
    pub(super) fn called(
        &mut self,
        candidate: Candidate,
        arguments: Vec<Expr>,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let given: Vec<Oid> = arguments.iter().map(|argument| argument.ty.oid).collect();
        let (wanted, binding) = self.bind_types(&given, &candidate.arguments)?;
        let mut arguments = arguments.into_iter().zip(&wanted).map(|(argument, wanted)| {
            let same = argument.ty.oid == *wanted;
            if same { Ok(argument) } else { self.coerce_to(argument, Type::plain(*wanted), How::Implicit) }
        });
        let mut arguments = arguments.by_ref().collect::<Result<Vec<Expr>, Stop>>()?;
        if let Some(from) = candidate.gathers_from
            && let Some(element) = wanted.get(from).copied().filter(|element| *element != ANY)
        {
            let elements = arguments.split_off(from);
            let array = self.array_of(element).unwrap_or(element);
            let node = Node::Array { elements, nested: false };
            arguments.push(Expr { ty: Type::plain(array), at, node });
        }
        Ok(match candidate.callee {
            Callee::BuiltIn(function) => {
                let mut ty = Type::plain(self.bound(binding, function.returns));
                if let Some(columns) = functions::columns(function) {
                    let bound = |oid: &Oid| Type::plain(self.bound(binding, *oid));
                    let columns = columns.iter().map(|(own, oid)| ((*own).to_owned(), bound(oid))).collect();
                    ty.modifier = i32::try_from(self.records.len()).unwrap_or(-1);
                    self.records.push(columns);
                }
                Expr { ty, at, node: Node::Call(function, arguments) }
            }
            Callee::User(function) => {
                self.uses.functions.insert(function.oid);
                Expr { ty: function.returns, at, node: Node::UserCall(function.oid, arguments) }
            }
        })
    }
}

/// A name without schema that is not quoted.
pub(super) fn plain_name(name: &ObjectName) -> Option<String> {
    let [part] = name.0.as_slice() else { return None };
    let ident = part.as_ident()?;
    ident.quote_style.is_none().then(|| ident.value.to_ascii_lowercase())
}
