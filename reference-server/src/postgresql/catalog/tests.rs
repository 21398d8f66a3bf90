use crate::postgresql::sql::testing::plays;

#[test]
fn what_drivers_ask_is_answered_as_postgresql_answers_it() {
    plays(include_str!("answers.txt"));
}
