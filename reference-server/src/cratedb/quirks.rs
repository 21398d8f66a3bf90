//! What 3.3 does otherwise than its document and the protocol say, as far as its SQL session knows of it.

use crate::fault::{Fault, Faults};

/// Which quirks are on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quirks {
    pub(crate) word_based_tags: bool,
    pub(crate) java_errors: bool,
    pub(crate) overtake: bool,
    pub(crate) flush_executes: bool,
    pub(crate) only_writes_in_batches: bool,
    pub(crate) portal_runs_again: bool,
    pub(crate) names_replaced: bool,
    pub(crate) analysed_late: bool,
    pub(crate) parameters_of_queries_only: bool,
    pub(crate) one_by_one: bool,
}

impl Quirks {
    pub(crate) fn new(faults: &Faults) -> Self {
        Self {
            word_based_tags: faults.has(Fault::WordBasedTags),
            java_errors: faults.has(Fault::JavaErrors),
            overtake: faults.has(Fault::AnswersOvertakeExecution),
            flush_executes: faults.has(Fault::FlushExecutes),
            only_writes_in_batches: faults.has(Fault::OnlyWritesInBatches),
            portal_runs_again: faults.has(Fault::PortalRunsAgain),
            names_replaced: faults.has(Fault::NamesReplaced),
            analysed_late: faults.has(Fault::AnalysedLate),
            parameters_of_queries_only: faults.has(Fault::ParametersOfQueriesOnly),
            one_by_one: faults.has(Fault::StatementsParsedOneByOne),
        }
    }
}
