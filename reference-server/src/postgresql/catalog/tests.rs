use crate::postgresql::sql::testing::plays;

#[test]
fn what_drivers_ask_is_answered_as_postgresql_answers_it() {
    plays(include_str!("answers.txt"));
}

#[test]
fn what_they_ask_of_tables_and_functions_is_too() {
    plays(include_str!("drivers.txt"));
}
