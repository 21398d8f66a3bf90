use crate::postgresql::sql::testing::plays;

#[test]
fn statements_give_the_rows_and_the_errors_that_postgresql_gives() {
    plays(include_str!("answers.txt"));
}
