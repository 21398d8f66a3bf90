//! FunctionCall: a function by its object identifier.

use super::Backend;
use super::wait::{Task, no_wait};
use crate::engine::{SqlError, Step};
use crate::outbox::Outbox;
use crate::postgresql::sql::function::{Body, Function};
use crate::postgresql::sql::functions::collation;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::sql::{eval, functions};
use pgconform_wire::Text;
use pgconform_wire::message::{self, FunctionCallResponse};
use pgconform_wire::value::Value;

/// A call that is not finished yet.
pub(super) struct Pending {
    function: &'static Function,
    arguments: Vec<Option<Value>>,
    format: i16,
}

/// That there are as many arguments and formats as the function takes.
pub(super) fn check_counts(function: &Function, formats: usize, given: usize) -> Result<(), Stop> {
    let takes = function.arguments.len();
    if given != takes {
        let why = format!("function call message contains {given} arguments but function requires {takes}");
        return Err(Stop::error("08P01", why));
    }
    if formats > 1 && formats != given {
        let why = format!("function call message contains {formats} argument formats but {given} arguments");
        return Err(Stop::error("08P01", why));
    }
    Ok(())
}

impl Backend {
    pub(super) fn begin_call(
        &mut self,
        call: &message::FunctionCall<'_>,
        out: &mut Outbox,
    ) -> Result<Step, SqlError> {
        self.start_in_segment();
        let pending = self.prepare_call(call).map_err(no_wait)?;
        self.go_on(Task::Call(pending), out)
    }

    fn prepare_call(&mut self, call: &message::FunctionCall<'_>) -> Result<Pending, Stop> {
        self.refuse_if_failed(false)?;
        let Some(function) = functions::by_oid(call.function) else {
            let why = format!("function with OID {} does not exist", call.function);
            return Err(Stop::error("42883", why));
        };
        if matches!(function.body, Body::Aggregate(_) | Body::Set(_) | Body::Window(_)) {
            let why = format!("cannot call function \"{}\" via fastpath interface", function.name);
            return Err(Stop::error("0A000", why));
        }
        let given = call.arguments.len();
        check_counts(function, call.formats.len(), given)?;
        let mut arguments = Vec::with_capacity(given);
        for (place, (value, oid)) in call.arguments.iter().zip(function.arguments).enumerate() {
            let format = match call.formats.as_slice() {
                [] => 0,
                [one] => *one,
                many => many[place],
            };
            arguments.push(match value {
                None => None,
                Some(bytes) => Some(self.argument(*oid, format, bytes.0, place)?),
            });
        }
        Ok(Pending { function, arguments, format: call.result_format })
    }

    /// An argument; what is wrong with its length is told in other words than Bind's.
    fn argument(&mut self, oid: u32, format: i16, bytes: &[u8], place: usize) -> Result<Value, Stop> {
        self.input(oid, format, bytes, place).map_err(|stop| match stop {
            Stop::Error(mut error) if error.code == "22P03" => {
                error.message =
                    format!("incorrect binary data format in function argument {}", place + 1).into();
                Stop::Error(error)
            }
            other => other,
        })
    }

    pub(super) fn run_call(&mut self, pending: Pending, out: &mut Outbox) -> Result<Step, SqlError> {
        let Pending { function, arguments, format } = &pending;
        let done = self.whole(|backend| {
            if let (true, Some(stop)) = (arguments.iter().all(Option::is_some), collation::missing(function))
            {
                return Err(stop);
            }
            let value =
                backend.with(&[], |context| eval::call(function, arguments, function.arguments, context))?;
            match value {
                None => Ok(None),
                Some(value) => backend.output(function.returns, *format, &value).map(Some),
            }
        });
        self.tell(out);
        let done = done.and_then(|value| {
            self.session.transaction.next_command();
            self.finish()?;
            Ok(value)
        });
        match done {
            Ok(value) => {
                out.send(FunctionCallResponse { value: value.as_deref().map(Text) });
                Ok(Step::Done)
            }
            Err(stop) => self.wait(stop, Task::Call(pending)),
        }
    }
}
