//! Which of several functions or operators of one name a call means: PostgreSQL's rules, in PostgreSQL's order.

use super::Analyser;
use super::coerce::How;
use super::types::UNKNOWN;
use crate::postgresql::definition::UserFunction;
use crate::postgresql::sql::function::Function;
use crate::postgresql::sql::operators::Operator;
use crate::postgresql::storage::Oid;
use std::sync::Arc;

/// What a call may come to call.
#[derive(Clone, Debug)]
pub(super) enum Callee {
    BuiltIn(&'static Function),
    User(Arc<UserFunction>),
}

/// One of several of a name.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) callee: Callee,
    /// The types that it takes, as many as there are arguments.
    pub(super) arguments: Vec<Oid>,
    /// From which argument on the arguments are gathered into an array.
    pub(super) gathers_from: Option<usize>,
}

/// What looking for the best candidate came to.
#[derive(Debug)]
pub(super) enum Choice {
    One(Candidate),
    None,
    Ambiguous,
}

impl Candidate {
    /// A built-in function for this many arguments, if it takes so many.
    pub(super) fn built_in(function: &'static Function, count: usize) -> Option<Self> {
        let callee = Callee::BuiltIn(function);
        match function.variadic {
            None => (function.arguments.len() == count).then(|| Self {
                callee,
                arguments: function.arguments.to_vec(),
                gathers_from: None,
            }),
            Some(element) => {
                let fixed = function.arguments.len().checked_sub(1)?;
                (count > fixed).then(|| {
                    let mut arguments = function.arguments[..fixed].to_vec();
                    arguments.resize(count, element);
                    Self { callee, arguments, gathers_from: Some(fixed) }
                })
            }
        }
    }

    /// A user's function.
    pub(super) fn user(function: Arc<UserFunction>) -> Self {
        let arguments = function.arguments.iter().map(|(_, ty)| ty.oid).collect();
        Self { callee: Callee::User(function), arguments, gathers_from: None }
    }

    /// The function of an operator.
    pub(super) fn operator(operator: &'static Operator) -> Option<Self> {
        let function = operator.function()?;
        let arguments = operator.arguments().to_vec();
        Some(Self { callee: Callee::BuiltIn(function), arguments, gathers_from: None })
    }
}

impl Analyser<'_> {
    /// The candidate that arguments of these types mean.
    pub(super) fn choose(&self, candidates: Vec<Candidate>, given: &[Oid]) -> Choice {
        if let Some(exact) = candidates.iter().find(|candidate| candidate.arguments == given) {
            return Choice::One(exact.clone());
        }
        let fitting = |candidate: &Candidate| self.all_coercible(given, &candidate.arguments);
        let mut fitting: Vec<Candidate> = candidates.into_iter().filter(fitting).collect();
        // One that gathers its arguments only counts where no other takes the same.
        if fitting.len() > 1 && fitting.iter().any(|candidate| candidate.gathers_from.is_none()) {
            let plain: Vec<Vec<Oid>> = fitting
                .iter()
                .filter(|candidate| candidate.gathers_from.is_none())
                .map(|candidate| candidate.arguments.clone())
                .collect();
            fitting.retain(|candidate| {
                candidate.gathers_from.is_none() || !plain.contains(&candidate.arguments)
            });
        }
        match fitting.len() {
            0 => Choice::None,
            1 => fitting.pop().map_or(Choice::None, Choice::One),
            _ => self.best(fitting, given).map_or(Choice::Ambiguous, Choice::One),
        }
    }

    /// The operator's function that operands of these types mean.
    pub(super) fn choose_operator(&self, operators: Vec<Candidate>, given: &[Oid]) -> Choice {
        // An operand of unknown type is taken to be of the other's.
        if let [left, right] = *given {
            let assumed = match (left == UNKNOWN, right == UNKNOWN) {
                (true, false) => [right, right],
                (false, true) => [left, left],
                _ => [left, right],
            };
            let bases = assumed.map(|oid| self.base(oid));
            for types in [assumed, bases] {
                let exact = operators.iter().find(|candidate| candidate.arguments == types);
                if let Some(exact) = exact {
                    return Choice::One(exact.clone());
                }
            }
        }
        self.choose(operators, given)
    }

    fn all_coercible(&self, given: &[Oid], wanted: &[Oid]) -> bool {
        given.len() == wanted.len()
            && given.iter().zip(wanted).all(|(given, wanted)| self.can_coerce(*given, *wanted, How::Implicit))
            && self.polymorphism_fits(given, wanted)
    }

    /// The best of several that would all do.
    fn best(&self, mut candidates: Vec<Candidate>, given: &[Oid]) -> Option<Candidate> {
        let given: Vec<Oid> = given.iter().map(|oid| self.base(*oid)).collect();
        let known = || (0..given.len()).filter(|at| given[*at] != UNKNOWN);
        let exact =
            |candidate: &Candidate| known().filter(|at| candidate.arguments[*at] == given[*at]).count();
        keep_best(&mut candidates, exact);
        if candidates.len() == 1 {
            return candidates.pop();
        }
        let preferred = |candidate: &Candidate| {
            let good = |at: &usize| {
                let wanted = candidate.arguments[*at];
                wanted == given[*at]
                    || (self.category(wanted) == self.category(given[*at]) && self.is_preferred(wanted))
            };
            known().filter(good).count()
        };
        keep_best(&mut candidates, preferred);
        if candidates.len() == 1 {
            return candidates.pop();
        }
        let unknown: Vec<usize> = (0..given.len()).filter(|at| given[*at] == UNKNOWN).collect();
        if unknown.is_empty() {
            return None;
        }
        if let Some(categories) = self.categories(&candidates, &unknown) {
            let fits = |candidate: &Candidate| {
                unknown.iter().zip(&categories).all(|(at, (category, preferred))| {
                    let wanted = candidate.arguments[*at];
                    self.category(wanted) == *category && (!preferred || self.is_preferred(wanted))
                })
            };
            if candidates.iter().any(fits) {
                candidates.retain(fits);
            }
            if candidates.len() == 1 {
                return candidates.pop();
            }
        }
        // The last resort: unknown arguments may be of the type that all the known ones have.
        let mut types = known().map(|at| given[at]);
        let first = types.next()?;
        if types.any(|other| other != first) {
            return None;
        }
        let assumed = vec![first; given.len()];
        let fits = |candidate: &Candidate| self.all_coercible(&assumed, &candidate.arguments);
        let mut fitting = candidates.into_iter().filter(fits);
        let only = fitting.next()?;
        fitting.next().is_none().then_some(only)
    }

    /// The type category of each argument of unknown type, with whether there is a preferred type in it; none if the
    /// candidates do not agree.
    fn categories(&self, candidates: &[Candidate], unknown: &[usize]) -> Option<Vec<(char, bool)>> {
        let category = |at: &usize| {
            let wanted = || candidates.iter().map(|candidate| candidate.arguments[*at]);
            let first = self.category(wanted().next()?);
            let string = wanted().any(|oid| self.category(oid) == 'S');
            let agreed = string || wanted().all(|oid| self.category(oid) == first);
            let category = if string { 'S' } else { first };
            let preferred = wanted().any(|oid| self.category(oid) == category && self.is_preferred(oid));
            agreed.then_some((category, preferred))
        };
        unknown.iter().map(category).collect()
    }
}

/// Keeps the candidates of the highest score.
fn keep_best(candidates: &mut Vec<Candidate>, score: impl Fn(&Candidate) -> usize) {
    let best = candidates.iter().map(&score).max();
    candidates.retain(|candidate| Some(score(candidate)) == best);
}
