//! What statements give, told in the files beside.

use super::testing::plays;

#[test]
fn statements_give_what_they_are_to_give() {
    plays(include_str!("tests/first.txt"));
}
